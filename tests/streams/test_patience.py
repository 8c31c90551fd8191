"""A stage is stalled when something waits for it and it does nothing; not when it had nothing to do."""

from __future__ import annotations

from streams.patience import Patience


def test_a_stage_that_rested_is_not_stalled_by_its_first_record() -> None:
    assert Patience().quiet_s("city", waiting=1, progressed_at=0.0, now=86_400.0) == 0.0


def test_a_stage_that_does_nothing_is_seen_however_busy_the_others_are() -> None:
    patience = Patience()
    for now in range(0, 90, 5):
        assert patience.quiet_s("detect", waiting=5, progressed_at=now, now=now) == 0.0
        quiet_s = patience.quiet_s("city", waiting=5, progressed_at=-1.0, now=now)
    assert quiet_s == 85.0


def test_what_is_worked_off_begins_anew() -> None:
    patience = Patience()
    patience.quiet_s("city", waiting=5, progressed_at=-1.0, now=0.0)
    patience.quiet_s("city", waiting=0, progressed_at=-1.0, now=50.0)
    assert patience.quiet_s("city", waiting=5, progressed_at=-1.0, now=100.0) == 0.0
