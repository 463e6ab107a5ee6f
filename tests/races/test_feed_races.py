"""Races of the feed: one file of a supplier is applied at a time, by one worker, and what was cut off goes on without doing anything twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.app import PACKAGES
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.doctor.service import violations
from marketplace.kernel.errors import DomainError
from tests.conftest import NOW
from tests.vendors import feed, market
from vendors.imports import service
from vendors.imports.errors import ImportRunning
from vendors.imports.schemas import ApplyIn
from vendors.offers import service as offers
from vendors.offers.schemas import OwnFilter

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("committed", "files")
ROWS = 60


class Killed(BaseException):
    """The process ends here; nothing of its own runs afterwards."""


async def outcome(work: Any) -> Any:
    try:
        return await work
    except DomainError as error:
        return type(error)


async def seller_with_offers(count: int = ROWS) -> market.Shop:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    for number in range(count):
        await market.offer(seller, product_id, f"H-{number}", now=NOW)
    return seller


async def end_of_lease(run_id: UUID) -> None:
    """Let the lease of whoever worked on a run end, as time would."""
    async with transaction(actor=WORKER) as held:
        await held.execute("UPDATE vendors.import_runs SET leased_until = leased_until - interval '1 hour' WHERE id = $1", run_id)


async def test_of_two_files_that_are_applied_at_once_one_is() -> None:
    seller = await seller_with_offers(2)
    runs = [await feed.checked(seller, f"sku,stock\nH-{number},{number + 50}\n") for number in (0, 1)]
    done = await asyncio.gather(*(outcome(service.apply(run.id, wanted=ApplyIn(), actor=seller.actor, now=NOW)) for run in runs for _ in range(8)))
    assert len([one for one in done if not isinstance(one, type)]) == 1
    states = {run.id: (await service.my_run(run.id, actor=seller.actor)).state for run in runs}
    assert sorted(states.values()) == ["applying", "checked"]
    other = next(run_id for run_id, state in states.items() if state == "checked")
    assert await outcome(service.apply(other, wanted=ApplyIn(), actor=seller.actor, now=NOW)) is ImportRunning
    await service.work_due(NOW)
    await service.apply(other, wanted=ApplyIn(), actor=seller.actor, now=NOW)
    await service.work_due(NOW)
    mine = await offers.own_offers(OwnFilter(), actor=seller.actor, now=NOW)
    assert {one.fact.supplier_sku: one.fact.available for one in mine} == {"H-0": 50, "H-1": 51}


async def test_eight_workers_at_one_file_do_everything_once() -> None:
    seller = await seller_with_offers()
    run = await feed.sent(seller, "sku,price,stock\n" + "".join(f"H-{number},9.99,{number + 20}\n" for number in range(ROWS)))
    assert sum(await asyncio.gather(*(service.advance(run.id, now=NOW) for _ in range(8)))) == 1
    await service.apply(run.id, wanted=ApplyIn(), actor=seller.actor, now=NOW)
    before = await feed.state()
    assert sum(await asyncio.gather(*(service.advance(run.id, now=NOW) for _ in range(8)))) == 1
    after = await feed.state()
    assert {name: after[name] - before[name] for name in before} == {"offers": 0, "versions": ROWS, "prices": ROWS, "movements": ROWS, "facts": 1}


@pytest.mark.parametrize("lanes", [1, 3])
async def test_a_file_whose_worker_died_goes_on_where_it_stopped(lanes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "CHUNK_ROWS", 10)
    monkeypatch.setattr(service, "LANES", lanes)
    seller = await seller_with_offers()
    await market.product("P-2", now=NOW)
    known = "".join(f"H-{number},,,9.99,{number + 20},,\n" for number in range(ROWS))
    new = "".join(f"N-{number},Nord,P-2,5,3,EUR,DE\n" for number in range(ROWS))
    run = await feed.checked(seller, f"sku,brand,part number,price,stock,currency,origin\n{known}{new}")
    before = await feed.state()
    await service.apply(run.id, wanted=ApplyIn(), actor=seller.actor, now=NOW)

    def dies(_stage: str, done: int, _total: int) -> None:
        if done > ROWS // 2:
            raise Killed

    with pytest.raises(Killed):
        await service.advance(run.id, now=NOW, progress=dies)
    halfway = await feed.state()
    assert before["prices"] < halfway["prices"] < before["prices"] + 2 * ROWS
    assert not await service.advance(run.id, now=NOW), "the lease of the dead worker holds for a minute"
    await end_of_lease(run.id)
    assert await service.work_due(NOW) == 1
    after = await feed.state()
    assert (await service.my_run(run.id, actor=seller.actor)).state == "applied"
    grown = {name: after[name] - before[name] for name in ("offers", "versions", "prices", "movements")}
    assert grown == {"offers": ROWS, "versions": 2 * ROWS, "prices": 2 * ROWS, "movements": 2 * ROWS}
    again = await feed.checked(seller, f"sku,brand,part number,price,stock,currency,origin\n{known}{new}")
    assert (again.counts.unchanged, again.counts.errors) == (2 * ROWS, 0)


async def test_a_chunk_that_is_applied_again_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "CHUNK_ROWS", 10)
    seller = await seller_with_offers(20)
    await market.product("P-2", now=NOW)
    rows = "".join(f"H-{number},,,9.99,{number + 20},,\n" for number in range(20)) + "N-1,Nord,P-2,5,3,EUR,DE\n"
    run = await feed.applied(seller, f"sku,brand,part number,price,stock,currency,origin\n{rows}")
    before = await feed.state()
    async with transaction(actor=WORKER) as held:
        await held.execute("UPDATE vendors.import_runs SET state = 'applying', position = 0, finished_at = NULL WHERE id = $1", run.id)
    assert await service.advance(run.id, now=NOW)
    assert await feed.state() == before
    assert (await service.my_run(run.id, actor=seller.actor)).counts == run.counts


async def test_a_check_that_was_cut_off_begins_anew() -> None:
    seller = await seller_with_offers(5)
    run = await feed.sent(seller, "sku,stock\n" + "".join(f"H-{number},{number}\n" for number in range(5)))

    def dies(*_: object) -> None:
        raise Killed

    with pytest.raises(Killed):
        await service.advance(run.id, now=NOW, progress=dies)
    await end_of_lease(run.id)
    await service.work_due(NOW)
    found = await service.my_run(run.id, actor=seller.actor)
    assert (found.state, found.counts.rows, found.counts.errors) == ("checked", 5, 0)


async def test_a_number_that_was_taken_while_the_file_waited_is_told_and_the_rest_applied() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    content = "sku,brand,part number,price,currency,origin\nN-1,Nord,P-1,5,EUR,DE\nN-2,Nord,P-1,6,EUR,DE\n"
    run = await feed.checked(seller, content)
    await market.offer(seller, product_id, "n-1", now=NOW)
    await service.apply(run.id, wanted=ApplyIn(), actor=seller.actor, now=NOW)
    await service.advance(run.id, now=NOW)
    assert await feed.problems(run, seller) == [(2, ["changed-meanwhile|sku|"])]
    done = await service.my_run(run.id, actor=seller.actor)
    assert (done.state, done.counts.new, done.counts.errors) == ("applied", 1, 1)
    mine = await offers.own_offers(OwnFilter(), actor=seller.actor, now=NOW)
    assert {one.fact.supplier_sku: str(one.fact.tier_price[0]) for one in mine} == {"n-1": "12.500000", "N-2": "6.000000"}
    assert await violations(tuple(invariant for package in PACKAGES for invariant in package.invariants)) == []
