"""A silence is asked for, confirmed by a worker, listed and ended on real Kafka."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from streams.errors import ConfigurationError
from streams.silencing import silence, silences, unsilence
from tests.integration.harness import a_city, wait_ready

pytestmark = pytest.mark.kafka


def test_a_silence_is_confirmed_listed_and_ended(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    with a_city(kafka, topic_prefix, tmp_path / "logs", partitions=1) as city:
        wait_ready(city.start_worker(), city)
        command, confirmed = silence(
            city.settings, {"areas": "440507", "kinds": "streetlight"}, until=until, by="desk", why="works"
        )
        assert confirmed, city.logs()
        (held,) = silences(city.settings, datetime.now(UTC))
        assert (held.silence.id, held.silence.matcher.areas, held.obeyed) == (command.alert, ("440507",), True)
        with pytest.raises(ConfigurationError, match="no silence 'other' holds"):
            unsilence(city.settings, "other", by="desk")
        with pytest.raises(ConfigurationError, match="matches every alert"):
            silence(city.settings, {}, until=until, by="desk", why="works")
        with pytest.raises(ConfigurationError, match="has no area '999'"):
            silence(city.settings, {"areas": "999"}, until=until, by="desk", why="works")
        with pytest.raises(ConfigurationError, match="has no 'streetlamp': did you mean 'streetlight'"):
            silence(city.settings, {"areas": "440507", "kinds": "streetlamp"}, until=until, by="desk", why="works")
        assert unsilence(city.settings, command.alert, by="desk")
        assert silences(city.settings, datetime.now(UTC)) == []
