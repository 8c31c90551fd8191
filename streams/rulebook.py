"""What `fenghuo rules` shows of a rule book."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from detectors.taxonomy import load_taxonomy
from rules.book import Book
from rules.examples import Verdict, missing_examples, verdicts
from rules.loader import BOOK, files_of
from rules.reading import nearest
from rules.rule import Rule
from rules.sentence import STATUS, sentence
from rules.wording import source_list
from streams.assembly import read_book
from streams.bars import console
from streams.errors import ConfigurationError, Fault
from streams.language import INKS, Lang, Voice
from streams.options import settings_of


class Shelf:
    """One folder of rules, and what is said of it.

    Parameters
    ----------
    folder
        The folder; ``None`` for that of the settings, or the shipped one.
    lang
        Language of what is said.

    """

    def __init__(self, folder: str | None, lang: Lang) -> None:
        self._folder = folder if folder is not None else settings_of(None, None).book
        self._voice = Voice(lang)
        self._taxonomy = load_taxonomy()
        self._console = console()

    def load(self, *, examples: bool = True) -> Book:
        """Read the book.

        Raises
        ------
        ConfigurationError
            With every fault of every file.

        """
        return read_book(self._folder, self._taxonomy, examples=examples)

    def find(self, book: Book, name: str) -> tuple[Rule, ...]:
        """Return the rule with this id, or those with this number.

        Raises
        ------
        ConfigurationError
            When there is none.

        """
        found = tuple(rule for rule in book.rules if name in {rule.id, str(rule.number)})
        if found:
            return found
        close = nearest(name, [rule.id for rule in book.rules])
        said = f"no rule has the id or the number {name!r}{close or ': `fenghuo rules list` shows all'}"
        raise ConfigurationError([Fault(self._folder or str(BOOK), "", said)])

    def say_sound(self, book: Book) -> None:
        """Say that a book was read without a fault."""
        n, shown = len(book.rules), sum(map(_count, book.rules))
        zh = f"{n}条规则、{shown}个示例，无误（规则库 {book.digest}）"
        self._console.print(self._voice.pick(zh, f"{n} rules, {shown} examples, no fault (book {book.digest})"))

    def test(self, book: Book, rules: Iterable[Rule]) -> bool:
        """Run the examples of some rules and print each; tell whether all came out as they say."""
        passed = failed = 0
        for rule in rules:
            self._console.print(self._heading(rule))
            faults = [message for _, message in missing_examples(rule)]
            found = list(verdicts(rule, book))
            for verdict in found:
                self._console.print(self._verdict(verdict), soft_wrap=True)
            for fault in faults:
                self._console.print(f"  [red]✗[/red] {escape(fault)}")
            wrong = sum(bool(verdict.fault) for verdict in found)
            failed += wrong + len(faults)
            passed += len(found) - wrong
        zh, en = f"{passed}个示例通过，{failed}个不符", f"{passed} as they say, {failed} not"
        self._console.print(self._voice.pick(zh, en), style="red" if failed else "green")
        return not failed

    def list(self, book: Book) -> None:
        """Print one line a rule."""
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        zh = ("号", "标识", "名称", "版本", "状态", "来源", "等级", "示例")
        for heading in self._voice.pick(zh, ("no", "id", "name", "version", "status", "sources", "grade", "examples")):
            table.add_column(heading, overflow="fold")
        for rule in book.rules:
            sources = "" if rule.modifies else self._voice.say(source_list(rule.sources))
            name = self._voice.say(rule.name)
            status = self._voice.pick(STATUS[rule.status].zh.partition("，")[0], rule.status)
            cells = str(rule.number), f"[cyan]{rule.id}", escape(name), str(rule.version), status, sources
            table.add_row(*cells, self._grades(rule), str(_count(rule)))
        self._console.print(table)

    def show(self, book: Book, rule: Rule) -> None:
        """Print what there is to know of one rule."""
        said = sentence(rule, self._taxonomy)
        self._console.print(self._heading(rule))
        self._console.print(f"{said.zh}\n{said.en}", soft_wrap=True, markup=False)
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for name, value in self._facts(book, rule):
            table.add_row(f"[dim]{name}", escape(value))
        self._console.print(table)
        for wanted, examples in (("fires", rule.examples.fires), ("silent", rule.examples.silent)):
            for example in examples:
                grade = f" [{INKS[example.grade]}]{self._voice.grade(example.grade)}" if example.grade else ""
                self._console.print(f"  {self._wanted(wanted)}  {escape(example.name)}{grade}", soft_wrap=True)

    def _facts(self, book: Book, rule: Rule) -> Iterator[tuple[str, str]]:
        pick, say = self._voice.pick, self._voice.say
        file = files_of(Path(self._folder) if self._folder else BOOK)[rule.id]
        yield pick("文件", "file"), os.path.relpath(file)
        yield (
            pick("版本", "version"),
            pick(f"{rule.version}（规则库 {book.digest}）", f"{rule.version} (book {book.digest})"),
        )
        yield pick("状态", "status"), say(STATUS[rule.status])
        owners = [pick(owner.zh, owner.en) for owner in rule.owners] + [say(rule.owner)]
        if any(owners):
            yield pick("主责", "owner"), "; ".join(dict.fromkeys(filter(None, owners)))
        if say(rule.plan):
            yield pick("预案", "plan"), say(rule.plan)
        for n, advice in enumerate(rule.advice, start=1):
            yield pick("建议", "advice") if n == 1 else "", f"{n} {say(advice)}"

    def _heading(self, rule: Rule) -> str:
        return f"[bold]{rule.number} {rule.id}[/bold] {escape(self._voice.say(rule.name))}"

    def _wanted(self, wanted: str) -> str:
        return self._voice.pick({"fires": "触发", "silent": "不报"}[wanted], f"{wanted:6}")

    def _verdict(self, verdict: Verdict) -> str:
        mark = "[red]✗[/red]" if verdict.fault else "[green]✓[/green]"
        why = f": [red]{escape(verdict.fault)}" if verdict.fault else ""
        return f"  {mark} {self._wanted(verdict.wanted)}  {escape(verdict.name)}{why}"

    def _grades(self, rule: Rule) -> str:
        if rule.grade is None:
            return self._voice.pick("按概率", "by probability") if rule.signal else self._voice.pick("升级", "raises")
        return f"[{INKS[rule.grade]}]{self._voice.grade(rule.grade)}"


def _count(rule: Rule) -> int:
    return len(rule.examples.fires) + len(rule.examples.silent)
