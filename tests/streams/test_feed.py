"""What a feed is told to send."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from streams.codec import decode_dead_letter
from streams.errors import ConfigurationError
from streams.feed import parcels, read_inputs
from streams.sources.hotline import HotlineCall
from streams.sources.mapping_row import RowBad, RowOk
from tests.builders import T0


def files(folder: Path, *names: str) -> list[str]:
    """Empty files."""
    for name in names:
        (folder / name).write_text("")
    return [str(folder / name) for name in names]


def test_a_report_is_sent_as_its_contract_says() -> None:
    call = HotlineCall(id="1", occurred_at=datetime.fromtimestamp(T0, UTC), text="路灯不亮")
    (parcel,) = parcels([RowOk(call, T0, 10)])
    assert (parcel.t, parcel.topic, parcel.bad) == (T0, "hotline.calls", False)
    assert msgspec.json.decode(parcel.value, type=HotlineCall) == call


def test_a_bad_row_is_a_dead_letter_with_the_mappings_reason_the_file_the_line_and_the_original_bytes() -> None:
    (parcel,) = parcels([RowBad("police", b"\xff,;", "TIME", "$.date", "fits none of the formats", 3, "calls.csv")])
    letter = decode_dead_letter(parcel.value)
    assert (parcel.t, parcel.topic, parcel.key, parcel.bad) == (None, "dead-letters", b"calls.csv:3", True)
    assert (letter.reason, letter.path, letter.message) == ("TIME", "$.date", "fits none of the formats")
    assert (letter.file, letter.offset, letter.topic, letter.partition) == ("calls.csv", 3, "police.events", -1)
    assert (letter.where, letter.original()) == ("calls.csv:3", b"\xff,;")


def test_of_a_row_too_large_for_its_topic_the_beginning_is_kept_and_the_letter_says_so() -> None:
    (parcel,) = parcels([RowBad("police", b"x" * 8_000_001, "NOT_CSV", "$", "its quotes do not match", 1, "a.csv")])
    letter = decode_dead_letter(parcel.value)
    assert len(letter.original()) == 8_000_000
    assert letter.message == "its quotes do not match (of its 8,000,001 bytes the first 8,000,000 are kept)"
    assert len(parcel.value) < 16 * 1024 * 1024


def test_a_mapping_holds_for_the_files_after_it(tmp_path: Path) -> None:
    a, b, c = files(tmp_path, "a.csv", "b.csv", "c.csv")
    found = read_inputs(["stlouis-requests", a, b, "stlouis-incidents", c])
    assert [(mapping.name, path.name) for mapping, path in found] == [
        ("stlouis-requests", "a.csv"),
        ("stlouis-requests", "b.csv"),
        ("stlouis-incidents", "c.csv"),
    ]


def test_a_yaml_of_ones_own_begins_a_group(tmp_path: Path) -> None:
    (a,) = files(tmp_path, "a.csv")
    with pytest.raises(ConfigurationError, match=r"own\.yaml: no such mapping"):
        read_inputs(["stlouis-requests", a, str(tmp_path / "own.yaml"), a])


def test_files_without_a_mapping_are_refused_with_what_is_missing(tmp_path: Path) -> None:
    (a,) = files(tmp_path, "a.csv")
    with pytest.raises(ConfigurationError) as caught:
        read_inputs([a])
    assert [fault.message for fault in caught.value.faults] == [
        "is no mapping: name one before the files, from `fenghuo mappings` or a .yaml of your own"
    ]


def test_a_folder_and_a_misspelt_file_say_what_to_give_instead(tmp_path: Path) -> None:
    files(tmp_path, "calls-2018.csv")
    with pytest.raises(ConfigurationError) as caught:
        read_inputs(["stlouis-requests", str(tmp_path), str(tmp_path / "calls-2081.csv")])
    assert [fault.message for fault in caught.value.faults] == [
        "is a folder: give the files in it",
        f"no such file; did you mean `{tmp_path / 'calls-2018.csv'}`?",
    ]


def test_every_fault_of_the_arguments_is_named_at_once(tmp_path: Path) -> None:
    (a,) = files(tmp_path, "a.csv")
    with pytest.raises(ConfigurationError) as caught:
        read_inputs(["stlouis-request", a, "missing.csv", "pingshan", "stlouis-incidents", a, "chicago-food"])
    said = [str(fault) for fault in caught.value.faults]
    assert len(said) == 4
    assert "stlouis-request: no such mapping" in said[0]
    assert said[1:] == [
        "missing.csv: no such file",
        "pingshan: no file is given for this mapping",
        "chicago-food: no file is given for this mapping",
    ]
