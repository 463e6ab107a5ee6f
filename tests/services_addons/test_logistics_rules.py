"""Tests of what is made of a freight table: how a consignment is measured and charged, and the state, amount and note of the component."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.kernel.fx.rules import FxTable
from marketplace.kernel.fx.schemas import Rate
from services_addons.logistics import rules, rules_quotes
from services_addons.logistics.schemas import FreightRow, Surcharge
from tests.services_addons.consignments import LINE, ONE, but

if TYPE_CHECKING:
    from marketplace.trade.landed.schemas import Component, Consignment, ConsignmentLine

NOW = datetime(2026, 11, 24, 9, 20, tzinfo=UTC)
MAX_AGE = timedelta(hours=96)
# A machine that does other things meanwhile is not what is tested.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
DAY = date(2026, 1, 1)
ROW = FreightRow(
    supplier_id=UUID(int=3), country="US", table_id=UUID(int=4), table_name="Parcels", currency="EUR", valid_from=DAY, valid_to=None,
    source="Tariff 2026", is_invented=True, basis="weight", volumetric_divisor=None, zone="world", transit_days=6, postal_prefix="", postal_to="",
    minimum_minor=0, free_from_minor=None, step=None, step_minor=None, bounds=[500, 1000], amounts=[1490, 2490], surcharges=[], packed={},
)  # fmt: skip
FUEL = Surcharge("fuel", "Fuel", "percent", Decimal("0.125"), 0)
REMOTE = Surcharge("remote", "Remote area", "fixed", Decimal(0), 700)


def row(**changes: Any) -> FreightRow:
    """Change the row; nothing was made of it yet."""
    return msgspec.structs.replace(ROW, made={}, **changes)


def of(*lines: ConsignmentLine, **changes: Any) -> Consignment:
    """Write a consignment of these lines."""
    return but(lines=lines, **changes)


def line(**changes: Any) -> ConsignmentLine:
    """Change the line."""
    return msgspec.structs.replace(LINE, **changes)


def freight(consignment: Consignment, *rows: FreightRow, fx: FxTable | None = None) -> tuple[str, int | None, str, int | None]:
    """Give state, amount, note and days."""
    quote = rules_quotes.freight_quote(consignment, rows, fx=fx)
    component = quote.components[0]
    return component.state, component.amount_minor, component.note, quote.transit_days


def split(component: Component) -> list[tuple[str, int]]:
    """Give what an amount is made up of."""
    return [(part.code, part.amount_minor) for part in component.parts]


def test_freight_is_known_included_or_says_what_is_missing() -> None:
    assert freight(ONE, row()) == ("known", 2490, "invented-rates", 6)
    assert freight(but(incoterm="DAP"), row()) == ("included", None, "incoterm", 6)
    assert freight(ONE) == ("unknown", None, "no-table", None)
    assert freight(ONE, row(zone="")) == ("unknown", None, "no-zone", None)
    assert freight(of(line(weight_grams=1001)), row()) == ("unknown", None, "beyond-table", 6)
    assert freight(of(LINE, line(weight_grams=None)), row()) == ("unknown", None, "weight-missing", 6)


def test_a_zone_without_rates_is_one_on_request_and_never_nought() -> None:
    assert freight(ONE, row(bounds=[], amounts=[])) == ("unknown", None, "on-request", 6)


def test_a_typical_weight_makes_an_estimate_and_a_weighed_one_does_not() -> None:
    estimated = rules_quotes.freight_quote(of(line(is_weight_estimated=True)), [ROW]).components[0]
    assert (estimated.is_estimated, estimated.note) == (True, "typical-weight invented-rates")
    weighed = rules_quotes.freight_quote(ONE, [ROW]).components[0]
    assert (weighed.is_estimated, weighed.note) == (False, "invented-rates")


def test_an_invented_rate_stays_marked_whatever_else_is_said_and_a_real_one_is_never_marked() -> None:
    estimated = of(line(is_weight_estimated=True))
    free, dollars, fx = row(free_from_minor=12_345), row(currency="USD"), rates(USD="1.25")
    told = [rules_quotes.freight_quote(one, [each], fx=fx).components[0] for one in (ONE, estimated) for each in (row(), free, dollars)]
    assert [(one.state, one.is_invented) for one in told] == [("known", True)] * 6
    assert told[5].note == "typical-weight converted invented-rates"
    real = [msgspec.structs.replace(each, is_invented=False, made={}) for each in (row(), free, dollars)]
    assert not any(rules_quotes.freight_quote(one, [each], fx=fx).components[0].is_invented for one in (ONE, estimated) for each in real)


def test_freight_is_of_the_whole_consignment() -> None:
    light = line(weight_grams=250)
    assert freight(of(light, light), row()) == ("known", 1490, "invented-rates", 6)
    assert freight(of(light, LINE), row()) == ("unknown", None, "beyond-table", 6)


def test_volume_counts_only_where_that_of_every_line_is_known() -> None:
    bulky = line(weight_grams=200, volume_cm3=3000)
    by_volume = row(volumetric_divisor=5000)
    assert freight(of(bulky), by_volume) == ("known", 2490, "invented-rates", 6)
    assert freight(of(bulky, msgspec.structs.replace(bulky, volume_cm3=None)), by_volume) == ("known", 1490, "typical-weight invented-rates", 6)


def test_a_table_by_volume_needs_the_volume_and_one_of_pallets_what_goes_on_one() -> None:
    by_volume = row(basis="volume", bounds=[10_000, 50_000])
    assert freight(of(line(volume_cm3=10_001)), by_volume) == ("known", 2490, "invented-rates", 6)
    assert freight(ONE, by_volume) == ("unknown", None, "volume-missing", 6)
    pallets = row(basis="pallets", bounds=[1, 2], packed={str(UUID(int=1)): 10, str(UUID(int=9)): 4})
    assert freight(of(LINE, line(product_id=UUID(int=9), quantity=2)), pallets) == ("known", 1490, "invented-rates", 6)
    assert freight(of(LINE, line(product_id=UUID(int=9), quantity=3)), pallets) == ("known", 2490, "invented-rates", 6)
    assert freight(of(LINE, line(product_id=UUID(int=8))), pallets) == ("unknown", None, "pallets-missing", 6)


def test_a_table_by_value_asks_the_worth_of_the_goods() -> None:
    by_value = row(basis="value", bounds=[12_345, 50_000])
    assert freight(ONE, by_value)[1] == 1490
    assert freight(of(line(goods_minor=12_346)), by_value)[1] == 2490


def test_minimum_steps_beyond_the_last_bound_and_free_from_a_value() -> None:
    assert freight(of(line(weight_grams=400)), row(minimum_minor=2000))[1] == 2000
    stepped = row(step=500, step_minor=300)
    assert [freight(of(line(weight_grams=grams)), stepped)[1] for grams in (1000, 1001, 1500, 1501, 3000)] == [2490, 2790, 2790, 3090, 3690]
    free = row(free_from_minor=12_345, surcharges=[FUEL])
    assert freight(ONE, free) == ("known", 0, "free-from-value invented-rates", 6)
    assert freight(of(line(goods_minor=12_344)), free)[1] == 2490 + 311


def test_surcharges_are_split_out_and_add_up_to_the_amount() -> None:
    component = rules_quotes.freight_quote(ONE, [row(surcharges=[FUEL, REMOTE])]).components[0]
    assert split(component) == [("rate", 2490), ("fuel", 311), ("remote", 700)]
    assert component.amount_minor == 3501
    assert component.rule_id == f"freight:{UUID(int=4)}:world"


def test_dinars_land_on_the_settle_step_in_every_part() -> None:
    dinars = row(currency="KWD", amounts=[1235, 2487], surcharges=[FUEL])
    component = rules_quotes.freight_quote(but(currency="KWD"), [dinars]).components[0]
    assert split(component) == [("rate", 2490), ("fuel", 310)]
    assert component.amount_minor == 2800


def rates(**per_euro: str) -> FxTable:
    """Write the rates of one provider, an hour old and fixed by nobody."""
    at = datetime(2026, 11, 24, 8, 20, tzinfo=UTC)
    table = {("EUR", code): Rate(rate=Decimal(text), provider="ECB", as_of=at, is_fixed=False) for code, text in per_euro.items()}
    return FxTable(table, now=NOW, max_age=MAX_AGE)


def test_a_table_in_another_currency_is_converted_part_by_part_with_the_rate_in_its_source() -> None:
    dollars = row(currency="USD", surcharges=[FUEL])
    fx = rates(USD="1.25")
    assert freight(ONE, dollars, fx=fx) == ("known", 1992 + 249, "converted invented-rates", 6)
    component = rules_quotes.freight_quote(ONE, [dollars], fx=fx).components[0]
    assert split(component) == [("rate", 1992), ("fuel", 249)]
    assert component.source == "Tariff 2026; 1 USD = 0.8 EUR, ECB, 2026-11-24 08:20 UTC"
    assert freight(ONE, dollars, fx=rates()) == ("unknown", None, "no-exchange-rate", 6)
    kept = {("EUR", "USD"): Rate(rate=Decimal("1.25"), provider="ECB", as_of=NOW - MAX_AGE - timedelta(minutes=1), is_fixed=False)}
    assert freight(ONE, dollars, fx=FxTable(kept, now=NOW, max_age=MAX_AGE)) == ("unknown", None, "stale-exchange-rate", 6)
    assert freight(ONE, dollars, fx=FxTable(kept, now=NOW, max_age=2 * MAX_AGE)) == freight(ONE, dollars, fx=fx), "how old a rate may be is a setting"
    assert freight(ONE, dollars, row(postal_prefix="CA9"), fx=fx)[1] == 2490, "the table in the currency of the offer comes first"


def test_the_row_for_the_place_is_the_first_that_is_valid_and_covers_its_postal_code() -> None:
    near = row(postal_prefix="CA94", zone="near")
    other = row(postal_prefix="CA99")
    ended = row(valid_to=date(2025, 12, 31))
    assert rules_quotes.freight_row(rules.valid_rows([ended, other, near, row()], today=DAY), ONE) == near
    assert rules_quotes.freight_row(rules.valid_rows([ended, other], today=DAY), ONE) is None
    ranged = row(postal_prefix="CA90", postal_to="CA95", zone="range")
    assert rules_quotes.freight_row([ranged], ONE) == ranged
    assert rules_quotes.freight_row([ranged], but(postal_code="CA 96105")) is None
    assert rules_quotes.freight_row([ranged], but(postal_code="CA9")) is None


@pytest.mark.parametrize(
    "incoterm,expected",
    [
        ("EXW", ("known", "invented-rates", "not_applicable", "not-insured")),
        ("FCA", ("known", "invented-rates", "not_applicable", "not-insured")),
        ("FAS", ("known", "invented-rates", "not_applicable", "not-insured")),
        ("FOB", ("known", "invented-rates", "not_applicable", "not-insured")),
        ("CFR", ("included", "incoterm-port", "not_applicable", "not-insured")),
        ("CIF", ("included", "incoterm-port", "included", "incoterm")),
        ("CPT", ("included", "incoterm", "not_applicable", "not-insured")),
        ("CIP", ("included", "incoterm", "included", "incoterm")),
        ("DAP", ("included", "incoterm", "not_applicable", "sellers-risk")),
        ("DPU", ("included", "incoterm", "not_applicable", "sellers-risk")),
        ("DDP", ("included", "incoterm", "not_applicable", "sellers-risk")),
    ],
)
def test_the_incoterm_decides_who_pays_freight_and_insurance(incoterm: str, expected: tuple[str, str, str, str]) -> None:
    parts = rules_quotes.freight_quote(but(incoterm=incoterm), [ROW]).components
    assert (parts[0].state, parts[0].note, parts[1].state, parts[1].note) == expected
    assert [part.kind for part in parts] == ["freight", "insurance"]
    assert all(part.as_of is not None and part.source and part.rule_id for part in parts)


BOUNDS = st.lists(st.integers(1, 10**7), min_size=1, max_size=6, unique=True).map(sorted)
SURCHARGES = st.lists(
    st.one_of(
        st.builds(lambda share: Surcharge("p", "", "percent", Decimal(share) / 1000, 0), st.integers(1, 5000)),
        st.builds(lambda amount: Surcharge("f", "", "fixed", Decimal(0), amount), st.integers(1, 10**6)),
    ),
    max_size=4,
)


@UNHURRIED
@given(bounds=BOUNDS, data=st.data(), surcharges=SURCHARGES, currency=st.sampled_from(["EUR", "JPY", "KWD"]))
def test_more_weight_never_costs_less_in_a_zone_whose_rates_ascend(
    bounds: list[int], data: st.DataObject, surcharges: list[Surcharge], currency: str
) -> None:
    amounts = sorted(data.draw(st.lists(st.integers(0, 10**8), min_size=len(bounds), max_size=len(bounds))))
    table = row(
        bounds=bounds, amounts=amounts, surcharges=surcharges, currency=currency, step=data.draw(st.integers(1, 10**6)),
        step_minor=data.draw(st.integers(0, 10**5)), minimum_minor=data.draw(st.integers(0, 10**6)),
    )  # fmt: skip
    light, heavy = sorted([data.draw(st.integers(1, 3 * 10**7)), data.draw(st.integers(1, 3 * 10**7))])
    told = [freight(of(line(weight_grams=grams), currency=currency), table)[1] for grams in (light, heavy)]
    assert told[0] is not None
    assert told[1] is not None
    assert told[0] <= told[1]


@UNHURRIED
@given(surcharges=SURCHARGES, amount=st.integers(0, 10**9), currency=st.sampled_from(["EUR", "JPY", "KWD"]), rate=st.integers(1, 10**6))
def test_the_parts_always_add_up(surcharges: list[Surcharge], amount: int, currency: str, rate: int) -> None:
    table = row(amounts=[amount, amount], surcharges=surcharges)
    fx = rates(**({currency: f"{rate / 1000:.3f}"} if currency != "EUR" else {}))
    component = rules_quotes.freight_quote(but(currency=currency), [table], fx=fx).components[0]
    assert component.amount_minor == sum(amount for _, amount in split(component)) if surcharges else component.parts == ()
    assert currency != "KWD" or all(amount % 10 == 0 for _, amount in split(component))


@UNHURRIED
@given(grams=st.lists(st.integers(1, 400), min_size=1, max_size=6), data=st.data(), basis=st.sampled_from(["weight", "volume", "pallets", "value"]))
def test_the_order_of_lines_does_not_matter(grams: list[int], data: st.DataObject, basis: Any) -> None:
    lines = [line(weight_grams=each, volume_cm3=each * 7, quantity=each, goods_minor=each) for each in grams]
    table = row(basis=basis, volumetric_divisor=None, packed={str(UUID(int=1)): 7})
    shuffled = data.draw(st.permutations(lines))
    assert freight(of(*lines), table) == freight(of(*shuffled), table)
