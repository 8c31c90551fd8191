"""A grid map: every area a tile about where it lies, those below it inside; for cities without outlines. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

from streams.board.views.city_tree import CityTree, Node

Box = tuple[float, float, float, float]

_WIDE, _HIGH = 16_000, 10_000
_GAP = 0.012
"""Of the shorter side of an area, between it and the tiles inside."""


def tiles(tree: CityTree) -> tuple[float, float, dict[str, Box]]:
    """Return width and height of the map, and left, top, width and height of the tile of every area but the city."""
    found: dict[str, Box] = {}
    _fill(tree, tree.city, (0, 0, _WIDE, _HIGH), found)
    return _WIDE, _HIGH, found


def _fill(tree: CityTree, parent: str, box: Box, found: dict[str, Box]) -> None:
    """Lay the areas below one out in its tile, north above south and west before east where centres are known."""
    nodes = tree.children(parent)
    if not nodes:
        return
    rows = _rows(tree, nodes, box)
    left, top, width, height = box
    edges = _edges(top, height, [sum(_weight(tree, node) for node in row) for row in rows])
    for row, y, below in zip(rows, edges, edges[1:], strict=False):
        rights = _edges(left, width, [_weight(tree, node) for node in row])
        for node, x, right in zip(row, rights, rights[1:], strict=False):
            wide, tall = right - x, below - y
            found[node.id] = (x, y, wide, tall)
            gap = round(_GAP * min(wide, tall)) if tree.children(node.id) else 0
            _fill(tree, node.id, (x + gap, y + gap, wide - 2 * gap, tall - 2 * gap), found)


def _edges(start: float, length: float, weights: Sequence[int]) -> list[int]:
    """Return where parts of a length begin and end, each as long as its weight says; in whole units."""
    total = sum(weights)
    return [round(start + length * before / total) for before in accumulate(weights, initial=0)]


def _weight(tree: CityTree, node: Node) -> int:
    """Return how many areas without any below them there are in one."""
    return sum(_weight(tree, child) for child in tree.children(node.id)) or 1


def _rows(tree: CityTree, nodes: Sequence[Node], box: Box) -> list[list[Node]]:
    placed = all(node.lat is not None and node.lon is not None for node in nodes)
    ordered = sorted(nodes, key=lambda node: -(node.lat or 0.0)) if placed else list(nodes)
    total = sum(_weight(tree, node) for node in ordered)
    count = max(1, min(len(nodes), round(math.sqrt(total * box[3] / box[2]))))
    rows: list[list[Node]] = [[] for _ in range(count)]
    before = 0.0
    for node in ordered:
        weight = _weight(tree, node)
        rows[min(count - 1, int((before + weight / 2) * count / total))].append(node)
        before += weight
    return [sorted(row, key=lambda node: node.lon or 0.0) if placed else row for row in rows if row]
