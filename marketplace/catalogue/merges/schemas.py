"""Owns the shapes of merges."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from marketplace.catalogue.products.schemas import FieldValue, Lent


class MergeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which product is kept and which is merged into it."""

    kept_id: UUID
    gone_id: UUID


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What a merge changed of the kept product, before and after by field, and what it was lent."""

    before: dict[str, FieldValue]
    after: dict[str, FieldValue]
    lent: Lent


class MergeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A merge, undone or not."""

    id: UUID
    kept_id: UUID
    gone_id: UUID
    reason: str
    kept_title: str
    gone_title: str
    at: datetime
    actor: str
    undone_at: datetime | None = None
    filled: list[str] = []


class MergesOut(msgspec.Struct, frozen=True):
    """One page of merges, the newest first."""

    items: list[MergeOut]
    next_cursor: str | None = None
