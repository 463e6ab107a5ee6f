"""Owns the operator's pages of sorting rules: the list with figures and conflicts, a new one with its preview, and what corrections propose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from marketplace.catalogue.corrections import service
from marketplace.catalogue.corrections.pages_words import category_pairs, kinds
from marketplace.catalogue.corrections.schemas import LearnIn, RuleForm
from marketplace.catalogue.sorting import service as sorting
from marketplace.catalogue.sorting.schemas import RuleChange, RuleIn
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.package import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE = "/operator/sorting/rules"
SHOWN_MAX = 300
CONFLICTS_SHOWN = 30


class SortingRulePages(Controller):
    """By which rules products find their category."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def rules(self, request: MarketRequest, q: FromQuery[str] = "", category: FromQuery[str] = "") -> Response[str]:
        """List the rules in their order, what corrections propose, and where rules meet."""
        return await _rules_page(request, text=q.strip().replace("\x00", "")[:80], category=category)

    @get("/new")
    async def new(
        self, request: MarketRequest, kind: FromQuery[str] = "type", key: FromQuery[str] = "", phrase: FromQuery[str] = "", category_id: FromQuery[str] = "",
        priority: FromQuery[str] = "",
    ) -> Response[str]:  # fmt: skip
        """Show the form of a new rule, and what it would do once its words and category are chosen."""
        values = {"kind": kind, "key": key, "phrase": phrase, "category_id": category_id, "priority": priority}
        return await _new_page(request, {name: value.replace("\x00", "")[:200] for name, value in values.items()})

    @post("/")
    async def publish(self, request: MarketRequest) -> Response[Any]:
        """Publish the rule that was previewed."""

        async def work() -> str:
            sent = await form(request, RuleIn)
            rule = await sorting.publish_rule(sent, actor=actor(request), now=clock.now())
            return f"{PLACE}?{urlencode({'q': rule.phrase or rule.key, 'stored': 'rule'})}"

        async def refused(error: DomainError) -> Response[Any]:
            return await _new_page(request, await form_values(request), error=error)

        return await acted(request, work, refused=refused)

    @post("/{rule_id:uuid}")
    async def change(self, request: MarketRequest, rule_id: FromPath[UUID]) -> Response[Any]:
        """Switch a rule on or off, or give it another priority. Raises: NotFound."""

        async def work() -> str:
            sent = await form(request, RuleForm)
            is_active = None if sent.act == "order" else sent.act == "on"
            change = RuleChange(version=sent.version, is_active=is_active, priority=sent.priority if sent.act == "order" else None)
            rule = await sorting.change_rule(rule_id, sent=change, actor=actor(request), now=clock.now())
            return f"{PLACE}?{urlencode({'q': rule.phrase or rule.key, 'stored': 'change'})}"

        async def refused(error: DomainError) -> Response[Any]:
            return await _rules_page(request, error=error)

        return await acted(request, work, refused=refused)

    @post("/proposed")
    async def answer(self, request: MarketRequest) -> Response[Any]:
        """Accept or dismiss a proposed rule. Raises: NotFound."""

        async def work() -> str:
            sent = await form(request, LearnIn)
            await service.answer(sent, actor=actor(request), now=clock.now())
            return f"{PLACE}?stored={sent.act}"

        async def refused(error: DomainError) -> Response[Any]:
            return await _rules_page(request, error=error)

        return await acted(request, work, refused=refused)


async def _rules_page(request: MarketRequest, *, text: str = "", category: str = "", error: DomainError | None = None) -> Response[Any]:
    who, tree = actor(request), await taxonomy.tree()
    errors = Fields() if error is None else told(error, request)
    every, conflicts = await sorting.all_rules(actor=who, locale=who.locale)
    wanted = next((one.id for one in tree if one.slug == category), None)
    needle = text.casefold()
    listed = [
        one for one in every if (wanted is None or one.rule.category_id == wanted) and (not needle or needle in f"{one.rule.phrase} {one.rule.key} {one.category}".casefold())
    ]  # fmt: skip
    proposed = await service.proposed_rules(actor=who)
    # What stands by most is what is looked for; the place in the order is a column.
    listed.sort(key=lambda one: (not one.rule.is_active, -one.stands, one.place))
    pairs, slugs = category_pairs(tree, locale=who.locale), {str(one.id): one.slug for one in tree}
    return render(
        request, "sorting/rules.html", rules=listed[:SHOWN_MAX], total=len(listed), words={one.rule.id: one for one in every}, conflicts=conflicts[:CONFLICTS_SHOWN],
        proposed=[(one, await sorting.preview(RuleIn(kind=one.kind, key=one.key, phrase=one.phrase, category_id=one.category_id, priority=50), actor=who)) for one in proposed[:10]],
        names={one.id: one.name(who.locale) for one in tree}, text=text, category=category if wanted else "", slugs=[(slugs[one], name) for one, name in pairs],
        may="admin" in who.roles, errors=errors, status=200 if error is None else error.status,
    )  # fmt: skip


async def _new_page(request: MarketRequest, values: Mapping[str, str], error: DomainError | None = None) -> Response[Any]:
    who, tree = actor(request), await taxonomy.tree()
    errors = Fields() if error is None else told(error, request)
    told_rule = None
    if error is None and values.get("category_id") and (values.get("phrase", "").strip() or values.get("key", "").strip()):
        try:
            told_rule = await sorting.preview(_typed(values), actor=who)
        except DomainError as wrong:
            errors = told(wrong, request)
    return render(
        request, "sorting/new.html", values=Fields(values), told=told_rule, categories=category_pairs(tree, locale=who.locale),
        names={str(one.id): one.name(who.locale) for one in tree}, kinds=kinds(), may="admin" in who.roles, errors=errors,
        status=200 if error is None else error.status,
    )  # fmt: skip


def _typed(values: Mapping[str, str]) -> RuleIn:
    """Read a rule from an address; what is no priority counts as the usual one, what is no category as none."""
    kind = values.get("kind", "")
    priority = values.get("priority", "")
    try:
        category_id = UUID(values.get("category_id", ""))
    except ValueError:
        category_id = UUID(int=0)
    return RuleIn(
        kind="attribute" if kind == "attribute" else "brand" if kind == "brand" else "type",
        key=values.get("key", ""),
        phrase=values.get("phrase", ""),
        category_id=category_id,
        priority=min(999, max(1, int(priority))) if priority.isascii() and priority.isdecimal() else 100,
    )


PAGES: tuple[Any, ...] = (SortingRulePages,)
POLICIES = (
    Policy(f"GET {PLACE}", ("operator",)),
    Policy(f"GET {PLACE}/new", ("operator",)),
    Policy(f"POST {PLACE}", ("operator:admin",), acts=True),
    Policy(f"POST {PLACE}/{{rule_id:uuid}}", ("operator:admin",), sample="sorting_rule", acts=True),
    Policy(f"POST {PLACE}/proposed", ("operator:admin",), acts=True),
)
