"""Owns the use case of comparing: gather each offer's facts, land it, rank all, explain each place."""

from __future__ import annotations

import asyncio
import time
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from buyers.addresses import service as addresses
from marketplace.catalogue.products import service as products
from marketplace.kernel.calendar import date_in
from marketplace.kernel.countries import is_country, usual_time_zone
from marketplace.kernel.currencies import CURRENCIES
from marketplace.kernel.database import in_transaction, pool, reading
from marketplace.kernel.fx import service as fx
from marketplace.trade.compare import queries, rules, rules_ask, rules_rows
from marketplace.trade.compare.errors import ComparisonTooBroad, NoRateToCurrency
from marketplace.trade.compare.schemas import Comparison, RankingOut
from marketplace.trade.landed import service as landed
from marketplace.trade.landed.schemas import Consignment, ConsignmentLine
from trust.score import service as score
from vendors.offers import service as offers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.fx.service import FxTable
    from marketplace.trade.compare.rules_rows import Row
    from marketplace.trade.compare.schemas import Ask, Weights
    from vendors.offers.schemas import SellingOffer

OFFERS_MAX = 50
SECONDS_MAX = 2.0
GROUPS = rules.GROUPS
CACHED_SECONDS = 30
HOME_COUNTRY = "DE"


class _Cache:
    """The published ranking versions as this process read them last: which pool, when, and the versions, the newest first."""

    kept: tuple[int, float, list[tuple[int, datetime, Weights]]] | None = None


async def compare_given(product_id: UUID, given: Mapping[str, str], *, viewer: Actor, now: datetime, has_defaults: bool = False) -> Comparison:
    """Compare every offer on a product that sells now and that the viewer may see, at the quantity, destination and date that are given.

    `given` are the parameters as text: quantity, country, postal_code, need_by, currency; with `has_defaults` the first three may be
    missing and come from the offers' minimum quantities and the viewer. A quantity below an offer's minimum or between its multiples is
    rounded up for that offer. Above 50 offers the 50 lowest before freight are compared and `is_capped` says so. All amounts are in the
    asked currency, by rates that are shown; an offer whose currency has no rate stands apart with all its costs not known.
    Raises: NotFound for a product that is not there; InvalidInput; NoRateToCurrency when no offer can be converted; AmountTooLarge; ComparisonTooBroad.
    """
    limit = asyncio.timeout(SECONDS_MAX)
    try:
        async with limit:
            return await _compare(product_id, given, viewer=viewer, now=now, has_defaults=has_defaults)
    except TimeoutError:
        if not limit.expired():
            raise
        raise ComparisonTooBroad(seconds=SECONDS_MAX) from None


async def _compare(product_id: UUID, given: Mapping[str, str], *, viewer: Actor, now: datetime, has_defaults: bool) -> Comparison:
    table = await fx.rates(now)
    if has_defaults:
        given = await _with_destination(given, viewer)
    version, _, weights = await _in_force(now)
    async with reading():
        facts = await offers.offers_for_comparison(product_id, now=now, viewer=viewer)
        unit_code, unit_decimals = (facts[0].unit_code, facts[0].unit_decimals) if facts else await _unit_of(product_id)
        if has_defaults and "quantity" not in given:
            least = min((fact.moq for fact in facts), default=10**unit_decimals)
            given = {**given, "quantity": f"{Decimal(least).scaleb(-unit_decimals).normalize():f}"}
        country = given.get("country", "").upper()
        today = _today(country, now.replace(second=0, microsecond=0))
        own = viewer.currency if not viewer.is_anonymous else rules_ask.currency_of(country, fallback="EUR")
        ask = rules_ask.read_ask(given, unit_decimals=unit_decimals, today=today, currency=own)
        rows = await _landed_rows(facts, ask, table, now=now, today=today)
    found = rules_rows.ranked(rows, ask, weights, today)
    return Comparison(
        product_id=product_id, ask=ask, unit_code=unit_code, unit_decimals=unit_decimals, as_of=now, ranking_version=version,
        is_capped=len(facts) > OFFERS_MAX, summary=rules_rows.summary(found), offers=found,
    )  # fmt: skip


@lru_cache(maxsize=500)
def _today(country: str, minute: datetime) -> date:
    """Give the date in a country at a minute, by its usual zone; in UTC for what is none and will be refused. Days begin with a minute everywhere."""
    return date_in(minute, time_zone=usual_time_zone(country) if is_country(country) else "UTC")


async def _landed_rows(facts: Sequence[SellingOffer], ask: Ask, table: FxTable, *, now: datetime, today: date) -> list[Row]:
    """Price, land and date the offers: one statement for each cost source and one for the rates. Raises: NoRateToCurrency, AmountTooLarge."""
    rows = rules_rows.priced(facts, ask, table)
    if rows and not any(row.exchange.is_convertible for row in rows):
        raise NoRateToCurrency(currency=ask.currency)
    if len(rows) > OFFERS_MAX:
        rows = sorted(rows, key=lambda row: (not row.exchange.is_convertible, row.exchange.convert(row.goods_minor), row.offer_id))[:OFFERS_MAX]
    if not rows:
        return rows
    rates = await score.rates_in_order([row.offer.supplier.id for row in rows])
    costs = await landed.brought([_consignment(row, ask) for row in rows], now=now)
    arrivals = landed.arrivals([row.offer for row in rows], transit_days=[days for _, days in costs], country=ask.country, now=now)
    for row, (parts, _), arrival, known in zip(rows, costs, arrivals, rates, strict=True):
        rules_rows.take_costs(row, parts)
        rules_rows.take_arrival(row, arrival, ask.need_by, today)
        rules_rows.take_rates(row, known)
    return rows


async def _with_destination(given: Mapping[str, str], viewer: Actor) -> dict[str, str]:
    """Leave out what is empty and fill in where the viewer usually has goods sent.

    It stands before the public reading, because addresses are their company's own and hidden from it.
    """
    filled = {key: value for key, value in given.items() if value.strip()}
    if "country" not in filled:
        address = await addresses.default_address(viewer) if "buyer" in viewer.capacities else None
        filled["country"] = address.country if address else viewer.country or HOME_COUNTRY
        filled.setdefault("postal_code", address.postal_code if address else "")
    return filled


async def _in_force(now: datetime) -> tuple[int, datetime, Weights]:
    """Give the ranking version in force; the versions are kept in the process for half a minute, like the exchange rates."""
    kept = _Cache.kept
    if kept is None or kept[0] != id(pool()) or time.monotonic() - kept[1] > CACHED_SECONDS:
        is_committed = not in_transaction()
        async with reading():
            kept = (id(pool()), time.monotonic(), await queries.rankings())
        _Cache.kept = kept if is_committed else None
    latest = kept[2][0]
    return latest if latest[1] <= now else next((one for one in kept[2] if one[1] <= now), kept[2][-1])


async def ranking(*, now: datetime) -> RankingOut:
    """Give the published ranking in force: weights, scales and tie-break."""
    version, since, weights = await _in_force(now)
    return RankingOut(
        version=version, in_force_from=since, weights=weights, spare_days_full=rules.SPARE_DAYS_FULL, arrival_days_none=rules.ARRIVAL_DAYS_NONE,
        on_time_none=rules.ON_TIME_NONE, on_time_full=rules.ON_TIME_FULL, checks_full=rules.CHECKS_FULL, stock_times_full=rules.STOCK_TIMES_FULL,
        tie_break=("total", "arrival", "offer_id"),
    )  # fmt: skip


def worked_example(weights: Weights) -> list[rules.Scored[rules.Contender]]:
    """Rank three invented offers by the very rules, for the page that explains them; their ids are 1 to 3."""
    day = date(2026, 12, 14)
    cases = [(110_920, 9, 943_000, 5, 2000), (108_414, 6, 900_000, 5, 2600), (116_771, 9, 900_000, 4, 1000)]
    example = [
        rules.Contender(
            offer_id=str(number), total_minor=total, arrives_on=day - timedelta(days=spare), is_short=False, time_days=spare,
            on_time_millionths=low, checks=checks, stock_hundredths=times, has_need_by=True,
        )
        for number, (total, spare, low, checks, times) in enumerate(cases, 1)
    ]  # fmt: skip
    return rules.rank(example, weights)


async def lowest_prices(product_id: UUID, *, currency: str, now: datetime, months: int = 12) -> list[tuple[datetime, Decimal]]:
    """Give the lowest public unit price (first tier) at the end of each of the past months and now, converted by today's rates."""
    table = await fx.rates(now)
    rates = {code: rate.rate for code in sorted(CURRENCIES) if (rate := table.rate(code, currency)) is not None}
    moments = [now - timedelta(days=365 * step // months) for step in range(months, -1, -1)]
    async with reading():
        return await queries.lowest_prices(product_id, moments=moments, rates=rates)


async def _unit_of(product_id: UUID) -> tuple[str, int]:
    from marketplace.catalogue.units import service as units  # noqa: PLC0415 - only for products that nobody offers

    found = await products.product(product_id, locale="en")
    return found.unit_code, (await units.unit(found.unit_code)).decimals


def _consignment(row: Row, ask: Ask) -> Consignment:
    offer = row.offer
    line = ConsignmentLine.of(
        offer, quantity=row.quantity, goods_minor=row.goods_minor, weight_grams=offer.weight_grams, is_weight_estimated=offer.is_weight_estimated
    )
    return Consignment(
        supplier_id=offer.supplier.id, ship_from_country=offer.site_country, ship_from_postal_code=offer.site_postal_code,
        country=ask.country, postal_code=ask.postal_code, incoterm=offer.incoterm, currency=offer.currency, lines=(line,),
    )  # fmt: skip
