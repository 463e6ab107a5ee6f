"""Owns what goes in and out of sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from marketplace.kernel.organisations.schemas import MembershipOut


class Credentials(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What somebody signs in with; the code only where the account has a second factor. No address holds a control character."""

    email: Annotated[str, msgspec.Meta(pattern="^[^\\x00-\\x1f\\x7f]*$")]
    password: str
    totp_code: str | None = None


class SignedIn(msgspec.Struct, kw_only=True):
    """A session that begins. The token goes into the cookie and nowhere else."""

    token: str
    person_id: UUID
    organisation_id: UUID | None
    expires_at: datetime


class SessionOut(msgspec.Struct, kw_only=True):
    """Who is signed in, for which organisation, and which others could be chosen."""

    person_id: UUID
    name: str
    organisation_id: UUID | None
    organisation_name: str
    capacities: list[str]
    roles: list[str]
    locale: str
    currency: str
    time_zone: str
    organisations: list[MembershipOut]


class OrganisationChoice(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The organisation to act for in this session."""

    organisation_id: UUID


class PasswordProof(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The password, proven again within a session, and the code where the account has a second factor."""

    password: str
    totp_code: str = ""


class SessionMade(msgspec.Struct, kw_only=True):
    """A session that has begun or goes on under a new token; the token itself is in the cookie alone."""

    person_id: UUID
    organisation_id: UUID | None
    expires_at: datetime
    csrf_token: str


class Ticket(msgspec.Struct, kw_only=True):
    """What the first step of signing in has proven. It travels sealed."""

    person_id: UUID
    version: int
    until: datetime
