"""Owns sending files of offers in the vendors' tests, and reading what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.sheets_in.schemas import Limits, Mapping, Sent
from tests.conftest import NOW
from vendors.imports import service
from vendors.imports.schemas import ApplyIn, Choices

if TYPE_CHECKING:
    from datetime import datetime

    from tests.vendors.market import Shop
    from vendors.imports.schemas import RunOut

LIMITS = Limits()


async def sent(seller: Shop, content: str | bytes, *, name: str = "offers.csv", now: datetime = NOW, **terms: Any) -> RunOut:
    """Send a file without having it checked yet."""
    raw = content.encode() if isinstance(content, str) else content
    looked = await service.look(Sent(name=name, content=raw), limits=LIMITS)
    choices = Choices(mode=terms.pop("mode", "delta"), is_partial=terms.pop("is_partial", False), is_forced=terms.pop("is_forced", False))
    return await service.take_in(looked, choices=choices, locales=Mapping(**terms), actor=seller.actor, now=now)


async def checked(seller: Shop, content: str | bytes, **terms: Any) -> RunOut:
    """Send a file and have it checked."""
    run = await sent(seller, content, **terms)
    assert await service.advance(run.id, now=terms.get("now", NOW))
    return await service.my_run(run.id, actor=seller.actor)


async def applied(seller: Shop, content: str | bytes, **terms: Any) -> RunOut:
    """Send a file, have it checked and applied."""
    now = terms.get("now", NOW)
    run = await checked(seller, content, **terms)
    await service.apply(run.id, wanted=ApplyIn(), actor=seller.actor, now=now)
    assert await service.advance(run.id, now=now)
    return await service.my_run(run.id, actor=seller.actor)


async def problems(run: RunOut, seller: Shop) -> list[tuple[int, list[str]]]:
    """Give what is wrong by line, each as "code|column|what stood there"."""
    found = []
    async for rows in service.report(run.id, kinds=("error",), actor=seller.actor, now=NOW):
        found += [(row.line, [f"{one.code}|{one.column}|{one.value}" for one in row.problems]) for row in rows]
    return found


async def state() -> dict[str, int]:
    """Count everything that a file can make or change."""
    counts = {
        "offers": "SELECT count(*) FROM vendors.offers",
        "versions": "SELECT sum(version) FROM vendors.offers",
        "prices": "SELECT count(*) FROM vendors.price_versions",
        "movements": "SELECT count(*) FROM vendors.stock_movements",
        "facts": "SELECT count(*) FROM kernel.outbox WHERE kind = 'OffersChanged'",
    }
    async with transaction(actor=WORKER) as held:
        return {name: int(await held.fetchval(sql) or 0) for name, sql in counts.items()}
