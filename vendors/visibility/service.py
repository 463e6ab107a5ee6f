"""Owns the use cases of visibility: set a level, keep the allow-list, and tell what each kind of visitor sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import VisibilityChanged
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotFound, VersionConflict
from marketplace.kernel.outbox import service as outbox
from vendors.accounts import service as accounts
from vendors.life import service as life
from vendors.visibility import queries, rules
from vendors.visibility.errors import GrantedAlready, ListFull, NoSuchBuyer, NoSuchCategory
from vendors.visibility.schemas import PreviewOut, RuleOut, VisibilityOut

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.catalogue.taxonomy.schemas import Category
    from marketplace.kernel.actor import Actor
    from vendors.visibility.schemas import GrantOut, OrganisationOut, RuleIn

viewer_of, may_keep = rules.viewer_of, rules.may_keep
RULES_MAX = 500
GRANTS_MAX = 1000
FOUND_MAX = 5
QUERY_LENGTH_MAX = 200


async def my_visibility(*, actor: Actor) -> VisibilityOut:
    """Give the acting supplier's levels, how long its list is, and what each kind of visitor sees. Raises: NotFound for who does not sell."""
    supplier_id = actor.own_organisation("supplier")
    async with reading(actor):
        found = await queries.rules_of(supplier_id, limit=RULES_MAX)
        granted = await queries.count_grants(supplier_id)
        counted = await queries.preview(supplier_id, limit=RULES_MAX)
        names = {one.id: one.name(actor.locale) for one in await taxonomy.tree()}
    return VisibilityOut(
        level=next((rule.level for rule in found if rule.category_id is None), "public"),
        rules=[
            RuleOut(
                category_id=rule.category_id, category=_named(rule.category_id, names), level=rule.level, version=rule.version,
                updated_at=rule.updated_at,
            )
            for rule in found
        ],
        grants=granted,
        preview=[_preview(each, names, has_list=granted > 0) for each in counted],
    )  # fmt: skip


def _named(category_id: UUID | None, names: dict[UUID, str]) -> str:
    return "" if category_id is None else names.get(category_id, "")


def _preview(each: queries.Counted, names: dict[UUID, str], *, has_list: bool) -> PreviewOut:
    anonymous, signed_in, granted = rules.SHOWN[each.level]
    return PreviewOut(
        category_id=each.category_id,
        category=_named(each.category_id, names),
        offers=each.offers,
        level=each.level,
        rule_category=_named(each.rule_category_id, names) if each.has_rule else None,
        anonymous=anonymous,
        signed_in=signed_in,
        granted=granted if has_list else signed_in,
    )


async def set_level(sent: RuleIn, *, actor: Actor, now: datetime) -> VisibilityOut:
    """Set the level of a category with all below it, or of everything, or take it back: it holds from the next look on.

    Raises: NotFound for who does not sell, SupplierEnded, NoSuchCategory, VersionConflict.
    """
    supplier_id, wanted = await accounts.writer(actor), sent.level or rules.INHERITED
    async with transaction(actor=actor):
        if not await life.lock(supplier_id):
            raise NotFound
        if sent.category_id is not None:
            await _category(sent.category_id)
        before = await queries.rule(supplier_id, category_id=sent.category_id)
        if (before.version if before else 0) != sent.version:
            raise VersionConflict(extra={"version": before.version if before else 0, "level": before.level if before else None})
        await queries.write_rule(supplier_id, category_id=sent.category_id, level=wanted, actor=actor.principal, now=now)
        about = {"category_id": None if sent.category_id is None else str(sent.category_id)}
        await audit.record(
            action="visibility.level_set",
            entity="supplier",
            entity_id=supplier_id,
            organisation_id=supplier_id,
            actor=actor,
            now=now,
            before=about | {"level": before.level if before else rules.INHERITED},
            after=about | {"level": wanted},
        )
        await outbox.publish(VisibilityChanged(supplier_id=supplier_id, category_id=sent.category_id), now=now)
        return await my_visibility(actor=actor)


async def _category(category_id: UUID) -> Category:
    try:
        return await taxonomy.category(category_id)
    except NotFound:
        raise NoSuchCategory from None


async def my_grants(*, actor: Actor) -> list[GrantOut]:
    """List the organisations on the acting supplier's list, by name, at most 1,000. Raises: NotFound."""
    supplier_id = actor.own_organisation("supplier")
    async with reading(actor):
        return await queries.grants_of(supplier_id, limit=GRANTS_MAX)


async def organisations_named(text: str, *, actor: Actor) -> list[OrganisationOut]:
    """Find buying organisations by their whole name or registration number, at most five; part of a name finds nothing. Raises: NotFound."""
    supplier_id, wanted = actor.own_organisation("supplier"), " ".join(text.replace("\x00", "").split())
    if not wanted or len(wanted) > QUERY_LENGTH_MAX:
        return []
    async with reading(actor):
        return await queries.named_exactly(wanted, supplier_id=supplier_id, limit=FOUND_MAX)


async def grant(organisation_id: UUID, *, actor: Actor, now: datetime) -> list[GrantOut]:
    """Put a buying organisation on the acting supplier's list. Raises: NotFound, SupplierEnded, NoSuchBuyer, GrantedAlready, ListFull."""
    supplier_id = await accounts.writer(actor)
    async with transaction(actor=actor):
        if not await life.lock(supplier_id):
            raise NotFound
        name = None if organisation_id == supplier_id else await queries.buyer_name(organisation_id)
        if name is None:
            raise NoSuchBuyer
        if await queries.count_grants(supplier_id) >= GRANTS_MAX:
            raise ListFull(limit=GRANTS_MAX)
        if not await queries.insert_grant(supplier_id, organisation_id=organisation_id, actor=actor.principal, now=now):
            raise GrantedAlready(name=name)
        await _granted("visibility.granted", organisation_id, supplier_id=supplier_id, actor=actor, now=now)
        return await my_grants(actor=actor)


async def withdraw(organisation_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Take an organisation from the acting supplier's list: its carts say so, and it cannot check those lines out.

    Raises: NotFound, SupplierEnded.
    """
    supplier_id = await accounts.writer(actor)
    async with transaction(actor=actor):
        if not await life.lock(supplier_id) or not await queries.delete_grant(supplier_id, organisation_id=organisation_id):
            raise NotFound
        await _granted("visibility.withdrawn", organisation_id, supplier_id=supplier_id, actor=actor, now=now)


async def _granted(action: str, organisation_id: UUID, *, supplier_id: UUID, actor: Actor, now: datetime) -> None:
    await audit.record(
        action=action,
        entity="supplier",
        entity_id=supplier_id,
        organisation_id=supplier_id,
        actor=actor,
        now=now,
        after={"organisation_id": str(organisation_id)},
    )
    await outbox.publish(VisibilityChanged(supplier_id=supplier_id, category_id=None), now=now)
