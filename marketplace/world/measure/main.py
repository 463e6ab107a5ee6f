"""Owns the command line of the benchmark."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from marketplace.kernel import migrations, postgres
from marketplace.kernel.settings import load
from marketplace.world.measure.catalogue import run_catalogue
from marketplace.world.measure.run import MANY, MANY_OFFERS, MANY_PRODUCTS, TESTS, Options, run
from marketplace.world.measure.scale import run_scale

DEFAULTS = Options()


def main() -> int:
    """Run the benchmark in a data folder of its own, which is removed afterwards, and print the rows."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure the product against a bare server on the same PostgreSQL, as ratios. Makes a world of its own in a folder of its own and removes both.",
    )
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    for name, kind, meaning in (
        ("products", int, "products in the world"),
        ("offers_per_product", int, "offers on each product"),
        ("vendors", int, "suppliers"),
        ("buyers", int, "buying companies"),
        ("rounds", int, "rounds of floor and product in turn; the figure is the median"),
        ("seconds", float, "length of a round in seconds"),
        ("sequence", int, "requests one after another for p50, p95 and p99"),
    ):
        standard = getattr(DEFAULTS, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=standard, metavar="N", help=f"{meaning} (default: {standard})")
    parser.add_argument("--test", action="append", choices=(*TESTS, MANY), help="only this test; may be given again")
    parser.add_argument(
        "--scale",
        type=int,
        nargs="+",
        metavar="OFFERS",
        help="instead: p95 of comparisons in sequence in worlds of so many offers, such as 100000 1000000",
    )
    parser.add_argument(
        "--catalogue",
        type=int,
        nargs="+",
        metavar="PRODUCTS",
        help="instead: search, facets, lists and details in catalogues of so many products, such as 20000 1000000",
    )
    given = parser.parse_args()
    options = Options(
        products=given.products, offers_per_product=given.offers_per_product, vendors=given.vendors, buyers=given.buyers, rounds=given.rounds,
        seconds=given.seconds, sequence=given.sequence, tests=tuple(given.test or (*TESTS, MANY)),
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="marketplace-bench-", dir="/var/tmp") as home:
        Path(home).chmod(0o755)
        if given.catalogue:
            report = asyncio.run(run_catalogue(home, options, given.catalogue))
        else:
            report = asyncio.run(run_scale(home, options, given.scale) if given.scale else _run_all(home, options))
    for row in report["results"]:
        sys.stdout.write("  ".join(f"{key}={value}" for key, value in row.items()) + "\n")
    sys.stdout.write("  ".join(f"{key}={value}" for key, value in report.items() if key != "results") + "\n")
    if given.json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    return 0 if all(row.get("failed", 0) == 0 for row in report["results"]) else 1


async def _run_all(home: str, options: Options) -> dict[str, Any]:
    """Run what is asked in one world, and the comparison of the most offers in one of its own."""
    tests = tuple(name for name in options.tests if name != MANY)
    report = await _run(home, msgspec.structs.replace(options, tests=tests)) if tests else {"results": []}
    if MANY in options.tests:
        many = msgspec.structs.replace(
            options, tests=("comparison",), offers_per_product=MANY_OFFERS, products=min(options.products, MANY_PRODUCTS),
            vendors=max(options.vendors, MANY_OFFERS),
        )  # fmt: skip
        folder = Path(home) / MANY
        folder.mkdir(mode=0o755)
        found = await _run(str(folder), many)
        report = {**found, **report, "results": [*report["results"], *({**row, "test": MANY} for row in found["results"])]}
    return report


async def _run(home: str, options: Options) -> dict[str, Any]:
    settings = load({"DATA_DIR": home, "SECRET_KEY": "only for measuring, nowhere else", "LOG_REQUESTS": "true"})
    server = postgres.start(settings)
    try:
        await migrations.migrate(postgres.with_server(settings, server))
        return await run(settings, options, folder=Path(home))
    finally:
        postgres.stop(server)


if __name__ == "__main__":
    sys.exit(main())
