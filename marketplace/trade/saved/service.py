"""Owns the use cases of saved comparisons: keep one, open it with what has changed, keep a new state, rename, archive, hand out as a file."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from marketplace.catalogue.products import service as products
from marketplace.kernel import cursors
from marketplace.kernel.audit import service as audit
from marketplace.kernel.calendar import date_in
from marketplace.kernel.countries import usual_time_zone
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import DomainError, InvalidInput, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from marketplace.kernel.names import clean_name
from marketplace.trade.compare import service as compare
from marketplace.trade.saved import queries, rules, rules_sheet
from marketplace.trade.saved.errors import ComparisonArchived, ProductGone, TooManyComparisons, TooManySnapshots
from marketplace.trade.saved.schemas import Answer, Opened, OpenedOut, SnapshotOut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketplace.kernel.actor import Actor
    from marketplace.trade.saved.schemas import Ask, ChangeIn, Changes, ComparisonOut, SaveIn

COMPARISONS_MAX = 1000
SNAPSHOTS_MAX = 50
LIST_MAX = 200
TERMS = ("quantity", "country", "postal_code", "need_by", "currency", "weights")
_ANSWER = msgspec.json.Decoder(Answer)


async def save(data: SaveIn, *, actor: Actor, now: datetime) -> ComparisonOut:
    """Compare at these terms and keep the whole answer under a name, for every member of the organisation.

    Raises: NotFound, InvalidInput, NoRateToCurrency, AmountTooLarge, ComparisonTooBroad, TooManyComparisons.
    """
    organisation_id = actor.own_organisation()
    name, note = clean_name(data.name, pointer="/name"), rules.checked_note(data.note)
    product = await products.product(data.product_id, locale=actor.locale)
    given = {term: getattr(data, term) for term in TERMS}
    found = await compare.compare_given(data.product_id, given, viewer=actor, now=now, has_defaults=True)
    comparison_id = uuid7()
    async with transaction(actor=actor):
        await queries.lock_list(organisation_id)
        if await queries.count_active(organisation_id) >= COMPARISONS_MAX:
            raise TooManyComparisons(limit=COMPARISONS_MAX)
        named = (data.product_id, product.title, name, note)
        await queries.insert(comparison_id, organisation_id=organisation_id, named=named, saved_by=(actor.person_id, actor.name), now=now)
        await _keep(found, comparison_id=comparison_id, seq=1, actor=actor, now=now)
        saved = await _found(comparison_id, organisation_id)
        await _record("comparison.saved", saved, actor=actor, now=now, after=_told(saved))
        return saved


async def keep_state(comparison_id: UUID, *, actor: Actor, now: datetime) -> ComparisonOut:
    """Ask the same question again and keep the answer as the next state; the earlier ones stay. A needed-by date that has passed is left out.

    Raises: NotFound, ComparisonArchived, TooManySnapshots, ProductGone, and as the comparison does.
    """
    organisation_id = actor.own_organisation()
    async with reading(actor):
        saved = await _found(comparison_id, organisation_id)
    _check_open(saved)
    answer = await _answer(saved, seq=saved.snapshots, actor=actor)
    try:
        found = await compare.compare_given(await products.present_id(saved.product_id), asked_again(answer, now=now), viewer=actor, now=now)
    except NotFound:
        raise ProductGone from None
    async with transaction(actor=actor):
        seq = await queries.next_seq(comparison_id, organisation_id=organisation_id, most=SNAPSHOTS_MAX, now=now)
        if seq is None:
            _check_open(await _found(comparison_id, organisation_id))
            raise TooManySnapshots(limit=SNAPSHOTS_MAX)
        await _keep(found, comparison_id=comparison_id, seq=seq, actor=actor, now=now)
        kept = await _found(comparison_id, organisation_id)
        await _record("comparison.kept_again", kept, actor=actor, now=now, after={"state": seq})
        return kept


def _check_open(saved: ComparisonOut) -> None:
    if saved.state != "active":
        raise ComparisonArchived
    if saved.snapshots >= SNAPSHOTS_MAX:
        raise TooManySnapshots(limit=SNAPSHOTS_MAX)


async def change(comparison_id: UUID, data: ChangeIn, *, version: int, actor: Actor, now: datetime) -> ComparisonOut:
    """Give another name or note, put into the archive or take out of it. Raises: NotFound, InvalidInput, VersionConflict, TooManyComparisons."""
    organisation_id = actor.own_organisation()
    async with transaction(actor=actor):
        await queries.lock_list(organisation_id)
        before = await _found(comparison_id, organisation_id)
        name = before.name if data.name is None else clean_name(data.name, pointer="/name")
        note = before.note if data.note is None else rules.checked_note(data.note)
        state = before.state if data.is_archived is None else "archived" if data.is_archived else "active"
        if (before.state, state) == ("archived", "active") and await queries.count_active(organisation_id) >= COMPARISONS_MAX:
            raise TooManyComparisons(limit=COMPARISONS_MAX)
        if not await queries.change(comparison_id, organisation_id=organisation_id, version=version, values=(name, note, state), now=now):
            raise VersionConflict
        changed = await _found(comparison_id, organisation_id)
        await _record("comparison.changed", changed, actor=actor, now=now, before=_told(before), after=_told(changed))
        return changed


async def page(cursor: str | None, *, state: str, limit: int, secret: str, actor: Actor) -> tuple[list[ComparisonOut], str | None]:
    """Give one page of what the organisation keeps, the last changed first, and the cursor of the next. Raises: BadCursor, NotFound."""
    organisation_id = actor.own_organisation()

    async def read(after: tuple[datetime, UUID] | None, count: int) -> list[ComparisonOut]:
        async with reading(actor):
            return await queries.listed(organisation_id, state=state, after=after, limit=min(count, LIST_MAX + 1))

    asked, name = cursors.Asked(cursor, limit, secret), f"saved-comparisons:{organisation_id}:{state}"
    return await cursors.listed(name, read, place=lambda one: (one.updated_at, one.id), shape=tuple[datetime, UUID], asked=asked)


async def opened(comparison_id: UUID, *, seq: int | None, actor: Actor, now: datetime) -> Opened:
    """Open a comparison at one of its states (the latest by default) with what has changed from that state until now. Raises: NotFound."""
    saved, states, shown = await _at(comparison_id, seq, actor)
    answer = await _answer(saved, seq=shown.seq, actor=actor)
    return Opened(comparison=saved, states=states, shown=shown, answer=answer, changes=await _changes(saved, answer, actor=actor, now=now))


async def opened_in_full(comparison_id: UUID, *, seq: int | None, actor: Actor) -> OpenedOut:
    """Give a comparison with one of its states exactly as it was answered. Raises: NotFound."""
    saved, states, shown = await _at(comparison_id, seq, actor)
    async with reading(actor):
        text = await queries.answer(comparison_id, organisation_id=actor.own_organisation(), seq=shown.seq)
    assert text is not None, "each state has its answer"
    return OpenedOut(comparison=saved, states=states, shown_seq=shown.seq, answer=rules.told(text, decimals=shown.unit_decimals))


async def changes_since(comparison_id: UUID, *, seq: int | None, actor: Actor, now: datetime) -> Changes:
    """Tell what has changed from a state (the latest by default) until now. Raises: NotFound."""
    saved, _, shown = await _at(comparison_id, seq, actor)
    return await _changes(saved, await _answer(saved, seq=shown.seq, actor=actor), actor=actor, now=now)


async def sheet(comparison_id: UUID, *, seq: int | None, actor: Actor) -> rules_sheet.Sheet:
    """Give a state of a comparison as a sheet for a file. Raises: NotFound."""
    saved, _, shown = await _at(comparison_id, seq, actor)
    answer = await _answer(saved, seq=shown.seq, actor=actor)
    return rules_sheet.Sheet(answer=answer, title=saved.product_title, name=saved.name, note=saved.note, organisation=actor.organisation_name)


async def sheet_of_present(product_id: UUID, given: Mapping[str, str], *, viewer: Actor, locale: str, now: datetime) -> rules_sheet.Sheet:
    """Compare now and give the answer as a sheet for a file, without keeping it. Raises: as the comparison does."""
    product = await products.product(product_id, locale=locale)
    found = await compare.compare_given(product_id, given, viewer=viewer, now=now, has_defaults=True)
    return rules_sheet.Sheet(answer=_read_back(found), title=product.title, name="", note="", organisation=viewer.organisation_name)


async def asked(product_id: UUID, given: Mapping[str, str], *, actor: Actor, now: datetime) -> tuple[str, Answer]:
    """Give the product's title and what would be kept at these terms, for the form that asks for a name. Raises: as the comparison does."""
    product = await products.product(product_id, locale=actor.locale)
    found = await compare.compare_given(product_id, given, viewer=actor, now=now, has_defaults=True)
    return product.title, _read_back(found)


def terms(ask: Ask, *, unit_decimals: int) -> dict[str, str]:
    """Write what was asked as the parameters of a comparison."""
    return {
        "quantity": f"{Decimal(ask.quantity).scaleb(-unit_decimals).normalize():f}",
        "country": ask.country,
        "postal_code": ask.postal_code,
        "need_by": ask.need_by.isoformat() if ask.need_by else "",
        "currency": ask.currency,
    }


def asked_again(answer: Answer, *, now: datetime) -> dict[str, str]:
    """Write the same question for this moment: without a needed-by date that has passed where the goods go."""
    given = terms(answer.ask, unit_decimals=answer.unit_decimals) | {"weights": "" if answer.has_own_weights else "market"}
    if answer.ask.need_by and answer.ask.need_by < date_in(now, time_zone=usual_time_zone(answer.ask.country)):
        given["need_by"] = ""
    return given


def bars(answer: Answer) -> dict[str, list[tuple[str, float]]]:
    """Give the parts of each offer's bar by its id, in % of the longest; what is not known is hatched as wide as the widest known of its kind."""
    return rules.bars(answer)


async def _changes(saved: ComparisonOut, before: Answer, *, actor: Actor, now: datetime) -> Changes:
    """Compare now as the reader may see it. What cannot be compared now is told by its code, because what was saved can be read all the same."""
    try:
        found = await compare.compare_given(await products.present_id(saved.product_id), asked_again(before, now=now), viewer=actor, now=now)
    except NotFound:
        return rules.without_later(before, reason=ProductGone.code)
    except InvalidInput:
        return rules.without_later(before, reason=InvalidInput.code)
    except DomainError as error:
        return rules.without_later(before, reason=error.code)
    return rules.changes(before, _read_back(found))


def _read_back(found: Any) -> Answer:
    return _ANSWER.decode(msgspec.json.encode(found))


async def _at(comparison_id: UUID, seq: int | None, actor: Actor) -> tuple[ComparisonOut, list[SnapshotOut], SnapshotOut]:
    organisation_id = actor.own_organisation()
    async with reading(actor):
        saved = await _found(comparison_id, organisation_id)
        states = await queries.states(comparison_id, organisation_id=organisation_id)
    shown = next((one for one in states if one.seq == (seq or saved.snapshots)), None)
    if shown is None:
        raise NotFound
    return saved, states, shown


async def _answer(saved: ComparisonOut, *, seq: int, actor: Actor) -> Answer:
    async with reading(actor):
        text = await queries.answer(saved.id, organisation_id=actor.own_organisation(), seq=seq)
    assert text is not None, "each state has its answer"
    return _ANSWER.decode(text)


async def _keep(found: Any, *, comparison_id: UUID, seq: int, actor: Actor, now: datetime) -> None:
    """Keep an answer as it is, with what lists show of it."""
    answer = _read_back(found)
    state = queries.NewState(
        taken_at=now,
        taken_by=actor.person_id,
        taken_by_name=actor.name,
        ranking_version=answer.ranking_version,
        has_own_weights=answer.has_own_weights,
        offers=len(answer.offers),
        ranked=answer.summary.ranked,
        first_name=answer.first.supplier.name if answer.first else "",
        lowest_minor=answer.summary.lowest_minor,
        currency=answer.ask.currency,
        unit_code=answer.unit_code,
        unit_decimals=answer.unit_decimals,
        ask=msgspec.json.encode(answer.ask).decode(),
        answer=msgspec.json.encode(found).decode(),
    )
    await queries.insert_state(uuid7(), comparison_id=comparison_id, organisation_id=actor.own_organisation(), seq=seq, state=state)


async def _found(comparison_id: UUID, organisation_id: UUID) -> ComparisonOut:
    found = await queries.by_id(comparison_id, organisation_id=organisation_id)
    if found is None:
        raise NotFound
    return found


def _told(saved: ComparisonOut) -> dict[str, object]:
    return {"name": saved.name, "note": saved.note, "state": saved.state}


async def _record(action: str, saved: ComparisonOut, *, actor: Actor, now: datetime, **told: Any) -> None:
    await audit.record(
        action=action, entity="comparison", entity_id=saved.id, organisation_id=actor.organisation_id, actor=actor, now=now, **told
    )  # fmt: skip
