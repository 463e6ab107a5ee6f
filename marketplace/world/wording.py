"""Owns the rules of words that the demo's operator keeps: what buyers call things in their languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.trade.words import service
from marketplace.trade.words.schemas import WordsIn

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.actor import Actor

RULES = (
    WordsIn(words="notebook", means=["portable computer", "netbook"], note="Asked for in vain in three weeks of October."),
    WordsIn(words="spanner", means=["wrench"], locale="en", note="British and American."),
    WordsIn(words="earthing", means=["grounding"], locale="en"),
    WordsIn(words="wago clamp", means=["terminal block"], is_both_ways=False, note="A maker's name for the thing; the thing is not always his."),
    WordsIn(kind="compound", words="smartwatch", means=["smart watch"]),
    WordsIn(kind="compound", words="ballvalve", means=["ball valve"]),
    WordsIn(kind="whole", words="notepad"),
    WordsIn(kind="type", words="series", note="Ends many titles and names nothing."),
    WordsIn(words="máy tính xách tay", means=["laptop"], locale="vi"),
    WordsIn(words="bạc đạn", means=["vòng bi"], locale="vi", note="South and north."),
    WordsIn(words="lap top", means=["laptop"], locale="vi", is_both_ways=False),
    WordsIn(words="لابتوب", means=["حاسوب محمول"], locale="ar"),
    WordsIn(words="رولمان بلي", means=["محمل كروي"], locale="ar", note="Egypt says the first."),
)


async def keep_words(actor: Actor, *, now: datetime) -> int:
    """Keep the rules; give how many there are."""
    return sum([len(await service.add(one, actor=actor, now=now)) for one in RULES])
