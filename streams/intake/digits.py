"""Digits one way: full-width, of other scripts, on keys, circled, or spelled out become those every pattern knows."""

from __future__ import annotations

import re
import unicodedata

_ASCII = 128
_DASHES = "\u2010\u2011\u2012\u2015\u2043\u2212\ufe58\ufe63\uff0d"


def _decimals() -> dict[int, str]:
    """Return every decimal digit of Unicode besides ASCII's, with its value."""
    codes = (*range(_ASCII, 0x10000), *range(0x1D7CE, 0x1D800))
    return {code: str(unicodedata.decimal(chr(code))) for code in codes if unicodedata.category(chr(code)) == "Nd"}


_PLAIN = str.maketrans(
    _decimals()
    | {code: chr(code - 0xFEE0) for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
    | dict.fromkeys(map(ord, _DASHES), "-")
    | dict(zip(map(ord, "＋＠．＿＃　\u20e3\ufe0f"), ("+", "@", ".", "_", "#", " ", " ", ""), strict=True))
)
# What hardly any text has: neither ASCII nor Han nor the punctuation that is not rewritten.
_ODD = re.compile(r"[^\u4e00-\u9fff\x00-\x7f、。，：；！？（）]")

# One circled digit numbers a list, and one in Han counts: only as many in a row as a telephone number has are a number.
_ROWS = ("⓪①②③④⑤⑥⑦⑧⑨", "⓿❶❷❸❹❺❻❼❽❾", "〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖")
_SPELLED = str.maketrans("".join(_ROWS) + "幺", "0123456789" * len(_ROWS) + "1")
_RUN = re.compile(f"[{''.join(map(chr, _SPELLED))}]{{7,}}")


def plain_digits(text: str) -> str:
    """Write digits as ASCII's, and likewise what stands between or in front of them.

    Examples
    --------
    >>> plain_digits("１３８－0013，幺三八零零幺三，三栋")
    '138-0013，1380013，三栋'

    """
    if _ODD.search(text):
        text = text.translate(_PLAIN)
    return _RUN.sub(lambda run: run[0].translate(_SPELLED), text)
