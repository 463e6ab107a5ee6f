"""What belongs to somebody stands behind row level security: every table, every kind of caller, without a WHERE to help."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import pytest

from marketplace.kernel import migrations
from marketplace.kernel.actor import ANONYMOUS, WORKER, Actor
from marketplace.kernel.database import rehearsal, transaction
from marketplace.kernel.doctor.rules import CLOSED_TABLES, OPEN_TABLES, SIGN_IN_TABLES, TENANT_COLUMNS
from tests.architecture.sources import LEVELS
from tests.conftest import NOW

if TYPE_CHECKING:
    from marketplace.kernel.settings import Settings
    from tests.world import World

pytestmark = pytest.mark.slow

Row = dict[str, Any]

CALLERS = ("buyer_a", "buyer_b", "supplier_a", "supplier_b", "nobody")
MEMBERS_MIN = 2
# The platform's own chain of acts, into which whoever acts for no organisation writes.
PLATFORM = str(UUID(int=0))
# What the world holds of each walled table is proven; these are the ones for which an empty table would be a hole in the proof.
VITAL = {
    "buyers.addresses", "kernel.api_keys", "kernel.audit_rows", "kernel.invitations", "kernel.memberships", "trade.cart_lines", "trade.carts", "trade.order_groups",
    "trade.order_lines", "trade.orders", "trade.payment_shares", "trade.payments", "trade.promises", "trade.shipment_lines", "trade.shipments",
    "trust.order_outcomes", "vendors.import_mappings", "vendors.import_rows", "vendors.import_runs", "vendors.stock_reservations",
}  # fmt: skip
WALLS = """
SELECT n.nspname || '.' || c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) AS is_walled,
  EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attname = ANY($2::text[])) AS is_owned
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY($1::text[]) ORDER BY 1
"""
CHANGEABLE = """
SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
  AND has_column_privilege(attrelid, attnum, 'UPDATE') ORDER BY attnum
"""


def _owned() -> dict[str, tuple[str, ...]]:
    """List the walled tables of the code with the columns that name whose a row is: one case for each, before there is a database."""
    found = {}
    for app in migrations.apps():
        for table in app.table_classes:
            names = {column._meta.name for column in table._meta.columns}
            found[f"{table._meta.schema}.{table._meta.tablename}"] = tuple(name for name in TENANT_COLUMNS if name in names)
    return {name: columns for name, columns in sorted(found.items()) if columns and name not in OPEN_TABLES}


OWNED = _owned()
each_table = pytest.mark.parametrize("table", OWNED)
each_caller = pytest.mark.parametrize("caller", CALLERS)


def actor_of(world: World, caller: str) -> Actor:
    return ANONYMOUS if caller == "nobody" else world.logins[caller].actor


def is_own(row: Row, table: str, organisation_id: UUID | None) -> bool:
    return str(organisation_id) in [row[column] for column in OWNED[table]]


async def everything(table: str, *, actor: Actor | None) -> list[Row]:
    """Read a whole table, with no WHERE."""
    async with transaction(actor=actor) as held:
        return [json.loads(row["row"]) for row in await held.fetch(f'SELECT to_jsonb(t)::text AS "row" FROM {table} t ORDER BY 1')]


async def attempt(sql: str, *arguments: object, actor: Actor) -> str:
    """Run a statement for somebody and give what came of it, or why it was refused."""
    try:
        async with transaction(actor=actor) as held:
            return str(await held.execute(sql, *arguments))
    except asyncpg.InsufficientPrivilegeError as error:
        return "no such row for you" if "row-level security" in str(error) else "no such right"


async def may(table: str, right: str) -> bool:
    async with transaction() as held:
        return bool(await held.fetchval("SELECT has_table_privilege($1::text, $2)", table, right))


async def changeable(table: str) -> list[str]:
    async with transaction() as held:
        return [row["attname"] for row in await held.fetch(CHANGEABLE, table)]


async def test_every_table_is_walled_or_says_why_not(database: Settings) -> None:
    assert database
    async with transaction(actor=WORKER) as held:
        rows = await held.fetch(WALLS, list(LEVELS), list(TENANT_COLUMNS))
    owned = {row["name"] for row in rows if row["is_owned"]}
    walled = {row["name"] for row in rows if row["is_walled"]}
    unwalled = {row["name"] for row in rows} - walled
    assert unwalled - set(OPEN_TABLES) == set(), "a table has neither a wall nor a reason to have none"
    assert set(OPEN_TABLES) - unwalled == set(), "the list names a table that is gone, or has its wall by now"
    assert walled - owned == set(CLOSED_TABLES), "what is walled without a column of its owner says why"
    assert walled == set(OWNED) | set(CLOSED_TABLES), "the cases below are those of the database"


@each_table
async def test_the_world_has_rows_of_two_organisations_to_tell_apart(table: str, database: Settings, world: World) -> None:
    assert database
    rows = await everything(table, actor=WORKER)
    known = {str(login.organisation_id): name for name, login in world.logins.items()}
    owners = {known.get(row[column], "another") for row in rows for column in OWNED[table]}
    print(f"{table}: {len(rows)} rows of {', '.join(sorted(owners)) or 'nobody'}")  # noqa: T201 - what the proof rests on
    assert len(owners) >= MEMBERS_MIN, "a wall around nothing proves nothing"
    assert set(OWNED) >= VITAL


@each_table
@each_caller
async def test_without_a_where_everybody_reads_their_own_rows_alone(table: str, caller: str, database: Settings, world: World) -> None:
    assert database
    actor = actor_of(world, caller)
    rows = await everything(table, actor=WORKER)
    is_before_sign_in = caller == "nobody" and table in SIGN_IN_TABLES
    assert await everything(table, actor=actor) == [row for row in rows if is_before_sign_in or is_own(row, table, actor.organisation_id)]


@each_table
async def test_without_anybody_no_row_is_seen_but_what_signing_in_needs(table: str, database: Settings) -> None:
    assert database
    assert await everything(table, actor=None) == (await everything(table, actor=WORKER) if table in SIGN_IN_TABLES else [])


@each_table
@each_caller
async def test_nobody_writes_a_row_of_somebody_else(table: str, caller: str, database: Settings, world: World) -> None:
    assert database
    actor = actor_of(world, caller)
    rows = await everything(table, actor=WORKER)
    foreign = [row for row in rows if not is_own(row, table, actor.organisation_id)]
    own_count, columns = len(rows) - len(foreign), await changeable(table)
    set_all = ", ".join(f"{column} = {column}" for column in columns or OWNED[table])
    async with rehearsal():
        for row in [row for row in foreign if row.get("organisation_id") != PLATFORM][:3]:
            refused = "no such row for you" if await may(table, "INSERT") else "no such right"
            again = await attempt(f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, $1::jsonb)", json.dumps(row), actor=actor)
            assert again == refused
        assert await attempt(f"UPDATE {table} SET {set_all}", actor=actor) == (f"UPDATE {own_count}" if columns else "no such right")
        own = " OR ".join(f"{column} = $1" for column in OWNED[table])
        removed = await attempt(f"DELETE FROM {table} WHERE ({own}) IS NOT TRUE", actor.organisation_id, actor=actor)
        assert removed == ("DELETE 0" if await may(table, "DELETE") else "no such right")
        assert await everything(table, actor=WORKER) == rows


@each_table
@each_caller
async def test_nobody_gives_a_row_away(table: str, caller: str, database: Settings, world: World) -> None:
    assert database
    actor = actor_of(world, caller)
    rows = await everything(table, actor=WORKER)
    has_own = any(is_own(row, table, actor.organisation_id) for row in rows)
    is_changeable = set(OWNED[table]) <= set(await changeable(table))
    given = ", ".join(f"{column} = $1" for column in OWNED[table])
    async with rehearsal():
        answer = await attempt(f"UPDATE {table} SET {given}", world.logins["operator"].organisation_id, actor=actor)
        assert answer == ("no such right" if not is_changeable else "no such row for you" if has_own else "UPDATE 0")
        assert await everything(table, actor=WORKER) == rows


@pytest.mark.parametrize("table", ["kernel.outbox", "kernel.state_log"])
@each_caller
async def test_facts_and_states_are_read_and_changed_by_staff_alone(table: str, caller: str, database: Settings, world: World) -> None:
    assert database
    actor = actor_of(world, caller)
    rows = await everything(table, actor=WORKER)
    assert rows != []
    assert await everything(table, actor=actor) == await everything(table, actor=None) == []
    assert await everything(table, actor=world.logins["operator"].actor) == rows
    async with rehearsal():
        for verb, sql in (("UPDATE", f"UPDATE {table} SET {(await changeable(table) or ['entity'])[0]} = NULL"), ("DELETE", f"DELETE FROM {table}")):
            assert await attempt(sql, actor=actor) == (f"{verb} 0" if await may(table, verb) else "no such right")
        assert await everything(table, actor=WORKER) == rows


@each_caller
async def test_keys_of_acts_and_their_answers_are_read_by_nobody_without_the_whole_key(caller: str, database: Settings, world: World) -> None:
    assert database
    act = ("person:1", "POST /x", "key-of-walls", b"\x01" * 32, NOW)
    count = "SELECT count(key) FROM kernel.idempotency_keys WHERE key = 'key-of-walls'"
    async with rehearsal():
        async with transaction(actor=world.logins["buyer_a"].actor) as held:
            assert await held.fetchval("SELECT outcome FROM kernel.claim_key($1, $2, $3, $4, $5)", *act) == "new"
            await held.execute("SELECT kernel.finish_key($1, $2, $3, 200, '', '', $4)", *act[:3], NOW)
        async with transaction(actor=actor_of(world, caller)) as held:
            assert await held.fetchval(count) == 0
            assert await held.fetchval("SELECT outcome FROM kernel.claim_key($1, $2, $3, $4, $5)", *act) == "replay"
        async with transaction(actor=WORKER) as held:
            assert await held.fetchval(count) == 1


@each_caller
async def test_movements_of_stock_are_their_suppliers_alone(caller: str, database: Settings, world: World) -> None:
    assert database
    actor = actor_of(world, caller)
    own = {str(offer.offer_id) for offer in world.offers if offer.supplier == caller}
    rows = await everything("vendors.stock_movements", actor=WORKER)
    assert await everything("vendors.stock_movements", actor=actor) == [row for row in rows if row["offer_id"] in own]
    foreign = next(row for row in rows if row["offer_id"] not in own)
    async with rehearsal():
        sql = "INSERT INTO vendors.stock_movements SELECT * FROM jsonb_populate_record(NULL::vendors.stock_movements, $1::jsonb)"
        assert await attempt(sql, json.dumps(foreign), actor=actor) == "no such row for you"
    assert any(row["offer_id"] in own for row in rows) == caller.startswith("supplier")


async def test_the_states_of_one_thing_are_given_to_whoever_knows_its_key(database: Settings, world: World) -> None:
    assert database
    order_id = world.own["buyer"]["order"]
    sql = "SELECT to_state FROM kernel.states_of('order', $1::text::uuid)"
    async with transaction(actor=world.logins["buyer_a"].actor) as held:
        assert [row["to_state"] for row in await held.fetch(sql, order_id)] == ["awaiting_acceptance"]
        assert await held.fetch(sql, world.own["buyer"]["cart"]) == []
