"""Owns the commands that call a room's service with the pool open."""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel import clock, database
from marketplace.kernel.ports import Port
from marketplace.kernel.stair import pending

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import date

    from marketplace.kernel.doctor.schemas import Report
    from marketplace.kernel.package import Package
    from marketplace.kernel.settings import Settings
    from trust.score.schemas import Kind, Replay

# Facts are handed on beside the import by as many at once; PostgreSQL makes search documents on cores that the import leaves free.
DELIVERY_LANES = 2


async def import_file(settings: Settings, file: Path, words: dict[str, Any], *, shows_progress: bool) -> dict[str, Any]:
    """Import the products of a file, make them searchable, and give the report with its figures. `words` are the options of the command.

    `shows_progress` draws a bar on the error stream. The seconds count until search knows everything; memory is this process's at its highest.
    """
    from rich.console import Console
    from rich.progress import Progress

    from marketplace.app import assemble
    from marketplace.catalogue.imports.service import import_products
    from marketplace.catalogue.sorting import service as sorting
    from marketplace.catalogue.types import service as types
    from marketplace.kernel.outbox import service as outbox
    from marketplace.trade.search import service as search

    packages = assemble(settings).packages
    began = time.perf_counter()
    await database.open_pool(settings, statement_timeout_ms=settings.worker_statement_timeout_ms)
    try:
        with Progress(console=Console(stderr=True), disable=not shows_progress) as bar:
            task = bar.add_task("products", total=1.0)
            async with _delivering(packages):
                report = await import_products(
                    file,
                    now=clock.now(),
                    progress=lambda lines, share: bar.update(task, completed=share, description=f"{lines} lines"),
                    source=words.get("source") or "",
                    options=_options(words),
                )
        # Also after a file that changed nothing: an import before it may have been stopped in the midst of this.
        await types.learn(clock.now())
        # Without a worker on this machine nobody else would tell search of them.
        await outbox.drain(packages, clock.now(), batch=20)
        if await sorting.finish_run(clock.now()):
            await outbox.drain(packages, clock.now(), batch=20)
        await search.refresh(clock.now())
        if words.get("report") is not None:
            await _write_issues(report.run_id, words["report"])
    finally:
        await database.close_pool()
    seconds = time.perf_counter() - began
    rows = report.created + report.updated + report.unchanged + report.failed
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = {"seconds": round(seconds, 1), "products_per_second": round(rows / max(seconds, 0.001)), "peak_memory_mb": round(peak * 1024 / 1e6)}
    told: dict[str, Any] = msgspec.to_builtins(report)
    return told | figures


def _options(words: dict[str, Any]) -> Any:
    from marketplace.catalogue.imports.schemas import Options
    from marketplace.kernel.sheets_in.schemas import Mapping

    given = msgspec.json.decode(words["mapping"].read_bytes()) if words.get("mapping") is not None else {}
    mapping = msgspec.convert({"number_locale": words.get("number_locale") or "plain", **given}, Mapping)
    return Options(mapping=mapping, is_dry=bool(words.get("is_dry")), is_partial=True if words.get("is_partial") else None)


@asynccontextmanager
async def _delivering(packages: Sequence[Package]) -> AsyncIterator[None]:
    """Hand facts on while the block publishes them, as a worker would: what came in is searchable while the rest still comes."""
    from marketplace.kernel.outbox import service as outbox

    handlers, ended = outbox.registry(packages), asyncio.Event()

    async def deliver() -> None:
        while not ended.is_set():
            step = await outbox.deliver(handlers, now=clock.now(), should_stop=ended.is_set)
            if not step.done:
                await asyncio.sleep(0.1)

    lanes = [asyncio.create_task(deliver()) for _ in range(DELIVERY_LANES)]
    try:
        yield
    finally:
        ended.set()
        await asyncio.gather(*lanes)


async def _write_issues(run_id: Any, place: Path) -> None:
    from marketplace.catalogue.exports import service as exports
    from marketplace.kernel.actor import WORKER

    with place.open("wb") as opened:
        async for piece in await exports.issues(run_id, "xlsx" if place.suffix == ".xlsx" else "csv", actor=WORKER):
            opened.write(piece)


async def export_file(settings: Settings, place: Path, *, category: str) -> int:
    """Write the catalogue, or what is under one category, to a file of this machine; its name tells the kind. Gives its bytes."""
    from marketplace.app import assemble
    from marketplace.catalogue.exports import service as exports

    assemble(settings)
    await database.open_pool(settings, statement_timeout_ms=settings.worker_statement_timeout_ms)
    try:
        count = 0
        with place.open("wb") as opened:
            async for piece in await exports.products(place.suffix.removeprefix(".") or "csv", category=category):
                count += opened.write(piece)
        return count
    finally:
        await database.close_pool()


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a file of offers: its run, figures, and the first rows with errors."""

    run_id: str
    state: str
    file_sha256: str
    counts: Any
    rows_per_second: int
    check_seconds: float
    apply_seconds: float
    problem: str = ""
    errors: list[Any] = []

    @property
    def is_well(self) -> bool:
        """Tell whether the file did what it was sent for."""
        return self.state == "applied" or (self.state == "abandoned" and not self.counts.errors)


async def import_offers(settings: Settings, file: Path, words: dict[str, Any], *, shows_progress: bool) -> Imported:
    """Import a supplier's file of offers, tell search of it, and give the figures. `words` are the options of the command."""
    from rich.console import Console
    from rich.progress import Progress

    from marketplace.app import assemble
    from marketplace.kernel.outbox import service as outbox

    packages = assemble(settings).packages
    await database.open_pool(settings, statement_timeout_ms=settings.worker_statement_timeout_ms)
    try:
        with Progress(console=Console(stderr=True), disable=not shows_progress) as bar, tempfile.TemporaryDirectory() as folder:
            task = bar.add_task("offers", total=None)
            told = await _pass(
                file,
                Path(folder),
                words,
                progress=lambda stage, done, total: bar.update(task, completed=done, total=total or None, description=f"{stage}: {done} rows"),
            )
        # Without a worker on this machine nobody else would tell search of them.
        await outbox.drain(packages, clock.now())
    finally:
        await database.close_pool()
    return told


async def _pass(file: Path, folder: Path, words: dict[str, Any], *, progress: Callable[[str, int, int], None]) -> Imported:
    from marketplace.kernel.sheets_in.schemas import Looked, Mapping
    from vendors.exports import service as exports
    from vendors.imports import service as imports
    from vendors.imports.schemas import ApplyIn, Choices

    began = time.perf_counter()
    given = msgspec.json.decode(words["mapping"].read_bytes()) if words["mapping"] is not None else {}
    locales = msgspec.convert({"number_locale": words["number_locale"], "date_locale": words["date_locale"], **given}, Mapping)
    choices = Choices(mode=words["mode"], is_partial=words["is_partial"], is_forced=words["is_forced"])
    source, layout, digest = await imports.layout_of(file, folder=folder, limits=imports.UNLIMITED)
    looked = Looked(name=file.name, sha256=digest, size=file.stat().st_size, content=b"", layout=layout)
    run, actor, token = await imports.begin(looked, slug=words["supplier"], choices=choices, locales=locales, now=clock.now())
    if run.state == "waiting":
        await imports.advance(run.id, now=clock.now(), place=source, token=token, progress=progress)
    checked = time.perf_counter()
    run = await imports.my_run(run.id, actor=actor)
    errors = (await imports.detail(run.id, actor=actor, now=clock.now())).errors
    if words["report"] is not None:
        await exports.write_report(run.id, words["report"], actor=actor, now=clock.now())
    if run.state == "checked" and not words["is_dry"] and (choices.is_partial or not run.counts.errors):
        run = await imports.apply(run.id, wanted=ApplyIn(), actor=actor, now=clock.now())
    if run.state == "applying":
        await imports.advance(run.id, now=clock.now(), token=token, progress=progress)
    ended = time.perf_counter()
    run = await imports.my_run(run.id, actor=actor)
    if run.state == "checked":
        run = await imports.abandon(run.id, actor=actor, now=clock.now())
    message, params = imports.word_problem(run)
    return Imported(
        run_id=str(run.id),
        state=run.state,
        file_sha256=digest,
        counts=run.counts,
        rows_per_second=round(run.counts.rows / max(ended - began, 0.001)),
        check_seconds=round(checked - began, 2),
        apply_seconds=round(ended - checked, 2),
        problem=message.format(**params),
        errors=errors,
    )


def import_text(told: Imported) -> str:
    """Word what came of a file for a person."""
    counts = told.counts
    lines = [
        (
            f"{told.state}: {counts.rows} rows, {counts.new} new, {counts.changed} changed, {counts.unchanged} unchanged, {counts.errors} with errors, "
            f"{counts.missing} of {counts.active} offers on sale not named."
        ),
        f"{told.rows_per_second} rows a second ({told.check_seconds} s to check, {told.apply_seconds} s to apply).",
    ]
    if told.problem:
        lines.append(told.problem)
    lines += [f"  line {row.line} {row.sku}: {'; '.join(problem.message for problem in row.problems)}" for row in told.errors]
    return "\n".join(lines)


async def search_products(settings: Settings, words: str, *, limit: int) -> list[dict[str, Any]]:
    """Search as an anonymous visitor and give the hits as plain dicts."""
    from marketplace.app import assemble
    from marketplace.trade.search.service import search_text

    assemble(settings)
    await database.open_pool(settings)
    try:
        hits = await search_text(words, now=clock.now(), limit=limit)
    finally:
        await database.close_pool()
    found: list[dict[str, Any]] = msgspec.to_builtins(hits)
    return found


async def replay_trust(settings: Settings, slug: str | None, as_of: str) -> Replay:
    """Replay the rates of all suppliers or of one. Raises: NotFound for no supplier's slug, InvalidInput for what is no past moment."""
    from marketplace.app import assemble
    from trust.score import service
    from trust.score.rules import moment
    from vendors.accounts import service as accounts

    assemble(settings)
    now = clock.now()
    at = moment(as_of, now=now) if as_of else None
    await database.open_pool(settings, statement_timeout_ms=settings.worker_statement_timeout_ms)
    try:
        supplier_id = (await accounts.supplier_by_slug(slug, now=now)).id if slug else None
        return await service.replay(supplier_id, as_of=at)
    finally:
        await database.close_pool()


async def correct_trust(settings: Settings, number: str, *, kind: Kind, reason: str, delivered_on: date | None) -> None:
    """Append a correction to an order's event: another day of delivery, or (None) that it does not count. Raises: NotFound."""
    from marketplace.app import assemble
    from marketplace.kernel.actor import WORKER
    from trust.record import service as record
    from trust.score import service

    assemble(settings)
    await database.open_pool(settings)
    try:
        order_id = await service.order_by_number(number)
        now = clock.now()
        await record.correct(order_id, kind=kind, reason=reason, actor=WORKER, now=now, delivered_on=delivered_on, is_void=delivered_on is None)
    finally:
        await database.close_pool()


def replay_text(report: Replay, *, is_past: bool) -> str:
    """Word a replay for a person: each number that differs, and how much was worked out. Of a past moment nothing is stored to compare with."""
    lines = [f"✗ {one.what}: stored {one.stored}, the events give {one.replayed}" for one in report.differences]
    if len(report.rates) == 1:
        (one,) = report.rates
        for name, share in (("on time", one.on_time), ("acceptance", one.acceptance)):
            lines.append(f"{name}: {share.k} of {share.n}, rate {share.rate}, 90 % interval {share.low} to {share.high}, drawn towards {share.mean}")
        lines.append(f"as of {one.as_of.isoformat()}, {one.formula}, means of {one.means_as_of.isoformat() if one.means_as_of else 'nobody yet'}")
    waiting = f", {report.waiting} wait for computing" if report.waiting else ""
    compared = "nothing is stored of a past moment to compare with" if is_past else f"{len(report.differences)} differences"
    lines.append(f"{report.suppliers} suppliers worked out from {report.events} events{waiting}: {compared}.")
    return "\n".join(lines)


async def upgrade(settings: Settings) -> list[str]:
    """Migrate, and write the edges of every state machine where a migration ran; the worker does so too whenever it starts."""
    if not await pending(settings):
        return []
    from marketplace.kernel.migrations import migrate

    names = await migrate(settings)
    if names:
        # A machine is known once its package is imported.
        from marketplace import app
        from marketplace.kernel.machine.service import sync_edges

        assert app.PACKAGES
        await database.open_pool(settings, size=1)
        try:
            await sync_edges()
        finally:
            await database.close_pool()
    return names


def report_text(report: Report) -> str:
    """Word the doctor's report for a person: what is wrong first, then what is open."""
    lines = []
    for finding in report.findings:
        lines.append(f"✗ {finding.package} {finding.code}: {finding.title}")
        lines.extend(f"    {', '.join(f'{key}={value}' for key, value in row.items())}" for row in finding.rows)
        if finding.problem:
            lines.append(f"    could not be checked: {finding.problem}")
    lines.extend(f"✗ migration {name} has not run" for name in report.pending_migrations)
    meanwhile = {port.name: port.meanwhile for port in Port.all}
    lines.extend(f"- port {name}: nothing answers it; {meanwhile[name]}" for name in report.unbound_ports)
    lines.append(f"{report.checks} checks, {len(report.findings)} with findings: {'all is well' if report.is_well else 'not well'}.")
    return "\n".join(lines)
