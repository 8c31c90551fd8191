"""What every test can ask for: a real Kafka, a name of its own for topics, the shared data; and whose turn it is."""

from __future__ import annotations

import fcntl
import os
import sys
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"
NEEDS_KAFKA = {"kafka", "make_broker"}


# deploy/ holds scripts and is no package: this makes `from broker import Broker` work in tests.
sys.path.insert(0, str(ROOT / "deploy" / "kafka"))
import localhost  # noqa: E402 - the line above makes it importable
from broker import Broker  # noqa: E402 - as above

# Each process of a run has ports of its own: a broker that is down for a moment keeps its place.
if WORKER := os.environ.get("PYTEST_XDIST_WORKER", ""):
    localhost.PORTS = localhost.PORTS[int(WORKER.removeprefix("gw")) :: int(os.environ["PYTEST_XDIST_WORKER_COUNT"])]

# Brokers of tests live for minutes: without the second compiler they start a third sooner and take half the CPU.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")

# A busy machine is slow, not wrong. In CI, hypothesis has a profile of its own: no deadline either, the same examples.
settings.register_profile("unhurried", deadline=None)
if "CI" not in os.environ:
    settings.load_profile("unhurried")


# As the commands do (`streams.assembly.tune_the_process`), once numpy has loaded what is limited.
assert np
threadpool_limits(limits=1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they ask for, skip what cannot run here, and put the quick ones first.

    Of those with Kafka the long ones come first: processes that share them then end at about the same time. What a
    module sets up for its tests is set up once: they stay with one process.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & NEEDS_KAFKA:
            item.add_marker(pytest.mark.kafka)
        if "shared_data" in fixtures:
            item.add_marker(pytest.mark.data)
        if item.get_closest_marker("kafka") and os.environ.get("FENGHUO_SKIP_KAFKA") == "1":
            item.add_marker(pytest.mark.skip(reason="FENGHUO_SKIP_KAFKA=1"))
        if item.get_closest_marker("data") and not SHARED_DATA.is_dir():
            item.add_marker(pytest.mark.skip(reason="no ../shared/data beside the clone"))
    items.sort(key=_place)
    for item in items:
        if group := _group(item):
            item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Item) -> str:
    """Name what stays together: tests that share what their module sets up, and all that are quick and need nothing."""
    if any(_place(item)) and not _shares(item):
        return ""
    return "-".join([item.path.stem, *(str(int(flag)) for flag in _place(item))])


def _shares(item: pytest.Item) -> bool:
    definitions = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    return any(used[-1].scope == "module" for used in definitions.values())


def _place(item: pytest.Item) -> tuple[bool, ...]:
    alone, kafka, slow = (item.get_closest_marker(name) is not None for name in ("alone", "kafka", "slow"))
    return alone, kafka, kafka != slow


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Hold the other processes of a run between two tests while one needs the machine for itself."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    with _a_turn(Path(item.config.option.basetemp).parent, alone=item.get_closest_marker("alone") is not None):
        return (yield)


@contextmanager
def _a_turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Enter a room that holds everybody, or one who is alone, through a gate: who waits for the room is next."""
    with (folder / "gate").open("wb") as gate, (folder / "room").open("wb") as room:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bootstrap address of a real broker, one for each process of the run, or KAFKA_BOOTSTRAP_SERVERS.

    Never stop or pause it.
    """
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if given:
        yield given
        return
    with Broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker.bootstrap


@pytest.fixture
def make_broker(tmp_path: Path) -> Iterator[Callable[..., Broker]]:
    """Make brokers of the test's own, not started yet, to kill, pause and restart; stopped when the test ends."""
    made: list[Broker] = []

    def make(folder: str = "broker", **options: object) -> Broker:
        made.append(Broker(tmp_path / folder, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for broker in made:
        broker.stop()


@pytest.fixture
def topic_prefix() -> str:
    """Prefix for the names of topics and groups that no other test shares."""
    return f"t{uuid.uuid4().hex[:10]}-"


@pytest.fixture
def shared_data() -> Path:
    """Folder of real data beside the clone."""
    return SHARED_DATA
