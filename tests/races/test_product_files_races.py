"""Several at one product file at once: two workers, two who apply, and one who gives up meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.catalogue.imports import service
from marketplace.catalogue.imports.schemas import ApplyIn
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import InvalidTransition
from marketplace.kernel.ids import uuid7
from marketplace.kernel.sheets_in.schemas import Limits, Mapping, Sent
from tests.conftest import NOW

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("committed", "files")
OPERATOR = Actor(organisation_id=uuid7(), person_id=uuid7(), capacities=frozenset({"operator"}), roles=frozenset({"admin"}))


class Killed(BaseException):
    """The process ends here; nothing of its own runs afterwards."""


async def waiting(rows: int) -> UUID:
    content = "source_id,title\n" + "".join(f"R-{number},Raced {number}\n" for number in range(rows))
    looked = await service.look(Sent(name="races.csv", content=content.encode()), limits=Limits())
    return (await service.take_in(looked, source="races", locales=Mapping(), actor=OPERATOR, now=NOW)).id


async def end_of_lease(run_id: UUID) -> None:
    """Let the lease of whoever worked on a run end, as time would."""
    async with transaction(actor=WORKER) as held:
        await held.execute("UPDATE catalogue.import_runs SET leased_until = leased_until - interval '1 hour' WHERE id = $1", run_id)


async def products() -> int:
    async with transaction(actor=WORKER) as held:
        return int(await held.fetchval("SELECT count(*) FROM catalogue.products WHERE source = 'races'"))


async def outcome(work: Any) -> bool:
    try:
        await work
    except InvalidTransition:
        return False
    return True


async def test_of_many_who_apply_or_give_up_one_is_first_and_two_workers_do_it_once() -> None:
    run_id = await waiting(40)
    await asyncio.gather(*(service.work_due(NOW) for _ in range(4)))
    acts = [service.apply(run_id, wanted=ApplyIn(), actor=OPERATOR, now=NOW) for _ in range(8)]
    assert sum(await asyncio.gather(*(outcome(act) for act in acts))) == 1
    assert await outcome(service.abandon(run_id, actor=OPERATOR, now=NOW)) is False
    await asyncio.gather(*(service.work_due(NOW) for _ in range(4)))
    run = (await service.detail(run_id, actor=OPERATOR)).run
    assert (run.state, run.done.created, run.done.unchanged, await products()) == ("applied", 40, 0, 40)


@pytest.mark.parametrize("step", ["check", "apply"])
async def test_a_file_whose_worker_died_goes_on_where_it_stopped(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH_LINES", 10)
    run_id = await waiting(35)
    if step == "apply":
        await service.work_due(NOW)
        await service.apply(run_id, wanted=ApplyIn(), actor=OPERATOR, now=NOW)

    def die(lines: int, _share: float) -> None:
        if lines == 21:
            raise Killed

    monkeypatch.setattr(service, "_silent", die)
    with pytest.raises(Killed):
        await service.advance(run_id, now=NOW)
    monkeypatch.setattr(service, "_silent", lambda _lines, _share: None)
    assert await service.advance(run_id, now=NOW) is False, "the lease of the dead holds for a minute"
    assert await products() == (20 if step == "apply" else 0)
    await end_of_lease(run_id)
    await service.work_due(NOW)
    if step == "check":
        await service.apply(run_id, wanted=ApplyIn(), actor=OPERATOR, now=NOW)
        await service.work_due(NOW)
    run = (await service.detail(run_id, actor=OPERATOR)).run
    assert (run.state, run.done.created, run.done.unchanged, await products()) == ("applied", 35, 0, 35)
