"""The life of an alert: which state follows when somebody does something, time runs out, or its place says more.

Pure data: every state answers every action, with the state that follows (its own when nothing but a remark changes) or
with why it is refused. What depends on more than the state, on who asks or on what was seen, is in `rules.refusals`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeGuard, cast, get_args

import msgspec

State = Literal[
    "candidate",
    "raised",
    "signed",
    "assigned",
    "on_site",
    "resolved",
    "closed",
    "false_alarm",
    "expired",
    "cancelled",
]
"""candidate: waits for somebody to confirm it; raised: waits for somebody to sign; signed 签收; assigned 派单; on_site
到场; resolved 办结; closed 解除; false_alarm 误报; expired: quiet, and nobody confirmed it, or said in time how it
ended; cancelled: withdrawn, it was not borne out or became part of another."""

Step = Literal[
    "confirm",
    "sign",
    "assign",
    "arrive",
    "resolve",
    "close",
    "reopen",
    "true",
    "false",
    "upgrade",
    "downgrade",
    "note",
]
"""What people do that the table answers."""

Event = Literal["raise", "higher", "again", "recover", "expire", "withdraw"]
"""What happens by itself. raise: the time to confirm is over, or nobody has to; higher: it reached a grade it never
had; again: more came of what was over or dealt with; recover: its place has been quiet for as long as its rule asks;
expire: nobody said how it ended in time; withdraw: it is taken back."""

Reason = Literal[
    "UNKNOWN",
    "OVER",
    "MOVED",
    "SIGNED",
    "RAISED",
    "EARLIER",
    "FUTURE",
    "NOT_RAISED",
    "NOT_SIGNED",
    "NOT_RESOLVED",
    "NOT_OVER",
    "RESOLVED",
    "FALSE_ALARM",
    "ALREADY",
    "SINGLE",
    "RESTRICTED",
    "GRADE",
    "INCOMPLETE",
    "NOBODY",
    "ROLE",
    "AREA",
]
"""Why a command is refused; in words in `rules.refusals`."""

STATES: tuple[State, ...] = get_args(State)
STEPS: tuple[Step, ...] = get_args(Step)
EVENTS: tuple[Event, ...] = get_args(Event)
OVER: frozenset[State] = frozenset({"closed", "expired", "cancelled"})
"""States in which nothing is waited for any more; a false alarm is over once its place is quiet."""
TAKEN: frozenset[State] = frozenset({"signed", "assigned", "on_site", "resolved"})
"""States in which somebody has taken the alert over: it stays open until people say how it ended."""
_REASONS: frozenset[str] = frozenset(get_args(Reason))

Answer = State | Reason

_TABLE = """
.         candidate   raised      signed      assigned    on_site     resolved    closed  false_alarm expired cancelled
confirm   raised      =           =           =           =           =           OVER    FALSE_ALARM OVER    OVER
sign      NOT_RAISED  signed      SIGNED      SIGNED      SIGNED      SIGNED      OVER    FALSE_ALARM OVER    OVER
assign    NOT_RAISED  NOT_SIGNED  assigned    =           assigned    RESOLVED    OVER    FALSE_ALARM OVER    OVER
arrive    NOT_RAISED  NOT_SIGNED  on_site     on_site     ALREADY     RESOLVED    OVER    FALSE_ALARM OVER    OVER
resolve   NOT_RAISED  NOT_SIGNED  resolved    resolved    resolved    ALREADY     OVER    FALSE_ALARM OVER    OVER
close     closed      closed      closed      closed      closed      closed      ALREADY closed      closed  OVER
reopen    NOT_OVER    NOT_OVER    NOT_OVER    NOT_OVER    NOT_OVER    raised      raised  FALSE_ALARM raised  OVER
true      raised      =           =           =           =           =           =       raised      =       OVER
false     false_alarm false_alarm false_alarm false_alarm false_alarm false_alarm =       =           =       OVER
upgrade   =           =           =           =           =           RESOLVED    OVER    FALSE_ALARM OVER    OVER
downgrade =           =           =           =           =           RESOLVED    OVER    FALSE_ALARM OVER    OVER
note      =           =           =           =           =           =           =       =           =       OVER
raise     raised      =           =           =           =           =           =       =           =       =
higher    =           =           raised      raised      raised      raised      raised  raised      raised  raised
again     =           =           =           =           =           raised      raised  raised      raised  raised
recover   expired     closed      =           =           =           closed      =       =           =       closed
expire    expired     =           expired     expired     expired     expired     =       =           =       =
withdraw  cancelled   cancelled   cancelled   cancelled   cancelled   cancelled   cancelled cancelled cancelled =
"""


def _read(table: str) -> dict[State, dict[Step | Event, Answer]]:
    """Return what a table says by state and what happens; ``=`` is the state itself."""
    head, *rows = (line.split() for line in table.strip().splitlines())
    named = {
        state: {row[0]: state if row[column] == "=" else row[column] for row in rows}
        for column, state in enumerate(head[1:], 1)
    }
    return msgspec.convert(named, dict[State, dict[Step | Event, Answer]])


TRANSITIONS: Mapping[State, Mapping[Step | Event, Answer]] = _read(_TABLE)
"""State to what happens to what follows. A false alarm that is true after all goes back to where it was before, rather
than to ``raised``."""


def is_reason(answer: Answer) -> TypeGuard[Reason]:
    """Tell whether an answer of the table refuses."""
    return answer in _REASONS


def follows(state: State, what: Step | Event) -> State:
    """Return the state after something that is not refused; what happens by itself never is."""
    return cast("State", TRANSITIONS[state][what])
