"""Owns the API's description: Litestar's own document, with the problem answers and headers that every route shares."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from litestar import Litestar

COMMON = {
    "400": "Cannot be read",
    "404": "Not found, or not yours",
    "405": "Method not allowed",
    "422": "Not valid",
    "429": "Too many requests",
    "431": "Headers too large",
    "503": "Try again",
}
SIGNED_IN = {"401": "Sign-in needed", "403": "Not allowed"}
ACTING = {
    "408": "Body too slow",
    "409": "Not possible now",
    "410": "No longer valid",
    "412": "Changed meanwhile",
    "413": "Too large",
    "415": "Kind of body not accepted",
    "428": "Version needed",
}
TIME = "^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"
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
    components["securitySchemes"] = {"apiKey": {"type": "http", "scheme": "bearer", "description": "An organisation's API key."}}
    policies = _policies(app)
    for path, item in made["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                _describe(operation, method, policies.get(f"{method.upper()} {_template(path)}"))
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


def _template(path: str) -> str:
    import re  # noqa: PLC0415 - once per process

    return re.sub(r"\{(\w+)\}", r"{\1}", path)


def _policies(app: Litestar) -> dict[str, Any]:
    import re  # noqa: PLC0415 - once per process

    found = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            policy = handler.opt.get("policy")
            if policy is not None:
                found[re.sub(r"\{(\w+):\w+\}", r"{\1}", policy.route)] = policy
    return found


def _describe(operation: dict[str, Any], method: str, policy: Any) -> None:
    answers = dict(COMMON)
    if policy is not None and policy.allow != ("anyone",):
        answers |= SIGNED_IN
        operation["security"] = [{"apiKey": []}]
    else:
        answers |= {"401": SIGNED_IN["401"], "403": SIGNED_IN["403"]}
    if method != "get":
        answers |= ACTING
    if policy is not None and (policy.acts or policy.keyed):
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
    for status, text in answers.items():
        operation["responses"].setdefault(
            status, {"description": text, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
        )
