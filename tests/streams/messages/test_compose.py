"""What messages say, in which order, and what they keep however little room there is."""

from __future__ import annotations

import html.parser
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.alert import Alert, FindingRef, Grade, GradeStep, Handling, Revision, Text
from streams.channels.base import Message
from streams.messages import FORMS, Composed, DoesNotFit
from tests.builders import a_composer, a_message, an_alert, an_alert_place

LINKS = {"sign": "https://x.example/s/abc", "false": "https://x.example/f/abc", "open": "https://x.example/a/1"}
SHORT_LINK = {"sign": "https://t.cn/Ab1"}
AFTERNOON = datetime(2026, 1, 1, 6, 31, tzinfo=UTC)
SHANGHAI = {"tz": "Asia/Shanghai"}


def an_afternoon_alert(id: str = "a1", grade: str = "orange", **over: object) -> Alert:  # noqa: A002
    """The alert of the example that messages are held against: 14:31 in Shanghai."""
    at = dict.fromkeys(("first_at", "last_at", "raised_at", "graded_at"), AFTERNOON)
    advice = (*an_alert().advice, Text("通知119", "Call 119"))
    return an_alert(id, grade, **{**at, "sign_by": AFTERNOON + timedelta(minutes=30), "advice": advice, **over})


def compose(message: Message, form: str = "text", limit: int = 100_000) -> Composed:
    return a_composer(**SHANGHAI).compose(message, FORMS[form], limit)


def handled(alert: Alert, **over: object) -> Alert:
    base = {"level": "district", "area": "d1", "sign_by": alert.sign_by}
    handling = Handling(**{**base, **over})  # type: ignore[arg-type]
    return msgspec.structs.replace(alert, revision=msgspec.structs.replace(alert.revision, handling=handling))


def test_an_orange_alert_reads_as_the_duty_desk_expects() -> None:
    composed = compose(a_message(an_afternoon_alert()), "wecom")
    assert composed.text.splitlines() == [
        "**【橙色·新发】燃气泄漏**｜河东街道·幸福里小区（网格HD-07）",
        "14:31，12345 1起；常态 0.1起/日",
        "触发：燃气泄漏单起即报",
        "建议：①燃气公司30分钟内到场 ②警戒疏散 ③通知119",
        "编号：a1",
        "主责：区城管局｜请 **15:01前签收**",
    ]
    assert not composed.shortened
    assert composed.title == "【橙色·新发】燃气泄漏｜河东街道·幸福里小区（网格HD-07）"


def test_the_same_in_english() -> None:
    assert compose(a_message(an_afternoon_alert(), language="en", links=LINKS)).text.splitlines() == [
        "[orange, new] Gas leak | 河东街道·幸福里小区 (grid HD-07)",
        "14:31, hotline: 1 report; normally 0.1 a day",
        "Why: one report of gas is enough",
        "Do: ①The gas company is on site ②Evacuate ③Call 119",
        "Owner: district urban management | sign by 15:01",
        "Sign https://x.example/s/abc False alarm https://x.example/f/abc Details https://x.example/a/1",
    ]


@pytest.mark.parametrize(
    ("change", "what", "said"),
    [
        ("new", "alert", "新发"),
        ("update", "alert", "续报"),
        ("upgrade", "alert", "升级"),
        ("downgrade", "alert", "降级"),
        ("closed", "resolved", "解除"),
        ("withdrawn", "resolved", "撤销"),
        ("escalated", "escalation", "督办"),
        ("new", "escalation", "督办"),
        ("new", "reminder", "催签"),
        ("signed", "alert", "签收"),
    ],
)
def test_the_first_line_says_what_became_of_it(change: str, what: str, said: str) -> None:
    text = compose(a_message(an_afternoon_alert(change=change), what=what)).text
    assert text.startswith(f"【橙色·{said}】燃气泄漏｜")


@pytest.mark.parametrize("form", sorted(FORMS))
def test_an_exercise_and_a_possible_repetition_are_marked_in_every_form(form: str) -> None:
    for message in (
        a_message(an_afternoon_alert(), exercise=True, again=True),
        a_message(an_afternoon_alert(exercise=True), again=True),
        a_message(an_afternoon_alert("a"), an_afternoon_alert("b"), what="digest", exercise=True, again=True),
    ):
        composed = compose(message, form)
        first = re.sub(r"<p>|\*\*|<b>", "", composed.text)
        assert first.startswith("【演练】")
        assert "（可能重复）" in composed.text
        assert composed.title.startswith("【演练】")


def test_what_is_signed_asks_nobody_to_sign() -> None:
    alert = handled(an_afternoon_alert(change="signed"), signed_by="zhang.wei", signed_at=AFTERNOON)
    text = compose(a_message(alert)).text
    assert "主责：区城管局｜zhang.wei 14:31已签收" in text
    assert "前签收" not in text


def test_what_nobody_signed_says_where_it_has_gone_and_until_when_they_have() -> None:
    until = AFTERNOON + timedelta(minutes=45)
    alert = handled(an_afternoon_alert(change="escalated"), missed=1, sign_by=until)
    text = compose(a_message(alert, what="escalation")).text
    assert text.splitlines()[-1] == "主责：区城管局｜超期未签收，已提级至d1｜请 15:16前签收"


def test_what_has_ended_says_so_and_gives_no_advice() -> None:
    text = compose(a_message(an_afternoon_alert(change="closed"), what="resolved")).text
    assert "主责：区城管局｜解除" in text
    assert "建议" not in text
    assert "前签收" not in text


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({}, "无新情况，自动解除，未签收"),
        ({"signed_by": "li", "signed_at": AFTERNOON}, "无新情况，自动解除"),
        ({"by": "an", "why": "已处置"}, "an 解除：已处置"),
        ({"moved_to": "4e40aaaabbbbcccc"}, "解除，已并入4e40aaaa"),
    ],
)
def test_what_has_ended_says_by_whom_and_why_or_that_it_ended_by_itself(over: dict[str, Any], said: str) -> None:
    alert = handled(an_afternoon_alert(change="closed"), **over)
    assert compose(a_message(alert, what="resolved")).text.splitlines()[-1] == f"主责：区城管局｜{said}"


def test_what_waits_for_a_human_and_what_changed_its_grade_says_so() -> None:
    revision = Revision(version=2, change="upgrade", previous_grade=Grade.YELLOW)
    steps = (*an_alert().steps, GradeStep(grade=Grade.ORANGE, because=Text("学校升一级", "a school: one up")))
    alert = an_afternoon_alert(pending_check=True, revision=revision, steps=steps, districts=("d1", "d2"))
    lines = compose(a_message(alert)).text.splitlines()
    assert lines[0].endswith("（网格HD-07）（待核实）")
    assert lines[1] == "涉及：d1、d2"
    assert "定级：由黄色变为橙色；学校升一级" in lines


def test_what_was_found_besides_stands_in_one_line() -> None:
    refs = [
        FindingRef(
            id=f"f{n}", rule=an_alert().rule, kind="gas_leak", grade=Grade.YELLOW, status="open", events=1, title=t
        )
        for n, t in enumerate([an_alert().title, *(Text(f"发现{n}", f"finding {n}") for n in range(5))])
    ]
    lines = compose(a_message(an_afternoon_alert(findings=tuple(refs)))).text.splitlines()
    assert lines[3] == "并案：发现0；发现1；发现2 等5项"
    assert lines[4].startswith("建议：")


def test_a_date_stands_where_it_is_not_the_same_day() -> None:
    alert = an_afternoon_alert(sign_by=AFTERNOON + timedelta(days=1))
    assert "请 01-02 14:31前签收" in compose(a_message(alert)).text


def test_a_text_message_keeps_to_seventy_characters() -> None:
    composed = compose(a_message(an_afternoon_alert(), links=SHORT_LINK), "sms", 70)
    assert composed.text == "橙色·新发：燃气泄漏｜河东街道·幸福里小区 12345 1起 请15:01前签收 https://t.cn/Ab1"
    assert not composed.shortened


def test_the_least_important_goes_first_and_the_text_says_so() -> None:
    alert = an_afternoon_alert(plan=Text("燃气应急预案", "gas plan"))
    message = a_message(alert, links=LINKS)
    order = ["预案：", "触发：", "建议：", "14:31，", "误报", "主责："]
    whole = compose(message, "wecom")
    assert all(part in whole.text for part in order)
    seen = [len(order)]
    for limit in range(len(whole.text.encode()) - 1, 150, -7):
        composed = compose(message, "wecom", limit)
        assert composed.shortened
        assert "（内容有删减）" in composed.text
        left = [part in composed.text for part in order]
        assert left == sorted(left), "what is more important is there whenever the less important is"
        seen.append(sum(left))
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == 0


def test_a_link_goes_last_of_all_and_what_is_essential_never() -> None:
    message = a_message(an_afternoon_alert(), links={"sign": "https://x.example/" + "a" * 300})
    composed = compose(message, "sms", 70)
    assert "https" not in composed.text
    assert composed.shortened
    with pytest.raises(DoesNotFit):
        compose(message, "sms", 20)


def test_that_it_has_ended_stays_where_the_change_of_an_open_alert_may_go() -> None:
    link = {"open": f"https://x.example/{'a' * 22}"}
    closed = compose(a_message(an_afternoon_alert(change="closed"), what="resolved", links=link), "sms", 62)
    assert closed.text == f"橙色·解除：燃气泄漏｜河…福里小区 （略） {link['open']}"
    still_open = compose(a_message(an_afternoon_alert(), links=link), "sms", 69)
    assert still_open.text == f"橙色：燃气泄漏｜河…福里小区 请15:01前签收 （略） {link['open']}"


def test_characters_outside_the_basic_plane_count_twice_in_a_text_message() -> None:
    place = an_alert_place(name="𠮷" * 40)
    composed = compose(a_message(an_afternoon_alert(place=place), links=SHORT_LINK), "sms", 70)
    assert len(composed.text.encode("utf-16-le")) / 2 in {69, 70}


@pytest.mark.parametrize("form", ["dingtalk", "feishu", "wecom", "html"])
def test_what_is_shortened_comes_close_to_the_limit_and_never_over_it(form: str) -> None:
    quoted = Text('"' * 5_000, '"' * 5_000)
    for limit in range(600, 612):
        text = compose(a_message(an_afternoon_alert(why=quoted), links=LINKS), form, limit).text
        assert limit - 8 < measured(form, text) <= limit


def test_a_digest_lists_the_most_urgent_first_and_says_how_many_are_left_out() -> None:
    alerts = [
        an_afternoon_alert(f"{grade}{n}", grade) for n in range(5) for grade in ("blue", "red", "yellow", "orange")
    ]
    message = a_message(*alerts, what="digest", links={"open": LINKS["open"]})
    composed = compose(message, "text", 700)
    lines = composed.text.splitlines()
    assert lines[0] == "【预警摘要】20条：红色5、橙色5、黄色5、蓝色5"
    assert lines[1] == "1. 【红色·新发】燃气泄漏｜河东街道·幸福里小区，请15:01前签收"
    listed = [line[: line.index("】")].partition("【")[2][:2] for line in lines[1:-2]]
    assert listed == sorted(listed, key=["红色", "橙色", "黄色", "蓝色"].index)
    assert lines[-2] == f"{20 - len(listed)}条未列出"
    assert lines[-1] == "详情 https://x.example/a/1"
    assert composed.shortened
    assert len(composed.text.encode()) <= 700
    everything = compose(message, "text", 10_000)
    assert not everything.shortened
    assert "未列出" not in everything.text


def measured(form: str, text: str) -> int:
    """Length as the other side counts it."""
    if form == "sms":
        return sum(2 if ord(one) > 0xFFFF else 1 for one in text)
    if form in {"dingtalk", "feishu"}:
        return len(msgspec.json.encode(text)) - len('""')
    return len(bytes(text, "utf-8"))


class Checked(html.parser.HTMLParser):
    """Tells which elements a page has, and whether all are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.seen.add(tag)
        assert {name for name, _ in attrs} <= {"href"}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


marks = [
    "<script>",
    "<b>",
    "</p>",
    "<p",
    '"',
    "'",
    "\\",
    "[x](http://y)",
    "<@all>",
    "<at id=all></at>",
    "**",
    "`",
    "#",
    "&lt;",
]
anything = st.lists(
    st.text(st.characters() | st.sampled_from("\n\r\t\u202e\u200b燃气泄漏小区𠮷"), max_size=100)
    | st.sampled_from(marks),
    max_size=12,
).map("".join)
texts = st.builds(Text, anything, anything)


@given(
    form=st.sampled_from(sorted(FORMS)),
    limit=st.integers(60, 5_000),
    place=anything,
    why=texts,
    owner=texts,
    advice=st.lists(texts, max_size=4),
    kind=texts,
    language=st.sampled_from(["zh", "en"]),
    exercise=st.booleans(),
    again=st.booleans(),
    change=st.sampled_from(["new", "escalated", "closed"]),
)
def test_whatever_stands_in_an_alert_messages_fit_are_well_formed_and_keep_what_is_essential(
    *,
    form: str,
    limit: int,
    place: str,
    why: Text,
    owner: Text,
    advice: list[Text],
    kind: Text,
    language: str,
    exercise: bool,
    again: bool,
    change: str,
) -> None:
    limit = max(limit, 70 if form == "sms" else 330)
    name = f"河东街道{place}".strip()
    alert = an_afternoon_alert(
        why=why, owner=owner, advice=tuple(advice), title=kind, place=an_alert_place(name=name), change=change
    )
    message = a_message(alert, language=language, exercise=exercise, again=again, links=SHORT_LINK)
    composed = compose(message, form, limit)
    written = FORMS[form]
    assert measured(form, composed.text) <= limit
    composed.text.encode()  # no half of a character
    assert ("橙色" if language == "zh" else "orange") in composed.text
    assert re.search("河东|河…", composed.text), "both ends of a place's name stay"
    if change != "closed":
        assert "15:01" in composed.text
    else:
        assert ("解除" if language == "zh" else "closed") in composed.text
    assert SHORT_LINK["sign"] in composed.text
    words = a_composer().templates[language].words  # type: ignore[index]
    words = words.in_brief() if written.brief else words
    assert composed.shortened <= (written.escape(words.shortened) in composed.text)
    before = composed.text.partition("橙")[0].partition("ora")[0]
    assert exercise == (words.exercise.strip() in before)
    assert again == (words.again.strip() in composed.text)
    if form == "html":
        page = Checked(composed.text)
        assert not page.open
        assert page.seen <= {"p", "b", "a"}
    elif form in {"wecom", "dingtalk", "feishu", "markdown"}:
        assert composed.text.count("](") == 1, "the only link is ours"
        assert not re.search(r"[<>`]", composed.text)
        assert composed.text.count("**") % 2 == 0
    assert "\u202e" not in composed.text


@given(st.sampled_from(sorted(FORMS)), st.integers(160, 3_000), st.integers(1, 40), st.sampled_from(["zh", "en"]))
def test_a_digest_always_fits_and_accounts_for_every_alert(form: str, limit: int, count: int, language: str) -> None:
    alerts = [an_afternoon_alert(f"{n}", ["blue", "red", "yellow", "orange"][n % 4]) for n in range(count)]
    composed = compose(a_message(*alerts, what="digest", language=language, links=SHORT_LINK), form, limit)
    assert measured(form, composed.text) <= limit
    listed = len(re.findall(r"(?:^|\n| |<p>)\d+\. ?\S", composed.text))
    left = re.search(r"(\d+)(?:条未列出| more not listed)", composed.text)
    assert listed + (int(left[1]) if left else 0) == count
