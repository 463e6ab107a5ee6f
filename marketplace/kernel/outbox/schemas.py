"""Owns the shapes of facts on their way."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class Due(msgspec.Struct, frozen=True):
    """A claimed fact with its payload as JSON text, and the span that caused it ("" for none)."""

    id: UUID
    payload: str
    traceparent: str = ""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that fails ("failed") or was given up ("dead")."""

    id: UUID
    kind: str
    handler: str
    state: str
    attempts: int
    last_error: str
    created_at: datetime


class Drained(msgspec.Struct, frozen=True, kw_only=True):
    """What a round of delivery did: calls of handlers that ended well, and failures."""

    done: int = 0
    failed: int = 0


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """How much waits: facts not yet done, the age of the oldest, deliveries that fail and that were given up."""

    waiting: int
    oldest_seconds: int
    failed: int
    dead: int
