"""Reports of backtests: the pages of one folder, shown to a browser that lets them do nothing."""

from __future__ import annotations

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
        files = [one for one in Path(folder).iterdir() if _is_report(one)]
    except OSError:
        return []
    found = [Found(one.name, datetime.fromtimestamp(one.stat().st_mtime, UTC)) for one in files]
    return sorted(found, key=lambda one: (one.written_at, one.name), reverse=True)[:_MOST]


def read_report(folder: str, name: str) -> bytes | None:
    """Return a report by the name of its file; ``None`` for anything that `reports_in` would not list."""
    known = {one.name for one in reports_in(folder)}
    return (Path(folder) / name).read_bytes() if name in known else None


def _is_report(path: Path) -> bool:
    if path.suffix != _ENDING or path.name.startswith(".") or path.is_symlink():
        return False
    return path.is_file() and path.stat().st_size <= _LARGEST


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
