"""Owns the use cases of suppliers: begin to sell, be checked, and be read by everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.audit import service as audit
from marketplace.kernel.calendar import date_in
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotAllowed, NotFound
from vendors.accounts import queries, rules
from vendors.accounts.errors import AlreadySupplier, SupplierEnded
from vendors.life import service as life

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from vendors.accounts.schemas import CheckIn, NewCheck, NewSupplier, SupplierOut

checks = rules.checks


async def create_supplier_profile(
    organisation_id: UUID, *, supplier: NewSupplier, checks: Sequence[NewCheck] = (), actor: Actor, now: datetime
) -> str:
    """Let an organisation sell, with the checks it has passed, and answer its slug. For the operator and the worker.

    Raises: NotAllowed for anybody else; NotFound without such an organisation; AlreadySupplier.
    """
    if actor.database_role not in {"operator", "worker"}:
        raise NotAllowed
    async with transaction(actor=actor):
        name = await queries.display_name(organisation_id)
        if name is None:
            raise NotFound
        base = rules.slug_of(supplier.slug or name)
        slug = rules.slug_of(base, taken=await queries.slugs_like(base))
        if not await queries.insert_supplier(organisation_id, supplier=supplier, slug=slug, now=now):
            raise AlreadySupplier
        if checks:
            await queries.insert_checks(organisation_id, checks=checks, actor=actor.principal)
        await life.birth(organisation_id, actor=actor, now=now)
        await audit.record(
            action="supplier.created",
            entity="supplier",
            entity_id=organisation_id,
            organisation_id=organisation_id,
            actor=actor,
            now=now,
            after={"slug": slug, "checks": [check.kind for check in checks]},
        )
        return slug


async def supplier(supplier_id: UUID, *, now: datetime, viewer: Actor = ANONYMOUS) -> SupplierOut:
    """Give a supplier's public profile by its id, with the number of its offers that the viewer sees. Raises: NotFound."""
    found = await find(supplier_id, now=now, viewer=viewer)
    if found is None:
        raise NotFound
    return found


async def find(supplier_id: UUID, *, now: datetime, sees_ended: bool = False, viewer: Actor = ANONYMOUS) -> SupplierOut | None:
    """Give a supplier's public profile, None for an organisation that does not sell; one that was terminated on request alone."""
    async with reading():
        return await queries.supplier(supplier_id=supplier_id, sees_ended=sees_ended, viewer=rules.sight_of(viewer), now=now)


async def check_not_ended(supplier_id: UUID) -> None:
    """Refuse to change what a terminated supplier keeps here.

    Every write of its own profile, certificates, visibility, offers, prices, stock, sites, freight and files asks first. What the operator sets
    of a supplier, its legal facts, terms and checks, stays the operator's to mend.

    Nothing leads out of that state and nothing of such a supplier sells, so the row need not be locked: a write that has begun before the end may
    come to its own. Raises: SupplierEnded.
    """
    async with reading():
        if await queries.has_ended(supplier_id):
            raise SupplierEnded


async def writer(actor: Actor) -> UUID:
    """Give the acting supplier that has not ended. Raises: NotFound for who does not sell, SupplierEnded."""
    supplier_id = actor.own_organisation("supplier")
    await check_not_ended(supplier_id)
    return supplier_id


async def add_check(supplier_id: UUID, sent: CheckIn, *, actor: Actor, now: datetime) -> SupplierOut:
    """Add a check that a supplier has passed; the earlier ones stay with their dates. For the operator.

    Raises: NotAllowed, NotFound, InvalidInput.
    """
    if actor.database_role not in {"operator", "worker"}:
        raise NotAllowed
    async with transaction(actor=actor):
        if await find(supplier_id, now=now) is None:
            raise NotFound
        passed = rules.checks([sent], today=date_in(now, time_zone=actor.time_zone), at="")
        await queries.insert_checks(supplier_id, checks=passed, actor=actor.principal)
        told = {"kind": sent.kind, "passed_on": sent.passed_on, "expires_on": sent.expires_on}
        await audit.record(
            action="supplier.checked", entity="supplier", entity_id=supplier_id, organisation_id=supplier_id, actor=actor, now=now, after=told
        )
        return await supplier(supplier_id, now=now)


async def supplier_by_slug(slug: str, *, now: datetime, viewer: Actor = ANONYMOUS) -> SupplierOut:
    """Give a supplier's public profile by its slug, with the number of its offers that the viewer sees. Raises: NotFound."""
    async with reading():
        found = await queries.supplier(slug=slug, viewer=rules.sight_of(viewer), now=now)
    if found is None:
        raise NotFound
    return found
