"""Owns what goes in and out of people."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class NewPerson(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A person to be. `totp_secret` is Base32 (RFC 4648); operators' staff need one."""

    email: str
    name: str
    password: str
    locale: str = "en"
    totp_secret: str | None = None


class PersonOut(msgspec.Struct, kw_only=True):
    """A person as others in the organisation, and the person, see them."""

    id: UUID
    email: str
    name: str
    locale: str
    has_totp: bool
    state: str
    created_at: datetime


class Profile(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a person may change about themselves."""

    name: str
    locale: str


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new password, proven by the old one."""

    present_password: str
    new_password: str


class TotpEnrolment(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new second factor: the Base32 secret that an app holds now, its code, and the password again."""

    totp_secret: str
    totp_code: str
    present_password: str


class PersonRow(msgspec.Struct, kw_only=True):
    """A person with what signing in needs. It never leaves the services."""

    id: UUID
    email: str
    email_canonical: str
    name: str
    password_hash: str
    totp_secret_sealed: bytes | None
    totp_last_step: int
    locale: str
    state: str
    version: int
    created_at: datetime


class Email(msgspec.Struct, frozen=True):
    """An e-mail address as typed (domain in ASCII) and its canonical form, under which it is unique."""

    address: str
    canonical: str
