"""Owns the shapes of approval rules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

FieldName = Annotated[str, msgspec.Meta(pattern=r"^(title|description|weight_grams|volume_cm3|attributes(\.[^\s]{1,80})?)$", max_length=100)]
Least = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Reason = Annotated[str, msgspec.Meta(max_length=500)]


class RuleIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A rule to publish: changes of `field` hold at once where the supplier has at least `accepted_min` change sets accepted, `percent_min` % of those decided.

    `field` is title, description, weight_grams, volume_cm3, attributes (any) or attributes.<key>. With `supplier_id` it is for that supplier
    alone and wins over those for all; with `is_automatic` false it takes the field back to the operator's look.
    """

    field: FieldName
    reason: Reason
    supplier_id: UUID | None = None
    is_automatic: bool = True
    accepted_min: Least = 20
    percent_min: Percent = 95


class RuleForm(msgspec.Struct, kw_only=True):
    """The same as typed; what is left out is told beside its field."""

    field: str = ""
    reason: Reason = ""
    supplier_id: UUID | None = None
    is_automatic: str = "yes"
    accepted_min: Least = 20
    percent_min: Percent = 95


class RuleOut(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it is published; `number` names it wherever it accepted something. `ended_at` is null while it is in force."""

    id: UUID
    number: int
    field: str
    supplier_id: UUID | None
    supplier: str | None
    is_automatic: bool
    accepted_min: int
    percent_min: int
    reason: str
    made_at: datetime
    ended_at: datetime | None


class Record(msgspec.Struct, frozen=True):
    """How the operator has decided on a supplier's change sets: accepted whole, out of all accepted or rejected. What rules accepted does not count."""

    accepted: int
    decided: int
