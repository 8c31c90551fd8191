"""CPU time of intake per event: decode, normalise and encode a hotline call with a Chinese text of 60 characters.

Run from the root of the repository: ``python tests/bench/intake.py``. The last line is one JSON object.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from detectors.areas import AreaTree
from detectors.taxonomy import load_taxonomy
from streams.intake.hazards import load_hazards
from streams.intake.intake import Intake
from streams.intake.places import load_areas

EVENTS = 20_000
ROUNDS = 5
NOW = datetime(2026, 3, 1, tzinfo=UTC)
HAZARDS = Path(__file__).parents[2] / "deploy" / "hazards.csv"
TEXTS = (
    "{spot}{n}栋楼下有浓烈煤气味，居民反映已持续两个小时，担心发生爆炸，请尽快派人到现场处理，楼道里还有行动不便的老人需要疏散。",
    "{spot}门口路面积水约{n}厘米，车辆无法通行，附近学校学生放学经过非常危险，请有关部门尽快安排人员到现场抽水并设置警示标志。",
    "来电人反映{spot}{n}栋{n}03室楼上漏水，物业多次上门未能解决，联系电话13800138{n:03}，陈先生希望尽快有人回复处理结果。",
    "{spot}小区从今天早上八点开始停水，未见任何停水通知，老人和小孩生活非常不便，请核实停水原因并告知预计恢复供水的时间谢谢。",
)


def make(areas: AreaTree) -> list[bytes]:
    """Make calls from listed spots, a quarter of them with personal data in the text."""
    dice = random.Random(1)
    streets = [street for district in areas.districts() for street in areas.children(district.id)]
    homes = [(street, one, spot) for street in streets for one in areas.children(street.id) for spot in one.spots]
    calls = []
    for number in range(EVENTS):
        street, community, spot = dice.choice(homes)
        text = dice.choice(TEXTS).format(spot=spot.name, n=dice.randint(1, 99))
        call = {
            "id": f"SZ{number:09}",
            "occurred_at": (NOW + timedelta(seconds=number)).isoformat(),
            "title": "群众来电反映",
            "text": text[:60],
            "district": street.parent,
            "street": street.name,
            "community": community.name,
            "spot": spot.name,
            "lon": spot.lon,
            "lat": spot.lat,
            "caller": f"138{dice.randint(0, 99_999_999):08}",
        }
        calls.append(json.dumps(call, ensure_ascii=False).encode())
    return calls


def best_us(work: Callable[[object], object], items: Sequence[object]) -> float:
    """Return the CPU time of the best round, microseconds an item."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for item in items:
            work(item)
        best = min(best, time.process_time() - started)
    return round(best / len(items) * 1e6, 2)


def main() -> None:
    areas = load_areas("shantou")
    intake = Intake(
        areas=areas, taxonomy=load_taxonomy(), reporter_key=b"0123456789abcdef", hazards=load_hazards(HAZARDS, areas)
    )
    now = (NOW + timedelta(days=1)).timestamp()
    calls = make(areas)
    encode = msgspec.json.Encoder().encode

    def fresh(call: object) -> object:
        assert isinstance(call, bytes)
        return encode(intake.normalise(intake.decode("hotline", call), now))

    started = time.process_time()
    for call in calls:
        fresh(call)
    cold = (time.process_time() - started) / len(calls) * 1e6
    reports = [intake.decode("hotline", call) for call in calls]
    events = [intake.normalise(report, now) for report in reports]
    figures = {
        "us_per_event": best_us(fresh, calls),
        "decode_us": best_us(lambda call: intake.decode("hotline", call), calls),  # type: ignore[arg-type]
        "normalise_us": best_us(lambda report: intake.normalise(report, now), reports),  # type: ignore[arg-type]
        "encode_us": best_us(encode, events),
        "us_per_event_with_empty_caches": round(cold, 2),
        "events": len(calls),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
