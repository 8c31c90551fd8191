"""Personal data as people write it, and how to find it again whatever was done to its writing."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from hypothesis import strategies as st

_ESCAPED = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_SPELLED = str.maketrans("〇零幺一二三四五六七八九", "001123456789")
_NOT_SAID = re.compile(r"""[^\w:"+{}]+|_""")
_ENOUGH = 9
# Where four digits of a room come up by chance: hashes, instants, numbers of JSON.
_OF_OURS = re.compile(
    r"\b(?=[0-9]*[a-f])[0-9a-f]{8,}\b|\d{4}-\d\d-\d\dT[\d:.]+|(?<=[:\[,]) ?-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?=[,\]}])"
)
_HAN, _CIRCLED = "零一二三四五六七八九", "⓪①②③④⑤⑥⑦⑧⑨"
_ALPHABETS = ("0123456789", "０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "٠١٢٣٤٥٦٧٨٩")
_GAPS = ("", "", " ", "-", "－", " - ", "—", "\u2011")
SURNAMES = ("王", "李", "张", "刘", "陈", "杨", "黄", "吴", "郑", "欧阳", "司徒")
GIVEN = ("小明", "建国", "丽华", "志强", "晓东", "雪梅")
POLITE = ("先生", "女士", "小姐", "太太")
TITLES = (
    *POLITE,
    "师傅",
    "阿姨",
    "大爷",
    "老师",
    "经理",
    "主任",
    "医生",
    "书记",
    "警官",
    "大哥",
    "奶奶",
    "律师",
    "同学",
)
LABELS = ("姓名：", "联系人", "我叫", "户主：", "报警人", "来电人：", "投诉人", "举报人：", "当事人")

_ROOMS = (
    *("{0}栋{1}室", "{0}栋{1}", "{0}幢2单元{1}", "{0}号楼{1}", "{0}座{1}房", "小区{0}-{1}", "{0}#{1}", "{0}栋第{1}室"),
    *("{0}栋{2}楼{1}", "{0}栋-{1}", "{0} 栋 {1} 室", "３单元{1}", "{0}栋2梯{1}", "{1}号房", "88号{2}楼{1}室"),
)


class Planted(NamedTuple):
    """What is written into a field, and what must not be found afterwards, as `told` writes it."""

    written: str
    secrets: tuple[str, ...]


def told(said: str | bytes) -> str:
    """Return a text in one writing: without what separates digits, these as ASCII's, in lower case."""
    text = said.decode("utf-8", errors="replace") if isinstance(said, bytes) else said
    text = _ESCAPED.sub(lambda run: json.loads(f'"{run[0]}"'), text)
    text = unicodedata.normalize("NFKC", text).translate(_SPELLED).casefold()
    text = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    return _NOT_SAID.sub("", text)


def found_in(said: str | bytes, planted: Iterable[Planted]) -> list[str]:
    """Return what of `planted` somebody who reads `said` learns, nine digits of a number being as good as all."""
    text = said.decode("utf-8", errors="replace") if isinstance(said, bytes) else said
    long, short = told(text), told(_OF_OURS.sub(" ", text))
    secrets = [(secret, long if len(secret) >= _ENOUGH else short) for one in planted for secret in one.secrets]
    return [secret for secret, where in secrets if any(part in where for part in _parts(secret))]


def _parts(secret: str) -> Iterable[str]:
    return (
        (secret[at : at + _ENOUGH] for at in range(max(1, len(secret) - _ENOUGH + 1)))
        if secret[:-1].isdigit()
        else (secret,)
    )


def _digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


def _grouped(number: str, groups: Iterable[int], gap: str) -> str:
    parts, done = [], 0
    for size in groups:
        parts.append(number[done : done + size])
        done += size
    return gap.join([*parts, *([number[done:]] if number[done:] else [])])


@st.composite
def mobiles(draw: st.DrawFn) -> Planted:
    """Mobile numbers: with country codes, in groups, in other digits, spelled."""
    number = f"1{draw(st.sampled_from('3456789'))}{draw(_digits(9))}"
    how = draw(st.sampled_from(["grouped", "dotted", "spelled", "circled", "code"]))
    alphabet = draw(st.sampled_from(_ALPHABETS))
    if how == "spelled":
        written = number.translate(str.maketrans("0123456789", _HAN))
    elif how == "circled":
        written = number.translate(str.maketrans("0123456789", _CIRCLED))
    elif how == "dotted":
        written = _grouped(number, (3, 4, 4), draw(st.sampled_from([".", "·", "/", "_", "、", "，", "~"])))
    else:
        groups = draw(st.sampled_from([(11,), (3, 4, 4), (3, 8), (4, 3, 4), (1,) * 11 if how == "code" else (5, 6)]))
        gap = " " if len(groups) > 3 else draw(st.sampled_from(_GAPS))
        written = _grouped(number, groups, gap).translate(str.maketrans("0123456789", alphabet))
        if how == "code" and len(groups) < 11:
            written = draw(st.sampled_from(["+86", "+86 ", "86-", "0086-", "+86-", "（+86）", "0"])) + written
    return Planted(written, (number,))


@st.composite
def landlines(draw: st.DrawFn) -> Planted:
    """Landlines: with an area code, or after a label."""
    code, local = draw(st.sampled_from(["0754", "010", "020", "0755", "0663"])), f"8{draw(_digits(7))}"
    parts = _grouped(local, draw(st.sampled_from([(8,), (4, 4)])), draw(st.sampled_from(["", "-", " "])))
    if draw(st.booleans()):
        label = draw(st.sampled_from(["电话", "座机：", "联系电话:", "固话是", "致电"]))
        return Planted(label + parts, (local,))
    front = draw(st.sampled_from(["{0}-", "{0}", "({0})", "（{0}）", "{0} ", "+86 {1}-", "0086-{1}-", "{0}—"]))
    return Planted(front.format(code, code[1:]) + parts, (local,))


@st.composite
def identities(draw: st.DrawFn) -> Planted:
    """Resident identity numbers of 18 and 15 digits, in groups or not."""
    area = draw(st.sampled_from(["440507", "440511", "110101", "650102", "830000"]))
    year, month, day = draw(st.integers(1920, 2024)), draw(st.integers(1, 12)), draw(st.integers(1, 31))
    serial, check = draw(_digits(3)), draw(st.sampled_from("0123456789Xx"))
    short = draw(st.booleans())
    born = f"{year % 100:02}{month:02}{day:02}" if short else f"{year}{month:02}{day:02}"
    number = f"{area}{born}{serial}{'' if short else check}"
    groups = draw(st.sampled_from([(18,), (6, len(born)), (4, 4, 4, 4), (6,), (14,)]))
    written = _grouped(number, groups, draw(st.sampled_from(_GAPS)))
    alphabet = draw(st.sampled_from(_ALPHABETS))
    return Planted(written.translate(str.maketrans("0123456789", alphabet)), (number[6:].casefold(),))


@st.composite
def cards(draw: st.DrawFn) -> Planted:
    """Bank cards whose check digit is right."""
    body = draw(st.sampled_from(["6222", "6217", "4111", "5187", "9558"])) + draw(
        _digits(draw(st.sampled_from([11, 14])))
    )
    number = next(body + str(last) for last in range(10) if _luhn(body + str(last)))
    written = _grouped(number, (4, 4, 4, 4), draw(st.sampled_from(_GAPS)))
    return Planted(written.translate(str.maketrans("0123456789", draw(st.sampled_from(_ALPHABETS)))), (number,))


def _luhn(number: str) -> bool:
    digits = [int(one) for one in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * one, 10)) for one in digits[1::2])) % 10 == 0


@st.composite
def plates(draw: st.DrawFn) -> Planted:
    """Vehicle plates, new-energy ones too."""
    front = draw(st.sampled_from("京津沪粤闽浙川渝新")) + draw(st.sampled_from("ABCDEFGHJKLMNPQRSTUVWXYZ"))
    body = draw(st.from_regex(r"\A(?:[A-HJ-NP-Z0-9]{4}[0-9]|[DF][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[DF])\Z"))
    written = f"{front}{draw(st.sampled_from(['', '·', ' ', '-', '.', '•', '_']))}{body}"
    if draw(st.booleans()):
        written = written.lower()
    return Planted(written, (told(front + body),))


@st.composite
def accounts(draw: st.DrawFn) -> Planted:
    """E-mail addresses, and accounts of chat services after their names."""
    who = draw(st.from_regex(r"\A[g-z][a-z]{3,7}[0-9]{4}\Z"))
    if draw(st.booleans()):
        at = draw(st.sampled_from(["@", "＠", " @ "]))
        return Planted(f"{who}{at}{draw(st.sampled_from(['163.com', 'qq.com', 'st.gov.cn', 'example．cn']))}", (who,))
    service = draw(
        st.sampled_from(["微信", "微信号", "微信号：", "微信:", "加微信 ", "VX：", "vx", "WeChat: ", "QQ", "qq号："])
    )
    return Planted(service + who, (who,))


@st.composite
def people(draw: st.DrawFn) -> Planted:
    """Names before titles, after labels and before numbers."""
    surname, given = draw(st.sampled_from(SURNAMES)), draw(st.sampled_from(GIVEN))
    how = draw(st.sampled_from(["title", "surname", "label", "sex", "number"]))
    if how == "surname":
        title = draw(st.sampled_from(POLITE))
        return Planted(f"，{surname}{title}", (surname + title,))
    if how == "title":
        return Planted(f"{surname}{given}{draw(st.sampled_from(TITLES))}", (surname + given, given))
    if how == "label":
        return Planted(f"{draw(st.sampled_from(LABELS))}{surname}{given}，", (surname + given, given))
    if how == "sex":
        return Planted(f"，{surname}{given}，男，", (surname + given, given))
    number = draw(mobiles())
    return Planted(f"，{surname}{given}（{number.written}）", (surname + given, given, *number.secrets))


@st.composite
def doors(draw: st.DrawFn) -> Planted:
    """Rooms, in the ways they are written."""
    building, floor = draw(st.integers(11, 19)), draw(st.integers(20, 29))
    room = f"{floor}{draw(st.integers(31, 39))}"
    how = draw(st.sampled_from(_ROOMS))
    return Planted(how.format(building, room, floor), (room,))


ANY = st.one_of(mobiles(), landlines(), identities(), cards(), plates(), accounts(), people(), doors())
