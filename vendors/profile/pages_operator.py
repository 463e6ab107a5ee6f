"""Owns the operator's page of a supplier: legal facts, how it answers orders, checks and certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.kernel import clock, countries
from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.http.caller import forget
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from vendors.accounts import service as accounts
from vendors.accounts.schemas import CHECK_WORDS, CheckIn
from vendors.certificates import service as certificates
from vendors.profile import service
from vendors.profile.pages import as_typed
from vendors.profile.schemas import CheckForm, LegalForm, LegalIn, TermsIn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from marketplace.kernel.errors import DomainError

PLACE = "/operator/suppliers/{supplier_id:uuid}"


class OperatorSupplierPages(Controller):
    """A supplier as the operator keeps it."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def supplier(self, request: MarketRequest, supplier_id: FromPath[UUID]) -> Response[str]:
        """Show the supplier with the forms of what the operator sets. Raises: NotFound."""
        return await _page(request, supplier_id)

    @post("/legal")
    async def legal(self, request: MarketRequest, supplier_id: FromPath[UUID]) -> Response[Any]:
        """Set the legal facts as typed. Raises: NotFound."""

        async def work() -> None:
            sent = await form(request, LegalForm)
            legal = LegalIn(
                version=sent.legal_version,
                legal_name=sent.legal_name,
                registration_number=sent.registration_number,
                country=sent.country,
                reason=sent.reason,
            )
            await service.save_legal(supplier_id, legal, actor=actor(request), now=clock.now())

        answer = await _acted(request, supplier_id, work, stored="legal")
        forget(request)
        return answer

    @post("/terms")
    async def terms(self, request: MarketRequest, supplier_id: FromPath[UUID]) -> Response[Any]:
        """Set how the supplier answers orders. Raises: NotFound."""

        async def work() -> None:
            await service.save_terms(supplier_id, await form(request, TermsIn), actor=actor(request), now=clock.now())

        return await _acted(request, supplier_id, work, stored="terms")

    @post("/checks")
    async def check(self, request: MarketRequest, supplier_id: FromPath[UUID]) -> Response[Any]:
        """Add the check that was typed. Raises: NotFound."""

        async def work() -> None:
            sent = await form(request, CheckForm)
            if sent.passed_on is None:
                raise InvalidInput(errors=(FieldError("/passed_on", "missing", "Give the day."),))
            check = CheckIn(kind=sent.kind, passed_on=sent.passed_on, expires_on=sent.expires_on, reference=sent.reference)
            await accounts.add_check(supplier_id, check, actor=actor(request), now=clock.now())

        return await _acted(request, supplier_id, work, stored="checks")


async def _acted(request: MarketRequest, supplier_id: UUID, work: Callable[[], Awaitable[None]], *, stored: str) -> Response[Any]:
    async def done() -> str:
        await work()
        return f"/operator/suppliers/{supplier_id}?stored={stored}#s-{stored}"

    return await acted(request, done, refused=lambda error: _page(request, supplier_id, error))


async def _page(request: MarketRequest, supplier_id: UUID, error: DomainError | None = None) -> Response[Any]:
    who, now = actor(request), clock.now()
    found = await service.profile(supplier_id, actor=who, now=now)
    values = as_typed(found)
    values |= {"legal_name": found.legal_name, "registration_number": found.registration_number, "country": found.country}
    if error is not None:
        values |= await form_values(request)
    return render(
        request,
        "profile/supplier.html",
        supplier=found,
        certificates=await certificates.certificates_of(supplier_id, now=now),
        may="admin" in who.roles,
        checks=CHECK_WORDS,
        countries=countries.countries(),
        values=values,
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


PAGES: tuple[Any, ...] = (OperatorSupplierPages,)
ADMIN = ("operator:admin",)
POLICIES = (
    Policy(f"GET {PLACE}", ("operator",), sample="supplier"),
    Policy(f"POST {PLACE}/legal", ADMIN, sample="supplier", acts=True, steps_up=True),
    Policy(f"POST {PLACE}/terms", ADMIN, sample="supplier", acts=True),
    Policy(f"POST {PLACE}/checks", ADMIN, sample="supplier", acts=True),
)
NAV = (Nav(lazy("Organisations"), "/operator/suppliers", ("operator",), 10, under="/operator/organisations"),)
