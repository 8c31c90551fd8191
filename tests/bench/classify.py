"""The online classifier in figures: macro-F1, calibration, cost, how soon a new kind is recognised; one JSON object.

``python tests/bench/classify.py TRAIN TEST`` with CSV files (gz or not) of ``words,label``. Without TEST a fifth of
TRAIN is held back by ``--seed``, and texts that also stand in the rest are dropped from it. The classifier sees TRAIN
once, in the order of ``--seed``, a text at a time, without a lexicon (the labels are not our kinds); then it answers
TEST without learning.

``macro_f1`` takes the classifier's best kind for every text; ``macro_f1_answered`` leaves the texts it is not sure of
(``answered`` says how many it answers) out. ``calibration_error`` is the expected difference of confidence and share
of right answers in ten bins of confidence. ``us_per_text`` is one answer, ``us_per_lesson`` one judgement learned.
``recognised_after_50``: per kind, a classifier that has learned TRAIN without it is then given 50 corrections to it
and nothing else; the mean over kinds of the share of TEST's texts of that kind it recognises, ``worst`` of them, and
of those it takes for that kind the share that are (``precision``). ``one_matter``: a classifier that was taught nothing
gets 30 corrections to one matter (texts with one word, for each of WORDS), as a duty desk begins; the mean share of its
other texts that are answered so, and of texts without the word that are (``mistaken``), with two ordinary texts beside
each correction as `fenghuo events correct` gives them. With ``--peers`` scikit-learn learns the same: a
batch support vector machine on tf-idf of character 1- to 3-grams, and a linear one by stochastic gradient descent that
sees TRAIN once, as ours does.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import f1_score
from sklearn.svm import LinearSVC

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]  # before this folder, where `rules.py` is another bench

from detectors.classify import KindClassifier  # noqa: E402
from detectors.classify_config import ClassifyConfig  # noqa: E402
from detectors.taxonomy import OTHER  # noqa: E402

Labelled = tuple[str, str]
CORRECTIONS = 50
FIRST, BESIDE, ASKED = 30, 2, 400
WORDS = ("电梯", "公积金", "生育", "停车", "路灯", "职称", "出租车", "噪音")


def read(path: Path) -> list[Labelled]:
    """Return texts with their labels."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return [(row["words"], row["label"]) for row in csv.DictReader(io.StringIO(text, newline=""))]


def parted(rows: list[Labelled], seed: int) -> tuple[list[Labelled], list[Labelled]]:
    """Return four fifths of `rows` in the order of `seed`, and those of the rest whose texts are not among them."""
    random.Random(seed).shuffle(rows)
    held_back, train = rows[: len(rows) // 5], rows[len(rows) // 5 :]
    known = {text for text, _ in train}
    return train, [one for one in held_back if one[0] not in known]


def taught(lessons: Sequence[Labelled]) -> KindClassifier:
    """Return a classifier that has learned `lessons` in their order."""
    classifier = KindClassifier(ClassifyConfig())
    for text, kind in lessons:
        classifier.learn(text, kind)
    return classifier


def recognised(train: Sequence[Labelled], test: Sequence[Labelled]) -> tuple[list[float], list[float]]:
    """Return recall and precision of each kind after 50 corrections."""
    recalls, precisions = [], []
    for kind in sorted({kind for _, kind in test}):
        classifier = taught([one for one in train if one[1] != kind])
        for text, _ in [one for one in train if one[1] == kind][:CORRECTIONS]:
            classifier.learn(text, kind)
        answers = [classifier.score(text).ranking[0][0] == kind for text, _ in test]
        hits = sum(answer and truth == kind for answer, (_, truth) in zip(answers, test, strict=True))
        recalls.append(hits / sum(truth == kind for _, truth in test))
        precisions.append(hits / max(1, sum(answers)))
    return recalls, precisions


def one_matter(rows: Sequence[Labelled]) -> tuple[float, float]:
    """Return the shares of texts with a word, and without, that are answered after the first corrections to it."""
    right, wrong = [], []
    for word in WORDS:
        own = ["".join(text.split()) for text, _ in rows if word in "".join(text.split())]
        others = [text for text, _ in rows if word not in "".join(text.split())]
        classifier, ordinary = KindClassifier(ClassifyConfig()), iter(others[ASKED:])
        for text in own[:FIRST]:
            classifier.learn(text, word)
            for _ in range(BESIDE):
                classifier.contrast(next(ordinary))
        right.append(np.mean([classifier.score(text).kind == word for text in own[FIRST:]]))
        wrong.append(np.mean([classifier.score(text).kind == word for text in others[:ASKED]]))
    return float(np.mean(right)), float(np.mean(wrong))


def calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Return the expected calibration error in ten bins."""
    bins = np.minimum((np.asarray(confidences) * 10).astype(int), 9)
    gaps = [
        abs(float(np.sum(np.asarray(confidences)[bins == one])) - float(np.sum(np.asarray(right)[bins == one])))
        for one in range(10)
    ]
    return sum(gaps) / len(right)


def peers(train: Sequence[Labelled], test: Sequence[Labelled]) -> dict[str, float]:
    """Return macro-F1 of other classifiers."""
    (texts, kinds), (asked, truth) = zip(*train, strict=True), zip(*test, strict=True)
    tfidf = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    batch = LinearSVC(C=0.5).fit(tfidf.fit_transform(map(_joined, texts)), kinds)
    hashed = HashingVectorizer(analyzer="char", ngram_range=(1, 2), n_features=2**16, alternate_sign=False)
    online = SGDClassifier(loss="hinge", alpha=1e-5, random_state=0)
    vectors = hashed.transform(map(_joined, texts))
    for start in range(0, len(texts), 100):
        online.partial_fit(vectors[start : start + 100], kinds[start : start + 100], classes=sorted(set(kinds)))
    return {
        "batch_svm_macro_f1": f1_score(truth, batch.predict(tfidf.transform(map(_joined, asked))), average="macro"),
        "online_sgd_macro_f1": f1_score(truth, online.predict(hashed.transform(map(_joined, asked))), average="macro"),
    }


def _joined(text: str) -> str:
    return "".join(text.split())


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path, nargs="?")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip-new-kinds", action="store_true", help="leave recognised_after_50 out")
    parser.add_argument("--peers", action="store_true", help="let scikit-learn's classifiers learn the same")
    given = parser.parse_args()
    rows = read(given.train)
    train, test = parted(rows, given.seed)
    if given.test:
        train, test = rows, read(given.test)  # parting has shuffled them
    began = time.process_time()
    classifier = taught(train)
    lesson_us = (time.process_time() - began) / len(train) * 1e6
    began = time.process_time()
    verdicts = [classifier.score(text) for text, _ in test]
    cost_us = (time.process_time() - began) / len(test) * 1e6
    truth = [kind for _, kind in test]
    best = [verdict.ranking[0][0] for verdict in verdicts]
    sure = [(verdict, kind) for verdict, kind in zip(verdicts, truth, strict=True) if verdict.kind != OTHER]
    figures: dict[str, float] = {
        "macro_f1": f1_score(truth, best, average="macro"),
        "macro_f1_answered": f1_score([kind for _, kind in sure], [one.kind for one, _ in sure], average="macro"),
        "answered": len(sure) / len(test),
        "calibration_error": calibration_error([one.confidence for one, _ in sure], [one.kind == k for one, k in sure]),
        "us_per_text": cost_us,
        "us_per_lesson": lesson_us,
    }
    figures["one_matter"], figures["one_matter_mistaken"] = one_matter(train)
    if not given.skip_new_kinds:
        recalls, precisions = recognised(train, test)
        figures |= {
            "recognised_after_50": sum(recalls) / len(recalls),
            "recognised_after_50_worst": min(recalls),
            "recognised_after_50_precision": sum(precisions) / len(precisions),
        }
    if given.peers:
        figures |= peers(train, test)
    print(json.dumps({key: round(one, 4) for key, one in figures.items()} | {"train": len(train), "test": len(test)}))


if __name__ == "__main__":
    main()
