"""Owns the use cases of disputes: a supplier says that its offer stands on the wrong product, and the operator answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.catalogue.matches import service as matches
from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.proposals import service as proposals
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import FieldError, InvalidInput, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from marketplace.kernel.names import clean_lines
from vendors.accounts import service as accounts
from vendors.disputes import queries, rules
from vendors.disputes.errors import DisputeClosed, DisputeOpen
from vendors.moves import service as moves

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.catalogue.proposals.schemas import Like
    from marketplace.kernel.actor import Actor
    from vendors.disputes.schemas import DecisionIn, DisputeIn, DisputeOut, Place

OF_OFFER_MAX = 200
NO_ANSWER = "Say why; the supplier reads it."


async def dispute(offer_id: UUID, data: DisputeIn, *, actor: Actor, now: datetime) -> DisputeOut:
    """Say that one of the acting supplier's offers is another thing than the product it stands on.

    Raises: NotFound, InvalidInput, DisputeOpen, SupplierEnded.
    """
    supplier_id = actor.own_organisation("supplier")
    said = rules.cleaned(data)
    async with transaction(actor=actor):
        await accounts.check_not_ended(supplier_id)
        product_id = await queries.product_of(offer_id, supplier_id=supplier_id)
        if product_id is None:
            raise NotFound
        dispute_id = uuid7()
        is_first = await queries.insert(
            dispute_id, said, supplier_id=supplier_id, offer_id=offer_id, product_id=product_id, actor=actor.principal, now=now
        )
        if not is_first:
            raise DisputeOpen
        made = await _found(dispute_id, supplier_id=supplier_id)
        await _record("offer.disputed", made, actor=actor, now=now)
        return made


async def withdraw(dispute_id: UUID, *, actor: Actor, now: datetime) -> DisputeOut:
    """Take a dispute back. Raises: NotFound, DisputeClosed."""
    supplier_id = actor.own_organisation("supplier")
    async with transaction(actor=actor):
        one = await _open(dispute_id, supplier_id=supplier_id)
        await queries.close(one, state="withdrawn", answer="", new_product_id=None, actor=actor.principal, now=now)
        await _record("offer.dispute_withdrawn", one, actor=actor, now=now)
        return await _found(dispute_id, supplier_id=supplier_id)


async def decide(dispute_id: UUID, data: DecisionIn, *, actor: Actor, now: datetime) -> DisputeOut:
    """Accept a dispute, by which the offer goes to a product of its own with all that belongs to it, or refuse it with a reason.

    The new product and the old one count as different from then on. Raises: NotFound, InvalidInput, DisputeClosed, VersionConflict.
    """
    answer = clean_lines(data.answer, pointer="/answer")
    if data.act == "refuse" and not answer:
        raise InvalidInput(errors=(FieldError("/answer", "missing", NO_ANSWER),))
    async with transaction(actor=actor):
        one = await _open(dispute_id, supplier_id=None)
        if one.version != data.version:
            raise VersionConflict(extra={"version": one.version})
        made = await _own_product(one, actor=actor, now=now) if data.act == "accept" else None
        state = "accepted" if data.act == "accept" else "refused"
        await queries.close(one, state=state, answer=answer, new_product_id=made, actor=actor.principal, now=now)
        await _record(f"offer.dispute_{state}", one, actor=actor, now=now)
        return await _found(dispute_id, supplier_id=None)


async def _own_product(one: DisputeOut, *, actor: Actor, now: datetime) -> UUID:
    """Make the product that the supplier described, of the unit and category of the one it stood on, and let the offer stand there."""
    stands_on = await queries.product_of(one.offer_id, supplier_id=one.supplier_id)
    if stands_on is None:
        raise NotFound
    before = await products.live_product(stands_on)
    new = NewProduct(
        source="dispute", source_id=str(one.id), title=one.title, brand=one.brand, part_number=one.part_number,
        category_id=before.category_id, unit_code=before.unit_code,
    )  # fmt: skip
    made = (await products.create_products([new], now=now)).ids[0]
    await matches.tell_apart(stands_on, made, actor=actor, now=now)
    await moves.rehome(one.offer_id, supplier_id=one.supplier_id, product_id=stands_on, home_id=made, now=now)
    return made


async def of_offer(offer_id: UUID, *, actor: Actor) -> list[DisputeOut]:
    """List the disputes of one of the acting supplier's offers, the open one first, then the latest 200."""
    async with reading(actor):
        return await queries.disputes(supplier_id=actor.own_organisation("supplier"), offer_id=offer_id, limit=OF_OFFER_MAX)


async def mine(*, actor: Actor, after: Place | None = None, limit: int = 50) -> tuple[list[DisputeOut], Place | None]:
    """List the acting supplier's disputes behind a place, those that wait first, and give where the next page begins."""
    async with reading(actor):
        return _page(await queries.disputes(supplier_id=actor.own_organisation("supplier"), after=after, limit=limit + 1), limit)


async def all_of_them(*, actor: Actor, after: Place | None = None, limit: int = 50) -> tuple[list[DisputeOut], Place | None]:
    """List every supplier's disputes for the operator, in the same way."""
    async with reading(actor):
        return _page(await queries.disputes(supplier_id=None, after=after, limit=limit + 1), limit)


def _page(found: list[DisputeOut], limit: int) -> tuple[list[DisputeOut], Place | None]:
    return found[:limit], rules.place(found[limit - 1]) if len(found) > limit else None


async def count_open(*, actor: Actor) -> int:
    """Count every supplier's disputes that wait for the operator."""
    async with reading(actor):
        return await queries.count_open()


async def alike(disputes: Sequence[DisputeOut]) -> dict[UUID, list[Like]]:
    """Give by dispute the products that the catalogue has of the brand and part number that an open one names."""
    return {
        one.id: await proposals.alike({"brand": one.brand, "part_number": one.part_number})
        for one in disputes
        if one.state == "open" and one.brand and one.part_number
    }


async def _open(dispute_id: UUID, *, supplier_id: UUID | None) -> DisputeOut:
    one = await queries.dispute(dispute_id, supplier_id=supplier_id, is_locked=True)
    if one is None:
        raise NotFound
    if one.state != "open":
        raise DisputeClosed
    return one


async def _found(dispute_id: UUID, *, supplier_id: UUID | None) -> DisputeOut:
    one = await queries.dispute(dispute_id, supplier_id=supplier_id)
    assert one is not None, "it was written or locked in this transaction"
    return one


async def _record(action: str, one: DisputeOut, *, actor: Actor, now: datetime) -> None:
    await audit.record(
        action=action, entity="offer", entity_id=one.offer_id, organisation_id=one.supplier_id, actor=actor, now=now,
        after={"dispute_id": str(one.id), "product_id": str(one.product_id)}, reason=one.reason,
    )  # fmt: skip
