"""Owns the page on which an invited person joins."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.kernel import clock
from marketplace.kernel.attempts.errors import TooManyAttempts, WrongCredentials
from marketplace.kernel.errors import DomainError, NotAllowed
from marketplace.kernel.http.caller import address_of, settings_of
from marketplace.kernel.http.forms import Fields, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, form_values
from marketplace.kernel.invitations import service
from marketplace.kernel.invitations.schemas import Acceptance
from marketplace.kernel.package import Policy
from marketplace.kernel.people import service as people
from marketplace.kernel.sessions.pages import welcome
from marketplace.kernel.wording import word


class InvitationPages(Controller):
    """Joining by a link."""

    path = "/invitations"

    @get("/{token:str}")
    async def invitation(self, request: MarketRequest, token: FromPath[str]) -> Response[Any]:
        """Show who invites and what is asked. Raises: NotFound, InvitationGone."""
        return await _page(request, token)

    @post("/{token:str}")
    async def accept(self, request: MarketRequest, token: FromPath[str]) -> Response[Any]:
        """Join, and begin a session. Raises: NotFound, InvitationGone."""
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise NotAllowed
        values = await form_values(request)
        data = Acceptance(
            password=values.get("password", ""),
            name=values.get("name", ""),
            locale=values.get("locale", "en"),
            totp_secret=values.get("totp_secret") or None,
            totp_code=values.get("totp_code", "").strip() or None,
        )
        try:
            hours = settings_of(request).session_hours
            signed_in = await service.accept_and_sign_in(token, data, address=address_of(request), now=clock.now(), hours=hours)
        except DomainError as error:
            return await _page(request, token, values=values, error=error)
        return await welcome(request, signed_in, "/")


async def _page(request: MarketRequest, token: str, *, values: dict[str, str] | None = None, error: DomainError | None = None) -> Response[Any]:
    settings = settings_of(request)
    view = await service.look(token, issuer=settings.market_name, now=clock.now())
    locale: str = request.scope["locale"]  # type: ignore[typeddict-item]
    kept = {"name": "", "locale": locale, **(values or {})}
    if kept.get("totp_secret"):
        # The app holds the secret of the first look already; a new one would make its codes wrong.
        uri = people.totp_uri(kept["totp_secret"], account=view.email, issuer=settings.market_name)
        view = msgspec.structs.replace(view, totp_secret=kept["totp_secret"], totp_uri=uri)
    if isinstance(error, WrongCredentials | TooManyAttempts):
        errors = Fields({"": word(error.message, error.params, locale)})
    else:
        errors = Fields() if error is None else told(error, request)
    status = 200 if error is None else error.status
    return render(request, "identity/invitation.html", view=view, values=Fields(kept), errors=errors, token=token, status=status)


PAGES: tuple[Any, ...] = (InvitationPages,)
POLICIES = (
    Policy("GET /invitations/{token:str}", ("anyone",), sample="invitation_token"),
    Policy("POST /invitations/{token:str}", ("anyone",), sample="invitation_token"),
)
