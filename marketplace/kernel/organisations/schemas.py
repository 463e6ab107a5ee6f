"""Owns what goes in and out of organisations and memberships."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class NewOrganisation(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An organisation to be. Country is ISO 3166-1 alpha-2, currency ISO 4217; a blank time zone or currency is the country's usual one."""

    legal_name: str
    country: str
    capacities: tuple[str, ...]
    currency: str
    display_name: str = ""
    registration_number: str = ""
    time_zone: str = ""
    locale: str = "en"


class OrganisationOut(msgspec.Struct, kw_only=True):
    """An organisation as the operator and its own people see it."""

    id: UUID
    legal_name: str
    display_name: str
    registration_number: str
    country: str
    time_zone: str
    locale: str
    currency: str
    capacities: list[str]
    state: str
    version: int
    created_at: datetime


class OrganisationSearch(msgspec.Struct, kw_only=True):
    """Which organisations to list: part of a name, a capacity, from a cursor on."""

    q: str = ""
    capacity: str = ""
    cursor: str | None = None
    limit: int = 50


class OrganisationPage(msgspec.Struct, kw_only=True):
    """One page of organisations, the cursor of the next, and how many there are in all."""

    items: list[OrganisationOut]
    next_cursor: str | None
    total: int


class StateChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new state of an organisation, and why."""

    state: str
    reason: str
    version: int


class LegalChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """New legal facts of an organisation, and why. The time zone stays as it is."""

    legal_name: str
    registration_number: str
    country: str
    reason: str
    version: int


class MemberOut(msgspec.Struct, kw_only=True):
    """A person in an organisation."""

    id: UUID
    person_id: UUID
    name: str
    email: str
    roles: list[str]
    has_totp: bool
    version: int
    created_at: datetime


class RolesChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """New roles of a member."""

    roles: tuple[str, ...]
    version: int


class MembershipOut(msgspec.Struct, kw_only=True):
    """One of the organisations that a person belongs to."""

    organisation_id: UUID
    display_name: str
    capacities: list[str]
    roles: list[str]
