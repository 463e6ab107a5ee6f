"""Owns the examination: every check of the database and every invariant of the packages, read as the worker."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from marketplace.kernel import clock, database, stair
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import savepoint, transaction
from marketplace.kernel.doctor import queries
from marketplace.kernel.doctor.schemas import Finding, Report
from marketplace.kernel.ports import Port

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from datetime import datetime

    from marketplace.kernel.package import Invariant, Package
    from marketplace.kernel.settings import Settings


async def examine(settings: Settings, packages: tuple[Package, ...]) -> Report:
    """Open a pool, make every check and give the report. A check that cannot be made counts as a finding."""
    pending = await stair.pending(settings) if settings.database_owner_url else []
    async with database.another_pool(settings, statement_timeout_ms=settings.worker_statement_timeout_ms, size=1):
        findings = await _database_findings() + await invariant_findings(packages, now=clock.now())
    wrong = [finding for finding in findings if not finding.is_well]
    unbound = sorted({port.name for port in Port.all if not port.implementations})
    return Report(not wrong and not pending, len(findings), wrong, unbound, pending)


async def violations(invariants: tuple[Invariant, ...], *, now: datetime | None = None) -> list[Finding]:
    """Give the invariants that do not hold, inside the caller's transaction if there is one. Tests call it after what they wrote."""
    moment = now or clock.now()
    # What a fact brings later cannot be there yet: no worker runs beside a test.
    checkable = [invariant for invariant in invariants if invariant.lag_seconds == 0]
    async with transaction(actor=WORKER):
        if await _all_hold(checkable, moment):
            return []
        found = [await _look("", invariant, moment) for invariant in checkable]
    return [finding for finding in found if not finding.is_well]


async def _all_hold(invariants: list[Invariant], moment: datetime) -> bool:
    """Ask them together, which takes a third of the time of asking each. Where a row is found or a question fails, each is asked by itself."""
    try:
        async with savepoint():
            return not await queries.has_violations([invariant.sql for invariant in invariants], until=moment)
    except Exception:  # noqa: BLE001 - whatever it was, asking each will tell which one failed
        return False


async def invariant_findings(packages: tuple[Package, ...], *, now: datetime) -> list[Finding]:
    """Check the invariants of these packages, each in a snapshot of its own, so that no lock or snapshot is held for long."""
    findings = []
    for package in packages:
        for invariant in package.invariants:
            async with transaction(actor=WORKER, readonly=True):
                findings.append(await _look(package.name, invariant, now))
    return findings


async def _look(package: str, invariant: Invariant, now: datetime) -> Finding:
    until = now - timedelta(seconds=invariant.lag_seconds)
    return await _finding(package, invariant.code, invariant.title, queries.violations(invariant.sql, until=until))


async def _database_findings() -> list[Finding]:
    async with transaction(actor=WORKER, readonly=True):
        return [await _finding("database", code, title, queries.rows(sql, *arguments)) for code, title, sql, arguments in queries.DATABASE_CHECKS]


async def _finding(package: str, code: str, title: str, question: Awaitable[list[dict[str, Any]]]) -> Finding:
    began = time.perf_counter()
    rows: list[dict[str, Any]] = []
    problem = ""
    try:
        async with savepoint():
            rows = await question
    except Exception as error:  # noqa: BLE001 - a check that fails is itself a finding, and the others go on
        problem = f"{type(error).__name__}: {error}"
    return Finding(package, code, title, rows, round((time.perf_counter() - began) * 1000, 1), problem)
