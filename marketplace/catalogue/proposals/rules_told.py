"""Owns how change sets are told to readers: categories by their slugs, the state as they meet it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from marketplace.catalogue.proposals.schemas import ChangeOut, Listed, ProposalOut
from marketplace.kernel import wording

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from marketplace.catalogue.products.schemas import FieldValue
    from marketplace.catalogue.proposals.schemas import HistoryOut, Like, MessageOut, MovedOut, Stored
    from marketplace.kernel.errors import DomainError

UNDECIDED = frozenset({"sent", "revision", "withdrawn"})


class Around(NamedTuple):
    """What is told beside a change set: the words of both sides, the rules that accepted it, the product's fingerprint now, and what the operator looks at."""

    messages: list[MessageOut]
    rules: list[int]
    current_base: str
    moved: list[MovedOut]
    alike: list[Like]
    moved_from: UUID | None


def shown(field: str, value: FieldValue, slugs: Mapping[str, str]) -> FieldValue:
    """Give a value as it is told: a category by its slug."""
    return slugs.get(str(value), value) if field == "category" and value is not None else value


def listed(found: Stored, slugs: Mapping[str, str], *, now: datetime) -> Listed:
    """Tell a change set in a list."""
    return Listed(
        id=found.id, organisation_id=found.organisation_id, supplier=found.supplier, kind=found.kind, state=found.shown_state, title=found.title,
        product_id=found.product_id, category=slugs.get(str(found.category_id)), fields=[one.field for one in found.changes],
        is_automatic=found.is_automatic, answers_id=found.answers_id, sent_at=found.sent_at, due_at=found.due_at,
        is_overdue=found.state == "sent" and found.due_at < now, decided_at=found.decided_at, reason=found.reason, version=found.version,
    )  # fmt: skip


def told(found: Stored, slugs: Mapping[str, str], around: Around, *, now: datetime) -> ProposalOut:
    """Tell a change set whole."""
    undecided = found.state in UNDECIDED
    changes = [
        ChangeOut(
            field=one.field,
            old=shown(one.field, one.old, slugs),
            new=shown(one.field, one.new, slugs),
            is_accepted=None if undecided else one.field in (found.accepted or ()),
        )
        for one in found.changes
    ]
    return ProposalOut(
        id=found.id, organisation_id=found.organisation_id, supplier=found.supplier, kind=found.kind, state=found.shown_state, title=found.title,
        product_id=found.product_id, category=slugs.get(str(found.category_id)), changes=changes, messages=around.messages, rules=around.rules,
        answers_id=found.answers_id, answered_by=found.answered_by, sent_at=found.sent_at, due_at=found.due_at,
        is_overdue=found.state == "sent" and found.due_at < now, decided_at=found.decided_at, reason=found.reason, base=found.base,
        current_base=around.current_base, alike=around.alike, version=found.version,
        moved_from=around.moved_from,
        moved=[msgspec.structs.replace(one, was=shown(one.field, one.was, slugs), now=shown(one.field, one.now, slugs)) for one in around.moved],
    )  # fmt: skip


def history(rows: list[HistoryOut], slugs: Mapping[str, str]) -> list[HistoryOut]:
    """Tell a product's history."""
    return [msgspec.structs.replace(one, old=shown(one.field, one.old, slugs), new=shown(one.field, one.new, slugs)) for one in rows]


def refusal(error: DomainError, locale: str) -> list[dict[str, str]]:
    """Tell why a change set was not taken: each fault at its field, at most twenty, or the refusal as a whole."""
    if not error.errors:
        return [{"pointer": "", "code": error.code, "message": wording.word(error.message, error.params, locale)}]
    return [{"pointer": one.pointer, "code": one.code, "message": wording.word(one.message, one.params, locale)} for one in error.errors[:20]]


def as_sent(found: Stored, fields: Collection[str], slugs: Mapping[str, str]) -> dict[str, FieldValue]:
    """Give the values of some fields of a change set as they were sent, a category by its slug; "" for one that is gone."""
    values = {one.field: one.new for one in found.changes if one.field in fields}
    return {field: slugs.get(str(value), "") if field == "category" and value else value for field, value in values.items()}
