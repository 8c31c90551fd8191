"""Masking of personal data in free text, before anything is published.

What is replaced: mainland mobile numbers, landlines with an area code or a label, resident identity numbers (GB 11643:
18 digits, and the 15 digits before 1999), passports and permits after their names, vehicle plates (GA 36, new-energy
ones too), bank cards (ISO/IEC 7812, Luhn check) and bank accounts after their names, e-mail addresses, accounts of chat
services after their names, personal names beside titles, labels and numbers, and door-level addresses. Each by a stable
token.
"""

from __future__ import annotations

import re

from streams.intake.digits import plain_digits
from streams.intake.doors import mask_doors
from streams.intake.names import mask_names

MOBILE = "[手机号]"
LANDLINE = "[电话]"
IDENTITY = "[证件号]"
PLATE = "[车牌]"
CARD = "[银行卡]"
MAIL = "[邮箱]"
ACCOUNT = "[账号]"

# Longer texts are cut before masking, back to a place where no number or address can be cut in two.
LONGEST = 4_000

# As many characters before the first number as a pattern looks back on or a prefix is long.
_CONTEXT = 12

_ANY_DIGIT = re.compile(r"\d")
_SEVEN_DIGITS = re.compile(r"\d(?:[\W_]{0,3}\d){6}")

_FIFTEEN_DIGITS = re.compile(r"\d(?:[ \-—–.·]{0,3}\d){14}")

_GAP = r"[ \-—–.·]{0,3}"
_PROVINCES = ("1-5", "1-3", "1-7", "1-6", "0-4", "1-5", "1", "1-3", "1")
_PROVINCE = "(?:" + "|".join(f"{one}{_GAP}[{of}]" for one, of in enumerate(_PROVINCES, 1)) + ")"
_YEAR = rf"(?:1{_GAP}[89]|2{_GAP}0){_GAP}\d{_GAP}\d"
_DAY = rf"(?:0{_GAP}[1-9]|1{_GAP}[0-2]){_GAP}(?:0{_GAP}[1-9]|[12]{_GAP}\d|3{_GAP}[01])"
_IDENTITY = re.compile(
    rf"(?<![0-9]){_PROVINCE}(?:{_GAP}\d){{4}}{_GAP}"
    rf"(?:{_YEAR}{_GAP}{_DAY}(?:{_GAP}\d){{3}}{_GAP}[0-9Xx]|\d{_GAP}\d{_GAP}{_DAY}(?:{_GAP}\d){{3}})(?![0-9])"
)
_STARRED_IDENTITY = re.compile(r"(?<![0-9])[1-9]\d{5}(?:18|19|20)\d{2,10}[*＊]+[0-9Xx]*")
_CARD = re.compile(r"(?<![0-9])[3-69]\d{3}(?:[ \-—–.·]{0,3}\d){12,15}(?![0-9])")
_CARD_LENGTHS = range(19, 15, -1)
_LABELLED_CARD = re.compile(
    r"((?:卡号|银行卡|信用卡|储蓄卡|账号|帐号|账户|帐户)(?:号码?)?[:：=是为\s]{0,3})\d(?:[ \-]{0,2}\d){11,18}(?![0-9])"
)
_DOCUMENT = re.compile(
    r"((?:护照|通行证|台胞证|回乡证|军官证|士兵证)(?:号码?)?[:：=是为\s]{0,3})"
    r"(?:[A-Za-z]{1,2}\d{7,10}|\d{8,12}|[军武士兵]字第?\d{6,9})(?![0-9A-Za-z])"
)
_KEPT_ABOUT = re.compile("[卡账帐照证]")
_MOBILE = re.compile(
    r"(?<![0-9])(?:(?:\+|00)?86[ \-)）]{0,2})?0?"
    r"(?:1[3-9]\d(?:[\W_]{0,3}\d{4}){2}|1[3-9](?:[ \-—–]{0,3}\d){9}|1 [3-9](?: \d){9})(?![0-9]|\s?元(?![旦宵先女]))"
)
_LANDLINE = re.compile(
    r"(?<![0-9])(?:(?:(?:\+|00)86[ \-]{0,2})?[(（]?0|(?:\+|00)?86[ \-]{0,2}[(（]?)(?:10|2\d|[3-9]\d{2})[)）]?"
    r"[ \-—–./]{0,2}[2-8]\d{2,3}[ \-—–]?\d{4}(?![0-9])(?:\s?(?:转|-)\s?\d{1,5}(?![0-9]))?"
)
_LABELLED_LANDLINE = re.compile(
    r"((?:电话|座机|固话|手机|致电|拨打|联系方式|联系号码|回电|回拨|来电|(?<![单证照牌])号码|传真|\btel\b|\bphone\b)(?:号码?)?[:：.是为\s]{0,3})"
    r"[2-8]\d{2,3}[ \-—–]?\d{4}(?![0-9])",
    re.IGNORECASE,
)
_WESTERN = re.compile(r"(?<![\w\-])(?:\+?1[ \-.])?(?!400|800)(?:\(\d{3}\) ?|\d{3}[ \-.])\d{3}[ \-.]\d{4}(?![\w\-])")
_PLATE = re.compile(
    r"(?:[京津沪滬渝冀豫云雲辽遼黑湘皖鲁魯新苏蘇浙赣贛鄂桂甘晋晉蒙陕陝吉闽閩贵貴粤粵青藏川宁寧琼瓊使]\s?[A-HJ-NP-Z][\s·•・.\-_]{0,3}"
    r"(?:[A-HJ-NP-Z]{1,2}\s?\d{4,5}|\d{5}\s?[A-HJ-NP-Z]|(?=[A-HJ-NP-Z]{0,4}\d)[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳领])"
    r"|使\d{6})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_LABELLED_PLATE = re.compile(
    r"((?:车牌|车号)(?:号码?)?[:：是为\s]{0,3})(?=[A-Za-z·]{0,4}\d)"
    r"[A-HJ-NP-Za-hj-np-z]\s?[·•.\-]?\s?[A-HJ-NP-Za-hj-np-z0-9]{5,6}(?![0-9A-Za-z])"
)
_MAIL = re.compile(
    r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]{1,64} ?@ ?[A-Za-z0-9\-]{1,63}(?:[.。][A-Za-z0-9\-]{1,63}){1,4}"
)
_ACCOUNT = re.compile(
    r"((?:微信|薇信|v信|weixin|wechat|(?<![a-z])(?:vx|wx|qq)|抖音|快手|支付宝)"
    r"(?:号码?|账号|帐号| ?id)?[:：=是为\s]{0,3})(?:[a-z][a-z0-9_\-]{5,19}|\d{5,12})(?![a-z0-9])|wxid_[a-z0-9]{4,30}",
    re.IGNORECASE,
)
_ACCOUNT_MARK = re.compile("微信|薇信|v信|V信|抖音|快手|支付宝|q|Q|w|W|v|V")
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
    if not text.isascii():
        text = plain_digits(text)
    if "@" in text:
        text = _MAIL.sub(MAIL, text)
    digit = _ANY_DIGIT.search(text)
    if digit:
        text = _mask_numbers(text, digit.start())
    if digit or not text.isascii():
        text = mask_doors(text)
    if _ACCOUNT_MARK.search(text):
        text = _ACCOUNT.sub(_account, text)
    return mask_names(text)


def _mask_numbers(text: str, first: int) -> str:
    """Replace telephone, identity and card numbers and plates; the first digit stands at `first`."""
    run = _SEVEN_DIGITS.search(text, first)
    if run:
        start = max(0, run.start() - _CONTEXT)
        head, tail = text[:start], text[start:]
        if "*" in tail:
            tail = _STARRED_IDENTITY.sub(IDENTITY, tail)
        if _FIFTEEN_DIGITS.search(tail):
            tail = _mask_cards(_IDENTITY.sub(IDENTITY, tail))
        if _KEPT_ABOUT.search(text):
            tail = _LABELLED_CARD.sub(rf"\1{CARD}", _DOCUMENT.sub(rf"\1{IDENTITY}", tail))
        tail = _MOBILE.sub(MOBILE, tail)
        if _SEVEN_DIGITS.search(tail):
            tail = _LABELLED_LANDLINE.sub(rf"\1{LANDLINE}", _LANDLINE.sub(LANDLINE, tail))
            tail = _WESTERN.sub(LANDLINE, tail) if tail.isascii() else tail
        text = head + tail
    if text.isascii():
        return text
    text = _PLATE.sub(PLATE, text)
    return _LABELLED_PLATE.sub(rf"\1{PLATE}", text) if "车" in text else text


def _account(match: re.Match[str]) -> str:
    """Keep the name of the service and mask the account."""
    return (match[1] or "") + ACCOUNT


def _mask_cards(text: str) -> str:
    """Mask runs of 16 to 19 digits whose check digit says that they are a card, whatever digits stand beside them."""
    parts, done = [], 0
    match = _CARD.search(text)
    while match:
        end = _card_end(text, match)
        if end:
            parts += [text[done : match.start()], CARD]
            done = end
        match = _CARD.search(text, end or match.start() + 1)
    return "".join(parts) + text[done:]


def _card_end(text: str, match: re.Match[str]) -> int:
    """Return where the longest card that begins with `match` ends, 0 when none does."""
    places = [place for place in range(match.start(), match.end()) if text[place].isdigit()]
    for length in _CARD_LENGTHS:
        ends = places[length - 1] + 1 if length <= len(places) else 0
        if ends and not text[ends : ends + 1].isdigit() and _luhn([int(text[place]) for place in places[:length]]):
            return ends
    return 0


def _luhn(digits: list[int]) -> bool:
    """Tell whether the last digit checks the others (ISO/IEC 7812-1, annex B)."""
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
