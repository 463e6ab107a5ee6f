"""Owns the use cases of sessions: signing in by one or two steps, choosing an organisation, stepping up, signing out."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from marketplace.kernel import passwords, sealing
from marketplace.kernel.attempts import service as attempts
from marketplace.kernel.attempts.errors import WrongCredentials
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import FieldError, InvalidInput, NotFound, NotSignedIn
from marketplace.kernel.organisations import service as organisations
from marketplace.kernel.people import service as people
from marketplace.kernel.people.errors import WrongCode, WrongPassword
from marketplace.kernel.sessions import queries
from marketplace.kernel.sessions.errors import NoOrganisation, SignInAgain, TotpNeeded
from marketplace.kernel.sessions.schemas import Credentials, SessionOut, SignedIn, Ticket

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.people.schemas import PasswordChange, PersonRow

TICKET_LIFE: Final = timedelta(minutes=5)
DEFAULT_HOURS: Final = 12
EMAIL_CHARACTERS_MAX: Final = 254


async def sign_in(data: Credentials, *, address: str, now: datetime, hours: int = DEFAULT_HOURS) -> SignedIn:
    """Begin a session for an e-mail address and a password, and a code where the account has a second factor.

    An unknown address costs the same time and gets the same answer as a wrong password. `address` is the caller's network address.
    Raises: InvalidInput, TooManyAttempts, WrongCredentials, TotpNeeded (with the ticket for `finish_sign_in`), NoOrganisation.
    """
    if len(data.password) > passwords.CHARACTERS_MAX:
        raise InvalidInput(
            errors=(FieldError("/password", "too-long", "Passwords take at most {limit} characters.", {"limit": passwords.CHARACTERS_MAX}),)
        )
    if len(data.email) > EMAIL_CHARACTERS_MAX:
        raise InvalidInput(errors=(FieldError("/email", "too-long", "Addresses take at most {limit} characters.", {"limit": EMAIL_CHARACTERS_MAX}),))
    canonical = _canonical(data.email)
    subject = attempts.account(canonical)
    await attempts.begin(subject, address=address, now=now)
    person = await people.find_by_email(canonical)
    is_right = await passwords.matches(data.password, None if person is None else person.password_hash)
    if person is None or not is_right:
        raise WrongCredentials
    if person.totp_secret_sealed is not None:
        if not data.totp_code:
            await attempts.forgive(subject, address=address)
            raise TotpNeeded(ticket=_ticket(person, now=now))
        await _take_code(person, data.totp_code, address=address, now=now)
    await attempts.forgive(subject, address=address)
    return await open_session(person.id, now=now, hours=hours)


async def finish_sign_in(ticket: str, code: str, *, address: str, now: datetime, hours: int = DEFAULT_HOURS) -> SignedIn:
    """Begin the session that a first step has proven, with the code of the second factor.

    Raises: SignInAgain, TooManyAttempts, WrongCredentials, NoOrganisation.
    """
    try:
        proven = msgspec.json.decode(sealing.unseal_text(ticket, purpose="sign-in"), type=Ticket)
    except (sealing.SealBroken, msgspec.DecodeError, UnicodeError):
        raise SignInAgain from None
    person = await people.find(proven.person_id)
    if proven.until <= now or person is None or person.version != proven.version or person.totp_secret_sealed is None:
        raise SignInAgain
    await _take_code(person, code, address=address, now=now)
    return await open_session(person.id, now=now, hours=hours)


async def open_session(person_id: UUID, *, organisation_id: UUID | None = None, now: datetime, hours: int = DEFAULT_HOURS) -> SignedIn:
    """Begin a session under a new token for a person who has proven who they are; a sole organisation is chosen at once.

    Raises: NoOrganisation.
    """
    found = await organisations.memberships(person_id)
    if not found:
        raise NoOrganisation
    chosen = organisation_id or (found[0].organisation_id if len(found) == 1 else None)
    token = secrets.token_urlsafe(32)
    session = queries.SessionRow(
        token_hash=_hash(token),
        person_id=person_id,
        organisation_id=chosen,
        created_at=now,
        expires_at=now + timedelta(hours=hours),
        stepped_up_at=now,
    )
    async with transaction():
        await queries.insert(session)
    return SignedIn(token=token, person_id=person_id, organisation_id=chosen, expires_at=session.expires_at)


async def actor_of_session(token_hash: bytes, *, now: datetime) -> Actor | None:
    """Tell who acts in the session whose token has this SHA-256; None when it has ended. One statement, no transaction."""
    async with reading():
        return await queries.actor(token_hash, now=now)


async def session(actor: Actor) -> SessionOut:
    """Describe the acting person's session. Raises: NotSignedIn."""
    if actor.person_id is None:
        raise NotSignedIn
    return SessionOut(
        person_id=actor.person_id,
        name=actor.name,
        organisation_id=actor.organisation_id,
        organisation_name=actor.organisation_name,
        capacities=sorted(actor.capacities),
        roles=sorted(actor.roles),
        locale=actor.locale,
        currency=actor.currency,
        time_zone=actor.time_zone,
        organisations=await organisations.memberships(actor.person_id),
    )


async def capacities_of(signed_in: SignedIn) -> list[str]:
    """Tell what the organisation of a session that has just begun is: nothing where none is chosen yet."""
    found = await organisations.memberships(signed_in.person_id)
    return next((one.capacities for one in found if one.organisation_id == signed_in.organisation_id), [])


async def choose_organisation(organisation_id: UUID, *, actor: Actor, now: datetime) -> SignedIn:
    """Act for another of the person's organisations from here on, under a new token. Raises: NotSignedIn, NotFound."""
    token_hash = _token_hash(actor)
    async with transaction():
        if not await queries.choose(token_hash, organisation_id=organisation_id):
            raise NotFound
        return await _rotated(actor, now=now, is_step_up=False)


async def step_up(password: str, *, totp_code: str = "", actor: Actor, address: str, now: datetime) -> SignedIn:
    """Prove the password, and the second factor where there is one, again within a session, which then carries on under a new token.

    Raises: NotSignedIn, WrongPassword, WrongCode, TooManyAttempts.
    """
    _token_hash(actor)
    person = None if actor.person_id is None else await people.find(actor.person_id)
    if person is None:
        raise NotSignedIn
    subject = attempts.account(person.email_canonical)
    await attempts.begin(subject, address=address, now=now)
    if not await passwords.matches(password, person.password_hash):
        raise WrongPassword(errors=(FieldError("/password", "wrong-password", "This is not your password."),))
    if person.totp_secret_sealed is not None:
        try:
            await _take_code(person, totp_code, address=address, now=now)
        except WrongCredentials as error:
            raise WrongCode(errors=error.errors) from None
    await attempts.forgive(subject, address=address)
    async with transaction():
        return await _rotated(actor, now=now, is_step_up=True)


async def change_password(data: PasswordChange, *, actor: Actor, now: datetime) -> SignedIn:
    """Change the acting person's password; this session carries on under a new token and every other one ends.

    Raises: NotSignedIn, WrongPassword, InvalidInput.
    """
    _token_hash(actor)
    await people.change_password(data, actor=actor, now=now)
    async with transaction():
        signed_in = await _rotated(actor, now=now, is_step_up=True)
        await queries.delete_others(signed_in.person_id, but=_hash(signed_in.token))
    return signed_in


async def sign_out(actor: Actor) -> None:
    """End the acting session; without one nothing happens."""
    if actor.session_id:
        async with transaction():
            await queries.delete(bytes.fromhex(actor.session_id))


async def purge(now: datetime) -> int:
    """Delete sessions that have ended and windows of attempts long past. A job."""
    async with transaction():
        return await queries.purge(now) + await attempts.purge(now)


async def _rotated(actor: Actor, *, now: datetime, is_step_up: bool) -> SignedIn:
    token = secrets.token_urlsafe(32)
    kept = await queries.rotate(_token_hash(actor), new_hash=_hash(token), now=now, is_step_up=is_step_up)
    if kept is None or actor.person_id is None:
        raise NotSignedIn
    return SignedIn(token=token, person_id=actor.person_id, organisation_id=kept[0], expires_at=kept[1])


async def _take_code(person: PersonRow, code: str, *, address: str, now: datetime) -> None:
    """Check the second factor under its own counter: who has the password cannot then guess codes at leisure."""
    subject = attempts.account(f"code:{person.id}")
    await attempts.begin(subject, address=address, now=now)
    if not await people.take_code(person, code, now=now):
        raise WrongCredentials(errors=(FieldError("/totp_code", "wrong-code", "The code is not right, or was used already."),))
    await attempts.forgive(subject, address=address)


def _ticket(person: PersonRow, *, now: datetime) -> str:
    ticket = Ticket(person_id=person.id, version=person.version, until=now + TICKET_LIFE)
    return sealing.seal_text(msgspec.json.encode(ticket), purpose="sign-in")


def _canonical(email: str) -> str:
    """Give the canonical form of an address as typed; what is no address stands for itself and finds nobody."""
    try:
        return people.email_of(email).canonical
    except InvalidInput:
        return email.casefold().replace("\x00", "")


def _token_hash(actor: Actor) -> bytes:
    if not actor.session_id:
        raise NotSignedIn
    return bytes.fromhex(actor.session_id)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
