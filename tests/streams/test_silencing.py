"""What a silence names has to be there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from streams.errors import ConfigurationError
from streams.settings import Settings
from streams.silencing import silence


@pytest.mark.parametrize(
    ("matcher", "says"),
    [
        ({"areas": "999"}, "--area: 汕头市 has no area '999'"),
        ({"kinds": "gas_leak,streetlamp"}, "--kind: the taxonomy has no 'streetlamp': did you mean 'streetlight'?"),
        ({"classes": "public_safty"}, "--class: the taxonomy has no 'public_safty': did you mean 'public_safety'?"),
    ],
)
def test_a_silence_of_what_there_is_not_is_refused(matcher: dict[str, str], says: str) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    with pytest.raises(ConfigurationError) as refused:
        silence(Settings(), {"areas": "440507"} | matcher, until=until, by="desk", why="works")
    assert [str(one) for one in refused.value.faults] == [says]
