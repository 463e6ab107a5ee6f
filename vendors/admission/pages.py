"""Owns the operator's page on which an organisation is let to sell, and is seen to sell afterwards."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.kernel import clock, countries
from marketplace.kernel.http.caller import forget
from marketplace.kernel.http.forms import Fields, acted, told_rows, typed
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form
from marketplace.kernel.organisations import service as organisations
from marketplace.kernel.package import Policy
from vendors.accounts import service as accounts
from vendors.accounts.pages_words import incoterms
from vendors.accounts.schemas import CHECK_WORDS
from vendors.admission import service
from vendors.admission.schemas import AdmissionForm
from vendors.sites import service as sites
from vendors.sites.pages import DAYS, form_fields

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError
    from vendors.sites.schemas import SiteIn


POINTER_PARTS = 3


class AdmissionPages(Controller):
    """An organisation as a supplier, for the operator."""

    path = "/operator/organisations/{organisation_id:uuid}/supplier"
    include_in_schema = False

    @get("/")
    async def selling(self, request: MarketRequest, organisation_id: FromPath[UUID]) -> Response[str]:
        """Show how an organisation sells, or the form that lets it. Raises: NotFound."""
        return await _page(request, organisation_id)

    @post("/")
    async def admit(self, request: MarketRequest, organisation_id: FromPath[UUID]) -> Response[Any]:
        """Let the organisation sell as typed. Raises: NotFound."""

        async def work() -> str:
            sent = await form(request, AdmissionForm)
            site = _typed_site(sent)
            await service.admit(organisation_id, service.typed(sent, site=site), actor=actor(request), now=clock.now())
            return f"/operator/organisations/{organisation_id}/supplier"

        answer = await acted(request, work, refused=lambda error: _page(request, organisation_id, error))
        forget(request)
        return answer


def _typed_site(sent: AdmissionForm) -> SiteIn | None:
    """Give the first site, None where no name was typed; a bad field is named as it is called on the page."""
    if not sent.name:
        return None
    site = sites.typed_site(sent, closed_on=[], opened_on=[], now=clock.now())
    sites.checked(site, now=clock.now())
    return site


async def _page(request: MarketRequest, organisation_id: UUID, error: DomainError | None = None) -> Response[Any]:
    who, now = actor(request), clock.now()
    organisation = await organisations.organisation(organisation_id, actor=who)
    values = {
        "country": organisation.country,
        "time_zone": countries.usual_time_zone(organisation.country),
        "cut_off": "15:00",
        "keeps_public_holidays": "on",
        "acceptance_hours": "48",
        "default_incoterm": "EXW",
    }
    columns = [await typed(request, f"check_{name}") for name in ("passed_on", "expires_on", "reference")] if error is not None else ([], [], [])
    lines = list(zip_longest(*columns, fillvalue=""))[: len(CHECK_WORDS)]
    # The lines with a day are numbered from 0 in what was sent; on the page each stands beside its kind.
    made = [kind for kind, line in zip(CHECK_WORDS, lines, strict=False) if line[0].strip()]
    rows = Fields() if error is None else Fields({_on_page(pointer, made): text for pointer, text in told_rows(error, request).items()})
    return render(
        request,
        "admission/supplier.html",
        organisation=organisation,
        supplier=await accounts.find(organisation_id, now=now, sees_ended=True),
        sites=await sites.sites_of(organisation_id, actor=who, now=now),
        may_admit="admin" in who.roles and "operator" not in organisation.capacities and organisation.state == "active",
        weekday_words=DAYS,
        incoterms=incoterms(),
        check_errors=rows,
        kinds=list(zip_longest(CHECK_WORDS.items(), lines, fillvalue=("", "", ""))),
        status=200 if error is None else error.status,
        **await form_fields(request, values, error, working_days="12345"),
    )


def _on_page(pointer: str, made: list[str]) -> str:
    """Give `checks/1/passed_on` as `tax/passed_on`: the row that the reader sees."""
    parts = pointer.split("/")
    if len(parts) == POINTER_PARTS and parts[0] == "checks" and int(parts[1]) < len(made):
        return f"{made[int(parts[1])]}/{parts[2]}"
    return pointer


PAGES: tuple[Any, ...] = (AdmissionPages,)
POLICIES = (
    Policy("GET /operator/organisations/{organisation_id:uuid}/supplier", ("operator",), sample="organisation"),
    Policy("POST /operator/organisations/{organisation_id:uuid}/supplier", ("operator:admin",), sample="organisation", acts=True),
)
