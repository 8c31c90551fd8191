"""CPU time of intake per event: decode, normalise and encode a hotline call with a Chinese text of 60 characters.

Cold: nothing of a call was seen before, neither caller nor coordinates nor, in half of them, the address, and the
intake is new. Warm: the same calls again. Kindless: calls whose text the lexicon finds no kind in. Taught: after
LESSONS corrections of kinds, with two ordinary texts beside each; then those without a kind are asked about, the others
cost what they did. `learn_10000_s`: CPU time to learn 10,000 lessons of 60 characters, as a worker does when it starts.

Run from the root of the repository: ``python tests/bench/intake.py``. The last line is one JSON object.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]  # before this folder, where `rules.py` is another bench

from detectors.areas import AreaTree  # noqa: E402
from detectors.taxonomy import load_taxonomy  # noqa: E402
from streams.assembly import tune_the_process  # noqa: E402
from streams.intake.hazards import HazardRegister, load_hazards  # noqa: E402
from streams.intake.intake import Intake  # noqa: E402
from streams.intake.places import load_areas  # noqa: E402
from streams.intake.taught import Example  # noqa: E402

EVENTS = 20_000
KINDLESS = 4_000
LESSONS = 500
ROUNDS = 5
NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOW_S = (NOW + timedelta(days=1)).timestamp()
ENCODE = msgspec.json.Encoder().encode
HAZARDS = Path(__file__).parents[2] / "deploy" / "hazards.csv"
TEXTS = (
    "{spot}{n}栋楼下有浓烈煤气味，居民反映已持续两个小时，担心发生爆炸，请尽快派人到现场处理，楼道里还有行动不便的老人需要疏散。",
    "{spot}门口路面积水约{n}厘米，车辆无法通行，附近学校学生放学经过非常危险，请有关部门尽快安排人员到现场抽水并设置警示标志。",
    "来电人反映{spot}{n}栋{n}03室楼上漏水，物业多次上门未能解决，联系电话13800138{n:03}，陈先生希望尽快有人回复处理结果。",
    "{spot}小区从今天早上八点开始停水，未见任何停水通知，老人和小孩生活非常不便，请核实停水原因并告知预计恢复供水的时间谢谢。",
)


def make(areas: AreaTree) -> list[bytes]:
    """Make calls of new callers at new coordinates, half at listed spots, some with personal data in the text."""
    dice = random.Random(1)
    streets = [street for district in areas.districts() for street in areas.children(district.id)]
    homes = [(street, one, spot) for street in streets for one in areas.children(street.id) for spot in one.spots]
    calls = []
    for number in range(EVENTS):
        street, community, spot = dice.choice(homes)
        name = spot.name if number % 2 else f"{community.name[:2]}{dice.choice('一二三四')}路{dice.randint(1, 999)}号"
        text = dice.choice(TEXTS).format(spot=name, n=dice.randint(1, 99))
        call = {
            "id": f"SZ{number:09}",
            "occurred_at": (NOW + timedelta(seconds=number)).astimezone(areas.zone).isoformat(),
            "title": "群众来电反映",
            "text": text[:60],
            "district": street.parent,
            "street": street.name,
            "community": community.name,
            "spot": name,
            "lon": round((spot.lon or 0.0) + dice.uniform(-0.001, 0.001), 6),
            "lat": round((spot.lat or 0.0) + dice.uniform(-0.001, 0.001), 6),
            "caller": f"138{dice.randint(0, 99_999_999):08}",
        }
        calls.append(json.dumps(call, ensure_ascii=False).encode())
    return calls


def unlike(dice: random.Random) -> str:
    """Return a text without words the lexicon knows."""
    return "".join(dice.choices("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒日月盈昃", k=60))


def kindless(calls: Sequence[bytes], dice: random.Random) -> list[bytes]:
    """Return calls with texts the lexicon finds no kind in."""
    given = [json.loads(call) for call in calls[:KINDLESS]]
    return [json.dumps(one | {"title": "", "text": unlike(dice)}, ensure_ascii=False).encode() for one in given]


def teach(intake: Intake, lessons: int, dice: random.Random) -> float:
    """Have an intake learn so many lessons; return the CPU time it took, seconds."""
    for offset in range(lessons):
        kind = dice.choice(("noise", "odor", "animal", "parking"))
        intake.taught.note(offset, f"hotline:{offset}", Example(kind, unlike(dice), (unlike(dice), unlike(dice))))
    started = time.process_time()
    for _ in intake.taught.learn():
        pass
    return time.process_time() - started


def cpu_us(work: Callable[[Any], object], items: Sequence[Any]) -> float:
    """Return the CPU time of `work`, microseconds an item."""
    started = time.process_time()
    for item in items:
        work(item)
    return (time.process_time() - started) / len(items) * 1e6


def take_in(intake: Intake, call: bytes) -> bytes:
    """Do all that intake does with one call."""
    return ENCODE(intake.normalise(intake.decode("hotline", call), NOW_S))


def new_intake(hazards: HazardRegister) -> Intake:
    """Return an intake that has seen nothing."""
    areas = load_areas("shantou")
    return Intake(areas=areas, taxonomy=load_taxonomy(), reporter_key=b"0123456789abcdef", hazards=hazards)


def main() -> None:
    tune_the_process()
    hazards, calls = load_hazards(HAZARDS, load_areas("shantou")), make(load_areas("shantou"))
    best: dict[str, float] = {}

    def note(name: str, work: Callable[[Any], object], items: Sequence[Any]) -> None:
        best[name] = min(cpu_us(work, items), best.get(name, float("inf")))

    for _ in range(ROUNDS):
        one, other = new_intake(hazards), new_intake(hazards)
        decode = partial(one.decode, "hotline")
        for temperature in ("cold", "warm"):
            note(f"{temperature}_us", partial(take_in, one), calls)
            reports = [decode(call) for call in calls]
            note(f"{temperature}_normalise_us", partial(other.normalise, now=NOW_S), reports)
        strange = kindless(calls, random.Random(2))
        note("kindless_us", partial(take_in, one), strange)
        teach(one, LESSONS, random.Random(3))
        note("taught_warm_us", partial(take_in, one), calls)
        note("taught_kindless_us", partial(take_in, one), strange)
        note("decode_us", decode, calls)
        note("encode_us", ENCODE, [one.normalise(report, NOW_S) for report in reports])
    learned = {"learn_10000_s": round(teach(new_intake(hazards), 10_000, random.Random(4)), 2)}
    print(json.dumps({name: round(us, 2) for name, us in sorted(best.items())} | learned | {"events": len(calls)}))


if __name__ == "__main__":
    main()
