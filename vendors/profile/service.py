"""Owns the use cases of a supplier's profile: its own words and terms, and what the operator sets of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import FieldError, InvalidInput, NotAllowed, NotFound, VersionConflict
from marketplace.kernel.organisations import service as organisations
from marketplace.kernel.organisations.schemas import LegalChange
from vendors.accounts import service as accounts
from vendors.profile import queries, rules
from vendors.profile.schemas import OwnProfileOut

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from vendors.profile.schemas import LegalIn, ProfileIn, TermsIn


words = rules.words


async def profile(supplier_id: UUID, *, actor: Actor, now: datetime) -> OwnProfileOut:
    """Give a supplier's profile to itself and the operator, a terminated one's too. Raises: NotFound."""
    if actor.organisation_id != supplier_id and actor.database_role not in {"operator", "worker"}:
        raise NotFound
    async with reading():
        found = await accounts.find(supplier_id, now=now, sees_ended=True)
        kept = await queries.kept(supplier_id)
    if found is None or kept is None:
        raise NotFound
    shown = {name: getattr(found, name) for name in OwnProfileOut.__struct_fields__ if name not in kept}
    return OwnProfileOut(**shown, **kept)


async def save_profile(sent: ProfileIn, *, actor: Actor, now: datetime) -> OwnProfileOut:
    """Store what the acting supplier says of itself and how it answers orders; orders that were placed keep their deadlines.

    Raises: NotFound for who does not sell, SupplierEnded, InvalidInput, VersionConflict.
    """
    supplier_id = actor.organisation_id
    if supplier_id is None:
        raise NotFound
    await accounts.check_not_ended(supplier_id)
    kept = rules.words(sent)
    async with transaction(actor=actor):
        before = await profile(supplier_id, actor=actor, now=now)
        if not await queries.save(supplier_id, sent=sent, words=kept):
            raise VersionConflict(extra={"version": before.version})
        after = await profile(supplier_id, actor=actor, now=now)
        await _record("supplier.profile_changed", supplier_id, actor=actor, now=now, before=_told(before), after=_told(after))
        return after


async def save_terms(supplier_id: UUID, sent: TermsIn, *, actor: Actor, now: datetime) -> OwnProfileOut:
    """Set for the operator how a supplier answers orders, with the reason. Raises: NotAllowed, NotFound, InvalidInput, VersionConflict."""
    _only_operator(actor)
    reason = " ".join(sent.terms_reason.split())
    if not reason or not reason.isprintable():
        raise InvalidInput(errors=(FieldError("/terms_reason", "reason-needed", "Say why."),))
    async with transaction(actor=actor):
        before = await profile(supplier_id, actor=actor, now=now)
        if not await queries.save_terms(supplier_id, sent=sent):
            raise VersionConflict(extra={"version": before.version})
        after = await profile(supplier_id, actor=actor, now=now)
        change = {"before": _told(before), "after": _told(after), "reason": reason}
        await _record("supplier.terms_set", supplier_id, actor=actor, now=now, **change)
        return after


async def save_legal(supplier_id: UUID, sent: LegalIn, *, actor: Actor, now: datetime) -> OwnProfileOut:
    """Set a supplier's legal facts for the operator, with the reason. Raises: NotAllowed, NotFound, InvalidInput, VersionConflict."""
    _only_operator(actor)
    async with transaction(actor=actor):
        await profile(supplier_id, actor=actor, now=now)
        change = msgspec.convert(msgspec.structs.asdict(sent), LegalChange)
        await organisations.change_legal(supplier_id, change, actor=actor, now=now)
        return await profile(supplier_id, actor=actor, now=now)


def _only_operator(actor: Actor) -> None:
    if actor.database_role not in {"operator", "worker"}:
        raise NotAllowed


def _told(found: OwnProfileOut) -> dict[str, Any]:
    return {
        "default_incoterm": found.default_incoterm,
        "auto_accepts": found.auto_accepts,
        "acceptance_hours": found.acceptance_hours,
        "acceptance_counts": found.acceptance_counts,
        "profile": found.profile,
    }


async def _record(action: str, supplier_id: UUID, *, actor: Actor, now: datetime, **change: Any) -> None:
    await audit.record(action=action, entity="supplier", entity_id=supplier_id, organisation_id=supplier_id, actor=actor, now=now, **change)
