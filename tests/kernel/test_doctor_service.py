"""Tests of the doctor: it finds what is wrong, says what it could not check, and leaves what is well alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from marketplace.cli_rooms import report_text
from marketplace.kernel.database import transaction
from marketplace.kernel.doctor import service
from marketplace.kernel.doctor.schemas import Report
from marketplace.kernel.package import Invariant, Package
from marketplace.kernel.ports import Port
from marketplace.trade.landed.ports import COST_SOURCES, TAX_SOURCE
from tests import databases
from tests.conftest import NOW

if TYPE_CHECKING:
    from asyncpg import Connection, Record

    from marketplace.kernel.settings import Settings

WELL = Invariant("T1", "Nothing is wrong", "SELECT 1 AS number WHERE false")
WRONG = Invariant("T2", "Something is wrong", "SELECT generate_series(1, 30) AS number")
BROKEN = Invariant("T3", "It cannot be asked", "SELECT number FROM nowhere.at_all")


async def test_an_invariant_without_rows_is_well_and_not_told(rolled_back: Connection[Record]) -> None:
    assert rolled_back
    assert await service.violations((WELL,)) == []


async def test_an_invariant_with_rows_is_told_with_the_first_twenty(rolled_back: Connection[Record]) -> None:
    assert rolled_back
    (finding,) = await service.violations((WELL, WRONG))
    assert (finding.code, finding.title, len(finding.rows), finding.rows[0]) == ("T2", "Something is wrong", 20, {"number": 1})


async def test_an_invariant_that_cannot_be_asked_is_told_and_the_others_are_still_asked(rolled_back: Connection[Record]) -> None:
    assert rolled_back
    first, second = await service.violations((BROKEN, WRONG))
    assert (first.code, first.rows) == ("T3", [])
    assert first.problem.startswith("UndefinedTableError")
    assert second.code == "T2"
    assert await rolled_back.fetchval("SELECT 1") == 1


async def test_a_fact_on_its_way_counts_only_after_its_lag(rolled_back: Connection[Record]) -> None:
    assert rolled_back
    young = f"SELECT 1 AS row WHERE '{NOW - timedelta(seconds=30)}'::timestamptz < $1::timestamptz"
    for lag, found in ((60, []), (10, [{"row": 1}])):
        package = Package(name="try", invariants=(Invariant("T4", "Late", young, lag_seconds=lag),))
        assert [finding.rows for finding in await service.invariant_findings((package,), now=NOW)] == [found]


async def test_what_only_a_running_worker_can_keep_is_not_asked_of_a_test(rolled_back: Connection[Record]) -> None:
    assert rolled_back
    assert await service.violations((Invariant("T5", "Late", WRONG.sql, lag_seconds=60),)) == []


async def test_what_asks_for_the_moment_is_asked_with_it(rolled_back: Connection[Record]) -> None:
    assert rolled_back
    past = Invariant("T6", "Past", f"SELECT 1 AS row WHERE $1::timestamptz >= '{NOW}'::timestamptz")
    assert [finding.rows for finding in await service.violations((WELL, past), now=NOW)] == [[{"row": 1}]]
    assert await service.violations((WELL, past), now=NOW - timedelta(seconds=1)) == []


async def test_a_fresh_database_is_well(empty_database: Settings) -> None:
    report = await service.examine(empty_database, (Package(name="try", invariants=(WELL,)),))
    assert [(finding.code, finding.rows, finding.problem) for finding in report.findings] == []
    assert (report.is_well, report.pending_migrations) == (True, [])


@pytest.mark.parametrize(
    "fault, code",
    [
        ("ALTER TABLE kernel.memberships NO FORCE ROW LEVEL SECURITY", "walls"),
        ("ALTER TABLE kernel.memberships DISABLE ROW LEVEL SECURITY", "walls"),
        ("CREATE TABLE vendors.try_quotes (id uuid PRIMARY KEY, supplier_id uuid NOT NULL)", "walls"),
        ("DROP POLICY tenant ON trade.orders", "walls"),
        ("ALTER TABLE kernel.outbox NO FORCE ROW LEVEL SECURITY", "walls"),
        ("DROP EXTENSION unaccent CASCADE", "extensions"),
    ],
)
async def test_a_fault_of_the_database_is_found(empty_database: Settings, fault: str, code: str) -> None:
    owner = await asyncpg.connect(empty_database.database_owner_url)
    await owner.execute(
        "ALTER TABLE kernel.memberships ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; "
        "DO $$ BEGIN CREATE POLICY try ON kernel.memberships USING (true); EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    )
    await owner.execute(fault)
    await owner.close()
    report = await service.examine(empty_database, ())
    assert code in {finding.code for finding in report.findings}
    assert not report.is_well


async def test_a_migration_that_has_not_run_is_told(empty_database: Settings) -> None:
    owner = await asyncpg.connect(empty_database.database_owner_url)
    name = await owner.fetchval("DELETE FROM public.migration WHERE id = (SELECT max(id) FROM public.migration) RETURNING name")
    await owner.close()
    report = await service.examine(empty_database, ())
    assert report.pending_migrations == [name]
    assert not report.is_well


async def test_a_role_that_owns_the_tables_is_told(server: Settings, empty_database: Settings) -> None:
    # Who owns a table may switch its walls off; a server whose one login owns them steps down, and this examination does not.
    as_owner = msgspec.structs.replace(databases.superuser_settings(server, empty_database), database_owner_url="")
    superuser = await asyncpg.connect(as_owner.database_url)
    await superuser.execute("ALTER TABLE kernel.organisations OWNER TO marketplace_app")
    await superuser.close()
    report = await service.examine(empty_database, ())
    assert [(finding.code, finding.rows) for finding in report.findings] == [("ownership", [{"schema": "kernel", "table": "organisations"}])]


async def test_a_port_without_an_answer_is_listed_and_is_no_fault(empty_database: Settings) -> None:
    port: Port[object] = Port(f"try.{uuid4()}", meanwhile="nobody is told")
    try:
        report = await service.examine(empty_database, ())
        assert port.name in report.unbound_ports
        assert report.is_well
        port.bind(object())
        assert port.name not in (await service.examine(empty_database, ())).unbound_ports
    finally:
        Port.all.remove(port)


async def test_the_doctor_writes_nothing(empty_database: Settings) -> None:
    writing = Invariant("T6", "It writes", "SELECT set_config('app.try', 'x', false)")
    report = await service.examine(empty_database, (Package(name="try", invariants=(writing,)),))
    assert [finding.code for finding in report.findings] == ["T6"]
    async with transaction() as held:
        assert await held.fetchval("SELECT coalesce(current_setting('app.try', true), '')") == ""


def test_the_report_says_of_each_open_port_what_happens_meanwhile() -> None:
    report = Report(is_well=True, checks=3, findings=[], unbound_ports=[TAX_SOURCE.name, COST_SOURCES.name], pending_migrations=[])
    assert report_text(report).splitlines() == [
        "- port tax-source: nothing answers it; pages say that tax is not determined, and no total holds it",
        "- port cost-sources: nothing answers it; freight and duty are told as unknown",
        "3 checks, 0 with findings: all is well.",
    ]
