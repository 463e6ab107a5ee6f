"""Owns the row of a comparison: an offer priced at the asked quantity, its costs in the buyer's currency, its place worded for the answer."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel.calendar import weekend
from marketplace.kernel.currencies import exponent
from marketplace.kernel.money import AmountTooLarge, line_net_in
from marketplace.kernel.quantity import pack_price
from marketplace.trade.compare import rules
from marketplace.trade.compare.rules_told import NO_RATES, Exchange, Told, ToldRates, exchange, no_orders, told_rates
from marketplace.trade.compare.schemas import Counterfactual, GatedOut, NextTierOut, OfferOut, PriceOut, StockOut, Summary
from marketplace.trade.landed.schemas import NO_WAY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from marketplace.kernel.fx.service import FxTable
    from marketplace.trade.compare.rules_again import Found
    from marketplace.trade.compare.schemas import Ask
    from marketplace.trade.landed.schemas import Arrival, Component, Quote
    from marketplace.trade.weights.schemas import Weights
    from trust.score.schemas import SupplierRates
    from vendors.offers.schemas import SellingOffer

PRICE_PLACES = 6
# How many millionths the last of so many decimals is.
STEPS = tuple(10 ** (PRICE_PLACES - places) for places in range(PRICE_PLACES + 1))
SHARE_PLACES = 4
SHARE_STEPS = 10**SHARE_PLACES
OFFERS_MAX = 50
NEVER_FIRST = Counterfactual(total_minor=None, days_sooner=None)


class Row(rules.Contender, kw_only=True, gc=False):
    """One offer on its way through the comparison: first priced, then landed and dated, then ranked as the contender that it is.

    `unit_price` is in millionths; `total_minor` sums the known components and `lacking` names those that are not.
    `brought` are the costs beside the goods as their sources told them, in the offer's currency; `way` told the days on the way.
    """

    offer: SellingOffer
    quantity: int
    tier: int
    unit_price: int
    goods_minor: int
    exchange: Exchange
    arrival: Arrival | None = None
    brought: tuple[Component, ...] = ()
    way: Quote = NO_WAY
    on_time: ToldRates = NO_RATES
    told: list[Told] = msgspec.field(default_factory=list)


def _as_text(number: str) -> Any:
    """Leave a decimal the text that it is in JSON anyway."""
    return number


def priced(offers: Sequence[SellingOffer], ask: Ask, table: FxTable) -> tuple[list[Row], int]:
    """Price each offer at the asked quantity or the next it sells, and count those that come to more than an order may carry.

    Raises: AmountTooLarge when nothing else is there.
    """
    rows, too_large = [], 0
    for offer in offers:
        try:
            row = priced_one(offer, ask, exchange(offer.currency, ask.currency, table))
        except AmountTooLarge:
            too_large += 1
            continue
        if row is not None:
            rows.append(row)
    if too_large and not rows:
        raise AmountTooLarge
    return rows, too_large


def priced_or_none(offer: SellingOffer, ask: Ask, table: FxTable) -> Row | None:
    """Price one offer, None where it has no price at the quantity or comes to more than an order may carry."""
    try:
        return priced_one(offer, ask, exchange(offer.currency, ask.currency, table))
    except AmountTooLarge:
        return None


def priced_one(offer: SellingOffer, ask: Ask, change: Exchange) -> Row | None:
    """Price one offer, None where it has no price at the quantity. Raises: AmountTooLarge."""
    # A minimum that is no multiple itself cannot be bought: the next one is.
    quantity = -(-max(offer.moq, ask.quantity) // offer.multiple) * offer.multiple
    tier = bisect_right(offer.tier_from, quantity) - 1
    if tier < 0:
        return None
    # The database writes prices with six decimals, always.
    unit_price = int(offer.tier_price[tier].replace(".", ""))
    goods = line_net_in(offer.currency, offer.unit_decimals).of(unit_price, quantity)
    return Row(
        offer_id=offer.offer_id, is_short=offer.available < quantity and not offer.allows_backorder, checks=offer.checks,
        stock_hundredths=100 * offer.available // quantity, has_need_by=ask.need_by is not None, weekend=weekend(ask.country), offer=offer,
        quantity=quantity, tier=tier, unit_price=unit_price, goods_minor=goods, exchange=change,
    )  # fmt: skip


def lowest(rows: Sequence[Row]) -> Sequence[Row]:
    """Give the 50 lowest before freight, all where there are no more; what cannot be told in the buyer's currency comes last."""
    if len(rows) <= OFFERS_MAX:
        return rows
    return sorted(rows, key=lambda row: (not row.exchange.is_convertible, row.exchange.convert(row.goods_minor), row.offer_id))[:OFFERS_MAX]


def take(row: Row, parts: Sequence[Component], arrival: Arrival, rates: SupplierRates | None, *, need_by: date | None, today: date) -> None:
    """Give a row its components, goods first, their sum and which are not known; its days, and how they stand to the one needed by; its rates, if any."""
    offer, change = row.offer, row.exchange
    kept = change.kept
    goods = change.goods(offer, row.goods_minor)
    row.told = told = [goods, *[kept.get(part) or change.component(part) for part in parts]]
    row.total_minor = sum([one.counted_minor for one in told])
    lacking = [one.lacking for one in told if one.lacking]
    if lacking:
        row.lacking = frozenset(lacking)
    row.arrival = arrival
    if (arrives_on := arrival.arrives_on) is not None:
        row.arrives_on = arrives_on
        if need_by is None:
            row.time_days = arrives_on.toordinal() - today.toordinal()
        else:
            row.time_days = need_by.toordinal() - arrives_on.toordinal()
            row.is_late = row.time_days < 0
    row.on_time = on_time = no_orders(change.as_of) if rates is None else told_rates(rates)
    row.on_time_millionths = on_time.low_millionths


def worded(
    scored: Sequence[rules.Scored[Row]], ask: Ask, weights: Weights, *, today: date, now: datetime, is_sent: bool, again: Mapping[str, Found | None]
) -> list[OfferOut]:
    """Word each ranked row for the answer; of one that is sent as it is, what is only shown stands in it as ready JSON or text.

    `again` has the price that makes an offer the first for those whose costs follow the goods' value, None where no price does.
    """
    return [_out(item, ask, _explained(item, scored[0], weights, today, ask.country, again), now, is_sent=is_sent) for item in scored]


def _explained(
    item: rules.Scored[Row], first: rules.Scored[Row], weights: Weights, today: date, country: str, again: Mapping[str, Found | None]
) -> Counterfactual | None:
    """Word the counterfactual as a unit price in the offer's currency and a date; the price is verified on the rounded figures too."""
    if item.place is None or item.place == 1:
        return None
    row, price, change, total = item.contender, None, None, None
    if row.offer_id not in again:
        total = rules.winning_total(item, weights, first=first, goods_minor=row.told[0].counted_minor)
        if total is not None:
            price, change, total = _price_for(total, item, first, weights)
    elif (won := again[row.offer_id]) is not None:
        price, change, total = won.unit_price, change_of(won.millionths, row.unit_price), won.total_minor
    sooner = rules.winning_days(item, weights, first=first, today=today, country=country)
    if total is None and sooner is None:
        return NEVER_FIRST
    arrives_on = date.fromordinal(row.arrives_on.toordinal() - sooner) if row.arrives_on and sooner else None
    return Counterfactual(total_minor=total, days_sooner=sooner, unit_price=price, change=change, arrives_on=arrives_on)


def _price_for(
    total_minor: int, item: rules.Scored[Row], first: rules.Scored[Row], weights: Weights
) -> tuple[Decimal, Decimal, int] | tuple[None, None, None]:
    """Turn a winning total into a unit price, rounded down to the decimals of the present one, its change, and the total that it really gives."""
    row = item.contender
    goods_minor = row.told[0].counted_minor
    wanted = goods_minor - (row.total_minor - total_minor)
    if goods_minor <= 0 or wanted < 0:
        return None, None, None
    places, currency = exponent(row.offer.currency), row.offer.currency
    while row.unit_price % STEPS[places]:
        places += 1
    step = STEPS[places]
    steps = row.unit_price * wanted // (goods_minor * step)
    if steps < 1:  # Nobody may offer at nothing.
        return None, None, None
    net = line_net_in(currency, row.offer.unit_decimals).of(steps * step, row.quantity)
    total = row.total_minor - goods_minor + row.exchange.convert(net)
    # Below the total that was verified it wins all the more.
    if total > total_minor and not rules.is_first_at(item, weights, first=first, total_minor=total):
        return None, None, None
    return Decimal(steps).scaleb(-places), change_of(steps * step, row.unit_price), total


def change_of(to: int, since: int) -> Decimal:
    """Give how much a price in millionths changes, as a share with four decimals, half to even; whole numbers take a third of the time of decimals."""
    whole, rest = divmod(SHARE_STEPS * (to - since), since)
    return _share(whole + (2 * rest > since or (2 * rest == since and whole % 2 == 1)))


@lru_cache(maxsize=20_000)
def _share(steps: int) -> Decimal:
    return Decimal(steps).scaleb(-SHARE_PLACES)


@lru_cache(maxsize=20_000)
def _pack(price: str, size: int, decimals: int) -> Decimal | None:
    return pack_price(Decimal(price), pack_size=size, decimals=decimals)


def _next_tier(row: Row, number: Callable[[str], Decimal]) -> NextTierOut | None:
    offer, index = row.offer, row.tier + 1
    if index == len(offer.tier_from):
        return None
    price = offer.tier_price[index]
    change = change_of(int(price.replace(".", "")), row.unit_price) if row.unit_price else Decimal(0)
    return NextTierOut(offer.tier_from[index] - row.quantity, number(price), change)


def _out(item: rules.Scored[Row], ask: Ask, counterfactual: Counterfactual | None, now: datetime, *, is_sent: bool) -> OfferOut:
    """Word a row: typed for pages and files, which read it; in one that is sent, what is shared or came as JSON is only copied."""
    row = item.contender
    offer, arrival, lacking, exchange = row.offer, row.arrival, tuple(sorted(row.lacking)) if row.lacking else (), row.exchange
    assert arrival is not None, "rows are dated before they are ranked"
    supplier: Any
    components: Any
    on_time: Any
    number: Callable[[str], Decimal]
    if is_sent:
        supplier, components, rate, on_time, number = (
            offer.supplier_json,
            [one.ready for one in row.told],
            exchange.ready,
            row.on_time.ready,
            _as_text,
        )
    else:
        supplier, components, rate, on_time, number = offer.supplier, tuple([one.out for one in row.told]), exchange.shown, row.on_time.out, Decimal
    times, price = str(row.stock_hundredths).zfill(3), offer.tier_price[row.tier]
    # In the order of the fields: to find thirty-three of them by their names takes three times as long.
    return OfferOut(
        item.place, item.group, offer.offer_id, offer.product_id, supplier, offer.supplier_sku,
        row.quantity, offer.moq, offer.multiple, offer.pack_size, _pack(price, offer.pack_size, offer.unit_decimals), offer.lead_days, offer.incoterm, offer.condition, offer.site_country,
        PriceOut(number(price), offer.currency, offer.price_version_id, "price-list", offer.price_since),
        _next_tier(row, number), row.goods_minor, components,
        row.total_minor, None if lacking else row.total_minor, ask.currency, lacking, rate,
        arrival.ready_on, arrival.arrives_on, arrival.transit_days, row.time_days, row.is_late,
        on_time,
        StockOut(offer.available, number(f"{times[:-2]}.{times[-2:]}"), offer.allows_backorder, "supplier-count", offer.counted_at),
        item.score, item.factors, counterfactual,
        row.way.transit_source, row.way.transit_as_of, offer.terms_since, now,
    )  # fmt: skip


def gated(offers: Sequence[SellingOffer]) -> list[GatedOut]:
    """Tell the offers whose price the reader may see only after signing in, the first 50 by the suppliers' names, which tell nothing of prices."""
    return [
        GatedOut(
            offer_id=one.offer_id, product_id=one.product_id, supplier=one.supplier, supplier_sku=one.supplier_sku, moq=one.moq,
            multiple=one.multiple, lead_days=one.lead_days, condition=one.condition, ship_from=one.site_country, terms_as_of=one.terms_since,
        )
        for one in sorted(offers, key=lambda one: (one.supplier.name, one.offer_id))[:OFFERS_MAX]
    ]  # fmt: skip


def summary(found: Sequence[OfferOut], *, too_large: int, gated: int) -> Summary:
    """Count the groups, and name the cheapest and the fastest of the ranked: of equals the one with the better place, since they stand in order."""
    groups = [one.group for one in found]
    ranks = found[: groups.count("ranked")]
    known = [one.known_minor for one in ranks]
    days = [one.arrives_on or date.max for one in ranks]
    lowest, soonest = min(known, default=None), min(days, default=date.max)
    return Summary(
        ranked=len(ranks), cost_not_known=groups.count("cost_not_known"), too_late=groups.count("too_late"), short=groups.count("short"),
        too_large=too_large, gated=gated, lowest_minor=lowest, highest_minor=max(known, default=None),
        cheapest_id=None if lowest is None else ranks[known.index(lowest)].offer_id,
        fastest_id=None if soonest == date.max else ranks[days.index(soonest)].offer_id,
        before=ranks[0].lacking if ranks else (),
    )  # fmt: skip
