"""Owns the pages of one's own account: name and language, password, second factor."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotSignedIn
from marketplace.kernel.http.answers import redirect
from marketplace.kernel.http.caller import forget, settings_of
from marketplace.kernel.http.cookies import set_session
from marketplace.kernel.http.forms import Fields, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from marketplace.kernel.people import service as people
from marketplace.kernel.people.schemas import PasswordChange, Profile, TotpEnrolment
from marketplace.kernel.sessions import service


class AccountPages(Controller):
    """One's own account."""

    path = "/account"

    @get("/")
    async def account(self, request: MarketRequest) -> Response[Any]:
        """Show the account and its three forms."""
        return await _page(request)

    @post("/profile")
    async def change(self, request: MarketRequest) -> Response[Any]:
        """Store name and language."""
        try:
            data = await form(request, Profile)
            changed = await people.change_profile(data, actor=actor(request), now=clock.now())
        except DomainError as error:
            return await _page(request, error, values=await form_values(request))
        forget(request)
        if request.scope["locale_prefix"]:  # type: ignore[typeddict-item]
            request.scope["locale_prefix"] = f"/{changed.locale}"  # type: ignore[typeddict-unknown-key]
        return redirect(request, "/account?saved=profile")

    @post("/password")
    async def change_password(self, request: MarketRequest) -> Response[Any]:
        """Store a new password; every other session ends."""
        values = await form_values(request)
        data = PasswordChange(present_password=values.get("present_password", ""), new_password=values.get("new_password", ""))
        try:
            signed_in = await service.change_password(data, actor=actor(request), now=clock.now())
        except DomainError as error:
            return await _page(request, error)
        response = redirect(request, "/account?saved=password")
        set_session(response, settings_of(request), signed_in.token)
        forget(request)
        return response

    @post("/totp")
    async def enrol(self, request: MarketRequest) -> Response[Any]:
        """Set or replace the second factor."""
        values = await form_values(request)
        data = TotpEnrolment(
            totp_secret=values.get("totp_secret", ""),
            totp_code=values.get("totp_code", ""),
            present_password=values.get("totp_password", ""),
        )
        try:
            await people.enrol_own_totp(data, actor=actor(request), now=clock.now())
        except DomainError as error:
            return await _page(request, error, secret=data.totp_secret, renamed={"present_password": "totp_password"})
        return redirect(request, "/account?saved=totp")


async def _page(
    request: MarketRequest,
    error: DomainError | None = None,
    *,
    values: dict[str, str] | None = None,
    secret: str = "",
    renamed: dict[str, str] | None = None,
) -> Response[Any]:
    who = actor(request)
    if who.person_id is None:
        raise NotSignedIn
    account = await people.account(who)
    shown_secret = secret or people.new_totp_secret()
    errors = Fields({} if error is None else {(renamed or {}).get(field, field): text for field, text in told(error, request).items()})
    return render(
        request,
        "identity/account.html",
        account=account,
        values=Fields(values or {"name": account.name, "locale": account.locale}),
        errors=errors,
        saved=request.query_params.get("saved", ""),
        totp_secret=shown_secret,
        totp_uri=people.totp_uri(shown_secret, account=account.email, issuer=settings_of(request).market_name),
        status=200 if error is None else error.status,
    )


PAGES: tuple[Any, ...] = (AccountPages,)
POLICIES = (
    Policy("GET /account", ("signed-in",)),
    Policy("POST /account/profile", ("signed-in",)),
    Policy("POST /account/password", ("signed-in",)),
    Policy("POST /account/totp", ("signed-in",)),
)
NAV = (Nav(lazy("Your account"), "/account", ("signed-in",), 95),)
