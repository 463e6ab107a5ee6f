"""Owns the shapes of a supplier's own record: what is known of an order, and what the supplier contests of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

import msgspec

from marketplace.kernel.i18n import lazy
from trust.score.schemas import EventOut

ContestKind = Literal["accepted", "refused", "timed_out", "cancelled", "delivered"]
Wrong = Literal["date", "void"]
Outcome = Literal["accepted", "declined"]
Words = Annotated[str, msgspec.Meta(max_length=500)]
# What a reader sees of each kind of event.
KIND_WORDS = {
    "placed": lazy("Placed"),
    "accepted": lazy("Accepted"),
    "refused": lazy("Refused"),
    "timed_out": lazy("Not answered in time"),
    "cancelled": lazy("Cancelled"),
    "delivered": lazy("Delivered"),
}


class ContestIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is wrong with an event of an order: with "date" a delivery was on `delivered_on` instead, with "void" it was not so at all.

    Of an order that counts as late because no delivery is known, "date" says on which day it was.
    """

    kind: ContestKind
    wrong: Wrong
    delivered_on: date | None = None
    reason: Words


class ContestForm(msgspec.Struct, kw_only=True):
    """The same as typed; what is left out is told beside its field."""

    kind: Literal["", "accepted", "refused", "timed_out", "cancelled", "delivered"] = ""
    wrong: Literal["", "date", "void"] = ""
    delivered_on: date | None = None
    reason: Words = ""


class About(NamedTuple):
    """What a contest is about: a version of an event of an order, None of a delivery that is not known, and which try it is."""

    order_id: UUID
    supplier_id: UUID
    number: str
    version: int | None
    attempt: int


class DecisionIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The operator's answer: "accepted" appends the correction that was asked for, "declined" needs a reason; the supplier reads it."""

    outcome: Outcome
    answer: Words = ""


class DecisionForm(msgspec.Struct, kw_only=True):
    """The same as typed."""

    outcome: Outcome
    answer: Words = ""


class KnownOut(msgspec.Struct, kw_only=True):
    """One thing that is known of an order; `version` above 1 is a correction with its `reason`, and `is_void` takes it back.

    `contest` tells how the latest contest of this version stands: "open", "accepted", "declined", "corrected", or "" for none.
    """

    kind: str
    version: int
    at: datetime
    promised_on: date | None
    delivered_on: date | None
    is_void: bool
    reason: str
    recorded_at: datetime
    contest: str = ""


class ContestOut(msgspec.Struct, kw_only=True):
    """What a supplier contests of an event, and what became of it: `state` is "open", "accepted" or "declined", then with the operator's answer.

    It is "corrected" where the operator corrected the same event otherwise, for the reason that is the answer. `event_version` is null where
    nothing was known of a delivery.
    """

    id: UUID
    supplier_id: UUID
    supplier: str
    order_id: UUID
    order_number: str
    kind: ContestKind
    event_version: int | None
    wrong: str
    delivered_on: date | None
    reason: str
    stated_at: datetime
    state: str
    answer: str
    decided_at: datetime | None


class OrderRecordOut(msgspec.Struct, kw_only=True):
    """One order as the score counts it, everything that is known of it in its order, and what was contested of that, the latest first."""

    order: EventOut
    events: list[KnownOut]
    contests: list[ContestOut]
