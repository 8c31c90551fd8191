"""Nothing in the code makes code, objects or commands of data, or trusts whom it was not told to trust."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("streams", "detectors", "rules", "deploy")
MODULES = {
    "pickle",
    "cPickle",
    "_pickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
    "jsonpickle",
}
MODULES |= {"xml", "telnetlib", "ftplib"}  # lxml reads XML, with entities and the network off
CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "os.system",
    "os.popen",
    "tempfile.mktemp",
    "yaml.unsafe_load",
    "yaml.full_load",
}
CALLS |= {"yaml.load_all", "yaml.unsafe_load_all", "yaml.full_load_all", "ssl._create_unverified_context"}
NAMES = {"UnsafeLoader", "FullLoader", "CERT_NONE", "_create_unverified_context"}
SAFE_LOADERS = {"yaml.SafeLoader", "yaml.CSafeLoader", "SafeLoader", "CSafeLoader", "_LOADER"}
ON = {"shell", "allow_pickle", "load_dtd", "huge_tree"}
OFF = {"verify", "check_hostname", "verify_ssl", "ssl", "autoescape", "verify_certs", "validate_certs"}
ALLOWED: dict[tuple[str, str], str] = {}
"""File and finding: why it is safe there. Nothing has needed one so far: no state is pickled."""


def found_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and name of whatever is not safe."""
    loaders = set(_loaders(tree))
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Import):
            yield from ((line, one.name) for one in node.names if one.name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            named = {f"{module}.{one.name}" for one in node.names}
            yield from ((line, one) for one in sorted(named) if module.partition(".")[0] in MODULES or one in CALLS)
        elif isinstance(node, ast.Name | ast.Attribute) and _named(node).rpartition(".")[2] in NAMES:
            yield line, _named(node)
        elif isinstance(node, ast.Assign):
            yield from (
                (line, f"{one.attr}=")
                for one in node.targets
                if isinstance(one, ast.Attribute) and _is_off(one.attr, node.value)
            )
        elif isinstance(node, ast.Call):
            yield from ((line, name) for name in _called(node, loaders))


def _called(call: ast.Call, loaders: set[str]) -> Iterator[str]:
    name = _named(call.func)
    if name in CALLS:
        yield name
    given = {one.arg: one.value for one in call.keywords if one.arg}
    if name == "yaml.load":
        loader = given.get("Loader", call.args[1] if len(call.args) > 1 else None)
        if loader is None or _named(loader) not in SAFE_LOADERS | loaders:
            yield name
    if name.endswith("XMLParser") and not (
        _is(given.get("resolve_entities"), False) and _is(given.get("no_network"), True)
    ):
        yield name
    yield from (f"{name}({arg}=True)" for arg, value in given.items() if arg in ON and not _is(value, False))
    yield from (f"{name}({arg}=False)" for arg, value in given.items() if _is_off(arg, value))


def _loaders(tree: ast.AST) -> Iterator[str]:
    """Yield the classes of a module that are made of a safe loader, and the names that are one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and {_named(base) for base in node.bases} & SAFE_LOADERS:
            yield node.name


def _is(node: ast.expr | None, value: bool) -> bool:  # noqa: FBT001
    return isinstance(node, ast.Constant) and node.value is value


def _is_off(name: str, value: ast.expr) -> bool:
    return name in OFF and _is(value, value=False)


def _named(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_named(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py") if "target" not in path.parts)


def test_nothing_unsafe_is_in_the_code_but_for_named_reasons() -> None:
    assert len(FILES) > 300
    found = {}
    for path in FILES:
        file = str(path.relative_to(ROOT))
        for line, what in found_in(ast.parse(path.read_text(encoding="utf-8"), file)):
            if (file, what) not in ALLOWED:
                found[f"{file}:{line}"] = what
    assert not found


def test_a_name_that_stands_for_a_loader_is_a_safe_one() -> None:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and [_named(one) for one in node.targets] == ["_LOADER"]:
                assert ast.unparse(node.value) == "getattr(yaml, 'CSafeLoader', yaml.SafeLoader)", path


@pytest.mark.parametrize(
    "code",
    [
        *("import pickle", "from pickle import loads", "import xml.etree.ElementTree as ET", "import marshal as m"),
        *(
            "eval('1')",
            "exec(text)",
            "compile(text, '', 'exec')",
            "__import__(name)",
            "os.system(line)",
            "os.popen(line)",
        ),
        *(
            "yaml.load(text)",
            "yaml.load(text, Loader=yaml.Loader)",
            "yaml.load(text, yaml.FullLoader)",
            "yaml.unsafe_load(text)",
        ),
        *(
            "subprocess.run(line, shell=True)",
            "subprocess.run(line, shell=maybe)",
            "tempfile.mktemp()",
            "from tempfile import mktemp",
        ),
        *("requests.get(url, verify=False)", "session.get(url, ssl=False)", "context.check_hostname = False"),
        *("context.verify_mode = ssl.CERT_NONE", "etree.XMLParser()", "etree.XMLParser(resolve_entities=False)"),
        *("np.load(file, allow_pickle=True)", "ssl._create_unverified_context()"),
    ],
)
def test_what_is_unsafe_is_found(code: str) -> None:
    assert list(found_in(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        *(
            "yaml.safe_load(text)",
            "yaml.load(text, Loader=yaml.SafeLoader)",
            "re.compile('a')",
            "subprocess.run(argv, check=False)",
        ),
        *(
            "etree.XMLParser(resolve_entities=False, no_network=True)",
            "tempfile.mkdtemp()",
            "session.get(url, ssl=context)",
        ),
        "class Own(yaml.SafeLoader): pass\nyaml.load(text, Loader=Own)",
    ],
)
def test_what_is_safe_is_not(code: str) -> None:
    assert not list(found_in(ast.parse(code)))
