"""Owns the operator's pages of organisations: the list, a new one, and one with its people, invitations and keys."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from marketplace.kernel import clock, countries, formatting
from marketplace.kernel.currencies import CURRENCIES
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.caller import asked_of, forget, settings_of
from marketplace.kernel.http.forms import Fields, told, typed
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.identity import service
from marketplace.kernel.identity.pages_members import invited, link_of, shown_before
from marketplace.kernel.identity.schemas import OrganisationForm, StateForm
from marketplace.kernel.invitations.schemas import InvitationMade
from marketplace.kernel.organisations.schemas import NewOrganisation, OrganisationSearch, StateChange
from marketplace.kernel.package import Nav, Policy
from marketplace.kernel.ports import SUPPLIER_STATES

PLACE = "/operator/organisations"
LIST_LENGTH = 50


class OperatorOrganisationPages(Controller):
    """Every organisation, for the operator."""

    path = PLACE

    @get("/")
    async def organisations(
        self, request: MarketRequest, q: FromQuery[str] = "", capacity: FromQuery[str] = "", cursor: FromQuery[str | None] = None
    ) -> Response[Any]:
        """List organisations by name, with search and paging in the address. Raises: InvalidInput, BadCursor."""
        wanted = OrganisationSearch(q=q, capacity=capacity, cursor=cursor, limit=LIST_LENGTH)
        page = await service.page(wanted, secret=settings_of(request).secret_key, actor=actor(request))
        states: dict[UUID, str] = {}
        for answerer in SUPPLIER_STATES.implementations:
            states |= await answerer.states([item.id for item in page.items], now=clock.now())
        return render(request, "identity/organisations.html", page=page, q=q, capacity=capacity, states=states)

    @get("/new")
    async def new(self, request: MarketRequest) -> Response[Any]:
        """Show the form for a new organisation."""
        return await _form_page(request)

    @post("/")
    async def create(self, request: MarketRequest) -> Response[Any]:
        """Create an organisation and go on to invite its first person."""
        who = actor(request)

        async def work() -> str:
            data = await form(request, OrganisationForm)
            new = msgspec.convert(msgspec.structs.asdict(data), NewOrganisation)
            made = await service.create_organisation(new, actor=who, now=clock.now())
            return f"{PLACE}/{made.id}"

        try:
            return await once_form(request, work)
        except DomainError as error:
            return await _form_page(request, error=error)

    @get("/{organisation_id:uuid}")
    async def organisation(self, request: MarketRequest, organisation_id: FromPath[UUID]) -> Response[Any]:
        """Show one organisation. Raises: NotFound."""
        return await _page(request, organisation_id)

    @post("/{organisation_id:uuid}/state")
    async def change_state(self, request: MarketRequest, organisation_id: FromPath[UUID]) -> Response[Any]:
        """Suspend, close or reopen an organisation, with the reason. Raises: NotFound."""
        who = actor(request)

        async def work() -> str:
            data = await form(request, StateForm)
            change = StateChange(state=data.state, reason=data.reason, version=data.version)
            await service.change_state(organisation_id, change, actor=who, now=clock.now())
            return f"{PLACE}/{organisation_id}"

        try:
            response = await once_form(request, work)
        except DomainError as error:
            return await _page(request, organisation_id, error=error)
        forget(request)
        return response

    @post("/{organisation_id:uuid}/invitations")
    async def invite(self, request: MarketRequest, organisation_id: FromPath[UUID]) -> Response[Any]:
        """Invite somebody, first of all the first person, and show the link, this once. Raises: NotFound."""
        who = actor(request)
        made: InvitationMade | None = None

        async def work() -> str:
            nonlocal made
            made = await invited(request, organisation_id, who)
            return f"{PLACE}/{organisation_id}?invited={made.id}"

        try:
            answer = await once_form(request, work)
        except DomainError as error:
            return await _page(request, organisation_id, error=error)
        return answer if made is None else await _page(request, organisation_id, made=made)

    @post("/{organisation_id:uuid}/api-keys/{key_id:uuid}/revoke")
    async def revoke_key(self, request: MarketRequest, organisation_id: FromPath[UUID], key_id: FromPath[UUID]) -> Response[Any]:
        """End a key of an organisation. Raises: NotFound."""
        who = actor(request)

        async def work() -> str:
            await service.revoke_api_key(key_id, organisation_id=organisation_id, actor=who, now=clock.now())
            return f"{PLACE}/{organisation_id}"

        try:
            response = await once_form(request, work)
        except DomainError as error:
            return await _page(request, organisation_id, error=error)
        forget(request)
        return response


async def _form_page(request: MarketRequest, error: DomainError | None = None) -> Response[Any]:
    return render(
        request,
        "identity/organisation_new.html",
        countries=countries.countries(),
        currencies=sorted((code, f"{code} · {formatting.currency_name(code)}") for code in CURRENCIES),
        values=Fields(await form_values(request) if error is not None else {}),
        chosen=await typed(request, "capacities") if error is not None else [],
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


async def _page(
    request: MarketRequest, organisation_id: UUID, *, made: InvitationMade | None = None, error: DomainError | None = None
) -> Response[Any]:
    who = actor(request)
    organisation = await service.organisation(organisation_id, actor=who)
    at = request.query_params
    members, next_members = await service.members_page(organisation_id, asked=asked_of(request, at.get("cursor")), actor=who)
    asked = asked_of(request, at.get("invitations"))
    invitations, next_invitations = await service.invitations_page(organisation_id, asked=asked, actor=who, now=clock.now())
    keys, next_keys = await service.api_keys_page(organisation_id, asked=asked_of(request, at.get("keys")), actor=who)
    return render(
        request,
        "identity/organisation.html",
        organisation=organisation,
        members=members,
        invitations=invitations,
        following={"members": next_members, "invitations": next_invitations, "keys": next_keys},
        shown_before=shown_before(request, invitations),
        keys=keys,
        roles=service.roles_of(organisation.capacities),
        hints=service.ROLE_HINTS,
        onward=service.onward_states(organisation.state) if organisation_id != who.organisation_id else (),
        link="" if made is None else link_of(request, made),
        made=made,
        values=Fields(await form_values(request) if error is not None else {}),
        chosen=await typed(request, "roles") if error is not None else [],
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


PAGES: tuple[Any, ...] = (OperatorOrganisationPages,)
POLICIES = (
    Policy("GET /operator/organisations", ("operator",)),
    Policy("GET /operator/organisations/new", ("operator:admin",)),
    Policy("POST /operator/organisations", ("operator:admin",), acts=True),
    Policy("GET /operator/organisations/{organisation_id:uuid}", ("operator",), sample="organisation"),
    Policy("POST /operator/organisations/{organisation_id:uuid}/state", ("operator:admin",), sample="organisation", acts=True, steps_up=True),
    Policy("POST /operator/organisations/{organisation_id:uuid}/invitations", ("operator:admin",), sample="organisation", acts=True, steps_up=True),
    Policy(
        "POST /operator/organisations/{organisation_id:uuid}/api-keys/{key_id:uuid}/revoke", ("operator:admin",), sample="organisation", acts=True
    ),
)
NAV = (Nav(lazy("Organisations"), PLACE, ("operator",), 10, landing=PLACE),)
