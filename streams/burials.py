"""`fenghuo dead-letters`: what a person sees of them."""

from __future__ import annotations

import getpass
from collections import Counter
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text as Styled

from streams import topics
from streams.audit import AuditEntry, record
from streams.bars import progress
from streams.codec import DeadLetter
from streams.deadletters import count_dead_letters, goes_back, read_dead_letters, resend
from streams.intake.masking import mask
from streams.outline import outline
from streams.settings import Settings

WARNING = "Original bytes can hold personal data: names, numbers, addresses. Do not paste them anywhere."
HIDDEN = (
    "Only the outline is shown: 9 for a digit, a for a letter, 文 for a character. For the bytes say --by and --why"
)


class Revealed(NamedTuple):
    """Who is shown original bytes, and what for; it goes on the audit trail first."""

    by: str
    why: str


def list_letters(
    settings: Settings,
    console: Console,
    *,
    reason: str | None,
    limit: int,
    show_raw: bool,
    revealed: Revealed | None = None,
) -> int:
    """Print the newest dead letters; return how many there are in all.

    Parameters
    ----------
    settings, console
        Where they are, and where to print them.
    reason
        Only those with this reason.
    limit
        At most so many.
    show_raw
        Their contents too: the outline, or to somebody the original bytes.
    revealed
        To whom, and what for.

    Raises
    ------
    ConfigurationError
        When it is not said to whom, or what for.
    BrokerUnavailable
        When the broker does not answer, or did not confirm that it is on record; then no bytes are shown.

    """
    letters = _read(settings, reason)
    shown = letters[max(0, len(letters) - limit) :]
    if show_raw and revealed is not None:
        record(settings, [_entry(letter, revealed, "reveal") for letter in shown])
        console.print(WARNING, style="bold yellow")
    elif show_raw:
        console.print(HIDDEN, style="yellow", soft_wrap=True)
    for letter in shown:
        _print_letter(console, letter)
        if show_raw:
            _print_content(console, letter, hidden=revealed is None)
    return _print_count(console, len(letters), len(shown))


def _print_count(console: Console, letters: int, shown: int) -> int:
    console.print(f"dead letters: {letters:,}" + (f", the newest {shown:,} shown" if shown < letters else ""))
    return letters


def _entry(letter: DeadLetter, revealed: Revealed, action: str) -> AuditEntry:
    """Return the entry that says who is shown, or sends again, the bytes of a letter."""
    now = datetime.now(UTC)
    return AuditEntry(
        at=now, by=revealed.by, action=action, subject=letter.where, why=mask(revealed.why), outcome="allowed"
    )


def _print_letter(console: Console, letter: DeadLetter) -> None:
    line = Styled.assemble(
        (f"{letter.received_at.astimezone(UTC):%m-%d %H:%M:%S}Z  ", "cyan"),
        f"{letter.where}  ",
        (f"{letter.reason}  ", "red"),
        (f"{letter.path}  ", "bold"),
        letter.message,
    )
    console.print(line, soft_wrap=True)


def _print_content(console: Console, letter: DeadLetter, *, hidden: bool) -> None:
    content = letter.original()
    said = outline(content) if hidden else _harmless(content.decode("utf-8", errors="backslashreplace"))
    console.print(f"    {said}", soft_wrap=True, markup=False)


def _harmless(text: str) -> str:
    """Return a text in which nothing can steer a terminal."""
    return "".join(char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}" for char in text)


def count_letters(settings: Settings, console: Console, *, as_json: bool) -> int:
    """Print the number of dead letters by topic and reason; return how many there are in all."""
    counts = count_dead_letters(_read(settings, None))
    total = counts.total()
    if as_json:
        rows = [{"topic": topic, "reason": reason, "count": n} for (topic, reason), n in sorted(counts.items())]
        console.print(msgspec.json.encode(rows).decode(), soft_wrap=True, markup=False)
        return total
    table = Table("topic", "reason", box=None, padding=(0, 2, 0, 0), header_style="bold", show_footer=True)
    table.add_column("letters", justify="right", footer=f"{total:,}")
    for (topic, reason), n in sorted(counts.items()):
        table.add_row(topic, f"[red]{escape(reason)}", f"{n:,}")
    console.print(table)
    return total


def resend_letters(
    settings: Settings, console: Console, *, reason: str | None, dry_run: bool, by: Revealed | None = None
) -> int:
    """Send dead letters again, or say which would be; return how many. Who did it is on record first."""
    found = _read(settings, reason)
    letters = [letter for letter in found if goes_back(letter)]
    if dry_run:
        for (topic, why), n in sorted(count_dead_letters(letters).items()):
            console.print(f"would send {n:,} with {why} to {settings.topic(topic)}")
        console.print(f"{len(letters):,} in all; nothing was sent")
    else:
        who = by or Revealed(getpass.getuser(), "what was wrong has been mended")
        record(settings, [_entry(letter, who, "resend") for letter in letters])
        with progress("sending", len(letters)) as bar:
            fed = resend(letters, settings, lambda fed: bar.update(bar.task_ids[0], completed=fed.rows))
        for topic, n in sorted(fed.by_topic.items()):
            console.print(f"sent {n:,} to {settings.topic(topic)}")
        console.print(f"{fed.rows:,} in all, confirmed by the broker")
    _print_rows(console, found)
    return len(letters)


def _print_rows(console: Console, letters: list[DeadLetter]) -> None:
    """Say which letters cannot be sent again, and what to do with those."""
    for file, n in sorted(Counter(letter.file for letter in letters if letter.file).items()):
        rows = f"{n:,} row{'s' * (n > 1)} of {file}"
        console.print(
            f"{rows} cannot be sent again: no mapping could read them. Mend the file or its mapping, and feed it",
            soft_wrap=True,
            markup=False,
        )
    for letter in letters:
        if not letter.file and not goes_back(letter):
            said = f"{letter.where} is not sent again: {_instead(letter)}"
            console.print(said, soft_wrap=True, markup=False)


def _instead(letter: DeadLetter) -> str:
    """Say what to do about a letter that cannot be sent again."""
    if letter.topic in topics.CONTROL:
        return "declare or publish it anew"
    if letter.cut_from:
        return f"it had {letter.cut_from:,} bytes, of which not all are kept; have its source send it in parts"
    return f"only Fenghuo writes to {letter.topic}: see who else may, and take that right away"


def _read(settings: Settings, reason: str | None) -> list[DeadLetter]:
    with progress("reading dead letters", None) as bar:
        return list(
            read_dead_letters(
                settings, reason, lambda read, total: bar.update(bar.task_ids[0], completed=read, total=total)
            )
        )
