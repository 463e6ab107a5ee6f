"""Owns what the demo's visitors looked for in vain, and the searches that its first buyer keeps, one of them with something told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from marketplace.kernel.actor import ANONYMOUS
from marketplace.trade.alerts import service as alerts
from marketplace.trade.alerts.schemas import SearchIn
from marketplace.trade.search import service as search
from marketplace.trade.wanted import service as wanted
from marketplace.trade.wanted.schemas import AnswerIn, WantedIn

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.actor import Actor
    from marketplace.world.market import MarketBuyer

# Words, and how many days ago they were typed.
MISSED = (
    ("linear actuator 24v", (0, 1, 1, 2, 5, 9, 16, 23, 30)),
    ("explosion proof camera", (0, 3, 3, 8, 12, 34, 40)),
    ("hidraulik pump seal kit", (1, 6, 13, 20, 27)),
    ("thermal paste 50 g", (2, 4, 33)),
    ("cobot gripper", (0, 0, 1)),
)
# What was asked for because it was not found: words, how many, a note, and how many days ago.
ASKED = (
    ("Linear actuator 24 V, stroke 300 mm", "12", "IP65, with end switches; it lifts a hatch of 18 kg.", 4),
    ("Explosion-proof camera for mines", "2", "", 3),
    ("Cobot gripper", "1", "Flange ISO 9409-1-50-4-M6, payload at least 3 kg.", 1),
)
KEPT = (("Tapered bearings", "tapered roller bearing", "instant"), ("Valves", "ball valve", "weekly"))


async def keep_wishes(buyer: MarketBuyer, operator: Actor, *, now: datetime) -> int:
    """Write the misses and keep the searches; give how many searches are kept."""
    actor = buyer.login.actor
    for place, (words, days) in enumerate(MISSED):
        for at, ago in enumerate(days):
            await search.record_miss(words, viewer=ANONYMOUS if (place + at) % 2 else actor, now=now - timedelta(days=ago))
    for name, words, frequency in KEPT:
        await alerts.save(SearchIn(name=name, q=words, frequency=frequency), actor=actor, now=now)  # type: ignore[arg-type]
    await _ask(buyer, operator, now=now)
    return len(KEPT)


async def _ask(buyer: MarketBuyer, operator: Actor, *, now: datetime) -> None:
    """Let the buyer ask for what was not found; one is answered, and for one a supplier is looked for."""
    asked = [
        await wanted.ask(WantedIn(text=text, quantity=quantity, note=note), actor=buyer.login.actor, now=now - timedelta(days=days))
        for text, quantity, note, days in ASKED
    ]
    looking = AnswerIn(kind="looking", version=1, words="Two makers were asked for samples; we write here as soon as one answers.")
    refused = AnswerIn(kind="refused", version=1, words="Nobody here may sell what is made for use below ground.")
    await wanted.answer(asked[0].id, looking, actor=operator, now=now - timedelta(days=2))
    await wanted.answer(asked[1].id, refused, actor=operator, now=now - timedelta(hours=9))
