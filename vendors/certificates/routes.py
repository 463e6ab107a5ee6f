"""Owns the JSON API of certificates: the supplier's own, and the operator's word on them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from vendors.certificates import service
from vendors.certificates.schemas import CertificateIn, CertificateOut, VersionIn, WaitingOut


class CertificateController(Controller):
    """A supplier's own certificates."""

    path = "/api/v1/certificates"
    tags = ("suppliers",)

    @get("/")
    async def certificates(self, request: MarketRequest) -> Page[CertificateOut]:
        """List your certificates, the next to expire first, at most 200."""
        return Page(await service.my_certificates(actor=actor(request), now=clock.now()))

    @post("/", status_code=201)
    async def state(self, request: MarketRequest, data: JSONBody[CertificateIn]) -> Response[CertificateOut]:
        """State that you hold a certificate. Raises: NotFound, InvalidInput, CertificateKnown, TooManyCertificates."""
        return await once(request, lambda: service.state_certificate(data, actor=actor(request), now=clock.now()), status=201)

    @post("/{certificate_id:uuid}/withdraw", status_code=204)
    async def withdraw(self, request: MarketRequest, certificate_id: FromPath[UUID], data: JSONBody[VersionIn]) -> Response[None]:
        """Take a certificate off your list. Raises: NotFound, VersionConflict."""
        work = service.withdraw_certificate
        return await once(request, lambda: work(certificate_id, version=data.version, actor=actor(request), now=clock.now()), status=204)


class OperatorCertificateController(Controller):
    """Certificates as the operator sees them."""

    path = "/api/v1/operator/certificates"
    tags = ("Operator",)

    @get("/")
    async def waiting(self, request: MarketRequest) -> Page[WaitingOut]:
        """List the certificates that you have not seen yet, the oldest first, at most 200."""
        return Page(await service.waiting(actor=actor(request), now=clock.now()))

    @post("/{certificate_id:uuid}/confirm", status_code=200)
    async def confirm(self, request: MarketRequest, certificate_id: FromPath[UUID], data: JSONBody[VersionIn]) -> Response[CertificateOut]:
        """Say that a certificate was seen and holds. Raises: NotFound, VersionConflict, CertificateClosed."""
        work = service.confirm_certificate
        return await once(request, lambda: work(certificate_id, version=data.version, actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (CertificateController, OperatorCertificateController)
KEEPERS = ("supplier:owner", "supplier:catalogue")
POLICIES = (
    Policy("GET /api/v1/certificates", ("supplier",), scope="suppliers:read"),
    Policy("POST /api/v1/certificates", KEEPERS, scope="organisations:write", acts=True),
    Policy("POST /api/v1/certificates/{certificate_id:uuid}/withdraw", KEEPERS, scope="organisations:write", sample="certificate", acts=True),
    Policy("GET /api/v1/operator/certificates", ("operator",), scope="suppliers:read"),
    Policy(
        "POST /api/v1/operator/certificates/{certificate_id:uuid}/confirm",
        ("operator:admin",),
        scope="organisations:write",
        sample="certificate",
        acts=True,
    ),
)
