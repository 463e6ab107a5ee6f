"""Owns the use case of comparing: gather each offer's facts, land it, rank all, explain each place."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from buyers.addresses import service as addresses
from marketplace.catalogue.products import service as products
from marketplace.kernel.calendar import date_in, weekend
from marketplace.kernel.countries import countries, usual_time_zone
from marketplace.kernel.currencies import CURRENCIES, exponent
from marketplace.kernel.database import in_transaction, pool, reading
from marketplace.kernel.fx import service as fx
from marketplace.kernel.money import AmountTooLarge, Conversion, line_net_minor
from marketplace.trade.compare import queries, rules, rules_ask
from marketplace.trade.compare.errors import NoRateToCurrency
from marketplace.trade.compare.schemas import (
    Comparison,
    ComponentOut,
    Counterfactual,
    FxOut,
    NextTierOut,
    OfferOut,
    OnTimeOut,
    PriceOut,
    RankingOut,
    StockOut,
    Summary,
    SupplierOut,
)
from marketplace.trade.landed import service as landed
from marketplace.trade.landed.schemas import Consignment, ConsignmentLine
from trust.score import service as score
from vendors.offers import service as offers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.fx.service import FxTable
    from marketplace.trade.compare.schemas import Ask, Weights
    from marketplace.trade.landed.schemas import Arrival, Component
    from trust.score.schemas import SupplierRates
    from vendors.offers.schemas import OfferFact

OFFERS_MAX = 50
GROUPS = rules.GROUPS
CACHED_SECONDS = 30
PRICE_PLACES = 6
HOME_COUNTRY = "DE"
SHARE_PLACES = Decimal("0.0001")


class _Cache:
    """The published ranking versions as this process read them last: which pool, when, and the versions, the newest first."""

    kept: tuple[int, float, list[tuple[int, datetime, Weights]]] | None = None


class _Exchange(msgspec.Struct, frozen=True):
    """How amounts in the currency of an offer become the buyer's: as they are, by the rate that is shown, or not at all."""

    is_convertible: bool
    convert: Callable[[int], int]
    shown: FxOut | None = None


class _Row(msgspec.Struct, gc=False):
    """One offer on its way through the comparison; `known_minor` sums its known components, `lacking` names those that are not."""

    fact: OfferFact
    quantity: int
    unit_price: Decimal
    goods_minor: int
    exchange: _Exchange
    arrival: Arrival | None = None
    rates: SupplierRates | None = None
    components: tuple[ComponentOut, ...] = ()
    known_minor: int = 0
    lacking: frozenset[str] = frozenset()


async def compare_given(product_id: UUID, given: Mapping[str, str], *, viewer: Actor, now: datetime, has_defaults: bool = False) -> Comparison:
    """Compare every offer on a product that sells now and that the viewer may see, at the quantity, destination and date that are given.

    `given` are the parameters as text: quantity, country, postal_code, need_by, currency; with `has_defaults` the first three may be
    missing and come from the offers' minimum quantities and the viewer. A quantity below an offer's minimum or between its multiples is
    rounded up for that offer. Above 50 offers the 50 lowest before freight are compared and `is_capped` says so. All amounts are in the
    asked currency, by rates that are shown; an offer whose currency has no rate stands apart with all its costs not known.
    Raises: NotFound for a product that is not there; InvalidInput; NoRateToCurrency when no offer can be converted; AmountTooLarge.
    """
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
        today = date_in(now, time_zone=usual_time_zone(country) if country in countries() else "UTC")
        own = viewer.currency if not viewer.is_anonymous else rules_ask.currency_of(country, fallback="EUR")
        ask = rules_ask.read_ask(given, unit_decimals=unit_decimals, today=today, currency=own)
        if facts and all(table.rate(fact.currency, ask.currency) is None for fact in facts):
            raise NoRateToCurrency(currency=ask.currency)
        rows = await _landed_rows(facts, ask, table, now)
    found = _ranked(rows, ask, weights, today)
    return Comparison(
        product_id=product_id, ask=ask, unit_code=unit_code, unit_decimals=unit_decimals, as_of=now, ranking_version=version,
        is_capped=len(facts) > OFFERS_MAX, summary=_summary(found), offers=found,
    )  # fmt: skip


async def _landed_rows(facts: Sequence[OfferFact], ask: Ask, table: FxTable, now: datetime) -> list[_Row]:
    """Price, land and date the offers: one statement for each cost source and one for the rates."""
    rows = _priced(facts, ask, table)
    if len(rows) > OFFERS_MAX:
        rows = sorted(rows, key=lambda row: (not row.exchange.is_convertible, row.exchange.convert(row.goods_minor), row.fact.offer_id))[:OFFERS_MAX]
    if not rows:
        return rows
    facts = [row.fact for row in rows]
    rates = await score.rates_of([fact.supplier_id for fact in facts])
    costs = await landed.land([_consignment(row, ask) for row in rows], now=now)
    arrivals = landed.arrivals(facts, transit_days=[found.transit_days for found in costs], country=ask.country, now=now)
    plain: dict[int, ComponentOut] = {}
    for row, found, arrival in zip(rows, costs, arrivals, strict=True):
        row.arrival = arrival
        row.rates = rates.get(row.fact.supplier_id)
        _take_components(row, found.components, ask.currency, plain)
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
    return next((one for one in kept[2] if one[1] <= now), kept[2][-1])


async def ranking(*, now: datetime) -> RankingOut:
    """Give the published ranking in force: weights, scales and tie-break."""
    version, since, weights = await _in_force(now)
    return RankingOut(
        version=version, in_force_from=since, weights=weights, spare_days_full=rules.SPARE_DAYS_FULL, arrival_days_none=rules.ARRIVAL_DAYS_NONE,
        on_time_none=rules.ON_TIME_NONE, on_time_full=rules.ON_TIME_FULL, checks_full=rules.CHECKS_FULL, stock_times_full=rules.STOCK_TIMES_FULL,
        tie_break=("total", "arrival", "offer_id"),
    )  # fmt: skip


def worked_example(weights: Weights) -> list[rules.Scored]:
    """Rank three invented offers by the very rules, for the page that explains them; their ids are 1 to 3."""
    day = date(2026, 12, 14)
    cases = [(110_920, 9, "0.943", 5, "20"), (108_414, 6, "0.900", 5, "26"), (116_771, 9, "0.900", 4, "10")]
    example = [
        rules.Contender(
            offer_id=UUID(int=number), total_minor=total, lacking=frozenset(), arrives_on=day - timedelta(days=spare), is_late=False, is_short=False,
            time_days=spare, on_time_low=Decimal(low), checks=checks, stock_times=Decimal(times), has_need_by=True,
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


def _priced(facts: Sequence[OfferFact], ask: Ask, table: FxTable) -> list[_Row]:
    """Price each offer at the asked quantity or the next it sells; what nobody could pay for is left out, unless nothing else is there."""
    rows, too_large = [], None
    for fact in facts:
        quantity = max(fact.moq, -(-ask.quantity // fact.multiple) * fact.multiple)
        price = offers.unit_price_at(fact, quantity)
        if price is None:
            continue
        try:
            goods = line_net_minor(price, quantity_steps=quantity, unit_decimals=fact.unit_decimals, currency=fact.currency)
        except AmountTooLarge as refused:
            too_large = refused
            continue
        rows.append(_Row(fact, quantity, price, goods, _exchange(fact.currency, ask.currency, table)))
    if too_large and not rows:
        raise too_large
    return rows


@lru_cache(maxsize=1000)
def _exchange(source: str, target: str, table: FxTable) -> _Exchange:
    """Make it of a table of rates, once for as long as the table is kept."""
    if source == target:
        return _Exchange(is_convertible=True, convert=_as_it_is)
    rate = table.rate(source, target)
    if rate is None:
        return _Exchange(is_convertible=False, convert=_as_nothing)
    shown = FxOut(base=source, quote=target, rate=rate.rate, provider=rate.provider, as_of=rate.as_of, is_fixed=rate.is_fixed)
    return _Exchange(is_convertible=True, convert=Conversion.between(source, target, rate=rate.rate).convert, shown=shown)


def _as_it_is(amount_minor: int) -> int:
    return amount_minor


def _as_nothing(_: int) -> int:
    return 0


def _consignment(row: _Row, ask: Ask) -> Consignment:
    fact = row.fact
    each = fact.weight_grams if fact.weight_grams is not None else fact.typical_weight_grams
    scale = 10**fact.unit_decimals
    line = ConsignmentLine(
        product_id=fact.product_id, offer_id=fact.offer_id, quantity=row.quantity, goods_minor=row.goods_minor, origin_country=fact.origin_country,
        category_id=fact.category_id, hs_prefix=fact.hs_prefix, weight_grams=None if each is None else -(-each * row.quantity // scale),
        is_weight_estimated=fact.weight_grams is None and each is not None,
        volume_cm3=None if fact.volume_cm3 is None else -(-fact.volume_cm3 * row.quantity // scale),
    )  # fmt: skip
    return Consignment(
        supplier_id=fact.supplier_id, site_id=fact.site_id, ship_from_country=fact.site_country, ship_from_postal_code=fact.site_postal_code,
        country=ask.country, postal_code=ask.postal_code, incoterm=fact.incoterm, currency=fact.currency, lines=(line,),
    )  # fmt: skip


def _take_components(row: _Row, components: Sequence[Component], currency: str, plain: dict[int, ComponentOut]) -> None:
    """Convert an offer's components; those without an amount are often the very same object for many offers, and `plain` keeps what was made of it."""
    made, lacking = [], []
    for one in components:
        if one.amount_minor is not None:
            out = _converted_component(one, one.amount_minor, row, currency)
            row.known_minor += out.amount_minor or 0
        elif id(one) in plain:
            out = plain[id(one)]
        else:
            out = plain[id(one)] = ComponentOut(
                one.kind, one.state, None, currency, None, one.currency, one.is_estimated, one.rule_id, one.source, one.as_of, one.note
            )
        if out.state == "unknown":
            lacking.append(out.kind)
        made.append(out)
    row.components = tuple(made)
    if lacking:
        row.lacking = frozenset(lacking)


def _converted_component(one: Component, minor: int, row: _Row, currency: str) -> ComponentOut:
    rule_id, as_of = one.rule_id, one.as_of
    if one.kind == "goods":
        rule_id, as_of = f"price-version:{row.fact.price_version_id}", row.fact.price_since
    if not row.exchange.is_convertible:
        return ComponentOut(
            one.kind, "unknown", None, currency, minor, one.currency, one.is_estimated, rule_id, one.source, as_of, "no-exchange-rate"
        )
    shown = row.exchange.convert(minor)
    return ComponentOut(one.kind, one.state, shown, currency, minor, one.currency, one.is_estimated, rule_id, one.source, as_of, one.note)


def _contender(row: _Row, ask: Ask, today: date) -> rules.Contender:
    fact, arrives_on, need_by = row.fact, row.arrival.arrives_on if row.arrival else None, ask.need_by
    spare = None if arrives_on is None else (need_by - arrives_on).days if need_by else (arrives_on - today).days
    return rules.Contender(
        offer_id=fact.offer_id, total_minor=row.known_minor, lacking=row.lacking, arrives_on=arrives_on,
        is_late=need_by is not None and arrives_on is not None and arrives_on > need_by,
        is_short=fact.available < row.quantity and not fact.allows_backorder, time_days=spare,
        on_time_low=row.rates.on_time.low if row.rates else None, checks=fact.checks,
        stock_times=Decimal(100 * fact.available // row.quantity).scaleb(-2), has_need_by=need_by is not None, weekend=weekend(ask.country),
    )  # fmt: skip


def _ranked(rows: Sequence[_Row], ask: Ask, weights: Weights, today: date) -> list[OfferOut]:
    contenders = [_contender(row, ask, today) for row in rows]
    # An id as number finds a row faster than a UUID does, and the contenders live as long as this function.
    row_of = {id(one): row for one, row in zip(contenders, rows, strict=True)}
    scored = rules.rank(contenders, weights)
    outs = []
    for item in scored:
        row = row_of[id(item.contender)]
        outs.append(_out(item, row, ask, _explain(item, scored[0], row, weights, today=today)))
    return outs


def _explain(item: rules.Scored, first: rules.Scored, row: _Row, weights: Weights, *, today: date) -> Counterfactual | None:
    """Word the counterfactual as a unit price in the offer's currency and a date; the price is verified on the rounded figures too."""
    goods = row.components[0]
    found = rules.counterfactual(item, weights, first=first, goods_minor=goods.amount_minor or 0, today=today)
    if found is None or (found.total_minor is None and found.days_sooner is None):
        return found
    price = None if found.total_minor is None else _price_for(found.total_minor, item, row, goods.amount_minor or 0)
    if price is not None and not rules.is_first_at(item, weights, first=first, total_minor=price[1]):
        price = None
    arrives_on = row.arrival.arrives_on if row.arrival else None
    sooner = date.fromordinal(arrives_on.toordinal() - found.days_sooner) if arrives_on and found.days_sooner else None
    return Counterfactual(
        total_minor=price[1] if price else None, days_sooner=found.days_sooner, unit_price=price[0] if price else None,
        change=(price[0] / row.unit_price - 1).quantize(SHARE_PLACES) if price else None, arrives_on=sooner,
    )  # fmt: skip


def _price_for(total_minor: int, item: rules.Scored, row: _Row, goods_minor: int) -> tuple[Decimal, int] | None:
    """Turn a winning total into a unit price, rounded down to the decimals of the present one, and the total that it really gives."""
    wanted = goods_minor - (item.contender.total_minor - total_minor)
    if goods_minor <= 0 or wanted < 0:
        return None
    places = exponent(row.fact.currency)
    exact = int(row.unit_price.scaleb(PRICE_PLACES))
    while exact % 10 ** (PRICE_PLACES - places):
        places += 1
    price = Decimal(exact * wanted // (goods_minor * 10 ** (PRICE_PLACES - places))).scaleb(-places)
    net = line_net_minor(price, quantity_steps=row.quantity, unit_decimals=row.fact.unit_decimals, currency=row.fact.currency)
    return price, item.contender.total_minor - goods_minor + row.exchange.convert(net)


def _out(item: rules.Scored, row: _Row, ask: Ask, counterfactual: Counterfactual | None) -> OfferOut:
    fact, arrival, rates = row.fact, row.arrival, row.rates
    assert arrival is not None
    assert fact.price_version_id is not None
    assert fact.price_since is not None
    tier = offers.next_tier_of(fact, row.quantity)
    lacking = tuple(sorted(row.lacking))
    return OfferOut(
        place=item.place, group=item.group, offer_id=fact.offer_id, product_id=fact.product_id, supplier_sku=fact.supplier_sku,
        supplier=SupplierOut(
            id=fact.supplier_id, name=fact.supplier_name, slug=fact.supplier_slug, country=fact.supplier_country, checks=fact.checks, checked_on=fact.checked_on
        ),
        quantity=row.quantity, moq=fact.moq, multiple=fact.multiple, pack_size=fact.pack_size, lead_days=fact.lead_days, incoterm=fact.incoterm,
        condition=fact.condition, ship_from=fact.site_country,
        price=PriceOut(
            unit_price=row.unit_price, currency=fact.currency, price_version_id=fact.price_version_id, source="price-list", as_of=fact.price_since
        ),
        next_tier=None if tier is None else NextTierOut(
            tier.from_quantity - row.quantity, tier.unit_price, (tier.unit_price / row.unit_price - 1).quantize(SHARE_PLACES) if row.unit_price else Decimal(0)
        ),
        goods_minor=row.goods_minor, components=row.components, known_minor=row.known_minor,
        total_minor=None if lacking else row.known_minor, currency=ask.currency, lacking=lacking,
        fx=row.exchange.shown,
        ready_on=arrival.ready_on, arrives_on=arrival.arrives_on, transit_days=arrival.transit_days, time_days=item.contender.time_days,
        is_late=item.contender.is_late,
        on_time=OnTimeOut(
            k=rates.on_time.k if rates else 0, n=rates.on_time.n if rates else 0, low=rates.on_time.low if rates else None,
            high=rates.on_time.high if rates else None, window_days=rates.window_days if rates else 365, formula=rates.formula if rates else "rates-1",
            source="orders", as_of=rates.as_of if rates else None,
        ),
        stock=StockOut(
            available=fact.available, times=item.contender.stock_times, allows_backorder=fact.allows_backorder, source="supplier-count", as_of=fact.counted_at
        ),
        score=item.score, factors=item.factors, counterfactual=counterfactual,
    )  # fmt: skip


def _summary(found: Sequence[OfferOut]) -> Summary:
    counts = Counter([one.group for one in found])
    ranked = found[: counts["ranked"]]
    known = [one.known_minor for one in ranked]
    arriving = [(one.arrives_on, one.place or 0, one) for one in ranked if one.arrives_on is not None]
    return Summary(
        ranked=counts["ranked"], cost_not_known=counts["cost_not_known"], too_late=counts["too_late"], short=counts["short"],
        lowest_minor=min(known, default=None), highest_minor=max(known, default=None),
        # They stand by their places, so the first of equals is the one with the better place.
        cheapest_id=ranked[known.index(min(known))].offer_id if ranked else None,
        fastest_id=min(arriving)[2].offer_id if arriving else None,
        before=ranked[0].lacking if ranked else (),
    )  # fmt: skip
