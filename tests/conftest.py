"""What every test can ask for: a real Kafka, a name of its own for topics, the shared data."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Callable, Iterator
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
from broker import Broker  # noqa: E402 - the line above makes it importable

# A busy machine is slow, not wrong. In CI, hypothesis has a profile of its own: no deadline either, the same examples.
settings.register_profile("unhurried", deadline=None)
if "CI" not in os.environ:
    settings.load_profile("unhurried")


# As the commands do (`streams.assembly.tune_the_process`), once numpy has loaded what is limited.
assert np
threadpool_limits(limits=1)


def pytest_configure(config: pytest.Config) -> None:
    """Excuse what only others can mend.

    kafka-python reads its own schemas through a deprecated function of Python; Apprise imports a deprecated module.
    """
    config.addinivalue_line("filterwarnings", "ignore:(open_text|read_text) is deprecated:DeprecationWarning")
    config.addinivalue_line("filterwarnings", "ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they ask for, skip what cannot run here, and put the quick ones first."""
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
    items.sort(key=lambda item: [item.get_closest_marker(name) is not None for name in ("kafka", "slow")])


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bootstrap address of a real broker, one for the whole run: never stop or pause it. Or KAFKA_BOOTSTRAP_SERVERS."""
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
