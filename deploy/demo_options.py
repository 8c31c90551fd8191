"""Look at what `demo.sh` was asked for before it sets anything up, so that a slip of the pen costs no minute.

Standard library only, for it runs before anything is installed. `fenghuo demo` has the options and says what they mean;
a test holds this list to its.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path

SCENARIOS = Path(__file__).resolve().parent.parent / "streams" / "simulate" / "scenarios"
MISUSED = 2


def times(value: str) -> str:
    """Return what is wrong with a multiple of real time."""
    return number(value.lower().rstrip("x×"), 1e-9) and f"{value!r} is no multiple of real time such as 600x"


def number(value: str, low: float = float("-inf"), high: float = float("inf"), kind: type = float) -> str:
    """Return what is wrong with a number."""
    try:
        fits = low <= kind(value) <= high and abs(kind(value)) != float("inf")
    except ValueError:
        return f"{value!r} is no {'whole ' if kind is int else ''}number"
    limits = f"from {low:g} to {high:g}" if high != float("inf") else f"of {low:g} or more"
    return "" if fits else f"{value} is no {'whole ' if kind is int else ''}number {limits}"


def scenario(value: str) -> str:
    """Return what is wrong with the name of a scenario or the path of one."""
    shipped = sorted(file.stem for file in SCENARIOS.glob("*.yaml"))
    if value in shipped:
        return ""
    if value.endswith((".yaml", ".yml")):
        return "" if Path(value).is_file() else f"there is no file {value}"
    return f"there is no scenario {value!r}{closest(value, shipped)}; give a .yaml file or one of {', '.join(shipped)}"


def language(value: str) -> str:
    """Return what is wrong with a language."""
    return "" if value in {"zh", "en"} else f"{value!r} is neither zh nor en"


OPTIONS: dict[str, Callable[[str], str] | None] = {
    "--bootstrap": lambda _: "",
    "--speed": times,
    "--seconds": lambda value: number(value, 1),
    "--seed": lambda value: number(value, kind=int),
    "--scenario": scenario,
    "--history": lambda value: number(value, 0, kind=int),
    "--workers": lambda value: number(value, 1, 16, int),
    "--lang": language,
    "--language": language,
    "--board": None,
    "--no-board": None,
    "--with-prometheus": None,
    "--kafka": None,
    "--no-kafka": None,
    "--keep": None,
    "--restricted": None,
    "--help": None,
    "-h": None,
}


def closest(name: str, names: list[str]) -> str:
    """Return the question whether the nearest of some names is meant."""
    found = get_close_matches(name, names, 1)
    return f": do you mean {found[0]}?" if found else ""


def faults(arguments: list[str]) -> Iterator[str]:
    """Yield everything that is wrong with the arguments of the demo."""
    left = iter(arguments)
    for argument in left:
        name, given, value = argument.partition("=")
        if name not in OPTIONS:
            what = "there is no option" if name.startswith("-") else "nothing is done with"
            yield f"{what} {name}{closest(name, list(OPTIONS))}"
            if not given and name.startswith("--"):
                next(left, None)  # its value, most likely
            continue
        check = OPTIONS[name]
        if check is None:
            if given:
                yield f"{name} takes no value"
            continue
        wanted = value if given else next(left, None)
        if wanted is None:
            yield f"{name} needs a value"
        elif message := check(wanted):
            yield f"{name}: {message}"


def main() -> int:
    """Say what is wrong on standard error; return the exit code."""
    found = list(faults(sys.argv[1:]))
    for fault in found:
        print(f"deploy/demo.sh: {fault}", file=sys.stderr)
    if found:
        print("deploy/demo.sh --help tells what there is. Nothing has been set up or started.", file=sys.stderr)
    return MISUSED if found else 0


if __name__ == "__main__":
    sys.exit(main())
