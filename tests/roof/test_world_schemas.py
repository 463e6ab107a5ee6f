"""The attributes that the demo market's tree asks for: whole, in three languages, and true of the lines of such files."""

from __future__ import annotations

import msgspec
import pytest

from marketplace.catalogue.attributes import rules, rules_schema
from marketplace.catalogue.attributes.schemas import AttributeIn
from marketplace.world import assortment_schemas
from marketplace.world.assortment import TREE

LEAVES = [slug for _, leaves in TREE.values() for slug in leaves]


@pytest.mark.parametrize("slug", LEAVES)
def test_what_a_leaf_asks_would_be_published_as_it_is(slug: str) -> None:
    asked = (*assortment_schemas.of_leaf(slug), *assortment_schemas.of_branch())
    sent = [msgspec.convert(msgspec.to_builtins(one), AttributeIn) for one in asked]

    assert rules_schema.checked(sent) == asked
    assert all(one.labels.keys() >= {"en", "vi", "ar"} for one in asked)


def test_nothing_is_asked_of_a_leaf_that_is_not_in_the_tree() -> None:
    assert assortment_schemas.OF_LEAF.keys() <= set(LEAVES)


def test_few_things_are_needed() -> None:
    needed = {(slug, one.key) for slug in LEAVES for one in assortment_schemas.of_leaf(slug) if one.is_required}

    assert needed == {
        ("networking-cables", "cable_length"),
        ("fibre-optic-cables", "cable_length"),
        ("audio-cables", "cable_length"),
        ("processors", "processor_frequency"),
        ("motherboards", "motherboard_form_factor"),
        ("headphones", "connectivity_technology"),
    }


def test_a_line_of_such_a_file_breaks_nothing_and_one_with_a_unit_is_told() -> None:
    cables = (*assortment_schemas.of_leaf("networking-cables"), *assortment_schemas.of_branch())

    assert rules.faults({"cable_length": 0.91, "cable_colour": "Blue", "cable_standard": "Cat6", "weight": 60}, cables) == ()
    assert [(one.key, one.code) for one in rules.faults({"cable_length": "3 m"}, cables)] == [("cable_length", "unit")]
    assert [(one.key, one.code) for one in rules.faults({}, cables)] == [("cable_length", "missing")]
