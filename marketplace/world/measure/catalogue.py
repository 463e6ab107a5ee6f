"""Owns the question whether a catalogue of a million products answers as one of twenty thousand does: search, facets, lists and details in worlds side by side."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import clock, database, migrations, postgres
from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.settings import load
from marketplace.trade.facets import rules, service
from marketplace.trade.facets.errors import UnknownAttribute
from marketplace.trade.search import service as search
from marketplace.world import mass
from marketplace.world.measure.client import run_load, run_sequence
from marketplace.world.measure.processes import Server, pin
from marketplace.world.measure.run import WARM_SECONDS, cores, product_calls, product_server
from marketplace.world.measure.scale import SECRET, TURNS, percentile
from marketplace.world.seed import Seeded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from marketplace.kernel.postgres import Server as Postgres
    from marketplace.kernel.settings import Settings
    from marketplace.world.measure.run import Options

TEXTS, WARM_TEXTS, PAGES = 400, 20, ("list", "detail")
# As its manual has it: a quarter of the memory of a machine of eight gigabytes. The embedded server's own 128 MB hold a demo.
MEMORY = "2GB"
PAGE_SIZE = 24
RANKING, COUNT = "WITH c AS MATERIALIZED", "WITH h AS MATERIALIZED"


class World(msgspec.Struct):
    """One catalogue with its database and its server, and what its answers took, in milliseconds by what was asked."""

    products: int
    settings: Settings
    database: Postgres
    server: Server
    port: int
    seeded: Seeded
    times: dict[str, list[float]] = {}

    def note(self, name: str, milliseconds: float) -> None:
        """Note what one answer took."""
        self.times.setdefault(name, []).append(milliseconds)


async def run_catalogue(home: str, options: Options, sizes: Sequence[int]) -> dict[str, Any]:
    """Make a catalogue of each size, ask all of them the same in turn, and give p50 and p95 with the ratio of p95 to the first.

    `search statement` is the ranking alone and `facets` the counts alone, both as PostgreSQL's CPU time where the system tells it, else as time that passed;
    `search` is ranking with all that leads to it, `list` and `detail` are whole answers over HTTP.
    """
    server_cores, database_cores, client_cores = cores()
    worlds: list[World] = []
    try:
        for number in sizes:
            worlds.append(await _world(Path(home) / str(number), number, (server_cores, database_cores)))
            sys.stderr.write(f"{msgspec.json.encode(worlds[-1].seeded.figures).decode()}\n")
        # All cores make the catalogues; what is started from now on asks.
        os.sched_setaffinity(0, client_cores)
        count = max(options.sequence // TURNS, 1)
        texts = mass.texts(min(TEXTS, options.sequence))
        share = -(-len(texts) // TURNS)
        for turn in range(TURNS):
            for world in worlds:
                await _ask(world, texts[turn * share : (turn + 1) * share])
                for name in PAGES:
                    for value in await _pages(world, name, turn, count):
                        world.note(name, value)
        rows = [row for name in ("search statement", "search", "facets", *PAGES) for row in _rows(name, worlds)]
    finally:
        for world in worlds:
            world.server.stop()
            postgres.stop(world.database)
    return {"results": rows, "cores": [sorted(server_cores), sorted(database_cores), sorted(client_cores)], "shared_buffers": MEMORY}


async def _world(folder: Path, products: int, pinned: tuple[set[int], set[int]]) -> World:
    folder.mkdir(mode=0o755)
    settings = load({"DATA_DIR": str(folder), "SECRET_KEY": SECRET, "LOG_REQUESTS": "true"})
    server = postgres.start(settings)
    await migrations.migrate(postgres.with_server(settings, server))
    figures = await mass.fill(postgres.with_server(settings, server), products)
    server = await _with_memory(settings, server)
    settings = postgres.with_server(settings, server)
    pin(int((Path(server.home) / "postgres" / "data" / "postmaster.pid").read_text().split()[0]), pinned[1])
    async with database.another_pool(settings, statement_timeout_ms=settings.worker_statement_timeout_ms, size=1):
        # A page is full in each world, or the small one had less to tell.
        categories = [one for one, count in (await taxonomy.product_counts()).items() if one is not None and count > PAGE_SIZE]
    chance = random.Random(products)  # noqa: S311 - the same products in every run
    ids = [mass.product_id(chance.randint(1, products)) for _ in range(5000)]
    product, port = product_server(settings, pinned[0], folder=folder)
    return World(products, settings, server, product, port, Seeded(ids, categories, [], [], figures))


async def _with_memory(settings: Settings, server: Postgres) -> Postgres:
    """Start the server again with as much memory as one of this size is given."""
    connection = await asyncpg.connect(server.superuser_url)
    try:
        await connection.execute(f"ALTER SYSTEM SET shared_buffers = '{MEMORY}'")
    finally:
        await connection.close()
    postgres.stop(server)
    return await asyncio.to_thread(postgres.start, settings)


async def _pages(world: World, name: str, turn: int, count: int) -> list[float]:
    chance = random.Random(20261122 + turn)  # noqa: S311 - the same ids in every run
    if turn == 0:
        await run_load(world.port, product_calls(name, world.port, world.seeded, chance), seconds=WARM_SECONDS, connections=4)
    return await run_sequence(world.port, product_calls(name, world.port, world.seeded, chance), count=count)


async def _ask(world: World, texts: Sequence[str]) -> None:
    """Search for each text with and without something chosen, on one connection, and note what it took of whom."""
    async with database.another_pool(world.settings, size=1):
        # A connection is new here and old in a market that runs: what it learns by its first questions is not measured.
        for place, text in enumerate(mass.texts(WARM_TEXTS, number=2)):
            await _ask_one(msgspec.structs.replace(world, times={}), text, place)
        for place, text in enumerate(texts):
            await _ask_one(world, text, place)


async def _ask_one(world: World, text: str, place: int) -> None:
    chosen = ("", "", "price=10..20", "lead=0..5", "attributes=wireless:true")[place % 5]
    name, _, value = chosen.partition("=")
    asked = rules.asked(text, {name: value} if name else {})
    began = time.perf_counter()
    async with _spent() as spent:
        await search.ranked(text)
    world.note("search", (time.perf_counter() - began) * 1000)
    world.note("search statement", spent.of(RANKING))
    # An attribute that this result's categories do not have is refused: nothing was counted.
    with suppress(UnknownAttribute):
        async with _spent() as spent:
            await service.find(asked, now=clock.now(), viewer=ANONYMOUS, currency="EUR")
        world.note("facets", spent.of(COUNT))


@asynccontextmanager
async def _spent() -> AsyncIterator[_Spent]:
    async with database.transaction() as connection:
        spent = _Spent(await connection.fetchval("SELECT pg_backend_pid()"))
        connection.add_query_logger(spent.note)
        try:
            yield spent
        finally:
            connection.remove_query_logger(spent.note)


class _Spent:
    """What PostgreSQL spent on each statement of a connection: its process's CPU time, read after each; where the system does not tell it, time that passed."""

    def __init__(self, pid: int) -> None:
        self.file = Path(f"/proc/{pid}/schedstat")
        self.statements: list[tuple[str, float]] = []
        self.last = self._cpu() or 0.0

    def _cpu(self) -> float | None:
        try:
            return int(self.file.read_text().split()[0]) / 1e6
        except OSError:
            return None

    def note(self, one: Any) -> None:
        """Note a statement that has ended."""
        cpu = self._cpu()
        self.statements.append((one.query, one.elapsed * 1000 if cpu is None else cpu - self.last))
        self.last = cpu or 0.0

    def of(self, beginning: str) -> float:
        """Add up what statements took that begin so."""
        return sum(took for query, took in self.statements if query.startswith(beginning))


def _rows(name: str, worlds: Sequence[World]) -> list[dict[str, Any]]:
    first = percentile(worlds[0].times[name], 95)
    return [
        {
            "test": name, "products": world.products, "failed": 0, "p50_ms": round(percentile(world.times[name], 50), 2),
            "p95_ms": round(percentile(world.times[name], 95), 2), "p95_ratio": round(percentile(world.times[name], 95) / max(first, 1e-9), 2),
        }
        for world in worlds
    ]  # fmt: skip
