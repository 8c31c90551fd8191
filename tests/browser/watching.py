"""A page that is watched: what it logs, what fails, and every request that would leave this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request

HERE = "127.0.0.1"
# What a browser gives up itself because the page goes elsewhere.
GIVEN_UP = "net::ERR_ABORTED"
MOST_CHARACTERS = 600


@dataclass
class Watch:
    """What went wrong on a page.

    Parameters
    ----------
    faults
        In words, as they happened; a test that means one to happen takes it out with `forgive`.
    requests
        Addresses of all requests.

    """

    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        """Begin to watch a page."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._note(f"error on the page: {error}"))
        page.on("request", lambda request: self._request(request.url))
        page.on("requestfailed", self._failed)
        page.on("websocket", lambda socket: self._request(socket.url))

    def forgive(self, pattern: str) -> list[str]:
        """Take out the faults that match, and return them."""
        meant = [fault for fault in self.faults if re.search(pattern, fault)]
        self.faults = [fault for fault in self.faults if fault not in meant]
        return meant

    def _note(self, fault: str) -> None:
        if fault not in self.faults:
            self.faults.append(fault)

    def _console(self, message: ConsoleMessage) -> None:
        # NiceGUI says so when it has lost what it knew of a page; whoever looks at it loses what was typed and chosen.
        if message.type == "error" or message.text.startswith("reloading because"):
            self._note(f"console: {message.text[:MOST_CHARACTERS]} ({message.location.get('url', '')})")

    def _request(self, url: str) -> None:
        self.requests.append(url)
        address = urlsplit(url)
        if address.scheme not in {"data", "blob", "about"} and address.hostname != HERE:
            self._note(f"a request leaves the machine: {url}")

    def _failed(self, request: Request) -> None:
        if request.failure != GIVEN_UP:
            self._note(f"request failed: {request.url} ({request.failure})")


def inaccessible(page: Page) -> list[str]:
    """Return what axe-core finds serious or critical on a page, each with the elements it is about."""
    found = Axe().run(page).response["violations"]
    return [
        f"{fault['impact']}: {fault['id']}: {fault['help']}\n    "
        + "\n    ".join(f"{' '.join(node['target'])}  {node['html'][:160]}" for node in fault["nodes"][:5])
        for fault in found
        if fault["impact"] in {"serious", "critical"}
    ]


def check_accessible(page: Page) -> None:
    """Fail when somebody who cannot see or use a mouse would stumble over something on the page."""
    found = inaccessible(page)
    assert not found, f"{page.url}\n" + "\n".join(found)
