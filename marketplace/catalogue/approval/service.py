"""Owns the use cases of approval rules: publish one, end one, and tell by which of them a change holds at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.catalogue.approval import queries, rules
from marketplace.catalogue.approval.errors import RuleEnded
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import FieldError, InvalidInput, NotAllowed, NotFound
from marketplace.kernel.i18n import lazy
from marketplace.kernel.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from marketplace.catalogue.approval.schemas import Record, RuleIn, RuleOut
    from marketplace.kernel.actor import Actor

RULED, typed = rules.RULED, rules.typed


async def in_force() -> list[RuleOut]:
    """List the rules in force, those for all suppliers first; everybody may."""
    async with reading():
        return await queries.in_force()


async def ended() -> list[RuleOut]:
    """List the rules that were in force once, the latest ended first, at most 50; everybody may."""
    async with reading():
        return await queries.ended()


async def suppliers(*, actor: Actor) -> list[tuple[UUID, str]]:
    """List for the operator the suppliers that a rule may be for, by name, at most 500. Raises: NotAllowed."""
    _only_operator(actor)
    async with reading(actor):
        return await queries.suppliers()


async def covering(fields: Iterable[str], *, supplier_id: UUID, record: Record) -> dict[str, RuleOut]:
    """Give by field the rule by which this supplier's change of it holds at once; fields that somebody has to look at are left out."""
    return rules.covering(fields, await in_force(), supplier_id=supplier_id, record=record)


async def make_rule(sent: RuleIn, *, actor: Actor, now: datetime) -> RuleOut:
    """Publish a rule for the operator, in force from now on. Raises: NotAllowed, InvalidInput, RuleKnown."""
    _only_operator(actor)
    reason = rules.checked(sent)
    async with transaction(actor=actor):
        if sent.supplier_id is not None and not await queries.is_supplier(sent.supplier_id):
            raise InvalidInput(errors=(FieldError("/supplier_id", "unknown-supplier", lazy("No supplier has this id.")),))
        rule_id = uuid7()
        await queries.insert(rule_id, rule=sent, reason=reason, by=actor.principal, now=now)
        made = await _one(rule_id)
        await _record("approval_rule.made", made, actor=actor, now=now)
        return made


async def end_rule(rule_id: UUID, *, actor: Actor, now: datetime) -> RuleOut:
    """Let a rule end now; what it accepted stays accepted. Raises: NotAllowed, NotFound, RuleEnded."""
    _only_operator(actor)
    async with transaction(actor=actor):
        await _one(rule_id)
        if not await queries.end(rule_id, by=actor.principal, now=now):
            raise RuleEnded
        made = await _one(rule_id)
        await _record("approval_rule.ended", made, actor=actor, now=now)
        return made


async def _one(rule_id: UUID) -> RuleOut:
    found = await queries.one(rule_id)
    if found is None:
        raise NotFound
    return found


def _only_operator(actor: Actor) -> None:
    if not actor.is_operator:
        raise NotAllowed


async def _record(action: str, rule: RuleOut, *, actor: Actor, now: datetime) -> None:
    await audit.record(
        action=action,
        entity="approval_rule",
        entity_id=rule.id,
        organisation_id=rule.supplier_id,
        actor=actor,
        now=now,
        reason=rule.reason,
        after=rule,
    )
