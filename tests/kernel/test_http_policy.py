"""Tests the policy table: a route without a row keeps the server from starting, and so does a row without a route."""

from __future__ import annotations

import pytest
from litestar import Litestar, get, post
from litestar.routes import HTTPRoute

from marketplace.app import PACKAGES
from marketplace.kernel.http.policy import RouteWithoutPolicy, attach
from marketplace.kernel.package import Policy


@get("/things", sync_to_thread=False)
def things() -> None:
    """List things."""


@post("/things", sync_to_thread=False)
def make_thing() -> None:
    """Make a thing."""


def app() -> Litestar:
    return Litestar(route_handlers=[things, make_thing], openapi_config=None)


LIST, MAKE = Policy("GET /things", ("anyone",)), Policy("POST /things", ("operator",))


def test_a_row_for_each_route_lets_the_server_start() -> None:
    server = app()
    attach(server, (LIST, MAKE))
    found = {
        method: handler.opt.get("policy")
        for route in server.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
    }
    assert (found["GET"], found["POST"]) == (LIST, MAKE)


def test_a_route_without_a_row_keeps_the_server_from_starting() -> None:
    with pytest.raises(RouteWithoutPolicy, match="POST /things has no policy row"):
        attach(app(), (LIST,))


def test_a_row_without_a_route_keeps_the_server_from_starting() -> None:
    with pytest.raises(RouteWithoutPolicy, match="DELETE /things"):
        attach(app(), (LIST, MAKE, Policy("DELETE /things", ("operator",))))


def test_two_rows_for_one_route_keep_the_server_from_starting() -> None:
    with pytest.raises(RouteWithoutPolicy, match="GET /things has two policy rows"):
        attach(app(), (LIST, MAKE, Policy("GET /things", ("anyone",))))


def test_what_a_stranger_may_write_is_written_here() -> None:
    policies = [policy for package in PACKAGES for policy in package.policies]
    # Whoever signs in or out, picks or leaves an organisation or joins by a link is nobody yet, or proves it inside.
    assert {policy.route for policy in policies if "anyone" in policy.allow and not policy.route.startswith("GET ")} == {
        "POST /sign-in",
        "POST /sign-in/code",
        "POST /sign-out",
        "POST /switch-organisation",
        "POST /members/leave",
        "DELETE /api/v1/organisation/membership",
        "POST /invitations/{token:str}",
        "POST /api/v1/sessions",
        "PUT /api/v1/session/organisation",
        "POST /api/v1/session/step-up",
        "DELETE /api/v1/session",
        "POST /api/v1/invitations/{token:str}/acceptance",
        # Whoever holds the link of a notice may stop what sends it.
        "POST /saved-searches/stop",
    }
