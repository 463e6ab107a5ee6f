"""Owns what goes in and out of addresses."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class AddressInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An address as typed. Country is ISO 3166-1 alpha-2; a blank time zone means the country's usual one; 1 to 4 lines above the city."""

    label: str
    recipient: str
    lines: tuple[str, ...]
    city: str
    country: str
    postal_code: str = ""
    region: str = ""
    time_zone: str = ""
    unit_id: UUID | None = None
    is_default: bool = False


class AddressChange(AddressInput, forbid_unknown_fields=True, kw_only=True):
    """An address as changed, at the version that was looked at."""

    version: int


class AddressOut(msgspec.Struct, kw_only=True):
    """An address of the book. Orders keep a copy of it as it was."""

    id: UUID
    organisation_id: UUID
    unit_id: UUID | None
    label: str
    recipient: str
    lines: list[str]
    city: str
    region: str
    postal_code: str
    country: str
    time_zone: str
    is_default: bool
    state: str
    version: int
    created_at: datetime


class Archived(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The version at which an address is put away."""

    version: int


class AddressForm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An address as the form sends it: its lines in one text field."""

    label: str = ""
    recipient: str = ""
    lines: str = ""
    city: str = ""
    country: str = ""
    postal_code: str = ""
    region: str = ""
    time_zone: str = ""
    unit_id: UUID | None = None
    is_default: bool = False
    version: int = 0
