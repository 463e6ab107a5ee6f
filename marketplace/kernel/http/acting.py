"""Owns exactly-once acting: a route's work runs in one transaction with its idempotency key, and a repeat gets the first answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
from litestar import Response
from litestar.enums import MediaType

from marketplace.kernel import clock
from marketplace.kernel.database import acting, as_domain_error, transaction
from marketplace.kernel.errors import Busy
from marketplace.kernel.http.answers import redirect
from marketplace.kernel.http.in_units import told
from marketplace.kernel.http.request import actor, form_pairs
from marketplace.kernel.idempotency import service as idempotency

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from litestar import Request

    from marketplace.kernel.package import Policy

ATTEMPTS = 4
RETRIED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)


class _Kept(msgspec.Struct, frozen=True):
    """An answer. `repeated` is what a repeat gets instead of the body, where the body holds a secret that is shown once and stored nowhere."""

    status: int
    body: bytes
    content_type: str
    repeated: bytes | None = None


async def _run(request: Request[Any, Any, Any], key: str, content: bytes, work: Callable[[], Awaitable[_Kept]], *, principal: str) -> _Kept:
    """Claim the key, do the work and keep the answer, all in one transaction; deadlocks and lock time-outs are tried again."""
    for attempt in range(ATTEMPTS):
        try:
            return await _attempt(request, key, content, work, principal=principal)
        except RETRIED as error:
            if attempt + 1 == ATTEMPTS:
                raise as_domain_error(error) or Busy() from error
            await asyncio.sleep(0.01 * 3**attempt)
    raise Busy


async def _attempt(request: Request[Any, Any, Any], key: str, content: bytes, work: Callable[[], Awaitable[_Kept]], *, principal: str) -> _Kept:
    """Take the key for new, as nearly every one is; where it is not, tell by a second claim what stands behind it."""
    who, now = actor(request), clock.now()
    route = f"{request.method} {request.scope.get('path_template', request.scope['path'])}"
    fingerprint = idempotency.fingerprint(request.method, request.scope["path"], content)

    async def done() -> _Kept:
        kept = await work()
        stored = kept.body if kept.repeated is None else kept.repeated
        await idempotency.finish(principal, route=route, key=key, status=kept.status, body=stored, now=now, content_type=kept.content_type)
        return kept

    try:
        async with acting(who, opening=idempotency.claiming(principal, route=route, key=key, fingerprint=fingerprint, now=now)):
            return await done()
    except asyncpg.PostgresError as error:
        if error.sqlstate != idempotency.TAKEN:
            raise
    async with transaction(actor=who):
        claim = await idempotency.claim(principal, route=route, key=key, fingerprint=fingerprint, now=now)
        return await done() if claim.is_new else _Kept(claim.status, claim.body, claim.content_type)


async def once(
    request: Request[Any, Any, Any],
    work: Callable[[], Awaitable[Any]],
    *,
    status: int = 200,
    repeated: Callable[[Any], Any] | None = None,
    is_of_person: bool = False,
) -> Response[Any]:
    """Run a JSON route's work once per Idempotency-Key and answer with its Struct; a repeat gets the same bytes.

    `work` returns a Struct (or None for 204). Refusals are not kept: the same key may be used again after one. Where the policy says
    `acts`, the key is needed; where it says `keyed`, it is honoured when it is sent. `repeated` takes out of the Struct what no store may hold,
    such as a new key's secret: a repeat gets what it gives. With `is_of_person` the key is the person's whatever organisation they act for, so
    that a repeat finds it after the act has ended that.
    Raises: KeyMissing, KeyMalformed (400), KeyReused (422), KeyInFlight (409), and whatever the work raises.
    """

    async def encoded() -> _Kept:
        result = await work()
        if result is None:
            return _Kept(204, b"", "")
        later = None if repeated is None else msgspec.json.encode(told(repeated(result)))
        return _Kept(status, msgspec.json.encode(told(result)), MediaType.JSON.value, later)

    given = request.headers.get("idempotency-key")
    policy: Policy = request.route_handler.opt["policy"]
    assert policy.acts or policy.keyed, "the policy says that the route takes a key"
    if given is None and not policy.acts:
        kept = await encoded()
    else:
        kept = await _run(
            request, idempotency.checked_key(given), await request.body(), encoded, principal=_principal(request, is_of_person=is_of_person)
        )
    return Response(kept.body, status_code=kept.status, media_type=kept.content_type or MediaType.JSON)


def _principal(request: Request[Any, Any, Any], *, is_of_person: bool) -> str:
    who = actor(request)
    return f"person:{who.person_id}" if is_of_person else who.principal


async def once_form(request: Request[Any, Any, Any], work: Callable[[], Awaitable[str]], *, is_of_person: bool = False) -> Response[Any]:
    """Run a page form's work once per hidden `idempotency_key` and send the reader on to the path it returns (303).

    Two posts are the same when all but the technical fields agree, which may differ between two tabs of one session. `is_of_person` as in `once`.
    """
    pairs = await form_pairs(request)
    key = idempotency.checked_key(dict(pairs).get("idempotency_key"))
    content = msgspec.json.encode([pair for pair in pairs if pair[0] not in {"csrf_token", "idempotency_key"}])

    async def located() -> _Kept:
        return _Kept(303, (await work()).encode(), "text/plain")

    kept = await _run(request, key, content, located, principal=_principal(request, is_of_person=is_of_person))
    return redirect(request, kept.body.decode())
