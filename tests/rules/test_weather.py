"""What weather warnings are called."""

from __future__ import annotations

from rules.alert import Text
from rules.condition import Context
from rules.phrases import context_text
from rules.weather import known_warnings, warnings_text


def test_every_warning_a_rule_may_name_has_a_chinese_name() -> None:
    assert not any(character.isascii() for one in known_warnings() for character in warnings_text((one,)).zh)


def test_colours_of_one_warning_are_said_together_and_none_where_any_will_do() -> None:
    said = context_text(Context(weather=("typhoon_orange", "rainstorm_red", "typhoon_red", "icy_road")))
    assert said == Text(
        "气象预警（台风橙色或红色、暴雨红色、道路结冰）",
        "weather warning (typhoon orange or red, rainstorm red, icy roads)",
    )
