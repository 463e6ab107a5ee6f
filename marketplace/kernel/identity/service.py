"""Owns the one door to identity: what other packages, the edge, the demo world and the pages call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import transaction
from marketplace.kernel.errors import FieldError, NotAllowed
from marketplace.kernel.invitations.errors import SecondFactorNeeded
from marketplace.kernel.invitations.service import accept as accept_invitation
from marketplace.kernel.invitations.service import accept_and_sign_in, invitations_page, invite, look, open_invitations
from marketplace.kernel.invitations.service import withdraw as withdraw_invitation
from marketplace.kernel.keys.service import (
    SCOPES,
    actor_of_api_key,
    api_keys,
    api_keys_page,
    create_api_key,
    revoke_api_key,
    rotate_api_key,
    scopes_for,
)
from marketplace.kernel.organisations import service as organisations
from marketplace.kernel.organisations.service import (
    ROLE_HINTS,
    change_roles,
    change_state,
    create_organisation,
    leave,
    members,
    members_page,
    memberships,
    onward_states,
    organisation,
    page,
    remove_member,
    roles_of,
    search_organisations,
)
from marketplace.kernel.people import service as people
from marketplace.kernel.people.service import account, change_profile
from marketplace.kernel.sessions.service import (
    actor_of_session,
    change_password,
    choose_organisation,
    finish_sign_in,
    open_session,
    purge,
    session,
    sign_in,
    sign_out,
    step_up,
)

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.people.schemas import NewPerson, PersonOut

__all__ = [
    "ROLE_HINTS",
    "SCOPES",
    "accept_and_sign_in",
    "accept_invitation",
    "account",
    "actor_of_api_key",
    "actor_of_session",
    "api_keys",
    "api_keys_page",
    "change_password",
    "change_profile",
    "change_roles",
    "change_state",
    "choose_organisation",
    "create_api_key",
    "create_organisation",
    "create_person",
    "finish_sign_in",
    "invitations_page",
    "invite",
    "leave",
    "look",
    "members",
    "members_page",
    "memberships",
    "onward_states",
    "open_invitations",
    "open_session",
    "organisation",
    "page",
    "purge",
    "remove_member",
    "revoke_api_key",
    "roles_of",
    "rotate_api_key",
    "scopes_for",
    "search_organisations",
    "session",
    "sign_in",
    "sign_out",
    "step_up",
    "withdraw_invitation",
]


async def create_person(data: NewPerson, *, organisation_id: UUID, roles: tuple[str, ...], actor: Actor, now: datetime) -> PersonOut:
    """Create a person and make them a member at once, without an invitation: for the demo world, seeds and the first operator.

    Only the worker may. Operators' staff need a `totp_secret`.
    Raises: NotAllowed, NotFound, InvalidInput, SecondFactorNeeded, EmailTaken.
    """
    if actor.database_role != "worker":
        raise NotAllowed
    found = await organisations.organisation(organisation_id, actor=actor)
    if "operator" in found.capacities and data.totp_secret is None:
        raise SecondFactorNeeded(errors=(FieldError("/totp_secret", "missing", "Operators sign in with a code as well."),))
    prepared = await people.prepare(data, now=now)
    async with transaction(actor=actor):
        person = await people.add(prepared)
        await organisations.add_member(organisation_id, person_id=person.id, roles=roles, actor=actor, now=now)
    return person
