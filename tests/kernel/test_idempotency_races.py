"""Tests that keys times sixty-four parallel calls give one effect a key."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.idempotency import service as idempotency
from marketplace.kernel.idempotency.errors import KeyInFlight
from marketplace.kernel.idempotency.schemas import Claim
from tests.conftest import NOW

ROUTE = "POST /api/v1/things"
FINGERPRINT = idempotency.fingerprint("POST", "/api/v1/things", b"{}")
KEYS, CALLS = 20, 64


async def act(key: str) -> str:
    async with transaction(actor=WORKER) as bound:
        try:
            claim = await idempotency.claim("person:1", route=ROUTE, key=key, fingerprint=FINGERPRINT, now=NOW)
        except KeyInFlight:
            return "in flight"
        if claim.is_new:
            await bound.execute("INSERT INTO kernel.job_runs (name, every_seconds, last_count) VALUES (gen_random_uuid()::text || $1, 1, 0)", key)
            await idempotency.finish("person:1", route=ROUTE, key=key, status=201, body=key.encode(), now=NOW)
            return "done"
        assert claim == Claim(is_new=False, status=201, content_type="application/json", body=key.encode())
        return "replayed"


@pytest.mark.usefixtures("committed")
async def test_sixty_four_parallel_calls_under_each_of_twenty_keys_give_one_effect_each() -> None:
    outcomes = Counter(await asyncio.gather(*(act(f"key {number}") for _ in range(CALLS) for number in range(KEYS))))
    async with transaction(actor=WORKER) as bound:
        effects = await bound.fetchval("SELECT count(*) FROM kernel.job_runs WHERE every_seconds = 1")
        await bound.execute("DELETE FROM kernel.job_runs")
    assert effects == KEYS
    assert outcomes["done"] == KEYS
    assert outcomes.total() == KEYS * CALLS
