"""Owns the page of approval rules, which everybody may read, and the operator's, on which they are made and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.catalogue.approval import service
from marketplace.catalogue.approval.schemas import RuleForm
from marketplace.kernel import clock
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.package import Policy

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError

PLACE = "/operator/approval-rules"


class ApprovalPages(Controller):
    """The rules as they are published."""

    include_in_schema = False

    @get("/approval-rules")
    async def published(self, request: MarketRequest) -> Response[str]:
        """Show by which rules changes of products hold without a look."""
        return render(request, "approval/published.html", rules=await service.in_force(), names=_names())


class OperatorApprovalPages(Controller):
    """The rules as the operator keeps them."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def rules(self, request: MarketRequest) -> Response[str]:
        """List the rules in force and those that have ended, and the form of another one."""
        return await _page(request)

    @post("/")
    async def make(self, request: MarketRequest) -> Response[Any]:
        """Publish the rule that was typed."""

        async def work() -> str:
            sent = service.typed(await form(request, RuleForm))
            await service.make_rule(sent, actor=actor(request), now=clock.now())
            return f"{PLACE}?stored=rule"

        return await acted(request, work, refused=lambda error: _page(request, error))

    @post("/{rule_id:uuid}/end")
    async def end(self, request: MarketRequest, rule_id: FromPath[UUID]) -> Response[Any]:
        """Let a rule end. Raises: NotFound."""

        async def work() -> str:
            await service.end_rule(rule_id, actor=actor(request), now=clock.now())
            return f"{PLACE}?stored=ended"

        return await acted(request, work, refused=lambda error: _page(request, error))


async def _page(request: MarketRequest, error: DomainError | None = None) -> Response[Any]:
    names = _names()
    return render(
        request, "approval/rules.html", rules=await service.in_force(), ended=await service.ended(), names=names,
        fields=[(name, names[name]) for name in service.RULED], suppliers=await service.suppliers(actor=actor(request)),
        may="admin" in actor(request).roles, values=Fields(await form_values(request) if error is not None else {}),
        errors=Fields() if error is None else told(error, request), status=200 if error is None else error.status,
    )  # fmt: skip


def _names() -> dict[str, str]:
    return {
        "title": _("Title"),
        "description": _("Description"),
        "weight_grams": _("Weight"),
        "volume_cm3": _("Volume"),
        "attributes": _("Attributes"),
    }


PAGES: tuple[Any, ...] = (ApprovalPages, OperatorApprovalPages)
POLICIES = (
    Policy("GET /approval-rules", ("anyone",)),
    Policy(f"GET {PLACE}", ("operator",)),
    Policy(f"POST {PLACE}", ("operator:admin",), acts=True),
    Policy(f"POST {PLACE}/{{rule_id:uuid}}/end", ("operator:admin",), sample="approval_rule", acts=True),
)
