"""Owns the use cases of the price grid: a page of one's offers, a save of many rows in one transaction, and taking the last save back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from marketplace.kernel import countries, wording
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import FieldError, InvalidInput, NotAllowed
from marketplace.kernel.ids import uuid7
from marketplace.trade.grid import queries, rules, rules_bulk, rules_cells, rules_form
from marketplace.trade.grid.errors import LargeChanges, NothingToUndo, RowsChanged, TooManyToRank
from marketplace.trade.grid.schemas import KeptRow, LastSave, MoveOut, PreviewOut, RowOut, SavedOut, SavedRow, Tally, Trouble
from marketplace.trade.standing import service as standing
from marketplace.trade.standing.schemas import Ask, Changed, Stander
from vendors.desk import service as desk
from vendors.desk.schemas import TierOut
from vendors.offers import service as offers
from vendors.offers.schemas import Tier
from vendors.sites import service as sites
from vendors.stock import service as stock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.trade.grid.schemas import Bulk, Edit, GridEdit, GridFilter, KeptChange, OwnRow, Planned, Question, RowEdit, Shown, TypedRow
    from marketplace.trade.standing.schemas import Place
    from vendors.stock.schemas import Level, SiteLevel

UNDO_MINUTES = 15
CONFLICTS_TOLD_MAX = 200
RANKED_MAX = 1000
usual_ask = standing.usual_ask
may_price, may_count = desk.may_keep, desk.may_count
# What the page needs of the rules of its form.
typed_rows, sent, cell_of = rules_form.typed_rows, rules_form.sent, rules_form.cell_of


class Listed(NamedTuple):
    """A page of the grid, behind which place the next one starts (None on the last), and the places where they were asked for."""

    rows: list[RowOut]
    following: tuple[str, UUID] | None
    places: dict[UUID, Place]


async def page(which: GridFilter, *, actor: Actor, now: datetime, after: tuple[str, UUID] | None = None, ask: Ask | None = None) -> Listed:
    """List the acting supplier's offers with prices and stock: one statement for rows and prices, one for stock.

    With `ask` each row that sells has its place for that question; by place the offers are ranked first, at most 1,000, for what buyers
    order most where nothing is asked. Raises: NotFound; TooManyToRank.
    """
    supplier_id = actor.own_organisation("supplier")
    if which.sort in {"place", "-place"}:
        return await _by_place(which, ask=ask or await usual_ask(actor=actor, now=now), actor=actor, now=now, after=after)
    async with reading(actor):
        found = await queries.page(supplier_id, which=which, after=after, limit=which.limit + 1, now=now)
        shown = found[: which.limit]
        rows = await _told(shown, supplier_id)
    selling = [_stander(row) for row in rows if row.is_selling] if ask else []
    placed = await standing.places(selling, ask=ask, currency=actor.currency, now=now) if ask else {}
    return Listed(_with_places(rows, placed), (shown[-1].sort_key, shown[-1].offer_id) if len(found) > which.limit else None, placed)


async def _by_place(which: GridFilter, *, ask: Ask, actor: Actor, now: datetime, after: tuple[str, UUID] | None) -> Listed:
    async with reading(actor):
        found = await queries.standers(actor.own_organisation("supplier"), which=which, limit=RANKED_MAX + 1, now=now)
    if len(found) > RANKED_MAX:
        raise TooManyToRank(most=RANKED_MAX)
    placed = await standing.places(found, ask=ask, currency=actor.currency, now=now)
    is_down = which.sort.startswith("-")
    ordered = sorted(((rules.place_key(placed.get(one.offer_id)), one.offer_id) for one in found), reverse=is_down)
    rest = [key for key in ordered if after is None or (key < after if is_down else key > after)]
    shown = rest[: which.limit]
    rows = await rows_of([offer_id for _, offer_id in shown], actor=actor, now=now)
    return Listed(_with_places(rows, placed), shown[-1] if len(rest) > which.limit else None, placed)


def _with_places(rows: Sequence[RowOut], placed: Mapping[UUID, Place]) -> list[RowOut]:
    for row in rows:
        row.place = placed.get(row.offer_id)
    return list(rows)


async def rows_of(offer_ids: Sequence[UUID], *, actor: Actor, now: datetime) -> list[RowOut]:
    """Give these of the acting supplier's offers in the order asked for; what is not theirs is missing."""
    supplier_id = actor.own_organisation("supplier")
    async with reading(actor):
        found = {row.offer_id: row for row in await queries.rows_by_ids(offer_ids, supplier_id=supplier_id, now=now)}
        return await _told([found[offer_id] for offer_id in offer_ids if offer_id in found], supplier_id)


async def _told(rows: Sequence[OwnRow], supplier_id: UUID) -> list[RowOut]:
    levels = await stock.levels_of([(row.product_id, row.offer_id) for row in rows], supplier_id=supplier_id)
    return [
        RowOut(
            offer_id=row.offer_id, product_id=row.product_id, product_title=row.product_title, supplier_sku=row.supplier_sku, version=row.version,
            state=row.state, is_selling=row.is_selling, is_low=row.is_low, unit_code=row.unit_code, unit_decimals=row.unit_decimals,
            currency=row.currency, moq=row.moq, multiple=row.multiple, lead_days=row.lead_days, site_id=row.site_id,
            tiers=[TierOut(bound, str(price)) for bound, price in zip(row.tier_from, row.tier_price, strict=True)],
            stock=sorted(levels.get(row.offer_id, []), key=lambda level: level.site_id != row.site_id), available=row.available,
        )
        for row in rows
    ]  # fmt: skip


async def count(which: GridFilter, *, actor: Actor, now: datetime) -> int:
    """Count what a filter finds in all, at most 10,001 (which stands for more)."""
    supplier_id = actor.own_organisation("supplier")
    async with reading(actor):
        return await queries.count(supplier_id, which=which, now=now)


async def categories(*, actor: Actor) -> list[tuple[UUID, int]]:
    """Give the categories in which the acting supplier offers, with how many offers each."""
    supplier_id = actor.own_organisation("supplier")
    async with reading(actor):
        return await queries.categories(supplier_id)


async def plan(edits: Sequence[RowEdit], *, actor: Actor, now: datetime) -> list[Planned]:
    """Hold edits against what stands, offers and stock rows locked in the written order, without writing anything.

    Raises: InvalidInput where an offer stands in two rows; NotAllowed where somebody may not change prices or count stock.
    """
    async with transaction(actor=actor):
        await offers.own_terms([edit.offer_id for edit in edits], actor=actor)
        rows = await _rows(edits, actor=actor, now=now)
        counted = [(row.product_id, row.offer_id) for row in rows.values()] if _counts(edits) else []
        return await _planned(edits, rows, await _locked_levels(counted, now=now), actor=actor, now=now)


async def _rows(edits: Sequence[RowEdit], *, actor: Actor, now: datetime) -> dict[UUID, OwnRow]:
    supplier_id = actor.own_organisation("supplier")
    _check_rights(edits, actor)
    _check_twice(edits)
    return {row.offer_id: row for row in await queries.rows_by_ids([edit.offer_id for edit in edits], supplier_id=supplier_id, now=now)}


async def _planned(
    edits: Sequence[RowEdit], rows: Mapping[UUID, OwnRow], levels: Mapping[UUID, Mapping[UUID, Level | SiteLevel]], *, actor: Actor, now: datetime
) -> list[Planned]:
    own_sites = frozenset(site.id for site in await sites.my_sites(actor=actor, now=now)) if _counts(edits) else frozenset()
    return [
        rules.planned(edit, rows[edit.offer_id], at=at, levels=levels.get(edit.offer_id, {}), sites=own_sites)
        if edit.offer_id in rows
        else rules.missing(edit, at=at)
        for at, edit in enumerate(edits)
    ]


def _counts(edits: Sequence[RowEdit]) -> bool:
    return any(edit.stock is not msgspec.UNSET for edit in edits)


async def preview(edits: Sequence[RowEdit], *, ask: Ask, actor: Actor, now: datetime) -> PreviewOut:
    """Tell what edits would do to the supplier's places for a question, without a lock and without writing; bad rows are left out and counted.

    Totals are in the supplier's currency. Raises: TooManyToPreview above 200 products; what `plan` raises.
    """
    async with reading(actor):
        rows = await _rows(edits, actor=actor, now=now)
        told = await _told(list(rows.values()), actor.own_organisation("supplier"))
        levels: dict[UUID, dict[UUID, Level | SiteLevel]] = {row.offer_id: {level.site_id: level for level in row.stock} for row in told}
        plans = await _planned(edits, rows, levels, actor=actor, now=now)
    good = [one for one in plans if one.is_clear and one.cells]
    changes = [Changed(stander=_stander(rows[one.offer_id]), tiers=one.tiers, available=rules.available(one, levels[one.offer_id])) for one in good]
    moves = await standing.moves(changes, ask=ask, currency=actor.currency, now=now)
    named = [
        MoveOut(
            offer_id=one.offer_id, product_id=one.product_id, product_title=rows[one.offer_id].product_title, supplier_sku=rows[one.offer_id].supplier_sku,
            kind=one.kind, before=one.before, after=one.after,
        )
        for one in moves
    ]  # fmt: skip
    return PreviewOut(
        ask=ask, jumps=standing.jumps(moves), unchanged=sum(one.kind == "same" for one in moves), unknown=sum(one.kind == "unknown" for one in moves),
        moves=named, left_out=sum(not one.is_clear for one in plans),
    )  # fmt: skip


def added(told: PreviewOut, so_far: str) -> PreviewOut:
    """Give a part of a preview with what the parts before it have counted. Raises: InvalidInput where that did not come from a page."""
    try:
        before = msgspec.json.decode(so_far, type=Tally)
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise InvalidInput(errors=(FieldError("/so_far", "broken-form", "This did not come from this page; open the page again.", {}),)) from None
    return msgspec.structs.replace(
        told, jumps=standing.summed([*before.jumps, *told.jumps]), unchanged=before.unchanged + told.unchanged,
        unknown=before.unknown + told.unknown, left_out=before.left_out + told.left_out,
    )  # fmt: skip


async def asked(sent: Question, *, actor: Actor, now: datetime) -> Ask:
    """Give the question of a preview: what is not given is what buyers order most. Raises: InvalidInput."""
    if sent.country is not None:
        countries.check_country(sent.country)
    if sent.need_by is not None and sent.need_by < now.date():
        raise InvalidInput(errors=(FieldError("/need_by", "in-the-past", "The needed-by date is in the past.", {}),))
    usual = await usual_ask(actor=actor, now=now)
    return Ask(quantity=sent.quantity or usual.quantity, country=sent.country or usual.country, need_by=sent.need_by)


def _stander(row: OwnRow | RowOut) -> Stander:
    return Stander(offer_id=row.offer_id, product_id=row.product_id, decimals=row.unit_decimals)


async def _locked_levels(pairs: Sequence[tuple[UUID, UUID]], *, now: datetime) -> dict[UUID, dict[UUID, Level]]:
    if not pairs:
        return {}
    return {one.fact.offer_id: {level.site_id: level for level in one.levels} for one in await offers.lock_offers(pairs, now=now)}


async def save(sent: GridEdit, *, actor: Actor, now: datetime) -> SavedOut:
    """Write prices and counts of many offers in one transaction, one price version an offer, and remember what stood before.

    In mode `all` nothing is saved while anything speaks against a row; `partial` saves the others and names it. Prices are in force from
    `now`. Raises: InvalidInput with a pointer for each cell; RowsChanged with both values of each cell that somebody else changed;
    LargeChanges until they are confirmed; NotAllowed.
    """
    async with transaction(actor=actor):
        plans = await plan(sent.rows, actor=actor, now=now)
        if sent.mode == "all":
            _refuse(plans)
        if not sent.confirm_large_changes:
            _refuse_large([one for one in plans if one.is_clear])
        chosen = [one for one in plans if one.is_clear and one.cells]
        if not chosen:
            # Nothing can be saved in part either; what speaks against the rows is the answer.
            _refuse(plans)
            raise InvalidInput(errors=(FieldError("/rows", "nothing-to-change", "All of this stands there already.", {}),))
        versions = await _write(chosen, actor=actor, now=now)
        changes = [rules.kept(one, version=versions[one.offer_id]) for one in chosen]
        cells = sum(one.cells for one in chosen)
        save_id = await _keep(changes, cells=cells, undoes_id=None, actor=actor, now=now)
    return SavedOut(
        save_id=save_id, cells=cells, saved=[SavedRow(one.offer_id, versions[one.offer_id]) for one in chosen],
        kept=[_kept(one, at=at, locale=actor.locale) for at, one in enumerate(plans) if not one.is_clear], undo_until=now + timedelta(minutes=UNDO_MINUTES),
    )  # fmt: skip


async def _write(chosen: Sequence[Planned], *, actor: Actor, now: datetime) -> dict[UUID, int]:
    await offers.set_prices({one.offer_id: one.tiers for one in chosen if one.tiers}, actor=actor, now=now)
    await offers.count_levels([count for one in chosen for count in one.counts], actor=actor, now=now)
    terms = await offers.own_terms([one.offer_id for one in chosen], actor=actor)
    return {offer_id: own.version for offer_id, own in terms.items()}


async def _keep(changes: Sequence[KeptChange], *, cells: int, undoes_id: UUID | None, actor: Actor, now: datetime) -> UUID:
    supplier_id, save_id = actor.own_organisation("supplier"), uuid7()
    await queries.keep(save_id, supplier_id=supplier_id, principal=actor.principal, cells=cells, changes=changes, undoes_id=undoes_id, now=now)
    after = {"offers": len(changes), "cells": cells} | ({"undoes": str(undoes_id)} if undoes_id else {})
    await audit.record(
        action="grid.undone" if undoes_id else "grid.saved", entity="grid_save", entity_id=save_id, organisation_id=supplier_id, actor=actor, now=now, after=after
    )  # fmt: skip
    return save_id


async def last_save(*, actor: Actor, now: datetime) -> LastSave | None:
    """Give one's last save while it can be undone."""
    async with reading(actor):
        found = await queries.last(actor.own_organisation("supplier"), principal=actor.principal)
    until = found.saved_at + timedelta(minutes=UNDO_MINUTES) if found else now
    if found is None or found.is_spent or until <= now:
        return None
    return LastSave(id=found.id, saved_at=found.saved_at, rows=found.rows, cells=found.cells, undo_until=until)


async def undo(save_id: UUID | None, *, actor: Actor, now: datetime) -> SavedOut:
    """Take one's last save back within a quarter of an hour: former prices as new versions, counts by their difference. Nothing is deleted.

    Raises: NothingToUndo where it was not the last, is undone already or too old; RowsChanged where somebody changed an offer since.
    """
    async with transaction(actor=actor):
        last = await last_save(actor=actor, now=now)
        if last is None or (save_id is not None and save_id != last.id):
            raise NothingToUndo(minutes=UNDO_MINUTES)
        changes = await queries.changes_of(last.id, supplier_id=actor.own_organisation("supplier"))
        terms = await offers.own_terms([change.offer_id for change in changes], actor=actor)
        moved = [change for change in changes if change.offer_id not in terms or terms[change.offer_id].version != change.version]
        if moved:
            raise RowsChanged(rows=len(moved), extra={"offer_ids": [str(change.offer_id) for change in moved[:CONFLICTS_TOLD_MAX]]})
        _check_undo_rights(changes, actor)
        versions = await _take_back(changes, actor=actor, now=now)
        reversed_ = [msgspec.structs.replace(change, version=versions[change.offer_id], tiers_before=[], counts=[]) for change in changes]
        undo_id = await _keep(reversed_, cells=last.cells, undoes_id=last.id, actor=actor, now=now)
    return SavedOut(save_id=undo_id, cells=last.cells, saved=[SavedRow(one.offer_id, one.version) for one in reversed_], kept=[], undo_until=now)


async def _take_back(changes: Sequence[KeptChange], *, actor: Actor, now: datetime) -> dict[UUID, int]:
    prices = {
        change.offer_id: tuple(Tier(tier.from_quantity, rules.exact(tier.unit_price)) for tier in change.tiers_before)
        for change in changes
        if change.tiers_before
    }
    levels = await _locked_levels([(change.product_id, change.offer_id) for change in changes if change.counts], now=now)
    await offers.set_prices(prices, actor=actor, now=now)
    counts = [count for change in changes if change.counts for count in rules.back(change, levels.get(change.offer_id, {}))]
    await offers.count_levels(counts, actor=actor, now=now)
    terms = await offers.own_terms([change.offer_id for change in changes], actor=actor)
    return {offer_id: own.version for offer_id, own in terms.items()}


def _check_rights(edits: Sequence[RowEdit], actor: Actor) -> None:
    prices = any(edit.tiers is not msgspec.UNSET for edit in edits)
    counts = any(edit.stock is not msgspec.UNSET for edit in edits)
    if (prices and not may_price(actor)) or (counts and not may_count(actor)):
        raise NotAllowed


def _check_undo_rights(changes: Sequence[KeptChange], actor: Actor) -> None:
    if (any(change.tiers_before for change in changes) and not may_price(actor)) or (
        any(change.counts for change in changes) and not may_count(actor)
    ):
        raise NotAllowed


def _check_twice(edits: Sequence[RowEdit]) -> None:
    first: dict[UUID, int] = {}
    errors = []
    for at, edit in enumerate(edits):
        if first.setdefault(edit.offer_id, at) != at:
            errors.append(FieldError(f"/rows/{at}/offer_id", "given-twice", rules.TWICE, {}))
    if errors:
        raise InvalidInput(errors=tuple(errors))


def _refuse(plans: Sequence[Planned]) -> None:
    errors = tuple(_field(one) for at, plan in enumerate(plans) for one in rules.told(plan, at=at))
    if any(plan.troubles for plan in plans):
        raise InvalidInput(errors=errors)
    moved = [plan for plan in plans if plan.conflicts]
    if moved:
        conflicts = [{"offer_id": str(one.offer_id), "version": one.version, "cells": _cells(one)} for one in moved[:CONFLICTS_TOLD_MAX]]
        raise RowsChanged(errors=errors, rows=len(moved), extra={"conflicts": conflicts})


def _refuse_large(plans: Sequence[Planned]) -> None:
    large = tuple(_field(trouble) for one in plans for trouble in one.large)
    if large:
        raise LargeChanges(errors=large, prices=len(large))


def _field(trouble: Trouble) -> FieldError:
    return FieldError(trouble.pointer, trouble.code, trouble.message, dict(trouble.params))


def _cells(plan: Planned) -> list[dict[str, str]]:
    return [{"cell": one.cell, "yours": one.yours, "theirs": one.theirs} for one in plan.conflicts]


def _kept(plan: Planned, *, at: int, locale: str) -> KeptRow:
    first = rules.told(plan, at=at)[0]
    version = None if first.code == "no-such-offer" else plan.version
    message = wording.word(first.message, first.params, locale)
    return KeptRow(offer_id=plan.offer_id, version=version, code=first.code, message=message, conflicts=plan.conflicts)


def shown(row: RowOut, *, locale: str) -> Shown:
    """Give what a row shows, in the number format of a language."""
    return rules_form.shown(row, rules_cells.marks(locale))


def edits(rows: Sequence[TypedRow], *, locale: str) -> tuple[list[Edit], dict[str, FieldError]]:
    """Give the edits of the rows in which anything was typed, and what is wrong by cell."""
    return rules_form.edits(rows, rules_cells.marks(locale))


def apply(bulk: Bulk, rows: Sequence[TypedRow], *, locale: str) -> int:
    """Change the selected rows as typed and answer how many. Raises: InvalidInput."""
    return rules_bulk.apply(bulk, rows, rules_cells.marks(locale))
