"""A topic is a matter that more people tell of than chance would have it; the detector keeps its contract."""

from __future__ import annotations

import doctest
import random
from datetime import UTC, datetime
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from detectors.dossier import Dossier, Telling
from detectors.event import Event, Place
from detectors.matter import MattersConfig
from detectors.topic import Filed, Topic, TopicConfig
from detectors.topic_report import sentence_of, signals_of
from detectors.topics import TopicDetector
from detectors.topics_state import load
from streams.intake.masking import mask
from tests.bench.topics import known_topics, messages

HOUR, DAY = 3_600.0, 86_400.0
SYLLABLES = [chr(0x4E00 + 13 * n) for n in range(900)]
HEDONG = Place(district="d1", street="d1-02", name="河东街道")
SOMEWHERE = [Place(name=f"社区{n}") for n in range(7)]
CONFIG = TopicConfig(warm_up=100, warm_up_s=0.0)


def a_quiet_city(seed: int, tellings: int) -> list[Telling]:
    """Every text by somebody else about something else, but for the words everybody uses."""
    dice = random.Random(seed)
    texts = [
        "".join(dice.choices(SYLLABLES, k=12)) + dice.choice(["小区扰民", "道路问题", "求处理"])
        for _ in range(tellings)
    ]
    return [
        Telling(
            id=f"q{n}",
            t=2 * HOUR * n,
            text=text,
            reporter=f"r{seed}-{n}",
            place=Place(name=f"社区{n % 7}"),
            kind="noise",
        )
        for n, text in enumerate(texts)
    ]


def an_outbreak(at: float, people: list[str]) -> list[Telling]:
    frames = [
        "投诉云杉新城附近搅拌站噪音",
        "云杉新城搅拌站粉尘太大",
        "搅拌站太吵，云杉新城业主无法睡",
        "请管管云杉新城旁的搅拌站",
    ]
    return [
        Telling(id=f"o{n}", t=at + HOUR * n, text=frames[n % 4], reporter=one, place=HEDONG, source="hotline")
        for n, one in enumerate(people)
    ]


def told(detector: TopicDetector, tellings: list[Telling]) -> list[Filed]:
    return [detector.learn(telling) for telling in sorted(tellings, key=lambda one: (one.t, one.id))]


def topics(filed: list[Filed]) -> list[Topic]:
    return [one.topic for one in filed if one.topic]


def test_a_matter_told_by_five_people_is_a_topic_by_the_fifth() -> None:
    city = a_quiet_city(1, 600)
    said = topics(told(TopicDetector(CONFIG), city + an_outbreak(1000.5 * HOUR, list("abcde"))))
    assert said
    first = said[0]
    assert first.id == "topic:o0"
    assert first.reporters <= 5
    assert "云杉新城" in first.named
    assert first.places == ("河东街道",)
    assert first.sources[0][0] == "hotline"
    assert set(first.examples) <= {f"o{n}" for n in range(5)}
    assert first.p_value <= first.limit
    assert first.observed > first.expected_high
    assert first.starts_at < first.first_at <= first.ends_at


def test_one_person_telling_again_and_again_is_no_topic() -> None:
    assert not topics(told(TopicDetector(CONFIG), a_quiet_city(2, 600) + an_outbreak(1000.5 * HOUR, ["a"] * 9)))


def test_a_quiet_city_has_hardly_any_topics() -> None:
    assert len(topics(told(TopicDetector(CONFIG), a_quiet_city(3, 2_000)))) <= 2


@pytest.mark.parametrize("config", [TopicConfig(warm_up=700), TopicConfig(warm_up_s=1100 * HOUR)])
def test_nothing_is_said_during_the_warm_up(config: TopicConfig) -> None:
    city = a_quiet_city(1, 600) + an_outbreak(1000.5 * HOUR, list("abcde"))
    assert topics(told(TopicDetector(CONFIG), city))
    assert not topics(told(TopicDetector(config), city))


def test_a_topic_is_named_again_when_its_reporters_have_doubled() -> None:
    people = [f"p{n}" for n in range(24)]
    said = topics(told(TopicDetector(CONFIG), a_quiet_city(4, 600) + an_outbreak(1000.5 * HOUR, people)))
    mine = [topic.reporters for topic in said if topic.id == "topic:o0"]
    assert 3 <= len(mine) <= 4
    assert all(later >= 2 * earlier for earlier, later in pairwise(mine))


def test_scoring_learns_nothing_and_says_where_a_telling_would_go() -> None:
    detector = TopicDetector(CONFIG)
    told(detector, a_quiet_city(5, 300) + an_outbreak(400.5 * HOUR, list("abc")))
    before = detector.state()
    next_one = Telling(id="x", t=601 * HOUR, text="云杉新城搅拌站又在响", reporter="z")
    matter, odds = detector.score(next_one)
    assert matter == "topic:o0"
    assert odds > 0.0
    assert detector.state() == before
    assert detector.learn(next_one).matter == matter


@pytest.mark.parametrize("cut", [1, 333, 520, 611])
def test_from_its_state_it_goes_on_bit_for_bit(cut: int) -> None:
    config = TopicConfig(warm_up=50, warm_up_s=0.0, matters=MattersConfig(capacity=120, vocabulary_terms=900))
    tellings = sorted(a_quiet_city(6, 600) + an_outbreak(900.5 * HOUR, list("abcdefghijkl")), key=lambda one: one.t)
    whole, part, again = TopicDetector(config), TopicDetector(config), TopicDetector(config)
    filed = told(whole, tellings)
    told(part, tellings[:cut])
    again.restore(part.state())
    assert told(again, tellings[cut:]) == filed[cut:]
    assert again.state() == whole.state()


@pytest.mark.parametrize("every", [1, 7, 250])
def test_what_changed_adds_up_to_the_state(every: int) -> None:
    config = TopicConfig(warm_up=50, warm_up_s=0.0, matters=MattersConfig(capacity=60, vocabulary_terms=900))
    detector = TopicDetector(config)
    kept: dict[str, bytes] = {}
    flood = an_outbreak(300.5 * HOUR, [f"p{n % 50}" for n in range(300)])
    tellings = sorted(a_quiet_city(9, 600) + flood, key=lambda one: one.t)
    for n, telling in enumerate(tellings):
        detector.learn(telling)
        if n % every == 0:
            changed = detector.dirty()
            kept = {key: data for key, data in (kept | changed).items() if data is not None}
            assert kept == detector.state()
    detector.dirty()
    assert not detector.dirty()


def test_memory_is_bounded() -> None:
    config = TopicConfig(matters=MattersConfig(capacity=60, vocabulary_terms=1_000))
    detector = TopicDetector(config)
    flood = an_outbreak(0.5 * HOUR, [f"p{n % 200}" for n in range(900)])
    told(detector, a_quiet_city(7, 1_500) + [msgspec.structs.replace(one, place=Place(name=one.id)) for one in flood])
    state = load(detector.state())
    assert len(state.dossiers) <= 60 + 100
    assert sum(map(len, state.chunks)) <= 1_000
    for dossier in state.dossiers.values():
        assert len(dossier.last) <= 64
        assert len(dossier.examples) <= 8
        assert len(dossier.places) <= 16


def test_a_telling_out_of_order_is_refused() -> None:
    detector = TopicDetector(CONFIG)
    detector.learn(Telling(id="a", t=10.0, text="x"))
    with pytest.raises(ValueError, match="b comes after one of a later time"):
        detector.learn(Telling(id="b", t=9.0, text="x"))


def test_masked_spans_never_reach_a_label() -> None:
    detector = TopicDetector(CONFIG)
    secret = mask("我叫张伟 电话13812345678 车牌粤A12345 云杉新城搅拌站噪音")
    outbreak = [msgspec.structs.replace(one, text=secret) for one in an_outbreak(1000.5 * HOUR, list("abcdef"))]
    said = topics(told(detector, a_quiet_city(8, 600) + outbreak))
    assert said
    for phrase in [phrase for topic in said for phrase in (*topic.label, *topic.named)]:
        assert not set("[]*") & set(phrase)
        assert not any(word in phrase for word in ("手机号", "姓名", "138", "粤a"))


def test_joined_dossiers_count_everybody_once() -> None:
    one, other = Dossier.opened(Telling(id="a", t=1.0, text=""), 0), Dossier.opened(Telling(id="b", t=2.0, text=""), 5)
    for number, reporter in enumerate("xyz"):
        one.note(Telling(id=f"a{number}", t=float(number), text="", reporter=reporter))
    for number, reporter in enumerate("zw"):
        other.note(Telling(id=f"b{number}", t=9.0 + number, text="", reporter=reporter))
    one.join(other)
    assert one.people == 4
    assert list(one.last) == ["x", "y", "z", "w"]
    assert one.texts == 5
    assert one.born == 0


def test_an_event_is_a_telling_of_its_place_and_text() -> None:
    event = Event(
        id="hotline:1",
        source="hotline",
        kind="noise",
        occurred_at=datetime(2026, 3, 1, tzinfo=UTC),
        place=Place(district="d", street="s", community="c", name="河东街道"),
        reporter="r",
        text="搅拌站",
    )
    telling = Telling.of(event)
    assert (telling.id, telling.text, telling.reporter, telling.place) == ("hotline:1", "搅拌站", "r", event.place)
    assert telling.t == event.occurred_at.timestamp()


def test_a_topic_is_a_signal_with_a_sentence_in_both_languages() -> None:
    said = topics(told(TopicDetector(CONFIG), a_quiet_city(1, 600) + an_outbreak(1000.5 * HOUR, list("abcde"))))
    (signal,) = signals_of(said[0])
    assert (signal.id, signal.thread) == (f"topic:o0#{said[0].texts}", "topic:o0")
    assert (signal.detector, signal.level, signal.place) == ("topics", "street", HEDONG)
    assert signal.headline is not None
    assert signal.headline.zh.startswith(said[0].label[0])
    assert signal.observed > signal.expected_high
    assert signal.sources == ("hotline",)
    assert signal.evidence == said[0].examples
    assert signal.says == sentence_of(said[0])
    assert f"{said[0].observed}人反映" in signal.says.zh
    assert f"{said[0].observed} reporters" in signal.says.en
    assert said[0].label[0] in signal.says.zh


def test_an_absorbed_topic_is_withdrawn() -> None:
    said = topics(told(TopicDetector(CONFIG), a_quiet_city(1, 600) + an_outbreak(1000.5 * HOUR, list("abcde"))))
    _, withdrawn = signals_of(msgspec.structs.replace(said[0], absorbed=("topic:other",)))
    assert withdrawn.withdrawn
    assert withdrawn.thread == "topic:other"


def test_a_matter_told_from_two_districts_is_the_citys() -> None:
    outbreak = an_outbreak(1000.5 * HOUR, list("abcde"))
    outbreak[1] = msgspec.structs.replace(outbreak[1], place=Place(district="d2", street="d2-01"))
    (signal,) = signals_of(topics(told(TopicDetector(CONFIG), a_quiet_city(1, 600) + outbreak))[0])
    assert (signal.level, signal.place.district) == ("city", "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"windows_s": ()},
        {"warm_up_s": -1.0},
        {"least_reporters": 0},
        {"again": 1.0},
        {"largest_p": 1.0},
        {"chance_per_week": 0.0},
        {"matters": MattersConfig(memory_s=0.0)},
        {"matters": MattersConfig(capacity=0)},
    ],
)
def test_a_wrong_configuration_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        TopicConfig(**wrong)


def test_the_limit_tightens_with_the_looks_taken() -> None:
    detector = TopicDetector(TopicConfig(chance_per_week=1.0))
    limits = [detector._limit(n * DAY / 100) for n in range(20_000)]
    assert limits[0] == detector._config.largest_p
    assert limits[-1] == pytest.approx(1 / 700, rel=0.05)


@pytest.mark.slow
def test_large_complaints_surface_by_their_fifth_message(shared_data: Path) -> None:
    figures = messages(shared_data / "teddy_2020" / "messages.csv.gz", 0.25, None, show=False)
    assert len(figures["large"]) == 3
    assert figures["surfaced_by"] <= 5
    assert figures["spurious_per_week"] <= 1.0


def test_short_texts_are_filed_to_their_true_topics(shared_data: Path) -> None:
    figures = known_topics(shared_data / "text_streams" / "tweets_t.jsonl.gz", "all", None, 12.0, peers=False)
    assert figures["nmi"] >= 0.89
    assert figures["ami"] >= 0.85


@pytest.mark.parametrize(
    "name",
    [
        "burst",
        "dossier",
        "labels",
        "matter",
        "matters",
        "postings",
        "terms",
        "topic_report",
        "topics",
        "vocabulary",
    ],
)
def test_the_examples_in_docstrings_hold(name: str) -> None:
    failed, _ = doctest.testmod(import_module(f"detectors.{name}"))
    assert failed == 0


def test_a_signal_counts_the_people_of_its_window_and_not_all_who_ever_told() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    topic = Topic(
        id="t",
        label=("搅拌站噪音",),
        place=Place(),
        places=(),
        named=(),
        first_at=at,
        starts_at=at,
        ends_at=at,
        observed=8,
        expected=1.1,
        expected_high=3.0,
        growth=7.3,
        p_value=1e-4,
        limit=0.05,
        reporters=119,
        texts=130,
        kinds=(),
        sources=(),
        examples=(),
        model_age=1_000,
    )
    (signal,) = signals_of(topic)
    assert (signal.observed, signal.reporters) == (8, 8)
