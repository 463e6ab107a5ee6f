"""Owns the import of product files: looked at, mapped, checked before anything changes, applied in batches that go on where they stopped, reported."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog

from marketplace.catalogue.imports import queries, rules_bench, rules_columns, rules_files, rules_merging, rules_runs
from marketplace.catalogue.imports.errors import ImportRunning
from marketplace.catalogue.imports.schemas import Counts, ImportReport, Options, ParsedLine, Plan, RunDetail, Work
from marketplace.catalogue.products import service as products
from marketplace.catalogue.types import service as types
from marketplace.kernel import files
from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import as_domain_error, reading, transaction
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.ids import uuid7
from marketplace.kernel.sheets_in import service as sheets_in
from marketplace.kernel.sheets_in.errors import ColumnsLacking, FileStopped, SheetTooLarge
from marketplace.kernel.sheets_in.schemas import Looked, Mapping

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.catalogue.imports.schemas import ApplyIn, Run, WordedIssue
    from marketplace.catalogue.products.schemas import NewProduct
    from marketplace.kernel.actor import Actor
    from marketplace.kernel.sheets_in.schemas import Limits, MappingIn, Sent

    Progress = Callable[[int, float], None]

BATCH_LINES = 1000
ISSUES_SHOWN_MAX, REPORT_BATCH, DUE_MAX, LEASE_SECONDS = 50, 2000, 10, 60.0
# A file this large may have brought new kinds of things; of smaller ones the nightly timer learns.
LEARNS_FROM = 1000
# Somebody else holds a row, or the database is away: the same step goes well later.
PASSING = frozenset({409, 503})
TARGETS, NUMBER_LOCALES, DATE_LOCALES = rules_columns.TARGETS, sheets_in.NUMBER_LOCALES, sheets_in.DATE_LOCALES
ATTRIBUTE, is_target, flat = rules_columns.ATTRIBUTE, rules_columns.is_target, rules_merging.flat
read_rows = rules_bench.read_rows
told, limits_of, worded = rules_runs.told, sheets_in.limits_of, rules_runs.worded
log = structlog.get_logger()


class _LeaseLost(Exception):
    """Somebody else works on this run by now; what was done stays, and nothing is done twice."""


async def look(sent: Sent, *, limits: Limits) -> Looked:
    """Look at a file that came in before anything is kept of it. Raises: the errors of a file."""
    if sent.name.rpartition(".")[2].casefold() in {"jsonl", "ndjson"} and sent.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        with tempfile.TemporaryDirectory(prefix="marketplace-import-") as folder:
            place = Path(folder) / "sent.jsonl"
            place.write_bytes(sent.content)
            if head := rules_files.icecat_head(place):
                layout = rules_files.icecat_layout(place, head)
                if limits.rows and layout.rows > limits.rows:
                    raise SheetTooLarge(limit=limits.rows, what=sheets_in.reason("rows"))
                digest = rules_files.sha256_of(place)
                return Looked(name=sent.name[-120:], sha256=digest, size=len(sent.content), content=sent.content, layout=layout)
    return await sheets_in.look(sent, limits=limits)


async def take_in(looked: Looked, *, source: str, locales: Mapping, actor: Actor, now: datetime) -> Run:
    """Keep a file and have it checked, under the mapping remembered for its heads or else the one they suggest. `source` "" is that of its layout."""
    run_id, kind = uuid7(), rules_runs.kind_of(looked.layout)
    file_key = files.key("products", run_id, suffix=_suffix(looked.layout.format))
    async with transaction(actor=actor):
        mapping = await _mapping_for(looked, locales) if kind == "sheet" else Mapping()
        run = rules_runs.new_run(looked, run_id, kind=kind, source=source or _source_of(kind), mapping=mapping, now=now)
        files.write(file_key, looked.content)
        await queries.insert(run, file_key=file_key, actor=actor.principal)
        after = {"file_name": run.file_name, "file_sha256": run.file_sha256, "source": run.source}
        await audit.record(
            action="products.file_sent", entity="product_import", entity_id=run_id, organisation_id=None, actor=actor, now=now, after=after
        )
    return run


def _suffix(format_: str) -> str:
    return "csv" if format_ == "csv" else "jsonl"


def _source_of(kind: str) -> str:
    return "icecat" if kind == "icecat" else "operator"


async def _mapping_for(looked: Looked, locales: Mapping) -> Mapping:
    head = looked.layout.head
    if locales.columns:
        sheets_in.check_columns(locales.columns, head=head, is_target=is_target)
        return locales
    remembered = await queries.remembered(sheets_in.fingerprint(head))
    if remembered is not None:
        fitted = sheets_in.fitted(remembered, head)
        return msgspec.structs.replace(fitted, number_locale=locales.number_locale) if locales.number_locale != "plain" else fitted
    return msgspec.structs.replace(locales, columns=sheets_in.guessed(head, rules_columns.target_of))


async def map_columns(run_id: UUID, *, sent: MappingIn, actor: Actor, now: datetime) -> Run:
    """Say how a file is read, remember it for the next with the same heads, and have it checked anew.

    Raises: NotFound, InvalidTransition, ColumnsUnknown, ColumnsLacking.
    """
    async with transaction(actor=actor):
        run = await _run(run_id, is_locked=True)
        sheets_in.check_state(run.state, frozenset({"mapping", "waiting", "checked"} if run.kind == "sheet" else ()), wanted="waiting")
        mapping = Mapping(columns=sent.columns, number_locale=sent.number_locale, date_locale=sent.date_locale)
        sheets_in.check_columns(mapping.columns, head=run.layout.head, is_target=is_target)
        if lacking := rules_columns.lacking(mapping.columns):
            raise ColumnsLacking(names=lacking)
        await queries.map_columns(run_id, mapping=mapping)
        await queries.remember(sheets_in.fingerprint(run.layout.head), mapping=mapping, actor=actor.principal, now=now)
        await audit.record(
            action="products.file_mapped",
            entity="product_import",
            entity_id=run_id,
            organisation_id=None,
            actor=actor,
            now=now,
            after=mapping.columns,
        )
        return await _run(run_id)


async def apply(run_id: UUID, *, wanted: ApplyIn, actor: Actor, now: datetime) -> Run:
    """Let a checked file be applied; the worker does it. Raises: NotFound, InvalidTransition, ImportHasErrors unless `partial`, NothingToApply."""
    async with transaction(actor=actor):
        run = await _run(run_id, is_locked=True)
        sheets_in.check_state(run.state, frozenset({"checked"}), wanted="applying")
        rules_runs.check_may_apply(run, is_partial=wanted.partial)
        await queries.begin_applying(run_id, is_partial=wanted.partial, actor=actor.principal)
        after = {"file_sha256": run.file_sha256, "is_partial": wanted.partial, "counts": msgspec.to_builtins(run.plan.counts)}
        await audit.record(
            action="products.imported", entity="product_import", entity_id=run_id, organisation_id=None, actor=actor, now=now, after=after
        )
        return await _run(run_id)


async def abandon(run_id: UUID, *, actor: Actor, now: datetime) -> Run:
    """Give a file up that is not applied. Raises: NotFound, InvalidTransition."""
    async with transaction(actor=actor):
        sheets_in.check_state((await _run(run_id, is_locked=True)).state, frozenset({"mapping", "waiting", "checked"}), wanted="abandoned")
        await queries.give_up(run_id, now=now)
        await audit.record(action="products.file_given_up", entity="product_import", entity_id=run_id, organisation_id=None, actor=actor, now=now)
        return await _run(run_id)


async def work_due(now: datetime) -> int:
    """Check and apply the files that wait, each in its turn, and answer how many steps were done."""
    async with transaction(actor=WORKER):
        waiting = await queries.due(limit=DUE_MAX)
    return await sheets_in.in_turns(waiting, lambda run_id: advance(run_id, now=now))


async def advance(run_id: UUID, *, now: datetime) -> bool:
    """Do the step that a run waits for, if nobody else is at it: check it from its file, or go on applying it where it stopped."""
    token = uuid7()
    async with transaction(actor=WORKER):
        work = await queries.claim(run_id, token=token, lease_seconds=LEASE_SECONDS)
    if work is None:
        return False
    try:
        place = sheets_in.kept(work.file_key)
        if work.run.state == "applying":
            await _apply(work, place, now=now, tell=_silent)
        else:
            await _check(work, place, now=now, tell=_silent)
    except _LeaseLost:
        return False
    except Exception as error:
        said = error if isinstance(error, DomainError) else as_domain_error(error)
        if said is None:
            log.exception("import_stopped", run=str(run_id))
            said = FileStopped()
        if said.status in PASSING:
            raise
        # What cannot be read today cannot be read tomorrow: the run says why and waits no more.
        async with transaction(actor=WORKER):
            await queries.finish(work, state="failed", now=now, problem=sheets_in.problem_of(said))
    return True


def _silent(_lines: int, _share: float) -> None:
    """Say nothing of how far a file is."""


async def _check(work: Work, place: Path, *, now: datetime, tell: Progress) -> Plan:
    """Count what a file would do, and write down what is wrong with its lines. Nothing else changes."""
    bench, tally, at = await rules_bench.bench(work.run, place, size=BATCH_LINES), rules_runs.Tally(), work.run.position
    async with transaction(actor=WORKER):
        await queries.forget_issues(work.run.id)
    async for batch, line, share in bench.batches(after=0):
        async with transaction(actor=WORKER):
            parsed, held = await bench.resolved(batch, looks=True)
            tally.take(parsed, held, content_hash=products.content_hash)
            await _write_issues(work.run.id, parsed)
            if not await queries.hold(work, at=at, to=line, lease_seconds=LEASE_SECONDS):
                raise _LeaseLost
        at = line
        tell(line, share)
    plan = Plan(counts=tally.counts, samples=tally.samples)
    async with transaction(actor=WORKER):
        if not await queries.checked(work, plan=plan, now=now):
            raise _LeaseLost
    return plan


async def _write_issues(run_id: UUID, parsed: Sequence[ParsedLine]) -> None:
    if issues := [one for line in parsed for one in line.issues]:
        await queries.add_issues(run_id, issues)


async def _apply(work: Work, place: Path, *, now: datetime, tell: Progress) -> Counts:
    """Apply a file in batches of one transaction each, behind the line that is surely done; a batch that is done again changes nothing."""
    bench, at, done = await rules_bench.bench(work.run, place, size=BATCH_LINES), work.run.position, work.run.done
    async for batch, line, share in bench.batches(after=at):
        async with transaction(actor=WORKER):
            parsed, _ = await bench.resolved(batch, looks=False)
            done = _added(done, await _save(parsed, now=now), parsed)
            if work.run.checked_at is None:
                await _write_issues(work.run.id, parsed)
            if not await queries.advance(work, at=at, to=line, done=done, lease_seconds=LEASE_SECONDS):
                raise _LeaseLost if work.token else ImportRunning(name=work.run.file_name)
        at = line
        tell(line, share)
    async with transaction(actor=WORKER):
        await queries.finish(work, state="applied", now=now)
    if work.token is not None and done.created >= LEARNS_FROM:
        await types.learn(now)
    return done


async def _save(parsed: Sequence[ParsedLine], *, now: datetime) -> Counts:
    by_source: dict[str, list[ParsedLine]] = {}
    for line in parsed:
        if line.product is not None and not line.is_same:
            by_source.setdefault(line.product.source, []).append(line)
    created = updated = unchanged = 0
    for _, lines in sorted(by_source.items()):
        new: list[NewProduct] = [line.product for line in lines if line.product is not None]
        fingerprints = {line.product.source_id: line.fingerprint for line in lines if line.product is not None and line.fingerprint}
        saved = await products.create_products(new, now=now, fingerprints=fingerprints)
        created, updated, unchanged = created + len(saved.created), updated + len(saved.updated), unchanged + len(saved.unchanged)
    return Counts(created=created, updated=updated, unchanged=unchanged + sum(line.is_same for line in parsed))


def _added(done: Counts, saved: Counts, parsed: Sequence[ParsedLine]) -> Counts:
    return Counts(
        rows=done.rows + len(parsed),
        created=done.created + saved.created,
        updated=done.updated + saved.updated,
        unchanged=done.unchanged + saved.unchanged,
        failed=done.failed + sum(line.product is None for line in parsed),
        warnings=done.warnings + sum(one.is_warning for line in parsed for one in line.issues),
    )


async def import_products(
    path: str | Path, *, now: datetime, progress: Progress | None = None, source: str = "", resume: bool = True, options: Options | None = None
) -> ImportReport:
    """Bring the products of a file of this machine up to date, however large it is; importing the same file again changes nothing.

    JSON lines of Icecat's layout are applied as they are read, and lines with errors left out; a sheet is checked whole first. A run that
    broke goes on at the line after its last committed batch when the same content is imported again, unless `resume` is False.
    `progress` hears the number of lines done and the share of the file read, 0 to 1, where that is known.

    Raises: FileUnreadable and the errors of a file; ColumnsLacking; ImportRunning when another process imports the same content.
    """
    file, options, tell = Path(path), options or Options(), progress or _silent
    digest = rules_files.sha256_of(file)
    with tempfile.TemporaryDirectory(prefix="marketplace-import-") as folder:
        place, looked = await rules_bench.looked_at(file, Path(folder), digest)
        kind = rules_runs.kind_of(looked.layout) if looked.layout.head else "icecat"
        is_partial = kind == "icecat" if options.is_partial is None else options.is_partial
        async with transaction(actor=WORKER):
            run = await queries.unfinished(source or _source_of(kind), digest) if resume and not options.is_dry else None
            if run is None:
                mapping = await _mapping_for(looked, options.mapping or Mapping()) if kind == "sheet" else Mapping()
                run = rules_runs.new_run(looked, uuid7(), kind=kind, source=source or _source_of(kind), mapping=mapping, now=now)
                if run.lacking:
                    raise ColumnsLacking(names=run.lacking)
                is_checked = kind == "sheet" or options.is_dry or not is_partial
                run = msgspec.structs.replace(run, state="waiting" if is_checked else "applying", is_partial=is_partial)
                await queries.insert(run, file_key="", actor=WORKER.principal)
        resumed_at = run.position
        if run.state == "waiting":
            run = await _checked_run(run, place, is_partial=is_partial, is_dry=options.is_dry, now=now, tell=tell)
        if run.state == "applying":
            await _apply(Work(run=run), place, now=now, tell=tell)
    return await _report(run.id, resumed_at=resumed_at)


async def _checked_run(run: Run, place: Path, *, is_partial: bool, is_dry: bool, now: datetime, tell: Progress) -> Run:
    """Check a file of this machine, and go on to apply it unless that is not wanted, has errors or would change nothing."""
    plan = await _check(Work(run=run), place, now=now, tell=tell)
    async with transaction(actor=WORKER):
        if is_dry or (plan.counts.failed and not is_partial):
            await queries.give_up(run.id, now=now)
        elif not (plan.counts.created or plan.counts.updated):
            await queries.settle(run.id, counts=plan.counts, now=now)
        else:
            await queries.begin_applying(run.id, is_partial=is_partial, actor=WORKER.principal)
        return await _run(run.id)


async def _report(run_id: UUID, *, resumed_at: int) -> ImportReport:
    async with reading(WORKER):
        run = await _run(run_id)
        shown = [one for _, one in await queries.issues(run_id, limit=ISSUES_SHOWN_MAX)]
    counts = run.done if run.state == "applied" else run.plan.counts
    return ImportReport(
        run_id=run.id,
        source=run.source,
        file_name=run.file_name,
        file_sha256=run.file_sha256,
        lines=run.position if run.state == "applied" else counts.rows,
        created=counts.created,
        updated=counts.updated,
        unchanged=counts.unchanged,
        failed=counts.failed,
        warnings=counts.warnings,
        resumed_at=resumed_at,
        issues=shown,
        state=run.state,
    )


async def runs(*, actor: Actor, before: UUID | None = None, limit: int = 20) -> tuple[list[Run], UUID | None]:
    """List the files, the newest first, and say behind which one the next page starts."""
    async with reading(actor):
        found = await queries.runs(before=before, limit=limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


async def count_waiting(*, actor: Actor) -> int:
    """Count the files that wait for somebody, for the side list."""
    async with reading(actor):
        return await queries.count_waiting()


async def detail(run_id: UUID, *, actor: Actor) -> RunDetail:
    """Give a file with the first things that are wrong in it. Raises: NotFound."""
    async with reading(actor):
        run = await _run(run_id)
        found = await queries.issues(run_id, limit=ISSUES_SHOWN_MAX)
    return RunDetail(run=told(run, actor.locale), issues=[worded(one, actor.locale) for _, one in found])


async def report(run_id: UUID, *, actor: Actor) -> AsyncIterator[list[WordedIssue]]:
    """Give everything that is wrong in a file, in batches in the order of its lines. Raises: NotFound."""
    after = None
    while True:
        async with reading(actor):
            await _run(run_id)
            found = await queries.issues(run_id, limit=REPORT_BATCH, after=after)
        yield [worded(one, actor.locale) for _, one in found]
        if len(found) < REPORT_BATCH:
            return
        after = (found[-1][1].line, found[-1][0])


async def purge(before: datetime, *, now: datetime) -> int:
    """Throw old files away, with the runs that were never applied; what was imported and when stays."""
    async with transaction(actor=WORKER):
        dropped = await queries.drop_files(before, now=now)
    for run_id, _ in dropped:
        for suffix in ("csv", "jsonl"):
            files.remove(files.key("products", run_id, suffix=suffix))
    return len(dropped)


async def _run(run_id: UUID, *, is_locked: bool = False) -> Run:
    if run := await queries.run(run_id, is_locked=is_locked):
        return run
    raise NotFound
