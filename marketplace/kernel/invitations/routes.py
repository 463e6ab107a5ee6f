"""Owns the API of invitations: one's own organisation's, and accepting one by its link."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import IN_CHARGE, Cursor, Limit, address_of, asked_of, own_organisation, settings_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.invitations import service
from marketplace.kernel.invitations.schemas import Acceptance, Accepted, InvitationMade, InvitationOut, InvitationView, NewInvitation
from marketplace.kernel.package import Policy


class OwnInvitationController(Controller):
    """The invitations into one's own organisation."""

    path = "/api/v1/organisation/invitations"
    tags = ("Organisation",)

    @get("/")
    async def invitations(self, request: MarketRequest, limit: Limit = 100, cursor: Cursor = None) -> Page[InvitationOut]:
        """List the open invitations, the newest first. Raises: BadCursor."""
        asked = asked_of(request, cursor, limit=limit)
        return Page(*await service.invitations_page(own_organisation(request), asked=asked, actor=actor(request), now=clock.now()))

    @post("/", status_code=201)
    async def invite(self, request: MarketRequest, data: JSONBody[NewInvitation]) -> Response[InvitationMade]:
        """Invite a person; the answer holds the link's token, this once: a repeat under the same Idempotency-Key has an empty one.

        Inviting the same address again under another key ends its first link.
        """
        who, own = actor(request), own_organisation(request)

        async def work() -> InvitationMade:
            return await service.invite(own, data, actor=who, now=clock.now())

        return await once(request, work, status=201, repeated=service.without_token)

    @delete("/{invitation_id:uuid}", status_code=204)
    async def withdraw(self, request: MarketRequest, invitation_id: FromPath[UUID]) -> Response[None]:
        """End an open invitation. Raises: NotFound."""
        who, own = actor(request), own_organisation(request)
        return await once(request, lambda: service.withdraw(invitation_id, organisation_id=own, actor=who, now=clock.now()), status=204)


class InvitationController(Controller):
    """An invitation as its holder sees it."""

    path = "/api/v1/invitations"
    tags = ("Sessions",)

    @get("/{token:str}")
    async def invitation(self, request: MarketRequest, token: FromPath[str]) -> InvitationView:
        """Look at an invitation by its link. Raises: NotFound, InvitationGone."""
        return await service.look(token, issuer=settings_of(request).market_name, now=clock.now())

    @post("/{token:str}/acceptance", status_code=201)
    async def accept(self, request: MarketRequest, token: FromPath[str], data: JSONBody[Acceptance]) -> Accepted:
        """Join the organisation. Works once. Raises: NotFound, InvitationGone, InvalidInput, WrongCredentials, SecondFactorNeeded."""
        return await service.accept(token, data, address=address_of(request), now=clock.now())


ROUTERS: tuple[Any, ...] = (OwnInvitationController, InvitationController)
POLICIES = (
    Policy("GET /api/v1/organisation/invitations", IN_CHARGE, scope="organisations:read"),
    Policy("POST /api/v1/organisation/invitations", IN_CHARGE, scope="organisations:write", steps_up=True, keyed=True),
    Policy("DELETE /api/v1/organisation/invitations/{invitation_id:uuid}", IN_CHARGE, scope="organisations:write", sample="invitation", keyed=True),
    Policy("GET /api/v1/invitations/{token:str}", ("anyone",), sample="invitation_token"),
    Policy("POST /api/v1/invitations/{token:str}/acceptance", ("anyone",), sample="invitation_token"),
)
