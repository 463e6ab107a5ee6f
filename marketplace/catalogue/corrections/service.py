"""Owns the use cases of corrections: see what is unsorted, place products, take steps back, and answer the rules that corrections speak for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.catalogue.corrections import queries, rules
from marketplace.catalogue.corrections.errors import NothingToUndo, SortingMoved
from marketplace.catalogue.corrections.schemas import Moved, Outcome
from marketplace.catalogue.sorting import service as sorting
from marketplace.catalogue.sorting.schemas import RuleIn, Verdict
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import FieldError, InvalidInput, NotAllowed, NotFound
from marketplace.kernel.i18n import lazy
from marketplace.kernel.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.catalogue.corrections.schemas import By, CorrectIn, CorrectionIn, Group, LearnIn, Listed, Proposed, Step, UndoIn, Wanted
    from marketplace.catalogue.sorting.schemas import Look, Rule
    from marketplace.kernel.actor import Actor

GROUPS_MAX, HISTORY_MAX = 60, 20
UNKNOWN_CATEGORY = lazy("There is no such category.")
TWICE = lazy("This product stands in the list twice.")


async def unsorted_groups(by: By, *, actor: Actor) -> tuple[list[Group], int]:
    """Give the unsorted products in groups, most first, and how many are unsorted in all. Raises: NotAllowed."""
    _only_operator(actor)
    async with reading(actor=actor):
        return await queries.groups(by, limit=GROUPS_MAX), await queries.count_unsorted()


async def waiting(actor: Actor) -> int:
    """Count what is unsorted, for the side list."""
    async with reading(actor=actor):
        return await queries.count_unsorted()


async def listed(wanted: Wanted, *, after: tuple[UUID] | None, limit: int, actor: Actor) -> tuple[list[Listed], tuple[UUID] | None]:
    """List products to correct, and the place of the next page. Raises: NotAllowed."""
    _only_operator(actor)
    async with reading(actor=actor):
        found = await queries.products(wanted, after=after[0] if after else None, limit=limit + 1)
    return found[:limit], (found[limit - 1].id,) if len(found) > limit else None


async def correct(sent: CorrectIn, *, actor: Actor, now: datetime) -> Outcome:
    """Place products where an operator says, in one step that can be taken back; a null category lets the rules decide again.

    A product that somebody moved since it was looked at, merged or took out is left and told of; two operators on one product wait for each other.
    Raises: NotAllowed, NotFound when none is there any more, InvalidInput, SortingMoved when all were moved.
    """
    _only_operator(actor)
    wanted = {one.product_id: one for one in sent.items}
    await _check(sent.items, wanted)
    async with transaction(actor=actor):
        looks = await sorting.locked_looks(list(wanted))
        if not looks:
            raise NotFound
        gone = sorted(wanted.keys() - {look.id for look in looks})
        moved = [Moved(look.id, look.category_id) for look in looks if _is_moved(look, wanted[look.id])]
        left = {one.product_id for one in moved}
        todo = [look for look in looks if look.id not in left and not _stands(look, wanted[look.id].category_id)]
        if len(left) == len(looks):
            raise SortingMoved(extra={"moved": [{"product_id": str(one.product_id), "category_id": str(one.category_id or "")} for one in moved]})
        step_id = uuid7()
        await sorting.place([(look, _verdict(wanted[look.id].category_id, actor)) for look in todo], now=now)
        await _write([(look, wanted[look.id].category_id) for look in todo], step_id, None, actor=actor, now=now)
        outcome = Outcome(step_id=step_id, corrected=len(todo), unchanged=len(looks) - len(left) - len(todo), moved=moved, gone=gone)
        if todo:
            await _record("sorting.corrected", outcome, actor=actor, now=now)
    return outcome


async def _check(items: Sequence[CorrectionIn], wanted: dict[UUID, CorrectionIn]) -> None:
    if len(wanted) < len(items):
        raise InvalidInput(errors=(FieldError("/items", "twice", TWICE),))
    known = {one.id for one in await taxonomy.tree()}
    bad = [at for at, one in enumerate(items) if one.category_id is not None and one.category_id not in known]
    if bad:
        raise InvalidInput(errors=tuple(FieldError(f"/items/{at}/category_id", "unknown-category", UNKNOWN_CATEGORY) for at in bad))


def _is_moved(look: Look, one: CorrectionIn) -> bool:
    return one.seen_category_id is not msgspec.UNSET and look.category_id not in {one.seen_category_id, one.category_id}


def _stands(look: Look, category_id: UUID | None) -> bool:
    """Tell whether there is nothing to do: it stands there by an operator, or the rules decide of it already."""
    if category_id is None:
        return look.decided_by != "operator"
    return look.decided_by == "operator" and look.category_id == category_id == look.decided_category


def _verdict(category_id: UUID | None, actor: Actor) -> Verdict:
    return Verdict(None) if category_id is None else Verdict(category_id, "operator", None, {"how": "operator", "by": actor.name})


async def undo(sent: UndoIn, *, actor: Actor, now: datetime) -> Outcome:
    """Take the operator's last step back: products go where they stood, by whoever had decided; those that were moved since are left and told of.

    Raises: NotAllowed, NothingToUndo; SortingMoved where all were moved since.
    """
    _only_operator(actor)
    async with transaction(actor=actor):
        await queries.lock_steps(actor.principal)
        step = await queries.last_step(actor.principal, step_id=sent.step_id)
        if step is None:
            raise NothingToUndo
        looks = {look.id: look for look in await sorting.locked_looks([one.product_id for one in await queries.of_step(step.step_id)])}
        # Read under the locks: whoever corrected one of them meanwhile has written it by now.
        done = [one for one in await queries.of_step(step.step_id) if one.product_id in looks]
        back = [one for one in done if one.is_latest]
        verdicts = []
        for one in back:
            if one.was_decided_by == "operator" and one.from_category is not None:
                verdicts.append((looks[one.product_id], _verdict(one.from_category, actor)))
            else:
                verdicts.append((looks[one.product_id], Verdict(None if one.was_decided_by else one.from_category)))
        step_id = uuid7()
        await sorting.place(verdicts, now=now)
        await _write([(look, verdict.category_id) for look, verdict in verdicts], step_id, step.step_id, actor=actor, now=now)
        moved = [Moved(one.product_id, looks[one.product_id].category_id) for one in done if not one.is_latest]
        if not back:
            raise SortingMoved
        outcome = Outcome(step_id=step_id, corrected=len(back), unchanged=0, moved=moved)
        await _record("sorting.undone", outcome, actor=actor, now=now)
    return outcome


async def last_step(*, actor: Actor) -> Step | None:
    """Give the operator's last step that can be taken back."""
    async with reading(actor=actor):
        return await queries.last_step(actor.principal, step_id=None)


async def proposed_rules(*, actor: Actor) -> list[Proposed]:
    """Give the rules that corrections speak for and that are none yet. Raises: NotAllowed.

    Five corrected products of one type or attribute's value are needed, of which 90 in 100 agree; an attribute's value must not be common elsewhere.
    """
    _only_operator(actor)
    known: dict[tuple[str, str, str, UUID], tuple[bool, int]] = {
        (one.kind, one.key, one.phrase, one.category_id): (one.is_active, one.learned_from) for one in await sorting.published(actor=actor)
    }
    async with reading(actor=actor):
        found = [one for one in rules.agreed([tuple(row) for row in await queries.corrected()]) if rules.is_new(one, known)]
        return [one for one in found if one.kind == "type" or rules.tells(*await queries.others(one))]


async def answer(sent: LearnIn, *, actor: Actor, now: datetime) -> Rule:
    """Accept a proposed rule, which sorts its products at once, or dismiss it until twice as many corrections speak for it.

    Raises: NotAllowed, NotFound when it is not proposed (any more), RuleExists.
    """
    proposed = next((one for one in await proposed_rules(actor=actor) if _is_of(one, sent)), None)
    if proposed is None:
        raise NotFound
    rule = RuleIn(kind=sent.kind, key=sent.key, phrase=sent.phrase, category_id=sent.category_id, priority=sent.priority)
    act = sorting.publish_rule if sent.act == "accept" else sorting.dismiss_rule
    return await act(rule, actor=actor, now=now, learned_from=proposed.agree)


def _is_of(one: Proposed, sent: LearnIn) -> bool:
    return (one.kind, one.key, one.phrase, one.category_id) == (sent.kind, sent.key, sent.phrase, sent.category_id)


async def history(product_id: UUID, *, actor: Actor) -> list[tuple[datetime, UUID | None, UUID | None, bool]]:
    """Give the latest corrections of a product: when, from where, to where, whether it was a step back. Raises: NotAllowed."""
    _only_operator(actor)
    async with reading(actor=actor):
        return await queries.history(product_id, limit=HISTORY_MAX)


def _only_operator(actor: Actor) -> None:
    if not actor.is_operator:
        raise NotAllowed


async def _write(done: Sequence[tuple[Look, UUID | None]], step_id: UUID, undoes: UUID | None, *, actor: Actor, now: datetime) -> None:
    await queries.add(
        [(uuid7(), step_id, undoes, look.id, look.category_id, category_id, look.decided_by, actor.principal, now) for look, category_id in done]
    )


async def _record(action: str, outcome: Outcome, *, actor: Actor, now: datetime) -> None:
    await audit.record(
        action=action,
        entity="sorting_step",
        entity_id=outcome.step_id,
        organisation_id=None,
        actor=actor,
        now=now,
        after={"corrected": outcome.corrected, "left": len(outcome.moved) + len(outcome.gone)},
    )
