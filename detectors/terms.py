"""What a text is made of, in any script: words where spaces part them, pairs of neighbours where nothing does."""

from __future__ import annotations

import re
from itertools import pairwise
from operator import add

# Chinese characters that hold a sentence together: a pair with one of them says how, not what.
PARTICLES = frozenset(
    "的了是我你他她它们在有和与就不也都这那个之而及以为于对从被把让给向到上下来去着过吗呢吧啊呀么哪很更最但或者如果因所并且其每些没能会可要请问您好"
)
_LONGEST_NUMBER = 4
# Scripts that do not part their words: kana, Han and its extension A, compatibility forms.
_KANA, _HAN_BEFORE, _HAN_AFTER = "\u3040-\u30ff\u3400-\u4dbf\uf900-\ufaff", "\u4dff", "\ua000"
_UNSPACED = rf"{_KANA}\u4e00-\u9fff"
_SAYING = _KANA + "".join(
    f"{chr(ord(one) + 1)}-{chr(ord(other) - 1)}"
    for one, other in pairwise([_HAN_BEFORE, *sorted(PARTICLES), _HAN_AFTER])
    if ord(other) - ord(one) > 1
)
# What masking leaves behind, a token in brackets (or half of one where the text was cut) or asterisks for a name, parts
# texts and is never a term.
_MASKED = re.compile(r"\[[^\[\]\n]{0,12}(?:\]|$)|\*+")
_RUN = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")
_SAYING_RUN = re.compile(rf"[{_SAYING}]+|[^\W_{_UNSPACED}]+")


def unmasked(text: str) -> str:
    """Return `text` with a gap in place of each masked span.

    Examples
    --------
    >>> unmasked("找*先生[手机号]")
    '找 先生 '

    """
    return _MASKED.sub(" ", text) if "[" in text or "*" in text else text


def runs_of(text: str) -> list[str]:
    """Return the stretches of `text` in one script without a gap, in lower case.

    Masked spans are left out, and so are numbers of five digits and more: they name accounts and cases, not matters.

    Parameters
    ----------
    text
        Masked text.

    Examples
    --------
    >>> runs_of("A2区云杉新城，找*先生[手机号] Cement plant 20190711")
    ['a2', '区云杉新城', '找', '先生', 'cement', 'plant']

    """
    return _runs(_RUN, text)


def is_unspaced(run: str) -> bool:
    """Tell whether `run` is in a script that does not part its words.

    Examples
    --------
    >>> is_unspaced("搅拌站"), is_unspaced("plant")
    (True, False)

    """
    return "\u3040" <= run[0] <= "\ufaff"


def terms_of(text: str) -> list[str]:
    """Return the distinct terms of `text` in the order they come.

    Words of scripts with spaces; for Chinese and its neighbours pairs of characters, without particles. Pairs need no
    word list, bear typing errors and know tomorrow's names; in Chinese a pair is mostly a word (Nie, Brisebois and
    Ren, On Chinese text retrieval, SIGIR 1996). A single letter is no term.

    Parameters
    ----------
    text
        Masked text.

    Examples
    --------
    >>> terms_of("搅拌站的噪音 near A2")
    ['搅拌', '拌站', '噪音', 'near', 'a2']

    """
    found: list[str] = []
    for run in _runs(_SAYING_RUN, text):
        if is_unspaced(run):
            found += map(add, run, run[1:])
        elif len(run) > 1:
            found.append(run)
    return list(dict.fromkeys(found))


def _runs(pattern: re.Pattern[str], text: str) -> list[str]:
    runs: list[str] = pattern.findall(unmasked(text).lower())
    return [run for run in runs if len(run) <= _LONGEST_NUMBER or not run.isdigit()]
