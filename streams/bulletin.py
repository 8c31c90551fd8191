"""One alert as a person reads it in a terminal: the pushed message as a block, or one line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.text import Text as Styled

from rules.alert import Alert
from streams.language import INKS, STYLES, Voice, due_by


def badge(alert: Alert, voice: Voice) -> Styled:
    """Return colour and state: 【橙色·新发】."""
    style = STYLES[alert.grade] if alert.status == "open" else "dim"
    return Styled(f"【{voice.grade(alert.grade)}·{voice.change(alert.revision.change)}】", style=style)


def headline(alert: Alert, voice: Voice, *, place: bool = True) -> Styled:
    """Return colour, state, kind and, unless it stands elsewhere, the place."""
    is_open = alert.status == "open"
    line = Styled.assemble(badge(alert, voice), (voice.what(alert), f"bold {INKS[alert.grade]}" if is_open else "dim"))
    if place:
        line.append(voice.pick("｜", " | "), style="dim")
        line.append(voice.where(alert), style="bold default" if is_open else "dim")
    if alert.pending_check and is_open:
        line.append(" ").append(_unchecked(alert, voice), style="reverse")
    if alert.revision.handling is not None and alert.revision.handling.flapping and is_open:
        line.append(" ").append(voice.pick("反复", "flapping"), style="reverse")
    return line


def _unchecked(alert: Alert, voice: Voice) -> str:
    """Return what to say of an alert somebody has to confirm, or nobody did in time."""
    handling = alert.revision.handling
    if handling is not None and handling.unconfirmed:
        return voice.pick("未经核实", "unconfirmed")
    return voice.pick("待核实", "to be checked")


def facts(alert: Alert, voice: Voice, now: datetime | None = None) -> Styled:
    """Return when, from whom, how many and what is normal; the date is left out where it is that of `now`."""
    first = voice.clock(alert.first_at, now)
    last = voice.clock(alert.last_at, alert.first_at)
    span = first if first.endswith(last) else f"{first}–{last}"
    counted = f"{voice.sources(alert)} {voice.how_many(alert)}"
    return Styled.assemble(span, voice.pick("，", ", "), counted, voice.pick("；", "; "), (voice.norm(alert), "italic"))


def reason(alert: Alert, voice: Voice) -> Styled:
    """Return why there is an alert."""
    return Styled.assemble((voice.pick("触发：", "Why: "), "dim"), voice.why(alert))


def grading(alert: Alert, voice: Voice, *, higher: bool = False) -> Styled | None:
    """Return why it was raised and, when asked, why not one grade higher; ``None`` when there is nothing to say."""
    said = [voice.say(step.because) for step in alert.steps[1:]]
    if higher:
        said.append(voice.say(alert.not_higher))
    label = voice.pick("定级：", "Grade: ")
    return Styled.assemble((label, "dim"), voice.pick("；", "; ").join(said)) if said else None


def made_of(alert: Alert, voice: Voice) -> Styled | None:
    """Return what else was found of the same incident; ``None`` when nothing was."""
    said = voice.others(alert)
    return Styled.assemble((voice.pick("并案：", "With it: "), "dim"), said) if said else None


def duty(alert: Alert, voice: Voice, now: datetime | None = None) -> Styled:
    """Return who owns it, until when to sign or who did, and what it turned out to be."""
    bar = (voice.pick("｜", " | "), "dim")
    said = [*_answered(alert, voice, now), *_judged(alert, voice)]
    parts = [part for one in said for part in (bar, one)]
    return Styled.assemble((voice.pick("主责：", "Owner: "), "dim"), voice.say(alert.owner), *parts)


def _answered(alert: Alert, voice: Voice, now: datetime | None) -> Iterator[tuple[str, str]]:
    """Yield who answers for an alert, or until when somebody has to; nothing where nobody has to any more."""
    handling, handled = alert.revision.handling, voice.handled(alert)
    if alert.status != "open":
        yield voice.change(alert.status), ""
    elif handling is not None and handled:
        done = handling.verdict == "false" or (handling.signed_by and not handling.missed_on_site)
        yield handled, "bold green" if done else "bold red1"
    elif handling is None or handling.verdict != "false":
        yield voice.sign_by(alert, now), "bold red1" if now is not None and due_by(alert) < now else "bold"


def _judged(alert: Alert, voice: Voice) -> Iterator[tuple[str, str]]:
    """Yield what an alert turned out to be, once somebody has said so."""
    judged = voice.judged(alert)
    if judged:
        yield judged, "bold" if alert.status == "open" else ""


def advice(alert: Alert, voice: Voice) -> Styled:
    """Return what to do."""
    return Styled.assemble((voice.pick("建议：", "Do: "), "dim"), voice.advice(alert))


def bulletin(alert: Alert, voice: Voice) -> Styled:
    """Return the whole message, in the order of what a duty officer needs to know."""
    lines = [headline(alert, voice), facts(alert, voice), reason(alert, voice), grading(alert, voice)]
    lines.append(made_of(alert, voice))
    if alert.status == "open":
        lines.append(advice(alert, voice))
    return Styled("\n").join([line for line in [*lines, duty(alert, voice)] if line is not None])


def happened_at(alert: Alert, reached: datetime | None) -> datetime:
    """Return when a version came about, event time: with its last evidence, or with the quiet that ended it.

    Parameters
    ----------
    alert
        The version.
    reached
        Event time reached when it was issued, ``None`` when that is not known.

    """
    return alert.last_at if alert.status == "open" or reached is None else max(alert.last_at, reached)


def one_line(alert: Alert, voice: Voice, reached: datetime | None = None) -> Styled:
    """Return time, headline and count in one line, as for a log; `reached` as for `happened_at`."""
    counted = f"{voice.sources(alert)} {voice.how_many(alert)}"
    return Styled.assemble(
        (voice.clock(happened_at(alert, reached)), "cyan"), " ", headline(alert, voice), "  ", (counted, "dim")
    )
