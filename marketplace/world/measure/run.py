"""Owns the benchmark's run: seed one world, start floor and product on the same PostgreSQL, measure in turn, print ratios."""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import msgspec

from marketplace.kernel import postgres
from marketplace.world.measure.answers import check_bodies, story_ms
from marketplace.world.measure.client import Call, call, run_load, run_sequence
from marketplace.world.measure.processes import Server, cpu_seconds, free_port, pin, resident_mb
from marketplace.world.seed import Seeded, Sizes, seed

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketplace.kernel.settings import Settings

ROUNDS = 5
SECONDS = 5.0
WARM_SECONDS = 2.0
SEQUENCE = 2000
COUNTED_SHARE_MIN = 0.9
COUNTED_SECONDS_MIN = 2.0
FLOOR = Path(__file__).resolve().parents[3] / "tests" / "bench"
GRANIAN = ("--interface", "asgi", "--workers", "1", "--loop", "uvloop", "--no-access-log", "--log-level", "warning")
TESTS = ("detail", "detail_signed_in", "list", "comparison", "order")
# The same comparison in a world of its own, in which every product has as many offers as are compared at most.
MANY = "comparison_50"
MANY_OFFERS, MANY_PRODUCTS = 50, 2000


class Options(msgspec.Struct, frozen=True):
    """How large the world is and how long each stretch lasts."""

    products: int = 10_000
    offers_per_product: int = 10
    vendors: int = 200
    buyers: int = 50
    rounds: int = ROUNDS
    seconds: float = SECONDS
    sequence: int = SEQUENCE
    tests: tuple[str, ...] = TESTS


class Sides(msgspec.Struct):
    """The two servers, where they listen, and the database's postmaster."""

    floor: Server
    floor_port: int
    product: Server
    product_port: int
    postmaster: int
    worker: int = 0


def cores() -> tuple[set[int], set[int], set[int]]:
    """Give the cores of server, PostgreSQL and client: 0 | 1 | 1 on two, 0 | 1-2 | 3 on four."""
    found = sorted(os.sched_getaffinity(0))
    if len(found) >= 4:  # noqa: PLR2004 - the layout that the rules of the benchmark name
        return {found[0]}, {found[1], found[2]}, {found[3]}
    return {found[0]}, {found[-1]}, {found[-1]}


async def prepare_floor(url: str, options: Options) -> None:
    """Make the floor's world by its own SQL in the same database."""
    script = (FLOOR / "floor.sql").read_text()
    for name, value in (("products", options.products), ("per", options.offers_per_product), ("vendors", options.vendors)):
        script = script.replace(f":{name}", str(value))
    body, _, last = script.rpartition("VACUUM")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(body)
        await connection.execute("VACUUM" + last)
    finally:
        await connection.close()


def floor_calls(name: str, port: int, options: Options, rng: random.Random) -> Callable[[], Call]:
    """Give the floor's requests for a test: random ids over the whole world."""
    from hashlib import md5  # noqa: PLC0415 - the ids that the floor's SQL makes

    def product_id(number: int) -> str:
        return str(UUID(md5(f"p{number}".encode()).hexdigest()))  # noqa: S324 - an id, no secret

    def one() -> Call:
        number = rng.randrange(1, options.products + 1)
        if name.startswith("detail"):
            return call("GET", f"/products/{product_id(number)}", port=port)
        if name == "list":
            return call("GET", f"/products?category={rng.randrange(200)}", port=port)
        if name == "comparison":
            return call("GET", f"/products/{product_id(number)}/comparison?quantity=12", port=port)
        lines = []
        for step in range(3):
            chosen = (number + step * 7) % options.products + 1
            offer = 1 + step % options.offers_per_product
            lines.append({"product_id": product_id(chosen), "offer_id": str(UUID(md5(f"o{chosen}.{offer}".encode()).hexdigest())), "quantity": 12})  # noqa: S324
        return call("POST", "/orders", port=port, body=msgspec.json.encode(lines), expected=201)

    return one


def product_calls(name: str, port: int, seeded: Seeded, rng: random.Random) -> Callable[[], Call | None]:
    """Give the product's requests for the same test. An order takes one of the carts that lie ready; None when they are used up."""

    def one() -> Call | None:
        chosen = rng.choice(seeded.product_ids)
        if name == "detail":
            return call("GET", f"/api/v1/products/{chosen}", port=port)
        if name == "detail_signed_in":
            return call("GET", f"/api/v1/products/{chosen}", port=port, headers={"cookie": f"session={rng.choice(seeded.sessions)}"})
        if name == "list":
            return call("GET", f"/api/v1/products?category={rng.choice(seeded.category_ids)}", port=port)
        if name == "comparison":
            return call("GET", f"/api/v1/products/{chosen}/comparison?quantity=12&country=DE&postal_code=10115", port=port)
        if not seeded.carts:
            return None
        cart = seeded.carts.pop()
        headers = {"cookie": f"session={cart.session}", "x-csrf-token": cart.csrf, "idempotency-key": str(cart.cart_id)}
        body = msgspec.json.encode({"cart_id": cart.cart_id, "address_id": cart.address_id, "version": cart.version})
        return call("POST", "/api/v1/checkout", port=port, headers=headers, body=body, expected=201)

    return one


async def measure(name: str, sides: Sides, seeded: Seeded, options: Options, database_url: str) -> dict[str, Any]:
    """Measure one test: rounds in turn, medians, ratios, and latency in sequence."""
    rng = random.Random(20261122)  # noqa: S311 - the same ids in every run
    makers = {
        "floor": (sides.floor_port, sides.floor.pid, floor_calls(name, sides.floor_port, options, rng)),
        "product": (sides.product_port, sides.product.pid, product_calls(name, sides.product_port, seeded, rng)),
    }
    rounds: dict[str, list[tuple[float, float, float]]] = {"floor": [], "product": []}
    failed = 0
    statement_ratio = 0.0
    lack = await check_bodies(name, [(port, calls) for port, _, calls in makers.values()])
    ordered = list(seeded.carts)
    worker_cpu, orders = cpu_seconds(sides.worker), 0
    seconds = min(options.seconds, 2.0) if name == "order" else options.seconds
    for number in range(options.rounds + 1):
        for side, (port, pid, calls) in makers.items():
            commits = await _commits(database_url)
            cpu, postgres_cpu = cpu_seconds(pid), cpu_seconds(sides.postmaster)
            load = await run_load(port, calls, seconds=min(WARM_SECONDS, options.seconds) if number == 0 else seconds)
            used, used_postgres = cpu_seconds(pid) - cpu, cpu_seconds(sides.postmaster) - postgres_cpu
            orders += load.done if side == "product" else 0
            if load.failed:
                failed += load.failed
                sys.stderr.write(f"{name} on {side}: {load.failed} failed, for example {load.sample[:300]!r}\n")
            if number and load.done:
                rounds[side].append((load.done / max(used, 0.01), load.done / load.seconds, used_postgres / load.done))
                if side == "product":
                    await asyncio.sleep(1.1)
                    statement_ratio = (await _commits(database_url) - commits) / load.done
    failed += _complain(name, lack, statement_ratio=statement_ratio, seconds=seconds)
    row: dict[str, Any] = {"test": name, "failed": failed, "transactions_per_request": round(statement_ratio, 2)}
    if rounds["floor"] and rounds["product"]:
        middle = {side: [statistics.median(column) for column in zip(*found, strict=True)] for side, found in rounds.items()}
        row |= {
            "ratio_to_floor": round(middle["product"][0] / middle["floor"][0], 3),
            "wall_ratio": round(middle["product"][1] / middle["floor"][1], 3),
            "postgres_cpu_ratio": round(middle["product"][2] / max(middle["floor"][2], 1e-9), 2),
            "per_cpu_second": round(middle["product"][0]),
            "floor_per_cpu_second": round(middle["floor"][0]),
            "per_second": round(middle["product"][1]),
        }
    if sides.worker and name == "order":
        left = {cart.cart_id for cart in seeded.carts}
        row["worker_cpu_ms"] = round((cpu_seconds(sides.worker) - worker_cpu) * 1000 / max(orders, 1), 2)
        row["story_ms"] = await story_ms(sides.product_port, seeded, [cart for cart in ordered if cart.cart_id not in left])
    count = options.sequence if name != "order" else min(options.sequence, 500)
    times = await run_sequence(sides.product_port, makers["product"][2], count=count)
    if times:
        row |= {f"p{share}_ms": round(times[min(len(times) - 1, len(times) * share // 100)], 2) for share in (50, 95, 99)}
    return row


def _complain(name: str, lack: str, *, statement_ratio: float, seconds: float) -> int:
    """Say what makes a row worth nothing, and count it: an answer with less in it than the floor's, or one that the database did not give."""
    said = [f"the product's answer holds less than the floor's: {lack}"] if lack else []
    # PostgreSQL's own count of transactions comes late, each connection's in its own time: short rounds tell nothing, long ones within a tenth.
    if seconds >= COUNTED_SECONDS_MIN and statement_ratio < COUNTED_SHARE_MIN:
        said.append(f"{statement_ratio} transactions a request: some answers have not come from the database")
    sys.stderr.writelines(f"{name}: {each}\n" for each in said)
    return len(said)


async def _commits(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"))
    finally:
        await connection.close()


async def run(settings: Settings, options: Options, *, folder: Path) -> dict[str, Any]:
    """Seed, start both servers, measure each test and give the rows; everything started is stopped."""
    server_cores, database_cores, client_cores = cores()
    server = postgres.start(settings)
    try:
        settings = postgres.with_server(settings, server)
        postmaster = int((Path(server.home) / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        pin(postmaster, database_cores)
        os.sched_setaffinity(0, client_cores)
        carts = round((options.rounds + 3) * 1500 * max(0.2, min(options.seconds, 2.0) / 2)) if "order" in options.tests else 0
        sizes = Sizes(products=options.products, vendors=options.vendors, offers_per_product=options.offers_per_product, buyers=options.buyers)
        seeded = await seed(settings, sizes, carts=carts)
        await prepare_floor(server.owner_url, options)
        sides = _start(settings, server.owner_url, server_cores, folder, postmaster)
        worker = _worker(settings, client_cores, folder) if "order" in options.tests else None
        try:
            sides.worker = worker.pid if worker is not None else 0
            rows = []
            for name in options.tests:
                rows.append(await measure(name, sides, seeded, options, server.owner_url))
                sys.stderr.write(f"{msgspec.json.encode(rows[-1]).decode()}\n")
            return {
                "results": rows, "memory_mb": round(resident_mb(sides.product.pid), 1), "up_seconds": round(sides.product.up_seconds, 2),
                "seed": seeded.figures, "cores": [sorted(server_cores), sorted(database_cores), sorted(client_cores)],
            }  # fmt: skip
        finally:
            sides.floor.stop()
            sides.product.stop()
            if worker is not None:
                worker.terminate()
                worker.wait()
    finally:
        postgres.stop(server)


def _worker(settings: Settings, wanted: set[int], folder: Path) -> Any:
    import subprocess  # noqa: PLC0415 - only for the order test

    environment = {**os.environ, **settings_environment(settings)}
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "marketplace.cli", "worker"], env=environment, stdout=log, stderr=log)
    os.sched_setaffinity(process.pid, wanted)
    return process


# The load comes from one address; what limits strangers is not what is measured.
UNLIMITED = {"RATE_LIMIT_PER_MINUTE": "100000000", "PAGE_RATE_LIMIT_PER_MINUTE": "100000000"}


def settings_environment(settings: Settings) -> dict[str, str]:
    """Give the environment that makes a child process load the same settings."""
    values = {field: getattr(settings, field) for field in settings.__struct_fields__}
    return {name.upper(): ",".join(value) if isinstance(value, tuple) else str(value) for name, value in values.items() if value not in ("", ())}


def _start(settings: Settings, owner_url: str, wanted: set[int], folder: Path, postmaster: int) -> Sides:
    granian = str(Path(sys.executable).parent / "granian")
    floor_port = free_port()
    floor = Server(
        [granian, *GRANIAN, "--host", "127.0.0.1", "--port", str(floor_port), "--working-dir", str(FLOOR), "floor:app"],
        port=floor_port, environment={"FLOOR_DSN": owner_url}, cores=wanted, log=folder / "floor.log",
    )  # fmt: skip
    product, product_port = product_server(settings, wanted, folder=folder)
    return Sides(floor, floor_port, product, product_port, postmaster)


def product_server(settings: Settings, wanted: set[int], *, folder: Path) -> tuple[Server, int]:
    """Start the product with one worker on these cores; give it with its port."""
    granian, port = str(Path(sys.executable).parent / "granian"), free_port()
    environment = settings_environment(settings) | UNLIMITED | {"PUBLIC_URL": f"http://127.0.0.1:{port}"}
    command = [granian, *GRANIAN, "--host", "127.0.0.1", "--port", str(port), "--factory", "marketplace.app:server"]
    return Server(command, port=port, environment=environment, cores=wanted, log=folder / "product.log"), port
