"""A real Chromium, watched pages in it, and boards as processes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from streams.settings import Settings
from streams.topicadmin import create_topics
from tests.browser.boards import Desk, RunningBoard, a_board
from tests.browser.launching import CHROMIUM, launch_options
from tests.browser.watching import Watch

DESK: dict[str, Any] = {"viewport": ViewportSize(width=1440, height=900)}
WALL: dict[str, Any] = {"viewport": ViewportSize(width=1920, height=1080)}
PHONE: dict[str, Any] = {"viewport": ViewportSize(width=390, height=844), "has_touch": True, "is_mobile": True}
# A busy machine is slow, not wrong.
expect.set_options(timeout=30_000)
FAILED = pytest.StashKey[bool]()
OpenPage = Callable[..., Page]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember for the fixtures that the test failed: then they take a picture."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


# Not for the whole session: while Playwright runs, its event loop runs in this thread, and other tests have their own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        pytest.skip("no chromium: deploy/setup.sh --dev installs it where it may")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Watch:
    """What goes wrong on the pages of this test."""
    return Watch()


@pytest.fixture
def open_page(chromium: Browser, watch: Watch, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenPage]:
    """Make pages, each of a visitor of its own: ``open_page(**PHONE)``; what goes wrong on them fails the test."""
    pages: list[Page] = []

    def make(**options: Any) -> Page:
        page = chromium.new_context(**{"locale": "zh-CN", **DESK, **options}).new_page()
        watch.follow(page)
        pages.append(page)
        return page

    yield make
    if watch.faults or request.node.stash.get(FAILED, False):
        for number, page in enumerate(page for page in pages if not page.is_closed()):
            page.screenshot(path=tmp_path / f"page-{number}.png")
            print(f"{page.url}: {tmp_path / f'page-{number}.png'}")
    for page in pages:
        page.context.close()
    assert not watch.faults, "\n".join(watch.faults)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page as on a desk."""
    return open_page()


@pytest.fixture
def wall(open_page: OpenPage) -> Page:
    """A page on the wall."""
    return open_page(**WALL)


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """A page on a phone."""
    return open_page(**PHONE)


@pytest.fixture(scope="module")
def settings(kafka: str) -> Settings:
    """Topics of the tests of one file."""
    made = Settings(bootstrap=kafka, prefix=f"b{uuid.uuid4().hex[:10]}-", partitions=2)
    create_topics(made)
    return made


@pytest.fixture(scope="module")
def board(chromium: Browser, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    """A board without accounts for the tests of one file."""
    assert chromium.is_connected()  # asked for first: without a browser no board is started
    with a_board(settings, tmp_path_factory.mktemp("board")) as running:
        yield running


@pytest.fixture(scope="module")
def desk(settings: Settings) -> Iterator[Desk]:
    """Puts alerts on the topics of these tests."""
    with Desk(settings) as made:
        yield made
