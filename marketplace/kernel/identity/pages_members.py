"""Owns the pages of one's own organisation: its people, their roles, and who is invited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.kernel import clock
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError, NotSignedIn
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.caller import IN_CHARGE, asked_of, forget, own_organisation, settings_of
from marketplace.kernel.http.forms import Fields, told, typed
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.identity import service
from marketplace.kernel.identity.schemas import InvitationForm, RolesForm
from marketplace.kernel.invitations.schemas import InvitationMade, InvitationOut, NewInvitation
from marketplace.kernel.organisations.schemas import RolesChange
from marketplace.kernel.package import Nav, Policy


def link_of(request: MarketRequest, made: InvitationMade) -> str:
    """Give the whole address of an invitation, to be sent to the person by whatever way."""
    return f"{settings_of(request).public_url.rstrip('/')}/invitations/{made.token}"


async def invited(request: MarketRequest, organisation_id: UUID, who: Actor) -> InvitationMade:
    """Make the invitation that a form asks for. Raises: InvalidInput, and whatever inviting raises."""
    data = await form(request, InvitationForm)
    return await service.invite(organisation_id, NewInvitation(email=data.email, roles=data.roles), actor=who, now=clock.now())


class MemberPages(Controller):
    """The people of one's own organisation."""

    path = "/members"

    @get("/")
    async def members(self, request: MarketRequest) -> Response[Any]:
        """Show members and open invitations."""
        return await _page(request)

    @post("/invitations")
    async def invite(self, request: MarketRequest) -> Response[Any]:
        """Invite somebody and show the link, this once; the same form sent again makes no other and leads to the list."""
        who, organisation_id = actor(request), own_organisation(request)
        made: InvitationMade | None = None

        async def work() -> str:
            nonlocal made
            made = await invited(request, organisation_id, who)
            return f"/members?invited={made.id}"

        try:
            answer = await once_form(request, work)
        except DomainError as error:
            return await _page(request, error=error)
        return answer if made is None else await _page(request, made=made)

    @post("/invitations/{invitation_id:uuid}/withdraw")
    async def withdraw(self, request: MarketRequest, invitation_id: FromPath[UUID]) -> Response[Any]:
        """End an open invitation. Raises: NotFound."""
        who, organisation_id = actor(request), own_organisation(request)

        async def work() -> str:
            await service.withdraw_invitation(invitation_id, organisation_id=organisation_id, actor=who, now=clock.now())
            return "/members"

        return await once_form(request, work)

    @post("/{member_id:uuid}/roles")
    async def change_roles(self, request: MarketRequest, member_id: FromPath[UUID]) -> Response[Any]:
        """Give a member other roles. Raises: NotFound."""
        who, organisation_id = actor(request), own_organisation(request)

        async def work() -> str:
            data = await form(request, RolesForm)
            change = RolesChange(roles=data.roles, version=data.version)
            await service.change_roles(member_id, change, organisation_id=organisation_id, actor=who, now=clock.now())
            return "/members"

        try:
            response = await once_form(request, work)
        except DomainError as error:
            return await _page(request, error=error)
        forget(request)
        return response

    @post("/{member_id:uuid}/remove")
    async def remove(self, request: MarketRequest, member_id: FromPath[UUID]) -> Response[Any]:
        """End a membership. Raises: NotFound."""
        who, organisation_id = actor(request), own_organisation(request)

        async def work() -> str:
            await service.remove_member(member_id, organisation_id=organisation_id, actor=who, now=clock.now())
            return "/members"

        try:
            response = await once_form(request, work)
        except DomainError as error:
            return await _page(request, error=error)
        forget(request)
        return response

    @post("/leave")
    async def leave(self, request: MarketRequest) -> Response[Any]:
        """End one's own membership and go on to choose another organisation, by the same form sent again too. Raises: NotSignedIn, NotAllowed."""
        who = actor(request)
        if who.person_id is None:
            raise NotSignedIn

        async def work() -> str:
            await service.leave(actor=who, now=clock.now())
            return "/switch-organisation"

        try:
            response = await once_form(request, work, is_of_person=True)
        except DomainError as error:
            if who.organisation_id is None:
                raise
            return await _page(request, error=error)
        forget(request)
        return response


def shown_before(request: MarketRequest, invitations: Sequence[InvitationOut]) -> InvitationOut | None:
    """Give the invitation whose link somebody asks for once more, by sending its form again."""
    asked = request.query_params.get("invited", "")
    return next((one for one in invitations if str(one.id) == asked), None)


async def _page(request: MarketRequest, *, made: InvitationMade | None = None, error: DomainError | None = None) -> Response[Any]:
    who, organisation_id = actor(request), own_organisation(request)
    is_in_charge = bool(who.roles & {"owner", "admin"})
    at = request.query_params
    members, next_members = await service.members_page(organisation_id, asked=asked_of(request, at.get("cursor")), actor=who)
    invitations: list[InvitationOut] = []
    next_invitations: str | None = None
    if is_in_charge:
        asked = asked_of(request, at.get("invitations"))
        invitations, next_invitations = await service.invitations_page(organisation_id, asked=asked, actor=who, now=clock.now())
    return render(
        request,
        "identity/members.html",
        members=members,
        next_members=next_members,
        invitations=invitations,
        next_invitations=next_invitations,
        shown_before=shown_before(request, invitations),
        roles=service.roles_of(who.capacities),
        is_in_charge=is_in_charge,
        hints=service.ROLE_HINTS,
        link="" if made is None else link_of(request, made),
        made=made,
        values=Fields(await form_values(request) if error is not None else {}),
        chosen=await typed(request, "roles") if error is not None else [],
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


PAGES: tuple[Any, ...] = (MemberPages,)
POLICIES = (
    Policy("GET /members", ("signed-in",)),
    Policy("POST /members/invitations", IN_CHARGE, acts=True, steps_up=True),
    Policy("POST /members/invitations/{invitation_id:uuid}/withdraw", IN_CHARGE, sample="invitation", acts=True),
    # Open as choosing an organisation is: who has left acts for none, and the form sent again leads on all the same.
    Policy("POST /members/leave", ("anyone",), acts=True),
    Policy("POST /members/{member_id:uuid}/roles", IN_CHARGE, sample="member", acts=True, steps_up=True),
    Policy("POST /members/{member_id:uuid}/remove", IN_CHARGE, sample="member", acts=True, steps_up=True),
)
NAV = (Nav(lazy("People and keys"), "/members", ("signed-in",), 90),)
