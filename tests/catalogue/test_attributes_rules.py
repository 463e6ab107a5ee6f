"""Tests what is wrong with values by their definition, and how values are written."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marketplace.catalogue.attributes import rules
from marketplace.catalogue.attributes.service import written
from marketplace.catalogue.taxonomy.schemas import CategoryAttribute, Option

BORE = CategoryAttribute(key="bore", kind="number", unit="mm", labels={"en": "Bore", "ar": "القطر"}, minimum=Decimal(1), maximum=Decimal("60.5"))
NEEDED = CategoryAttribute(key="needed", kind="text", is_required=True)
SEAL = CategoryAttribute(key="seal", kind="enum", options=(Option("2RS", {"en": "rubber seals", "vi": "phớt cao su"}), Option("ZZ")))
OPEN = CategoryAttribute(key="open", kind="bool")
MADE = CategoryAttribute(key="made", kind="date")
HEAT = CategoryAttribute(key="heat", kind="range", unit="°C", minimum=Decimal(-40), maximum=Decimal(200))

CASES: tuple[tuple[CategoryAttribute, object, str | None], ...] = (
    (BORE, 1, None),
    (BORE, 60.5, None),
    (BORE, 0.99, "outside-range"),
    (BORE, 60.51, "outside-range"),
    (BORE, 1e300, "outside-range"),
    (BORE, True, "wrong-type"),
    (BORE, "20", "wrong-type"),
    (BORE, "20 mm", "unit"),
    (BORE, "0,75\u2033", "unit"),
    (BORE, "3-4 mm", "wrong-type"),
    (BORE, "20 mm\n", "unit"),
    (BORE, "thirty", "wrong-type"),
    (BORE, None, None),
    (BORE, "", None),
    (NEEDED, None, "missing"),
    (NEEDED, "", "missing"),
    (NEEDED, "x", None),
    (NEEDED, 5, "wrong-type"),
    (SEAL, "ZZ", None),
    (SEAL, "zz", "not-an-option"),
    (SEAL, 2, "wrong-type"),
    (OPEN, False, None),
    (OPEN, "no", "wrong-type"),
    (OPEN, 0, "wrong-type"),
    (MADE, "2024-02-29", None),
    (MADE, "2026-02-29", "wrong-type"),
    (MADE, "2026-13-01", "wrong-type"),
    (MADE, "0000-01-01", "wrong-type"),
    (MADE, "2026-1-1", "wrong-type"),
    (MADE, 20260101, "wrong-type"),
    (HEAT, "-40..200", None),
    (HEAT, "-40.5..20", "outside-range"),
    (HEAT, "20..10", "wrong-type"),
    (HEAT, "10..", "wrong-type"),
    (HEAT, "10", "wrong-type"),
    (HEAT, "10 °C", "unit"),
    (HEAT, 10, "wrong-type"),
)


@pytest.mark.parametrize("about, value, code", CASES)
def test_a_value_is_held_to_its_definition(about: CategoryAttribute, value: object, code: str | None) -> None:
    assert rules.fault(value, about) == code


def test_faults_come_in_the_order_of_the_schema_and_name_what_was_given() -> None:
    found = rules.faults({"seal": "open", "bore": 900, "colour": "red"}, (BORE, NEEDED, SEAL), locale="ar")
    assert [(one.key, one.code) for one in found] == [("bore", "outside-range"), ("needed", "missing"), ("seal", "not-an-option")]
    assert found[0].params == {"label": "القطر", "value": "900", "minimum": Decimal(1), "maximum": Decimal("60.5")}


@pytest.mark.parametrize(
    "value, about, locale, text",
    [
        (20, BORE, "en", "20 mm"),
        (3140, None, "en", "3,140"),
        (0.962, None, "vi", "0,962"),
        ("2RS", SEAL, "vi", "phớt cao su"),
        ("2RS", SEAL, "ar", "rubber seals"),
        ("ZZ", SEAL, "en", "ZZ"),
        ("-10..60", HEAT, "en", "\u221210\u201360 °C"),
        ("5..5", HEAT, "en", "5 °C"),
        (True, OPEN, "en", "yes"),
        ("2026-12-08", MADE, "en", "Tue 8 Dec 2026"),
        ("some day", MADE, "en", "some day"),
        ("plain", None, "en", "plain"),
    ],
)
def test_a_unit_is_written_only_where_a_definition_says_it(value: object, about: CategoryAttribute | None, locale: str, text: str) -> None:
    assert written(value, about, locale=locale) == text
