"""Owns who may call what: the table of policies, checked for completeness at start and for each request before its handler."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.errors import FieldError, InvalidInput, NotAllowed, NotFound, NotSignedIn
from marketplace.kernel.http import step_up
from marketplace.kernel.http.callers import with_request
from marketplace.kernel.http.problems import ClientMistake, FormExpired, MalformedBody
from marketplace.kernel.http.request import form_pairs
from marketplace.kernel.http.uploads import takes_files
from marketplace.kernel.http.wording import NAME_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from litestar import Litestar, Request

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.package import Policy

# Litestar hangs its own description here; ours, with the problem answers, is /api/openapi.json, and these stay shut.
SEALED = "/api/description"
FULL_ROLES = frozenset({"owner", "admin"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
RESERVED = frozenset({"self", "request", "data", "scope", "headers", "cookies", "body"})
_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)


class KeyLacksScope(NotAllowed):
    """Not allowed"""

    message = "This API key was not given the scope {scope}."


class NoKeyHere(NotAllowed):
    """Not allowed"""

    message = "API keys are not accepted here; a person signs in for this."


class RouteWithoutPolicy(Exception):
    """A route has no policy row, or a row has no route; the server refuses to start."""


def attach(app: Litestar, policies: Iterable[Policy]) -> None:
    """Bind each route to its policy row.

    Raises: RouteWithoutPolicy when a route has no row, a row has no route, or one route has two rows.
    """
    table: dict[str, Policy] = {}
    for policy in policies:
        if policy.route in table:
            raise RouteWithoutPolicy(f"{policy.route} has two policy rows")
        table[policy.route] = policy
    seen: set[str] = set()
    for route in app.routes:
        if route.path.startswith(SEALED):
            continue
        for handler in getattr(route, "route_handlers", ()):
            if not isinstance(handler, HTTPRouteHandler) or handler.handler_name == "options_handler" or handler.http_methods == {"OPTIONS"}:
                continue
            for method in handler.http_methods:
                key = f"{method} {route.path}"
                if key not in table:
                    raise RouteWithoutPolicy(f"{key} has no policy row")
                seen.add(key)
                handler.opt["policy"] = table[key]
                handler.opt["integers"] = _integer_parameters(handler)
                handler.opt["queries"] = _query_parameters(handler) - set(route.path_parameters) if route.path.startswith("/api/") else None
                handler.opt["needs_body"] = handler.parsed_data_field is not None
    if missing := set(table) - seen:
        raise RouteWithoutPolicy(f"policy rows without a route: {', '.join(sorted(missing))}")


def _integer_parameters(handler: HTTPRouteHandler) -> frozenset[str]:
    fields = handler.parsed_fn_signature.parameters
    return frozenset(name for name, field in fields.items() if field.annotation is int or any(inner.annotation is int for inner in field.inner_types))


def _query_parameters(handler: HTTPRouteHandler) -> frozenset[str]:
    """Give the names that a route reads from the query string, as its own signature declares them."""
    found = set()
    for name, field in handler.parsed_fn_signature.parameters.items():
        if name in RESERVED:
            continue
        alias = getattr(field.kwarg_definition, "query", None) or getattr(field.kwarg_definition, "name", None)
        found.add(alias or name)
    return frozenset(found)


def permits(policy: Policy, who: Actor) -> bool:
    """Tell whether one of the policy's words fits the caller. Owners and admins have every role of their capacity."""
    for word in policy.allow:
        if word == "anyone":
            return True
        if who.is_anonymous:
            continue
        capacity, _, role = word.partition(":")
        if capacity == "signed-in" or (capacity in who.capacities and (not role or role in who.roles or who.roles & FULL_ROLES)):
            return True
    return False


async def check(request: Request[Any, Any, Any]) -> None:
    """Check policy, key scope, ids, query parameters, CSRF and that there is a body before the handler runs.

    It stands in `before_request`: as a Litestar guard it would cost a copy of the handler at each request (about 18 µs).

    Raises: NotFound, NotSignedIn, NotAllowed, FormExpired, InvalidInput, MalformedBody, ClientMistake, StepUpNeeded.
    """
    handler = request.route_handler
    policy: Policy | None = handler.opt.get("policy")
    if policy is None:
        if request.scope["method"] == "OPTIONS":
            return
        raise NotFound
    who: Actor = request.scope["actor"]  # type: ignore[typeddict-item]
    if policy.allow != ("anyone",) and not permits(policy, who):
        raise NotSignedIn if who.is_anonymous else NotAllowed
    if who.scopes is not None and (not policy.scope or policy.scope not in who.scopes):
        if "anyone" in policy.allow:
            # What nobody needs leave for, a key needs none for either; without the scope it sees what nobody sees, and nothing of its organisation.
            who = with_request(ANONYMOUS, locale=who.locale, request_id=who.request_id)
            request.scope["actor"] = who  # type: ignore[typeddict-unknown-key]
        else:
            raise KeyLacksScope(scope=policy.scope, extra={"needed_scope": policy.scope}) if policy.scope else NoKeyHere
    if request.scope["path_params"]:
        _check_ids(request.scope)
    if request.scope["query_string"]:
        _check_query(request, handler.opt["integers"], handler.opt["queries"])
    if request.scope["method"] not in SAFE:
        await _check_write(request, who, policy)


async def _check_write(request: Request[Any, Any, Any], who: Actor, policy: Policy) -> None:
    if who.session_id:
        await _check_csrf(request)
    if policy.steps_up:
        step_up.check(who, minutes=request.scope["settings"].step_up_minutes)  # type: ignore[typeddict-item]
    if request.route_handler.opt["needs_body"] and not await request.body():
        raise MalformedBody


def _check_ids(scope: Any) -> None:
    """An id has one spelling: `urn:uuid:…`, braces and missing hyphens, which Python's UUID reads too, are other addresses."""
    path = scope["path"].lower()
    for value in scope["path_params"].values():
        if type(value) is UUID and f"/{value}" not in path:
            raise NotFound


def _check_query(request: Request[Any, Any, Any], integers: frozenset[str], known: frozenset[str] | None) -> None:
    if b"%" in request.scope["query_string"]:
        try:
            unquote_to_bytes(request.scope["query_string"]).decode()
        except UnicodeDecodeError:
            raise ClientMistake from None
    pairs = request.query_params
    for name in pairs:
        values = pairs.getall(name)
        if known is not None and name not in known:
            raise InvalidInput(errors=(FieldError(f"/{name[:NAME_MAX]}", "unknown-parameter", "This parameter is not known here.", {}),))
        if len(values) > 1 and (name in integers or known is not None):
            raise InvalidInput(errors=(FieldError(f"/{name}", "given-twice", "Give this parameter once.", {}),))
        if name in integers and values[0] != "" and not _INTEGER.fullmatch(values[0]):
            raise InvalidInput(errors=(FieldError(f"/{name}", "not-a-whole-number", "Give a whole number in digits.", {}),))


async def _check_csrf(request: Request[Any, Any, Any]) -> None:
    """A session's write needs the session's token: in the form, or in X-CSRF-Token for a script on our own page."""
    expected: str = request.scope["csrf"]  # type: ignore[typeddict-item]
    given = request.headers.get("x-csrf-token")
    if given is None and (request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded") or takes_files(request)):
        given = dict(await form_pairs(request)).get("csrf_token")
    if not given or not hmac.compare_digest(given.encode(), expected.encode()):
        raise FormExpired
