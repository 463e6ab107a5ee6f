"""Owns who can sign in to the demo market: organisations with one person each, made through the services."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.organisations import service as organisations
from marketplace.kernel.organisations.schemas import NewOrganisation
from marketplace.kernel.people import service as people
from marketplace.kernel.people.schemas import NewPerson

if TYPE_CHECKING:
    from datetime import datetime

OPERATOR_TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """How one person of the demo signs in; the actor is for the world's own use and is not written out."""

    role: str
    organisation: str
    organisation_id: UUID
    email: str
    password: str
    totp_secret: str | None
    person_id: UUID
    actor: Actor


def password_of(key: str) -> str:
    """Give the demo password of a person: long, the same in every installation, told on the screen. It guards nothing real."""
    return f"demo-{key}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


async def create_member(role: str, key: str, organisation: NewOrganisation, *, person_name: str, now: datetime) -> Login:
    """Create an organisation with its first person as owner (admin for the operator)."""
    made = await organisations.create_organisation(organisation, actor=WORKER, now=now)
    return await join(role, key, made.id, organisation, person_name=person_name, now=now)


async def join(role: str, key: str, organisation_id: UUID, organisation: NewOrganisation, *, person_name: str, now: datetime) -> Login:
    """Add a person to an organisation and give the login."""
    roles = ("admin",) if role == "operator" else ("owner",)
    secret = OPERATOR_TOTP if role == "operator" else None
    password = password_of(key)
    person = await people.prepare(
        NewPerson(email=f"{key}@demo.example", name=person_name, password=password, locale=organisation.locale, totp_secret=secret), now=now
    )
    from marketplace.kernel.database import transaction  # noqa: PLC0415 - the world stands on the roof and opens its own

    async with transaction(actor=WORKER):
        await people.add(person)
        await organisations.add_member(organisation_id, person_id=person.id, roles=roles, actor=WORKER, now=now)
    actor = Actor(
        organisation_id=organisation_id, person_id=person.id, capacities=frozenset(organisation.capacities), roles=frozenset(roles),
        locale=organisation.locale, name=person_name, organisation_name=organisation.display_name or organisation.legal_name,
        time_zone=organisation.time_zone or "UTC", currency=organisation.currency, country=organisation.country,
    )  # fmt: skip
    return Login(
        role=role, organisation=actor.organisation_name, organisation_id=organisation_id, email=person.email, password=password,
        totp_secret=secret, person_id=person.id, actor=actor,
    )  # fmt: skip
