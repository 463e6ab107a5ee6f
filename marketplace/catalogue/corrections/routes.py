"""Owns the operator's API of sorting: what is unsorted, rules, corrections, and what they teach."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from marketplace.catalogue.corrections import service
from marketplace.catalogue.corrections.schemas import CorrectIn, Group, LearnIn, Listed, Outcome, Proposed, UndoIn, Wanted
from marketplace.catalogue.sorting import service as sorting
from marketplace.catalogue.sorting.schemas import Decider, Overlap, Preview, Rule, RuleChange, RuleIn, RuleOut, Run, Why
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import PAGE_SIZE, Cursor, Limit, places_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy

By = Annotated[Literal["type", "brand"], QueryParameter(description="Group by what titles say the things are, or by brand.")]
ByWhom = Annotated[Decider | Literal[""], QueryParameter(description="Only what was placed by a rule, an operator, its source or nobody.")]


class Groups(msgspec.Struct, frozen=True):
    """What is unsorted, in groups, most first."""

    items: list[Group]
    unsorted: int


class Rules(msgspec.Struct, frozen=True):
    """The rules in their order, and where two of different categories meet."""

    items: list[RuleOut]
    conflicts: list[Overlap]


class SortingController(Controller):
    """How products find their category."""

    path = "/api/v1/operator/sorting"
    tags = ("Operator",)

    @get("/groups")
    async def groups(self, request: MarketRequest, by: By = "type") -> Groups:
        """List the products without a category in groups, most first."""
        return Groups(*await service.unsorted_groups(by, actor=actor(request)))

    @get("/products")
    async def products(
        self,
        request: MarketRequest,
        q: FromQuery[str] = "",
        category: FromQuery[str] = "",
        decided_by: ByWhom = "",
        limit: Limit = PAGE_SIZE,
        cursor: Cursor = None,
    ) -> Page[Listed]:
        """List products with where they stand and by whom. `category` is a slug and takes those below it too. Raises: NotFound, BadCursor."""
        category_id = (await taxonomy.category_by_slug(category)).id if category else None
        wanted = Wanted(text=q.strip().replace("\x00", "")[:80], category_id=category_id, decided_by=decided_by)
        places = places_of(request, f"sorting products {wanted}", tuple[UUID])
        items, following = await service.listed(wanted, after=places.behind(cursor or ""), limit=limit, actor=actor(request))
        return Page(items, places.cursor(following))

    @get("/products/{product_id:uuid}")
    async def why(self, request: MarketRequest, product_id: FromPath[UUID]) -> Why:
        """Tell why a product stands where it stands. Raises: NotFound."""
        return await sorting.why(product_id, actor=actor(request), locale=actor(request).locale)

    @post("/corrections", status_code=200)
    async def correct(self, request: MarketRequest, data: JSONBody[CorrectIn]) -> Response[Outcome]:
        """Place products in one step. Raises: NotFound, InvalidInput, SortingMoved."""
        return await once(request, lambda: service.correct(data, actor=actor(request), now=clock.now()))

    @post("/corrections/undo", status_code=200)
    async def undo(self, request: MarketRequest, data: JSONBody[UndoIn]) -> Response[Outcome]:
        """Take your last step back, or one that you name. Raises: NothingToUndo, SortingMoved."""
        return await once(request, lambda: service.undo(data, actor=actor(request), now=clock.now()))

    @get("/rules")
    async def rules(self, request: MarketRequest) -> Rules:
        """List the rules in the order in which they are asked, with how many products stand by each, and their conflicts."""
        return Rules(*await sorting.all_rules(actor=actor(request), locale=actor(request).locale))

    @get("/rules/{rule_id:uuid}/preview")
    async def preview(self, request: MarketRequest, rule_id: FromPath[UUID]) -> Preview:
        """Tell what a rule does, or would do if it were switched on. Raises: NotFound."""
        return await sorting.preview_of(rule_id, actor=actor(request))

    @post("/rules", status_code=201)
    async def publish(self, request: MarketRequest, data: JSONBody[RuleIn]) -> Response[Rule]:
        """Publish a rule; its products are sorted at once. Raises: InvalidInput, RuleExists."""
        return await once(request, lambda: sorting.publish_rule(data, actor=actor(request), now=clock.now()), status=201)

    @post("/rules/{rule_id:uuid}/change", status_code=200)
    async def change(self, request: MarketRequest, rule_id: FromPath[UUID], data: JSONBody[RuleChange]) -> Response[Rule]:
        """Switch a rule on or off, or give it another priority. Raises: NotFound, VersionConflict."""
        return await once(request, lambda: sorting.change_rule(rule_id, sent=data, actor=actor(request), now=clock.now()))

    @get("/proposals")
    async def proposals(self, request: MarketRequest) -> Page[Proposed]:
        """List the rules that corrections speak for."""
        return Page(await service.proposed_rules(actor=actor(request)))

    @post("/proposals", status_code=200)
    async def answer(self, request: MarketRequest, data: JSONBody[LearnIn]) -> Response[Rule]:
        """Accept or dismiss a proposed rule. Raises: NotFound, RuleExists."""
        return await once(request, lambda: service.answer(data, actor=actor(request), now=clock.now()))

    @get("/runs")
    async def runs(self, request: MarketRequest) -> Page[Run]:
        """List the latest walks through all products, the newest first."""
        return Page(await sorting.runs(actor=actor(request)))

    @post("/runs", status_code=200)
    async def run(self, request: MarketRequest) -> Response[Run]:
        """Let all products be sorted anew. A walk that is under way begins anew."""
        return await once(request, lambda: sorting.ask_run(actor=actor(request), now=clock.now()))


ROUTERS: tuple[Any, ...] = (SortingController,)
_BASE = "/api/v1/operator/sorting"
READS: dict[str, Any] = {"scope": "suppliers:read"}
ACTS: dict[str, Any] = {"scope": "catalogue:write", "acts": True}
POLICIES = (
    Policy(f"GET {_BASE}/groups", ("operator",), **READS),
    Policy(f"GET {_BASE}/products", ("operator",), **READS),
    Policy(f"GET {_BASE}/products/{{product_id:uuid}}", ("operator",), sample="product", **READS),
    Policy(f"POST {_BASE}/corrections", ("operator:admin",), **ACTS),
    Policy(f"POST {_BASE}/corrections/undo", ("operator:admin",), **ACTS),
    Policy(f"GET {_BASE}/rules", ("operator",), **READS),
    Policy(f"GET {_BASE}/rules/{{rule_id:uuid}}/preview", ("operator",), sample="sorting_rule", **READS),
    Policy(f"POST {_BASE}/rules", ("operator:admin",), **ACTS),
    Policy(f"POST {_BASE}/rules/{{rule_id:uuid}}/change", ("operator:admin",), sample="sorting_rule", **ACTS),
    Policy(f"GET {_BASE}/proposals", ("operator",), **READS),
    Policy(f"POST {_BASE}/proposals", ("operator:admin",), **ACTS),
    Policy(f"GET {_BASE}/runs", ("operator",), **READS),
    Policy(f"POST {_BASE}/runs", ("operator:admin",), **ACTS),
)
