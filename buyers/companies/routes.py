"""Owns the API of companies' settings."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, put
from litestar.params import JSONBody

from buyers.companies import service
from buyers.companies.schemas import CompanyOut, CompanySettings
from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy


class CompanyController(Controller):
    """The acting company's own settings."""

    path = "/api/v1/company"
    tags = ("Company",)

    @get("/")
    async def company(self, request: MarketRequest) -> CompanyOut:
        """Read the settings; version 0 means that nothing was set yet."""
        return await service.company(actor=actor(request))

    @put("/")
    async def save(self, request: MarketRequest, data: JSONBody[CompanySettings]) -> Response[CompanyOut]:
        """Store the settings at the version that was read. Raises: VersionConflict."""
        return await once(request, lambda: service.save_settings(data, actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (CompanyController,)
POLICIES = (
    Policy("GET /api/v1/company", ("buyer",), scope="organisations:read"),
    Policy("PUT /api/v1/company", ("buyer:owner",), scope="organisations:write", keyed=True),
)
