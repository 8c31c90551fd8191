"""The file of channels: what it may hold, every fault at once, and that no secret shows."""

from __future__ import annotations

import pickle
import traceback
from pathlib import Path

import pytest

from streams.channels.base import Recipient
from streams.channels.loading import channel_types, load_channels
from streams.channels.settings import Secret
from streams.errors import ConfigurationError, Fault
from tests.builders import an_area_tree

ROBOT = "https://qyapi.example/cgi-bin/webhook/send?key=693a91f6-SECRET"
ENV = {"WECOM_URL": ROBOT, "DING_URL": "https://ding.example/robot/send?access_token=ab", "DING_SIGN": "SECab"}
ROOT = Path(__file__).resolve().parents[3]


def written(folder: Path, text: str) -> Path:
    path = folder / "channels.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(path: Path, env: dict[str, str] = ENV) -> list[Fault]:
    with pytest.raises(ConfigurationError) as caught:
        load_channels(path, env, areas=an_area_tree())
    shown = "".join(traceback.format_exception(caught.value))
    for value in env.values():
        assert value not in shown
    return caught.value.faults


def test_every_type_is_found_by_itself() -> None:
    assert list(channel_types()) == [
        *("alertmanager", "apprise", "cap", "dingtalk", "email", "feishu", "kafka", "ntfy", "webhook", "wecom")
    ]


def test_channels_are_opened_with_their_limits_and_secrets_from_variables_and_files(tmp_path: Path) -> None:
    (tmp_path / "sign").write_text("SECret\n", encoding="utf-8")
    path = written(
        tmp_path,
        "channels:\n  duty-wecom: {type: wecom, url_from: WECOM_URL}\n"
        "  duty-ding: {type: dingtalk, url_from: DING_URL, sign_file: sign, per_minute: 5, mention_from: red}\n"
        "  city-mail: {type: email, host: mail.example, sender: a@b.example, security: none}\n",
    )
    channels = load_channels(path, ENV, areas=an_area_tree())
    assert {name: (channel.name, channel.per_minute) for name, channel in channels.items()} == {
        "duty-wecom": ("duty-wecom", 20),
        "duty-ding": ("duty-ding", 5),
        "city-mail": ("city-mail", None),
    }
    assert channels["duty-ding"]._sign.reveal() == "SECret"  # type: ignore[attr-defined]


def test_every_fault_is_reported_at_once_with_its_place_and_no_secret(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "channels:\n"
        "  a: {type: wecom, url: https://qyapi.example/send?key=HUSH}\n"
        "  b: {type: wecom, url_from: 'https://qyapi.example/send?key=HUSH'}\n"
        "  c: {type: wecom, url_from: MISSING, per_minute: 0}\n"
        "  d: {type: wecon}\n"
        "  e: {type: webhook, url_from: PRIVATE, key_from: SHORT, alow_private: true}\n"
        "  f: {type: webhook, url_from: PRIVATE, key_from: SHORT}\n"
        "  g: {type: dingtalk, url_from: PLAIN, sign_file: nowhere}\n"
        "  h: {type: kafka, bootstrap: 'b:9092', topic: 'a b', user: x}\n"
        "  Über: {type: wecom}\n"
        "  i: 3\n"
        "  i: {type: email, host: h, sender: nobody, password_from: SHORT, timeout_s: 600}\n"
        "  j: {type: email, host: h, sender: nobody, password_from: SHORT}\n"
        "  k: {type: apprise, url_from: SHORT}\n"
        "  l: {type: wecom, url_from: EMPTY, url_file: x}\n"
        "routes: {}\ntemplates: nowhere.yaml\n",
    )
    env = {"PRIVATE": "https://192.168.1.1/hushhush", "SHORT": "hushhush", "PLAIN": "http://ding.example/x?y=hushhush"}
    faults = faults_of(path, {**env, "EMPTY": "hushhush2"})
    said = {(fault.path, fault.line): fault.message for fault in faults}
    assert "HUSH" not in str(faults)
    assert said["$.channels.a.url", 2].startswith("a secret does not stand here")
    assert said["$.channels.b.url_from", 3].startswith("is no name of a variable")
    assert said["$.channels.c.url_from", 4] == "there is no variable MISSING"
    assert "out of range" in said["$.channels.c.per_minute", 4]
    assert "did you mean 'wecom'" in said["$.channels.d.type", 5]
    assert "did you mean 'allow_private'" in said["$.channels.e.alow_private", 6]
    assert "not on the public internet" in said["$.channels.f.url_from", 7]
    assert "fewer than 16 bytes" in said["$.channels.f.key_from", 7]
    assert said["$.channels.g.sign_file", 8] == "cannot be read: no such file or directory"
    assert "letters, digits" in said["$.channels.h.topic", 9]
    assert said["$.channels.h.user", 9] == "goes with sasl_plaintext and sasl_ssl, and only there"
    assert "a name has small letters" in said["$.channels.Über", 10]
    assert said["$.channels.i", 12].startswith("stands twice")
    assert said["$.channels.j.sender", 13] == "is no e-mail address"
    assert said["$.channels.j.user", 13].startswith("a login needs both")
    assert said["$.channels.k.url_from", 14].endswith("no URL that Apprise knows")
    assert said["$.channels.l.url_file", 15] == "give url_from or url_file, not both"
    assert said["$.routes", 16] == "unknown field 'routes'; known: channels, templates"
    assert any(fault.file.endswith("nowhere.yaml") for fault in faults)


def test_http_in_the_open_is_refused_for_what_holds_a_key(tmp_path: Path) -> None:
    path = written(tmp_path, "channels: {a: {type: dingtalk, url_from: PLAIN}}")
    (fault,) = faults_of(path, {"PLAIN": "http://ding.example/robot/send?access_token=ab"})
    assert "use https" in fault.message


@pytest.mark.parametrize(
    "text", ["", "[]", "channels: []", "channels: {a: {type: 3}}", "channels: [", "channels: {3: {}}"]
)
def test_what_is_no_file_of_channels_is_refused(tmp_path: Path, text: str) -> None:
    assert faults_of(written(tmp_path, text))


def test_a_secret_shows_in_no_way_it_could_by_accident() -> None:
    secret = Secret(ROBOT)
    for shown in (repr(secret), str(secret), f"{secret}", f"{[secret]}", repr(vars(Holder(secret)))):
        assert "SECRET" not in shown
    assert secret.reveal() == ROBOT
    with pytest.raises(TypeError):
        pickle.dumps(secret)


class Holder:
    """Holds a secret, as a channel does."""

    def __init__(self, secret: Secret) -> None:
        self.secret = secret


def test_an_address_does_not_show_in_a_recipient() -> None:
    shown = repr(Recipient(id="zhang.wei", channel="sms", address="13800000000"))
    assert "zhang.wei" in shown
    assert "13800000000" not in shown
