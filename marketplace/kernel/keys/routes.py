"""Owns the API of API keys. A key cannot make or end keys: these routes take a person's session alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import IN_CHARGE, Cursor, Limit, asked_of, forget, own_organisation
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.keys import service
from marketplace.kernel.keys.schemas import ApiKeyMade, ApiKeyOut, NewApiKey, Rotation
from marketplace.kernel.package import Policy


class ApiKeyController(Controller):
    """The keys of one's own organisation."""

    path = "/api/v1/organisation/api-keys"
    tags = ("Organisation",)

    @get("/")
    async def api_keys(self, request: MarketRequest, limit: Limit = 100, cursor: Cursor = None) -> Page[ApiKeyOut]:
        """List the keys: those that work first, then those that ended, then the revoked. Raises: BadCursor."""
        asked = asked_of(request, cursor, limit=limit)
        return Page(*await service.api_keys_page(own_organisation(request), asked=asked, actor=actor(request)))

    @post("/", status_code=201)
    async def create(self, request: MarketRequest, data: JSONBody[NewApiKey]) -> Response[ApiKeyMade]:
        """Make a key; the answer holds it whole, this once: a repeat under the same Idempotency-Key has null in its place.

        Raises: InvalidInput, TooManyKeys.
        """
        who, organisation_id = actor(request), own_organisation(request)

        async def work() -> ApiKeyMade:
            return await service.create_api_key(data, organisation_id=organisation_id, actor=who, now=clock.now())

        return await once(request, work, status=201, repeated=service.without_secret)

    @post("/{key_id:uuid}/rotate", status_code=201)
    async def rotate(self, request: MarketRequest, key_id: FromPath[UUID], data: JSONBody[Rotation]) -> Response[ApiKeyMade]:
        """Make a successor, shown whole this once; the old key works on for the overlap. Raises: NotFound, InvalidInput, KeyEnded."""
        who, organisation_id, hours = actor(request), own_organisation(request), data.overlap_hours

        async def work() -> ApiKeyMade:
            return await service.rotate_api_key(key_id, organisation_id=organisation_id, overlap_hours=hours, actor=who, now=clock.now())

        return await once(request, work, status=201, repeated=service.without_secret)

    @post("/{key_id:uuid}/revoke", status_code=200)
    async def revoke(self, request: MarketRequest, key_id: FromPath[UUID]) -> Response[ApiKeyOut]:
        """End a key. Raises: NotFound, KeyEnded."""
        who, organisation_id = actor(request), own_organisation(request)
        answer = await once(request, lambda: service.revoke_api_key(key_id, organisation_id=organisation_id, actor=who, now=clock.now()))
        forget(request)
        return answer


ROUTERS: tuple[Any, ...] = (ApiKeyController,)
POLICIES = (
    Policy("GET /api/v1/organisation/api-keys", IN_CHARGE),
    Policy("POST /api/v1/organisation/api-keys", IN_CHARGE, acts=True, steps_up=True),
    Policy("POST /api/v1/organisation/api-keys/{key_id:uuid}/rotate", IN_CHARGE, sample="api_key", acts=True, steps_up=True),
    Policy("POST /api/v1/organisation/api-keys/{key_id:uuid}/revoke", IN_CHARGE, sample="api_key", keyed=True),
)
