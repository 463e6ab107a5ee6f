"""Owns the operator's API for letting an organisation sell."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, post
from litestar.params import FromPath, JSONBody

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.caller import forget
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from vendors.accounts.schemas import SupplierOut
from vendors.admission import service
from vendors.admission.schemas import AdmissionIn


class AdmissionController(Controller):
    """Organisations that begin to sell, for the operator."""

    path = "/api/v1/operator/organisations/{organisation_id:uuid}/supplier"
    tags = ("Operator",)

    @post("/", status_code=201)
    async def admit(self, request: MarketRequest, organisation_id: FromPath[UUID], data: JSONBody[AdmissionIn]) -> Response[SupplierOut]:
        """Let an organisation sell. Raises: NotFound, InvalidInput, OrganisationClosed, AlreadySupplier."""
        answer = await once(request, lambda: service.admit(organisation_id, data, actor=actor(request), now=clock.now()), status=201)
        forget(request)
        return answer


ROUTERS: tuple[Any, ...] = (AdmissionController,)
POLICIES = (
    Policy(
        "POST /api/v1/operator/organisations/{organisation_id:uuid}/supplier",
        ("operator:admin",),
        scope="organisations:write",
        sample="organisation",
        acts=True,
    ),
)
