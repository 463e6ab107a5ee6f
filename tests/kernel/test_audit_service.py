"""Tests that acts are written down, sealed into chains, kept apart by organisation, and that any change shows."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest

from marketplace.kernel.actor import ANONYMOUS, WORKER, Actor
from marketplace.kernel.audit import service as audit
from marketplace.kernel.audit.schemas import Entry
from marketplace.kernel.database import another_pool, transaction
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from marketplace.kernel.settings import Settings

    Owner = asyncpg.Connection[asyncpg.Record]

OURS, THEIRS, NOBODY = UUID(int=0xA), UUID(int=0xB), UUID(int=0)
ACTOR = Actor(organisation_id=OURS, person_id=UUID(int=0xC), capacities=frozenset({"buyer"}), request_id="r-1")


async def record(action: str, organisation_id: UUID | None = OURS, actor: Actor = ACTOR, **content: object) -> None:
    await audit.record(action=action, entity="thing", entity_id=UUID(int=1), organisation_id=organisation_id, actor=actor, now=NOW, **content)  # type: ignore[arg-type]


@pytest.fixture
async def owner(empty_database: Settings) -> AsyncIterator[Owner]:
    """Connect as the owner of the tables, who may do what the application may not."""
    connection = await asyncpg.connect(empty_database.database_owner_url)
    try:
        await connection.execute("SELECT set_config('app.role', 'worker', false)")
        yield connection
    finally:
        await connection.close()


@pytest.mark.usefixtures("rolled_back")
async def test_an_act_says_who_did_what_to_which_thing() -> None:
    await record("thing.renamed", before={"name": "a"}, after={"name": "b"}, reason="typing error")
    [row] = await audit.entries(OURS, actor=ACTOR)
    assert (row.action, row.entity, row.entity_id, row.principal) == ("thing.renamed", "thing", UUID(int=1), f"person:{UUID(int=0xC)}:{OURS}")
    assert (row.before, row.after, row.reason, row.at, row.seq) == ('{"name": "a"}', '{"name": "b"}', "typing error", NOW, None)


@pytest.mark.usefixtures("rolled_back")
async def test_an_act_that_is_rolled_back_was_never_written_down() -> None:
    with pytest.raises(ZeroDivisionError):
        async with transaction(actor=ACTOR):
            await record("thing.renamed")
            raise ZeroDivisionError
    assert await audit.entries(OURS, actor=ACTOR) == []


@pytest.mark.usefixtures("rolled_back")
async def test_sealing_numbers_each_organisations_acts_from_one_and_verifying_finds_nothing() -> None:
    await audit.seal(NOW)
    for number in range(3):
        await record(f"thing.{number}")
    await record("theirs", THEIRS, WORKER)
    assert await audit.seal(NOW + timedelta(seconds=2)) == 4
    assert await audit.seal(NOW + timedelta(seconds=4)) == 0
    await record("thing.3")
    assert await audit.seal(NOW + timedelta(seconds=6)) == 1
    rows = await audit.entries(OURS, actor=ACTOR)
    assert [(row.action, row.seq) for row in rows] == [("thing.3", 4), ("thing.2", 3), ("thing.1", 2), ("thing.0", 1)]
    assert await audit.verify() == []


@pytest.mark.usefixtures("rolled_back")
async def test_a_member_reads_only_the_acts_of_its_own_organisation(rolled_back: asyncpg.Connection[asyncpg.Record]) -> None:
    await record("ours")
    await record("theirs", THEIRS, WORKER)
    assert [row.action for row in await audit.entries(OURS, actor=ACTOR)] == ["ours"]
    assert await audit.entries(THEIRS, actor=ACTOR) == []
    async with transaction(actor=ACTOR):
        assert {row["organisation_id"] for row in await rolled_back.fetch("SELECT organisation_id FROM kernel.audit_rows")} == {OURS}
    async with transaction(actor=ANONYMOUS):
        assert await rolled_back.fetch("SELECT 1 FROM kernel.audit_rows") == []


@pytest.mark.usefixtures("rolled_back")
async def test_somebody_not_signed_in_leaves_rows_too() -> None:
    await record("sign_in.failed", None, ANONYMOUS)
    [row] = await audit.entries(NOBODY, actor=WORKER, entity="thing", entity_id=UUID(int=1))
    assert (row.action, row.principal) == ("sign_in.failed", "anonymous")


@pytest.mark.parametrize(
    "actor, chain",
    [(ACTOR, THEIRS), (ACTOR, None), (ANONYMOUS, OURS), (Actor(capacities=frozenset({"buyer"}), person_id=UUID(int=0xC)), OURS)],
    ids=["somebody else's", "the platform's", "anybody's without signing in", "a former member's"],
)
@pytest.mark.usefixtures("rolled_back")
async def test_nobody_writes_into_a_chain_that_is_not_theirs(actor: Actor, chain: UUID | None) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await record("thing.forged", chain, actor)
    assert await audit.entries(chain or NOBODY, actor=WORKER, entity="thing") == []


@pytest.mark.usefixtures("rolled_back")
async def test_the_operator_and_the_worker_write_into_the_chain_of_whom_they_act_upon() -> None:
    operator = Actor(organisation_id=THEIRS, capacities=frozenset({"operator"}))
    for actor in (operator, WORKER):
        await record("thing.closed", OURS, actor)
    assert [row.principal for row in await audit.entries(OURS, actor=ACTOR)] == ["worker", operator.principal]


@pytest.mark.usefixtures("rolled_back")
async def test_rows_written_together_and_an_empty_list_are_fine() -> None:
    await audit.record_many([], actor=ACTOR, now=NOW)
    entries = [Entry(action=f"a.{n}", entity="thing", entity_id=None, organisation_id=OURS) for n in range(3)]
    await audit.record_many(entries, actor=ACTOR, now=NOW)
    first = await audit.entries(OURS, actor=ACTOR, limit=2)
    rest = await audit.entries(OURS, actor=ACTOR, limit=2, before=(first[-1].at, first[-1].id))
    assert [row.action for row in (*first, *rest)] == ["a.2", "a.1", "a.0"]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE kernel.audit_rows SET action = 'x'",
        "UPDATE kernel.audit_rows SET hash = ''",
        "DELETE FROM kernel.audit_rows",
        "TRUNCATE kernel.audit_rows",
        "UPDATE kernel.audit_heads SET seq = 0",
        "INSERT INTO kernel.audit_heads (organisation_id, seq, hash, sealed_at) VALUES (gen_random_uuid(), 1, '', now())",
        "ALTER TABLE kernel.audit_rows DISABLE TRIGGER ALL",
    ],
)
async def test_the_application_cannot_change_what_was_written_down(sql: str, rolled_back: asyncpg.Connection[asyncpg.Record]) -> None:
    await record("thing.renamed")
    await audit.seal(NOW)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(actor=WORKER):
            await rolled_back.execute(sql)
    assert await audit.verify() == []


@pytest.mark.usefixtures("rolled_back")
async def test_nobody_slips_a_sealed_row_in(rolled_back: asyncpg.Connection[asyncpg.Record]) -> None:
    async with transaction(actor=WORKER):
        await rolled_back.execute(
            "INSERT INTO kernel.audit_rows (id, organisation_id, action, entity, principal, request_id, at, digest, seq, previous_hash, hash, sealed_at) "
            "VALUES (gen_random_uuid(), $1, 'forged', 'thing', 'worker', '', $2, 'x', 9, 'x', 'x', $2)",
            OURS,
            NOW,
        )
    [row] = await audit.entries(OURS, actor=ACTOR)
    assert row.seq is None
    await audit.seal(NOW)
    assert await audit.verify() == []


async def test_not_even_the_owner_changes_a_row_by_accident(owner: Owner) -> None:
    await record("thing.renamed", after={"name": "b"})
    await audit.seal(NOW)
    for sql in (
        "UPDATE kernel.audit_rows SET action = 'x'",
        "UPDATE kernel.audit_rows SET after = '{}'",
        "DELETE FROM kernel.audit_rows",
        "TRUNCATE kernel.audit_rows",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await owner.execute(sql)
    assert await audit.verify() == []


@pytest.mark.parametrize(
    "sql, found",
    [
        ("UPDATE kernel.audit_rows SET action = 'x' WHERE seq = 2", [(2, "changed row")]),
        ("UPDATE kernel.audit_rows SET at = at + interval '1 second' WHERE seq = 2", [(2, "changed row")]),
        ('UPDATE kernel.audit_rows SET after = \'{"name": "c"}\' WHERE seq = 2', [(2, "changed content")]),
        ("UPDATE kernel.audit_rows SET reason = 'x' WHERE seq = 2", [(2, "changed content")]),
        ("DELETE FROM kernel.audit_rows WHERE seq = 2", [(3, "gap")]),
        ("DELETE FROM kernel.audit_rows WHERE seq = 3", [(3, "head differs from last row")]),
        ("DELETE FROM kernel.audit_rows", [(3, "head differs from last row")]),
        ("DELETE FROM kernel.audit_heads", [(3, "head differs from last row")]),
        (
            "UPDATE kernel.audit_rows r SET action = 'x', hash = kernel.audit_hash(jsonb_populate_record(r, '{\"action\": \"x\"}')) WHERE seq = 2",
            [(3, "broken link")],
        ),
    ],
)
async def test_whoever_switches_the_guards_off_is_still_found(sql: str, found: list[tuple[int, str]], owner: Owner) -> None:
    for number in range(3):
        await record(f"thing.{number}", after={"name": "b"})
    await audit.seal(NOW)
    await owner.execute(f"ALTER TABLE kernel.audit_rows DISABLE TRIGGER ALL; {sql}")
    tampered = await audit.verify()
    assert [(place.seq, place.what) for place in tampered] == found
    assert {place.organisation_id for place in tampered} == {OURS}


async def test_erasing_a_persons_words_leaves_the_chain_whole(owner: Owner) -> None:
    await record("thing.renamed", after={"name": "b"}, reason="asked by Jane")
    await audit.seal(NOW)
    await owner.execute("UPDATE kernel.audit_rows SET salt = NULL, reason = NULL, before = NULL, after = NULL")
    assert await audit.verify() == []
    [row] = await audit.entries(OURS, actor=ACTOR)
    assert (row.after, row.reason) == (None, None)


async def test_two_sealers_and_busy_writers_make_one_chain(empty_database: Settings) -> None:
    async def write(number: int) -> None:
        for step in range(10):
            await record(f"thing.{number}.{step}")

    async with another_pool(empty_database):
        await asyncio.gather(*(write(number) for number in range(6)), *(audit.seal(NOW) for _ in range(6)))
        await asyncio.gather(audit.seal(NOW), audit.seal(NOW))
        assert await audit.verify() == []
        assert {row.seq for row in await audit.entries(OURS, actor=ACTOR, limit=100)} == set(range(1, 61))
