"""Owns the page of an organisation's API keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.caller import IN_CHARGE, asked_of, forget, own_organisation
from marketplace.kernel.http.forms import Fields, told, typed
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.keys import service
from marketplace.kernel.keys.schemas import ApiKeyMade, KeyForm, NewApiKey, Rotation
from marketplace.kernel.package import Policy

PLACE = "/members/api-keys"


class ApiKeyPages(Controller):
    """The keys of one's own organisation."""

    path = PLACE

    @get("/")
    async def api_keys(self, request: MarketRequest) -> Response[Any]:
        """Show the keys and the form for a new one."""
        return await _page(request)

    @post("/")
    async def create(self, request: MarketRequest) -> Response[Any]:
        """Make a key and show it whole, this once: the answer is the page itself, so that the key stands in no address and no store."""
        who, organisation_id = actor(request), own_organisation(request)

        async def make() -> ApiKeyMade:
            data = await form(request, KeyForm)
            key = NewApiKey(name=data.name, scopes=data.scopes, days=data.days, networks=tuple(data.networks.split()))
            return await service.create_api_key(key, organisation_id=organisation_id, actor=who, now=clock.now())

        return await _shown_once(request, make)

    @post("/{key_id:uuid}/rotate")
    async def rotate(self, request: MarketRequest, key_id: FromPath[UUID]) -> Response[Any]:
        """Make a successor and show it whole, this once."""
        who, organisation_id = actor(request), own_organisation(request)

        async def make() -> ApiKeyMade:
            hours = (await form(request, Rotation)).overlap_hours
            return await service.rotate_api_key(key_id, organisation_id=organisation_id, overlap_hours=hours, actor=who, now=clock.now())

        return await _shown_once(request, make)

    @post("/{key_id:uuid}/revoke")
    async def revoke(self, request: MarketRequest, key_id: FromPath[UUID]) -> Response[Any]:
        """End a key."""
        who, organisation_id = actor(request), own_organisation(request)

        async def work() -> str:
            await service.revoke_api_key(key_id, organisation_id=organisation_id, actor=who, now=clock.now())
            return PLACE

        try:
            response = await once_form(request, work)
        except DomainError as error:
            return await _page(request, error=error)
        forget(request)
        return response


async def _shown_once(request: MarketRequest, make: Callable[[], Awaitable[ApiKeyMade]]) -> Response[Any]:
    """Show the key to the post that made it; the same form sent again, as by a double click, makes no other and leads to the list."""
    made: ApiKeyMade | None = None

    async def work() -> str:
        nonlocal made
        made = await make()
        return f"{PLACE}?made={made.prefix}"

    try:
        answer = await once_form(request, work)
    except DomainError as error:
        return await _page(request, error=error)
    return answer if made is None else await _page(request, made=made)


async def _page(request: MarketRequest, *, made: ApiKeyMade | None = None, error: DomainError | None = None) -> Response[Any]:
    who = actor(request)
    is_refused = error is not None
    keys, following = await service.api_keys_page(own_organisation(request), asked=asked_of(request, request.query_params.get("cursor")), actor=who)
    asked = request.query_params.get("made", "")
    return render(
        request,
        "identity/api_keys.html",
        keys=keys,
        next_cursor=following,
        shown_before=next((key for key in keys if key.prefix == asked), None),
        scopes=service.scopes_for(who.capacities),
        made=made,
        values=Fields(await form_values(request) if is_refused else {}),
        chosen=await typed(request, "scopes") if is_refused else [],
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


PAGES: tuple[Any, ...] = (ApiKeyPages,)
POLICIES = (
    Policy("GET /members/api-keys", IN_CHARGE),
    Policy("POST /members/api-keys", IN_CHARGE, acts=True, steps_up=True),
    Policy("POST /members/api-keys/{key_id:uuid}/rotate", IN_CHARGE, sample="api_key", acts=True, steps_up=True),
    Policy("POST /members/api-keys/{key_id:uuid}/revoke", IN_CHARGE, sample="api_key", acts=True),
)
