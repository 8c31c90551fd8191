"""Chinese texts from templates: an opening, a body that says what is the matter, a closing, now and then a contact."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from detectors.event import Source
from streams.errors import ConfigurationError, Fault
from streams.simulate.checking import faults_of, parse_yaml, shipped
from streams.simulate.dice import Uniform, pick
from streams.simulate.slots import COMPUTED, Cue, Slot

Voice = Literal["said", "seen", "police", "device"]

CONTACT_SHARE = 0.16
_SLOT = re.compile(r"\{(\w+)\}")
# What is only said of a housing estate, not of a crossing or a house number.
_HOMELY = re.compile(r"\{building\}|\{unit\}|\{floor\}|楼道|楼上|小区|业主|里面|一楼|车库|电梯|物业")
_VOICES: Mapping[Source, tuple[Voice, ...]] = {
    "hotline": ("said",),
    "grid": ("seen", "said"),
    "police": ("police", "said"),
    "sos": ("device", "said"),
}


class Again(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How somebody begins and ends who has said it before."""

    openings: list[str] = []
    closings: list[str] = []


class Frame(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the texts of one source begin and end."""

    openings: list[str]
    closings: list[str]
    contacts: list[str]
    again: Again = Again()


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said about one kind, by citizens, grid workers, the police's call takers and devices.

    Closings of a kind stand in place of those of its source, closings of a file beside them; what is
    said plainly has neither opening nor closing, and nobody says a second time what is urgent (as the kind or its file
    has it).
    """

    said: list[str]
    subject: str = ""
    plain: bool = False
    urgent: bool | None = None
    seen: list[str] = []
    police: list[str] = []
    device: list[str] = []
    closings: list[str] = []


class PhraseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of texts: the kinds of one class."""

    kinds: dict[str, Phrases]
    closings: list[str] = []
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """Text with slots, cut up: pieces of text and what fills the gaps."""

    parts: tuple[str | Slot, ...]

    def render(self, cue: Cue, u: Uniform) -> str:
        """Return the text with its slots filled."""
        return "".join([part if type(part) is str else part(cue, u) for part in self.parts])  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class _Voiced:
    """All that one source can say about one kind."""

    openings: Sequence[Template]
    bodies: Sequence[Template]
    elsewhere: Sequence[Template]
    closings: Sequence[Template]
    contacts: Sequence[Template]


class Texts:
    """Every template, compiled.

    Parameters
    ----------
    files
        Content of the text files by name: ``fillers``, ``frames`` and the files of kinds.

    Raises
    ------
    ConfigurationError
        With every fault, its file and its path.

    """

    def __init__(self, files: Mapping[str, str]) -> None:
        content = {name: parse_yaml(text, f"{name}.yaml") for name, text in files.items()}
        faults = list(_file_faults(content))
        if faults:
            raise ConfigurationError(faults)
        self._fillers = msgspec.convert(content.pop("fillers"), dict[str, list[str]])
        self._frames = msgspec.convert(content.pop("frames"), dict[Source, Frame])
        self._phrases: dict[str, Phrases] = {}
        self._closings: dict[str, list[str]] = {}
        self._urgent: dict[str, bool] = {}
        for name, each in content.items():
            file = msgspec.convert(each, PhraseFile)
            faults += [
                Fault(f"{name}.yaml", f"$.kinds.{kind}", f"unknown slot {{{slot}}}")
                for kind, phrases in file.kinds.items()
                for slot in self.unknown_slots([*phrases.said, *phrases.seen, *phrases.police, *phrases.device])
            ]
            self._phrases |= file.kinds
            self._closings |= dict.fromkeys(file.kinds, file.closings)
            self._urgent |= {
                kind: file.urgent if phrases.urgent is None else phrases.urgent for kind, phrases in file.kinds.items()
            }
        if faults:
            raise ConfigurationError(faults)
        self._voiced: dict[tuple[str, Source], _Voiced] = {}

    @property
    def kinds(self) -> list[str]:
        """Kinds there are texts for."""
        return list(self._phrases)

    def unknown_slots(self, templates: Sequence[str]) -> list[str]:
        """Return the names of slots that nothing fills."""
        named = [slot for template in templates for slot in _SLOT.findall(template)]
        return sorted({slot for slot in named if slot not in COMPUTED and slot not in self._fillers})

    def fillers(self, slot: str) -> list[str]:
        """Return the words a listed slot can take."""
        return self._fillers.get(slot, [])

    def compile(self, template: str) -> Template:
        """Return a template cut up at its slots."""
        parts = [self._slot(part) if n % 2 else part for n, part in enumerate(_SLOT.split(template))]
        return Template(tuple(part for part in parts if part))

    def text(self, kind: str, source: Source, cue: Cue, u: Uniform, body: Template | None = None) -> str:
        """Return what `source` says about `kind`.

        Parameters
        ----------
        kind, source
            Which templates.
        cue
            What the words have to agree with.
        u
            Chance.
        body
            Said in place of one of the kind's own bodies, with only a stop behind it.

        """
        voiced = self._voices(kind, source)
        bodies = voiced.bodies if cue.site.sort == "compound" else voiced.elsewhere
        said = (body or pick(bodies, u)).render(cue, u)
        opening = pick(voiced.openings, u).render(cue, u)
        closing = "。" if body else pick(voiced.closings, u).render(cue, u)
        contact = pick(voiced.contacts, u).render(cue, u) if u() < CONTACT_SHARE else ""
        return opening + said + closing + contact

    def title(self, kind: str, source: Source, cue: Cue, u: Uniform) -> str:
        """Return the title of a ticket or of a grid report, empty for kinds that have none."""
        subject = self._phrases[kind].subject
        if not subject:
            return ""
        name = cue.site.name or cue.site.community.name
        short = (subject, f"{name}{subject}")
        return pick(
            short if source == "grid" else (*short, f"反映{name}{subject}问题", f"关于{name}{subject}的投诉"), u
        )

    def _slot(self, name: str) -> Slot:
        if name in COMPUTED:
            given = COMPUTED[name]
            return lambda cue, u: cue.fixed[name] if name in cue.fixed else given(cue, u)
        words = self._fillers[name]
        count = len(words)
        return lambda cue, u: cue.fixed[name] if name in cue.fixed else words[int(u() * count)]

    def _voices(self, kind: str, source: Source) -> _Voiced:
        """Return the compiled templates of one kind and source, compiled when first asked for."""
        voiced = self._voiced.get((kind, source))
        if voiced is None:
            phrases = self._phrases[kind]
            bodies: list[str] = next(found for voice in _VOICES[source] if (found := getattr(phrases, voice)))
            elsewhere = [body for body in bodies if not _HOMELY.search(body)] or bodies
            openings, closings = self._around(kind, source)
            lists = (openings, bodies, elsewhere, closings, self._frames[source].contacts)
            voiced = _Voiced(*([self.compile(template) for template in each] for each in lists))
            self._voiced[kind, source] = voiced
        return voiced

    def _around(self, kind: str, source: Source) -> tuple[list[str], list[str]]:
        """Return the openings and the closings of one kind and source."""
        frame, phrases = self._frames[source], self._phrases[kind]
        if phrases.plain:
            return [""], ["。"]
        again = Again() if self._urgent[kind] else frame.again
        openings = [*frame.openings, *again.openings]
        if source != "hotline":
            return openings, frame.closings
        closings = phrases.closings or [*frame.closings, *self._closings[kind] * 2]
        return openings, [*closings, *again.closings]


def _file_faults(content: Mapping[str, object]) -> Iterator[Fault]:
    """Yield what is wrong with the form of the text files."""
    forms = {"fillers": dict[str, list[str]], "frames": dict[Source, Frame]}
    for name in forms.keys() - content.keys():
        yield Fault(f"{name}.yaml", "", "is missing")
    for name, each in content.items():
        for path, message in faults_of(each, forms.get(name, PhraseFile), "$"):
            yield Fault(f"{name}.yaml", path, message)


def load_texts() -> Texts:
    """Return the shipped texts."""
    return Texts(shipped("texts"))
