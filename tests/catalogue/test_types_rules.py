"""Tests of the words that tell what a product is."""

from __future__ import annotations

import pytest

from marketplace.catalogue.types import rules
from marketplace.catalogue.types.schemas import Known


@pytest.mark.parametrize(
    "title, brand, part_number, words",
    [
        ("TP-LINK RE505X network extender Network transmitter White", "TP-LINK", "RE505X", ["network", "extender", "network", "transmitter"]),
        ("Canon LA-DC52 Lens Adapter camera lens adapter", "Canon", "LA-DC52 Lens Adapter", ["camera", "lens", "adapter"]),
        ("ASUS 90X notebook 15.6 inches", "ASUS", "90X", ["notebook"]),
        ("HP 6530b Notebook Black 35.8 cm", "HP", "6530b", ["notebook"]),
        ("Brother TN-2110", "Brother", "TN-2110", []),
        ("Xerox Black toner", "Xerox", "", []),
        ("Máy in laser", "", "", ["may", "in", "laser"]),
        ("Ball valve BV8-PN16, brass", "Armco", "BV8-PN16", ["ball", "valve"]),
        ("Deep groove ball bearings 6200, steel", "", "6200", ["deep", "groove", "ball", "bearing"]),
        ("", "", "", []),
    ],
)
def test_the_head_of_a_title_follows_brand_and_model(title: str, brand: str, part_number: str, words: list[str]) -> None:
    assert rules.head(title, brand=brand, part_number=part_number) == words


@pytest.mark.parametrize(
    "title, part_number, words",
    [
        ("Philips Car Chargers for iPhone", "Car Chargers for iPhone", ["car", "charger"]),
        ("StarTech.com Laptop Privacy Screen - Magnetic", "", ["startech", "com", "laptop", "privacy", "screen"]),
        ("Notebook Stands, black", "Notebook Stands, black", ["notebook", "stand"]),
        ("One two three four five six seven eight", "", ["three", "four", "five", "six", "seven", "eight"]),
    ],
)
def test_the_tail_of_a_name_ends_before_what_it_is_for(title: str, part_number: str, words: list[str]) -> None:
    assert rules.tail(title, brand=title.split(maxsplit=1)[0], part_number=part_number) == words


def test_the_longest_phrase_at_the_head_counts_before_one_at_the_end_of_the_name() -> None:
    known = Known(frozenset({"notebook", "notebook case", "charger"}), frozenset({"nylon"}))
    assert rules.kind(["notebook", "case", "nylon"], ["car", "charger"], known) == "notebook case"
    assert rules.kind(["notebook"], [], known) == "notebook"
    assert rules.kind(["unknown"], ["car", "charger"], known) == "charger"
    assert rules.kind(["unknown"], ["plate"], known) is None


def test_what_goes_on_behind_a_type_is_of_it_only_by_a_word_that_follows_several() -> None:
    known = Known(frozenset({"notebook", "charger"}), frozenset({"intel"}))
    assert rules.kind(["notebook", "stand"], ["notebook", "stand"], known) is None
    assert rules.kind(["notebook", "stand"], ["car", "charger"], known) is None
    assert rules.kind(["notebook", "intel"], [], known) == "notebook"
    assert rules.kind(["unknown"], ["charger", "plate"], known) is None


@pytest.mark.parametrize(
    "word, one",
    [("cables", "cable"), ("batteries", "battery"), ("boxes", "box"), ("switches", "switch"), ("glasses", "glass"), ("lens", "lens"), ("bus", "bus"), ("chassis", "chassis"), ("ties", "tie")],
)  # fmt: skip
def test_an_english_plural_is_compared_as_its_singular(word: str, one: str) -> None:
    assert rules.singular(word) == one
