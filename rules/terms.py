"""Which clocks hold for an alert: its rule's own, its grade's in the book, or the grade's."""

from __future__ import annotations

from rules.alert import Alert, Grade
from rules.book import Book
from rules.clocks import CONFIRM_WITHIN_S, EXPIRE_AFTER_S, REMIND_AT, REPEAT_S, ByGrade, Clocks, Supervision, Terms
from rules.issue import ON_SITE_WITHIN_S, SIGN_WITHIN_S
from rules.selector import seconds

_DAY_S = 86_400.0
_NONE = Clocks()


class BookTerms:
    """What a book says of clocks.

    Parameters
    ----------
    book
        The rules; among them those about what nobody signed.

    """

    def __init__(self, book: Book) -> None:
        self._clocks = {rule.id: rule.clocks for rule in book.rules}
        self._supervision: dict[str, Supervision] = {}
        for rule in book.rules:
            if rule.unsigned is not None and rule.status == "active":
                for id_ in rule.modifies:
                    self._supervision.setdefault(id_, rule.supervision or Supervision())

    def of(self, alert: Alert, grade: Grade) -> Terms:
        """Return the terms of an alert at a `grade`, which people may have changed.

        An alert's own deadlines are those of the grade its rules gave it, and hold for that one where the book says
        nothing else. Nobody has longer to sign than to be on site.
        """
        supervision = self._supervision.get(alert.rule.id, self._supervision.get("all"))
        clocks, said = self._clocks.get(alert.rule.id, _NONE), supervision or Supervision()
        own = grade is alert.grade
        sign = alert.sign_by.timestamp() - alert.graded_at.timestamp() if own else SIGN_WITHIN_S.get(grade, _DAY_S)
        on_site = alert.on_site_by.timestamp() - alert.graded_at.timestamp() if own else ON_SITE_WITHIN_S[grade]
        on_site_s = _first(clocks.on_site, _at(said.on_site, grade, unless=clocks.on_site), on_site, own=own)
        return Terms(
            supervision is not None,
            min(_first(clocks.sign, _at(said.sign, grade, unless=clocks.sign), sign, own=own), on_site_s),
            on_site_s,
            seconds(clocks.confirm) if clocks.confirm is not None else CONFIRM_WITHIN_S,
            said.remind if said.remind is not None else REMIND_AT,
            seconds(said.repeat) if said.repeat is not None else REPEAT_S,
            seconds(said.expire) if said.expire is not None else EXPIRE_AFTER_S,
        )


def _at(lengths: ByGrade, grade: Grade, *, unless: str | None) -> str | None:
    return None if unless is not None else getattr(lengths, grade.value)


def _first(rule: str | None, by_grade: str | None, otherwise: float, *, own: bool) -> float:
    """Return the length that holds: an alert's own deadlines hold its rule's already."""
    if by_grade is not None:
        return seconds(by_grade)
    return seconds(rule) if rule is not None and not own else otherwise
