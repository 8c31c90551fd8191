"""Holds the licences of what Fenghuo needs to run against Apache-2.0, under which it is given away.

``python deploy/licences.py`` lists them by licence, and fails on one that is not known to be compatible.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any

COMPATIBLE = {
    *("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "LLVM-exception", "MIT", "MIT-0"),
    *("PSF-2.0", "Python-2.0", "Repoze", "Unlicense", "Zlib"),
}
FILEWISE = {"MPL-2.0"}
"""Whoever changes files of these publishes the changed files, and no others: we change none and copy none."""
SAID = {
    "docutils": "BSD-2-Clause",  # and public domain; its mode for Emacs, of which nothing runs here, is under the GPL
    "venusian": "Repoze",  # three clauses of BSD's, and that changed files say that they are
}
"""What packages say more plainly in their licence files than in their metadata."""
_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
_VAGUE = {"OSI Approved", "DFSG approved"}
_WRITTEN = {"Apache 2.0": "Apache-2.0", "Apache License 2.0": "Apache-2.0", "BSD 3-Clause License": "BSD-3-Clause"}
_REQUIRED = re.compile(r"^([A-Za-z0-9._-]+)")


def needed(name: str = "fenghuo") -> dict[str, Distribution]:
    """Return what is installed of all that a package needs to run, by name in lower case."""
    found: dict[str, Distribution] = {}
    waiting = [name]
    while waiting:
        one = waiting.pop()
        try:
            here = distribution(one)
        except PackageNotFoundError:
            continue  # for another system, or an extra
        key = re.sub(r"[-_.]+", "-", here.metadata["Name"]).lower()
        if key in found:
            continue
        found[key] = here
        own = (text for text in here.requires or () if "extra ==" not in text)
        waiting += [match[1] for text in own if (match := _REQUIRED.match(text))]
    return found


def licence_of(package: Distribution) -> str:
    """Return the licence as an SPDX expression, or as near to one as the package says."""
    meta: Any = package.metadata  # a message as of an e-mail, of which the annotations know half
    if meta["Name"] in SAID:
        return SAID[meta["Name"]]
    if meta.get("License-Expression"):
        return str(meta["License-Expression"])
    classified = [one.rpartition(" :: ")[2] for one in meta.get_all("Classifier") or () if one.startswith("License ::")]
    if known := [_CLASSIFIERS.get(one, one) for one in classified if one not in _VAGUE]:
        return " OR ".join(known)
    text = str(meta.get("License") or "").strip().partition("\n")[0]
    return _WRITTEN.get(text, text)


def is_compatible(expression: str) -> bool:
    """Tell whether an expression leaves a choice of compatible licences and nothing else."""
    while (inner := re.search(r"\(([^()]*)\)", expression)) is not None:
        good = "MIT" if is_compatible(inner[1]) else "none"
        expression = expression[: inner.start()] + good + expression[inner.end() :]
    choices = (re.split(r"\s+(?:AND|WITH)\s+", choice.strip()) for choice in re.split(r"\s+OR\s+", expression))
    return any(all(one in COMPATIBLE | FILEWISE for one in choice) for choice in choices)


def faults() -> Iterator[str]:
    """Yield what packages have a licence that is not known to be compatible."""
    for name, package in sorted(needed().items()):
        if name != "fenghuo" and not is_compatible(licence := licence_of(package)):
            yield f"{name} {package.version}: {licence or 'says nothing of a licence'}"


def main() -> int:
    """List and judge."""
    by_licence: defaultdict[str, list[str]] = defaultdict(list)
    for name, package in sorted(needed().items()):
        by_licence[licence_of(package)].append(name)
    for licence, names in sorted(by_licence.items()):
        print(f"{licence}: {', '.join(names)}")
    wrong = list(faults())
    print(*(f"not known to be compatible with Apache-2.0: {one}" for one in wrong), sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
