"""Owns the page that asks for the password anew, and gives a form back to who was stopped on the way."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from litestar import Controller, Response, get, post

from marketplace.kernel import clock
from marketplace.kernel.attempts.errors import TooManyAttempts
from marketplace.kernel.http.answers import redirect
from marketplace.kernel.http.caller import address_of, csrf_of, forget, settings_of
from marketplace.kernel.http.cookies import set_session
from marketplace.kernel.http.forms import told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import FIELDS_MAX, MarketRequest, actor, form_values
from marketplace.kernel.http.step_up import PLACE, form_page, safe_next
from marketplace.kernel.package import Policy
from marketplace.kernel.people.errors import WrongCode, WrongPassword
from marketplace.kernel.sessions import service


class StepUpPages(Controller):
    """Proving again who one is."""

    path = PLACE

    @get("/")
    async def ask(self, request: MarketRequest) -> Response[Any]:
        """Show the question."""
        return form_page(request, {"next": request.query_params.get("next", "/")})

    @post("/")
    async def prove(self, request: MarketRequest) -> Response[Any]:
        """Check password and code; go on, or show what was typed to be sent after all. Raises: NotSignedIn."""
        values = await form_values(request)
        try:
            signed_in = await service.step_up(
                values.get("password", ""), totp_code=values.get("totp_code", ""), actor=actor(request), address=address_of(request), now=clock.now()
            )
        except (WrongPassword, WrongCode, TooManyAttempts) as error:
            kept = {name: values.get(name, "") for name in ("next", "act", "typed")}
            response = form_page(request, kept, errors=told(error, request), status=error.status)
            if error.retry_after_seconds:
                response.headers["retry-after"] = str(error.retry_after_seconds)
            return response
        # The session goes on under a new token, and so does what its forms carry.
        request.scope["csrf"] = csrf_of(request, signed_in.token)  # type: ignore[typeddict-unknown-key]
        response = _onward(request, values)
        set_session(response, settings_of(request), signed_in.token)
        forget(request)
        return response


def _onward(request: MarketRequest, values: dict[str, str]) -> Response[Any]:
    onward, act = safe_next(values.get("next", "/")), safe_next(values.get("act", ""))
    if not values.get("act") or act == "/":
        return redirect(request, onward)
    typed = parse_qsl(values.get("typed", ""), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    shown = [value for name, value in typed if name not in {"csrf_token", "idempotency_key", "version"} and value]
    return render(request, "identity/stepped_up.html", onward=onward, act=act, typed=typed, shown=shown)


PAGES: tuple[Any, ...] = (StepUpPages,)
POLICIES = (
    Policy(f"GET {PLACE}", ("signed-in",)),
    Policy(f"POST {PLACE}", ("signed-in",)),
)
