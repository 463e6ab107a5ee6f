"""Owns finding out who calls: session cookie or API key to Actor, kept in the process for a few seconds."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from marketplace.kernel import clock
from marketplace.kernel.actor import ANONYMOUS, Actor
from marketplace.kernel.errors import NotSignedIn
from marketplace.kernel.http.cookies import read_cookie, session_cookie_name

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.settings import Settings

CACHE_SECONDS = 5.0
CACHE_MAX = 10_000


class Lookups(Protocol):
    """Bounds how often an address may have credentials looked up that do not hold."""

    def check_lookup(self, address: str) -> None:
        """Refuse to look up for an address that has spent its allowance."""
        ...

    async def refused(self, address: str) -> object:
        """Count credentials that do not hold."""
        ...


class OfSession(Protocol):
    """Tells who acts in a session, by the SHA-256 of its token."""

    async def __call__(self, token_hash: bytes, *, now: datetime) -> Actor | None:
        """Give the actor, None for a session that does not hold."""
        ...


class OfKey(Protocol):
    """Tells who acts with an API key from an address."""

    async def __call__(self, key: str, *, address: str, now: datetime) -> Actor | None:
        """Give the actor, None for a key that does not hold."""
        ...


class Callers:
    """Resolves the caller of each request. A signed-out session or revoked key is honoured for five seconds at the longest."""

    def __init__(self, settings: Settings, *, of_session: OfSession, of_key: OfKey) -> None:
        """Take the two questions that identity answers; remember the cookie's name and the secret that CSRF tokens derive from."""
        self._of_session = of_session
        self._of_key = of_key
        self._cookie = session_cookie_name(settings).encode()
        self._secret = settings.secret_key.encode()
        self._known: dict[bytes, tuple[float, Actor | None]] = {}

    async def resolve(self, headers: dict[bytes, bytes], address: str, lookups: Lookups) -> tuple[Actor, str]:
        """Tell the actor and the CSRF token of the session ("" without one). What does not hold counts against the address.

        Raises: NotSignedIn for an API key that does not hold, while a dead session is simply nobody; TooManyRequests.
        """
        authorization = headers.get(b"authorization")
        if authorization is not None:
            return await self._by_key(authorization, address, lookups), ""
        cookie = headers.get(b"cookie")
        if cookie is None:
            return ANONYMOUS, ""
        token = read_cookie(cookie, self._cookie)
        if not token or len(token) > 200:  # noqa: PLR2004 - our tokens are 43 characters
            return ANONYMOUS, ""
        digest = hashlib.sha256(token.encode("latin-1")).digest()
        who = await self._cached(b"s" + digest, lambda: self._of_session(digest, now=clock.now()), address, lookups)
        return (who, self.csrf(token)) if who is not None else (ANONYMOUS, "")

    def csrf(self, token: str) -> str:
        """Derive a session's CSRF token: HMAC-SHA256 of the session token under SECRET_KEY."""
        return hmac.new(self._secret, b"csrf:" + token.encode("latin-1"), hashlib.sha256).hexdigest()

    async def _by_key(self, authorization: bytes, address: str, lookups: Lookups) -> Actor:
        scheme, _, secret = authorization.decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not secret or len(secret) > 200:  # noqa: PLR2004 - our keys are far shorter
            await lookups.refused(address)
            raise NotSignedIn
        digest = b"k" + hashlib.sha256(secret.encode("latin-1") + b"|" + address.encode()).digest()
        who = await self._cached(digest, lambda: self._of_key(secret, address=address, now=clock.now()), address, lookups)
        if who is None:
            raise NotSignedIn
        return who

    async def _cached(self, digest: bytes, find: Any, address: str, lookups: Lookups) -> Actor | None:
        """Remember answers for a few seconds, those that found nobody too."""
        kept = self._known.get(digest)
        moment = time.monotonic()
        if kept is not None and kept[0] > moment:
            who = kept[1]
        else:
            lookups.check_lookup(address)
            who = await find()
            if len(self._known) > CACHE_MAX:
                self._known.clear()
            self._known[digest] = (moment + CACHE_SECONDS, who)
        if who is None:
            await lookups.refused(address)
        return who

    def forget(self) -> None:
        """Drop what is remembered: after sign-in, sign-out and changes of roles in this process."""
        self._known.clear()


def with_request(who: Actor, *, locale: str, request_id: str) -> Actor:
    """Give the actor with the language and id of this request."""
    if who is ANONYMOUS:
        return Actor(locale=locale, request_id=request_id)
    return msgspec.structs.replace(who, locale=locale, request_id=request_id)
