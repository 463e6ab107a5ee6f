"""Owns the use cases of throttling: count an attempt before it is tried, forgive it when it was right."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from marketplace.kernel.attempts import queries
from marketplace.kernel.attempts.errors import TooManyAttempts
from marketplace.kernel.database import transaction

if TYPE_CHECKING:
    from datetime import datetime

WINDOW: Final = timedelta(minutes=15)
ACCOUNT_MAX: Final = 10
ADDRESS_MAX: Final = 100


def account(name: str) -> str:
    """Name an account as a subject, hashed, so that the table tells nobody who has one."""
    return "account:" + hashlib.sha256(name.encode()).hexdigest()


async def begin(account_subject: str, *, address: str, now: datetime) -> None:
    """Count one attempt on the account and one from the address, before anything is checked, so that parallel guesses count too.

    10 per account and 100 per address in 15 minutes. Raises: TooManyAttempts.
    """
    waits: list[int] = []
    async with transaction():
        for subject, limit in sorted(((account_subject, ACCOUNT_MAX), (f"address:{address}", ADDRESS_MAX))):
            attempts, window_start = await queries.add(subject, now=now, window_begins=now - WINDOW)
            if attempts > limit:
                waits.append(max(1, int((window_start + WINDOW - now).total_seconds())))
    if waits:
        raise TooManyAttempts(wait_seconds=max(waits))


async def forgive(account_subject: str, *, address: str) -> None:
    """Forget the account's attempts and take the address's last one back: this one was right."""
    async with transaction():
        await queries.clear(account_subject)
        await queries.take_back(f"address:{address}")


async def purge(now: datetime) -> int:
    """Forget windows that ended long ago. A job."""
    async with transaction():
        return await queries.purge(now - 4 * WINDOW)
