"""Owns the shapes of state changes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from marketplace.kernel.contracts import Fact


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing's change of state; `from_state` is "" for a birth. `fact` is what its outbox row tells, StateChanged when none is named."""

    entity_id: UUID
    from_state: str
    to_state: str
    fact: Fact | None = None
    reason: str | None = None


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the log, for histories. `principal` names who ("person:…", "key:…", "worker")."""

    seq: int
    from_state: str
    to_state: str
    principal: str
    reason: str | None
    at: datetime
