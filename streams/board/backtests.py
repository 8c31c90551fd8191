"""Reports of backtests: the pages of one folder, shown to a browser that lets them do nothing."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

PATH = "/backtests"
_ENDING = ".html"
_MOST = 200
_LARGEST = 32 * 1024 * 1024
# Sandboxed without scripts, forms, or the origin of the board: a page somebody put there can show itself, no more.
HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Found(NamedTuple):
    """A report: name of its file, and when it was written."""

    name: str
    written_at: datetime


def reports_in(folder: str) -> list[Found]:
    """Return the reports in a folder, the newest first; none where there is no folder."""
    if not folder:
        return []
    try:
        files = list(Path(folder).iterdir())
    except OSError:
        return []
    found = [report for one in files if (report := _report(one)) is not None]
    return sorted(found, key=lambda one: (one.written_at, one.name), reverse=True)[:_MOST]


def read_report(folder: str, name: str) -> bytes | None:
    """Return a report by the name of its file; ``None`` for anything that `reports_in` would not list."""
    known = {one.name for one in reports_in(folder)}
    return (Path(folder) / name).read_bytes() if name in known else None


def _report(path: Path) -> Found | None:
    """Return a file as a report, ``None`` when it is none, has a name no address can hold, or is gone meanwhile."""
    name = path.name
    if path.suffix != _ENDING or name.startswith(".") or not name.isprintable():
        return None
    try:
        found = path.lstat()
    except OSError:
        return None
    is_one = stat.S_ISREG(found.st_mode) and found.st_size <= _LARGEST
    return Found(name, datetime.fromtimestamp(found.st_mtime, UTC)) if is_one else None


def routes(folder: str) -> APIRouter:
    """Return the addresses that show the reports of a folder."""
    router = APIRouter()

    @router.get(f"{PATH}/{{name}}")
    def show(name: str) -> Response:
        content = read_report(folder, name)
        if content is None:
            return PlainTextResponse("404", status_code=404, headers=HEADERS)
        return Response(content, media_type="text/html; charset=utf-8", headers=HEADERS)

    return router
