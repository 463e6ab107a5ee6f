"""Owns the answer of a comparison that is sent: what the database wrote, or was told before, stands in it as JSON; nobody can read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.trade.compare.rules_ask import DIGITS_MAX
from marketplace.trade.compare.rules_rows import transit
from marketplace.trade.compare.schemas import OfferOut, PriceOut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketplace.trade.compare import rules
    from marketplace.trade.compare.rules_rows import Row
    from marketplace.trade.compare.schemas import Ask, Counterfactual

_encode = msgspec.json.Encoder().encode


def quantity(given: str) -> int | None:
    """Read a quantity that is plain digits, for the database to write what is shown at it; None for what only `read_ask` may judge."""
    return int(given) if len(given) <= DIGITS_MAX and given.isascii() and given.isdigit() else None


def worded(scored: Sequence[rules.Scored[Row]], why: Sequence[Counterfactual | None], ask: Ask, *, now: datetime) -> list[OfferOut]:
    """Word each row as `rules_rows.worded` does, for the API alone. What is shown of the offers was written at the quantity of `ask`, in whole pieces."""
    as_of: Any = msgspec.Raw(_encode(now))
    return [_out(item, reason, ask.currency, as_of) for item, reason in zip(scored, why, strict=True)]


def _out(item: rules.Scored[Row], counterfactual: Counterfactual | None, currency: str, as_of: Any) -> OfferOut:
    row = item.contender
    offer: Any = row.offer
    arrival, exchange, told, lacking = row.arrival, row.exchange, row.told, tuple(sorted(row.lacking)) if row.lacking else ()
    assert arrival is not None, "rows are dated before they are ranked"
    transit_source, transit_as_of = transit(told[0].out, arrival)
    components: Any = [exchange.goods(offer, row.goods_minor, offer.price_since), *[one.ready for one in told]]
    on_time: Any = row.on_time.ready
    return OfferOut(
        item.place, item.group, offer.offer_id, offer.product_id, offer.supplier_json, offer.supplier_sku,
        row.quantity, offer.moq, offer.multiple, offer.pack_size, offer.lead_days, offer.incoterm, offer.condition, offer.site_country,
        PriceOut(offer.tier_price[row.tier], offer.currency, offer.price_version_id, "price-list", offer.price_since),
        offer.next_tier, row.goods_minor, components,
        row.total_minor, None if lacking else row.total_minor, currency, lacking, exchange.ready,
        arrival.ready_on, arrival.arrives_on, arrival.transit_days, row.time_days, row.is_late,
        on_time, offer.counted, item.score, item.factors, counterfactual, transit_source, transit_as_of, offer.terms_since, as_of,
    )  # fmt: skip
