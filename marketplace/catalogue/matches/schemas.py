"""Owns the shapes of matches."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from marketplace.catalogue.products.schemas import AttributeValue, FieldValue

Kind = Literal["gtin", "part_number", "title"]
Verdict = Literal["agree", "differ", "only_one"]
State = Literal["open", "merged", "apart"]


class Piece(msgspec.Struct, frozen=True):
    """One piece of evidence: a field, whether both agree in it, what each holds as text, and by how many points it moved the score."""

    field: str
    verdict: Verdict
    low: str
    high: str
    points: int


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What of a product counts when it is held against another; `gtins` are keys without leading zeros."""

    id: UUID
    title: str
    brand: str
    part_number: str
    gtins: frozenset[str]
    category_id: UUID | None
    unit_code: str
    weight_grams: int | None
    attributes: dict[str, AttributeValue]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A pair that may be the same, the lower id first."""

    low_id: UUID
    high_id: UUID
    kind: Kind
    score: int
    pattern: str
    evidence: tuple[Piece, ...]
    is_sure: bool = False


class CandidateOut(msgspec.Struct, frozen=True, kw_only=True):
    """A pair in the queue. `pattern` names what agrees and what differs: "+brand +part_number -colour"."""

    id: UUID
    low_id: UUID
    high_id: UUID
    kind: Kind
    score: int
    pattern: str
    state: State
    found_at: datetime
    low_title: str
    high_title: str
    low_brand: str
    high_brand: str
    evidence: list[Piece]
    decided_by: str = ""
    decided_at: datetime | None = None


class MatchPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the queue, the likeliest first."""

    items: list[CandidateOut]
    next_cursor: str | None = None


class Pattern(msgspec.Struct, frozen=True):
    """Open pairs that look alike: how many, and from which score to which."""

    pattern: str
    pairs: int
    low: int
    high: int


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One product of a pair as it is now, with what stands on it. A count is None where nobody can tell."""

    id: UUID
    title: str
    state: str
    moved_to: UUID | None
    held: dict[str, FieldValue]
    other_gtins: list[str]
    offers: int | None
    orders: int | None


class PairIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two products, in any order."""

    low_id: UUID
    high_id: UUID


class ManyIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to decide of every open pair of a pattern with at least this score: "merge" (the one with more offers is kept) or "apart"."""

    pattern: str
    act: Literal["merge", "apart"]
    score: int = 0


class ManyOut(msgspec.Struct, frozen=True):
    """How many pairs were decided, how many could not be, and how many are still open in the pattern."""

    decided: int
    refused: int
    left: int


class SearchDone(msgspec.Struct, frozen=True):
    """What a search for pairs did: products looked at, pairs found or weighed anew, and merged at once."""

    products: int
    pairs: int
    merged: int


class ManyForm(msgspec.Struct, frozen=True):
    """The form that decides on a pattern."""

    pattern: str
    act: Literal["merge", "apart"]
    score: int = 0


class MergeForm(msgspec.Struct, frozen=True):
    """The form that merges a pair: which of the two is kept."""

    keep: Literal["low", "high"]


class ApartForm(msgspec.Struct, frozen=True):
    """A form of one button."""
