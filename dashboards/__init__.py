"""Grafana dashboards and alert rules as code, written to `generated/` by `bellwether dashboards build`."""
