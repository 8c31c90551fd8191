"""Take the pictures of the board for README, of a running demo: ``python deploy/make_pictures.py ADDRESS``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent
DRAWN_MS = 6_000
PICTURES = {"wall": ("/", 1920, 1080, 0.6), "city": ("/city", 1920, 1080, 0.6), "phone": ("/", 390, 844, 1.0)}
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


def main(address: str) -> None:
    """Take every picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        for name, (path, width, height, scale) in PICTURES.items():
            page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
            page.goto(address + path)
            page.wait_for_timeout(DRAWN_MS)
            page.screenshot(path=FOLDER / f"board-{name}.jpg", type="jpeg", quality=72)
            page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
