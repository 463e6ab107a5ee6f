"""Owns the pages of certificates: the supplier's list, and the operator's word on one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.kernel import clock
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from vendors.certificates import service
from vendors.certificates.schemas import USUAL_KINDS, CertificateForm, VersionIn

if TYPE_CHECKING:
    from marketplace.kernel.actor import Actor
    from marketplace.kernel.errors import DomainError

PLACE = "/supplier/certificates"


class CertificatePages(Controller):
    """A supplier's certificates."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def certificates(self, request: MarketRequest) -> Response[str]:
        """List the certificates with what expires soon, and the form of another one."""
        return await _page(request)

    @post("/")
    async def state(self, request: MarketRequest) -> Response[Any]:
        """Add the certificate that was typed."""

        async def work() -> str:
            sent = service.typed(await form(request, CertificateForm))
            await service.state_certificate(sent, actor=actor(request), now=clock.now())
            return f"{PLACE}?stored=certificate"

        return await acted(request, work, refused=lambda error: _page(request, error))

    @post("/{certificate_id:uuid}/withdraw")
    async def withdraw(self, request: MarketRequest, certificate_id: FromPath[UUID]) -> Response[Any]:
        """Take a certificate off the list. Raises: NotFound."""

        async def work() -> str:
            sent = await form(request, VersionIn)
            await service.withdraw_certificate(certificate_id, version=sent.version, actor=actor(request), now=clock.now())
            return f"{PLACE}?stored=withdrawn"

        return await acted(request, work, refused=lambda error: _page(request, error))


class OperatorCertificatePages(Controller):
    """The operator's word on a certificate."""

    path = "/operator/certificates"
    include_in_schema = False

    @get("/")
    async def waiting(self, request: MarketRequest) -> Response[str]:
        """List the certificates that the operator has not seen yet."""
        who = actor(request)
        found = await service.waiting(actor=who, now=clock.now())
        return render(request, "certificates/waiting.html", certificates=found, may="admin" in who.roles)

    @post("/{certificate_id:uuid}/confirm")
    async def confirm(self, request: MarketRequest, certificate_id: FromPath[UUID]) -> Response[Any]:
        """Say that the certificate was seen and holds. Raises: NotFound, CertificateClosed, VersionConflict."""

        async def work() -> str:
            sent = await form(request, VersionIn)
            found = await service.confirm_certificate(certificate_id, version=sent.version, actor=actor(request), now=clock.now())
            return f"/operator/suppliers/{found.supplier_id}?stored=seen#s-certificates"

        async def refused(error: DomainError) -> Response[Any]:
            raise error

        return await acted(request, work, refused=refused)


async def _page(request: MarketRequest, error: DomainError | None = None) -> Response[Any]:
    who = actor(request)
    return render(
        request,
        "certificates/certificates.html",
        certificates=await service.my_certificates(actor=who, now=clock.now()),
        kinds=USUAL_KINDS,
        may=bool(who.roles & {"owner", "catalogue"}),
        values=Fields(await form_values(request) if error is not None else {}),
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


KEEPERS = ("supplier:owner", "supplier:catalogue")


async def _waiting(who: Actor) -> int:
    return await service.count_waiting(who, now=clock.now())


PAGES: tuple[Any, ...] = (CertificatePages, OperatorCertificatePages)
POLICIES = (
    Policy(f"GET {PLACE}", ("supplier",)),
    Policy(f"POST {PLACE}", KEEPERS, acts=True),
    Policy("POST /supplier/certificates/{certificate_id:uuid}/withdraw", KEEPERS, sample="certificate", acts=True),
    Policy("GET /operator/certificates", ("operator",)),
    Policy("POST /operator/certificates/{certificate_id:uuid}/confirm", ("operator:admin",), sample="certificate", acts=True),
)
NAV = (Nav(lazy("Certificates"), "/operator/certificates", ("operator",), 20, _waiting),)
