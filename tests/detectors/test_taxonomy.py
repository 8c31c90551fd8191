from __future__ import annotations

import pytest

from detectors.taxonomy import load_taxonomy, read_taxonomy

CLASSES = {
    "public_safety": "gas_leak ebike_fire fire_hazard hazmat confined_space building_danger elevator_trap",
    "utilities": "water_outage power_outage gas_outage heating telecom",
    "municipal": "road_collapse manhole wire_down pipe_burst streetlight",
    "natural_hazard": "waterlogging tree_fall landslide ice_snow",
    "public_health": "food_poisoning cluster_illness tap_water animal",
    "environment": "odor noise dust water_pollution dumping",
    "labour_finance": "wage_arrears prepaid housing_delivery mass_finance consumer",
    "dispute": "family neighbour property land medical tenancy",
    "order": "theft fraud fight crowd threat missing",
    "city_management": "garbage vendor illegal_build parking outdoor_ad traffic",
    "other": "other",
}


def test_the_shipped_taxonomy_has_the_kinds_of_the_design_in_their_classes() -> None:
    taxonomy = load_taxonomy()
    found: dict[str, list[str]] = {}
    for kind in taxonomy.kinds.values():
        found.setdefault(kind.category, []).append(kind.id)
    assert found == {name: kinds.split() for name, kinds in CLASSES.items()}
    assert list(taxonomy.categories) == list(CLASSES)


def test_every_kind_has_two_names_and_words_to_be_found_by() -> None:
    for kind in load_taxonomy().kinds.values():
        assert kind.zh
        assert kind.en
        assert kind.words or kind.id == "other"
        assert len(kind.words) >= 4 or kind.id == "other"


def test_no_two_kinds_have_the_same_name() -> None:
    kinds = load_taxonomy().kinds.values()
    assert len({kind.zh for kind in kinds}) == len({kind.en for kind in kinds}) == len(kinds)


def test_the_class_of_an_unknown_kind_is_other() -> None:
    taxonomy = load_taxonomy()
    assert taxonomy.category_of("gas_leak") == "public_safety"
    assert taxonomy.category_of("flying_saucer") == "other"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "not a taxonomy"),
        ("a: [", "not a taxonomy"),
        ("version: 1\nclasses: {}\nkinds: {x: {class: nowhere, zh: 某, en: X}}", "unknown class in x"),
        ("version: 1\nclasses: {c: {zh: 类, en: C}}\nkinds: {x: {class: c, zh: 某, en: X}}", "no kind 'other'"),
        (
            "version: 1\nclasses: {c: {zh: 类, en: C}}\nkinds: {other: {class: c, zh: 某, en: X, words: {a: 0}}}",
            "words",
        ),
        (
            "version: 1\nclasses: {}\nkinds: {}\nexclusions: [{words: [], cancels: text, spares: [q]}]",
            "unknown class in q",
        ),
    ],
)
def test_a_bad_taxonomy_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_taxonomy(text)
