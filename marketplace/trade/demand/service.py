"""Owns the use case of demand: what people look for and do not find."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotAllowed
from marketplace.trade.demand import queries
from marketplace.trade.demand.schemas import Demand

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketplace.kernel.actor import Actor

WISHES_MAX: Final = 100
WEEKS: Final = 8
DAYS: Final = (7, 28, 91)
KEPT_DAYS: Final = 400


async def forget(now: datetime) -> int:
    """Drop what was looked for in vain more than 400 days ago, and answer how many lines: words may say more of people than they meant."""
    async with transaction(actor=WORKER):
        return await queries.forget(now.date() - timedelta(days=KEPT_DAYS))


async def near(texts: Sequence[str]) -> dict[str, list[str]]:
    """Give by text the catalogue's words that are most like those of it that come nowhere; nothing for a text of known words."""
    async with reading():
        return await queries.near(texts)


async def demand(*, days: int, segment: str = "", locale: str = "", actor: Actor, now: datetime) -> Demand:
    """Tell what found nothing in the last days (in UTC), the most wanted first, beside as many days before. Raises: NotAllowed for all but the operator."""
    if not actor.is_operator:
        raise NotAllowed
    today = now.date()
    segment, locale = segment.replace("\x00", ""), locale.replace("\x00", "")
    async with reading(actor):
        found = await queries.wishes(today, days, segment=segment, locale=locale, limit=WISHES_MAX)
        words = [one.query for one in found]
        weeks = await queries.weeks(today, words, count=WEEKS, segment=segment, locale=locale)
        near = await queries.near(words)
        total, before = await queries.totals(today, days, segment=segment, locale=locale)
        segments, locales = await queries.kinds(today, days)
        every = await queries.all_weeks(today, count=WEEKS, segment=segment, locale=locale)
        by_segment = await queries.parts("segment", today, days, segment=segment, locale=locale)
        by_locale = await queries.parts("locale", today, days, segment=segment, locale=locale)
        asked = await queries.asked(words)
    wishes = [
        msgspec.structs.replace(
            one, weeks=[weeks.get((one.query, ago), 0) for ago in reversed(range(WEEKS))], near=near.get(one.query, []), asked=asked.get(one.query, 0)
        )
        for one in found
    ]
    return Demand(
        wishes=wishes, total=total, before=before, segments=segments, locales=locales, weeks=[every.get(ago, 0) for ago in reversed(range(WEEKS))],
        by_segment=by_segment, by_locale=by_locale,
    )  # fmt: skip
