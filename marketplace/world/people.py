"""Owns who can sign in to the demo market: organisations with one person each, made through the services."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.identity import service as identity
from marketplace.kernel.organisations.schemas import NewOrganisation
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
    made = await identity.create_organisation(organisation, actor=WORKER, now=now)
    roles = ("admin",) if role == "operator" else ("owner",)
    secret = OPERATOR_TOTP if role == "operator" else None
    password = password_of(key)
    new = NewPerson(email=f"{key}@demo.example", name=person_name, password=password, locale=organisation.locale, totp_secret=secret)
    person = await identity.create_person(new, organisation_id=made.id, roles=roles, actor=WORKER, now=now)
    actor = Actor(
        organisation_id=made.id, person_id=person.id, capacities=frozenset(organisation.capacities), roles=frozenset(roles),
        locale=organisation.locale, name=person_name, organisation_name=made.display_name, time_zone=made.time_zone, currency=made.currency,
        country=made.country,
    )  # fmt: skip
    return Login(
        role=role, organisation=actor.organisation_name, organisation_id=made.id, email=person.email, password=password, totp_secret=secret,
        person_id=person.id, actor=actor,
    )  # fmt: skip
