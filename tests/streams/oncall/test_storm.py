"""A flood of alerts: nobody is flooded, nothing is lost, red is not held up."""

from __future__ import annotations

import random
from collections import defaultdict
from importlib import resources
from pathlib import Path
from typing import Any

from detectors.areas import AreaTree
from rules.alert import Alert, Grade, Text
from streams.channels.base import Message
from streams.intake.places import load_areas
from streams.oncall.loading import load_oncall
from streams.oncall.planner import Planner
from tests.builders import T0, a_taxonomy, an_alert_place
from tests.streams.oncall.planned import a_version

VERSIONS = 3_000
OWNERS = (Text("区城管局", "x"), Text("区水务局", "x"), Text("街道综治中心", "x"))


def a_storm(areas: AreaTree, dice: random.Random) -> list[tuple[float, Alert]]:
    """Versions of some 900 alerts within an hour, three of four of them in one street, 1 of 50 red."""
    streets = [street.id for district in areas.districts() for street in areas.children(district.id)]
    versions: dict[str, int] = defaultdict(int)
    storm = []
    for t in sorted(dice.uniform(0, 3600) for _ in range(VERSIONS)):
        id_ = f"a{dice.randrange(1_200) // (1 + dice.randrange(3)):04}"
        home = random.Random(id_)
        street = "440507-01" if home.random() < 0.75 else home.choice(streets)
        community = home.choice(areas.children(street))
        place = an_alert_place(
            key=community.id, level="community", district=street[:6], street=street, community=community.id, grid=""
        )
        versions[id_] += 1
        grade = dice.choices(["blue", "yellow", "orange", "red"], [48, 30, 20, 2])[0]
        closed = versions[id_] > 1 and dice.random() < 0.2
        over: dict[str, Any] = {"place": place, "owner": home.choice(OWNERS), "events": dice.randrange(1, 40)}
        change = "closed" if closed else "new" if versions[id_] == 1 else "update"
        storm.append((T0 + t, a_version(id_, grade, versions[id_], change, **over)))
    return storm


def sent_in_a_storm(seed: int = 1) -> tuple[Planner, list[tuple[float, Message]], list[tuple[float, Alert]]]:
    areas = load_areas("shantou")
    path = Path(str(resources.files("streams.oncall") / "demo.yaml"))
    planner = Planner(load_oncall(path, areas=areas, taxonomy=a_taxonomy(), at=T0))
    storm = a_storm(areas, random.Random(seed))
    sent: list[tuple[float, Message]] = []
    for t, alert in storm:
        while planner.next_due <= t:
            due = planner.next_due
            sent += [(due, message) for message in planner.due(due)]
        planner.note(alert, t)
        sent += [(t, message) for message in planner.due(t)]
    while planner.next_due <= T0 + 2 * 3600:
        due = planner.next_due
        sent += [(due, message) for message in planner.due(due)]
    return planner, sent, storm


def is_red(message: Message) -> bool:
    return message.what not in {"digest", "resolved"} and message.alerts[0].grade is Grade.RED


def most_within_an_hour(times: list[float]) -> int:
    return max((sum(1 for one in times if t - 3600 < one <= t) for t in times), default=0)


def test_in_a_storm_of_3000_versions_everybody_stays_within_the_budget_and_red_is_told_at_once() -> None:
    planner, sent, storm = sent_in_a_storm()
    times: dict[str, list[float]] = defaultdict(list)
    for t, message in sent:
        if message.recipient.id != "board" and not is_red(message):
            times[message.recipient.id].append(t)
    assert max(most_within_an_hour(found) for found in times.values()) <= 20
    assert len({message.key for _, message in sent}) == len(sent)
    told = {(alert.id, alert.revision.version) for _, message in sent for alert in message.alerts}
    for t, alert in storm:
        if alert.grade is Grade.RED and alert.status == "open" and alert.revision.change == "new":
            at_once = [one for at, one in sent if at == t and one.alerts[0].id == alert.id]
            assert {"lin.min", "chen.hua", "huang.lei"} & {one.recipient.id for one in at_once}
    known = {alert for alert, _ in told} | {one.alert for one in planner.suppressed()}
    assert known == {alert.id for _, alert in storm}
