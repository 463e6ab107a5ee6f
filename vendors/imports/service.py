"""Owns the use cases of the feed: take a file in, say how it is read, check every row, apply it in chunks that can be taken up again, report."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import structlog

from marketplace.catalogue.products import service as products
from marketplace.kernel import countries, files
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import OffersChanged
from marketplace.kernel.currencies import CURRENCIES
from marketplace.kernel.database import as_domain_error, in_transaction, reading, transaction
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.ids import uuid7
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.sheets_in import service as sheets_in
from marketplace.kernel.sheets_in.errors import ColumnsLacking, FileStopped
from marketplace.kernel.sheets_in.schemas import Mapping
from vendors.accounts import service as accounts
from vendors.imports import queries, queries_rows, rules, rules_columns, rules_looking, rules_runs, rules_words
from vendors.imports.errors import ImportRunning
from vendors.imports.schemas import Counts, RunDetail
from vendors.offers import service as offers
from vendors.stock import service as stock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime
    from pathlib import Path

    from marketplace.kernel.sheets_in.schemas import Layout, Looked, MappingIn
    from vendors.imports.schemas import ApplyIn, Choices, RowOut, RunOut, Work

    Progress = Callable[[str, int, int], None]

# What routes and the command line do with a file before anything is kept of it.
look, layout_of = rules_looking.look, rules_looking.layout_of
TARGETS, FIXABLE, NUMBER_LOCALES, DATE_LOCALES = rules_columns.TARGETS, rules_columns.FIXABLE, sheets_in.NUMBER_LOCALES, sheets_in.DATE_LOCALES
# Batches and chunks that are worked on at once (lanes) have a connection each.
CHUNK_ROWS, LANES, LEASE_SECONDS = 5_000, 3, 60.0
# Somebody else holds a row, or the database is away: the same step goes well later.
PASSING = frozenset({409, 503})
HINTS_MAX, SAMPLES_SHOWN, ERRORS_SHOWN, REPORT_BATCH, DUE_MAX, UNLIMITED = 50, 8, 20, 2000, 20, rules_runs.UNLIMITED
word_problem, told, word_denied, limits_of = rules_runs.word_problem, rules_runs.told, rules_runs.word_denied, sheets_in.limits_of
changes_nothing = rules_runs.changes_nothing
log = structlog.get_logger()
KINDS = ("new", "changed", "unchanged", "error")


class _LeaseLost(Exception):
    """Somebody else works on this run by now; what was done stays, and nothing is done twice."""


async def take_in(looked: Looked, *, choices: Choices, locales: Mapping, actor: Actor, now: datetime) -> RunOut:
    """Keep a file and have it checked, under the mapping remembered for its heads or else the one they suggest. Raises: ColumnsUnknown, ColumnsNotAllowed."""
    supplier_id = await accounts.writer(actor)
    run_id = uuid7()
    file_key = files.key("imports", run_id, suffix="csv" if looked.layout.format == "csv" else "jsonl")
    async with transaction(actor=actor):
        mapping = await _mapping_for(looked.layout, supplier_id=supplier_id, locales=locales)
        rules_runs.check_rights(mapping, mode=choices.mode, actor=actor)
        run = rules_runs.new_run(looked, run_id, supplier_id=supplier_id, choices=choices, mapping=mapping, now=now)
        files.write(file_key, looked.content)
        await queries.insert(run, file_key=file_key, actor=actor.principal)
    return run


async def begin(looked: Looked, *, slug: str, choices: Choices, locales: Mapping, now: datetime) -> tuple[RunOut, Actor, UUID]:
    """Begin a file that lies on this machine, for the command line: its run, who acts, and the lease under which `advance` goes on with it.

    A file of the same content that was cut off while it was applied goes on instead. Raises: NotFound without such a supplier, ColumnsLacking.
    """
    async with transaction(actor=WORKER):
        supplier_id = await queries.supplier_by_slug(slug)
        if supplier_id is None:
            raise NotFound
        await accounts.check_not_ended(supplier_id)
        actor = Actor(organisation_id=supplier_id, capacities=frozenset({"supplier", "worker"}), roles=frozenset({"owner"}), name="command line")
        cut_off = await queries.unfinished(supplier_id, file_sha256=looked.sha256)
        if cut_off is not None:
            return await _own(cut_off, supplier_id=supplier_id), actor, uuid7()
        mapping = await _mapping_for(looked.layout, supplier_id=supplier_id, locales=locales)
        run = rules_runs.new_run(looked, uuid7(), supplier_id=supplier_id, choices=choices, mapping=mapping, now=now)
        if run.lacking:
            raise ColumnsLacking(names=run.lacking)
        if mapping.fixed:
            rules_runs.check_fixed(mapping, looked.layout, await _keys(supplier_id))
        await queries.insert(run, file_key="", actor=actor.principal)
        token = uuid7()
        # In the same transaction, so that no worker looks for a file that it does not have.
        await queries.claim(run.id, token=token, lease_seconds=LEASE_SECONDS)
        return run, actor, token


async def _mapping_for(layout: Layout, *, supplier_id: UUID, locales: Mapping) -> Mapping:
    if locales.columns:
        sheets_in.check_columns(locales.columns, head=layout.head, is_target=rules_columns.is_target)
        return locales
    known = await queries.remembered(supplier_id, fingerprint=sheets_in.fingerprint(layout.head))
    if known is not None:
        return rules_runs.in_notation(sheets_in.fitted(known, layout.head), locales)
    return msgspec.structs.replace(locales, columns=sheets_in.guessed(layout.head, rules_columns.target_of))


async def map_columns(run_id: UUID, *, sent: MappingIn, actor: Actor, now: datetime) -> RunOut:
    """Say how a file is read, remember it for the next with the same heads, and have it checked anew.

    Raises: NotFound, InvalidTransition, ColumnsUnknown, ColumnsLacking, ColumnsNotAllowed, FixedUnusable.
    """
    supplier_id = await accounts.writer(actor)
    async with transaction(actor=actor):
        run = await _own(run_id, supplier_id=supplier_id, is_locked=True)
        sheets_in.check_state(run.state, frozenset({"mapping", "waiting", "checked"}), wanted="waiting")
        mapping = Mapping(columns=sent.columns, fixed=sent.fixed, number_locale=sent.number_locale, date_locale=sent.date_locale)
        sheets_in.check_columns(mapping.columns, head=run.layout.head, is_target=rules_columns.is_target)
        if lacking := rules_columns.lacking(mapping.columns, mapping.fixed):
            raise ColumnsLacking(names=lacking)
        rules_runs.check_rights(mapping, mode=run.choices.mode, actor=actor)
        rules_runs.check_fixed(mapping, run.layout, await _keys(supplier_id))
        await queries.map_columns(run_id, supplier_id=supplier_id, mapping=mapping)
        fingerprint = sheets_in.fingerprint(run.layout.head)
        await queries.remember(supplier_id, fingerprint=fingerprint, mapping=mapping, actor=actor.principal, now=now)
        return await _own(run_id, supplier_id=supplier_id)


async def apply(run_id: UUID, *, wanted: ApplyIn, actor: Actor, now: datetime) -> RunOut:
    """Let a checked file be applied; the worker does it. One file of a supplier at a time.

    Raises: NotFound, InvalidTransition, ImportRunning, ImportHasErrors unless the rows without errors alone are wanted, TooManyMissing, ColumnsNotAllowed.
    """
    supplier_id = await accounts.writer(actor)
    async with transaction(actor=actor):
        is_busy = await queries.lock_supplier(supplier_id)
        run = await _own(run_id, supplier_id=supplier_id, is_locked=True)
        sheets_in.check_state(run.state, frozenset({"checked"}), wanted="applying")
        if is_busy:
            raise ImportRunning
        rules_runs.check_rights(run.mapping, mode=run.choices.mode, actor=actor)
        run, choices = await _at_this_moment(run), rules_runs.chosen(run.choices, wanted)
        rules_runs.check_may_apply(run, choices)
        await queries.begin_applying(run, choices=choices, actor=actor.principal)
        after = {"file_sha256": run.file_sha256, "choices": msgspec.to_builtins(choices), "counts": msgspec.to_builtins(run.counts)}
        await audit.record(
            action="offers.imported", entity="import", entity_id=run_id, organisation_id=supplier_id, actor=actor, now=now, after=after
        )
        return await _own(run_id, supplier_id=supplier_id)


async def _at_this_moment(run: RunOut) -> RunOut:
    """Give a checked run with what it would pause now: other files and hands changed what is on sale since it was checked."""
    if run.choices.mode != "full" or run.state != "checked":
        return run
    return rules_runs.with_missing(run, await queries_rows.missing(run.id, supplier_id=run.supplier_id))


async def abandon(run_id: UUID, *, actor: Actor, now: datetime) -> RunOut:
    """Give a file up that is not applied: its sender, an owner or who keeps the catalogue. Raises: NotFound, NotYourFile, InvalidTransition."""
    supplier_id = actor.own_organisation("supplier")
    async with transaction(actor=actor):
        run = await _own(run_id, supplier_id=supplier_id, is_locked=True)
        rules_runs.check_may_give_up(actor, sender=await queries.sender(run_id, supplier_id=supplier_id))
        sheets_in.check_state(run.state, frozenset({"mapping", "waiting", "checked"}), wanted="abandoned")
        await queries.finish(run_id, token=None, state="abandoned", now=now)
        return await _own(run_id, supplier_id=supplier_id)


async def work_due(now: datetime) -> int:
    """Check and apply the files that wait, each in its turn, and answer how many steps were done."""
    async with transaction(actor=WORKER):
        waiting = await queries.due(limit=DUE_MAX)
    return await sheets_in.in_turns(waiting, lambda run_id: advance(run_id, now=now))


async def advance(run_id: UUID, *, now: datetime, place: Path | None = None, token: UUID | None = None, progress: Progress | None = None) -> bool:
    """Do the step that a run waits for, if nobody else is at it: check it from its file, or go on applying it where it stopped."""
    token = token or uuid7()
    async with transaction(actor=WORKER):
        work = await queries.claim(run_id, token=token, lease_seconds=LEASE_SECONDS)
    if work is None:
        return False
    try:
        tell = progress or (lambda _stage, _done, _total: None)
        if work.run.state == "applying":
            await _apply(work, now=now, tell=tell)
        else:
            await _check(work, place or sheets_in.kept(work.file_key), now=now, tell=tell)
    except _LeaseLost:
        return False
    except Exception as error:
        told = error if isinstance(error, DomainError) else as_domain_error(error)
        if told is None:
            log.exception("import_stopped", run=str(run_id))
            told = FileStopped()
        if told.status in PASSING:
            raise
        # What cannot be read today cannot be read tomorrow: the run says why and waits no more.
        async with transaction(actor=WORKER):
            await queries.finish(run_id, token=token, state="failed", now=now, problem=sheets_in.problem_of(told))
    return True


async def _check(work: Work, place: Path, *, now: datetime, tell: Progress) -> None:
    run = work.run
    await _hold(work, at=run.position, to=0)
    async with transaction(actor=WORKER):
        await queries_rows.forget(run.id)
        keys = await _keys(run.supplier_id)
    only = next(iter(set(keys.sites.values())), None) if len(set(keys.sites.values())) == 1 else None
    batches, lanes = rules_runs.batches(work, place, keys), _lanes()
    running: set[asyncio.Task[int]] = set()
    done = 0
    try:
        # The next batch is read while the database checks those before it.
        while batch := await asyncio.to_thread(next, batches, None):
            running.add(asyncio.create_task(_stage(work, batch, only_site=UUID(only) if only else None, now=now)))
            if len(running) >= lanes:
                finished, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                done = await _count_on(work, done, finished, tell)
        if running:
            done = await _count_on(work, done, (await asyncio.wait(running))[0], tell)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    async with transaction(actor=WORKER):
        counts = Counts(**await queries_rows.settle(run.id, supplier_id=run.supplier_id))
        await queries.checked(run.id, token=work.token, counts=counts, now=now)
        await queries.release(run.id, token=work.token)


def _lanes() -> int:
    """Say how many batches are worked on at once: one inside a transaction, which has but one connection."""
    return 1 if in_transaction() else LANES


async def _stage(work: Work, batch: tuple[int, bytes], *, only_site: UUID | None, now: datetime) -> int:
    async with transaction(actor=WORKER):
        await queries_rows.stage(batch[1], run_id=work.run.id, supplier_id=work.run.supplier_id, only_site=only_site, now=now)
    return batch[0]


async def _count_on(work: Work, done: int, finished: set[asyncio.Task[int]], tell: Progress) -> int:
    """Move the run on by the batches that are checked, and hold its lease for longer."""
    to = done + sum(task.result() for task in finished)
    await _hold(work, at=done, to=to)
    tell("check", to, work.run.layout.rows)
    return to


async def _hold(work: Work, *, at: int, to: int) -> None:
    async with transaction(actor=WORKER):
        if not await queries.hold(work.run.id, token=work.token, at=at, to=to, lease_seconds=LEASE_SECONDS):
            raise _LeaseLost


async def _apply(work: Work, *, now: datetime, tell: Progress) -> None:
    """Apply the rows in chunks, several at once. `position` is behind what is surely done: a chunk that is done again changes nothing."""
    run, position, at, lanes = work.run, work.run.position, work.run.position, _lanes()
    while True:
        await _hold(work, at=at, to=position)
        at, ends = position, [position]
        async with transaction(actor=WORKER):
            while len(ends) <= lanes and (end := await queries_rows.next_line(run.id, after=ends[-1], size=CHUNK_ROWS)):
                ends.append(end)
        if len(ends) == 1:
            break
        await asyncio.gather(*(_apply_chunk(work, after=after, until=until, now=now) for after, until in pairwise(ends)))
        position = ends[-1]
        tell("apply", position, run.counts.rows)
    if run.choices.mode == "full":
        async with transaction(actor=WORKER):
            rules_runs.check_may_pause(run, await queries_rows.missing(run.id, supplier_id=run.supplier_id))
    while run.choices.mode == "full":
        await _hold(work, at=at, to=position)
        async with transaction(actor=WORKER):
            paused = await queries_rows.pause_missing(run.id, supplier_id=run.supplier_id, size=CHUNK_ROWS, now=now)
            await _publish(run.supplier_id, paused, now=now)
        if not paused:
            break
    async with transaction(actor=WORKER):
        await queries.finish(run.id, token=work.token, state="applied", now=now)


async def _apply_chunk(work: Work, *, after: int, until: int, now: datetime) -> None:
    async with transaction(actor=WORKER):
        touched = await queries_rows.apply_chunk(work.run.id, after=after, until=until, actor=work.actor, now=now)
        await stock.look_after(await queries_rows.watched(work.run.id, after=after, until=until), now=now)
        await _publish(work.run.supplier_id, touched, now=now)


async def _publish(supplier_id: UUID, product_ids: list[UUID], *, now: datetime) -> None:
    if product_ids:
        parts = rules_runs.parts(sorted(set(product_ids)))
        await outbox.publish(*(OffersChanged(supplier_id=supplier_id, product_ids=tuple(part)) for part in parts), now=now)


async def _keys(supplier_id: UUID) -> rules.Keys:
    async with reading():
        places = await queries.sites(supplier_id)
    by_name = {rules.site_key(name): str(site_id) for site_id, name in places} | {str(site_id): str(site_id) for site_id, _ in places}
    return rules.Keys(offers.sku_key, products.identifier_key, products.gtin14, frozenset(countries.countries()), frozenset(CURRENCIES), by_name)


async def my_run(run_id: UUID, *, actor: Actor) -> RunOut:
    """Give one of the acting supplier's files. Raises: NotFound."""
    supplier_id = actor.own_organisation("supplier")
    async with reading(actor):
        return await _own(run_id, supplier_id=supplier_id)


async def my_runs(*, actor: Actor, before: UUID | None = None, limit: int = 20) -> tuple[list[RunOut], UUID | None]:
    """List the acting supplier's files, the newest first, and say behind which one the next page starts."""
    supplier_id = actor.own_organisation("supplier")
    async with reading(actor):
        found = await queries.runs(supplier_id, before=before, limit=limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


async def count_waiting(*, actor: Actor) -> int:
    """Count the acting supplier's files that wait for somebody, for the side list."""
    async with reading(actor):
        return await queries.count_waiting(actor.own_organisation("supplier"))


async def detail(run_id: UUID, *, actor: Actor, now: datetime) -> RunDetail:
    """Give one of the acting supplier's files with samples of what it changes and of what is wrong. Raises: NotFound."""
    supplier_id = actor.own_organisation("supplier")
    async with reading(actor):
        run = await _at_this_moment(await _own(run_id, supplier_id=supplier_id))
        is_theirs = rules_runs.may_give_up(actor, sender=await queries.sender(run_id, supplier_id=supplier_id))
        changed = await queries.report(run_id, supplier_id=supplier_id, kinds=("new", "changed"), after=0, limit=SAMPLES_SHOWN, now=now)
        wrong = await queries.report(run_id, supplier_id=supplier_id, kinds=("error",), after=0, limit=ERRORS_SHOWN, now=now)
        hints = await _hints(wrong)
    samples, errors = [rules_words.row(one, {}) for one in changed], [rules_words.row(one, hints) for one in wrong]
    return RunDetail(run=run, samples=samples, errors=errors, may_give_up=is_theirs)


async def report(run_id: UUID, *, kinds: tuple[str, ...] = KINDS, actor: Actor, now: datetime) -> AsyncIterator[list[RowOut]]:
    """Give every row of a file with what came of it, in batches in the order of the file. Raises: NotFound."""
    supplier_id = actor.own_organisation("supplier")
    after = 0
    while True:
        async with reading(actor):
            await _own(run_id, supplier_id=supplier_id)
            found = await queries.report(run_id, supplier_id=supplier_id, kinds=kinds, after=after, limit=REPORT_BATCH, now=now)
            hints = await _hints(found[:HINTS_MAX] if after == 0 else [])
        yield [rules_words.row(one, hints) for one in found]
        if len(found) < REPORT_BATCH:
            return
        after = found[-1]["line"]


async def _hints(rows: list[Any]) -> dict[str, str]:
    wanted = rules_words.unknown_keys(rows)
    return rules_words.best(await queries.nearest(wanted)) if wanted else {}


async def purge(before: datetime, *, now: datetime) -> int:
    """Throw old staged rows and files away, the latter with the runs that were never applied; what was imported and when stays."""
    gone = 0
    async with transaction(actor=WORKER):
        dropped = await queries.drop_files(before, now=now)
    for key in (files.key("imports", run_id, suffix=suffix) for run_id in dropped for suffix in ("csv", "jsonl")):
        files.remove(key)
    while True:
        async with transaction(actor=WORKER):
            count = await queries.purge_rows(before, limit=5000)
        gone += count
        if count == 0:
            return gone + len(dropped)


async def _own(run_id: UUID, *, supplier_id: UUID, is_locked: bool = False) -> RunOut:
    if run := await queries.run(run_id, supplier_id=supplier_id, is_locked=is_locked):
        return run
    raise NotFound
