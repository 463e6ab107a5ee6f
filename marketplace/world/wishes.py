"""Owns what the demo's visitors looked for in vain, and the searches that its first buyer keeps, one of them with something told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from marketplace.kernel.actor import ANONYMOUS
from marketplace.trade.alerts import service as alerts
from marketplace.trade.alerts.schemas import SearchIn
from marketplace.trade.search import service as search

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.world.market import MarketBuyer

# Words, and how many days ago they were typed.
MISSED = (
    ("linear actuator 24v", (0, 1, 1, 2, 5, 9, 16, 23, 30)),
    ("explosion proof camera", (0, 3, 3, 8, 12, 34, 40)),
    ("hidraulik pump seal kit", (1, 6, 13, 20, 27)),
    ("thermal paste 50 g", (2, 4, 33)),
    ("cobot gripper", (0, 0, 1)),
)
KEPT = (("Tapered bearings", "tapered roller bearing", "instant"), ("Valves", "ball valve", "weekly"))


async def keep_wishes(buyer: MarketBuyer, *, now: datetime) -> int:
    """Write the misses and keep the searches; give how many searches are kept."""
    actor = buyer.login.actor
    for place, (words, days) in enumerate(MISSED):
        for at, ago in enumerate(days):
            await search.record_miss(words, viewer=ANONYMOUS if (place + at) % 2 else actor, now=now - timedelta(days=ago))
    for name, words, frequency in KEPT:
        await alerts.save(SearchIn(name=name, q=words, frequency=frequency), actor=actor, now=now)  # type: ignore[arg-type]
    return len(KEPT)
