"""Tests of a supplier's file on the command line: streamed, checked, applied, killed in the middle and taken up again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from tests.conftest import NOW
from tests.roof.test_cli import ROOT, marketplace
from tests.vendors import market

if TYPE_CHECKING:
    from pathlib import Path

    from marketplace.kernel.settings import Settings

HEAD = "sku,brand,part number,price,currency,stock,origin\n"
ROWS = 12_000


async def seller_of(products: int) -> str:
    """Make a supplier and products P-0 … to offer; give the supplier's slug."""
    seller = await market.shop("Hansa Lager", now=NOW)
    for number in range(products):
        await market.product(f"P-{number}", now=NOW)
    return seller.slug


def file_of(place: Path, rows: int, *, price: str = "5.00") -> Path:
    place.write_text(HEAD + "".join(f"N-{number},Nord,P-{number % 3},{price},EUR,7,DE\n" for number in range(rows)), "utf-8")
    return place


async def asked(settings: Settings, sql: str) -> Any:
    connection = await asyncpg.connect(settings.database_owner_url)
    try:
        await connection.execute("SELECT set_config('app.role', 'worker', false)")
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_a_file_is_checked_dry_then_applied_and_a_second_time_nothing(empty_database: Settings, tmp_path: Path) -> None:
    slug = await seller_of(3)
    file, report = file_of(tmp_path / "offers.csv", 30), tmp_path / "report.csv"
    words = ("import", "offers", str(file), "--supplier", slug, "--json")
    dry = json.loads(await asyncio.to_thread(marketplace, empty_database, *words, "--dry-run", "--report", str(report)))
    assert (dry["state"], dry["counts"]["new"]) == ("abandoned", 30)
    assert len(report.read_text("utf-8").splitlines()) == 31
    assert await asked(empty_database, "SELECT count(*) FROM vendors.offers") == 0
    done = json.loads(await asyncio.to_thread(marketplace, empty_database, *words))
    assert (done["state"], done["counts"]["new"], done["errors"]) == ("applied", 30, [])
    again = json.loads(await asyncio.to_thread(marketplace, empty_database, *words))
    assert (again["state"], again["counts"]["unchanged"]) == ("applied", 30)
    assert await asked(empty_database, "SELECT count(*) FROM vendors.price_versions") == 30
    assert await asked(empty_database, "SELECT count(*) FROM kernel.outbox WHERE kind = 'OffersChanged'") == 1


async def test_what_is_wrong_is_said_and_nothing_is_applied(empty_database: Settings, tmp_path: Path) -> None:
    slug = await seller_of(1)
    file = tmp_path / "offers.csv"
    file.write_text(f"{HEAD}N-1,Nord,P-0,5,EUR,1,DE\nN-2,Nord,P-0X,5,EUR,1,DE\n", "utf-8")
    words = ("import", "offers", str(file), "--supplier", slug)
    said = await asyncio.to_thread(marketplace, empty_database, *words, expect=1)
    assert "line 3 N-2: No product is known as P0X. Did you mean P0?" in said
    assert await asked(empty_database, "SELECT count(*) FROM vendors.offers") == 0
    assert "1 new" in await asyncio.to_thread(marketplace, empty_database, *words, "--partial")
    assert await asked(empty_database, "SELECT count(*) FROM vendors.offers") == 1
    file.write_text("sku,SKU\n", "utf-8")
    await asyncio.to_thread(marketplace, empty_database, *words, expect=1)
    await asyncio.to_thread(marketplace, empty_database, "import", "offers", str(file), "--supplier", "nobody", expect=1)


async def test_a_mapping_file_says_what_the_columns_hold(empty_database: Settings, tmp_path: Path) -> None:
    slug = await seller_of(1)
    file, mapping = tmp_path / "offers.csv", tmp_path / "mapping.json"
    file.write_text("Ware;Marke;Teil;Betrag\nN-1;Nord;P-0;1.234,50\n", "utf-8")
    columns = {"sku": "Ware", "brand": "Marke", "part_number": "Teil", "price": "Betrag"}
    mapping.write_text(json.dumps({"columns": columns, "fixed": {"currency": "EUR", "origin": "DE"}}), "utf-8")
    words = ("import", "offers", str(file), "--supplier", slug, "--mapping", str(mapping), "--number-locale", "de", "--json")
    assert json.loads(await asyncio.to_thread(marketplace, empty_database, *words))["counts"]["new"] == 1
    assert str(await asked(empty_database, "SELECT tier_price[1] FROM vendors.price_versions")) == "1234.500000"


async def test_a_process_that_is_killed_while_it_applies_is_taken_up_again(empty_database: Settings, tmp_path: Path) -> None:
    slug = await seller_of(3)
    file = file_of(tmp_path / "offers.csv", ROWS)
    words = ["import", "offers", str(file), "--supplier", slug, "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": empty_database.database_url, "SECRET_KEY": empty_database.secret_key}
    with subprocess.Popen(  # noqa: ASYNC220, S603 - our own words, and the test looks at the database meanwhile
        [sys.executable, "-m", "marketplace", *words], env=environment, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        until = time.monotonic() + 60
        # Asking takes a connection of its own each time, which is pause enough.
        while not await asked(empty_database, "SELECT count(*) FROM vendors.offers") and time.monotonic() < until and process.poll() is None:
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
    made = await asked(empty_database, "SELECT count(*) FROM vendors.offers")
    if made == ROWS:
        pytest.skip("this machine was done before it could be killed")
    assert made > 0
    # PostgreSQL hears of a client's death when its statement ends, and holds what that has locked until then.
    busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
    while await asked(empty_database, busy) and time.monotonic() < until:
        pass
    await asked(empty_database, "UPDATE vendors.import_runs SET leased_until = leased_until - interval '1 hour' RETURNING 1")
    done = json.loads(await asyncio.to_thread(marketplace, empty_database, *words))
    assert (done["state"], done["counts"]["new"]) == ("applied", ROWS)
    for table in ("offers", "price_versions", "stock_movements", "stock_levels", "offer_keys"):
        assert await asked(empty_database, f"SELECT count(*) FROM vendors.{table}") == ROWS
    assert await asked(empty_database, "SELECT count(*) FROM vendors.import_runs") == 1
