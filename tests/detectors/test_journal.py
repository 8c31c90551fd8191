"""What is written once, kept until it expires, and read back in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detectors.journal import Journal

STEPS = st.lists(st.one_of(st.integers(0, 50), st.just("write"), st.just("forget")), max_size=60)


@given(STEPS, st.integers(1, 5))
def test_a_restored_journal_holds_every_entry_that_has_not_expired(steps: list[object], size: int) -> None:
    journal: Journal[int] = Journal(int, size=size)
    stored: dict[str, bytes] = {}
    added: list[int] = []
    watermark = 0.0
    for step in [*steps, "write"]:
        if isinstance(step, int):
            added.append(step)
            journal.add(step, expires=float(step))
        elif step == "forget":
            watermark += 10
            journal.forget(watermark)
        else:
            for name, data in journal.dirty().items():
                stored.pop(name, None)
                if data is not None:
                    stored[name] = data
    again: Journal[int] = Journal(int, size=size)
    found = list(again.restore(stored))
    alive = [entry for entry in added if entry >= watermark]
    kept = iter(added)
    assert all(entry in kept for entry in found)  # a subsequence: nothing twice, nothing out of order
    assert [entry for entry in found if entry >= watermark] == alive


def test_a_chunk_that_is_full_is_not_written_again() -> None:
    journal: Journal[str] = Journal(str, size=2)
    for name in "abc":
        journal.add(name, expires=1.0)
    assert sorted(journal.dirty()) == ["00000000", "00000001"]
    journal.add("d", expires=1.0)
    assert sorted(journal.dirty()) == ["00000001"]
    assert journal.dirty() == {}


def test_what_is_added_after_a_restart_goes_into_a_chunk_of_its_own() -> None:
    journal: Journal[str] = Journal(str)
    journal.add("a", expires=1.0)
    first = journal.dirty()
    again: Journal[str] = Journal(str)
    assert list(again.restore({name: data for name, data in first.items() if data})) == ["a"]
    again.add("b", expires=2.0)
    assert sorted(again.dirty()) == ["00000001"]
    again.forget(1.5)
    assert again.dirty() == {"00000000": None}
