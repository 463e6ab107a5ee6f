"""Owns the question whether a comparison takes longer among more offers: two worlds side by side, asked in turn, one request after another."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel import migrations, postgres
from marketplace.kernel.settings import load
from marketplace.world.measure.client import run_load, run_sequence
from marketplace.world.measure.processes import Server, pin
from marketplace.world.measure.run import WARM_SECONDS, cores, product_calls, product_server
from marketplace.world.seed import Seeded, Sizes, seed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketplace.kernel.postgres import Server as Postgres
    from marketplace.world.measure.run import Options

TURNS = 10
SECRET = "only for measuring, nowhere else"  # noqa: S105 - signs nothing that outlives the run


class World(msgspec.Struct):
    """One world with its database and its server, and the milliseconds that its answers took."""

    offers: int
    database: Postgres
    server: Server
    port: int
    seeded: Seeded
    times: list[float]


async def run_scale(home: str, options: Options, offers: Sequence[int]) -> dict[str, Any]:
    """Seed a world for each number of offers, ask each for comparisons in turn, and give p50, p95 and p99 with the ratio of p95 to the first world's.

    Turns of both follow one another within seconds, so that a machine that is slower for a while is so for all of them alike.
    """
    server_cores, database_cores, client_cores = cores()
    os.sched_setaffinity(0, client_cores)
    worlds: list[World] = []
    try:
        for number in offers:
            worlds.append(await _world(Path(home) / str(number), options, number, (server_cores, database_cores)))
            sys.stderr.write(f"{msgspec.json.encode(worlds[-1].seeded.figures).decode()}\n")
        for world in worlds:
            await run_load(world.port, product_calls("comparison", world.port, world.seeded, _random(0)), seconds=WARM_SECONDS, connections=4)
        for turn in range(TURNS):
            for world in worlds:
                calls = product_calls("comparison", world.port, world.seeded, _random(turn))
                world.times += await run_sequence(world.port, calls, count=max(options.sequence // TURNS, 1))
        rows = [_row(world, worlds[0]) for world in worlds]
    finally:
        for world in worlds:
            world.server.stop()
            postgres.stop(world.database)
    return {"results": rows, "cores": [sorted(server_cores), sorted(database_cores), sorted(client_cores)]}


def _random(turn: int) -> random.Random:
    return random.Random(20261122 + turn)  # noqa: S311 - the same ids in every run


async def _world(folder: Path, options: Options, offers: int, pinned: tuple[set[int], set[int]]) -> World:
    folder.mkdir(mode=0o755)
    settings = load({"DATA_DIR": str(folder), "SECRET_KEY": SECRET, "LOG_REQUESTS": "true"})
    database = postgres.start(settings)
    settings = postgres.with_server(settings, database)
    await migrations.migrate(settings)
    pin(int((Path(database.home) / "postgres" / "data" / "postmaster.pid").read_text().split()[0]), pinned[1])
    products = max(offers // options.offers_per_product, 1)
    sizes = Sizes(products=products, vendors=options.vendors, offers_per_product=options.offers_per_product, buyers=options.buyers)
    seeded = await seed(settings, sizes)
    server, port = product_server(settings, pinned[0], folder=folder)
    return World(offers, database, server, port, seeded, [])


def _row(world: World, first: World) -> dict[str, Any]:
    row: dict[str, Any] = {"test": f"comparison among {world.offers} offers", "failed": 0}
    row |= {f"p{share}_ms": round(percentile(world.times, share), 2) for share in (50, 95, 99)}
    return row | {"p95_ratio": round(percentile(world.times, 95) / percentile(first.times, 95), 2)}


def percentile(times: Sequence[float], share: int) -> float:
    """Give the time that so many in a hundred answers did not pass."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]
