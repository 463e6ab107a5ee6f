"""Owns the row of a comparison: an offer priced at the asked quantity, its costs in the buyer's currency, its place worded for the answer."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from marketplace.kernel.calendar import weekend
from marketplace.kernel.currencies import exponent
from marketplace.kernel.money import AmountTooLarge, Conversion, line_net_in
from marketplace.trade.compare import rules
from marketplace.trade.compare.schemas import (
    ComponentOut,
    Counterfactual,
    FxOut,
    GatedOut,
    NextTierOut,
    OfferOut,
    OnTimeOut,
    PriceOut,
    StockOut,
    Summary,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from marketplace.kernel.fx.service import FxTable
    from marketplace.trade.compare.schemas import Ask
    from marketplace.trade.landed.schemas import Arrival, Component
    from marketplace.trade.weights.schemas import Weights
    from trust.score.schemas import SupplierRates
    from vendors.offers.schemas import SellingOffer

PRICE_PLACES = 6
SHARE_PLACES = 4
SHARE_STEPS = 10**SHARE_PLACES
KEPT_MAX = 2000
OFFERS_MAX = 50
NEVER_FIRST = Counterfactual(total_minor=None, days_sooner=None)
NO_ORDERS = OnTimeOut(k=0, n=0, low=None, high=None, window_days=365, formula="rates-2", source="orders", as_of=None)


class Exchange:
    """How amounts in the currency of an offer become the buyer's: as they are, by the rate that is shown, or not at all.

    `kept` are components with what was made of them: sources give the same one for many offers. What has no source with an age of its own is
    told as of the moment of the rates.
    """

    __slots__ = ("as_of", "convert", "currency", "is_convertible", "kept", "shown")

    def __init__(self, source: str, target: str, table: FxTable) -> None:
        """Look the rate up once."""
        rate = None if source == target else table.rate(source, target)
        self.currency, self.as_of = target, table.now
        self.is_convertible = source == target or rate is not None
        self.shown: FxOut | None = None
        self.convert: Callable[[int], int] = _as_it_is if self.is_convertible else _as_nothing
        self.kept: dict[Component, ComponentOut] = {}
        if rate is not None:
            self.shown = FxOut(base=source, quote=target, rate=rate.rate, provider=rate.provider, as_of=rate.as_of, is_fixed=rate.is_fixed)
            self.convert = Conversion.between(source, target, rate=rate.rate).convert

    def component(self, one: Component) -> ComponentOut:
        """Tell a component in the buyer's currency; without a rate what has an amount is not known."""
        # Duty is a share of the goods' value and seldom the same twice.
        is_kept = one.kind != "duty" or one.amount_minor is None
        if is_kept and (known := self.kept.get(one)) is not None:
            return known
        minor, shown, state, note = one.amount_minor, None, one.state, one.note
        if minor is not None and self.is_convertible:
            shown = self.convert(minor)
        elif minor is not None:
            state, note = "unknown", "no-exchange-rate"
        out = ComponentOut(
            one.kind,
            state,
            shown,
            self.currency,
            minor,
            one.currency,
            one.is_estimated,
            one.rule_id,
            one.source,
            one.as_of or self.as_of,
            note,
            one.parts,
        )
        if is_kept:
            if len(self.kept) >= KEPT_MAX:
                self.kept.clear()
            self.kept[one] = out
        return out


class Row(rules.Contender, kw_only=True, gc=False):
    """One offer on its way through the comparison: first priced, then landed and dated, then ranked as the contender that it is.

    `unit_price` is in millionths; `total_minor` sums the known components and `lacking` names those that are not.
    `brought` are the costs beside the goods as their sources told them, in the offer's currency.
    """

    offer: SellingOffer
    quantity: int
    tier: int
    unit_price: int
    goods_minor: int
    exchange: Exchange
    arrival: Arrival | None = None
    brought: tuple[Component, ...] = ()
    on_time: OnTimeOut = NO_ORDERS
    components: tuple[ComponentOut, ...] = ()


def _as_it_is(amount_minor: int) -> int:
    return amount_minor


def _as_nothing(_: int) -> int:
    return 0


# A table of rates is kept for half a minute. Each exchange holds its table, so few of them are kept.
exchange = lru_cache(maxsize=64)(Exchange)


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
        offer_id=offer.offer_id, is_short=offer.available < quantity and not offer.allows_backorder, checks=offer.supplier.checks,
        stock_hundredths=100 * offer.available // quantity, has_need_by=ask.need_by is not None, weekend=weekend(ask.country), offer=offer,
        quantity=quantity, tier=tier, unit_price=unit_price, goods_minor=goods, exchange=change,
    )  # fmt: skip


def lowest(rows: Sequence[Row]) -> Sequence[Row]:
    """Give the 50 lowest before freight, all where there are no more; what cannot be told in the buyer's currency comes last."""
    if len(rows) <= OFFERS_MAX:
        return rows
    return sorted(rows, key=lambda row: (not row.exchange.is_convertible, row.exchange.convert(row.goods_minor), row.offer_id))[:OFFERS_MAX]


def take_costs(row: Row, parts: Sequence[Component]) -> None:
    """Give a row its components, goods first, their sum and which are not known."""
    offer, change = row.offer, row.exchange
    shown, state, note = (change.convert(row.goods_minor), "known", "") if change.is_convertible else (None, "unknown", "no-exchange-rate")
    goods = ComponentOut(
        "goods", state, shown, change.currency, row.goods_minor, offer.currency,
        is_estimated=False, rule_id="price-version:" + offer.price_version_id, source="price-list", as_of=offer.price_since, note=note,
    )  # fmt: skip
    made, total, lacking = [goods], shown or 0, [] if shown is not None else ["goods"]
    for part in parts:
        out = change.component(part)
        made.append(out)
        if out.amount_minor is not None:
            total += out.amount_minor
        elif out.state == "unknown":
            lacking.append(out.kind)
    row.components, row.total_minor = tuple(made), total
    if lacking:
        row.lacking = frozenset(lacking)


def take_arrival(row: Row, arrival: Arrival, need_by: date | None, today: date) -> None:
    """Give a row the days of its goods, and how they stand to the day that they are needed by."""
    row.arrival = arrival
    if (arrives_on := arrival.arrives_on) is None:
        return
    row.arrives_on = arrives_on
    if need_by is None:
        row.time_days = arrives_on.toordinal() - today.toordinal()
    else:
        row.time_days = need_by.toordinal() - arrives_on.toordinal()
        row.is_late = row.time_days < 0


def take_rates(row: Row, rates: SupplierRates | None) -> None:
    """Give a row the supplier's rates, where it has any."""
    if rates is None:
        row.on_time = _no_orders(row.exchange.as_of)
    else:
        row.on_time, row.on_time_millionths = told_rates(rates)


@lru_cache(maxsize=16)
def _no_orders(as_of: datetime) -> OnTimeOut:
    return replace(NO_ORDERS, as_of=as_of)


@lru_cache(maxsize=KEPT_MAX)
def told_rates(rates: SupplierRates) -> tuple[OnTimeOut, int | None]:
    """Shape a supplier's rates for the answer, with the lower end in millionths; the score keeps them for seconds, so it is made once."""
    share = rates.on_time
    out = OnTimeOut(
        k=share.k, n=share.n, low=share.low, high=share.high, window_days=rates.window_days, formula=rates.formula, source="orders",
        as_of=rates.as_of, rate=share.rate, mean=share.mean,
    )  # fmt: skip
    return out, None if share.low is None else rules.millionths(share.low)


def ranked(rows: Sequence[Row], ask: Ask, weights: Weights, *, today: date, now: datetime) -> list[OfferOut]:
    """Rank the rows and word each for the answer."""
    scored = rules.rank(rows, weights)
    return [_out(item, ask, _explained(item, scored[0], weights, today), now) for item in scored]


def _explained(item: rules.Scored[Row], first: rules.Scored[Row], weights: Weights, today: date) -> Counterfactual | None:
    """Word the counterfactual as a unit price in the offer's currency and a date; the price is verified on the rounded figures too."""
    if item.place is None or item.place == 1:
        return None
    row = item.contender
    total = rules.winning_total(item, weights, first=first, goods_minor=row.components[0].amount_minor or 0)
    sooner = rules.winning_days(item, weights, first=first, today=today)
    if total is None and sooner is None:
        return NEVER_FIRST
    price = change = None
    if total is not None:
        price, total = _price_for(total, item, first, weights)
        change = None if price is None else change_of(int(price.scaleb(PRICE_PLACES)), row.unit_price)
    arrives_on = date.fromordinal(row.arrives_on.toordinal() - sooner) if row.arrives_on and sooner else None
    return Counterfactual(total_minor=total, days_sooner=sooner, unit_price=price, change=change, arrives_on=arrives_on)


def _price_for(total_minor: int, item: rules.Scored[Row], first: rules.Scored[Row], weights: Weights) -> tuple[Decimal, int] | tuple[None, None]:
    """Turn a winning total into a unit price, rounded down to the decimals of the present one, and the total that it really gives."""
    row = item.contender
    goods_minor = row.components[0].amount_minor or 0
    wanted = goods_minor - (row.total_minor - total_minor)
    if goods_minor <= 0 or wanted < 0:
        return None, None
    places, currency = exponent(row.offer.currency), row.offer.currency
    while row.unit_price % 10 ** (PRICE_PLACES - places):
        places += 1
    step: int = 10 ** (PRICE_PLACES - places)
    steps = row.unit_price * wanted // (goods_minor * step)
    if steps < 1:  # Nobody may offer at nothing.
        return None, None
    net = line_net_in(currency, row.offer.unit_decimals).of(steps * step, row.quantity)
    total = row.total_minor - goods_minor + row.exchange.convert(net)
    # Below the total that was verified it wins all the more.
    if total > total_minor and not rules.is_first_at(item, weights, first=first, total_minor=total):
        return None, None
    return Decimal(steps).scaleb(-places), total


def change_of(to: int, since: int) -> Decimal:
    """Give how much a price in millionths changes, as a share with four decimals, half to even; whole numbers take a third of the time of decimals."""
    whole, rest = divmod(SHARE_STEPS * (to - since), since)
    return Decimal(whole + (2 * rest > since or (2 * rest == since and whole % 2))).scaleb(-SHARE_PLACES)


def _next_tier(row: Row) -> NextTierOut | None:
    offer, index = row.offer, row.tier + 1
    if index == len(offer.tier_from):
        return None
    price = offer.tier_price[index]
    change = change_of(int(price.replace(".", "")), row.unit_price) if row.unit_price else Decimal(0)
    return NextTierOut(offer.tier_from[index] - row.quantity, Decimal(price), change)


def _out(item: rules.Scored[Row], ask: Ask, counterfactual: Counterfactual | None, now: datetime) -> OfferOut:
    row = item.contender
    offer, arrival, lacking = row.offer, row.arrival, tuple(sorted(row.lacking)) if row.lacking else ()
    assert arrival is not None, "rows are dated before they are ranked"
    freight = row.components[1]
    is_rated = freight.kind == "freight" and freight.state == "known"
    # In the order of the fields: to find thirty-three of them by their names takes three times as long.
    return OfferOut(
        item.place, item.group, offer.offer_id, offer.product_id, offer.supplier, offer.supplier_sku,
        row.quantity, offer.moq, offer.multiple, offer.pack_size, offer.lead_days, offer.incoterm, offer.condition, offer.site_country,
        PriceOut(Decimal(offer.tier_price[row.tier]), offer.currency, offer.price_version_id, "price-list", offer.price_since),
        _next_tier(row), row.goods_minor, row.components,
        row.total_minor, None if lacking else row.total_minor, ask.currency, lacking, row.exchange.shown,
        arrival.ready_on, arrival.arrives_on, arrival.transit_days, row.time_days, row.is_late,
        row.on_time,
        StockOut(offer.available, Decimal(row.stock_hundredths).scaleb(-2), offer.allows_backorder, "supplier-count", offer.counted_at),
        item.score, item.factors, counterfactual,
        freight.source if is_rated else "" if arrival.transit_days is None else "freight-table",
        freight.as_of if is_rated or arrival.transit_days is not None else None,
        offer.terms_since, now,
    )  # fmt: skip


def gated(offers: Sequence[SellingOffer]) -> list[GatedOut]:
    """Tell the offers whose price the reader may see only after signing in, by the suppliers' names: an order that tells nothing of prices."""
    found = [
        GatedOut(
            offer_id=one.offer_id, product_id=one.product_id, supplier=one.supplier, supplier_sku=one.supplier_sku, moq=one.moq,
            multiple=one.multiple, lead_days=one.lead_days, ship_from=one.site_country, terms_as_of=one.terms_since,
        )
        for one in offers
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.supplier.name, one.offer_id))


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
