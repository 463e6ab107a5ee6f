"""Owns telling what many offers share: components in the buyer's currency, the rate they were converted at, suppliers' rates; typed and as ready JSON."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from marketplace.kernel.money import Conversion
from marketplace.trade.compare import rules
from marketplace.trade.compare.schemas import ComponentOut, FxOut, OnTimeOut

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from marketplace.kernel.fx.service import FxTable
    from marketplace.trade.landed.schemas import Component
    from trust.score.schemas import SupplierRates
    from vendors.offers.schemas import SellingOffer

KEPT_MAX = 2000
NO_ORDERS = OnTimeOut(k=0, n=0, low=None, high=None, window_days=365, formula="rates-2", source="orders", as_of=None)
# What the goods of an offer are without a rate: amount, state, note and what is lacking.
_NO_RATE = (None, "unknown", "no-exchange-rate", "goods")
_COUNTED = False
_encode = msgspec.json.Encoder().encode


class Told(msgspec.Struct, frozen=True, gc=False):
    """A component as it is told: typed, and as JSON where it is told of many offers (else the same again).

    `counted_minor` is what it adds to a total, `lacking` its kind where it is not known.
    """

    out: ComponentOut
    ready: ComponentOut | msgspec.Raw
    counted_minor: int
    lacking: str


class ToldRates(msgspec.Struct, frozen=True, gc=False):
    """A supplier's rates as they are told, typed and as JSON, with the lower end of on time in millionths."""

    out: OnTimeOut
    ready: msgspec.Raw
    low_millionths: int | None


NO_RATES = ToldRates(NO_ORDERS, msgspec.Raw(_encode(NO_ORDERS)), None)


class Exchange:
    """How amounts in the currency of an offer become the buyer's: as they are, by the rate that is shown, or not at all.

    `kept` are components with what was made of them: sources give the same one for many offers. What has no source with an age of its own is
    told as of the moment of the rates.
    """

    __slots__ = ("as_of", "convert", "currency", "is_convertible", "kept", "ready", "shown")

    def __init__(self, source: str, target: str, table: FxTable) -> None:
        """Look the rate up once."""
        rate = None if source == target else table.rate(source, target)
        self.currency, self.as_of = target, table.now
        self.is_convertible = source == target or rate is not None
        self.shown: FxOut | None = None
        self.convert: Callable[[int], int] = _as_it_is if self.is_convertible else _as_nothing
        self.kept: dict[Component, Told] = {}
        if rate is not None:
            self.shown = FxOut(base=source, quote=target, rate=rate.rate, provider=rate.provider, as_of=rate.as_of, is_fixed=rate.is_fixed)
            self.convert = Conversion.between(source, target, rate=rate.rate).convert
        self.ready: Any = self.shown and msgspec.Raw(_encode(self.shown))

    def goods(self, offer: SellingOffer, goods_minor: int) -> Told:
        """Tell what the goods of an offer cost, by its price list."""
        shown, state, note, lacking = (self.convert(goods_minor), "known", "", "") if self.is_convertible else _NO_RATE
        # In the order of the fields, which takes a third of the time of finding them by their names.
        out = ComponentOut(
            "goods", state, shown, self.currency, goods_minor, offer.currency,
            _COUNTED, "price-version:" + offer.price_version_id, "price-list", offer.price_since, note,
        )  # fmt: skip
        return Told(out, out, shown or 0, lacking)

    def component(self, one: Component) -> Told:
        """Tell a component in the buyer's currency, and keep what came of it; without a rate what has an amount is not known."""
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
        lacking = one.kind if state == "unknown" else ""
        # Duty is a share of the goods' value and seldom the same twice.
        if one.kind == "duty" and minor is not None:
            return Told(out, out, shown or 0, lacking)
        if len(self.kept) >= KEPT_MAX:
            self.kept.clear()
        told = self.kept[one] = Told(out, msgspec.Raw(_encode(out)), shown or 0, lacking)
        return told


def _as_it_is(amount_minor: int) -> int:
    return amount_minor


def _as_nothing(_: int) -> int:
    return 0


# A table of rates is kept for half a minute. Each exchange holds its table, so few of them are kept.
exchange = lru_cache(maxsize=64)(Exchange)


@lru_cache(maxsize=16)
def no_orders(as_of: datetime) -> ToldRates:
    """Tell of a supplier without any order, as of a moment."""
    out = replace(NO_ORDERS, as_of=as_of)
    return ToldRates(out, msgspec.Raw(_encode(out)), None)


@lru_cache(maxsize=KEPT_MAX)
def told_rates(rates: SupplierRates) -> ToldRates:
    """Shape a supplier's rates for the answer; the score keeps them for seconds, so it is made once."""
    share = rates.on_time
    out = OnTimeOut(
        k=share.k, n=share.n, low=share.low, high=share.high, window_days=rates.window_days, formula=rates.formula, source="orders",
        as_of=rates.as_of, rate=share.rate, mean=share.mean,
    )  # fmt: skip
    return ToldRates(out, msgspec.Raw(_encode(out)), None if share.low is None else rules.millionths(share.low))
