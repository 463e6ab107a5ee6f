"""Owns the shape of a timer's state."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class JobState(msgspec.Struct, frozen=True, kw_only=True):
    """When a timer last ran and how late it is: `lag_seconds` counts from when the next run was due, 0 while it is not."""

    name: str
    every_seconds: int
    last_started: datetime | None
    last_finished: datetime | None
    last_succeeded: datetime | None
    last_count: int
    last_error: str
    is_running: bool
    lag_seconds: int


class ReviveForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which delivery shall try again."""

    fact_id: UUID
    handler: str
