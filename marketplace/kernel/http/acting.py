"""Owns exactly-once acting: a route's work runs in one transaction with its idempotency key, and a repeat gets the first answer."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
from litestar import Response
from litestar.enums import MediaType

from marketplace.kernel import clock
from marketplace.kernel.database import as_domain_error, transaction
from marketplace.kernel.errors import Busy, DomainError
from marketplace.kernel.http.answers import redirect
from marketplace.kernel.http.request import actor, form_pairs
from marketplace.kernel.idempotency import service as idempotency

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from litestar import Request

ATTEMPTS = 4
RETRIED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)
_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


class KeyMissing(DomainError):
    """An Idempotency-Key is needed"""

    status = 400
    code = "idempotency-key-missing"
    message = "This acts on money, stock or state: send an Idempotency-Key header, and the same one when you repeat the call."


class KeyMalformed(DomainError):
    """The Idempotency-Key cannot be used"""

    status = 400
    code = "idempotency-key-malformed"
    message = "An Idempotency-Key is 1 to 255 printable ASCII characters without spaces."


def _checked(key: str | None) -> str:
    if not key:
        raise KeyMissing
    if not _KEY.fullmatch(key):
        raise KeyMalformed
    return key


async def _run(request: Request[Any, Any, Any], key: str, work: Callable[[], Awaitable[tuple[int, bytes, str]]]) -> tuple[int, bytes, str]:
    """Claim the key, do the work and keep the answer, all in one transaction; deadlocks and lock time-outs are tried again."""
    who = actor(request)
    route = f"{request.method} {request.scope.get('path_template', request.scope['path'])}"
    raw = await request.body() if request.scope.get("form_pairs") is None else _form_body(await form_pairs(request))
    fingerprint = hashlib.sha256(b"\n".join((request.method.encode(), request.scope["path"].encode(), hashlib.sha256(raw).digest()))).digest()
    for attempt in range(ATTEMPTS):
        try:
            async with transaction(actor=who):
                kept = await idempotency.claim(principal=who.principal, route=route, key=key, fingerprint=fingerprint, now=clock.now())
                if kept is not None:
                    return kept.status, kept.body, kept.content_type
                status, body, content_type = await work()
                await idempotency.finish(
                    principal=who.principal, route=route, key=key, answer=idempotency.Answer(status, body, content_type), now=clock.now()
                )
                return status, body, content_type
        except RETRIED as error:
            if attempt + 1 == ATTEMPTS:
                raise as_domain_error(error) or Busy() from error
            await asyncio.sleep(0.01 * 3**attempt)
    raise Busy


def _form_body(pairs: list[tuple[str, str]]) -> bytes:
    """Give the bytes that make two posts of one form the same: all but the technical fields, which may differ between tabs."""
    return msgspec.json.encode([pair for pair in pairs if pair[0] not in {"csrf_token", "idempotency_key"}])


async def once(request: Request[Any, Any, Any], work: Callable[[], Awaitable[Any]], *, status: int = 200) -> Response[Any]:
    """Run a JSON route's work once per Idempotency-Key and answer with its Struct; a repeat gets the same bytes.

    `work` returns a Struct (or None for 204). Refusals are not kept: the same key may be used again after one.
    Raises: KeyMissing, KeyMalformed (400), KeyReused (422), KeyInFlight (409), and whatever the work raises.
    """
    key = _checked(request.headers.get("idempotency-key"))

    async def encoded() -> tuple[int, bytes, str]:
        result = await work()
        return (204, b"", "") if result is None else (status, msgspec.json.encode(result), MediaType.JSON.value)

    kept_status, body, content_type = await _run(request, key, encoded)
    return Response(body, status_code=kept_status, media_type=content_type or MediaType.JSON)


async def once_form(request: Request[Any, Any, Any], work: Callable[[], Awaitable[str]]) -> Response[Any]:
    """Run a page form's work once per hidden `idempotency_key` and send the reader on to the path it returns (303)."""
    key = _checked(dict(await form_pairs(request)).get("idempotency_key"))

    async def located() -> tuple[int, bytes, str]:
        return 303, (await work()).encode(), "text/plain"

    _, location, _ = await _run(request, key, located)
    return redirect(request, location.decode())
