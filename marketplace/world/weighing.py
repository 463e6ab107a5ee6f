"""Owns how the demo's ranking came to be as it is: a version of the weights that the operator published, and a buyer's own view."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from marketplace.trade.weights import service as weights
from marketplace.trade.weights.schemas import KeptWeights, NewVersion, Weights

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.world.market import Market

OWN_KEY = "mekongfood"
SECOND = Weights(cost=50_000, time=15_000, on_time=22_000, checks=8_000, stock=5_000, cost_slope=100_000)
OWN = Weights(cost=35_000, time=30_000, on_time=25_000, checks=5_000, stock=5_000, cost_slope=100_000)
REASON = "Dates that are kept tell buyers more than another check on paper."


async def make_weights(market: Market, *, now: datetime) -> None:
    """Publish the second version two months ago, in force a week later, and let one buyer weigh time higher for its own view."""
    published = now - timedelta(days=60)
    version = NewVersion(after=1, weights=SECOND, reason=REASON, in_force_from=published + timedelta(days=7))
    await weights.publish(version, actor=market.operator.actor, now=published)
    buyer = next(one for one in market.buyers if one.profile.key == OWN_KEY)
    await weights.keep_own(KeptWeights(version=0, weights=OWN), actor=buyer.login.actor, now=now - timedelta(days=20))
