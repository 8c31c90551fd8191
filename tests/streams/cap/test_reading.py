"""Messages of CAP from outside: understood as far as they are meant, refused with the element at fault."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.cap.reading import LARGEST, read_cap
from streams.errors import BadInput
from tests.streams.cap.messages import a_message, an_area, an_info

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


def test_a_warning_is_read() -> None:
    message = read_cap(a_message())
    assert message.sent == datetime(2026, 8, 2, 22, 20, tzinfo=UTC)
    assert (message.status, message.msg_type) == ("Actual", "Alert")
    (info,) = message.infos
    assert (info.event, info.severity, info.codes) == ("暴雨", "Extreme", ("11B03",))
    assert info.areas[0].codes == ("440507000000",)


@pytest.mark.parametrize("namespace", ["", "urn:oasis:names:tc:emergency:cap:1.1"])
def test_older_namespaces_and_none_are_read(namespace: str) -> None:
    assert read_cap(a_message(namespace=namespace)).infos


def test_a_message_in_the_manner_of_the_national_standard_is_read() -> None:
    info = an_info(event="", code="", severity="RED", headline="").replace(
        "<urgency>", "<eventType>11B03</eventType><urgency>"
    )
    message = read_cap(a_message(info, sent="", sendTime="2026-08-03 06:20:00+08:00", namespace=""))
    assert message.sent == datetime(2026, 8, 2, 22, 20, tzinfo=UTC)
    assert message.infos[0].codes == ("11B03",)


@pytest.mark.parametrize(
    ("raw", "path", "word"),
    [
        (b"", "alert", "empty"),
        (b"<alert", "alert", "no XML"),
        (b"<feed/>", "alert", "root element is feed"),
        (a_message(namespace="urn:other"), "alert", "urn:other"),
        (a_message(identifier=""), "alert/identifier", "missing"),
        (a_message(sent=""), "alert/sent", "missing"),
        (a_message(sent="2026-08-03T06:20:00"), "alert/sent", "offset"),
        (a_message(sent="2026-02-30T06:20:00+08:00"), "alert/sent", "no instant"),
        (a_message(status="Real"), "alert/status", "Actual, Exercise"),
        (a_message(msgType="Warning"), "alert/msgType", "Alert, Update"),
        (a_message(references="somebody"), "alert/references", "sender,identifier"),
        (a_message(an_info(), an_info(expires="soon")), "alert/info[2]/expires", "2026-08-03T06:20:00+08:00"),
        (
            a_message(an_info(areas=an_area() + an_area(shape="<polygon>1,2 3,4</polygon>"))),
            "alert/info[1]/area[2]/polygon",
            "closed",
        ),
        (a_message(an_info(areas=an_area(shape="<circle>23,116</circle>"))), "alert/info[1]/area[1]/circle", "radius"),
        (
            a_message(an_info(areas=an_area(shape="<circle>116,23 5</circle>"))),
            "alert/info[1]/area[1]/circle",
            "degrees",
        ),
    ],
)
def test_a_fault_names_the_element_and_what_to_do(raw: bytes, path: str, word: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_cap(raw)
    assert caught.value.path == path
    assert word in caught.value.message


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE alert [" + LAUGHS.replace("&l0;", "ha") + "]>",
        '<!DOCTYPE alert SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        "<!DOCTYPE alert>",
    ],
    ids=["billion laughs", "external subset", "file entity", "bare"],
)
def test_no_document_type_is_taken_so_nothing_is_expanded_or_fetched(doctype: str) -> None:
    entity = b"&l11;" if "l11" in doctype else b"&x;" if "ENTITY x" in doctype else b"x"
    raw = a_message().replace(b"?>", f"?>{doctype}".encode(), 1).replace("暴雨".encode(), entity, 1)
    with pytest.raises(BadInput) as caught:
        read_cap(raw)
    assert caught.value.reason in {"DOCTYPE", "NOT_XML"}


def test_what_a_file_entity_names_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret", encoding="utf-8")
    doctype = f'<!DOCTYPE alert [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    raw = a_message(identifier="&x;").replace(b"?>", f"?>{doctype}".encode(), 1)
    with pytest.raises(BadInput) as caught:
        read_cap(raw)
    assert "the secret" not in str(caught.value)


def test_too_large_a_message_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(BadInput, match="larger than 4 MiB"):
        read_cap(b"<" * (LARGEST + 1))


def test_too_many_elements_are_refused() -> None:
    with pytest.raises(BadInput, match="100,000 elements"):
        read_cap(a_message("<info/>" * 100_001))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: a_message(f"<info>{text}</info>")))
def test_whatever_comes_is_read_or_refused_with_a_reason(raw: bytes) -> None:
    with suppress(BadInput):  # anything else fails
        read_cap(raw)
