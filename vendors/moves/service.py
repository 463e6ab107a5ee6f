"""Owns the use case of letting offers follow their products; it looks at what is so now, so that it may run late, twice and in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.audit.schemas import Entry
from marketplace.kernel.contracts import OffersChanged
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.outbox import service as outbox
from vendors.moves import queries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.ports import ProductTies

BATCH = 500


async def settle(product_ids: Sequence[UUID], *, now: datetime) -> int:
    """Let every offer on or from these products stand where it belongs, with its prices, stock, reservations, cart and order lines.

    Publishes OffersChanged for each supplier. Gives how many offers moved.
    """
    moved = 0
    while True:
        async with transaction(actor=WORKER):
            strays = await queries.strays(product_ids, limit=BATCH)
            done = await _move(strays, now=now)
        moved += done
        if len(strays) < BATCH or not done:
            return moved


async def settle_all(now: datetime) -> int:
    """Do the same for whatever product: an offer that was made while its product was merged away is told by no fact."""
    async with transaction(actor=WORKER):
        return await _move(await queries.strays_anywhere(limit=BATCH), now=now)


async def rehome(offer_id: UUID, *, supplier_id: UUID, product_id: UUID, home_id: UUID, now: datetime) -> int:
    """Let an offer belong to another product from now on, and stand there. Gives how many offers moved. Inside the caller's transaction."""
    async with transaction(actor=WORKER):
        await queries.set_home(offer_id, supplier_id=supplier_id, home_id=home_id)
    return await settle([product_id, home_id], now=now)


async def _move(strays: Sequence[queries.Stray], *, now: datetime) -> int:
    if not strays:
        return 0
    await queries.lock(strays)
    moved = set(await queries.move(strays))
    gone = [one for one in strays if one.offer_id in moved]
    entries = [
        Entry(
            action="offer.moved", entity="offer", entity_id=one.offer_id, organisation_id=one.supplier_id,
            before={"product_id": str(one.product_id)}, after={"product_id": str(one.target_id)}, reason=None,
        )
        for one in gone
    ]  # fmt: skip
    await audit.record_many(entries, actor=WORKER, now=now)
    touched: dict[UUID, set[UUID]] = {}
    for one in gone:
        touched.setdefault(one.supplier_id, set()).update((one.product_id, one.target_id))
    await outbox.publish(*(OffersChanged(supplier_id=each, product_ids=tuple(sorted(ids))) for each, ids in sorted(touched.items())), now=now)
    return len(gone)


class OfferCounts:
    """Tells how many offers stand on products."""

    async def counts(self, product_ids: Sequence[UUID]) -> dict[UUID, ProductTies]:
        """Count by product."""
        async with reading():
            return await queries.counts(product_ids)
