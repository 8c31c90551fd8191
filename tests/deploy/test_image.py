"""The image: pinned, small, nobody's but its own user's, and with what it copies."""

from __future__ import annotations

import http.server
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.deploy.facts import ALIVE, DEPLOY, METRICS, PORTS, ROOT, SECRET, VARIABLES, is_pinned

CHECK = DEPLOY / "healthcheck.py"


def instructions() -> list[tuple[str, str]]:
    """Every instruction of the Dockerfile with its arguments, continued lines joined."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = [line for line in re.sub(r"\\\n\s*", "", text).splitlines() if line.strip()]
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for name, rest in instructions():
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


def test_every_base_is_pinned_and_the_same() -> None:
    bases = {rest.split()[0] for name, rest in instructions() if name == "FROM"}
    assert len(bases) == 1
    assert all(is_pinned(base) and "slim" in base for base in bases)


def test_it_ends_as_a_user_that_is_not_root_and_has_a_number() -> None:
    last = stages()[-1]
    users = [rest for name, rest in last if name == "USER"]
    assert users == ["10001:10001"]
    after = [name for name, _ in last[[name for name, _ in last].index("USER") :]]
    assert not {"RUN", "COPY", "ADD"} & set(after)


def test_what_builds_stays_behind() -> None:
    assert len(stages()) == 2
    last = " ".join(f"{name} {rest}" for name, rest in stages()[-1])
    assert "apt-get" not in last
    assert "pip install" not in last
    assert "pip uninstall --yes" in last


def test_nothing_is_fetched_by_address_and_no_secret_is_in_it() -> None:
    for name, rest in instructions():
        assert name != "ADD"
        assert "://" not in rest
        assert not any(variable in rest for variable in SECRET)
        if name in {"ARG", "ENV"}:
            assert not re.search(r"PASSWORD|TOKEN|SECRET|_KEY\b", rest)


def test_libraries_are_the_pinned_ones_and_never_built_here() -> None:
    installs = [rest for name, rest in instructions() if name == "RUN" and "install" in rest and "-r needed" in rest]
    assert len(installs) == 1
    assert "--only-binary=:all: -c constraints.txt" in installs[0]


def test_the_context_lets_in_what_is_copied_and_nothing_else() -> None:
    let_in = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    }
    copied = set()
    for name, rest in stages()[0]:
        if name == "COPY":
            copied |= {one for one in shlex.split(rest)[:-1] if not one.startswith("--")}
    assert copied == let_in
    assert [one for one in copied if not (ROOT / one).exists()] == []


def test_its_ports_and_variables_are_ours() -> None:
    (ports,) = [rest.split() for name, rest in instructions() if name == "EXPOSE"]
    assert {int(port) for port in ports} == {*PORTS.values(), *METRICS.values()}
    (env,) = [rest for name, rest in stages()[-1] if name == "ENV"]
    assert {name for name in re.findall(r"(\w+)=", env) if name.startswith("FENGHUO_")} <= VARIABLES.keys()


def test_it_looks_after_itself_and_is_labelled() -> None:
    last = dict(stages()[-1])
    assert "HEALTHCHECK" in last
    assert last["ENTRYPOINT"] == '["fenghuo"]'
    assert "org.opencontainers.image.licenses" in last["LABEL"]


@contextmanager
def answering(status: int) -> Iterator[int]:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def check(*places: str) -> int:
    return subprocess.run([sys.executable, CHECK, *places], check=False, capture_output=True, timeout=20).returncode


@pytest.mark.parametrize(("status", "code"), [(200, 0), (303, 0), (404, 0), (503, 1)])
def test_the_health_check_goes_by_what_is_answered(status: int, code: int) -> None:
    with answering(status) as port:
        assert check(f"{port}/health") == code


def test_the_health_check_fails_where_nobody_listens() -> None:
    with answering(200) as port:
        pass
    assert check(f"{port}/health") == 1


def test_the_health_check_knows_the_pages_of_every_process() -> None:
    text = CHECK.read_text(encoding="utf-8")
    for command, port in PORTS.items():
        assert f'"{port}{ALIVE.get(command, "/")}"' in text
