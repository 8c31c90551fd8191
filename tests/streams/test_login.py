"""How to get into a cluster: what goes together, what is refused, and what clients are told."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from streams.errors import ConfigurationError
from streams.login import Login
from streams.settings import Settings, load_settings, read_settings
from tests.certificates import Authority

PLANTED = "planted-password-of-the-cluster"


def given(**over: str) -> dict[str, str]:
    return {f"FENGHUO_KAFKA_{name.upper()}": value for name, value in over.items()}


def test_what_is_said_reaches_every_client_in_words_both_libraries_know(tmp_path: Path) -> None:
    authority, file = Authority(tmp_path), tmp_path / "password"
    file.write_text(f"{PLANTED}\n", encoding="utf-8")
    pair = authority.issue("worker")
    variables = given(
        security="sasl_ssl",
        user="worker",
        password_file=str(file),
        ca=str(authority.file),
        certificate=str(pair.certificate),
        key_file=str(pair.key),
    )
    told = load_settings(variables).client()
    context = told.pop("ssl_context")
    assert told == {
        "bootstrap_servers": "127.0.0.1:9092",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "worker",
        "sasl_plain_password": PLANTED,
    }
    assert [one["subject"] for one in context.get_ca_certs()] == [((("commonName", "Authority of a test"),),)]
    assert load_settings({}).client() == {"bootstrap_servers": "127.0.0.1:9092", "security_protocol": "PLAINTEXT"}


def test_no_setting_turns_off_that_names_are_held_against_certificates() -> None:
    context = Login(security="ssl").context()
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    names = {name for name in Settings.__struct_fields__ if name.startswith("kafka_")}
    assert not [name for name in names if "verify" in name or "hostname" in name or "insecure" in name]


@pytest.mark.parametrize(
    ("said", "faults"),
    [
        ({"security": "tls"}, {"security": "is none of plaintext, ssl"}),
        ({"mechanism": "MD5", "user": "x"}, {"mechanism": "is none of SCRAM-SHA-512"}),
        ({"security": "sasl_ssl"}, {"user": "is needed for sasl_ssl", "password": "is needed for sasl_ssl"}),
        ({"user": "x", "password": PLANTED}, {"user": "goes with sasl_pl", "password": "goes with sasl_plaintext"}),
        ({"ca": __file__}, {"ca": "goes with ssl and sasl_ssl, and only there"}),
        ({"security": "ssl", "ca": __file__}, {"ca": "holds no certificate in PEM"}),
        ({"security": "ssl", "ca": "/no/such"}, {"ca": "there is no file /no/such"}),
        ({"security": "ssl", "certificate": __file__}, {"key_file": "certificate and key go together"}),
        ({"security": "ssl", "certificate": __file__, "key_file": __file__}, {"certificate": "are no certificate in"}),
        (
            {"security": "sasl_plaintext", "mechanism": "PLAIN", "user": "x", "password": PLANTED},
            {"mechanism": "PLAIN would send the password for all to read"},
        ),
        (
            {"security": "sasl_ssl", "user": "x", "password": PLANTED, "password_file": __file__},
            {"password_file": "give the password or its file, not both"},
        ),
        ({"password_fil": "x"}, {"password_fil": "do you mean FENGHUO_KAFKA_PASSWORD_FILE?"}),
    ],
)
def test_what_does_not_go_together_is_refused_every_fault_at_once(said: dict[str, str], faults: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(given(**said))
    assert PLANTED not in str(caught.value)
    found = {fault.file: fault.message for fault in caught.value.faults}
    assert found.keys() == given(**faults).keys()
    assert all(faults[name.removeprefix("FENGHUO_KAFKA_").lower()] in message for name, message in found.items())


def test_a_password_shows_in_no_way_it_could_by_accident() -> None:
    settings, faults = read_settings(given(security="sasl_ssl", user="x", password=PLANTED))
    assert not faults
    assert settings.login().password == PLANTED
    shown = [repr(settings), str(settings), f"{settings}", repr(settings.login()), str(settings.login())]
    assert not [text for text in shown if PLANTED in text]


def test_a_key_with_a_passphrase_is_refused_and_nobody_asked_for_it(tmp_path: Path) -> None:
    pair = Authority(tmp_path).issue("worker")
    locked = tmp_path / "locked"
    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    how = serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"a passphrase")
    locked.write_bytes(key.private_bytes(serialization.Encoding.PEM, *how))
    login = Login(security="ssl", certificate=str(pair.certificate), key_file=str(locked))
    assert [(name, "without a passphrase" in said) for name, said in login.faults()] == [("certificate", True)]
