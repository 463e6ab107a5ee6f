"""Tests of what is made of a found rate: the state, the amount and the note of each component."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from marketplace.trade.landed.schemas import Consignment, ConsignmentLine
from services_addons.logistics import rules
from services_addons.logistics.schemas import DutyFound, FreightRow

DAY = date(2026, 1, 1)
LINE = ConsignmentLine(
    product_id=UUID(int=1), offer_id=UUID(int=2), quantity=5, goods_minor=12_345, origin_country="JP", hs_prefix="8482", weight_grams=900
)
ONE = Consignment(
    supplier_id=UUID(int=3),
    ship_from_country="DE",
    ship_from_postal_code="20095",
    country="US",
    postal_code="ca 94-105",
    incoterm="EXW",
    currency="EUR",
    lines=(LINE,),
)
ROW = FreightRow(
    UUID(int=3), "US", UUID(int=4), "Parcels", "EUR", DAY, None, "Tariff 2026", is_invented=True, volumetric_divisor=None, zone="world", transit_days=6,
    postal_prefix="", weights=[500, 1000], amounts=[1490, 2490],
)  # fmt: skip


def but(consignment: Consignment = ONE, **changes: Any) -> Consignment:
    """Change a consignment."""
    return msgspec.structs.replace(consignment, **changes)


def freight(consignment: Consignment, row: FreightRow | None) -> tuple[str, int | None, str, int | None]:
    """Give state, amount, note and days."""
    quote = rules.freight_quote(consignment, row)
    component = quote.components[0]
    return component.state, component.amount_minor, component.note, quote.transit_days


def duty(consignment: Consignment, *found: DutyFound) -> tuple[str, int | None, str]:
    """Give state, amount and note."""
    component = rules.duty_quote(consignment, found).components[0]
    return component.state, component.amount_minor, component.note


def rate(text: str | None, union: str | None = None) -> DutyFound:
    """Write a found rate."""
    return DutyFound(union, Decimal(text) if text else None, "List", datetime(2026, 1, 1, tzinfo=UTC), is_invented=False)


def test_freight_is_known_included_or_says_what_is_missing() -> None:
    assert freight(ONE, ROW) == ("known", 2490, "invented-rates", 6)
    assert freight(but(incoterm="DAP"), ROW) == ("included", None, "incoterm", 6)
    assert freight(ONE, None) == ("unknown", None, "no-table", None)
    assert freight(but(lines=(msgspec.structs.replace(LINE, weight_grams=1001),)), ROW) == ("unknown", None, "beyond-table", 6)
    weightless = but(lines=(LINE, msgspec.structs.replace(LINE, weight_grams=None)))
    assert freight(weightless, ROW) == ("unknown", None, "weight-missing", 6)


def test_a_typical_weight_makes_an_estimate_and_a_weighed_one_does_not() -> None:
    quote = rules.freight_quote(but(lines=(msgspec.structs.replace(LINE, is_weight_estimated=True),)), ROW)
    assert (quote.components[0].is_estimated, quote.components[0].note) == (True, "typical-weight")
    quote = rules.freight_quote(ONE, ROW)
    assert (quote.components[0].is_estimated, quote.components[0].note) == (False, "invented-rates")


def test_freight_is_of_the_whole_consignment() -> None:
    light = msgspec.structs.replace(LINE, weight_grams=250)
    assert freight(but(lines=(light, light)), ROW) == ("known", 1490, "invented-rates", 6)
    assert freight(but(lines=(light, LINE)), ROW) == ("unknown", None, "beyond-table", 6)


def test_volume_counts_only_where_that_of_every_line_is_known() -> None:
    bulky = msgspec.structs.replace(LINE, weight_grams=200, volume_cm3=3000)
    by_volume = msgspec.structs.replace(ROW, volumetric_divisor=5000)
    assert freight(but(lines=(bulky,)), by_volume) == ("known", 2490, "invented-rates", 6)
    assert freight(but(lines=(bulky, msgspec.structs.replace(bulky, volume_cm3=None))), by_volume) == ("known", 1490, "invented-rates", 6)


def test_the_row_for_the_place_is_the_first_that_is_valid_and_begins_its_postal_code() -> None:
    near = msgspec.structs.replace(ROW, postal_prefix="CA94", zone="near")
    other = msgspec.structs.replace(ROW, postal_prefix="CA99")
    ended = msgspec.structs.replace(ROW, valid_to=date(2025, 12, 31))
    dollars = msgspec.structs.replace(ROW, currency="USD")
    assert rules.freight_row(rules.valid_rows([ended, dollars, other, near, ROW], today=DAY), ONE) == near
    assert rules.freight_row(rules.valid_rows([ended, dollars, other], today=DAY), ONE) is None


@pytest.mark.parametrize(
    "changes,found,expected",
    [
        ({"country": "DE"}, (), ("not_applicable", None, "domestic")),
        ({"incoterm": "DDP"}, (), ("included", None, "incoterm")),
        ({"country": "FR"}, (rate(None, "EU"),), ("not_applicable", None, "customs-union")),
        ({}, (rate("0.037"),), ("known", 457, "")),
        ({}, (rate("0"),), ("known", 0, "")),
        ({}, (rate(None),), ("unknown", None, "no-rate")),
        ({"incoterm": "DAP"}, (rate("0.1"),), ("known", 1235, "")),
    ],
)
def test_duty_states(changes: dict[str, Any], found: tuple[DutyFound, ...], expected: tuple[str, int | None, str]) -> None:
    assert duty(but(**changes), *found) == expected


def test_one_line_without_a_rate_leaves_duty_unknown() -> None:
    two = but(lines=(LINE, msgspec.structs.replace(LINE, hs_prefix=None)))
    assert duty(two, rate("0.1"), rate(None)) == ("unknown", None, "hs-missing")


def test_free_and_rated_lines_add_up() -> None:
    two = but(lines=(LINE, LINE))
    assert duty(two, rate(None, "EUTR"), rate("0.1")) == ("known", 1235, "")


def test_duty_in_dinars_lands_on_the_settle_step() -> None:
    assert duty(but(currency="KWD"), rate("0.05")) == ("known", 620, "")
