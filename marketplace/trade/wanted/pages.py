"""Owns the pages of asking for what is not found: the form, an organisation's own list with the answers, and the operator's list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from marketplace.catalogue.products import service as products
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.units import service as units
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, FieldError, InvalidInput
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import forget_counts, render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import current_locale, lazy
from marketplace.kernel.package import Nav, Policy
from marketplace.trade.wanted import rules, service
from marketplace.trade.wanted.schemas import AnswerForm, AnswerIn, WantedIn

if TYPE_CHECKING:
    from marketplace.trade.wanted.schemas import Wanted

PLACE, OPERATOR = "/wanted", "/operator/wanted"
STATES = {
    "open": (lazy("Waits for an answer"), "wait"),
    "looking": (lazy("A supplier is looked for"), "wait"),
    "found": (lazy("There it is"), "ok"),
    "refused": (lazy("Not sold here"), "off"),
    "withdrawn": (lazy("Taken back"), "off"),
}
SHOWN = {"": rules.WAITING, "open": ("open",), "looking": ("looking",), "done": ("found", "refused", "withdrawn")}


class WantedPages(Controller):
    """The buyer's side."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def mine(self, request: MarketRequest) -> Response[Any]:
        """Show what the organisation asked for, with the answers."""
        found = await service.mine(actor=actor(request))
        return render(request, "wanted/mine.html", wanted=found, unread=sum(_is_unread(one) for one in found), **await _around(found))

    @get("/new")
    async def new(self, request: MarketRequest, q: FromQuery[str] = "") -> Response[Any]:
        """Ask what is wanted, with the words that found nothing."""
        return await _form(request, {"text": " ".join(q.replace("\x00", "").split())[:200]})

    @post("/")
    async def ask(self, request: MarketRequest) -> Response[Any]:
        """Send it, and go to what was asked for."""

        async def work() -> str:
            await service.ask(await form(request, WantedIn), actor=actor(request), now=clock.now())
            return f"{PLACE}?stored=wanted"

        async def refused(error: DomainError) -> Response[Any]:
            return await _form(request, await form_values(request), error=error)

        return await acted(request, work, refused=refused)

    @post("/{wanted_id:uuid}/withdraw")
    async def withdraw(self, request: MarketRequest, wanted_id: FromPath[UUID]) -> Response[Any]:
        """Take it back. Raises: NotFound, AnswerGiven."""

        async def work() -> str:
            await service.withdraw(wanted_id, actor=actor(request), now=clock.now())
            return f"{PLACE}?stored=withdrawn"

        return await once_form(request, work)

    @post("/read")
    async def read(self, request: MarketRequest) -> Response[Any]:
        """Note that the answers were read."""

        async def work() -> str:
            await service.read_all(actor=actor(request), now=clock.now())
            forget_counts(actor(request))
            return PLACE

        return await once_form(request, work)


class OperatorWantedPages(Controller):
    """The operator's side."""

    path = OPERATOR
    include_in_schema = False

    @get("/")
    async def waiting(
        self, request: MarketRequest, show: FromQuery[str] = "", segment: FromQuery[str] = "", locale: FromQuery[str] = ""
    ) -> Response[Any]:
        """Show what buyers ask for, what waits longest first; a state that there is not shows what waits."""
        return await _list(request, (show if show in SHOWN else "", segment[:80], locale[:20]))

    @post("/{wanted_id:uuid}/answer")
    async def answer(self, request: MarketRequest, wanted_id: FromPath[UUID]) -> Response[Any]:
        """Answer it. Raises: NotFound, InvalidInput."""

        async def work() -> str:
            sent = await form(request, AnswerForm)
            if not sent.kind:
                raise InvalidInput(errors=(FieldError("/kind", "missing", rules.NO_KIND),))
            said = AnswerIn(kind=sent.kind, version=sent.version, product=sent.product, category=sent.category, words=sent.words)
            await service.answer(wanted_id, said, actor=actor(request), now=clock.now())
            forget_counts(actor(request))
            return f"{OPERATOR}?stored=answer"

        async def refused(error: DomainError) -> Response[Any]:
            return await _list(request, ("", "", ""), chosen=wanted_id, error=error)

        return await acted(request, work, refused=refused)


def _is_unread(one: Wanted) -> bool:
    return one.answered_at is not None and one.read_at is None and one.state != "withdrawn"


async def _around(found: list[Wanted]) -> dict[str, Any]:
    """Give what these are told with: units, and the products and categories of answers."""
    locale = current_locale()
    return {
        "states": STATES,
        "units": await units.units(),
        "short": await units.short_names(),
        "titles": await products.titles({one.product_id for one in found if one.product_id}, locale=locale),
        "categories": {one.id: (one.slug, one.name(locale)) for one in await taxonomy.tree()},
    }


async def _form(request: MarketRequest, values: dict[str, str], *, error: DomainError | None = None) -> Response[Any]:
    locale = current_locale()
    return render(
        request,
        "wanted/new.html",
        values=Fields(values),
        choices=[(one.code, one.name(locale)) for one in (await units.units()).values()],
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


async def _list(
    request: MarketRequest, which: tuple[str, str, str], *, chosen: UUID | None = None, error: DomainError | None = None
) -> Response[Any]:
    show, segment, locale = which
    who = actor(request)
    found = await service.all_of_them(actor=who, states=SHOWN[show], segment=segment, locale=locale)
    segments, locales = await service.kinds(actor=who)
    errors = Fields() if error is None else told(error, request)
    return render(
        request,
        "wanted/operator.html",
        wanted=found,
        near=await service.near(found[:50], locale=who.locale),
        chosen=chosen,
        show=show,
        segment=segment,
        chosen_locale=locale,
        segments=segments,
        locales=locales,
        tree=[(one.slug, "\u2003" * (len(one.path) - 1) + one.name(current_locale())) for one in await taxonomy.tree()],
        values=Fields({} if error is None else await form_values(request)),
        errors=errors,
        status=200 if error is None else error.status,
        **await _around(found),
    )


PAGES: tuple[Any, ...] = (WantedPages, OperatorWantedPages)
POLICIES = (
    Policy("GET /wanted", ("buyer",)),
    Policy("GET /wanted/new", ("buyer",)),
    Policy("POST /wanted", ("buyer",), acts=True),
    Policy("POST /wanted/{wanted_id:uuid}/withdraw", ("buyer",), sample="wanted", acts=True),
    Policy("POST /wanted/read", ("buyer",)),
    Policy("GET /operator/wanted", ("operator",)),
    Policy("POST /operator/wanted/{wanted_id:uuid}/answer", ("operator",), sample="wanted", acts=True),
)
NAV = (
    Nav(lazy("Asked for"), PLACE, ("buyer",), 23, service.unread),
    Nav(lazy("Requests"), OPERATOR, ("operator",), 47, service.waiting, group="search"),
)
