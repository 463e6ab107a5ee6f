"""Owns what goes in and out of invitations."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class NewInvitation(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whom to invite, and with which roles."""

    email: str
    roles: tuple[str, ...]


class InvitationOut(msgspec.Struct, kw_only=True):
    """An open invitation as the organisation's people see it: without its link."""

    id: UUID
    organisation_id: UUID
    email: str
    roles: list[str]
    created_at: datetime
    expires_at: datetime


class InvitationMade(InvitationOut, kw_only=True):
    """A new invitation with its link's secret part, which is shown this once and empty where the same call is repeated."""

    token: str


class InvitationView(msgspec.Struct, kw_only=True):
    """What the invited person sees: who invites, and what is asked. The secret is new at each look, for whoever must enrol a second factor."""

    organisation_name: str
    email: str
    roles: list[str]
    has_account: bool
    has_totp: bool
    needs_totp: bool
    totp_secret: str
    totp_uri: str
    expires_at: datetime


class Acceptance(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the invited person answers. Who has an account already proves it by its password, and needs no name."""

    password: str
    name: str = ""
    locale: str = "en"
    totp_secret: str | None = None
    totp_code: str | None = None


class Accepted(msgspec.Struct, kw_only=True):
    """Who has joined what."""

    person_id: UUID
    organisation_id: UUID


class InvitationRow(msgspec.Struct, kw_only=True):
    """An invitation with its organisation's name and capacities. It never leaves the services."""

    id: UUID
    organisation_id: UUID
    email: str
    email_canonical: str
    roles: list[str]
    state: str
    created_at: datetime
    expires_at: datetime
    organisation_name: str
    capacities: list[str]
