"""Tests of `marketplace trust replay`: what it prints, and that it ends with 1 where a stored number is another."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from tests.roof.test_cli import marketplace
from tests.vendors import market
from trust.score import service

if TYPE_CHECKING:
    from marketplace.kernel.settings import Settings


async def test_a_replay_by_command_agrees_and_ends_with_one_after_a_change(committed: Settings) -> None:
    seller = await market.shop("Hansa Replay", now=NOW)
    known: dict[str, Any] = {"supplier_id": seller.supplier_id, "buyer_id": uuid7(), "now": NOW, "placed_at": NOW - timedelta(days=20)}
    numbered = uuid7()
    await service.note(numbered, kind="placed", at=NOW - timedelta(days=20), order_number="G4711-1", **known)
    for order_id in (numbered, *(uuid7() for _ in range(5))):
        await service.note(
            order_id, kind="accepted", at=NOW - timedelta(days=19), promised_on=NOW.date() - timedelta(days=9), time_zone="UTC", **known
        )
    await service.recompute_all(NOW)
    report = json.loads(await asyncio.to_thread(marketplace, committed, "trust", "replay", "--json"))
    assert (report["differences"], report["waiting"]) == ([], 0)
    assert report["suppliers"] >= 1
    words = await asyncio.to_thread(marketplace, committed, "trust", "replay", "--supplier", seller.slug)
    assert "on time: 0 of 6, rate 0.5" in words
    async with transaction(actor=WORKER):
        await connection().execute("UPDATE trust.supplier_rates SET on_time_k = 1 WHERE supplier_id = $1", seller.supplier_id)
    changed = await asyncio.to_thread(marketplace, committed, "trust", "replay", "--supplier", seller.slug, expect=1)
    assert "1 differences." in changed
    await asyncio.to_thread(marketplace, committed, "trust", "replay", "--supplier", "nobody-here", expect=1)
    await asyncio.to_thread(marketplace, committed, "trust", "replay", "--as-of", "tomorrow", expect=1)
    past = await asyncio.to_thread(marketplace, committed, "trust", "replay", "--as-of", (NOW - timedelta(days=12)).isoformat(), "--json")
    assert json.loads(past)["differences"] == []
    await asyncio.to_thread(marketplace, committed, "trust", "correct", "G4711-1", "--kind", "accepted", "--void", "--reason", "A test order.")
    await asyncio.to_thread(marketplace, committed, "trust", "correct", "G0-0", "--kind", "accepted", "--void", "--reason", "None.", expect=1)
    await asyncio.to_thread(marketplace, committed, "trust", "correct", "G4711-1", "--kind", "accepted", "--reason", "Neither.", expect=2)
    assert await service.recompute(NOW) == 1
    (rates,) = await service.rates_in_order([seller.supplier_id])
    assert rates is not None
    assert (rates.on_time.n, rates.acceptance.n) == (5, 5)
