"""Tests of the pure rules of sorting: which rule a product meets first, and who may move it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from marketplace.catalogue.sorting import rules
from marketplace.catalogue.sorting.schemas import Look, Rule, Verdict
from tests.conftest import NOW

CABLES, BAGS, TOYS = UUID(int=1), UUID(int=2), UUID(int=3)


def rule(number: int, category_id: UUID, **values: Any) -> Rule:
    plain: dict[str, Any] = {"kind": "type", "key": "", "phrase": "", "priority": 100, "is_active": True} | values
    return Rule(id=UUID(int=100 + number), category_id=category_id, origin="published", learned_from=0, found=0, created_at=NOW, version=1, **plain)


def look(**values: Any) -> Look:
    plain: dict[str, Any] = {
        "id": UUID(int=9), "type": "", "head": "", "name_tail": "", "brand": "", "values": {}, "category_id": None, "decided_by": "",
        "decided_category": None, "rule_id": None, "evidence": {}, "is_later": False,
    }  # fmt: skip
    return Look(**plain | values)


def first(product: Look, *published: Rule) -> tuple[UUID, str] | None:
    met = rules.Book(published).met(product)
    return (met[0].rule.category_id, met[0].how) if met else None


def test_what_follows_the_model_says_more_than_the_end_of_the_name_and_longer_phrases_more_than_shorter() -> None:
    cable, bag = rule(1, CABLES, phrase="cable"), rule(2, BAGS, phrase="cable bag")
    assert first(look(type="networking cable", head="networking cable", name_tail="patch bag"), cable, bag) == (CABLES, "begins")
    assert first(look(type="cable bag", head="cable bag nylon"), cable, bag) == (BAGS, "begins")
    assert first(look(type="cable", name_tail="6 ft cable bag"), cable, bag) == (BAGS, "ends")
    assert first(look(type="cable", name_tail="cat6 patch cable"), cable, rule(3, TOYS, phrase="patch cable")) == (TOYS, "ends")
    assert first(look(head="cable bag"), cable) == (CABLES, "begins")
    assert first(look(type="bag", head="bag"), cable, bag) is None


def test_priority_goes_before_kind_and_kind_before_age() -> None:
    by_type, by_brand = rule(1, CABLES, phrase="cable"), rule(2, TOYS, kind="brand", phrase="spin master")
    by_value = rule(3, BAGS, kind="attribute", key="case_type", phrase="sleeve")
    product = look(type="cable", head="cable", brand="Spin  Master", values={"case_type": "sleeve"})
    assert first(product, by_brand, by_value, by_type) == (CABLES, "begins")
    assert first(product, by_brand, by_value) == (BAGS, "value")
    assert first(product, msgspec.structs.replace(by_brand, priority=99), by_value, by_type) == (TOYS, "brand")
    assert first(product, msgspec.structs.replace(by_type, is_active=False), by_brand) == (TOYS, "brand")


def test_a_rule_on_any_value_goes_behind_one_on_this_value() -> None:
    anything, this = rule(1, BAGS, kind="attribute", key="ink", phrase=""), rule(2, TOYS, kind="attribute", key="ink", phrase="red")
    assert first(look(values={"ink": "red"}), anything, this) == (TOYS, "value")
    assert first(look(values={"ink": "blue"}), anything, this) == (BAGS, "given")
    assert first(look(values={"pen": "red"}), anything, this) is None


def test_the_verdict_names_the_rule_its_words_and_those_of_other_categories_that_it_passed_over() -> None:
    book = rules.Book([rule(1, CABLES, phrase="cable"), rule(2, TOYS, kind="brand", phrase="nord"), rule(3, CABLES, kind="brand", phrase="nord")])
    verdict = book.verdict(look(type="cable", head="cable", brand="Nord"))
    assert verdict == Verdict(CABLES, "rule", UUID(int=101), {"how": "begins", "key": "", "phrase": "cable", "passed_over": [str(UUID(int=102))]})
    assert book.verdict(look(brand="Ost")) == Verdict(None)


@pytest.mark.parametrize(
    "about, wanted",
    [
        ({"category_id": BAGS}, None),
        ({"category_id": None}, CABLES),
        ({"category_id": BAGS, "decided_by": "rule", "decided_category": BAGS, "rule_id": UUID(int=7)}, CABLES),
        ({"category_id": TOYS, "decided_by": "rule", "decided_category": BAGS, "rule_id": UUID(int=7)}, TOYS),
        ({"category_id": BAGS, "decided_by": "operator", "decided_category": BAGS}, BAGS),
        ({"category_id": TOYS, "decided_by": "operator", "decided_category": BAGS}, BAGS),
        ({"category_id": TOYS, "decided_by": "operator", "decided_category": BAGS, "is_later": True}, TOYS),
    ],
)
def test_rules_move_only_what_neither_an_operator_nor_the_source_placed(about: dict[str, Any], wanted: UUID | None) -> None:
    verdict = rules.decide(look(type="cable", head="cable", **about), rules.Book([rule(1, CABLES, phrase="cable")]))
    assert (verdict.category_id if verdict else None) == wanted


def test_folding_takes_accents_capitals_and_double_blanks_away() -> None:
    assert rules.folded("  Đèn   LED Élan ") == "den led elan"
