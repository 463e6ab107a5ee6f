"""Owns the pages of saved searches: what was told and why, what is kept, and the link that stops one without signing in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from marketplace.catalogue.products import service as products
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.answers import redirect
from marketplace.kernel.http.caller import asked_of, settings_of
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import forget_counts, render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import current_locale, lazy
from marketplace.kernel.package import Nav, Policy
from marketplace.kernel.wording import word
from marketplace.trade.alerts import service
from marketplace.trade.alerts.schemas import Frequency, SearchIn, StepIn
from marketplace.trade.facets import service as facets

PLACE = "/saved-searches"


class SaveForm(msgspec.Struct, frozen=True):
    """A search as its form sends it."""

    name: str = ""
    q: str = ""
    frequency: Frequency = "daily"
    category: str = ""
    brand: str = ""
    attributes: str = ""
    supplier: str = ""
    lead: str = ""
    price: str = ""
    currency: str = ""


class AlertPages(Controller):
    """What a person looks for again and again."""

    include_in_schema = False

    @get(PLACE)
    async def overview(self, request: MarketRequest, cursor: FromQuery[str] = "") -> Response[Any]:
        """Show what was told, and the searches that it comes from. Raises: BadCursor."""
        who = actor(request)
        found, following = await service.alerts(asked=asked_of(request, cursor), actor=who)
        kept = await service.searches(who)
        titles = await products.titles([one.product_id for one in found], locale=current_locale())
        paths = {one.id: urlencode({"q": one.text} | one.filters) for one in kept}
        return render(
            request, "alerts/alerts.html", alerts=found, searches=kept, titles=titles, paths=paths, next_cursor=following,
            tokens={one.id: service.stop_token(one.id) for one in kept}, unread=sum(one.read_at is None for one in found),
        )  # fmt: skip

    @get(f"{PLACE}/new")
    async def new(self, request: MarketRequest) -> Response[Any]:
        """Ask for a name for the search of the address."""
        values = {name: value for name, value in request.query_params.items() if isinstance(value, str)}
        return _form(request, {"name": values.get("q", "")[:120]} | values)

    @post(PLACE)
    async def save(self, request: MarketRequest) -> Response[Any]:
        """Keep it, and go to what is kept."""

        async def work() -> str:
            data = await form(request, SaveForm)
            chosen = {name: value for name in facets.NAMES if name != "sort" and (value := getattr(data, name))}
            sent = SearchIn(
                name=data.name, q=data.q, filters=chosen, frequency=data.frequency, currency=data.currency or settings_of(request).reference_currency
            )
            await service.save(sent, actor=actor(request), now=clock.now())
            return f"{PLACE}?stored=search"

        async def refused(error: DomainError) -> Response[Any]:
            return _form(request, await form_values(request), error=error)

        return await acted(request, work, refused=refused)

    @post(f"{PLACE}/{{search_id:uuid}}")
    async def change(self, request: MarketRequest, search_id: FromPath[UUID]) -> Response[Any]:
        """Pause, resume or delete it, or change how often it looks. Raises: NotFound."""

        async def work() -> str:
            await service.change(search_id, await form(request, StepIn), actor=actor(request), now=clock.now())
            forget_counts(actor(request))
            return PLACE

        return await once_form(request, work)

    @post(f"{PLACE}/read")
    async def read(self, request: MarketRequest) -> Response[Any]:
        """Note that everything was read."""

        async def work() -> str:
            await service.read_all(actor=actor(request), now=clock.now())
            forget_counts(actor(request))
            return PLACE

        return await once_form(request, work)

    @get(f"{PLACE}/stop")
    async def ask(self, request: MarketRequest, token: FromQuery[str] = "") -> Response[Any]:
        """Ask whether the search that a signed link names shall stop. Raises: NotFound."""
        return render(request, "alerts/stop.html", search=await service.stop_asked(token) if token else None, token=token)

    @post(f"{PLACE}/stop")
    async def stop(self, request: MarketRequest) -> Response[Any]:
        """Stop it. Raises: NotFound."""
        token = (await form_values(request)).get("token", "")
        await service.stop(token, now=clock.now())
        return redirect(request, f"{PLACE}/stop?{urlencode({'token': token})}")


def _form(request: MarketRequest, values: dict[str, str], *, error: DomainError | None = None) -> Response[Any]:
    errors = Fields() if error is None else told(error, request)
    problem = word(error.message, error.params, current_locale()) if error is not None and not errors else ""
    chosen = {name: values[name] for name in facets.NAMES if name != "sort" and values.get(name)}
    return render(
        request,
        "alerts/new.html",
        values=Fields(values),
        chosen=chosen,
        errors=errors,
        problem=problem,
        status=200 if error is None else error.status,
    )


PAGES = (AlertPages,)
POLICIES = (
    Policy("GET /saved-searches", ("buyer",)),
    Policy("GET /saved-searches/new", ("buyer",)),
    Policy("POST /saved-searches", ("buyer",), acts=True),
    Policy("POST /saved-searches/{search_id:uuid}", ("buyer",), "", "saved_search", acts=True),
    Policy("POST /saved-searches/read", ("buyer",)),
    Policy("GET /saved-searches/stop", ("anyone",)),
    Policy("POST /saved-searches/stop", ("anyone",)),
)
NAV = (Nav(lazy("Saved searches"), PLACE, ("buyer",), 22, service.unread),)
