"""Owns the API's description: Litestar's own document, with the problem answers and headers that every route shares."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from litestar import Litestar

COMMON = {"400": "Cannot be read", "404": "Not found, or not yours", "405": "Method not allowed", "422": "Not valid", "429": "Too many requests"}
SIGNED_IN = {"401": "Sign-in needed", "403": "Not allowed"}
ACTING = {
    "409": "Not possible now",
    "410": "No longer valid",
    "412": "Changed meanwhile",
    "413": "Too large",
    "415": "Kind of body not accepted",
    "428": "Version needed",
    "503": "Try again",
}
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
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["securitySchemes"] = {"apiKey": {"type": "http", "scheme": "bearer", "description": "An organisation's API key."}}
    policies = _policies(app)
    for path, item in made["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                _describe(operation, method, policies.get(f"{method.upper()} {_template(path)}"))
    return msgspec.json.encode(made, enc_hook=str)


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
    else:
        answers |= {"503": "Try again"}
    if policy is not None and policy.acts:
        operation.setdefault("parameters", []).append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            }
        )
    operation["responses"].pop("400", None)
    for status, text in answers.items():
        operation["responses"].setdefault(
            status, {"description": text, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
        )
