"""Grafana dashboards as code: one file per subject, written to `generated/` by `bellwether dashboards build`."""
