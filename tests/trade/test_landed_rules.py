"""Tests of arrivals and of what stands for a cost that nobody was asked about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from marketplace.trade.landed import rules
from marketplace.trade.landed.schemas import Arrival, Component, Consignment, ConsignmentLine, Landed

LINE = ConsignmentLine(product_id=UUID(int=1), offer_id=UUID(int=2), quantity=5, goods_minor=20_000, origin_country="DE", weight_grams=900)
DAY = date(2026, 11, 24)
SENT = Consignment(
    supplier_id=UUID(int=3),
    ship_from_country="DE",
    ship_from_postal_code="20095",
    country="VN",
    postal_code="",
    incoterm="EXW",
    currency="EUR",
    lines=(LINE, LINE),
)


@pytest.mark.parametrize(
    "ready_on, transit_days, country, arrives_on",
    [
        (date(2026, 11, 24), 0, "DE", date(2026, 11, 24)),
        (date(2026, 11, 24), 3, "DE", date(2026, 11, 27)),
        (date(2026, 11, 24), 4, "DE", date(2026, 11, 30)),
        (date(2026, 11, 24), 5, "DE", date(2026, 11, 30)),
        (date(2026, 12, 30), 2, "DE", date(2027, 1, 1)),
        (date(2026, 11, 24), 3, "AE", date(2026, 11, 27)),
        (date(2026, 11, 24), 4, "AE", date(2026, 11, 30)),
        (date(2026, 11, 24), 3, "KW", date(2026, 11, 29)),
        (date(2026, 11, 24), 4, "SA", date(2026, 11, 29)),
        (date(2026, 11, 24), 5, "KW", date(2026, 11, 29)),
        (date(2026, 11, 24), 4, "XX", date(2026, 11, 30)),
    ],
)
def test_goods_arrive_after_the_days_on_the_way_but_never_in_the_weekend_of_where_they_go(
    ready_on: date, transit_days: int, country: str, arrives_on: date
) -> None:
    assert rules.arrival_date(ready_on, transit_days=transit_days, country=country) == arrives_on


def test_of_a_site_that_never_works_no_day_is_known() -> None:
    mondays = tuple(date(2026, 11, 23) + timedelta(days=7 * week) for week in range(60))
    site = rules.Site(country="DE", region="", working_days=(1,), keeps_public_holidays=False, closed_on=mondays, opened_on=())
    found = rules.arrival(date(2026, 11, 24), 1, 2, rules.calendar_text(site), "DE")
    assert found == Arrival(ready_on=None, arrives_on=None, transit_days=None)


def test_freight_and_duty_without_a_source_are_unknown_and_have_no_amount() -> None:
    for kind in ("freight", "duty"):
        found = rules.unasked(kind, SENT.currency, DAY)
        assert (found.state, found.amount_minor, found.note, found.as_of) == ("unknown", None, "no-source", None)


def test_terms_tax_and_insurance_without_a_source_do_not_apply_and_say_why() -> None:
    found = [rules.unasked(kind, SENT.currency, DAY) for kind in ("terms", "tax", "insurance")]
    assert [(one.state, one.note) for one in found] == [
        ("not_applicable", "same-terms-for-all"),
        ("not_determined", "tax-not-determined"),
        ("not_applicable", "not-insured"),
    ]
    assert [(one.source, one.as_of) for one in found] == [("marketplace", datetime(2026, 11, 24, tzinfo=UTC))] * 3
    assert rules.unasked_all("EUR", DAY)[-1] is rules.unasked("terms", "EUR", DAY), "equal ones are the same object"


def test_a_consignment_weighs_what_its_lines_weigh_and_nothing_is_known_when_one_line_is_not() -> None:
    assert (SENT.goods_minor, SENT.load) == (40_000, (1_800, None, False))
    unweighed = Consignment(**{name: getattr(SENT, name) for name in SENT.__struct_fields__} | {"lines": (LINE, _without_weight())})
    assert unweighed.load == (None, None, False)


def _without_weight() -> ConsignmentLine:
    return ConsignmentLine(product_id=UUID(int=1), offer_id=UUID(int=2), quantity=5, goods_minor=20_000, origin_country="DE")


def test_a_landed_cost_sums_what_is_known_and_names_what_is_not() -> None:
    parts = (
        Component(kind="goods", state="known", currency="EUR", amount_minor=40_000),
        Component(kind="freight", state="unknown", currency="EUR"),
        Component(kind="duty", state="known", currency="EUR", amount_minor=1_080),
        Component(kind="tax", state="not_applicable", currency="EUR"),
    )
    landed = Landed(components=parts, transit_days=None)
    assert (landed.known_minor, landed.lacking) == (41_080, ("freight",))
    assert landed.component("insurance") is None
