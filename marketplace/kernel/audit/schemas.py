"""Owns the shapes of the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One act to write down. `before` and `after` are anything that msgspec encodes as a JSON object; leave secrets out."""

    action: str
    entity: str
    entity_id: UUID | None
    organisation_id: UUID | None
    before: Any = None
    after: Any = None
    reason: str | None = None


class AuditOut(msgspec.Struct, frozen=True, kw_only=True):
    """One act for reading; `before` and `after` are JSON texts. `seq` is None until the row is sealed."""

    id: UUID
    action: str
    entity: str
    entity_id: UUID | None
    principal: str
    person_id: UUID | None
    at: datetime
    reason: str | None
    before: str | None
    after: str | None
    seq: int | None


class Tampered(msgspec.Struct, frozen=True, kw_only=True):
    """A place where an organisation's chain does not hold."""

    organisation_id: UUID
    seq: int
    what: str
