"""Tests state machines: their edges, the gapless log, and the outbox row of each change."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.contracts import SupplierStateChanged
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import InvalidTransition
from marketplace.kernel.machine import service as machine
from marketplace.kernel.machine.schemas import Change, Machine
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.fixture
def door() -> Iterator[Machine]:
    """Make a machine for the test and forget it afterwards."""
    yield Machine(
        entity="door", edges={"open": ("shut",), "shut": ("open", "locked"), "locked": ("shut", "gone")}, initial=("shut",), table="tests.doors"
    )
    Machine.all.pop("door")


def test_a_machine_knows_its_edges_in_both_directions(door: Machine) -> None:
    assert door.states == ("shut", "open", "locked", "gone")
    assert door.allowed("shut") == ("open", "locked")
    assert door.allowed("") == ("shut",)
    assert door.sources("shut") == ("open", "locked")
    assert door.allowed("gone") == ()
    assert ("door", "", "shut") in door.rows()
    assert len(door.rows()) == 6


def test_without_births_named_a_thing_is_born_where_no_edge_leads() -> None:
    try:
        assert Machine(entity="egg", edges={"laid": ("hatched",), "hatched": ("hen",)}).initial == ("laid",)
        with pytest.raises(AssertionError):
            Machine(entity="egg", edges={"a": ("b",), "b": ("a",)})
    finally:
        Machine.all.pop("egg")


def test_a_refusal_says_the_present_state_and_what_is_allowed(door: Machine) -> None:
    with pytest.raises(InvalidTransition) as refused:
        door.check("open", "locked")
    assert refused.value.status == 409
    assert refused.value.params == {"current": "open", "wanted": "locked"}
    assert refused.value.extra == {"current": "open", "allowed": ["shut"]}
    door.check("shut", "locked")


def test_doctor_can_ask_for_the_present_state(door: Machine) -> None:
    assert door.present_state().code == "G1-door"
    assert "FROM tests.doors t" in door.present_state().sql


@pytest.mark.usefixtures("door", "rolled_back")
async def test_changes_are_numbered_without_a_gap_and_give_the_history() -> None:
    await machine.sync_edges()
    assert await machine.log("door", ONE, "", "shut", actor=WORKER, now=NOW) == 1
    assert await machine.log("door", ONE, "shut", "open", actor=WORKER, now=NOW) == 2
    changes = [Change(entity_id=ONE, from_state="open", to_state="shut"), Change(entity_id=TWO, from_state="", to_state="shut")]
    assert await machine.log_many("door", changes, actor=WORKER, now=NOW) == {ONE: 3, TWO: 1}
    history = await machine.history("door", ONE)
    assert [(row.seq, row.from_state, row.to_state) for row in history] == [(1, "", "shut"), (2, "shut", "open"), (3, "open", "shut")]
    assert (history[-1].principal, history[-1].at) == ("worker", NOW)
    assert await machine.log_many("door", [], actor=WORKER, now=NOW) == {}


@pytest.mark.usefixtures("door")
async def test_each_change_has_exactly_one_outbox_row(rolled_back: asyncpg.Connection[asyncpg.Record]) -> None:
    await machine.sync_edges()
    await machine.log("door", ONE, "", "shut", actor=WORKER, now=NOW)
    await machine.log("door", ONE, "shut", "locked", actor=WORKER, now=NOW, fact=SupplierStateChanged(supplier_id=ONE, state="locked"))
    rows = await rolled_back.fetch("SELECT kind, payload::text, dedupe_key FROM kernel.outbox WHERE dedupe_key LIKE 'door:%' ORDER BY dedupe_key")
    assert [(row["kind"], row["dedupe_key"]) for row in rows] == [("StateChanged", f"door:{ONE}:1"), ("SupplierStateChanged", f"door:{ONE}:2")]
    assert rows[0]["payload"] == f'{{"seq": 1, "entity": "door", "to_state": "shut", "entity_id": "{ONE}", "from_state": ""}}'


@pytest.mark.usefixtures("door", "rolled_back")
async def test_an_edge_the_machine_has_not_is_a_mistake_and_leaves_nothing() -> None:
    with pytest.raises(AssertionError, match="no edge"):
        await machine.log("door", ONE, "open", "locked", actor=WORKER, now=NOW)
    assert await machine.history("door", ONE) == []


@pytest.mark.usefixtures("door")
async def test_edges_are_written_once(rolled_back: asyncpg.Connection[asyncpg.Record]) -> None:
    assert await machine.sync_edges() >= 6
    assert await machine.sync_edges() == 0
    assert await rolled_back.fetchval("SELECT count(*) FROM kernel.allowed_edges WHERE entity = 'door'") == 6


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize("sql", ["UPDATE kernel.state_log SET to_state = 'gone'", "DELETE FROM kernel.state_log", "DELETE FROM kernel.allowed_edges"])
async def test_the_application_cannot_rewrite_the_log(sql: str, rolled_back: asyncpg.Connection[asyncpg.Record]) -> None:
    await machine.sync_edges()
    await machine.log("door", ONE, "", "shut", actor=WORKER, now=NOW)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(actor=WORKER):
            await rolled_back.execute(sql)
    assert len(await machine.history("door", ONE)) == 1
