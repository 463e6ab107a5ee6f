"""Owns rate limits: so many requests a minute for each caller, exact over processes with Redis, in memory without.

An address whose credentials do not hold spends its own allowance with each of them; what is spent is not even looked up.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import structlog

from marketplace.kernel.errors import DomainError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from marketplace.kernel.settings import Settings

log = structlog.get_logger("limits")
WINDOW_SECONDS = 60
CALLERS_MAX = 100_000
SCRIPT = """
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {n, redis.call('TTL', KEYS[1])}
"""


class Allowance(NamedTuple):
    """What is left of a caller's minute: the limit, requests left (negative when refused) and seconds until it starts anew."""

    limit: int
    left: int
    reset_seconds: int


class TooManyRequests(DomainError):
    """Too many requests"""

    status = 429
    code = "too-many-requests"
    message = "Too many requests in a short time; wait a moment."

    def __init__(self, allowance: Allowance) -> None:
        """Carry what is left, and tell when to come back."""
        super().__init__()
        self.allowance = allowance
        self.retry_after_seconds = allowance.reset_seconds  # type: ignore[misc]  # a constant of most errors, a figure of this one


class Limiter(Protocol):
    """Counts a caller's requests."""

    async def take(self, caller: str, limit: int) -> Allowance:
        """Count one request of a caller against `limit` per minute."""
        ...


class MemoryLimiter:
    """Counts within this process: exact where one process serves."""

    def __init__(self) -> None:
        """Start with nobody counted."""
        self._window = 0
        self._counts: dict[str, int] = {}

    async def take(self, caller: str, limit: int) -> Allowance:
        """Count one request of a caller; counts start anew each minute, and when a hundred thousand callers are known."""
        now = int(time.time())
        window = now // WINDOW_SECONDS
        if window != self._window or len(self._counts) > CALLERS_MAX:
            self._window, self._counts = window, {}
        count = self._counts.get(caller, 0) + 1
        self._counts[caller] = count
        return Allowance(limit, limit - count, WINDOW_SECONDS - now % WINDOW_SECONDS)


class RedisLimiter:
    """Counts in Redis with one script a request, so that several processes share one exact count. When Redis is down each process counts by itself."""

    def __init__(self, client: Redis) -> None:
        """Count through this client."""
        self._client = client
        self._instead = MemoryLimiter()
        self._quiet_until = 0.0
        self._script: Any = client.register_script(SCRIPT)

    async def take(self, caller: str, limit: int) -> Allowance:
        """Count one request of a caller."""
        from redis.exceptions import RedisError  # noqa: PLC0415 - only where Redis is used

        try:
            count, ttl = await self._script(keys=[f"rate:{caller}"], args=[WINDOW_SECONDS])
        except RedisError:
            # Each process then counts by itself: less exact, never open. One line a minute says so.
            if time.monotonic() >= self._quiet_until:
                self._quiet_until = time.monotonic() + WINDOW_SECONDS
                log.warning("redis does not answer; counting in this process")
            return await self._instead.take(caller, limit)
        return Allowance(limit, limit - int(count), max(int(ttl), 1))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def limiter(redis_url: str) -> Limiter:
    """Make the limiter that fits the settings."""
    if not redis_url:
        return MemoryLimiter()
    from redis.asyncio import Redis  # noqa: PLC0415 - only where Redis is used
    from redis.asyncio.retry import Retry  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415

    return RedisLimiter(Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)))


class Allowances:
    """What each caller may ask in a minute: of the API by key, person or address; of pages by address, for whoever has not signed in."""

    def __init__(self, settings: Settings) -> None:
        """Take the rates and the store."""
        self._settings = settings
        self._limiter = limiter(settings.redis_url)
        self._spent: dict[str, float] = {}

    async def call(self, caller: str) -> Allowance:
        """Count a call of the API. Raises: TooManyRequests."""
        return _held(await self._limiter.take(caller, self._settings.rate_limit_per_minute))

    async def page(self, address: str) -> Allowance:
        """Count a page for nobody in particular. Raises: TooManyRequests."""
        return _held(await self._limiter.take(f"page:{address}", self._settings.page_rate_limit_per_minute))

    async def refused(self, address: str) -> Allowance:
        """Count a key or session that does not hold against its address, as a call would be. Raises: TooManyRequests."""
        allowance = await self._limiter.take(address, self._settings.rate_limit_per_minute)
        if allowance.left < 0:
            if len(self._spent) > CALLERS_MAX:
                self._spent.clear()
            self._spent[address] = time.monotonic() + allowance.reset_seconds
        return _held(allowance)

    def check_lookup(self, address: str) -> None:
        """Let nobody be looked up for an address that has spent its allowance on what did not hold. Raises: TooManyRequests."""
        until = self._spent.get(address)
        if until is None:
            return
        rest = until - time.monotonic()
        if rest > 0:
            raise TooManyRequests(Allowance(self._settings.rate_limit_per_minute, -1, math.ceil(rest)))
        del self._spent[address]

    def forget(self) -> None:
        """Begin everybody's minute anew in this process."""
        self._limiter = limiter(self._settings.redis_url)
        self._spent.clear()


def _held(allowance: Allowance) -> Allowance:
    if allowance.left < 0:
        raise TooManyRequests(allowance)
    return allowance
