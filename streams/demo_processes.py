"""What runs beside a demo: workers, the board, delivery to an inbox of its own, and Prometheus when asked for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import msgspec
import yaml

from streams.children import HOST, Children, free_port
from streams.demo_day import Plan
from streams.demo_inbox import open_inbox
from streams.errors import ConfigurationError, Fault
from streams.settings import Settings

_PROMETHEUS = "prometheus"
_RULES = Path(__file__).resolve().parents[1] / "deploy" / "prometheus"
_SCRAPE_S = 2
_CITY = "shantou"
"""Whose people are known."""


class Running(NamedTuple):
    """The processes, and where they are looked at; an address is empty where there is none."""

    children: Children
    board: str = ""
    prometheus: str = ""


def check_plan(plan: Plan) -> None:
    """See that what is asked for can be started.

    Raises
    ------
    ConfigurationError
        When Prometheus is asked for and not installed.

    """
    if plan.prometheus and shutil.which(_PROMETHEUS) is None:
        message = "there is no prometheus on this machine: install it (Debian, Ubuntu: apt-get install prometheus)"
        raise ConfigurationError([Fault("--with-prometheus", "", message)])


@contextmanager
def started(settings: Settings, plan: Plan, folder: Path) -> Iterator[Running]:
    """Start them; they end with the context. Nobody has waited until they are ready."""
    with ExitStack() as undo:
        delivers = plan.board and settings.areas == _CITY
        inbox = undo.enter_context(open_inbox()) if delivers else ""  # closes after those that send to it have ended
        children = undo.enter_context(Children(folder))
        targets: dict[str, list[int]] = {"worker": []}
        for number in range(1, plan.workers + 1):
            port = free_port()
            targets["worker"].append(port)
            _serve(children, f"worker {number}", "worker", settings, port)
        board = prometheus = ""
        if plan.board:
            port, measured = free_port(settings.board_port), free_port()
            own = msgspec.structs.replace(
                settings, board_host=HOST, board_port=port, http_host=HOST, http_port=measured
            )
            children.start_ours("board", ["board", "--lang", plan.lang], own, port, "/alive")
            targets["board"] = [measured]
            board = f"http://{HOST}:{port}"
        if delivers:
            telling = msgspec.structs.replace(settings, **_told(folder, inbox))
            targets["deliver"] = [free_port()]
            _serve(children, "deliver", "deliver", telling, targets["deliver"][0])
        if plan.prometheus:
            prometheus = _watch(children, targets)
        yield Running(children, board, prometheus)


def _serve(children: Children, name: str, command: str, settings: Settings, port: int) -> None:
    own = msgspec.structs.replace(settings, http_host=HOST, http_port=port)
    children.start_ours(name, [command], own, port, "/health")


def _told(folder: Path, url: str) -> dict[str, str]:
    """Write channels for all the demo's people, every one of them into the inbox; return the settings."""
    oncall = resources.files("streams.oncall") / "demo.yaml"
    people = yaml.safe_load(oncall.read_text("utf-8"))["people"]
    names = sorted({way["channel"] for person in people.values() for way in person["reach"]})
    (folder / "inbox-url").write_text(url, "utf-8")
    (folder / "inbox-key").write_text("the demo signs for itself alone", "utf-8")
    way = {"type": "webhook", "url_file": "inbox-url", "key_file": "inbox-key", "allow_private": True}
    channels = folder / "channels.yaml"
    channels.write_text(yaml.safe_dump({"channels": dict.fromkeys(names, way)}), "utf-8")
    return {"channels": str(channels), "oncall": str(oncall)}


def _watch(children: Children, targets: dict[str, list[int]]) -> str:
    """Start Prometheus with the rules of deploy/prometheus; return its address."""
    port = free_port(9090)
    rules = [str(path) for path in sorted(_RULES.glob("*.yml")) if "groups" in yaml.safe_load(path.read_text("utf-8"))]
    jobs = [
        {"job_name": f"fenghuo-{name}", "static_configs": [{"targets": [f"{HOST}:{port}" for port in ports]}]}
        for name, ports in targets.items()
    ]
    config = {
        "global": {"scrape_interval": f"{_SCRAPE_S}s", "evaluation_interval": f"{_SCRAPE_S}s"},
        "rule_files": rules,
        "scrape_configs": jobs,
    }
    file = children.folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(config), "utf-8")
    command = [
        _PROMETHEUS,
        f"--config.file={file}",
        f"--storage.tsdb.path={children.folder / 'prometheus'}",
        f"--web.listen-address={HOST}:{port}",
        "--log.level=warn",
    ]
    children.start(_PROMETHEUS, command, port, "/-/ready")
    return f"http://{HOST}:{port}"
