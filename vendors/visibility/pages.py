"""Owns the page on which suppliers say who sees their offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Controller, Response, get, post
from litestar.params import FromQuery

from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import clock
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from vendors.visibility import service
from vendors.visibility.schemas import LEVEL_WORDS, SIGHT_WORDS, GrantForm, RuleForm, RuleIn

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError

PLACE = "/supplier/visibility"


class VisibilityPages(Controller):
    """Who sees a supplier's offers."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def visibility(self, request: MarketRequest, name: FromQuery[str] = "") -> Response[str]:
        """Show the levels, what each kind of visitor sees of each category, and the list."""
        return await _page(request, name=name)

    @post("/")
    async def set_level(self, request: MarketRequest) -> Response[Any]:
        """Set a level, or take it back."""

        async def work() -> str:
            sent = await form(request, RuleForm)
            rule = RuleIn(level=sent.level or None, category_id=sent.category_id, version=sent.version)
            await service.set_level(rule, actor=actor(request), now=clock.now())
            return f"{PLACE}?stored=rule"

        return await acted(request, work, refused=lambda error: _page(request, error=error))

    @post("/grants")
    async def grant(self, request: MarketRequest) -> Response[Any]:
        """Put a company on the list."""

        async def work() -> str:
            await service.grant((await form(request, GrantForm)).organisation_id, actor=actor(request), now=clock.now())
            return f"{PLACE}?stored=granted#s-list"

        return await acted(request, work, refused=lambda error: _page(request, error=error))

    @post("/grants/withdraw")
    async def withdraw(self, request: MarketRequest) -> Response[Any]:
        """Take a company from the list."""

        async def work() -> str:
            await service.withdraw((await form(request, GrantForm)).organisation_id, actor=actor(request), now=clock.now())
            return f"{PLACE}?stored=withdrawn#s-list"

        return await acted(request, work, refused=lambda error: _page(request, error=error))


async def _page(request: MarketRequest, *, name: str = "", error: DomainError | None = None) -> Response[Any]:
    who = actor(request)
    is_keeper = service.may_keep(who)
    tree = await taxonomy.tree()
    names = {one.id: one.name(who.locale) for one in tree}
    return render(
        request,
        "visibility/visibility.html",
        visibility=await service.my_visibility(actor=who),
        grants=await service.my_grants(actor=who),
        found=await service.organisations_named(name, actor=who) if is_keeper else [],
        name=name[:200],
        level_words=LEVEL_WORDS,
        sight_words=SIGHT_WORDS,
        categories=sorted((" / ".join(names[one] for one in category.path), str(category.id)) for category in tree),
        values=Fields(await form_values(request) if error else {}),
        errors=Fields() if error is None else told(error, request),
        is_keeper=is_keeper,
        status=200 if error is None else error.status,
    )


PAGES: tuple[Any, ...] = (VisibilityPages,)
KEEPERS = ("supplier:catalogue", "supplier:sales")
POLICIES = (
    Policy("GET /supplier/visibility", ("supplier",)),
    Policy("POST /supplier/visibility", KEEPERS, acts=True),
    Policy("POST /supplier/visibility/grants", KEEPERS, acts=True),
    Policy("POST /supplier/visibility/grants/withdraw", KEEPERS, acts=True),
)
NAV = (Nav(lazy("Visibility"), PLACE, ("supplier",), 35),)
