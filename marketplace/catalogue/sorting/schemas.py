"""Owns the shapes of sorting."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

Kind = Literal["type", "attribute", "brand"]
How = Literal["begins", "ends", "value", "given", "brand"]
"""How a rule met a product: by the words after brand and model, by how its name ends, by an attribute's value, by having it at all, by its brand."""
Decider = Literal["rule", "operator", "source", "nobody"]
Phrase = Annotated[str, msgspec.Meta(max_length=200)]
Priority = Annotated[int, msgspec.Meta(ge=1, le=999)]


class RuleIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule to publish. `phrase` is a type ("networking cable"), an attribute's value ("" for any) or a brand; the lowest priority goes first."""

    kind: Kind
    key: Phrase = ""
    phrase: Phrase = ""
    category_id: UUID
    priority: Priority = 100


class RuleChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What changes of a rule; `version` is the one that was seen."""

    version: int
    is_active: bool | None = None
    priority: Priority | None = None


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it stands. `learned_from` corrections proposed it, 0 for one that a person published; `found` is how many products it met when it was made."""

    id: UUID
    category_id: UUID
    kind: Kind
    key: str
    phrase: str
    priority: int
    origin: Literal["published", "learned"]
    learned_from: int
    found: int
    is_active: bool
    created_at: datetime
    version: int


class Overlap(msgspec.Struct, frozen=True):
    """So many products are met by two rules that name different categories; the first of the two goes before."""

    first_id: UUID
    second_id: UUID
    products: int


class RuleOut(msgspec.Struct, frozen=True, kw_only=True):
    """A rule with its figures: `place` in the order, how many products stand by it, and how many it meets that another rule took."""

    rule: Rule
    place: int
    category: str
    words: str
    stands: int
    passed_over: int


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What rules see of a product. `values` are those of the attributes that rules name, folded; "" stands for none."""

    id: UUID
    type: str
    head: str
    name_tail: str
    brand: str
    values: dict[str, str]
    category_id: UUID | None
    decided_by: str
    decided_category: UUID | None
    rule_id: UUID | None
    evidence: dict[str, Any]
    is_later: bool
    """Whether a change set gave it another category after an operator had decided."""


class Met(msgspec.Struct, frozen=True):
    """A rule that a product meets, and how."""

    rule: Rule
    how: How


class Verdict(msgspec.Struct, frozen=True):
    """Where a product goes: the category, the rule (None by an operator), the evidence, and who decided ("" for nobody)."""

    category_id: UUID | None
    decided_by: str = ""
    rule_id: UUID | None = None
    evidence: dict[str, Any] = {}


class Sorted(msgspec.Struct, frozen=True):
    """What sorting a batch did: products looked at, and those whose category changed."""

    seen: int
    changed: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A walk through all products: how far it is, and how many changed their category."""

    id: UUID
    state: Literal["running", "finished", "replaced"]
    reason: str
    position: UUID
    total: int
    done: int
    changed: int
    started_at: datetime
    finished_at: datetime | None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would do: `met` products meet it, `goes` would go there by it, of which `elsewhere` stand in other categories now.

    `kept` stay where an operator or their source put them; `taken` are met too, but another rule goes before. `samples` are titles of those that go.
    """

    met: int
    goes: int
    elsewhere: int
    kept: int
    taken: int
    samples: list[str]
    moving: list[str]


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Why a product stands where it stands. `decided_by` is rule, operator, source (it came with the category) or nobody (unsorted)."""

    product_id: UUID
    title: str
    category_id: UUID | None
    category: str | None
    decided_by: Decider
    rule: Rule | None
    words: str
    at: datetime | None
    type: str
    passed_over: list[str]
    would_be: str | None
