"""Owns the API of sessions and of one's own account."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, delete, get, post, put
from litestar.params import JSONBody

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.caller import address_of, csrf_of, forget, settings_of
from marketplace.kernel.http.cookies import clear_session, set_session
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.kernel.people import service as people
from marketplace.kernel.people.schemas import PasswordChange, PersonOut, Profile, TotpEnrolment
from marketplace.kernel.sessions import service
from marketplace.kernel.sessions.schemas import Credentials, OrganisationChoice, PasswordProof, SessionMade, SessionOut, SignedIn


def carry(request: MarketRequest, response: Response[Any], signed_in: SignedIn) -> Response[Any]:
    """Put a session's new token into the cookie, and let the edge look anew who is who."""
    set_session(response, settings_of(request), signed_in.token)
    forget(request)
    return response


def _made(request: MarketRequest, signed_in: SignedIn) -> SessionMade:
    return SessionMade(
        person_id=signed_in.person_id,
        organisation_id=signed_in.organisation_id,
        expires_at=signed_in.expires_at,
        csrf_token=csrf_of(request, signed_in.token),
    )


class SessionsController(Controller):
    """Signing in."""

    path = "/api/v1/sessions"
    tags = ("Sessions",)

    @post("/", status_code=201)
    async def sign_in(self, request: MarketRequest, data: JSONBody[Credentials]) -> Response[SessionMade]:
        """Begin a session: the answer sets the cookie. Send `csrf_token` as X-CSRF-Token with every write in the session.

        Raises: WrongCredentials, TotpNeeded (send the code as well), TooManyAttempts, NoOrganisation.
        """
        hours = settings_of(request).session_hours
        signed_in = await service.sign_in(data, address=address_of(request), now=clock.now(), hours=hours)
        return carry(request, Response(_made(request, signed_in), status_code=201), signed_in)


class SessionController(Controller):
    """The session that is calling."""

    path = "/api/v1/session"
    tags = ("Sessions",)

    @get("/")
    async def session(self, request: MarketRequest) -> SessionOut:
        """Tell who is signed in and which organisations could be chosen. Raises: NotSignedIn."""
        return await service.session(actor(request))

    @put("/organisation")
    async def choose(self, request: MarketRequest, data: JSONBody[OrganisationChoice]) -> Response[SessionMade]:
        """Act for another of one's organisations from here on, under a new token. Raises: NotSignedIn, NotFound."""
        signed_in = await service.choose_organisation(data.organisation_id, actor=actor(request), now=clock.now())
        return carry(request, Response(_made(request, signed_in)), signed_in)

    @post("/step-up", status_code=200)
    async def step_up(self, request: MarketRequest, data: JSONBody[PasswordProof]) -> Response[SessionMade]:
        """Prove the password again; the session carries on under a new token. Raises: NotSignedIn, WrongPassword, WrongCode, TooManyAttempts."""
        signed_in = await service.step_up(data.password, totp_code=data.totp_code, actor=actor(request), address=address_of(request), now=clock.now())
        return carry(request, Response(_made(request, signed_in)), signed_in)

    @delete("/", status_code=204)
    async def sign_out(self, request: MarketRequest) -> Response[None]:
        """End the session; without one nothing happens."""
        await service.sign_out(actor(request))
        response: Response[None] = Response(None, status_code=204)
        clear_session(response, settings_of(request))
        forget(request)
        return response


class AccountController(Controller):
    """One's own account."""

    path = "/api/v1/account"
    tags = ("Account",)

    @get("/")
    async def account(self, request: MarketRequest) -> PersonOut:
        """Read one's own account."""
        return await people.account(actor(request))

    @put("/")
    async def change(self, request: MarketRequest, data: JSONBody[Profile]) -> Response[PersonOut]:
        """Change one's name and language. Raises: InvalidInput."""
        changed = await once(request, lambda: people.change_profile(data, actor=actor(request), now=clock.now()))
        forget(request)
        return changed

    @put("/password")
    async def change_password(self, request: MarketRequest, data: JSONBody[PasswordChange]) -> Response[SessionMade]:
        """Change one's password; every other session ends. Raises: WrongPassword, InvalidInput."""
        signed_in = await service.change_password(data, actor=actor(request), now=clock.now())
        return carry(request, Response(_made(request, signed_in)), signed_in)

    @put("/totp")
    async def enrol_totp(self, request: MarketRequest, data: JSONBody[TotpEnrolment]) -> PersonOut:
        """Set or replace one's second factor. Raises: WrongPassword, WrongCode, InvalidInput."""
        return await people.enrol_own_totp(data, actor=actor(request), now=clock.now())


ROUTERS: tuple[Any, ...] = (SessionsController, SessionController, AccountController)
POLICIES = (
    Policy("POST /api/v1/sessions", ("anyone",)),
    Policy("GET /api/v1/session", ("anyone",)),
    Policy("PUT /api/v1/session/organisation", ("anyone",)),
    Policy("POST /api/v1/session/step-up", ("anyone",)),
    Policy("DELETE /api/v1/session", ("anyone",)),
    Policy("GET /api/v1/account", ("signed-in",)),
    Policy("PUT /api/v1/account", ("signed-in",), keyed=True),
    Policy("PUT /api/v1/account/password", ("signed-in",)),
    Policy("PUT /api/v1/account/totp", ("signed-in",)),
)
