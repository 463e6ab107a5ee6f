"""Owns the pages of signing in (one or two steps), choosing an organisation and signing out."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Controller, Response, get, post

from marketplace.kernel import clock
from marketplace.kernel.attempts.errors import TooManyAttempts, WrongCredentials
from marketplace.kernel.errors import DomainError, InvalidInput, NotAllowed, NotFound, NotSignedIn
from marketplace.kernel.http.answers import redirect
from marketplace.kernel.http.caller import address_of, forget, settings_of
from marketplace.kernel.http.cookies import clear_session, read_cookie, session_cookie_name, set_session
from marketplace.kernel.http.forms import told
from marketplace.kernel.http.pages import landing, render
from marketplace.kernel.http.request import MarketRequest, actor, form_values
from marketplace.kernel.http.step_up import safe_next
from marketplace.kernel.package import Policy
from marketplace.kernel.sessions import service
from marketplace.kernel.sessions.errors import NoOrganisation, SignInAgain, TotpNeeded
from marketplace.kernel.sessions.schemas import Credentials, SignedIn
from marketplace.kernel.wording import word

TICKET_SECONDS: Final = 300


def same_site(request: MarketRequest) -> None:
    """Refuse a form that another site has posted here: before signing in there is no session that a token could belong to. Raises: NotAllowed."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise NotAllowed


def ticket_cookie_name(request: MarketRequest) -> str:
    """Give the name of the cookie that carries the proof of the first step."""
    return session_cookie_name(settings_of(request)).replace("session", "sign-in")


def _set_ticket(request: MarketRequest, response: Response[Any], ticket: str) -> Response[Any]:
    name = ticket_cookie_name(request)
    seconds = TICKET_SECONDS if ticket else 0
    response.set_cookie(name, ticket, max_age=seconds, path="/", httponly=True, secure=name.startswith("__Host-"), samesite="lax")
    return response


async def welcome(request: MarketRequest, signed_in: SignedIn, path: str) -> Response[Any]:
    """Send somebody who has just signed in on, by way of the choice of an organisation where there are several.

    Who asked for no page in particular begins where work waits: suppliers at their orders, operators at the organisations, all others at home.
    """
    onward = path if signed_in.organisation_id is not None else "/switch-organisation"
    if onward == "/":
        onward = landing(await service.capacities_of(signed_in))
    response = redirect(request, onward)
    set_session(response, settings_of(request), signed_in.token)
    forget(request)
    return response


def refused(request: MarketRequest, error: DomainError) -> dict[str, str]:
    """Word what was wrong with an attempt to sign in, without saying which half of it."""
    locale: str = request.scope["locale"]  # type: ignore[typeddict-item]
    return {"": word(error.message, error.params, locale)}


class SignInPages(Controller):
    """Signing in and out."""

    @get("/sign-in")
    async def sign_in(self, request: MarketRequest) -> Response[Any]:
        """Show the form."""
        return _sign_in_form(request, {"next": safe_next(request.query_params.get("next", "/"))})

    @post("/sign-in")
    async def begin(self, request: MarketRequest) -> Response[Any]:
        """Check e-mail address and password; on to the code where there is a second factor."""
        same_site(request)
        values = await form_values(request)
        onward = safe_next(values.get("next", "/"))
        credentials = Credentials(email=values.get("email", ""), password=values.get("password", ""))
        try:
            hours = settings_of(request).session_hours
            signed_in = await service.sign_in(credentials, address=address_of(request), now=clock.now(), hours=hours)
        except TotpNeeded as first:
            return _set_ticket(request, redirect(request, _with_next("/sign-in/code", onward)), first.ticket)
        except (WrongCredentials, TooManyAttempts, NoOrganisation, InvalidInput) as error:
            return _sign_in_form(request, {**values, "next": onward, "password": ""}, error)
        return await welcome(request, signed_in, onward)

    @get("/sign-in/code")
    async def code(self, request: MarketRequest) -> Response[Any]:
        """Show the form of the second step."""
        return _code_form(request, safe_next(request.query_params.get("next", "/")))

    @post("/sign-in/code")
    async def finish(self, request: MarketRequest) -> Response[Any]:
        """Check the code and begin the session."""
        same_site(request)
        values = await form_values(request)
        onward = safe_next(values.get("next", "/"))
        ticket = read_cookie(request.headers.get("cookie", "").encode("latin-1"), ticket_cookie_name(request).encode())
        try:
            hours = settings_of(request).session_hours
            code = values.get("totp_code", "")
            signed_in = await service.finish_sign_in(ticket, code, address=address_of(request), now=clock.now(), hours=hours)
        except SignInAgain as error:
            return _sign_in_form(request, {"next": onward}, error)
        except (WrongCredentials, TooManyAttempts, NoOrganisation) as error:
            return _code_form(request, onward, error)
        return _set_ticket(request, await welcome(request, signed_in, onward), "")

    @post("/sign-out")
    async def sign_out(self, request: MarketRequest) -> Response[Any]:
        """End the session."""
        await service.sign_out(actor(request))
        response = redirect(request, "/")
        clear_session(response, settings_of(request))
        forget(request)
        return response

    @get("/switch-organisation")
    async def organisations(self, request: MarketRequest) -> Response[Any]:
        """Show the organisations that the person belongs to. Raises: NotSignedIn."""
        return await _organisations_form(request)

    @post("/switch-organisation")
    async def choose(self, request: MarketRequest) -> Response[Any]:
        """Act for another organisation from here on. Raises: NotSignedIn."""
        values = await form_values(request)
        try:
            organisation_id = UUID(values.get("organisation_id", ""))
            signed_in = await service.choose_organisation(organisation_id, actor=actor(request), now=clock.now())
        except (ValueError, NotFound):
            return await _organisations_form(request, is_refused=True)
        return await welcome(request, signed_in, "/")


def _with_next(path: str, onward: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415 - on the way to the second step only

    return path if onward == "/" else f"{path}?next={quote(onward, safe='')}"


def _sign_in_form(request: MarketRequest, values: dict[str, str], error: DomainError | None = None) -> Response[Any]:
    errors = {} if error is None else told(error, request) if isinstance(error, InvalidInput) else refused(request, error)
    shown = {"email": "", "next": "/", **values}
    response = render(request, "identity/sign_in.html", values=shown, errors=errors, status=200 if error is None else error.status)
    return _wait(response, error)


def _code_form(request: MarketRequest, onward: str, error: DomainError | None = None) -> Response[Any]:
    errors = {} if error is None else refused(request, error)
    response = render(request, "identity/sign_in_code.html", onward=onward, errors=errors, status=200 if error is None else error.status)
    return _wait(response, error)


def _wait(response: Response[Any], error: DomainError | None) -> Response[Any]:
    if error is not None and error.retry_after_seconds:
        response.headers["retry-after"] = str(error.retry_after_seconds)
    return response


async def _organisations_form(request: MarketRequest, *, is_refused: bool = False) -> Response[Any]:
    who = actor(request)
    if who.person_id is None:
        raise NotSignedIn
    found = await service.session(who)
    return render(
        request, "identity/switch_organisation.html", organisations=found.organisations, is_refused=is_refused, status=422 if is_refused else 200
    )


PAGES: tuple[Any, ...] = (SignInPages,)
POLICIES = (
    Policy("GET /sign-in", ("anyone",)),
    Policy("POST /sign-in", ("anyone",)),
    Policy("GET /sign-in/code", ("anyone",)),
    Policy("POST /sign-in/code", ("anyone",)),
    Policy("POST /sign-out", ("anyone",)),
    Policy("GET /switch-organisation", ("anyone",)),
    Policy("POST /switch-organisation", ("anyone",)),
)
