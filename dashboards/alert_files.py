"""Writes the alert rules as files, for Prometheus and for the alerting of Grafana."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml
from grafana_foundation_sdk.builders import expr, prometheus
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from dashboards.alerts import Rule, pipeline_rules, risk_rules
from dashboards.page import API, SOURCE

GROUPS: Final[Mapping[str, Sequence[Rule]]] = {"risk": risk_rules(), "pipeline": pipeline_rules()}
_EVERY: Final = "1m"
FOLDER: Final = "Bellwether"
RECEIVERS: Final = {"risk": "bellwether-hr-partners", "pipeline": "bellwether-operators"}
_MESSAGE: Final = '{{ template "bellwether.message" . }}'
# How people can be told: what Grafana calls it, which of its settings holds the address, and where the words go.
CHANNELS: Final[Mapping[str, tuple[str, str, dict[str, Any]]]] = {
    "email": ("email", "addresses", {"singleEmail": True, "message": _MESSAGE}),
    "slack": ("slack", "url", {"title": "Bellwether", "text": _MESSAGE}),
    "teams": ("teams", "url", {"title": "Bellwether", "message": _MESSAGE}),
    "pagerduty": (
        "pagerduty",
        "integrationKey",
        {"summary": "{{ len .Alerts }} of Bellwether", "details": {"what": _MESSAGE}},
    ),
    "webhook": ("webhook", "url", {"httpMethod": "POST", "message": _MESSAGE}),
}
_QUIET: Final = "bellwether-outside-working-hours"
_TEMPLATE: Final = "bellwether.message"


def files() -> dict[str, str]:
    """Text of every file, by its path below `generated`."""
    return {
        "prometheus/bellwether.rules.yml": _yaml({"groups": [_prometheus_group(area) for area in GROUPS]}),
        "alerting/rules.yaml": _yaml({"apiVersion": 1, "groups": [_grafana_group(area) for area in GROUPS]}),
        "alerting/policies.yaml": _yaml({"apiVersion": 1, "policies": [_policy()]}),
        "alerting/mute-timings.yaml": _yaml({"apiVersion": 1, "muteTimes": [_quiet_times()]}),
        "alerting/templates.yaml": _yaml({"apiVersion": 1, "templates": [_template()]}),
    } | {
        f"contact-points/{area}-{channel}.yaml": _yaml(
            {"apiVersion": 1, "contactPoints": [_contact_point(area, channel)]}
        )
        for area in RECEIVERS
        for channel in CHANNELS
    }


def _prometheus_group(area: str) -> dict[str, Any]:
    rules = [_prometheus_rule(rule) for rule in GROUPS[area]]
    return {"name": f"bellwether-{area}", "interval": _EVERY, "rules": rules}


def _prometheus_rule(rule: Rule) -> dict[str, Any]:
    """A rule that fires above one threshold and ends below a lower one."""
    sign = "<" if rule.below else ">"
    condition = f"({rule.expr}) {sign} {rule.fires_at:g}"
    if rule.clears_at != rule.fires_at:
        # Looking back further than a restart takes.
        firing = f'last_over_time(ALERTS{{alertname="{rule.name}", alertstate="firing"}}[1h])'
        on = f"on ({', '.join(rule.labels)})"
        condition = f"({condition}) or (({rule.expr}) {sign} {rule.clears_at:g} and {on} {firing})"
    return {
        "alert": rule.name,
        "expr": condition,
        "for": rule.pending,
        "keep_firing_for": rule.keep_firing,
        "labels": _labels(rule),
        "annotations": _annotations(rule, f"{{{{ .Value | {rule.value_format} }}}}"),
    }


def _grafana_group(area: str) -> dict[str, Any]:
    return {
        "orgId": 1,
        "name": f"bellwether-{area}",
        "folder": FOLDER,
        "interval": _EVERY,
        "rules": [_grafana_rule(rule) for rule in GROUPS[area]],
    }


def _grafana_rule(rule: Rule) -> dict[str, Any]:
    """The same rule for Grafana, whose thresholds have a second limit for the end."""
    query = prometheus.Dataquery().expr(rule.expr).instant().ref_id("A").datasource(SOURCE)
    ends = (
        {"unloadEvaluator": {"type": "gt" if rule.below else "lt", "params": [rule.clears_at]}}
        if rule.clears_at != rule.fires_at
        else {}
    )
    threshold = (
        expr.TypeThreshold().ref_id("B").expression("A").datasource(DataSourceRef(type_val="__expr__", uid="__expr__"))
    )
    condition = {"evaluator": {"type": "lt" if rule.below else "gt", "params": [rule.fires_at]}, **ends}
    return {
        "uid": f"bellwether-{rule.name.lower()}",
        "title": rule.name,
        "condition": "B",
        "data": [
            {
                "refId": "A",
                "relativeTimeRange": {"from": 600, "to": 0},
                "datasourceUid": SOURCE.uid,
                "model": _plain(query),
            },
            {
                "refId": "B",
                "relativeTimeRange": {"from": 0, "to": 0},
                "datasourceUid": "__expr__",
                "model": {**_plain(threshold), "conditions": [condition]},
            },
        ],
        # A cell that is suppressed has no value, and a rule of several series is not broken when there is none.
        "noDataState": "OK",
        "execErrState": "Error",
        "for": rule.pending,
        "annotations": {
            **_annotations(rule, f"{{{{ {rule.value_format} .Values.A.Value }}}}"),
            "__dashboardUid__": f"bellwether-{rule.dashboard}",
        },
        "labels": _labels(rule),
        "isPaused": False,
    }


def _labels(rule: Rule) -> dict[str, str]:
    return {"area": rule.area, "severity": rule.severity}


def _annotations(rule: Rule, value: str) -> dict[str, str]:
    """What a message says. Templates use `.Labels`, not `$labels`: Grafana takes `$` for its environment."""
    fields = {name: f"{{{{ .Labels.{name} }}}}" for name in ("title", "service", "topic", "source", "instance")}
    team = "?var-team={{ .Labels.cohort }}" if "cohort" in rule.labels else ""
    links = {"dashboard": f"/d/bellwether-{rule.dashboard}{team}"}
    if rule.area == "risk":
        links["console"] = f"{API}/"
    return {
        "summary": rule.summary.format(value=value, **fields),
        "description": rule.why,
        "action": rule.first,
        **links,
    }


def _policy() -> dict[str, Any]:
    """Risks go to HR partners, in working hours and together; the pipeline goes to operators, at once.

    Nobody else is in the tree: a leader learns of a warning from their HR partner, never from a message.
    """
    risk = {"receiver": RECEIVERS["risk"], "object_matchers": [["area", "=", "risk"]]}
    return {
        "orgId": 1,
        "receiver": RECEIVERS["pipeline"],
        "group_by": ["alertname"],
        "routes": [
            {
                **risk,
                "group_by": ["area", "severity"],
                "group_wait": "15m",
                "group_interval": "4h",
                "repeat_interval": "7d",
                "mute_time_intervals": [_QUIET],
            },
            {
                "receiver": RECEIVERS["pipeline"],
                "object_matchers": [["area", "=", "pipeline"]],
                "group_by": ["alertname"],
                "group_wait": "30s",
                "group_interval": "5m",
                "repeat_interval": "4h",
            },
        ],
    }


def _contact_point(area: str, channel: str) -> dict[str, Any]:
    """One way to reach those who answer for an area. The address comes from the environment of Grafana."""
    kind, setting, words = CHANNELS[channel]
    receiver = {
        "uid": f"{RECEIVERS[area]}-{channel}",
        "type": kind,
        "settings": {setting: f"$ALERT_{area.upper()}_ADDRESS", **words},
    }
    return {"orgId": 1, "name": RECEIVERS[area], "receivers": [receiver]}


def _quiet_times() -> dict[str, Any]:
    """Nights and weekends: a warning about a relationship can wait until somebody can talk."""
    return {
        "orgId": 1,
        "name": _QUIET,
        "time_intervals": [
            {"weekdays": ["saturday", "sunday"]},
            {"times": [{"start_time": "00:00", "end_time": "07:00"}, {"start_time": "18:00", "end_time": "24:00"}]},
        ],
    }


def _template() -> dict[str, Any]:
    lines = [
        f'{{{{ define "{_TEMPLATE}" -}}}}',
        "{{ range .Alerts -}}",
        '{{ if eq .Status "resolved" }}Over: {{ end }}{{ .Annotations.summary }}',
        "Why it matters: {{ .Annotations.description }}",
        "First: {{ .Annotations.action }}",
        "{{ if .DashboardURL }}Dashboard: {{ .DashboardURL }}{{ end }}",
        "{{ if .SilenceURL }}Not now: {{ .SilenceURL }}{{ end }}",
        "",
        "{{ end -}}",
        "{{ end -}}",
    ]
    return {"orgId": 1, "name": _TEMPLATE, "template": "\n".join(lines) + "\n"}


def _plain(builder: Any) -> Any:
    return json.loads(JSONEncoder(sort_keys=True).encode(builder.build()))


class _Dumper(yaml.SafeDumper):
    """Long strings on one line, so that a query can be copied."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library's own signature
        """Write everything out."""
        return True


def _yaml(content: Any) -> str:
    head = "# Written by `bellwether dashboards build` from dashboards/alerts.py; change it there.\n"
    return head + yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
