"""Owns the use cases of invitations: inviting, looking at one, accepting, withdrawing."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from marketplace.kernel import cursors, passwords
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.attempts import service as attempts
from marketplace.kernel.attempts.errors import WrongCredentials
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import PersonInvited
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import FieldError, NotFound
from marketplace.kernel.ids import uuid7
from marketplace.kernel.invitations import queries
from marketplace.kernel.invitations.errors import InvitationGone, SecondFactorNeeded
from marketplace.kernel.invitations.schemas import Acceptance, Accepted, InvitationMade, InvitationOut, InvitationRow, InvitationView, NewInvitation
from marketplace.kernel.organisations import service as organisations
from marketplace.kernel.organisations.errors import OrganisationClosed
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.people import service as people
from marketplace.kernel.people.schemas import NewPerson
from marketplace.kernel.sessions import service as sessions

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.people.schemas import PersonRow
    from marketplace.kernel.sessions.schemas import SignedIn

LIFE: Final = timedelta(days=7)
LIST_MAX: Final = 200
TOKEN_CHARACTERS_MAX: Final = 100


async def invite(organisation_id: UUID, data: NewInvitation, *, actor: Actor, now: datetime) -> InvitationMade:
    """Invite a person by e-mail address; the link works once, for seven days. Inviting the same address again ends the first link.

    The operator may invite into every organisation, others into their own.
    Raises: NotFound, InvalidInput, FirstInCharge, OrganisationClosed.
    """
    email = people.email_of(data.email)
    token = secrets.token_urlsafe(32)
    async with transaction(actor=actor):
        organisation = await organisations.organisation(organisation_id, actor=actor)
        if organisation.state != "active":
            raise OrganisationClosed(organisation=organisation.display_name, state=organisation.state)
        roles = organisations.check_roles(data.roles, capacities=organisation.capacities)
        await organisations.check_in_charge(organisation, roles=roles)
        made = InvitationMade(
            id=uuid7(), organisation_id=organisation_id, email=email.address, roles=roles, created_at=now, expires_at=now + LIFE, token=token
        )
        await queries.replace(made, email_canonical=email.canonical, token_hash=_hash(token), invited_by=actor.person_id)
        await outbox.publish(PersonInvited(invitation_id=made.id, organisation_id=organisation_id), now=now)
        await _record(
            "invitation.made", made.id, organisation_id=organisation_id, actor=actor, now=now, after={"email": email.address, "roles": roles}
        )
    return made


async def open_invitations(
    organisation_id: UUID, *, actor: Actor, now: datetime, after: UUID | None = None, limit: int = LIST_MAX
) -> list[InvitationOut]:
    """List an organisation's open invitations, the newest first, from behind one on. Raises: NotFound."""
    async with reading(actor):
        await organisations.organisation(organisation_id, actor=actor)
        return await queries.open_ones(organisation_id, now=now, after=after, limit=limit)


async def invitations_page(organisation_id: UUID, *, asked: cursors.Asked, actor: Actor, now: datetime) -> tuple[list[InvitationOut], str | None]:
    """Give one page of the open invitations and the cursor of the next. Raises: NotFound, BadCursor."""

    async def read(after: Any, limit: int) -> list[InvitationOut]:
        return await open_invitations(organisation_id, actor=actor, now=now, after=after[0] if after else None, limit=limit)

    return await cursors.listed(f"invitations:{organisation_id}", read, place=lambda one: (one.id,), shape=tuple[UUID], asked=asked)


async def withdraw(invitation_id: UUID, *, organisation_id: UUID, actor: Actor, now: datetime) -> None:
    """End an open invitation. Raises: NotFound."""
    async with transaction(actor=actor):
        await organisations.organisation(organisation_id, actor=actor)
        email = await queries.withdraw(invitation_id, organisation_id=organisation_id)
        if email is None:
            raise NotFound
        await _record("invitation.withdrawn", invitation_id, organisation_id=organisation_id, actor=actor, now=now, before={"email": email})


async def look(token: str, *, issuer: str, now: datetime) -> InvitationView:
    """Show an invitation to whoever holds its link. Raises: NotFound, InvitationGone."""
    invitation = await _open(token, now=now)
    person = await people.find_by_email(invitation.email_canonical)
    has_totp = person is not None and person.totp_secret_sealed is not None
    secret = people.new_totp_secret()
    return InvitationView(
        organisation_name=invitation.organisation_name,
        email=invitation.email,
        roles=invitation.roles,
        has_account=person is not None,
        has_totp=has_totp,
        needs_totp="operator" in invitation.capacities and not has_totp,
        totp_secret=secret,
        totp_uri=people.totp_uri(secret, account=invitation.email, issuer=issuer),
        expires_at=invitation.expires_at,
    )


async def accept(token: str, data: Acceptance, *, address: str, now: datetime) -> Accepted:
    """Join the organisation: as a new person, or with the account that the address has, proven by its password (and code).

    Works once, in however many requests at a time. Operators enrol a second factor here.
    Raises: NotFound, InvitationGone, InvalidInput, WrongCredentials, SecondFactorNeeded, WrongCode, TooManyAttempts, AlreadyMember.
    """
    invitation = await _open(token, now=now)
    person = await people.find_by_email(invitation.email_canonical)
    if person is not None:
        await _prove(person, data, address=address, now=now)
    has_factor = person is not None and person.totp_secret_sealed is not None
    step = None if has_factor else _enrolled_step(data, is_needed="operator" in invitation.capacities, now=now)
    new = None if person is not None else await _prepared(invitation, data, step=step, now=now)
    joined = new or person
    assert joined is not None, "either a new person or a known one joins"
    async with transaction(actor=WORKER):
        if not await queries.take(invitation.id, now=now):
            raise InvitationGone
        if new is not None:
            await people.add(new)
        elif step is not None and data.totp_secret is not None and data.totp_code is not None:
            await people.enrol_totp(joined.id, secret=data.totp_secret, code=data.totp_code, now=now)
        by = Actor(person_id=joined.id, organisation_id=invitation.organisation_id, name=joined.name, capacities=frozenset({"worker"}))
        await organisations.add_member(invitation.organisation_id, person_id=joined.id, roles=invitation.roles, actor=by, now=now)
        await _record("invitation.accepted", invitation.id, organisation_id=invitation.organisation_id, actor=by, now=now)
    return Accepted(person_id=joined.id, organisation_id=invitation.organisation_id)


async def accept_and_sign_in(token: str, data: Acceptance, *, address: str, now: datetime, hours: int) -> SignedIn:
    """Accept an invitation and begin a session for the organisation that was joined. Raises: as `accept`."""
    accepted = await accept(token, data, address=address, now=now)
    return await sessions.open_session(accepted.person_id, organisation_id=accepted.organisation_id, now=now, hours=hours)


async def _prove(person: PersonRow, data: Acceptance, *, address: str, now: datetime) -> None:
    subject = attempts.account(person.email_canonical)
    await attempts.begin(subject, address=address, now=now)
    if not await passwords.matches(data.password, person.password_hash):
        raise WrongCredentials
    if person.totp_secret_sealed is not None and not await people.take_code(person, data.totp_code or "", now=now):
        raise WrongCredentials
    await attempts.forgive(subject, address=address)


def _enrolled_step(data: Acceptance, *, is_needed: bool, now: datetime) -> int | None:
    """Check the code that proves a new second factor; None when none is enrolled."""
    if not data.totp_code:
        if is_needed:
            raise SecondFactorNeeded(errors=(FieldError("/totp_code", "missing", "Type the code that the app shows."),))
        return None
    if not data.totp_secret:
        raise SecondFactorNeeded(errors=(FieldError("/totp_secret", "missing", "The secret is needed with its code."),))
    return people.proven_step(data.totp_secret, data.totp_code, now=now)


async def _prepared(invitation: InvitationRow, data: Acceptance, *, step: int | None, now: datetime) -> PersonRow:
    secret = data.totp_secret if step is not None else None
    new = NewPerson(email=invitation.email, name=data.name, password=data.password, locale=data.locale, totp_secret=secret)
    return msgspec.structs.replace(await people.prepare(new, now=now), totp_last_step=step or 0)


def without_token(made: InvitationMade) -> InvitationMade:
    """Give what may be kept of the answer that showed a new link: all but its secret part, of which only the hash is stored."""
    return msgspec.structs.replace(made, token="")


async def _open(token: str, *, now: datetime) -> InvitationRow:
    if len(token) > TOKEN_CHARACTERS_MAX:
        raise NotFound
    async with reading(WORKER):
        invitation = await queries.by_token(_hash(token))
    if invitation is None:
        raise NotFound
    if invitation.state != "open" or invitation.expires_at <= now:
        raise InvitationGone
    return invitation


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def _record(action: str, invitation_id: UUID, *, organisation_id: UUID, actor: Actor, now: datetime, **change: Any) -> None:
    await audit.record(action=action, entity="invitation", entity_id=invitation_id, organisation_id=organisation_id, actor=actor, now=now, **change)
