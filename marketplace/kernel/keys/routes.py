"""Owns the API of API keys. A key cannot make or end keys: these routes take a person's session alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody

from marketplace.kernel import clock
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import IN_CHARGE, own_organisation
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.keys import service
from marketplace.kernel.keys.schemas import ApiKeyMade, ApiKeyOut, NewApiKey, Rotation
from marketplace.kernel.package import Policy


class ApiKeyController(Controller):
    """The keys of one's own organisation."""

    path = "/api/v1/organisation/api-keys"
    tags = ("Organisation",)

    @get("/")
    async def api_keys(self, request: MarketRequest) -> Page[ApiKeyOut]:
        """List the keys, newest first, ended ones too."""
        return Page(await service.api_keys(own_organisation(request), actor=actor(request)))

    @post("/", status_code=201)
    async def create(self, request: MarketRequest, data: JSONBody[NewApiKey]) -> ApiKeyMade:
        """Make a key; the answer holds it whole, this once. Raises: InvalidInput, TooManyKeys."""
        return await service.create_api_key(data, organisation_id=own_organisation(request), actor=actor(request), now=clock.now())

    @post("/{key_id:uuid}/rotate", status_code=201)
    async def rotate(self, request: MarketRequest, key_id: FromPath[UUID], data: JSONBody[Rotation]) -> ApiKeyMade:
        """Make a successor; the old key works on for the overlap. Raises: NotFound, InvalidInput, KeyEnded."""
        return await service.rotate_api_key(
            key_id, organisation_id=own_organisation(request), overlap_hours=data.overlap_hours, actor=actor(request), now=clock.now()
        )

    @post("/{key_id:uuid}/revoke", status_code=200)
    async def revoke(self, request: MarketRequest, key_id: FromPath[UUID]) -> ApiKeyOut:
        """End a key. Raises: NotFound, KeyEnded."""
        return await service.revoke_api_key(key_id, organisation_id=own_organisation(request), actor=actor(request), now=clock.now())


ROUTERS: tuple[Any, ...] = (ApiKeyController,)
POLICIES = (
    Policy("GET /api/v1/organisation/api-keys", IN_CHARGE),
    Policy("POST /api/v1/organisation/api-keys", IN_CHARGE),
    Policy("POST /api/v1/organisation/api-keys/{key_id:uuid}/rotate", IN_CHARGE, sample="api_key"),
    Policy("POST /api/v1/organisation/api-keys/{key_id:uuid}/revoke", IN_CHARGE, sample="api_key"),
)
