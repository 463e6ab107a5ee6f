"""Owns what the demo's first buyer has kept: comparisons of the last weeks, one of them kept twice, so that there is something that has changed."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from marketplace.kernel.errors import DomainError
from marketplace.kernel.fx import service as fx
from marketplace.kernel.fx.schemas import NewRate
from marketplace.trade.saved import service as saved
from marketplace.trade.saved.schemas import ChangeIn, SaveIn
from marketplace.world.companies import FX_PER_EUR
from marketplace.world.stock import rounded_price
from vendors.offers import service as selling
from vendors.offers.schemas import Tier

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketplace.world.market import Market, MarketBuyer
    from marketplace.world.stock import MarketOffer

# Name, note, how many days ago it was kept, the quantity, and by how many days from now the goods are needed (None: no date).
KEPT = (
    ("Spring maintenance, line 2", "Ask the first two for a firm date before ordering.", 12, 100, 25),
    ("Framework 2027, first look", "", 9, 500, None),
    ("Spare parts for the Dresden plant", "Prices were discussed by phone on Monday.", 6, 50, 14),
    ("Tender 4711", "Closed; the offer of last month won.", 20, 200, None),
)
SUPPLIERS_LEAST = 5
STATES_AGAIN_DAYS = 4
PRICES_SINCE = ("1.03", "0.96", "1.015", "0.985")
RATE_THEN, RATE_DAYS = Decimal("0.985"), 21


async def keep_comparisons(market: Market, buyer: MarketBuyer, offers: Sequence[MarketOffer], *, now: datetime) -> int:
    """Keep comparisons of products that many suppliers offer, at moments of the last weeks; give how many. The last one is archived.

    Since then some of the suppliers have changed their prices.
    """
    # The rates of then: the euro stood a little lower, so that a part of each difference is the exchange rate's.
    then = [NewRate(base="EUR", quote=quote, rate=Decimal(rate) * RATE_THEN) for quote, rate in FX_PER_EUR.items() if quote != "EUR"]
    await fx.put_rates(then, provider="demo", as_of=now - timedelta(days=RATE_DAYS), is_fixed=True)
    counts: dict[object, set[int]] = {}
    for offer in offers:
        counts.setdefault(offer.product_id, set()).add(offer.supplier)
    products = [offer.product_id for offer in {one.product_id: one for one in offers}.values() if len(counts[offer.product_id]) >= SUPPLIERS_LEAST]
    actor, made = buyer.login.actor, []
    for place, (name, note, days, quantity, need_days) in enumerate(KEPT):
        need_by = (now + timedelta(days=need_days)).date().isoformat() if need_days else ""
        for product_id in products[place * 40 : place * 40 + 40]:
            data = SaveIn(product_id=product_id, name=name, note=note, quantity=str(quantity), need_by=need_by)
            try:
                made.append(await saved.save(data, actor=actor, now=now - timedelta(days=days)))
            except DomainError:
                # Some units are not counted in whole pieces, and some prices had not begun: the next product does.
                continue
            await _new_prices(market, [one for one in offers if one.product_id == product_id], now=now)
            break
    if made:
        await saved.keep_state(made[0].id, actor=actor, now=now - timedelta(days=STATES_AGAIN_DAYS))
        await saved.change(made[-1].id, ChangeIn(is_archived=True), version=1, actor=actor, now=now - timedelta(days=1))
    return len(made)


async def _new_prices(market: Market, offers: Sequence[MarketOffer], *, now: datetime) -> None:
    """Let every second supplier of a product have changed its price since, by a little; what another price list has overtaken stays."""
    for place, offer in enumerate(offers[::2]):
        share = Decimal(PRICES_SINCE[place % len(PRICES_SINCE)])
        tiers = [Tier(tier.from_quantity, rounded_price(tier.unit_price * share, offer.currency)) for tier in offer.tiers]
        with suppress(DomainError):
            await selling.set_price(
                offer.offer_id, tiers=tiers, version=None, actor=market.suppliers[offer.supplier].login.actor, now=now - timedelta(hours=30)
            )
