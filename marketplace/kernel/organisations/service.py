"""Owns the use cases of organisations and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from marketplace.kernel import countries, cursors
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import OrganisationCreated
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import Faults, FieldError, InvalidInput, InvalidTransition, NotAllowed, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from marketplace.kernel.names import cased_skeleton, clean_name, clean_organisation_name, skeleton
from marketplace.kernel.organisations import queries, rules
from marketplace.kernel.organisations.errors import AlreadyMember, FirstInCharge, LastOwner, OrganisationClosed
from marketplace.kernel.organisations.schemas import (
    MemberOut,
    MembershipOut,
    NewOrganisation,
    OrganisationOut,
    OrganisationPage,
    OrganisationSearch,
    RolesChange,
    StateChange,
)
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.wording import Phrase

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.organisations.schemas import LegalChange

MEMBERS_MAX: Final = 500
MEMBERSHIPS_MAX: Final = 100
LIST_MAX: Final = 201
SEARCH_CHARACTERS_MAX: Final = 100
LOCALES: Final = ("en", "vi", "ar")
roles_of = rules.roles_of
check_roles = rules.check_roles
ROLE_HINTS = rules.ROLE_HINTS


def onward_states(state: str) -> tuple[str, ...]:
    """List the states that an organisation can go on to."""
    return rules.STATES[state]


async def create_organisation(data: NewOrganisation, *, actor: Actor, now: datetime) -> OrganisationOut:
    """Create an organisation and tell so (OrganisationCreated). Only the operator and the worker may.

    The display name, by default the legal one, is unique by its UTS 39 skeleton.
    Raises: NotAllowed, InvalidInput, ConfusableName.
    """
    _only_operator(actor)
    organisation = _checked(data, now=now)
    async with transaction(actor=actor):
        name = organisation.display_name
        await queries.insert(organisation, skeleton=skeleton(name), cased_skeleton=cased_skeleton(name))
        await outbox.publish(OrganisationCreated(organisation_id=organisation.id), now=now)
        await audit.record(
            action="organisation.created",
            entity="organisation",
            entity_id=organisation.id,
            organisation_id=organisation.id,
            actor=actor,
            now=now,
            after={"display_name": name, "country": organisation.country, "capacities": organisation.capacities},
        )
    return organisation


def _checked(data: NewOrganisation, *, now: datetime) -> OrganisationOut:
    faults = Faults()
    legal_name = faults.take(lambda: clean_name(data.legal_name, pointer="/legal_name"), "")
    capacities: list[str] = faults.take(lambda: rules.check_capacities(data.capacities), [])
    shown, at = (data.display_name, "/display_name") if data.display_name else (legal_name, "/legal_name")
    display_name = faults.take(lambda: clean_organisation_name(shown, pointer=at, may_be_reserved="operator" in capacities), "") if shown else ""
    number = faults.take(lambda: rules.check_registration_number(data.registration_number), "")
    country = faults.take(lambda: countries.check_country(data.country), "")
    # Which zone and currency are usual hangs on the country: without one, only what was typed is looked at.
    currency = data.currency or (countries.usual_currency(country) if country else "")
    currency = faults.take(lambda: countries.check_currency(currency), "") if country or data.currency else ""
    time_zone = faults.take(lambda: countries.check_time_zone(data.time_zone, country=country), "") if country or data.time_zone else ""
    if data.locale not in LOCALES:
        faults.append(FieldError("/locale", "unknown-locale", "Choose one of the languages listed."))
    faults.refuse()
    return OrganisationOut(
        id=uuid7(),
        legal_name=legal_name,
        display_name=display_name,
        registration_number=number,
        country=country,
        time_zone=time_zone,
        locale=data.locale,
        currency=currency,
        capacities=capacities,
        state="active",
        version=1,
        created_at=now,
    )


async def organisation(organisation_id: UUID, *, actor: Actor) -> OrganisationOut:
    """Give an organisation to the operator or to its own people. Raises: NotFound."""
    _only_own(actor, organisation_id)
    async with reading():
        return _found(await queries.by_id(organisation_id))


async def search_organisations(
    text: str, *, actor: Actor, capacity: str = "", after: tuple[str, UUID] | None = None, limit: int = 50
) -> tuple[list[OrganisationOut], int]:
    """List organisations by name for the operator, and count them all. `after` is name and id of the last one seen.

    Raises: NotAllowed, InvalidInput.
    """
    _only_operator(actor)
    if len(text) > SEARCH_CHARACTERS_MAX or "\x00" in text:
        raise InvalidInput(errors=(FieldError("/q", "too-long", "Search with at most {limit} characters.", {"limit": SEARCH_CHARACTERS_MAX}),))
    if capacity and capacity not in rules.CAPACITIES:
        raise InvalidInput(errors=(FieldError("/capacity", "unknown-capacity", "Choose buyer, supplier or operator."),))
    async with reading():
        found = await queries.search(text.strip(), capacity=capacity, after=after, limit=min(limit, LIST_MAX))
        return found, await queries.count(text.strip(), capacity=capacity)


async def page(wanted: OrganisationSearch, *, secret: str, actor: Actor) -> OrganisationPage:
    """Give one page of the operator's search and the cursor of the next one. Raises: NotAllowed, InvalidInput, BadCursor."""
    total = 0

    async def read(after: tuple[str, UUID] | None, limit: int) -> list[OrganisationOut]:
        nonlocal total
        found, total = await search_organisations(wanted.q, actor=actor, capacity=wanted.capacity, after=after, limit=limit)
        return found

    asked = cursors.Asked(wanted.cursor, wanted.limit, secret)
    name = f"organisations:{wanted.q}:{wanted.capacity}"
    items, following = await cursors.listed(name, read, place=lambda one: (one.display_name, one.id), shape=tuple[str, UUID], asked=asked)
    return OrganisationPage(items=items, next_cursor=following, total=total)


async def change_state(organisation_id: UUID, data: StateChange, *, actor: Actor, now: datetime) -> OrganisationOut:
    """Suspend, close or reopen an organisation, with the reason kept in its audit. Only the operator may.

    Raises: NotAllowed, NotFound, InvalidInput, InvalidTransition, VersionConflict.
    """
    _only_operator(actor)
    reason = rules.check_reason(data.reason)
    if data.state not in rules.STATES:
        raise InvalidInput(errors=(FieldError("/state", "unknown-state", "Choose one of the states listed."),))
    async with transaction(actor=actor):
        before = _found(await queries.lock(organisation_id))
        from_states = [state for state, onward in rules.STATES.items() if data.state in onward]
        if before.version != data.version:
            raise VersionConflict
        if before.state not in from_states or organisation_id == actor.organisation_id:
            allowed = [] if organisation_id == actor.organisation_id else list(rules.STATES[before.state])
            raise InvalidTransition(current=before.state, wanted=data.state, extra={"current": before.state, "allowed": allowed})
        await queries.set_state(organisation_id, state=data.state, from_states=from_states, version=data.version)
        await audit.record(
            action="organisation.state_changed",
            entity="organisation",
            entity_id=organisation_id,
            organisation_id=organisation_id,
            actor=actor,
            now=now,
            before={"state": before.state},
            after={"state": data.state},
            reason=reason,
        )
        return _found(await queries.by_id(organisation_id))


async def change_legal(organisation_id: UUID, data: LegalChange, *, actor: Actor, now: datetime) -> OrganisationOut:
    """Set an organisation's legal name, registration number and country, with the reason kept in its audit. Only the operator may.

    Raises: NotAllowed, NotFound, InvalidInput, VersionConflict.
    """
    _only_operator(actor)
    reason = rules.check_reason(data.reason)
    legal_name = clean_name(data.legal_name, pointer="/legal_name")
    legal = (legal_name, rules.check_registration_number(data.registration_number), countries.check_country(data.country))
    async with transaction(actor=actor):
        before = _found(await queries.lock(organisation_id))
        if not await queries.set_legal(organisation_id, legal=legal, version=data.version):
            raise VersionConflict(extra={"version": before.version})
        names = ("legal_name", "registration_number", "country")
        await audit.record(
            action="organisation.legal_changed",
            entity="organisation",
            entity_id=organisation_id,
            organisation_id=organisation_id,
            actor=actor,
            now=now,
            before={name: getattr(before, name) for name in names},
            after=dict(zip(names, legal, strict=True)),
            reason=reason,
        )
        return _found(await queries.by_id(organisation_id))


async def add_capacity(organisation_id: UUID, capacity: str, *, actor: Actor, now: datetime) -> OrganisationOut:
    """Let an organisation be a buyer or a supplier too; one that is so already stays as it is. Only the operator and the worker may.

    Raises: NotAllowed, NotFound, OrganisationClosed, InvalidInput for the operator's own organisation.
    """
    _only_operator(actor)
    async with transaction(actor=actor):
        before = _found(await queries.lock(organisation_id))
        if before.state != "active":
            raise OrganisationClosed(organisation=before.display_name, state=before.state)
        capacities = rules.check_capacities([*before.capacities, capacity])
        if capacities == before.capacities:
            return before
        await queries.set_capacities(organisation_id, capacities=capacities)
        await audit.record(
            action="organisation.capacity_added",
            entity="organisation",
            entity_id=organisation_id,
            organisation_id=organisation_id,
            actor=actor,
            now=now,
            before={"capacities": before.capacities},
            after={"capacities": capacities},
        )
        return _found(await queries.by_id(organisation_id))


async def add_member(organisation_id: UUID, *, person_id: UUID, roles: tuple[str, ...] | list[str], actor: Actor, now: datetime) -> UUID:
    """Make a person a member, inside the caller's transaction where there is one. Who may do so is the caller's to check.

    Raises: NotFound, InvalidInput, AlreadyMember, FirstInCharge, OrganisationClosed.
    """
    async with transaction(actor=actor):
        found = _found(await queries.lock(organisation_id))
        if found.state != "active":
            raise OrganisationClosed(organisation=found.display_name, state=found.state)
        checked = rules.check_roles(roles, capacities=found.capacities)
        await check_in_charge(found, roles=checked)
        member_id = uuid7()
        if not await queries.insert_member(member_id, organisation_id=organisation_id, person_id=person_id, roles=checked, now=now):
            raise AlreadyMember
        await _record("member.added", person_id, organisation_id=organisation_id, actor=actor, now=now, after={"roles": checked})
        return member_id


async def check_in_charge(organisation: OrganisationOut, *, roles: list[str]) -> None:
    """Check that somebody runs the organisation already, or that these roles would. Raises: FirstInCharge."""
    if rules.FULL_ROLES & set(roles):
        return
    async with reading():
        others = await queries.others_in_charge(organisation.id, member_id=organisation.id, full_roles=sorted(rules.FULL_ROLES))
    if not others:
        role = rules.roles_of(organisation.capacities)[0]
        error = FieldError("/roles", "first-in-charge", "The first person takes the role {role}.", {"role": Phrase(role)})
        raise FirstInCharge(organisation=organisation.display_name, role=role, errors=(error,))


async def members(organisation_id: UUID, *, actor: Actor, after: tuple[str, UUID] | None = None, limit: int = MEMBERS_MAX) -> list[MemberOut]:
    """List the members of an organisation by name for the operator or its own people, from behind a name and id on. Raises: NotFound."""
    _only_own(actor, organisation_id)
    async with reading():
        return await queries.members(organisation_id, after=after, limit=limit)


async def members_page(organisation_id: UUID, *, asked: cursors.Asked, actor: Actor) -> tuple[list[MemberOut], str | None]:
    """Give one page of the members and the cursor of the next. Raises: NotFound, BadCursor."""

    async def read(after: Any, limit: int) -> list[MemberOut]:
        return await members(organisation_id, actor=actor, after=after, limit=limit)

    return await cursors.listed(f"members:{organisation_id}", read, place=lambda one: (one.name, one.id), shape=tuple[str, UUID], asked=asked)


async def change_roles(member_id: UUID, data: RolesChange, *, organisation_id: UUID, actor: Actor, now: datetime) -> MemberOut:
    """Give a member other roles. The last one in charge keeps charge.

    Raises: NotFound, InvalidInput, LastOwner, VersionConflict.
    """
    _only_own(actor, organisation_id)
    async with transaction(actor=actor):
        found = _found(await queries.lock(organisation_id))
        before = await _member(member_id, organisation_id)
        roles = rules.check_roles(data.roles, capacities=found.capacities)
        if not rules.FULL_ROLES & set(roles):
            await _keep_one_in_charge(before, found)
        if not await queries.set_roles(member_id, organisation_id=organisation_id, roles=roles, version=data.version):
            raise VersionConflict
        changed = {"before": {"roles": before.roles}, "after": {"roles": roles}}
        await _record("member.roles_changed", before.person_id, organisation_id=organisation_id, actor=actor, now=now, **changed)
        return await _member(member_id, organisation_id)


async def remove_member(member_id: UUID, *, organisation_id: UUID, actor: Actor, now: datetime) -> None:
    """End a membership; sessions and keys stop to act for the organisation at once, but for the edge's few seconds. The last owner stays.

    Raises: NotFound, LastOwner.
    """
    _only_own(actor, organisation_id)
    async with transaction(actor=actor):
        found = _found(await queries.lock(organisation_id))
        before = await _member(member_id, organisation_id)
        await _keep_one_in_charge(before, found)
        await queries.remove(member_id, organisation_id=organisation_id)
        await _record("member.removed", before.person_id, organisation_id=organisation_id, actor=actor, now=now, before={"roles": before.roles})


async def leave(*, actor: Actor, now: datetime) -> None:
    """End the acting person's own membership in the organisation that they act for. The last owner stays.

    Raises: NotAllowed for who is no person, NotFound, LastOwner.
    """
    if actor.person_id is None or actor.organisation_id is None:
        raise NotAllowed
    async with transaction(actor=actor):
        await queries.lock(actor.organisation_id)
        member_id = await queries.member_of(actor.person_id, organisation_id=actor.organisation_id)
        if member_id is None:
            raise NotFound
        await remove_member(member_id, organisation_id=actor.organisation_id, actor=actor, now=now)


async def memberships(person_id: UUID) -> list[MembershipOut]:
    """List the active organisations that a person belongs to. For signing in and for choosing one; no actor is known yet."""
    async with reading():
        return await queries.memberships(person_id, limit=MEMBERSHIPS_MAX)


async def _keep_one_in_charge(member: MemberOut, organisation: OrganisationOut) -> None:
    if not rules.FULL_ROLES & set(member.roles):
        return
    if not await queries.others_in_charge(organisation.id, member_id=member.id, full_roles=sorted(rules.FULL_ROLES)):
        raise LastOwner(name=member.name, organisation=organisation.display_name)


async def _member(member_id: UUID, organisation_id: UUID) -> MemberOut:
    found = await queries.member(member_id, organisation_id=organisation_id)
    if found is None:
        raise NotFound
    return found


def _found(organisation: OrganisationOut | None) -> OrganisationOut:
    if organisation is None:
        raise NotFound
    return organisation


def _only_operator(actor: Actor) -> None:
    if actor.database_role not in {"operator", "worker"}:
        raise NotAllowed


def _only_own(actor: Actor, organisation_id: UUID) -> None:
    if actor.organisation_id != organisation_id and actor.database_role not in {"operator", "worker"}:
        raise NotFound


async def _record(action: str, person_id: UUID, *, organisation_id: UUID, actor: Actor, now: datetime, **change: Any) -> None:
    await audit.record(action=action, entity="person", entity_id=person_id, organisation_id=organisation_id, actor=actor, now=now, **change)
