"""Says what pip-audit found, and of how many packages it found out nothing: ``deploy/audited.py audit.json``.

pip-audit counts a package it could not look up as one without known vulnerabilities. This does not.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

CLEAN, WRONG, NOT_ASKED = 0, 1, 3


def verdict(text: str) -> tuple[int, list[str]]:
    """Return the exit code and what to say of a report of pip-audit; an empty one means that it ended before."""
    try:
        packages = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return NOT_ASKED, ["vulnerabilities: pip-audit could not ask: see audit.log beside the report"]
    known = [f"{one['name']} {one['version']}: {bad['id']}" for one in packages for bad in one.get("vulns", ())]
    skipped = [one["name"] for one in packages if "skip_reason" in one]
    said = [
        f"vulnerabilities: {len(packages) - len(skipped)} of {len(packages)} packages looked up, {len(known)} known"
    ]
    if skipped:
        more = ", …" if len(skipped) > len(skipped[:5]) else ""
        said.append(f"  not looked up, so nothing is known of them: {', '.join(skipped[:5])}{more}")
        said.append(
            "  run this where the vulnerability service of PyPI, or with `pip-audit -s osv` that of OSV, answers"
        )
    return (WRONG if known else NOT_ASKED if skipped or not packages else CLEAN), [
        *said,
        *(f"  {one}" for one in known),
    ]


if __name__ == "__main__":
    file = Path(sys.argv[1])
    code, lines = verdict(file.read_text(encoding="utf-8") if file.exists() else "")
    print("\n".join(lines))
    sys.exit(code)
