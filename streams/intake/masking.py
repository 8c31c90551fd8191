"""Masking of personal data in free text, before anything is published.

What is replaced: mainland mobile numbers, landlines with an area code, resident identity numbers (GB 11643: 18 digits,
and the 15 digits before 1999), vehicle plates (GA 36, new-energy ones too), bank cards (ISO/IEC 7812, Luhn check),
e-mail addresses, personal names beside titles and labels, and door-level addresses. Each by a stable token.
"""

from __future__ import annotations

import re

from streams.intake.doors import mask_doors
from streams.intake.names import mask_names

MOBILE = "[手机号]"
LANDLINE = "[电话]"
IDENTITY = "[证件号]"
PLATE = "[车牌]"
CARD = "[银行卡]"
MAIL = "[邮箱]"

# Longer texts are cut before masking, back to a place where no number or address can be cut in two.
LONGEST = 4_000

# As many characters before the first number as a pattern looks back on or a prefix is long.
_CONTEXT = 8

_ANY_DIGIT = re.compile(r"\d")
_SEVEN_DIGITS = re.compile(r"\d(?:[ \-.·—–()（）]{0,3}\d){6}")
_WIDE = str.maketrans(
    {code: chr(code - 0xFEE0) for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
    | {"＋": "+", "－": "-", "＠": "@", "．": ".", "　": " "}
)
_HAS_WIDE = re.compile(r"[０-９Ａ-Ｚａ-ｚ＋－＠．　]")

_PROVINCE = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)"
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_IDENTITY = re.compile(
    rf"(?<![0-9]){_PROVINCE}\d{{4}}[ \-]?"
    rf"(?:(?:18|19|20)\d{{2}}{_DAY}[ \-]?\d{{3}}[ \-]?[0-9Xx]|\d{{2}}{_DAY}\d{{3}})(?![0-9])"
)
_STARRED_IDENTITY = re.compile(rf"(?<![0-9]){_PROVINCE}\d{{4}}(?:18|19|20)\d{{2,10}}[*＊]+[0-9Xx]*")
_CARD = re.compile(r"(?<![0-9])[3-69]\d{3}(?:[ \-]?\d){12,15}(?![0-9])")
_MOBILE = re.compile(
    r"(?<![0-9])(?:(?:\+|00)?86[ \-]{0,2})?0?"
    r"(?:1[3-9]\d(?:[.·]\d{4}){2}|1[3-9](?:[ \-—–]{0,3}\d){9}|1 [3-9](?: \d){9})(?![0-9]|\s?[元万])"
)
_LANDLINE = re.compile(
    r"(?<![0-9])[(（]?(?:(?:\+|00)86[ \-]?)?0(?:10|2\d|[3-9]\d{2})[)）]?[ \-—–]{0,2}[2-8]\d{2,3}[ \-]?\d{4}(?![0-9])"
    r"(?:\s?(?:转|-)\s?\d{1,5}(?![0-9]))?"
    r"|(?<=电话)[:：是为\s]{0,2}[2-8]\d{6,7}(?![0-9])"
)
_WESTERN = re.compile(r"(?<![\w\-])(?:\+?1[ \-.])?(?!400|800)(?:\(\d{3}\) ?|\d{3}[ \-.])\d{3}[ \-.]\d{4}(?![\w\-])")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使]\s?[A-HJ-NP-Z][\s·•・.\-]{0,3}"
    r"(?:[A-HJ-NP-Z]{1,2}\s?\d{4,5}|\d{5}\s?[A-HJ-NP-Z]|(?=[A-HJ-NP-Z]{0,4}\d)[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳])"
    r"(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_MAIL = re.compile(r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4}")
_CUT_BACK = re.compile(r"[^\u3000-\u303f\u4e00-\u9fff，。；：！？]{0,200}$")


def mask(text: str) -> str:
    """Replace personal data in `text` by tokens; the same text always gives the same result.

    Parameters
    ----------
    text
        Free text; what lies beyond the first `LONGEST` characters is dropped.

    """
    if len(text) > LONGEST:
        text = _CUT_BACK.sub("", text[:LONGEST])
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    if _HAS_WIDE.search(text):
        text = text.translate(_WIDE)
    if "@" in text:
        text = _MAIL.sub(MAIL, text)
    digit = _ANY_DIGIT.search(text)
    if digit:
        text = mask_doors(_mask_numbers(text, digit.start()))
    elif "室" in text or "单元" in text:
        text = mask_doors(text)
    return mask_names(text)


def _mask_numbers(text: str, first: int) -> str:
    """Replace telephone, identity and card numbers and plates; the first digit stands at `first`."""
    run = _SEVEN_DIGITS.search(text, first)
    if run:
        start = max(0, run.start() - _CONTEXT)
        head, tail = text[:start], text[start:]
        if "*" in tail:
            tail = _STARRED_IDENTITY.sub(IDENTITY, tail)
        tail = _CARD.sub(_card, _IDENTITY.sub(IDENTITY, tail))
        tail = _LANDLINE.sub(LANDLINE, _MOBILE.sub(MOBILE, tail))
        text = head + (_WESTERN.sub(LANDLINE, tail) if tail.isascii() else tail)
    return text if text.isascii() else _PLATE.sub(PLATE, text)


def _card(match: re.Match[str]) -> str:
    """Mask a run of 16 to 19 digits when its check digit says that it is a card."""
    return CARD if _luhn([int(char) for char in match[0] if char.isdigit()]) else match[0]


def _luhn(digits: list[int]) -> bool:
    """Tell whether the last digit checks the others (ISO/IEC 7812-1, annex B)."""
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
