"""Owns the JSON API of a supplier's profile: as it keeps it, and as the operator does."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, JSONBody

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.caller import forget, own_organisation
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from vendors.accounts import service as accounts
from vendors.accounts.schemas import CheckIn, SupplierOut
from vendors.profile import service
from vendors.profile.schemas import LegalIn, OwnProfileOut, ProfileIn, TermsIn


class OwnProfileController(Controller):
    """One's own organisation as a supplier."""

    path = "/api/v1/supplier/profile"
    tags = ("suppliers",)

    @get("/")
    async def profile(self, request: MarketRequest) -> OwnProfileOut:
        """Read your profile with what the operator set of it. Raises: NotFound."""
        return await service.profile(own_organisation(request), actor=actor(request), now=clock.now())

    @put("/")
    async def save(self, request: MarketRequest, data: JSONBody[ProfileIn]) -> Response[OwnProfileOut]:
        """Store your profile, whole. Raises: NotFound, InvalidInput, VersionConflict."""
        return await once(request, lambda: service.save_profile(data, actor=actor(request), now=clock.now()))


class OperatorProfileController(Controller):
    """Suppliers as the operator keeps them."""

    path = "/api/v1/operator/suppliers/{supplier_id:uuid}"
    tags = ("Operator",)

    @get("/")
    async def profile(self, request: MarketRequest, supplier_id: FromPath[UUID]) -> OwnProfileOut:
        """Read a supplier's profile, a terminated one's too. Raises: NotFound."""
        return await service.profile(supplier_id, actor=actor(request), now=clock.now())

    @put("/legal")
    async def legal(self, request: MarketRequest, supplier_id: FromPath[UUID], data: JSONBody[LegalIn]) -> Response[OwnProfileOut]:
        """Set the legal facts, with the reason. Raises: NotFound, InvalidInput, VersionConflict."""
        answer = await once(request, lambda: service.save_legal(supplier_id, data, actor=actor(request), now=clock.now()))
        forget(request)
        return answer

    @put("/terms")
    async def terms(self, request: MarketRequest, supplier_id: FromPath[UUID], data: JSONBody[TermsIn]) -> Response[OwnProfileOut]:
        """Set how the supplier answers orders, with the reason. Raises: NotFound, InvalidInput, VersionConflict."""
        return await once(request, lambda: service.save_terms(supplier_id, data, actor=actor(request), now=clock.now()))

    @post("/checks", status_code=201)
    async def check(self, request: MarketRequest, supplier_id: FromPath[UUID], data: JSONBody[CheckIn]) -> Response[SupplierOut]:
        """Add a check that the supplier has passed. Raises: NotFound, InvalidInput."""
        return await once(request, lambda: accounts.add_check(supplier_id, data, actor=actor(request), now=clock.now()), status=201)


ROUTERS: tuple[Any, ...] = (OwnProfileController, OperatorProfileController)
PLACE = "/api/v1/operator/suppliers/{supplier_id:uuid}"
ADMIN = ("operator:admin",)
POLICIES = (
    Policy("GET /api/v1/supplier/profile", ("supplier",), scope="suppliers:read"),
    Policy("PUT /api/v1/supplier/profile", ("supplier:owner",), scope="organisations:write", acts=True),
    Policy(f"GET {PLACE}", ("operator",), scope="suppliers:read", sample="supplier"),
    Policy(f"PUT {PLACE}/legal", ADMIN, scope="organisations:write", sample="supplier", acts=True, steps_up=True),
    Policy(f"PUT {PLACE}/terms", ADMIN, scope="organisations:write", sample="supplier", acts=True),
    Policy(f"POST {PLACE}/checks", ADMIN, scope="organisations:write", sample="supplier", acts=True),
)
