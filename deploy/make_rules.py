"""Write deploy/k8s/monitoring/rules.yaml, the rules of deploy/prometheus as a resource of the Prometheus operator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
PATH = HERE / "k8s" / "monitoring" / "rules.yaml"
SOURCES = ("recording.yml", "alerts.yml")
_HEAD = """# Written by `python deploy/make_rules.py` from ../../prometheus: do not edit.
"""


def resource() -> dict[str, Any]:
    """Return the resource."""
    groups = [
        group
        for name in SOURCES
        for group in yaml.safe_load((HERE / "prometheus" / name).read_text(encoding="utf-8"))["groups"]
    ]
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "fenghuo"},
        "spec": {"groups": groups},
    }


def render() -> str:
    """Return the whole file."""
    return _HEAD + yaml.safe_dump(resource(), sort_keys=False, allow_unicode=True, width=120)


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
