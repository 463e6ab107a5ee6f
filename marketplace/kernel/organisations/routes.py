"""Owns the API of organisations: one's own with its members, and every one for the operator."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from marketplace.kernel import clock
from marketplace.kernel.errors import NotSignedIn
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import IN_CHARGE, Cursor, Limit, asked_of, forget, own_organisation, settings_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.organisations import service
from marketplace.kernel.organisations.schemas import MemberOut, NewOrganisation, OrganisationOut, OrganisationSearch, RolesChange, StateChange
from marketplace.kernel.package import Policy


class OwnOrganisationController(Controller):
    """One's own organisation and its members."""

    path = "/api/v1/organisation"
    tags = ("Organisation",)

    @get("/")
    async def organisation(self, request: MarketRequest) -> OrganisationOut:
        """Read one's own organisation."""
        return await service.organisation(own_organisation(request), actor=actor(request))

    @get("/members")
    async def members(self, request: MarketRequest, limit: Limit = 100, cursor: Cursor = None) -> Page[MemberOut]:
        """List the members by name. Raises: BadCursor."""
        asked = asked_of(request, cursor, limit=limit)
        return Page(*await service.members_page(own_organisation(request), asked=asked, actor=actor(request)))

    @put("/members/{member_id:uuid}/roles")
    async def change_roles(self, request: MarketRequest, member_id: FromPath[UUID], data: JSONBody[RolesChange]) -> Response[MemberOut]:
        """Give a member other roles. Raises: NotFound, InvalidInput, LastOwner, VersionConflict."""
        who, own = actor(request), own_organisation(request)
        answer = await once(request, lambda: service.change_roles(member_id, data, organisation_id=own, actor=who, now=clock.now()))
        forget(request)
        return answer

    @delete("/members/{member_id:uuid}", status_code=204)
    async def remove(self, request: MarketRequest, member_id: FromPath[UUID]) -> Response[None]:
        """End a membership. Raises: NotFound, LastOwner."""
        who, own = actor(request), own_organisation(request)
        answer = await once(request, lambda: service.remove_member(member_id, organisation_id=own, actor=who, now=clock.now()), status=204)
        forget(request)
        return answer

    @delete("/membership", status_code=204)
    async def leave(self, request: MarketRequest) -> Response[None]:
        """End one's own membership in the organisation one acts for, as a person. Raises: NotSignedIn, NotAllowed, NotFound, LastOwner."""
        who = actor(request)
        if who.person_id is None:
            raise NotSignedIn
        answer = await once(request, lambda: service.leave(actor=who, now=clock.now()), status=204, is_of_person=True)
        forget(request)
        return answer


class OperatorOrganisationController(Controller):
    """Every organisation, for the operator."""

    path = "/api/v1/operator/organisations"
    tags = ("Operator",)

    @get("/")
    async def organisations(
        self,
        request: MarketRequest,
        q: FromQuery[str] = "",
        capacity: FromQuery[str] = "",
        limit: Limit = 50,
        cursor: FromQuery[str | None] = None,
    ) -> Page[OrganisationOut]:
        """Search organisations by name, in the order of names. Raises: InvalidInput, BadCursor."""
        wanted = OrganisationSearch(q=q, capacity=capacity, cursor=cursor, limit=limit)
        found = await service.page(wanted, secret=settings_of(request).secret_key, actor=actor(request))
        return Page(found.items, found.next_cursor)

    @post("/", status_code=201)
    async def create(self, request: MarketRequest, data: JSONBody[NewOrganisation]) -> Response[OrganisationOut]:
        """Create an organisation. Raises: InvalidInput, ConfusableName."""
        return await once(request, lambda: service.create_organisation(data, actor=actor(request), now=clock.now()), status=201)

    @get("/{organisation_id:uuid}")
    async def organisation(self, request: MarketRequest, organisation_id: FromPath[UUID]) -> OrganisationOut:
        """Read an organisation. Raises: NotFound."""
        return await service.organisation(organisation_id, actor=actor(request))

    @get("/{organisation_id:uuid}/members")
    async def members(self, request: MarketRequest, organisation_id: FromPath[UUID], limit: Limit = 100, cursor: Cursor = None) -> Page[MemberOut]:
        """List an organisation's members. Raises: NotFound, BadCursor."""
        await service.organisation(organisation_id, actor=actor(request))
        return Page(*await service.members_page(organisation_id, asked=asked_of(request, cursor, limit=limit), actor=actor(request)))

    @post("/{organisation_id:uuid}/state", status_code=200)
    async def change_state(self, request: MarketRequest, organisation_id: FromPath[UUID], data: JSONBody[StateChange]) -> Response[OrganisationOut]:
        """Suspend, close or reopen an organisation, with the reason. Raises: NotFound, InvalidInput, InvalidTransition, VersionConflict."""
        return await once(request, lambda: service.change_state(organisation_id, data, actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (OwnOrganisationController, OperatorOrganisationController)
POLICIES = (
    Policy("GET /api/v1/organisation", ("signed-in",), scope="organisations:read"),
    Policy("GET /api/v1/organisation/members", ("signed-in",), scope="organisations:read"),
    Policy(
        "PUT /api/v1/organisation/members/{member_id:uuid}/roles", IN_CHARGE, scope="organisations:write", sample="member", steps_up=True, keyed=True
    ),
    Policy(
        "DELETE /api/v1/organisation/members/{member_id:uuid}", IN_CHARGE, scope="organisations:write", sample="member", steps_up=True, keyed=True
    ),
    # As with the page: who has left acts for none, and a repeat under the same key is answered all the same.
    Policy("DELETE /api/v1/organisation/membership", ("anyone",), keyed=True),
    Policy("GET /api/v1/operator/organisations", ("operator",), scope="organisations:read"),
    Policy("POST /api/v1/operator/organisations", ("operator:admin",), scope="organisations:write", acts=True),
    Policy("GET /api/v1/operator/organisations/{organisation_id:uuid}", ("operator",), scope="organisations:read", sample="organisation"),
    Policy("GET /api/v1/operator/organisations/{organisation_id:uuid}/members", ("operator",), scope="organisations:read", sample="organisation"),
    Policy(
        "POST /api/v1/operator/organisations/{organisation_id:uuid}/state",
        ("operator:admin",),
        scope="organisations:write",
        sample="organisation",
        acts=True,
        steps_up=True,
    ),
)
