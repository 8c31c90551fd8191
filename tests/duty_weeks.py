"""Two made-up weeks of a duty desk: alerts of all sorts, signed or not, judged or not; seeded."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from detectors.areas import AreaTree
from rules.alert import Grade, GradeStep, RuleRef, Text
from streams.course import Version
from streams.intake.places import load_areas
from tests.builders import T0, a_taxonomy, an_alert_place, the_book
from tests.lives import Life

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 1, 5, tzinfo=ZONE)
KINDS = ("gas_leak", "waterlogging", "odor", "noise", "garbage", "ebike_fire", "elevator_trap", "parking", "manhole")
RULES = ("gas-leak", "waterlogging", "odour", "many-voices", "same-spot", "hotline-surge", "lift-trap")
WITHIN = {"red": 15, "orange": 30, "yellow": 60, "blue": 600}


@cache
def shantou() -> AreaTree:
    """The shipped city."""
    return load_areas("shantou")


def two_weeks(seed: int = 1, n: int = 160, ends: datetime = MONDAY + timedelta(days=7)) -> list[Version]:
    """Versions of `n` alerts in the two weeks before `ends`: the week of `MONDAY` and the one before."""
    chance = random.Random(seed)
    versions: list[Version] = []
    for number in range(n):
        versions += a_life(chance, f"{number:04x}{chance.randrange(16**8):08x}", ends - timedelta(days=14))
    return versions


def a_life(chance: random.Random, id_: str, begin: datetime) -> list[Version]:
    """One alert, raised within two weeks of `begin`, mostly by day."""
    day, hour = chance.randrange(14), chance.choice([*range(24), *range(7, 20), *range(16, 19)])
    t = (begin + timedelta(days=day, hours=hour, minutes=chance.random() * 60)).astimezone(UTC).timestamp() - T0
    grade = chance.choices(["red", "orange", "yellow", "blue"], [1, 3, 5, 9])[0]
    life = _begun(chance, id_, t, grade)
    if grade != "red" and chance.random() < 0.12:
        t += 60 * chance.expovariate(1 / 20)
        higher = Grade(grade).raised()
        due = timedelta(minutes=WITHIN[higher.value])
        life.issue(t, "upgrade", grade=higher.value, events=5, reporters=4, sign_by=_at(t) + due)
        grade = higher.value
    if chance.random() < 0.88:
        t += 60 * chance.expovariate(2.2 / WITHIN[grade])
        life.command(t, "sign", chance.choice(["金霞街道值班室", "区城运中心", "市城运中心"]))
    if chance.random() < 0.55:
        t += 3_600 * chance.expovariate(1 / 3)
        life.command(t, "false" if chance.random() < 0.3 else "true", "区城运中心")
    if chance.random() < 0.85:
        t += 3_600 * chance.expovariate(1 / 20)
        life.command(t, "arrive", "金霞街道值班室")
        t += 3_600 * chance.expovariate(1 / 5)
        if chance.random() < 0.05:
            life.issue(t, "withdrawn")
        else:
            life.command(t, "close", "区城运中心", why="已处置")
        if chance.random() < 0.06:
            t += 3_600 * chance.expovariate(1 / 10)
            life.issue(t, "update")
    return life.pass_time(t + 86_400).versions


def _begun(chance: random.Random, id_: str, t: float, grade: str) -> Life:
    kind, rule = chance.choice(KINDS), _rule(chance.choice(RULES))
    taxonomy, tree = a_taxonomy(), shantou()
    known = taxonomy.kinds[kind]
    district = chance.choice(tree.districts())
    street = chance.choice(tree.children(district.id))
    spot = f"{street.name}·{chance.choice(['幸福里小区', '江南府新村', '永园二路', '翠堤洲新村'])}"
    level = chance.choice(["spot", "spot", "street"])
    name = spot if level == "spot" else street.name
    place = an_alert_place(
        level=level, key=name, district=district.id, street=street.id, community="", grid="", name=name
    )
    at, due = _at(t), timedelta(minutes=WITHIN[grade])
    life = Life(
        id_, grade, tree.city, kind=kind, category=known.category, rule=rule, place=place,
        raised_at=at, graded_at=at, sign_by=at + due,
        title=Text(f"{known.zh}｜{name}", f"{known.en} | {name}"), first_at=at, last_at=at,
        steps=(GradeStep(grade=Grade(grade), because=Text("规则", "rule")),), exercise=chance.random() < 0.02,
    )  # fmt: skip
    return life.issue(t + chance.expovariate(1 / 5), graded_at=at, sign_by=at + due)


def _rule(id_: str) -> RuleRef:
    known = {rule.id: rule for rule in the_book().rules}
    rule = known.get(id_)
    return RuleRef(id=id_, number=rule.number if rule else 90, version=1, book=the_book().digest)


def _at(t: float) -> datetime:
    return datetime.fromtimestamp(T0 + t, UTC)
