"""Reports of backtests: what is listed, what is shown, and that nothing else is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from streams.board.backtests import reports_in, routes

Get = Callable[[str], httpx.Response]
PAGE = "<!DOCTYPE html><script>alert(1)</script>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    reports = tmp_path / "reports"
    reports.mkdir()
    (tmp_path / "secret.html").write_text("secret", encoding="utf-8")
    for n, name in enumerate(("old.html", "新规则.html", ".hidden.html", "notes.txt")):
        (reports / name).write_text(PAGE, encoding="utf-8")
        os.utime(reports / name, (1_000 + n, 1_000 + n))
    (reports / "link.html").symlink_to(tmp_path / "secret.html")
    (reports / "folder.html").mkdir()
    return reports


@pytest.fixture
def get(folder: Path) -> Get:
    app = FastAPI()
    app.include_router(routes(str(folder)))

    async def ask(path: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://board") as client:
            return await client.get(path)

    return lambda path: asyncio.run(ask(path))


def test_pages_of_the_folder_are_listed_the_newest_first(folder: Path) -> None:
    assert [one.name for one in reports_in(str(folder))] == ["新规则.html", "old.html"]


@pytest.mark.parametrize("folder", ["", "/does/not/exist"])
def test_without_a_folder_there_are_none(folder: str) -> None:
    assert reports_in(folder) == []


def test_a_report_can_show_itself_and_do_nothing(get: Get) -> None:
    answer = get("/backtests/新规则.html")
    assert (answer.status_code, answer.text) == (200, PAGE)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox;")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    [
        "../secret.html", "..%2fsecret.html", "%2e%2e%2fsecret.html", "..%5csecret.html", "link.html", ".hidden.html",
        "notes.txt", "folder.html", "old.html%00.txt", "none.html", "%2fetc%2fpasswd", "old.html/",
    ],
)  # fmt: skip
def test_nothing_else_is_shown(get: Get, name: str) -> None:
    answer = get(f"/backtests/{name}")
    assert answer.status_code in {404, 307}
    assert "secret" not in answer.text


def test_a_file_whose_name_no_address_can_hold_hides_no_report(folder: Path) -> None:
    (folder / os.fsdecode(b"\xff.html")).write_text(PAGE, encoding="utf-8")
    (folder / "a\nb.html").write_text(PAGE, encoding="utf-8")
    assert {one.name for one in reports_in(str(folder))} == {"old.html", "新规则.html"}
