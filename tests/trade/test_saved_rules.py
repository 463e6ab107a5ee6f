"""Tests of what changed between two comparisons: the causes of each offer's difference add up to it exactly, whatever changed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.kernel import spreadsheet
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.http.in_units import marked_in
from marketplace.kernel.money import Conversion, line_net_in
from marketplace.trade.compare import schemas as compare_schemas
from marketplace.trade.saved import rules, rules_sheet
from marketplace.trade.saved.schemas import Answer, Ask, Cause, Fx, Offer, Part, Price, Summary, Supplier

THEN = datetime(2026, 11, 24, 9, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 9, tzinfo=UTC)


def offer(  # noqa: PLR0913 - one named value per thing that may change
    *,
    offer_id: str = "a",
    price: str = "10.00",
    quantity: int = 100,
    currency: str = "EUR",
    rate: str = "1",
    freight: int | None = 900,
    duty: int | None = None,
    place: int | None = 1,
    arrives_on: date | None = None,
) -> Offer:
    """Make an offer in a currency, told in euros; freight and duty are minor units of the offer's currency."""
    fx = None if currency == "EUR" else Fx(base=currency, quote="EUR", rate=Decimal(rate))
    convert = (lambda minor: minor) if fx is None else Conversion.between(currency, "EUR", rate=Decimal(rate)).convert
    goods = line_net_in(currency, 0).of(int(Decimal(price).scaleb(6)), quantity)

    def part(kind: str, original: int | None) -> Part:
        if original is None:
            return Part(kind=kind, state="unknown", currency="EUR", original_currency=currency)
        return Part(kind=kind, state="known", amount_minor=convert(original), currency="EUR", original_minor=original, original_currency=currency)

    parts = (part("goods", goods), part("freight", freight), *([part("duty", duty)] if duty is not None else []))
    return Offer(
        place=place, group="ranked" if place else "cost_not_known", offer_id=offer_id, supplier=Supplier(id="s", name=f"Supplier {offer_id}"),
        quantity=quantity, price=Price(unit_price=Decimal(price), currency=currency), components=parts, currency="EUR", fx=fx,
        known_minor=sum(one.amount_minor or 0 for one in parts), lacking=tuple(one.kind for one in parts if one.state == "unknown"),
        arrives_on=arrives_on,
    )  # fmt: skip


def answer(*offers: Offer, as_of: datetime = THEN, need_by: date | None = None, version: int = 1) -> Answer:
    """Make an answer of these offers."""
    ranked = [one for one in offers if one.place]
    return Answer(
        product_id=UUID(int=1), ask=Ask(quantity=100, country="DE", need_by=need_by, currency="EUR"), unit_code="H87", unit_decimals=0, as_of=as_of,
        ranking_version=version, offers=offers,
        summary=Summary(ranked=len(ranked), lowest_minor=min((one.known_minor for one in ranked), default=None)),
    )  # fmt: skip


def split(before: Offer, now: Offer) -> dict[str, int]:
    """Give the causes by name."""
    return {one.cause: one.amount_minor for one in rules.causes(before, now, unit_decimals=0)}


def test_each_cause_gets_its_own_part_of_the_difference() -> None:
    before = offer(price="10.00", freight=900, duty=0)
    assert split(before, offer(price="10.50", freight=900, duty=0)) == {"price": 5_000}
    assert split(before, offer(price="10.00", freight=1_200, duty=0)) == {"freight": 300}
    assert split(before, offer(price="10.00", freight=900, duty=450)) == {"duty": 450}
    assert split(before, offer(price="10.00", freight=900, duty=0, quantity=120)) == {"quantity": 20_000}
    # At the new quantity another tier holds: more pieces at the old price, then the price of all of them.
    assert split(before, offer(price="9.00", freight=900, duty=0, quantity=120)) == {"quantity": 20_000, "price": -12_000}
    assert split(before, before) == {}


def test_a_moved_exchange_rate_is_told_apart_from_a_changed_price() -> None:
    before = offer(currency="USD", price="10.00", rate="0.90", freight=1_000)
    assert split(before, offer(currency="USD", price="10.00", rate="0.95", freight=1_000)) == {"fx": 5_000 + 50}
    both = split(before, offer(currency="USD", price="11.00", rate="0.95", freight=1_000))
    assert both == {"fx": 5_050, "price": 9_500}


def test_a_cost_that_is_not_known_any_more_is_told_as_its_own_cause() -> None:
    assert split(offer(freight=900), offer(freight=None)) == {"freight": -900}
    assert split(offer(freight=None), offer(freight=700)) == {"freight": 700}


def test_an_offer_in_another_currency_than_before_changed_its_price() -> None:
    before, now = offer(currency="USD", price="10.00", rate="0.90", freight=0), offer(price="9.50", freight=0)
    assert split(before, now) == {"price": 95_000 - 90_000}


RATES = st.decimals("0.0001", "25000", places=6)
PRICES = st.decimals("0.01", "9999", places=4)
AMOUNTS = st.one_of(st.none(), st.integers(0, 10**7))
SIDE = st.fixed_dictionaries(
    {"price": PRICES.map(str), "quantity": st.integers(1, 5000), "rate": RATES.map(str), "freight": AMOUNTS, "duty": AMOUNTS}
)


@settings(deadline=None)
@given(SIDE, SIDE, st.sampled_from(("EUR", "USD", "KWD", "VND", "JPY")), st.sampled_from(("EUR", "USD", "KWD")))
def test_the_causes_add_up_to_the_difference_whatever_changed(before: dict[str, Any], now: dict[str, Any], currency: str, other: str) -> None:
    for later in (currency, other):
        then, present = offer(**before, currency=currency), offer(**now, currency=later)
        parts = rules.causes(then, present, unit_decimals=0)
        assert sum(one.amount_minor for one in parts) == present.known_minor - then.known_minor
        (row,) = rules.changes(answer(then), answer(present, as_of=LATER)).offers
        assert row.difference_minor == present.known_minor - then.known_minor
        assert all(part.amount_minor for part in row.causes)


def test_offers_that_came_and_went_are_told_and_so_is_who_is_first_now() -> None:
    before = answer(offer(offer_id="a", price="10.00"), offer(offer_id="b", price="11.00", place=2), offer(offer_id="c", place=3))
    now = answer(offer(offer_id="b", price="9.00", place=1), offer(offer_id="a", place=2), offer(offer_id="d", place=3), as_of=LATER, version=2)
    found = rules.changes(before, now)
    assert [(one.offer_id, one.change, one.place_before, one.place_now) for one in found.offers] == [
        ("b", "stays", 2, 1), ("a", "stays", 1, 2), ("d", "new", None, 3), ("c", "gone", 3, None),
    ]  # fmt: skip
    assert (found.first_before, found.first_now, found.moves, found.count("new"), found.count("gone")) == ("Supplier a", "Supplier b", 2, 1, 1)
    assert (found.ranking_before, found.ranking_now, found.since, found.until) == (1, 2, THEN, LATER)
    assert found.offers[0].causes == (Cause("price", -20_000),)
    assert (found.lowest_before_minor, found.lowest_now_minor) == (100_900, 90_900)


def test_arrivals_are_told_in_days_and_a_passed_day_is_said() -> None:
    before = answer(offer(arrives_on=date(2026, 11, 30)), need_by=date(2026, 11, 30))
    found = rules.changes(before, answer(offer(arrives_on=date(2026, 12, 4)), as_of=LATER))
    assert (found.offers[0].days_later, found.offers[0].is_changed, found.is_without_need_by) == (4, True, True)


def test_what_has_not_changed_is_not_told() -> None:
    found = rules.changes(answer(offer()), answer(offer(), as_of=LATER))
    assert found.changed == []
    assert found.rates == ()


def test_a_note_keeps_its_lines_and_refuses_what_cannot_be_seen() -> None:
    assert rules.checked_note("  For the spring order.\r\nAsk Hansa again. ") == "For the spring order.\nAsk Hansa again."
    for wrong in ("a\x00b", "a\x07", "\ud800", "x" * 1001):
        with pytest.raises(InvalidInput) as refused:
            rules.checked_note(wrong)
        assert refused.value.errors[0].pointer == "/note"


def test_an_answer_of_another_day_is_read_even_when_it_says_more_or_less() -> None:
    kept = msgspec.json.decode(msgspec.json.encode(answer(offer())), type=dict[str, Any])
    kept["new_field"] = {"of": "tomorrow"}
    del kept["offers"][0]["on_time"], kept["offers"][0]["stock"], kept["is_capped"]
    assert msgspec.json.decode(msgspec.json.encode(kept), type=Answer).offers[0].known_minor == 100_900


def test_texts_that_a_spreadsheet_would_run_are_made_safe_and_numbers_stay_numbers() -> None:
    for start in ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"):
        assert spreadsheet.safe(f"{start}1+1") == f"'{start}1+1"
    assert spreadsheet.safe(Decimal("-1.50")) == Decimal("-1.50")
    assert spreadsheet.safe("Hansa") == "Hansa"
    assert spreadsheet.safe("") == ""


def test_the_quantities_of_a_kept_answer_are_those_of_a_comparison() -> None:
    assert marked_in(compare_schemas.Comparison) == rules.QUANTITIES


def test_a_pack_has_its_price_beside_that_of_one_and_no_pack_has_none() -> None:
    def packed(size: int, *, decimals: int, price: str = "0.125") -> list[object]:
        one = msgspec.structs.replace(offer(price=price), pack_size=size)
        cells = dict(zip(rules_sheet.COLUMNS, rules_sheet.row(one, msgspec.structs.replace(answer(one), unit_decimals=decimals)), strict=True))
        return [cells["pack_size"], cells["pack_price"]]

    assert packed(25, decimals=0) == [25, Decimal("3.125")]
    assert packed(1, decimals=0) == [1, None]
    assert packed(1500, decimals=3) == [Decimal("1.5"), Decimal("0.1875")]
    assert packed(1, decimals=3) == [Decimal("0.001"), None], "what was saved without its pack"


def test_another_condition_of_the_goods_is_a_change_even_at_the_same_price_and_place() -> None:
    was, is_used = (msgspec.structs.replace(offer(), condition=condition) for condition in ("new", "used"))
    found = rules.changes(answer(was), answer(is_used, as_of=LATER))
    assert [(one.condition_before, one.condition_now, one.difference_minor, one.is_changed) for one in found.changed] == [("new", "used", 0, True)]
    assert found.other_conditions == 1
    # What was kept before conditions were says nothing of it, and what came or went has no condition to compare.
    untold = rules.changes(answer(offer()), answer(is_used, as_of=LATER))
    assert (untold.changed, untold.other_conditions) == ([], 0)
    gone = rules.changes(answer(was), answer(as_of=LATER))
    assert [(one.condition_before, one.condition_now) for one in gone.changed] == [("new", "")]
    assert gone.other_conditions == 0
