"""Owns the use cases of people: adding one, proving a password or a code, changing what is theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel import passwords, sealing
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import Faults, FieldError, InvalidInput, NotFound
from marketplace.kernel.ids import uuid7
from marketplace.kernel.names import clean_person_name
from marketplace.kernel.people import queries, rules
from marketplace.kernel.people.errors import WrongCode, WrongPassword
from marketplace.kernel.people.schemas import Email, NewPerson, PasswordChange, PersonOut, PersonRow, Profile, TotpEnrolment

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor

new_totp_secret = rules.new_totp_secret
totp_uri = rules.totp_uri


def email_of(value: str, *, pointer: str = "/email") -> Email:
    """Read one e-mail address and give its canonical form. Raises: InvalidInput."""
    return rules.parse_email(value, pointer=pointer)


def seal_secret(secret: str, person_id: UUID) -> bytes:
    """Seal a TOTP secret for one person, so that a sealed one copied to another's row opens nothing."""
    return sealing.seal(secret.encode(), purpose=f"totp:{person_id}")


async def prepare(data: NewPerson, *, person_id: UUID | None = None, now: datetime) -> PersonRow:
    """Check a new person and hash the password, outside any transaction since it takes 50 ms.

    Raises: InvalidInput naming each field.
    """
    email = rules.parse_email(data.email, pointer="/email")
    faults = Faults()
    name = faults.take(lambda: clean_person_name(data.name, pointer="/name"), "")
    secret = None if data.totp_secret is None else rules.check_totp_secret(data.totp_secret, pointer="/totp_secret")
    with faults.kept():
        await passwords.check(data.password, pointer="/password", has_totp=secret is not None, known=(email.address, name))
    faults.refuse()
    new_id = person_id or uuid7()
    return PersonRow(
        id=new_id,
        email=email.address,
        email_canonical=email.canonical,
        name=name,
        password_hash=await passwords.hashed(data.password),
        totp_secret_sealed=None if secret is None else seal_secret(secret, new_id),
        totp_last_step=0,
        locale=rules.check_locale(data.locale, pointer="/locale"),
        state="active",
        version=1,
        created_at=now,
    )


async def add(person: PersonRow) -> PersonOut:
    """Store a prepared person inside the caller's transaction. Raises: EmailTaken."""
    await queries.insert(person)
    return out(person)


def out(person: PersonRow) -> PersonOut:
    """Give what may be shown of a person."""
    return PersonOut(
        id=person.id,
        email=person.email,
        name=person.name,
        locale=person.locale,
        has_totp=person.totp_secret_sealed is not None,
        state=person.state,
        created_at=person.created_at,
    )


async def find_by_email(canonical: str) -> PersonRow | None:
    """Find a person who may sign in, by canonical e-mail address; None when there is none."""
    async with reading():
        person = await queries.by_email(canonical)
    return person if person is not None and person.state == "active" else None


async def find(person_id: UUID) -> PersonRow | None:
    """Find a person who may sign in; None when there is none."""
    async with reading():
        person = await queries.by_id(person_id)
    return person if person is not None and person.state == "active" else None


async def take_code(person: PersonRow, code: str, *, now: datetime) -> bool:
    """Check a time-based code and use up its time step, so that it works once, in however many requests at a time."""
    assert person.totp_secret_sealed is not None, "asked only of people with a second factor"
    secret = sealing.unseal(person.totp_secret_sealed, purpose=f"totp:{person.id}").decode()
    step = rules.matching_step(secret, code, now=now)
    if step is None:
        return False
    async with transaction():
        return await queries.use_totp_step(person.id, step=step)


def proven_step(secret: str, code: str, *, now: datetime) -> int:
    """Give the time step of a code that proves a newly enrolled secret. Raises: WrongCode."""
    step = rules.matching_step(rules.check_totp_secret(secret, pointer="/totp_secret"), code, now=now)
    if step is None:
        raise WrongCode(errors=(FieldError("/totp_code", "wrong-code", "The code does not fit; check the clock of your phone."),))
    return step


async def enrol_totp(person_id: UUID, *, secret: str, code: str, now: datetime) -> None:
    """Store a second factor after a code has proven that the person's app holds it. Raises: WrongCode."""
    step = proven_step(secret, code, now=now)
    async with transaction():
        await queries.set_totp(person_id, sealed=seal_secret(rules.check_totp_secret(secret, pointer="/totp_secret"), person_id), step=step)


async def account(actor: Actor) -> PersonOut:
    """Give the acting person's own account. Raises: NotFound for keys."""
    return out(await _self(actor))


async def change_profile(data: Profile, *, actor: Actor, now: datetime) -> PersonOut:
    """Change the acting person's name and language. Raises: InvalidInput, NotFound."""
    name = clean_person_name(data.name, pointer="/name")
    locale = rules.check_locale(data.locale, pointer="/locale")
    async with transaction(actor=actor):
        person = await _self(actor)
        await queries.set_profile(person.id, name=name, locale=locale)
        before, after = {"name": person.name, "locale": person.locale}, {"name": name, "locale": locale}
        await _record("person.profile_changed", person.id, actor=actor, now=now, before=before, after=after)
        return out(await _self(actor))


async def change_password(data: PasswordChange, *, actor: Actor, now: datetime) -> None:
    """Change the acting person's password, proven by the old one. Raises: WrongPassword, InvalidInput, NotFound."""
    person = await _self(actor)
    await _prove_password(person, data.present_password)
    if data.present_password == data.new_password:
        raise InvalidInput(errors=(FieldError("/new_password", "unchanged", "Choose a password that differs from the present one."),))
    has_totp = person.totp_secret_sealed is not None
    await passwords.check(data.new_password, pointer="/new_password", has_totp=has_totp, known=(person.email, person.name))
    password_hash = await passwords.hashed(data.new_password)
    async with transaction(actor=actor):
        await queries.set_password(person.id, password_hash=password_hash)
        await _record("person.password_changed", person.id, actor=actor, now=now)


async def enrol_own_totp(data: TotpEnrolment, *, actor: Actor, now: datetime) -> PersonOut:
    """Set, or replace, the acting person's second factor, proven by the password and by a code.

    Raises: NotFound, WrongPassword, WrongCode, InvalidInput.
    """
    person = await _self(actor)
    await _prove_password(person, data.present_password)
    async with transaction(actor=actor):
        await enrol_totp(person.id, secret=data.totp_secret, code=data.totp_code, now=now)
        await _record("person.second_factor_set", person.id, actor=actor, now=now)
        return out(await _self(actor))


async def _prove_password(person: PersonRow, password: str) -> None:
    if not await passwords.matches(password, person.password_hash):
        error = FieldError("/present_password", "wrong-password", "This is not your present password.")
        raise WrongPassword(errors=(error,))


async def _self(actor: Actor) -> PersonRow:
    if actor.person_id is None:
        raise NotFound
    async with reading():
        person = await queries.by_id(actor.person_id)
    if person is None:
        raise NotFound
    return person


async def _record(action: str, person_id: UUID, *, actor: Actor, now: datetime, before: object = None, after: object = None) -> None:
    if actor.organisation_id is None:
        return
    await audit.record(
        action=action, entity="person", entity_id=person_id, organisation_id=actor.organisation_id, actor=actor, now=now, before=before, after=after
    )
