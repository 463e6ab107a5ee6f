"""Owns the shapes of flagged numbers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

State = Literal["open", "right", "left_out"]


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """A number that lies far outside the usual range of the `n` numbers under its key in its `category_id`, or in the learned `type` where it has none.

    `state` is open, right (somebody said that it is meant) or left_out. A number that is not right counts for no facet. Numbers have the unit of the
    definition of the key, and none where there is no definition.
    """

    id: UUID
    product_id: UUID
    title: str
    key: str
    value: Decimal
    usual_low: Decimal
    usual_high: Decimal
    median: Decimal
    n: int
    category_id: UUID | None
    type: str | None
    found_at: datetime
    state: str
    decided_at: datetime | None
    decided_by: str | None


class FlagIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What somebody says of a flagged number: right, left_out, or open again; `seen` is the state that it had, `value` the number, where it was told."""

    state: State
    seen: State
    value: Decimal | None = None
