"""Owns what watches ask: alive, ready, measurements, and the API's description."""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec
from litestar import Controller, Response, get
from litestar.enums import MediaType

from marketplace.kernel import clock
from marketplace.kernel.database import CONNECTION_ERRORS, reading
from marketplace.kernel.errors import NotAllowed, Unavailable
from marketplace.kernel.http import metrics
from marketplace.kernel.http.openapi import document
from marketplace.kernel.http.request import MarketRequest
from marketplace.kernel.package import Policy


class Health(msgspec.Struct):
    """Whether this process serves."""

    status: str


class HealthController(Controller):
    """Health, metrics and the API's description."""

    @get("/health/live", sync_to_thread=False)
    def live(self) -> Health:
        """Tell that the process runs; it asks nothing of the database."""
        return Health("live")

    @get("/health/ready")
    async def ready(self) -> Health:
        """Tell that the database answers. Raises: Unavailable."""
        try:
            async with reading() as connection:
                await connection.fetchval("SELECT 1")
        except (*CONNECTION_ERRORS, asyncpg.PostgresError):
            raise Unavailable from None
        return Health("ready")

    @get("/metrics", media_type=MediaType.TEXT)
    async def measurements(self, request: MarketRequest) -> Response[bytes]:
        """Give the measurements of this process and of the works to a caller on the same machine, never through a proxy. Raises: NotAllowed for others."""
        client = request.scope.get("client")
        if "x-forwarded-for" in request.headers or (client is not None and client[0] not in {"127.0.0.1", "::1"}):
            raise NotAllowed
        return Response(await metrics.text(clock.now()), media_type="text/plain; version=0.0.4")

    @get("/api/openapi.json", include_in_schema=False, sync_to_thread=False)
    def openapi(self, request: MarketRequest) -> Response[bytes]:
        """Describe the API in OpenAPI 3.1."""
        body: Any = document(request.app)
        return Response(body, media_type=MediaType.JSON)


POLICIES = (
    Policy("GET /health/live", ("anyone",)),
    Policy("GET /health/ready", ("anyone",)),
    Policy("GET /metrics", ("anyone",)),
    Policy("GET /api/openapi.json", ("anyone",)),
)
