"""Owns what goes in and out of API keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class NewApiKey(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A key to be. `networks` are addresses or CIDR networks it may be used from (none: from everywhere); no roles means the maker's own."""

    name: str
    scopes: tuple[str, ...]
    days: int = 365
    networks: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class ApiKeyOut(msgspec.Struct, kw_only=True):
    """A key as the organisation's people see it: by its prefix, never whole."""

    id: UUID
    organisation_id: UUID
    prefix: str
    name: str
    scopes: list[str]
    roles: list[str]
    networks: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    replaced_by: UUID | None


class ApiKeyMade(ApiKeyOut, kw_only=True):
    """A new key, whole, this once; `key` is null where the same call is repeated."""

    key: str | None


class Rotation(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How long the old key works on beside its successor."""

    overlap_hours: int = 24


class KeyForm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A key to be, as the form sends it: networks in one field, apart by space or line."""

    name: str
    scopes: tuple[str, ...] = ()
    days: int = 365
    networks: str = ""
