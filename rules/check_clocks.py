"""What types cannot say about how clocks run."""

from __future__ import annotations

from collections.abc import Iterator

from rules.check_selectors import RuleFault, fault, length_faults
from rules.clocks import LEAST_REPEAT_S, Supervision
from rules.selector import seconds

_PATH = "$.supervision"
_GRADES = ("blue", "yellow", "orange", "red")


def supervision_faults(supervision: Supervision, *, alone: bool) -> Iterator[RuleFault]:
    """Yield what is wrong with how a modifier has clocks run; `alone`: it does not say `unsigned`."""
    if alone:
        yield fault(_PATH, "goes with `unsigned: up`: it says how those clocks run", _PATH, "$.unsigned")
    for name in ("sign", "on_site"):
        for grade in _GRADES:
            length = getattr(getattr(supervision, name), grade)
            if length is not None:
                yield from length_faults(length, f"{_PATH}.{name}.{grade}")
    for grade in _GRADES:
        sign, on_site = getattr(supervision.sign, grade), getattr(supervision.on_site, grade)
        if sign is not None and on_site is not None and seconds(on_site) < seconds(sign):
            path = f"{_PATH}.on_site.{grade}"
            yield fault(path, f"{on_site} is before the {sign} until it is signed", path, f"{_PATH}.sign.{grade}")
    if supervision.repeat is not None and seconds(supervision.repeat) < LEAST_REPEAT_S:
        yield fault(f"{_PATH}.repeat", f"is at least {LEAST_REPEAT_S:g}s: people have to be able to answer")
    if supervision.expire is not None:
        yield from length_faults(supervision.expire, f"{_PATH}.expire")
