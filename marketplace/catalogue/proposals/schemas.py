"""Owns the shapes of proposals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

import msgspec

from marketplace.catalogue.products.schemas import FieldValue
from marketplace.kernel.versions import Version

Kind = Literal["new", "edit"]
Act = Literal["accept", "revise", "reject"]
Show = Literal["waiting", "sent_back", "decided"]
Words = Annotated[str, msgspec.Meta(max_length=1000)]
FieldKey = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
# A whole number is a number too: a description that names both fits neither, since one value would have to be of exactly one kind.
Value = Annotated[str, msgspec.Meta(max_length=20_000)] | bool | float | None
Told = str | bool | float | None
ROWS_MAX = 200


class ProposalIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A change set. Without `product_id` it proposes a new product; with it only what differs from the product is proposed.

    `values` holds by field: title, brand, part_number, gtin, category (slug), unit_code, weight_grams, volume_cm3, description and
    attributes.<key>; null takes a value out. `base` is the fingerprint of the product that was looked at, "" for as it is now. `answers_id` is
    your change set that was sent back. `is_distinct` says that products of the same brand and part number were looked at and are others.
    """

    values: Annotated[dict[FieldKey, Value], msgspec.Meta(min_length=1, max_length=300)]
    product_id: UUID | None = None
    base: Annotated[str, msgspec.Meta(max_length=64)] = ""
    note: Words = ""
    answers_id: UUID | None = None
    is_distinct: bool = False


class ManyIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Many change sets at once, such as the rows of a file; each stands and falls by itself."""

    rows: Annotated[list[ProposalIn], msgspec.Meta(min_length=1, max_length=ROWS_MAX)]


class WithdrawIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The version that was looked at."""

    version: Version


class DecisionIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The operator's word. `fields` are those that are accepted, all without it; `base` is the fingerprint of the product that was looked at,

    which must be given where the product has changed since the change set was made. `text` is needed to send back and to reject.
    """

    act: Act
    version: Version
    fields: Annotated[list[FieldKey], msgspec.Meta(max_length=300)] | None = None
    base: Annotated[str, msgspec.Meta(max_length=64)] = ""
    text: Words = ""


class DecisionForm(msgspec.Struct, kw_only=True):
    """The same as a form sends it: each box that is ticked is one of `fields`."""

    act: Act
    version: Version
    fields: Annotated[list[FieldKey], msgspec.Meta(max_length=300)] = []
    base: Annotated[str, msgspec.Meta(max_length=64)] = ""
    text: Words = ""


class Change(msgspec.Struct, frozen=True):
    """One field of a change set as it is stored: the category by its id."""

    field: str
    old: FieldValue
    new: FieldValue


class ChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a change set; the category by its slug. `is_accepted` is null until it is decided."""

    field: str
    old: Told
    new: Told
    is_accepted: bool | None = None


class MessageOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the supplier or the operator said."""

    side: str
    text: str
    said_at: datetime


class MovedOut(msgspec.Struct, frozen=True, kw_only=True):
    """What changed in the product since the change set was made: `now` is what it holds. `by` is null where no change set did it, as a file does."""

    field: str
    was: Told
    now: Told
    is_proposed: bool
    by: str | None
    changed_at: datetime | None


class Like(msgspec.Struct, frozen=True, kw_only=True):
    """A product that may be the same: `match` is gtin or part_number."""

    id: UUID
    title: str
    brand: str
    part_number: str
    gtin: str | None
    match: str


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A change set as its row is. `answered_by` is the change set that answers it."""

    id: UUID
    organisation_id: UUID
    supplier: str
    product_id: UUID | None
    answers_id: UUID | None
    answered_by: UUID | None
    category_id: UUID | None
    kind: str
    state: str
    title: str
    base: str
    changes: tuple[Change, ...]
    accepted: tuple[str, ...] | None
    is_automatic: bool
    sent_at: datetime
    due_at: datetime
    decided_at: datetime | None
    reason: str
    version: int

    @property
    def shown_state(self) -> str:
        """Name the state for readers: a part that was accepted is not the whole, and what was answered no longer waits."""
        if self.state == "accepted" and self.accepted is not None and len(self.accepted) < len(self.changes):
            return "partly_accepted"
        return "answered" if self.state == "revision" and self.answered_by else self.state


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A change set in a list, with the names of its fields; `state` as in the whole."""

    id: UUID
    organisation_id: UUID
    supplier: str
    kind: str
    state: str
    title: str
    product_id: UUID | None
    category: str | None
    fields: list[str]
    is_automatic: bool
    answers_id: UUID | None
    sent_at: datetime
    due_at: datetime
    is_overdue: bool
    decided_at: datetime | None
    reason: str
    version: int


class ProposalOut(msgspec.Struct, frozen=True, kw_only=True):
    """A change set with its fields, what was said of it and, for the operator while it waits, what has changed in its product meanwhile.

    `state` is sent, revision (sent back to the supplier), answered (by another change set), accepted, partly_accepted, rejected or withdrawn; `due_at` is by when the operator decides. `rules` are the
    numbers of the rules that accepted it. `current_base` is the fingerprint of the product now, "" where it has none. `alike` are products that a
    new one may be. `product_id` is the product as it stands now, and `moved_from` the one that the set was made for, where that was merged into it.
    """

    id: UUID
    organisation_id: UUID
    supplier: str
    kind: str
    state: str
    title: str
    product_id: UUID | None
    category: str | None
    changes: list[ChangeOut]
    messages: list[MessageOut]
    rules: list[int]
    answers_id: UUID | None
    answered_by: UUID | None
    sent_at: datetime
    due_at: datetime
    is_overdue: bool
    decided_at: datetime | None
    reason: str
    base: str
    current_base: str
    moved: list[MovedOut]
    alike: list[Like]
    version: int
    moved_from: UUID | None = None


class RowOut(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one row: the change set, or what is wrong with it."""

    row: int
    proposal_id: UUID | None = None
    state: str | None = None
    code: str | None = None
    errors: list[dict[str, str]] = []


class ManyOut(msgspec.Struct, frozen=True, kw_only=True):
    """What came of many change sets, in the order in which they were given."""

    rows: list[RowOut]
    sent: int
    refused: int


class HistoryOut(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a product as it was changed. `supplier` is told to that supplier and the operator, `rule` where no person accepted it."""

    field: str
    old: Told
    new: Told
    supplier: str | None
    rule: int | None
    proposal_id: UUID | None
    changed_at: datetime


class Wanted(NamedTuple):
    """Which change sets the operator looks at: those that wait, that were sent back or decided; of a category and below, of one supplier, of one kind."""

    show: str = "waiting"
    category_id: UUID | None = None
    supplier_id: UUID | None = None
    kind: str = ""


class Office(NamedTuple):
    """Where the operator works: its time zone and country, whose week and holidays are its own."""

    time_zone: str
    country: str


class Part(NamedTuple):
    """Some of a text, and whether the other text has something else there."""

    text: str
    is_changed: bool
