"""Owns doing an act once: claim its key, do it, store the answer, all in one transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import in_transaction, transaction
from marketplace.kernel.idempotency import queries
from marketplace.kernel.idempotency.errors import KeyInFlight, KeyReused
from marketplace.kernel.idempotency.rules import checked_key, fingerprint
from marketplace.kernel.idempotency.schemas import Claim

if TYPE_CHECKING:
    from datetime import datetime

TAKEN = queries.TAKEN
__all__ = ["KEPT", "TAKEN", "checked_key", "claim", "claiming", "fingerprint", "finish", "purge"]

# A replay is promised for a day; a second one covers a weekend's clock trouble.
KEPT = timedelta(hours=48)
PURGE_BATCH = 5000


async def claim(principal: str, *, route: str, key: str, fingerprint: bytes, now: datetime) -> Claim:
    """Claim a key for the caller's open transaction, whose end also ends the claim: a rolled-back act leaves the key free.

    `fingerprint` comes from `fingerprint(method, path, body)`, `key` from `checked_key`.

    Raises: KeyInFlight while another transaction holds the key; KeyReused when it was finished with another fingerprint.
    """
    assert in_transaction(), "a key is claimed inside the transaction of its effect"
    row = await queries.claim(principal, route=route, key=key, fingerprint=fingerprint, now=now)
    if row["outcome"] == "in_flight":
        raise KeyInFlight
    if row["outcome"] == "reused":
        raise KeyReused
    if row["outcome"] == "new":
        return Claim(is_new=True)
    return Claim(is_new=False, status=row["status"], content_type=row["content_type"], body=row["body"])


def claiming(principal: str, *, route: str, key: str, fingerprint: bytes, now: datetime) -> str:
    """Word the claim of a key that is probably new as the statement that opens `acting()`; where it is not, that fails with TAKEN."""
    return queries.claim_new(principal, route=route, key=key, fingerprint=fingerprint, now=now)


async def finish(principal: str, *, route: str, key: str, status: int, body: bytes, now: datetime, content_type: str = "application/json") -> None:
    """Store the answer beside the effect, in the same transaction, to be given again for a day at least. Only a claimed key is finished, and once."""
    await queries.finish(principal, route=route, key=key, status=status, content_type=content_type, body=body, now=now)


async def purge(now: datetime) -> int:
    """Delete keys older than two days, in small transactions, and give how many. The worker calls it."""
    gone = 0
    while True:
        async with transaction(actor=WORKER):
            count = await queries.purge(now - KEPT, limit=PURGE_BATCH)
        gone += count
        if count < PURGE_BATCH:
            return gone
