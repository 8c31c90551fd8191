"""What a page measures of itself, in the browser."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

_NOTE_TILES = """() => {
  window.appeared = {};
  const note = () => {
    const now = Date.now();
    for (const tile of document.querySelectorAll(".tile")) window.appeared[tile.id] ??= now;
  };
  note();
  new MutationObserver(() => requestAnimationFrame(note)).observe(document.body, { childList: true, subtree: true });
}"""

# Frames while the page is scrolled from top to bottom, a step each frame.
_SCROLL = """(step) => new Promise((done) => {
  const times = [];
  const frame = (now) => {
    times.push(now);
    const before = window.scrollY;
    window.scrollBy(0, step);
    if (window.scrollY > before) requestAnimationFrame(frame);
    else done(times.slice(1).map((time, n) => time - times[n]));
  };
  window.scrollTo(0, 0);
  requestAnimationFrame(frame);
})"""

# How far around its middle a finger still hits each target, also where a link covers more than its words.
_TARGETS = """() => {
  const found = [];
  const all = "a[href], button, input, select, textarea, summary, [role=button], [role=tab], [tabindex='0']";
  for (const target of document.querySelectorAll(all)) {
    if (target.closest("svg")) continue; // places on a map are where they are; lists beside it lead to the same
    if (!target.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    target.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const box = target.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1) continue;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const hit = (dx, dy) => {
      const there = document.elementFromPoint(x + dx, y + dy);
      return there && (target.contains(there) || there.closest("label")?.control === target);
    };
    const reach = (dx, dy) => {
      let far = 0;
      while (far < 60 && hit(dx * (far + 1), dy * (far + 1))) far += 1;
      return far;
    };
    if (!hit(0, 0)) continue;
    const [width, height] = [reach(-1, 0) + reach(1, 0) + 1, reach(0, -1) + reach(0, 1) + 1];
    found.push({ width, height, says: target.outerHTML.slice(0, 120) });
  }
  window.scrollTo(0, 0);
  return found;
}"""

_SIDEWAYS = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const right = (one) => one.getBoundingClientRect().right;
  const beyond = [...document.body.querySelectorAll("*")].filter((one) => right(one) > wide + 0.5);
  const inner = beyond.filter((one) => !beyond.some((other) => other !== one && one.contains(other)));
  return [`${document.documentElement.scrollWidth} px`, ...inner.slice(0, 8).map((one) => one.outerHTML.slice(0, 160))];
}"""


def note_tiles(page: Page) -> None:
    """Begin to note when each tile is first drawn."""
    page.evaluate(_NOTE_TILES)


def drawn_at(page: Page) -> dict[str, int]:
    """Return when tiles were first drawn, by id, epoch milliseconds."""
    found: dict[str, int] = page.evaluate("window.appeared")
    return {key.removeprefix("alert-"): at for key, at in found.items()}


def scroll_through(page: Page, step: int = 120) -> list[float]:
    """Scroll from top to bottom; return how long every frame took, milliseconds."""
    found: list[float] = page.evaluate(_SCROLL, step)
    return found


def targets(page: Page) -> list[dict[str, Any]]:
    """Return width and height of everything that can be pressed."""
    found: list[dict[str, Any]] = page.evaluate(_TARGETS)
    return found


def sideways(page: Page) -> list[str]:
    """Return what makes the page wider than the screen, the innermost elements first; nothing when it fits."""
    found: list[str] = page.evaluate(_SIDEWAYS)
    return found
