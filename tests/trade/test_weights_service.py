"""Tests of weights: what may be published, from when it counts, who wins of two, and an organisation's own view."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import pytest

from marketplace.kernel.actor import ANONYMOUS, WORKER, Actor
from marketplace.kernel.database import connection, reading, savepoint, transaction
from marketplace.kernel.errors import InvalidInput, NotAllowed, NotFound, VersionConflict
from marketplace.trade.compare import service as compare
from marketplace.trade.package import PACKAGE
from marketplace.trade.weights import service
from marketplace.trade.weights.errors import TooLate, TooSoon, WeightsMoved, WeightsUnchanged
from marketplace.trade.weights.schemas import KeptWeights, NewVersion, Weights
from tests.conftest import NOW
from tests.trade import deals

if TYPE_CHECKING:
    from datetime import datetime

    from tests.world import World

FIRST = Weights(cost=50_000, time=15_000, on_time=20_000, checks=10_000, stock=5_000, cost_slope=100_000)
DATES = Weights(cost=40_000, time=15_000, on_time=30_000, checks=10_000, stock=5_000, cost_slope=100_000)
STOCK = Weights(cost=0, time=0, on_time=0, checks=0, stock=100_000, cost_slope=1_000)
MINUTE = timedelta(minutes=1)
OPERATOR = Actor(capacities=frozenset({"operator"}), roles=frozenset({"admin"}), name="operator")
rolled_back = pytest.mark.usefixtures("rolled_back")


class Undone(Exception):
    """The break is taken back."""


async def stored() -> list[tuple[int, str]]:
    async with reading():
        rows = await connection().fetch("SELECT version, weights::text FROM trade.ranking_versions ORDER BY version")
    return [(row[0], row[1]) for row in rows]


async def publish(
    weights: Weights = DATES, *, after: int = 1, at: datetime | None = None, now: datetime = NOW, reason: str = "Dates count more."
) -> Any:
    return await service.publish(NewVersion(after=after, weights=weights, reason=reason, in_force_from=at), actor=OPERATOR, now=now)


@rolled_back
async def test_a_version_counts_from_its_moment_on_and_is_written_down() -> None:
    made = await publish(at=NOW + timedelta(hours=1))
    assert (made.version, made.in_force_from) == (2, NOW + timedelta(hours=1))
    assert (await service.in_force(NOW + timedelta(minutes=59))).weights == FIRST
    assert (await service.in_force(NOW + timedelta(hours=1))).weights == DATES
    async with transaction(actor=WORKER):
        row = await connection().fetchrow(
            "SELECT action, reason, before::text, after::text FROM kernel.audit_rows WHERE action = 'ranking.published'"
        )
    assert row is not None
    assert (row["action"], row["reason"]) == ("ranking.published", "Dates count more.")
    assert msgspec.json.decode(row["before"])["weights"]["on_time"] == 20_000
    assert msgspec.json.decode(row["after"])["weights"]["on_time"] == 30_000


@rolled_back
async def test_without_a_moment_a_version_comes_when_every_server_knows_it_and_replaces_what_has_not_begun() -> None:
    assert (await publish()).in_force_from == NOW + MINUTE
    late = NOW + timedelta(days=3)
    assert (await publish(FIRST, after=2, at=late)).in_force_from == late
    assert [(await service.in_force(moment)).version for moment in (NOW, NOW + MINUTE, late - MINUTE, late)] == [1, 2, 2, 3]
    assert (await publish(after=3)).in_force_from == NOW + MINUTE
    assert [(await service.in_force(moment)).version for moment in (NOW, NOW + MINUTE, late, late + MINUTE)] == [1, 4, 4, 4]


@rolled_back
@pytest.mark.parametrize("ahead, error", [(timedelta(0), TooSoon), (timedelta(seconds=59), TooSoon), (timedelta(days=367), TooLate)])
async def test_a_moment_too_early_or_too_late_is_refused_and_nothing_is_published(ahead: timedelta, error: type[Exception]) -> None:
    before = await stored()
    with pytest.raises(error):
        await publish(at=NOW + ahead)
    assert await stored() == before


@rolled_back
@pytest.mark.parametrize(
    "weights, pointer, code",
    [
        (msgspec.structs.replace(FIRST, cost=50_001), "/weights/cost", "wrong-sum"),
        (msgspec.structs.replace(FIRST, cost=49_999), "/weights/cost", "wrong-sum"),
        (msgspec.structs.replace(FIRST, cost=-5_000, time=70_000), "/weights/cost", "out-of-range"),
        (msgspec.structs.replace(FIRST, stock=100_001), "/weights/stock", "out-of-range"),
        (msgspec.structs.replace(FIRST, cost_slope=999), "/weights/cost_slope", "out-of-range"),
        (msgspec.structs.replace(FIRST, cost_slope=1_000_001), "/weights/cost_slope", "out-of-range"),
    ],
)
async def test_weights_that_are_no_shares_of_a_hundred_points_are_refused_and_nothing_is_published(weights: Weights, pointer: str, code: str) -> None:
    before = await stored()
    with pytest.raises(InvalidInput) as refused:
        await publish(weights)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [(pointer, code)]
    assert await stored() == before


@rolled_back
async def test_the_same_weights_an_empty_reason_and_a_stranger_are_refused_and_nothing_is_published() -> None:
    before = await stored()
    with pytest.raises(WeightsUnchanged):
        await publish(FIRST)
    for reason in (" ", "x" * 501):
        with pytest.raises(InvalidInput):
            await publish(reason=reason)
    with pytest.raises(WeightsMoved):
        await publish(after=2)
    with pytest.raises(NotAllowed):
        await service.publish(NewVersion(after=1, weights=DATES, reason="Mine."), actor=ANONYMOUS, now=NOW)
    assert await stored() == before


@pytest.mark.usefixtures("committed")
async def test_of_sixteen_who_publish_on_the_same_version_at_once_one_wins() -> None:
    made = await asyncio.gather(*(publish(reason=f"Number {number}.") for number in range(16)), return_exceptions=True)
    won = [one for one in made if not isinstance(one, BaseException)]
    assert [one.version for one in won] == [2]
    assert all(isinstance(one, WeightsMoved) for one in made if isinstance(one, BaseException))
    assert [number for number, _ in await stored()] == [1, 2]


@rolled_back
@pytest.mark.parametrize("change", ["UPDATE trade.ranking_versions SET reason = 'other'", "DELETE FROM trade.ranking_versions"])
async def test_what_was_published_can_be_neither_changed_nor_taken_back(change: str) -> None:
    async with transaction(actor=WORKER):
        with pytest.raises(asyncpg.PostgresError):
            async with savepoint():
                await connection().execute(change)


@rolled_back
@pytest.mark.parametrize(
    "weights",
    [
        '{"cost": 50001, "time": 15000, "on_time": 20000, "checks": 10000, "stock": 5000, "cost_slope": 100000}',
        '{"cost": 50000, "time": 15000, "on_time": 20000, "checks": 10000, "stock": 5000}',
        '{"cost": "50000", "time": 15000, "on_time": 20000, "checks": 10000, "stock": 5000, "cost_slope": 100000}',
        '{"cost": 50000, "time": 15000, "on_time": 20000, "checks": 10000, "stock": 5000, "cost_slope": 0}',
        '{"cost": 110000, "time": -10000, "on_time": 0, "checks": 0, "stock": 0, "cost_slope": 100000}',
        "[]",
    ],
)
async def test_the_database_refuses_weights_that_are_none(weights: str) -> None:
    sql = "INSERT INTO trade.ranking_versions (id, version, weights, in_force_from, actor, reason) VALUES (gen_random_uuid(), 2, $1, $2, 'test', 'test')"
    async with transaction(actor=WORKER):
        with pytest.raises(asyncpg.CheckViolationError):
            async with savepoint():
                await connection().execute(sql, weights, NOW)


@rolled_back
@pytest.mark.parametrize("version, moment", [(3, "2026-11-25Z"), (2, "2019-01-01Z")])
async def test_the_invariant_finds_a_gap_in_the_numbers_and_a_version_that_overtakes(version: int, moment: str) -> None:
    rule = next(one for one in PACKAGE.invariants if one.code == "R1")
    sql = f"INSERT INTO trade.ranking_versions SELECT gen_random_uuid(), {version}, weights, '{moment}', 'test', 'test' FROM trade.ranking_versions"
    async with transaction(actor=WORKER):
        assert await connection().fetch(rule.sql) == []
        with pytest.raises(Undone):
            async with savepoint():
                await connection().execute(sql)
                assert [row[0] for row in await connection().fetch(rule.sql)] == [version]
                raise Undone


@rolled_back
async def test_an_organisations_comparisons_stand_on_its_own_weights_and_say_so_and_nobody_elses_do() -> None:
    market = await deals.deal(now=NOW)
    given = {"quantity": "60", "country": "DE", "postal_code": "10115"}
    kept = await service.keep_own(KeptWeights(version=0, weights=STOCK), actor=market.buyer.actor, now=NOW)
    assert (kept.version, kept.is_used, kept.changed_at) == (1, True, NOW)
    mine = await compare.compare_given(market.product_id, given, viewer=market.buyer.actor, now=NOW)
    assert (mine.weights, mine.weights_of, mine.own_weights_version, mine.ranking_version) == (STOCK, "organisation", 1, 1)
    assert all(part.points == 0 for one in mine.offers for part in one.factors if part.factor in {"time", "on_time", "checks"})
    colleague = await compare.compare_given(market.product_id, given, viewer=deals.colleague(market.buyer).actor, now=NOW)
    assert (colleague.weights_of, [one.offer_id for one in colleague.offers]) == ("organisation", [one.offer_id for one in mine.offers])
    plain = await compare.compare_given(market.product_id, given | {"weights": "market"}, viewer=market.buyer.actor, now=NOW)
    for viewer in (market.other.actor, ANONYMOUS, market.hansa.actor):
        theirs = await compare.compare_given(market.product_id, given, viewer=viewer, now=NOW)
        assert (theirs.weights, theirs.weights_of, theirs.own_weights_version) == (FIRST, "market", None)
        assert [(one.offer_id, one.score) for one in theirs.offers] == [(one.offer_id, one.score) for one in plain.offers]
    back = await service.keep_own(KeptWeights(version=1), actor=market.buyer.actor, now=NOW)
    assert (back.version, back.is_used, back.weights) == (2, False, STOCK)
    again = await compare.compare_given(market.product_id, given, viewer=market.buyer.actor, now=NOW)
    assert (again.weights, again.weights_of) == (FIRST, "market")


@rolled_back
async def test_own_weights_are_kept_at_the_version_that_was_looked_at_by_buyers_only_and_within_bounds() -> None:
    market = await deals.deal(now=NOW)
    for version in (1, -1):
        with pytest.raises(VersionConflict):
            await service.keep_own(KeptWeights(version=version, weights=STOCK), actor=market.buyer.actor, now=NOW)
    with pytest.raises(InvalidInput):
        await service.keep_own(KeptWeights(version=0, weights=msgspec.structs.replace(STOCK, stock=99_000)), actor=market.buyer.actor, now=NOW)
    for actor in (ANONYMOUS, market.hansa.actor):
        with pytest.raises(NotFound):
            await service.keep_own(KeptWeights(version=0, weights=STOCK), actor=actor, now=NOW)
    assert (await service.own_weights(actor=market.buyer.actor, now=NOW)).version == 0
    with pytest.raises(InvalidInput):
        await service.chosen(market.buyer.actor, "mine", now=NOW)


@pytest.mark.usefixtures("committed")
async def test_of_eight_colleagues_who_keep_weights_at_once_one_wins(world: World) -> None:
    actor = world.logins["buyer_a"].actor
    version = (await service.own_weights(actor=actor, now=NOW)).version
    kept = await asyncio.gather(
        *(service.keep_own(KeptWeights(version=version, weights=STOCK), actor=actor, now=NOW) for _ in range(8)), return_exceptions=True
    )
    assert sum(not isinstance(one, BaseException) for one in kept) == 1
    assert all(isinstance(one, VersionConflict) for one in kept if isinstance(one, BaseException))
    assert (await service.own_weights(actor=actor, now=NOW)).version == version + 1
