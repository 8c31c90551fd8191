"""`fenghuo people hash`: a password in, its hash out, and nowhere else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from streams.board.access.passwords import matches
from streams.cli import app
from streams.errors import ConfigurationError


def piped(password: bytes) -> str:
    result = CliRunner().invoke(app, ["people", "hash", "--stdin"], input=password, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output.strip()


def typed(*passwords: str) -> tuple[int, str]:
    """Run it on a terminal, and type."""
    master, slave = pty.openpty()
    command = [sys.executable, "-c", "from streams.cli import main; main()", "people", "hash"]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True) as process:
        os.close(slave)
        said = b""
        for password in passwords:
            while not said.rstrip(b" ").endswith(b":"):
                said += os.read(master, 1_024)
            time.sleep(0.3)
            os.write(master, f"{password}\n".encode())
            said += b"\n"
        try:
            while chunk := os.read(master, 1_024):
                said += chunk
        except OSError:
            pass
    os.close(master)
    return process.returncode, said.decode()


def test_a_piped_password_is_hashed_without_its_line_end() -> None:
    for line in (b"correct horse\n", b"correct horse\r\n", b"correct horse"):
        kept = piped(line)
        assert kept.startswith("$argon2id$")
        assert matches("correct horse", kept)


@pytest.mark.parametrize(
    ("line", "said"), [(b"short\n", "shorter than 10"), (b"\xff\xfe\xff\xfe\n", "not UTF-8"), (b"", "shorter than 10")]
)
def test_what_is_no_good_password_is_refused_without_repeating_it(line: bytes, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        piped(line)
    assert "short\n" not in str(caught.value)


def test_on_a_terminal_it_is_asked_for_twice_and_not_shown() -> None:
    code, said = typed("correct horse", "correct horse")
    assert code == 0, said
    assert "correct horse" not in said
    assert matches("correct horse", said.split()[-1])
    code, said = typed("correct horse", "correct house")
    assert (code, "was not the same twice" in said) == (2, True)


def test_a_pipe_without_being_told_so_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="give --stdin"):
        CliRunner().invoke(app, ["people", "hash"], input=b"correct horse\n", catch_exceptions=False)
