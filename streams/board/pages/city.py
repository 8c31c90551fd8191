"""The city: a map of its areas by index, alerts or events, as it is and as it was in the last 24 hours."""

from __future__ import annotations

from typing import ClassVar
from weakref import WeakKeyDictionary

import msgspec
from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from detectors.event import Place
from rules.alert import Text
from streams.board.access.visitor import Visitor
from streams.board.board import Board
from streams.board.page import Page
from streams.board.standing import Known
from streams.board.views.city import STEP_S, STEPS, CityView, Sources
from streams.board.views.city_asking import Asked, asked_for, changes, clicked, gone_to
from streams.board.views.city_shapes import CityMap, city_map
from streams.board.views.city_side import Plain, withheld
from streams.board.views.city_tree import CityTree
from streams.board.views.city_words import LAYERS, SPANS, WORDS
from streams.language import Voice

_EVERY_S = 1.0
_KEPT = 64


class _Told(Element):
    """A part of the page, drawn by the browser and told of what changes."""

    name: ClassVar[str]

    def __init__(self, **given: object) -> None:
        super().__init__()
        self._props.update(given)
        self._last: Plain = {}
        self.on("ready", self._begin)

    def tell(self, said: Plain) -> None:
        """Hand over what differs from what was told last."""
        changed = changes(self._last, said)
        self._last = said
        if changed:
            self.run_method("show", changed)

    def _begin(self) -> None:
        said, self._last = self._last, {}
        self.tell(said)


class CityBar(_Told, component="../web/city_bar.js"):
    """Where one is, and what is shown."""

    name = "bar"


class CityMapView(_Told, component="../web/city_map.js"):
    """The map."""

    name = "map"


class CityList(_Told, component="../web/city_list.js"):
    """One area, and all of them as a table."""

    name = "list"


class CityTime(_Told, component="../web/city_time.js"):
    """The last 24 hours."""

    name = "time"


class _Shared:
    """What all who look at the page of one board share: areas, shapes, and what was said last."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.tree = CityTree(board.areas)
        self._spots = 0
        self._map: tuple[int, CityMap] | None = None
        self._views: dict[tuple[object, ...], CityView] = {}
        self._said: dict[tuple[object, ...], dict[str, Plain]] = {}

    def map(self) -> CityMap:
        """Return the shapes, made anew when events brought areas that are not in the tree."""
        spots = self._board.mirror.heat.spots
        for district, street, community in spots[self._spots :]:
            self.tree.home(Place(district=district, street=street, community=community))
        self._spots = len(spots)
        if self._map is None or self._map[0] != self.tree.version:
            outlines = self._board.outlines
            self._map = self.tree.version, city_map(self.tree, outlines)
            self._views.clear()
        return self._map[1]

    def view(self, visitor: Visitor) -> CityView:
        """Return what says what a visitor may know."""
        shapes = self.map()
        key = visitor.lang, visitor.areas, visitor.restricted, self._board.book().digest
        found = self._views.get(key)
        if found is None:
            found = self._views[key] = CityView(self._sources(visitor), shapes, self._board.voice(visitor.lang))
        return found

    def picture(self, visitor: Visitor, asked: Asked) -> dict[str, Plain]:
        """Return what is shown; worked out once a second for all who ask for the same."""
        now, view = self._board.now(), self.view(visitor)
        key = asked, id(view), int(now), self._board.mirror.records
        found = self._said.get(key)
        if found is None:
            found = self._said[key] = view.picture(asked, now)
            while len(self._said) > _KEPT:
                self._said.pop(next(iter(self._said)))
        return found

    def _sources(self, visitor: Visitor) -> Sources:
        board, mirror = self._board, self._board.mirror
        rules = board.book().rules

        def alerts() -> list[Known]:
            known = mirror.alerts.all()
            return [
                one
                for one in known
                if visitor.sees(one.alert.place, one.alert.districts)
                and (visitor.restricted or not one.alert.restricted)
            ]

        return Sources(
            tree=self.tree,
            told=mirror.told,
            heat=mirror.heat,
            courses=mirror.courses,
            clusters=mirror.clusters,
            taxonomy=board.taxonomy,
            alerts=alerts,
            event=mirror.events.get,
            scans=frozenset(rule.id for rule in rules if rule.signal == "scan"),
            hidden=frozenset() if visitor.restricted else withheld(rules),
        )


_SHARED: WeakKeyDictionary[Board, _Shared] = WeakKeyDictionary()


async def build(board: Board, visitor: Visitor) -> None:
    """Fill the page."""
    shared = _SHARED.setdefault(board, _Shared(board))
    voice = board.voice(visitor.lang)
    words = _words(voice, tiles=not board.outlines)
    shapes, view = shared.map(), shared.view(visitor)
    asked = view.begin()
    with ui.element("div").classes("city-page").props(f'lang="{voice.pick("zh-CN", "en")}"'):
        bar = CityBar(words=words, kinds=view.choices(), **_choices(voice))
        map_ = CityMapView(words=words, **_drawn(shapes))
        list_ = CityList(words=words)
        time = CityTime(words=words)
    drawn, heard = shapes, 0

    def show() -> None:
        nonlocal drawn
        seen_by = board.still(visitor)
        if seen_by is None:
            return  # signed out meanwhile
        said = shared.picture(seen_by, asked)
        if shared.map() is not drawn:  # areas came that the tree does not list
            drawn = shared.map()
            map_.props.update(_drawn(drawn))
        for part in (bar, map_, list_, time):
            part.tell(said[part.name] | {"heard": heard} if part is time else said[part.name])

    def ask(new: Asked) -> None:
        nonlocal asked
        asked = new
        show()

    def chose(event: GenericEventArguments) -> None:
        name, value = map(str, event.args[:2])
        ask(asked_for(asked, shared.tree, name, value))

    def up() -> None:
        above = shared.tree.nodes[asked.focus].parent
        if above:
            ask(gone_to(asked, shared.tree, above))

    def seek(event: GenericEventArguments) -> None:
        nonlocal heard
        step, heard = max(0, min(STEPS, int(event.args[0]))), int(event.args[1])
        last = board.now() // STEP_S * STEP_S
        ask(msgspec.structs.replace(asked, at=last - STEP_S * (STEPS - step)))

    bar.on("ask", chose)
    bar.on("go", lambda event: ask(gone_to(asked, shared.tree, str(event.args))))
    map_.on("pick", lambda event: ask(clicked(asked, shared.tree, str(event.args))))
    map_.on("up", up)
    list_.on("pick", lambda event: ask(clicked(asked, shared.tree, str(event.args))))
    time.on("seek", seek)
    time.on("live", lambda: ask(msgspec.structs.replace(asked, at=None)))
    show()
    ui.timer(_EVERY_S, show)


def _drawn(shapes: CityMap) -> Plain:
    return {
        "shapes": msgspec.to_builtins(list(shapes.shapes.values())),
        "size": [shapes.width, shapes.height],
    }


def _choices(voice: Voice) -> Plain:
    return {
        "layers": [(id_, voice.say(text)) for id_, text in LAYERS.items()],
        "spans": [(id_, voice.say(text)) for id_, text in SPANS.items()],
    }


def _words(voice: Voice, *, tiles: bool) -> dict[str, str]:
    said = {name: voice.say(text) for name, text in WORDS.items()}
    return said | {"note": said["tiles" if tiles else "synthetic"]}


PAGE = Page(path="/city", title=Text("全市", "City"), icon="map", order=20, build=build)
