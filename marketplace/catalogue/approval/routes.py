"""Owns the API of approval rules."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody

from marketplace.catalogue.approval import service
from marketplace.catalogue.approval.schemas import RuleIn, RuleOut
from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy


class ApprovalController(Controller):
    """By which rules changes of products hold without a look."""

    path = "/api/v1/approval-rules"
    tags = ("Catalogue",)

    @get("/")
    async def rules(self, request: MarketRequest) -> Page[RuleOut]:
        """List the rules in force, those for all suppliers first."""
        assert request
        return Page(await service.in_force())


class OperatorApprovalController(Controller):
    """The same rules, for the operator to make and to end."""

    path = "/api/v1/operator/approval-rules"
    tags = ("Operator",)

    @post("/", status_code=201)
    async def make(self, request: MarketRequest, data: JSONBody[RuleIn]) -> Response[RuleOut]:
        """Publish a rule, in force at once. Raises: InvalidInput, RuleKnown."""
        return await once(request, lambda: service.make_rule(data, actor=actor(request), now=clock.now()), status=201)

    @post("/{rule_id:uuid}/end", status_code=200)
    async def end(self, request: MarketRequest, rule_id: FromPath[UUID]) -> Response[RuleOut]:
        """Let a rule end; what it accepted stays accepted and goes on naming it. Raises: NotFound, RuleEnded."""
        return await once(request, lambda: service.end_rule(rule_id, actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (ApprovalController, OperatorApprovalController)
POLICIES = (
    Policy("GET /api/v1/approval-rules", ("anyone",), scope="catalogue:read"),
    Policy("POST /api/v1/operator/approval-rules", ("operator:admin",), scope="catalogue:write", acts=True),
    Policy(
        "POST /api/v1/operator/approval-rules/{rule_id:uuid}/end", ("operator:admin",), scope="catalogue:write", sample="approval_rule", acts=True
    ),
)
