"""The access file: strict, every fault with its line, secrets elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.board.access.config import load_access, loopback
from streams.errors import ConfigurationError

GOOD = """
hosts: [board.example.gov.cn]
proxies: [10.0.0.7, "fd00::/8"]
account_header: X-Forwarded-User
session: {idle_hours: 8, longest_hours: 12}
oidc:
  issuer: https://id.example.gov.cn/realm
  client_id: fenghuo
  client_secret_from: OIDC_SECRET
  claim: sub
  accounts: {"u-17": li}
  name: {zh: 政务认证, en: Government sign-on}
"""
ENV = {"OIDC_SECRET": "hush"}


def written(folder: Path, text: str) -> Path:
    path = folder / "access.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ConfigurationError) as caught:
        load_access(written(folder, text), ENV)
    return [(fault.line, fault.path, fault.message) for fault in caught.value.faults]


def test_everything_is_read_and_the_secret_comes_from_elsewhere(tmp_path: Path) -> None:
    access, secret = load_access(written(tmp_path, GOOD), ENV)
    assert access.hosts == ("board.example.gov.cn",)
    assert [str(one) for one in access.networks()] == ["10.0.0.7/32", "fd00::/8"]
    assert (access.session.idle_hours, access.session.longest_hours) == (8, 12)
    assert access.oidc is not None
    assert access.oidc.accounts == {"u-17": "li"}
    assert secret.reveal() == "hush"
    assert "hush" not in repr((access, secret))


def test_a_shift_is_twelve_hours_unless_told_otherwise(tmp_path: Path) -> None:
    access, _ = load_access(written(tmp_path, "{}"), ENV)
    assert (access.session.idle_hours, access.session.longest_hours, access.oidc) == (12, 24, None)


@pytest.mark.parametrize(
    ("text", "line", "path", "said"),
    [
        ("host: [a]", 1, "$.host", "unknown field 'host': did you mean 'hosts'?"),
        ("hosts: ['https://a']", 1, "$.hosts[0]", "is no host name"),
        ("hosts: ['*.a.cn']", 1, "$.hosts[0]", "is no host name"),
        ("hosts:\n - a\n - b:80", 3, "$.hosts[1]", "is no host name"),
        ("proxies: [10.0.0.7/8]", 1, "$.proxies[0]", "is no address or network"),
        ("proxies: [0.0.0.0/0]", 1, "$.proxies[0]", "is everybody"),
        ("proxies: ['::/0']", 1, "$.proxies[0]", "is everybody"),
        ("account_header: X-User", 1, "$.account_header", "nobody is believed"),
        ("account_header: Cookie\nproxies: [10.0.0.7]", 1, "$.account_header", "is no header of its own"),
        ("account_header: 'a b'\nproxies: [10.0.0.7]", 1, "$.account_header", "is no header of its own"),
        ("session: {idle_hours: '8'}", 1, "$.session.idle_hours", "expected a number"),
        ("session: {idle_hours: 30}", 1, "$.session.idle_hours", "is more than longest_hours"),
        ("session: {idle_hours: 0}", 1, "$.session.idle_hours", "out of range"),
        ("session: {longest: 3}", 1, "$.session.longest", "unknown field"),
        ("hosts: []\nhosts: []", 2, "$.hosts", "stands twice"),
    ],
)
def test_every_fault_is_told_with_its_line(tmp_path: Path, text: str, line: int, path: str, said: str) -> None:
    found = faults(tmp_path, text)
    assert (found[0][0], found[0][1]) == (line, path)
    assert said in found[0][2]


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        (("https://id", "http://id"), "$.oidc.issuer", "has to be https"),
        (("https://id.example.gov.cn/realm", "id"), "$.oidc.issuer", "is no address"),
        (("https://id.example.gov.cn/realm", "https://u:p@id.cn"), "$.oidc.issuer", "is no address"),
        (("claim: sub", "scopes: [profile]"), "$.oidc.scopes", "has to hold openid"),
        (("client_secret_from: OIDC_SECRET", "client_secret: hush"), "$.oidc.client_secret", "does not stand here"),
        (("OIDC_SECRET", "NO_SUCH"), "$.oidc.client_secret_from", "there is no variable NO_SUCH"),
        (
            ("client_secret_from: OIDC_SECRET", "client_secret_file: none"),
            "$.oidc.client_secret_file",
            "cannot be read",
        ),
        (("  client_id: fenghuo\n", ""), "$.oidc.client_id", "is missing"),
        (("claim: sub", "claims: sub"), "$.oidc.claims", "did you mean 'claim'?"),
    ],
)
def test_a_provider_is_described_completely_and_safely(
    tmp_path: Path, change: tuple[str, str], path: str, said: str
) -> None:
    found = faults(tmp_path, GOOD.replace(*change))
    assert [(at, said in message) for _, at, message in found] == [(path, True)]


def test_a_provider_on_this_machine_may_do_without_https(tmp_path: Path) -> None:
    text = GOOD.replace("https://id.example.gov.cn/realm", "http://127.0.0.1:9000")
    assert load_access(written(tmp_path, text), ENV).access.oidc is not None


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("localhost", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("192.0.2.1", False),
        ("a.localhost.b", False),
    ],
)
def test_this_machine_is_known(host: str, *, own: bool) -> None:
    assert loopback(host) == own
