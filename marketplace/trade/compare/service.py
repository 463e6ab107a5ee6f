"""Owns the use case of comparing: gather each offer's facts, land it, rank all, explain each place."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from buyers.addresses import service as addresses
from marketplace.catalogue.products import service as products
from marketplace.kernel.calendar import date_in
from marketplace.kernel.countries import is_country, usual_time_zone
from marketplace.kernel.currencies import CURRENCIES
from marketplace.kernel.database import reading
from marketplace.kernel.fx import service as fx
from marketplace.trade.compare import queries, rules, rules_again, rules_ask, rules_field, rules_rows
from marketplace.trade.compare.errors import ComparisonTooBroad
from marketplace.trade.compare.schemas import Ask, Comparison
from marketplace.trade.landed import service as landed
from marketplace.trade.landed.schemas import Consignment, ConsignmentLine
from marketplace.trade.weights import service as weights
from trust.score import service as score
from vendors.offers import service as offers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.fx.service import FxTable
    from marketplace.trade.compare.rules_rows import Row
    from marketplace.trade.compare.schemas import Change, Wanted
    from marketplace.trade.weights.schemas import Weights
    from vendors.offers.schemas import SellingOffer

SECONDS_MAX = 2.0
FIELDS_MAX = 500
PRICES_TRIED = 2
GROUPS, SCALES = rules.GROUPS, rules.ENDS
HOME_COUNTRY = "DE"
NO_PRODUCT = UUID(int=0)
# The offers of a product at an ask, to be ranked again under other weights, or after `changed` at other prices.
Field = rules_field.Field


async def compare_given(
    product_id: UUID, given: Mapping[str, str], *, viewer: Actor, now: datetime, has_defaults: bool = False, is_sent: bool = False
) -> Comparison:
    """Compare every offer on a product that sells now and that the viewer may see, at the quantity, destination and date that are given.

    `given` are the parameters as text: quantity, country, postal_code, need_by, currency, weights ("market": not the own ones that the viewer's
    organisation keeps); with `has_defaults` the first three may be missing and come from the offers' minimum quantities and the viewer.
    A quantity below an offer's minimum or between its multiples is rounded up for that offer. Above 50 offers the 50 lowest before freight are
    compared and `is_capped` says so. All amounts are in the asked currency, by rates that are shown; an offer whose currency has no rate stands
    apart with all its costs not known, and one whose price the viewer may not see yet is told without it. With `is_sent` the answer is for the API
    alone: it encodes to the same JSON, but parts that are only shown stand in it as text and JSON already, and nobody can read them.
    Raises: NotFound for a product that is not there; InvalidInput; AmountTooLarge; ComparisonTooBroad.
    """
    limit = asyncio.timeout(SECONDS_MAX)
    try:
        async with limit:
            return await _compare(product_id, given, viewer=viewer, now=now, has_defaults=has_defaults, is_sent=is_sent)
    except TimeoutError:
        if not limit.expired():
            raise
        raise ComparisonTooBroad(seconds=SECONDS_MAX) from None


async def _compare(product_id: UUID, given: Mapping[str, str], *, viewer: Actor, now: datetime, has_defaults: bool, is_sent: bool) -> Comparison:
    table = await fx.rates(now)
    if has_defaults:
        given = await _with_destination(given, viewer)
    chosen = await weights.chosen(viewer, given.get("weights", ""), now=now)
    async with reading():
        facts = await offers.offers_for_comparison(product_id, now=now, viewer=viewer)
        unit_code, unit_decimals = (facts[0].unit_code, facts[0].unit_decimals) if facts else await _unit_of(product_id)
        shown = [fact for fact in facts if not fact.price_is_hidden]
        if has_defaults and "quantity" not in given:
            given = {**given, "quantity": f"{Decimal(_least(facts, unit_decimals)).scaleb(-unit_decimals).normalize():f}"}
        country = given.get("country", "").upper()
        today = _today(country, now.replace(second=0, microsecond=0))
        own = viewer.currency if not viewer.is_anonymous else rules_ask.currency_of(country, fallback="EUR")
        ask = rules_ask.read_ask(given, unit_decimals=unit_decimals, today=today, currency=own)
        rows, too_large = rules_rows.priced(shown, ask, table)
        field = Field(product_id, ask, today, rules_rows.lowest(rows))
        await _land([field], now=now)
        scored = rules.rank(field.rows, chosen.weights)
        # Inside the reading, where tables that were kept a moment ago may be used: they are asked again without a statement.
        again = await _verified(scored, ask, chosen.weights, now=now)
    found = rules_rows.worded(scored, ask, chosen.weights, today=today, now=now, is_sent=is_sent, again=again)
    hidden = rules_rows.gated([fact for fact in facts if fact.price_is_hidden]) if len(shown) < len(facts) else []
    return Comparison(
        product_id=product_id, ask=ask, unit_code=unit_code, unit_decimals=unit_decimals, as_of=now, ranking_version=chosen.market_version,
        weights=chosen.weights, weights_of="market" if chosen.own_version is None else "organisation", own_weights_version=chosen.own_version,
        is_capped=len(rows) > rules_rows.OFFERS_MAX, is_cut=len(facts) == offers.COMPARED_MAX, offers_found=len(rows),
        summary=rules_rows.summary(found, too_large=too_large, gated=len(facts) - len(shown)), offers=found, gated=hidden,
    )  # fmt: skip


async def _verified(scored: Sequence[rules.Scored[Row]], ask: Ask, by: Weights, *, now: datetime) -> dict[str, rules_again.Found | None]:
    """Land each offer whose costs follow its goods' value at the price that would make it the first, all at once, and give what holds, by offer.

    None stands for an offer that no price alone makes the first.
    """
    won: dict[str, rules_again.Found | None] = {item.contender.offer_id: None for item in scored[1:] if rules_again.follows_value(item.contender)}
    tries = rules_again.tries(scored, by) if won else []
    # What does not follow the value of the goods is not asked again.
    kinds = tuple({part.kind for one in tries for part in one.item.contender.brought if part.is_by_value})
    for _ in range(PRICES_TRIED):
        costs = await landed.brought([_consignment(one.row, ask) for one in tries], now=now, kinds=kinds)
        left = []
        for one, (told, _way) in zip(tries, costs, strict=True):
            parts = [new if new.kind in kinds else old for new, old in zip(told, one.item.contender.brought, strict=True)]
            price = rules_again.verified(one, parts, by, first=scored[0])
            if price is not None:
                won[one.row.offer_id] = price
            left.append(rules_again.next_try(one, parts, has_won=price is not None))
        tries = [one for one in left if one is not None]
    return won


async def fields(wanted: Sequence[Wanted], *, currency: str, viewer: Actor, now: datetime) -> list[Field]:
    """Price, land and date the offers on many products for somebody, each field in the order it was asked for, ready to be ranked under any weights.

    At most 500 at a time, in one statement for all offers, one for their rates and one for each cost source. A product that nobody sells, and one
    whose amounts no order may carry, has a field without rows. `currency` is that of the totals.
    """
    assert len(wanted) <= FIELDS_MAX, "ask in parts"
    table = await fx.rates(now)
    async with reading():
        facts = await offers.offers_for_comparisons(list({one.product_id for one in wanted}), now=now, viewer=viewer)
        found = [_field(one, facts.get(one.product_id, ()), currency, table, now) for one in wanted]
        await _land(found, now=now)
    return found


def _field(one: Wanted, facts: Sequence[SellingOffer], currency: str, table: FxTable, now: datetime) -> Field:
    shown = [fact for fact in facts if not fact.price_is_hidden]
    quantity = one.quantity or _least(shown, shown[0].unit_decimals if shown else 0)
    ask = Ask(quantity=quantity, country=one.country, postal_code=one.postal_code, need_by=one.need_by, currency=currency)
    rows = [row for row in (rules_rows.priced_or_none(fact, ask, table) for fact in shown) if row is not None]
    return Field(one.product_id, ask, _today(one.country, now.replace(second=0, microsecond=0)), rows)


async def changed(found: Sequence[Field], changes: Mapping[str, Change], *, now: datetime) -> list[Field]:
    """Give the same fields with other prices or stock of the offers that `changes` names by their ids; freight and duty are asked again for them.

    What does not sell stands in no field, and stays out; what comes to more than an order may carry leaves it.
    """
    rows = [rules_field.changed_rows(field, changes) for field in found]
    async with reading():
        await _land([field._replace(rows=made) for field, made in zip(found, rows, strict=True)], now=now)
    return [rules_field.with_rows(field, made, changes) for field, made in zip(found, rows, strict=True)]


def _least(facts: Sequence[SellingOffer], unit_decimals: int) -> int:
    """Give the least quantity that any of the offers sells, one unit where there are none."""
    return min((fact.moq for fact in facts), default=10**unit_decimals)


@lru_cache(maxsize=500)
def _today(country: str, minute: datetime) -> date:
    """Give the date in a country at a minute, by its usual zone; in UTC for what is none and will be refused. Days begin with a minute everywhere."""
    return date_in(minute, time_zone=usual_time_zone(country) if is_country(country) else "UTC")


async def _land(found: Sequence[Field], *, now: datetime) -> None:
    """Give all rows of these fields their costs, days and rates: one statement for each cost source and one for the rates, whatever their number."""
    rows = [(field.ask, row) for field in found for row in field.rows]
    if not rows:
        return
    rates = iter(await score.rates_in_order([row.offer.supplier_id for _, row in rows]))
    costs = iter(await landed.brought([_consignment(row, ask) for ask, row in rows], now=now))
    for field in found:
        told = [(row, next(costs), next(rates)) for row in field.rows]
        days = [way.transit_days for _, (_, way), _ in told]
        arrivals = landed.arrivals([row.offer for row in field.rows], transit_days=days, country=field.ask.country, now=now)
        for (row, (parts, way), known), arrival in zip(told, arrivals, strict=True):
            row.brought, row.way = parts, way
            rules_rows.take(row, parts, arrival, known, need_by=field.ask.need_by, today=field.today)


async def _with_destination(given: Mapping[str, str], viewer: Actor) -> dict[str, str]:
    """Leave out what is empty and fill in where the viewer usually has goods sent.

    It stands before the public reading, because addresses are their company's own and hidden from it.
    """
    filled = {key: text for key, value in given.items() if (text := value.strip())}
    if "country" not in filled:
        address = await addresses.default_address(viewer) if "buyer" in viewer.capacities else None
        filled["country"] = address.country if address else viewer.country or HOME_COUNTRY
        filled.setdefault("postal_code", address.postal_code if address else "")
    return filled


async def contested(*, suppliers: int, limit: int, after: UUID = NO_PRODUCT) -> list[UUID]:
    """Give products that at least so many suppliers offer to everybody, in the order of their ids."""
    async with reading():
        return await queries.contested(suppliers=suppliers, limit=limit, after=after)


async def lowest_prices(product_id: UUID, *, currency: str, now: datetime, months: int = 12) -> list[tuple[datetime, Decimal]]:
    """Give the lowest unit price (first tier) at the end of each of the past months and now, converted by today's rates.

    Of the offers that are public today, each counts where its supplier sold at that moment; a moment at which none did is missing.
    """
    table = await fx.rates(now)
    rates = {code: rate.rate for code in sorted(CURRENCIES) if (rate := table.rate(code, currency)) is not None}
    moments = [now - timedelta(days=365 * step // months) for step in range(months, -1, -1)]
    async with reading():
        return await queries.lowest_prices(product_id, moments=moments, rates=rates)


async def _unit_of(product_id: UUID) -> tuple[str, int]:
    from marketplace.catalogue.units import service as units  # noqa: PLC0415 - only for products that nobody offers

    await products.check_stays(product_id)
    found = await products.product(product_id, locale="en")
    return found.unit_code, (await units.unit(found.unit_code)).decimals


def _consignment(row: Row, ask: Ask) -> Consignment:
    offer = row.offer
    line = ConsignmentLine.of(
        offer, quantity=row.quantity, goods_minor=row.goods_minor, weight_grams=offer.weight_grams, is_weight_estimated=offer.is_weight_estimated
    )
    return Consignment(
        supplier_id=offer.supplier_id, ship_from_country=offer.site_country, ship_from_postal_code=offer.site_postal_code,
        country=ask.country, postal_code=ask.postal_code, incoterm=offer.incoterm, currency=offer.currency, lines=(line,),
    )  # fmt: skip
