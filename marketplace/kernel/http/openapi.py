"""Owns the API's description: Litestar's own document, with the problem answers and headers that every route shares."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel.errors import DomainError

if TYPE_CHECKING:
    from litestar import Litestar

    from marketplace.kernel.package import Policy

_PARAMETER = re.compile(r"\{(\w+):\w+\}")
_NAME = re.compile(r"[A-Z][A-Za-z]+")

TEXTS = {
    400: "Cannot be read",
    401: "Sign-in needed",
    403: "Not allowed",
    404: "Not found, or not yours",
    408: "Body too slow",
    409: "Not possible now",
    410: "No longer valid",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Kind of body not accepted",
    422: "Not valid",
    428: "Version needed",
    429: "Too many requests",
    431: "Headers too large",
    503: "Try again",
}
# The edge may answer these before it is known which operation is asked.
EVERYWHERE = frozenset({400, 429, 431, 503})
WITH_A_BODY = frozenset({408, 413, 415})
KEY = (
    "An organisation's API key. Everywhere one that does not hold gets 401. One without the operation's scope gets 403, "
    "and where the operation is open to everybody, what is answered without a key."
)
TIME = "^[0-9]{2}:[0-9]{2}:[0-9]{2}$"
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


@cache
def document(app: Litestar) -> bytes:
    """Give the OpenAPI document as JSON bytes: the paths under /api/v1 and health, made once."""
    made: dict[str, Any] = app.openapi_schema.to_schema()
    made["paths"] = {path: item for path, item in made["paths"].items() if path.startswith(("/api/v1", "/health"))}
    components = made.setdefault("components", {})
    _tell_times(components)
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["securitySchemes"] = {"apiKey": {"type": "http", "scheme": "bearer", "description": KEY}}
    handlers, declared, files = _handlers(app), _statuses_by_name(), _files(app)
    for path, item in made["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                policy, told = handlers[f"{method.upper()} {path}"]
                answers = statuses(path, method, operation, policy=policy, schemas=components["schemas"])
                if gives := files.get(f"{method.upper()} {path}"):
                    operation["responses"]["200"]["content"] = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in gives}
                _describe(operation, policy, answers | {declared[name] for name in _NAME.findall(told) if name in declared})
    return msgspec.json.encode(made, enc_hook=str)


def _tell_times(found: Any) -> None:
    """Describe times of day as what they are: Litestar calls them durations, and JSON Schema's own "time" asks for an offset."""
    if isinstance(found, dict):
        if found.get("format") == "duration":
            del found["format"]
            found["pattern"] = TIME
        found = list(found.values())
    if isinstance(found, list):
        for inner in found:
            _tell_times(inner)


def _files(app: Litestar) -> dict[str, tuple[str, ...]]:
    """Give the kinds of file that operations answer with instead of JSON, as their handlers say under `gives`."""
    handlers = [handler for route in app.routes for handler in getattr(route, "route_handlers", ())]
    found = [(handler.opt.get("policy"), handler.opt.get("gives", ())) for handler in handlers]
    return {_PARAMETER.sub(r"{\1}", policy.route): gives for policy, gives in found if policy is not None and gives}


def _handlers(app: Litestar) -> dict[str, tuple[Policy, str]]:
    """Give each operation's policy and what its docstring says it raises."""
    found = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            policy = handler.opt.get("policy")
            if policy is not None:
                found[_PARAMETER.sub(r"{\1}", policy.route)] = (policy, (handler.fn.__doc__ or "").partition("Raises:")[2])
    return found


def _statuses_by_name() -> dict[str, int]:
    """Give the status of every error that a docstring may name."""
    found, left = {}, [DomainError]
    while left:
        kind = left.pop()
        found[kind.__name__] = kind.status
        left += kind.__subclasses__()
    return found


def statuses(path: str, method: str, operation: dict[str, Any], *, policy: Policy, schemas: dict[str, Any]) -> set[int]:
    """Tell which refusals an operation can answer by its shape: who may call it, what it takes, and whether it changes anything.

    What follows from no shape is told by the docstring of its handler, under Raises.
    """
    found, body = set(EVERYWHERE), _body_fields(operation, schemas)
    if path.startswith("/api/"):
        found.add(422)  # A parameter that is not known here.
    if policy.allow != ("anyone",):
        found |= {401, 403}
    if method != "get":
        found |= {403, 409}  # A session's write without its CSRF token; a lock or a key that somebody else holds.
    if "requestBody" in operation:
        found |= WITH_A_BODY
    if "{" in path or any(name.endswith("_id") for name in body):
        found.add(404)
    if_match = any(one["name"].lower() == "if-match" for one in operation.get("parameters", ()))
    if if_match or "version" in body:
        found.add(412)
    if if_match:
        found.add(428)
    return found


def _body_fields(operation: dict[str, Any], schemas: dict[str, Any]) -> frozenset[str]:
    """Name the fields of the JSON body, those of its parts left out."""
    kinds = operation.get("requestBody", {}).get("content", {})
    named = [kind.get("schema", {}).get("$ref", "").rpartition("/")[2] for kind in kinds.values()]
    return frozenset(field for name in named for field in schemas.get(name, {}).get("properties", ()))


def _describe(operation: dict[str, Any], policy: Policy, answers: set[int]) -> None:
    if policy.allow != ("anyone",):
        operation["security"] = [{"apiKey": []}]
    if policy.acts or policy.keyed:
        operation.setdefault("parameters", []).append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": policy.acts,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            }
        )
    operation["responses"].pop("400", None)
    # Litestar gives an answer without a body a kind of content all the same.
    operation["responses"].get("204", {}).pop("content", None)
    for status in sorted(answers):
        operation["responses"].setdefault(
            str(status), {"description": TEXTS[status], "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
        )
