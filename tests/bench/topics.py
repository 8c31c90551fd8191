"""Topics in figures: agreement with true topics, cost, and how soon large complaints surface; one JSON object.

``python tests/bench/topics.py ../shared/data/text_streams/tweets_t.jsonl.gz`` files texts with known topics, at the
pace of a small city's complaints (12 a day; the files have no times): NMI and AMI (arithmetic mean) and B-cubed F1 of
the matters as they stand at the end, mergers followed, and ``first_*`` as each text was filed when it came. With
``--shuffle SEED`` texts change places within blocks of 500; with ``--topics even`` (``odd``) only those topics count;
with ``--peers`` river's TextClust and a nearest neighbour by idf file the same texts.

``python tests/bench/topics.py --messages ../shared/data/teddy_2020/messages.csv.gz`` tells real messages (title and
text, masked and cut as intake does) in order of time. The reference is made in hindsight and knows nothing of the
detector: messages whose tf-idf vectors (character 2- to 4-grams of title, twice, and full text, over the whole file)
have a cosine of at least ``--alike`` (.25) are one complaint (connected components). Large are those of at least 10
messages by at least 5 people that begin after the warm-up; one is surfaced by its n-th message when the first topic
of which at least three messages in the window are its own is said then. A topic is spurious unless at least half of
the messages in its window hang together (connected by cosines of at least .2). With ``--null SEED`` the messages keep
their writers but change times with each other, so that nothing emerges: ``topics_per_week`` is then the rate of chance
topics, to be held against the one a week that is allowed (complaints that go on all year are told all year).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]  # before this folder, where `rules.py` is another bench

from detectors.dossier import Telling  # noqa: E402
from detectors.topic import Topic, TopicConfig  # noqa: E402
from detectors.topics import TopicDetector  # noqa: E402
from streams.intake.intake import LONGEST_TEXT  # noqa: E402
from streams.intake.masking import mask  # noqa: E402
from tests.bench.topics_peers import PEERS, timed  # noqa: E402

WEEK_S = 7 * 86_400.0
BLOCK = 500
LARGE_MESSAGES, LARGE_PEOPLE, OWN = 10, 5, 3
COHERENT = 0.2


class Said(NamedTuple):
    """A topic, the number of the telling that made it one, and those of its matter's tellings in its window."""

    number: int
    topic: Topic
    window: list[int]


def tell(tellings: Sequence[Telling]) -> tuple[list[str], list[str], list[Said], float]:
    """Return final and first matters, the topics said, and microseconds a text."""
    detector = TopicDetector(TopicConfig())
    firsts: list[str] = []
    into: dict[str, str] = {}
    said: list[Said] = []
    members: defaultdict[str, list[int]] = defaultdict(list)
    began = time.process_time()
    for number, telling in enumerate(tellings):
        filed = detector.learn(telling)
        members[filed.matter] += [*members.pop(filed.absorbed, []), number]
        firsts.append(filed.matter)
        if filed.absorbed:
            into[filed.absorbed] = filed.matter
        if filed.topic:
            start = filed.topic.starts_at.timestamp()
            said.append(Said(number, filed.topic, [n for n in members[filed.matter] if tellings[n].t > start]))
    cost_us = (time.process_time() - began) / len(tellings) * 1e6
    finals = []
    for matter in firsts:
        last = matter
        while last in into:
            last = into[last]
        finals.append(last)
    return finals, firsts, said, cost_us


def content(path: Path) -> IO[str]:
    """Return what a file holds, gz or not."""
    data = path.read_bytes()
    return io.StringIO((gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig"), newline="")


def b_cubed(truth: Sequence[Any], found: Sequence[str]) -> float:
    """Return the F1 of B-cubed precision and recall (Bagga and Baldwin 1998)."""
    both, ours, theirs = Counter(zip(truth, found, strict=True)), Counter(found), Counter(truth)
    precision = sum(n * n / ours[matter] for (_, matter), n in both.items()) / len(truth)
    recall = sum(n * n / theirs[topic] for (topic, _), n in both.items()) / len(truth)
    return 2 * precision * recall / (precision + recall)


def known_topics(path: Path, topics: str, shuffle: int | None, a_day: float, *, peers: bool) -> dict[str, Any]:
    """Measure agreement with true topics."""
    rows = [json.loads(line) for line in content(path)]
    rows = [row for row in rows if topics == "all" or row["clusterNo"] % 2 == (topics == "odd")]
    if shuffle is not None:
        dice = random.Random(shuffle)
        blocks = [rows[at : at + BLOCK] for at in range(0, len(rows), BLOCK)]
        rows = [row for block in blocks for row in dice.sample(block, len(block))]
    tellings = [
        Telling(id=str(n), t=n * 86_400.0 / a_day, text=row["textCleaned"], reporter=str(n))
        for n, row in enumerate(rows)
    ]
    truth = [row["clusterNo"] for row in rows]
    finals, firsts, said, cost_us = tell(tellings)
    beside = {name: timed(peer, [one.text for one in tellings]) for name, peer in PEERS.items()} if peers else {}
    return {
        "nmi": normalized_mutual_info_score(truth, finals),
        "ami": adjusted_mutual_info_score(truth, finals),
        "b3": b_cubed(truth, finals),
        "first_nmi": normalized_mutual_info_score(truth, firsts),
        "first_ami": adjusted_mutual_info_score(truth, firsts),
        "us_per_text": cost_us,
        "texts": len(rows),
        "matters": len(set(finals)),
        "true_topics": len(set(truth)),
        "topics_said": len(said),
        **{
            name: {
                "nmi": round(normalized_mutual_info_score(truth, found), 4),
                "ami": round(adjusted_mutual_info_score(truth, found), 4),
                "us_per_text": round(us, 1),
            }
            for name, (found, us) in beside.items()
        },
    }


def messages(path: Path, alike: float, null: int | None, *, show: bool) -> dict[str, Any]:
    """Measure how soon large complaints surface, and how much else is said."""
    rows = sorted(csv.DictReader(content(path)), key=lambda row: (row["time"], row["message_id"]))
    if null is not None:
        times = [row["time"] for row in rows]
        random.Random(null).shuffle(rows)
        rows = [row | {"time": at} for row, at in zip(rows, times, strict=True)]
    zone = ZoneInfo("Asia/Shanghai")
    tellings = [
        Telling(
            id=row["message_id"],
            t=datetime.fromisoformat(row["time"]).replace(tzinfo=zone).timestamp(),
            text=mask(f"{row['title']} {row['text']}")[:LONGEST_TEXT],
            reporter=row["user_id"],
        )
        for row in rows
    ]
    _, _, said, cost_us = tell(tellings)
    hindsight = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), sublinear_tf=True, min_df=2, max_df=0.1)
    vectors = hindsight.fit_transform([f"{row['title']}。{row['title']}。{row['text']}" for row in rows])
    complaint = connected_components(csr_matrix(vectors @ vectors.T >= alike), directed=False)[1]
    of_complaint = defaultdict(list)
    for number, one in enumerate(complaint):
        of_complaint[one].append(number)
    large = [
        numbers
        for numbers in of_complaint.values()
        if len(numbers) >= LARGE_MESSAGES
        and len({rows[n]["user_id"] for n in numbers}) >= LARGE_PEOPLE
        and numbers[0] >= TopicConfig().warm_up
    ]
    begun = list({one.topic.id: one for one in reversed(said)}.values())[::-1]  # what goes on is one topic
    spurious = [len(largest_part(vectors[one.window])) * 2 < len(one.window) for one in begun]
    surfaced = []
    for numbers in large:
        at = [one.number for one in said if len(set(one.window).intersection(numbers)) >= OWN]
        surfaced.append((rows[numbers[0]]["time"][:10], len(numbers), sum(n <= at[0] for n in numbers) if at else None))
    ranks = [rank for *_, rank in surfaced if rank is not None]
    weeks = (tellings[-1].t - tellings[TopicConfig().warm_up].t) / WEEK_S
    if show:
        for (number, topic, _), bad in zip(begun, spurious, strict=True):
            print(rows[number]["time"][:10], "spurious" if bad else "", topic.observed, f"{topic.p_value:.1e}",
                  topic.label, topic.named)  # fmt: skip
    return {
        "large": [{"begins": begins, "messages": n, "surfaced_by": rank} for begins, n, rank in surfaced],
        "surfaced_by": max(ranks, default=None) if len(ranks) == len(large) else None,
        "topics_per_week": len(begun) / weeks,
        "spurious_per_week": sum(spurious) / weeks,
        "us_per_text": cost_us,
        "messages": len(rows),
    }


def largest_part(vectors: Any) -> list[int]:
    """Return the largest set of rows connected by cosines of at least .2."""
    _, part = connected_components(csr_matrix(vectors @ vectors.T >= COHERENT), directed=False)
    largest = Counter(part.tolist()).most_common(1)[0][0]
    return list(np.flatnonzero(part == largest))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="texts with known topics, or messages")
    parser.add_argument("--messages", action="store_true", help="the file holds messages with times and users")
    parser.add_argument("--alike", type=float, default=0.25, help="cosine that makes two messages one complaint")
    parser.add_argument("--null", type=int, metavar="SEED", help="messages change times with each other")
    parser.add_argument("--show", action="store_true", help="print the topics said")
    parser.add_argument("--topics", choices=("all", "even", "odd"), default="all")
    parser.add_argument("--shuffle", type=int, help="seed")
    parser.add_argument("--peers", action="store_true", help="run other methods beside ours")
    parser.add_argument("--a-day", type=float, default=12.0, help="pace of texts without times")
    given = parser.parse_args()
    if given.messages:
        figures = messages(given.file, given.alike, given.null, show=given.show)
    else:
        figures = known_topics(given.file, given.topics, given.shuffle, given.a_day, peers=given.peers)
    print(json.dumps({key: round(one, 4) if isinstance(one, float) else one for key, one in figures.items()},
                     ensure_ascii=False))  # fmt: skip


if __name__ == "__main__":
    main()
