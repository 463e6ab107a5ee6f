"""Tests by what products meet, and what speaks for and against two being the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from marketplace.catalogue.matches import rules
from marketplace.catalogue.matches.schemas import Facts
from marketplace.catalogue.merges import rules as merging

if TYPE_CHECKING:
    from marketplace.catalogue.matches.schemas import Found

VALVE: dict[str, Any] = {
    "title": "Orvik ball valve DN 20", "brand": "Orvik", "part_number": "BV-20", "gtins": frozenset(), "category_id": None, "unit_code": "C62",
    "weight_grams": None, "attributes": {},
}  # fmt: skip


def facts(at: int, **values: Any) -> Facts:
    return Facts(id=UUID(int=at), **(VALVE | values))


def pieces(found: Found) -> dict[str, tuple[str, int]]:
    return {piece.field: (piece.verdict, piece.points) for piece in found.evidence}


def test_products_meet_by_each_gtin_by_brand_and_number_and_by_their_words() -> None:
    product = facts(1, gtins=frozenset({"4006381333931"}), title="ORVIK Ball-Valve DN 20, brass")
    assert rules.keys(product, part_key="BV20") == {
        ("gtin", "4006381333931"),
        ("part_number", "orvik|BV20"),
        ("title", "orvik|20 ball brass dn valve"),
    }


def test_two_letters_name_no_part_and_nothing_is_met_without_a_brand() -> None:
    assert rules.keys(facts(1, part_number="88", title="HP 88", brand="HP"), part_key="88") == set()
    assert rules.keys(facts(1, brand=""), part_key="BV20") == set()


@pytest.mark.parametrize("text, words", [("Cat6 1.0m", ["cat6", "1m"]), ("Cat6, 10m", ["cat6", "10m"]), ("0,50 kg", ["0.5", "kg"])])
def test_a_point_in_a_number_counts(text: str, words: list[str]) -> None:
    assert rules.words(text) == words


def test_the_same_gtin_and_brand_are_sure() -> None:
    gtins = frozenset({"4006381333931"})
    found = rules.weigh(facts(1, gtins=gtins), facts(2, gtins=gtins, title="Quite another title"), kind="gtin")
    assert (found.is_sure, found.score) == (True, 100)


@pytest.mark.parametrize("other", [{"brand": "Nord"}, {"brand": ""}, {"unit_code": "XBX"}])
def test_the_same_gtin_alone_is_not(other: dict[str, Any]) -> None:
    gtins = frozenset({"4006381333931"})
    found = rules.weigh(facts(1, gtins=gtins), facts(2, gtins=gtins, **other), kind="gtin")
    assert not found.is_sure
    assert found.score < 100


def test_the_same_brand_number_and_title_score_by_their_pieces() -> None:
    found = rules.weigh(facts(1), facts(2, part_number="BV 20"), kind="part_number")
    assert pieces(found) == {"brand": ("agree", 15), "part_number": ("agree", 45), "title": ("agree", 20)}
    assert (found.score, found.pattern) == (80, "+brand +part_number +title")


def test_another_pack_colour_and_number_speak_against() -> None:
    low = facts(1, title="Orvik toner 500 black", attributes={"quantity_per_pack": 1, "colour": "black"})
    high = facts(2, title="Orvik toner 800 cyan", attributes={"quantity_per_pack": 2, "colour": "Cyan"})
    found = rules.weigh(low, high, kind="part_number")
    assert pieces(found)["attributes.quantity_per_pack"] == ("differ", -30)
    assert pieces(found)["attributes.colour"] == ("differ", -30)
    assert pieces(found)["numbers"] == ("differ", -25)
    assert found.score == 0
    assert found.pattern == "+brand +part_number -colour -numbers -pack -title"


def test_many_small_differences_weigh_no_more_than_four() -> None:
    low = facts(1, attributes={f"a{at}": at for at in range(10)})
    high = facts(2, attributes={f"a{at}": at + 1 for at in range(10)})
    assert sum(piece.points for piece in rules.weigh(low, high, kind="part_number").evidence) == 80 - 48


@pytest.mark.parametrize("other, verdict", [(910, "agree"), (899, "differ")])
def test_weights_within_a_tenth_agree(other: int, verdict: str) -> None:
    found = rules.weigh(facts(1, weight_grams=1000), facts(2, weight_grams=other), kind="part_number")
    assert pieces(found)["weight_grams"][0] == verdict


def test_many_that_meet_in_one_key_are_each_held_against_the_first() -> None:
    few, many = [facts(at) for at in range(12)], [facts(at) for at in range(13)]
    assert len(rules.pairs(few)) == 66
    assert rules.pairs(many[::-1]) == [(many[0], other) for other in many[1:]]


def test_undoing_takes_back_what_nobody_has_changed_since() -> None:
    assert merging.to_restore({"gtin": "1", "description": "Mine"}, {}, {"gtin": "1", "description": "Text"}) == {"gtin": None}
