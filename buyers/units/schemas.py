"""Owns what goes in and out of units."""

from __future__ import annotations

from uuid import UUID

import msgspec


class NewUnit(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A unit to be, under a parent or under the company itself."""

    name: str
    parent_id: UUID | None = None


class UnitChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A unit's new name and place, at the version that was looked at."""

    name: str
    version: int
    parent_id: UUID | None = None


class UnitOut(msgspec.Struct, kw_only=True):
    """A unit with its depth in the tree (1 right under the company) and the names on the way to it."""

    id: UUID
    name: str
    parent_id: UUID | None
    depth: int
    path: list[str]
    version: int
