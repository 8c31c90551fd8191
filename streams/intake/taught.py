"""What the duty desk's corrections have taught of kinds: the lessons that hold, and a classifier that knows them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from detectors.classify import KindClassifier
from detectors.classify_config import ClassifyConfig
from detectors.classify_report import Lesson, Verdict
from detectors.taxonomy import OTHER, Taxonomy

SPAN = 16_000
"""Lessons are kept for so many records of ``lessons``, and for up to a quarter more."""
LEARNED, NOT_CONFIDENT = "learned", "not_confident"


class Example(NamedTuple):
    """A text whose kind the duty desk has told.

    Parameters
    ----------
    kind, text
        Its kind, and the masked text.
    beside
        Masked texts of ordinary events of other kinds: what it has to be told from.
    t
        When the desk told it, epoch seconds.

    """

    kind: str
    text: str
    beside: tuple[str, ...] = ()
    t: float = 0.0


class TaughtKinds:
    """Kinds as they were taught: nothing at first.

    What it knows is a pure function of the lessons that hold, in the order of their offsets: the last one of each
    event. A compacted topic keeps just these, so that a worker that has followed it for a month and one that reads it
    anew know the same. Whenever a lesson ceases to hold (another one of its event, one taken back, one too old) a new
    classifier learns those that are left; the one there is answers until that is done.

    Memory: at most 20,000 lessons, 1.8 kB each when texts have 200 characters, and 17 MB for a classifier, twice
    that while a new one learns.

    Parameters
    ----------
    found_in
        Returns the kind the lexicon finds in a text: the desk judges that as well.
    taxonomy
        The kinds there are.
    span
        Lessons are kept for so many offsets.

    Attributes
    ----------
    asked
        What the lexicon must have found for the classifier to be asked: ``other``, and kinds of which the desk
        corrected the lexicon more often than it agreed. Empty while nothing is taught.
    answers
        Answers given since somebody took them: ``learned``, or ``not_confident``.
    drifted_at
        When the desk last told something at which the rate of corrections had changed, epoch seconds; 0 for never.
    correction_rate
        Share of what would have been answered that the desk corrected, since it last changed.

    """

    def __init__(self, found_in: Callable[[str], str], taxonomy: Taxonomy, *, span: int = SPAN) -> None:
        self._found_in = found_in
        self._config = ClassifyConfig(most_kinds=len(taxonomy.kinds) + 1)
        self._span = span
        self._held: dict[str, tuple[int, Example]] = {}  # by event, in the order of offsets
        self._waiting: deque[Example] = deque()
        self._stale = False
        self._classifier: KindClassifier | None = None
        self.asked: frozenset[str] = frozenset()
        self.answers: Counter[str] = Counter()
        self.drifted_at = 0.0
        self.correction_rate = 0.0

    def __len__(self) -> int:
        """Return how many lessons hold."""
        return len(self._held)

    def kind_of(self, text: str, found: str) -> Verdict | None:
        """Return the kind of `text` when something was learned that is sure enough.

        Parameters
        ----------
        text
            Masked text, without what was taken back.
        found
            What the lexicon found: one of `asked`.

        """
        if self._classifier is None or not text.strip():
            return None
        verdict = self._classifier.score(text, found=found)
        if verdict.by != "classifier":
            self.answers[NOT_CONFIDENT] += 1
            return None
        self.answers[LEARNED] += 1
        return verdict

    def note(self, offset: int, event: str, example: Example | None) -> None:
        """Take note of a lesson; it is learned by the next `learn`.

        Parameters
        ----------
        offset
            Of its record, larger than those before.
        event
            Id of the event.
        example
            What is taught with it in place of what was before; ``None`` takes that back.

        """
        if self._held.pop(event, None) is not None:
            self._stale = True
        if example is not None:
            self._held[event] = offset, example
            self._waiting.append(example)
        step = max(1, self._span // 4)
        first = (offset - self._span) // step * step
        while self._held and self._held[oldest := next(iter(self._held))][0] < first:
            del self._held[oldest]
            self._stale = True

    def learn(self) -> Iterator[Lesson]:
        """Learn what was noted, one lesson a step, to the last step; what is noted meanwhile is learned as well."""
        while self._stale or self._waiting:
            if self._stale or self._classifier is None:
                yield from self._learn_anew()
            else:
                example = self._waiting.popleft()
                lesson = self._teach(self._classifier, example)
                self._conclude(self._classifier, lesson, example.t if lesson.drift else self.drifted_at)
                yield lesson

    def _learn_anew(self) -> Iterator[Lesson]:
        """Have a new classifier learn all that holds, and put it in the place of the one there is."""
        self._stale = False
        self._waiting.clear()
        fresh, drifted_at, lesson = KindClassifier(self._config), 0.0, None
        for _, example in list(self._held.values()):
            lesson = self._teach(fresh, example)
            drifted_at = example.t if lesson.drift else drifted_at
            yield lesson
        self._conclude(fresh if lesson is not None else None, lesson, drifted_at)

    def _teach(self, classifier: KindClassifier, example: Example) -> Lesson:
        lesson = classifier.learn(example.text, example.kind, found=self._found_in(example.text))
        for text in example.beside:
            classifier.contrast(text)
        return lesson

    def _conclude(self, classifier: KindClassifier | None, lesson: Lesson | None, drifted_at: float) -> None:
        self._classifier = classifier
        self.asked = frozenset() if classifier is None else classifier.doubted() | {OTHER}
        self.correction_rate = 0.0 if lesson is None else lesson.correction_rate
        self.drifted_at = drifted_at
