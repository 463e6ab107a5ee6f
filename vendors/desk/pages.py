"""Owns the pages on which suppliers keep their offers."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from marketplace.catalogue.units import service as units
from marketplace.kernel import clock, countries, formatting
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.caller import own_organisation, places_of
from marketplace.kernel.http.forms import told, typed
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from marketplace.kernel.quantity import Typed
from vendors.accounts.pages_words import incoterms
from vendors.desk import service
from vendors.desk.schemas import OfferForm, OfferPatch, PriceForm, StateForm, StockForm, StockIn, TermsForm, WatchForm, WatchIn
from vendors.life import service as life
from vendors.offers.schemas import OwnFilter
from vendors.sites import service as sites
from vendors.visibility.schemas import LEVEL_WORDS

PAGE_SIZE = 50
TIER_LINES = 5
Show = Annotated[Literal["", "approved", "paused", "draft", "retired", "hidden", "low"], QueryParameter()]


class DeskPages(Controller):
    """The supplier's own offers: list, new, one."""

    path = "/supplier/offers"
    include_in_schema = False

    @get("/")
    async def offers(self, request: MarketRequest, q: FromQuery[str] = "", show: Show = "", cursor: FromQuery[str] = "") -> Response[str]:
        """List the offers with price at the least quantity, stock, state and why they do not sell."""
        who, now, text = actor(request), clock.now(), q.strip()[:80].replace("\x00", "")
        places = places_of(request, f"offers page {who.organisation_id} {show} {text}", tuple[UUID])
        which = OwnFilter(text=text, show=show, limit=PAGE_SIZE)
        items, following = await service.my_offers(which, actor=who, now=now, after=places.behind(cursor))
        return render(
            request,
            "desk/offers.html",
            offers=items,
            units=await units.short_names(),
            prices={offer.id: Decimal(offer.unit_price) for offer in items if offer.unit_price is not None},
            cover={offer.id: service.cover_days(offer) for offer in items},
            total=await service.count_offers(which, actor=who, now=now),
            next_cursor=places.cursor(following),
            text=text,
            show=show,
            hidden=await service.hidden_offers(actor=who, now=now),
            low=await service.low_offers(actor=who),
            now=now,
        )

    @get("/new")
    async def new(self, request: MarketRequest, q: FromQuery[str] = "", product_id: FromQuery[UUID | None] = None) -> Response[str]:
        """Find the product to offer, then show the form."""
        if not await sites.my_sites(actor=actor(request), now=clock.now()):
            is_selling = await life.is_selling(own_organisation(request))
            return render(request, "desk/no_site.html", is_selling=is_selling, is_keeper=sites.may_keep(actor(request)))
        found = await service.products_to_offer(str(product_id or q)[:200].replace("\x00", "")) if product_id or q.strip() else []
        if product_id and found:
            return await self._form(request, found[0], {})
        return render(request, "desk/find.html", text=q[:200], matches=found, is_asked=bool(q.strip()) or product_id is not None)

    @post("/")
    async def create(self, request: MarketRequest) -> Response[Any]:
        """Make the offer that was typed."""

        async def work() -> str:
            sent = service.typed_offer(await form(request, OfferForm))
            made = await service.create_offer(sent, actor=actor(request), now=clock.now())
            return f"/supplier/offers/{made.id}"

        try:
            return await once_form(request, work)
        except DomainError as error:
            values = await form_values(request)
            found = await service.products_to_offer(values.get("product_id", "")[:200])
            if not found:
                raise
            return await self._form(request, found[0], values, errors=await _all_told(error, request), status=error.status)

    async def _form(
        self, request: MarketRequest, product: Any, values: dict[str, str], *, errors: dict[str, str] | None = None, status: int = 200
    ) -> Response[str]:
        mine = await sites.my_sites(actor=actor(request), now=clock.now())
        return render(
            request,
            "desk/new.html",
            status=status,
            product=product,
            sites=mine,
            site_pairs=[(str(site.id), site.name) for site in mine],
            country_pairs=[(code, formatting.country(code)) for code in countries.countries()],
            incoterms=incoterms(),
            values=defaultdict(str, values),
            tiers=(lines := await _typed_lines(request, at_least=TIER_LINES) if values else service.first_lines(TIER_LINES)),
            wrong_tiers=service.wrong_tiers(lines),
            errors=defaultdict(str, errors or {}),
            level_words=LEVEL_WORDS,
        )

    @get("/{offer_id:uuid}")
    async def offer(self, request: MarketRequest, offer_id: FromPath[UUID]) -> Response[str]:
        """Show one offer with its price, stock and state, each with its form."""
        return await _offer_page(request, offer_id)

    @post("/{offer_id:uuid}/price")
    async def price(self, request: MarketRequest, offer_id: FromPath[UUID]) -> Response[Any]:
        """Give the offer a new price."""

        async def work() -> str:
            sent = await form(request, PriceForm)
            patch = OfferPatch(tiers=service.typed_tiers(sent.tier_from, sent.tier_price))
            await service.change_offer(offer_id, patch=patch, version=sent.version, actor=actor(request), now=clock.now())
            return f"/supplier/offers/{offer_id}?stored=price#s-price"

        return await _acted(request, offer_id, work)

    @post("/{offer_id:uuid}/stock")
    async def stock(self, request: MarketRequest, offer_id: FromPath[UUID]) -> Response[Any]:
        """Store a count."""

        async def work() -> str:
            sent = await form(request, StockForm)
            count = StockIn(on_hand=Typed(sent.on_hand.strip()), safety=Typed(sent.safety.strip()), site_id=sent.site_id)
            await service.count_stock(offer_id, count=count, version=sent.version, actor=actor(request), now=clock.now())
            return f"/supplier/offers/{offer_id}?stored=stock#s-stock"

        return await _acted(request, offer_id, work)

    @post("/{offer_id:uuid}/watch")
    async def watch(self, request: MarketRequest, offer_id: FromPath[UUID]) -> Response[Any]:
        """Say from when on low stock is told, or end that."""

        async def work() -> str:
            sent = await form(request, WatchForm)
            watch = WatchIn(kind=sent.kind, threshold=Typed(sent.threshold.strip()) if sent.threshold.strip() else None)
            await service.watch_stock(offer_id, sent=watch, version=sent.version, actor=actor(request), now=clock.now())
            return f"/supplier/offers/{offer_id}?stored=watch#s-stock"

        return await _acted(request, offer_id, work)

    @post("/{offer_id:uuid}/terms")
    async def terms(self, request: MarketRequest, offer_id: FromPath[UUID]) -> Response[Any]:
        """Change the offer's terms; who comes late is told what changed meanwhile."""

        async def work() -> str:
            who, now, sent = actor(request), clock.now(), await form(request, TermsForm)
            offer = await service.my_offer(offer_id, actor=who, now=now)
            await service.change_offer(offer_id, patch=service.typed_terms(sent, offer), version=sent.version, actor=who, now=now)
            return f"/supplier/offers/{offer_id}?stored=terms#s-terms"

        return await _acted(request, offer_id, work)

    @post("/{offer_id:uuid}/state")
    async def state(self, request: MarketRequest, offer_id: FromPath[UUID]) -> Response[Any]:
        """Put the offer on sale, pause it or retire it."""

        async def work() -> str:
            sent = await form(request, StateForm)
            await service.change_offer(offer_id, patch=OfferPatch(state=sent.state), version=sent.version, actor=actor(request), now=clock.now())
            return f"/supplier/offers/{offer_id}"

        return await _acted(request, offer_id, work)


async def _acted(request: MarketRequest, offer_id: UUID, work: Any) -> Response[Any]:
    try:
        return await once_form(request, work)
    except DomainError as error:
        return await _offer_page(request, offer_id, errors=told(error, request), status=error.status)


async def _offer_page(request: MarketRequest, offer_id: UUID, *, errors: dict[str, str] | None = None, status: int = 200) -> Response[str]:
    who, now = actor(request), clock.now()
    offer = await service.my_offer(offer_id, actor=who, now=now)
    values = await form_values(request) if request.method == "POST" else {}
    is_kept = "tier_from" in values
    lines = await _typed_lines(request, at_least=TIER_LINES) if is_kept else service.tier_lines(offer, at_least=TIER_LINES)
    return render(
        request,
        "desk/offer.html",
        status=status,
        offer=offer,
        unit=(await units.short_names())[offer.unit_code] if offer.unit_decimals else "",
        site_pairs=[(str(site.id), site.name) for site in await sites.my_sites(actor=who, now=now)],
        prices=[Decimal(tier.unit_price) for tier in offer.tiers],
        pack_price=None if offer.pack_price is None else Decimal(offer.pack_price),
        kept_back=service.kept_back(offer),
        cover_days=service.cover_days(offer),
        kept_watch=service.kept_watch(offer),
        terms=defaultdict(str, values) if "lead_days" in values else service.as_typed(offer),
        country_pairs=[(code, formatting.country(code)) for code in countries.countries()],
        level_words=LEVEL_WORDS,
        incoterms=incoterms(),
        values=defaultdict(str, values),
        tiers=lines,
        wrong_tiers=service.wrong_tiers(lines),
        errors=defaultdict(str, errors or {}),
        is_keeper=service.may_keep(who),
        is_counter=service.may_count(who),
    )


async def _all_told(error: DomainError, request: MarketRequest) -> dict[str, str]:
    """Word what is wrong with a new offer; its prices are read even where another field kept them from being read."""
    errors = told(error, request)
    try:
        service.typed_tiers(await typed(request, "tier_from"), await typed(request, "tier_price"))
    except DomainError as prices:
        errors |= {name: text for name, text in told(prices, request).items() if name not in errors}
    return errors


async def _typed_lines(request: MarketRequest, *, at_least: int) -> list[tuple[str, str]]:
    """Give the two columns of tiers as they were typed, filled up with blank lines."""
    lines: list[tuple[str, str]] = []
    if request.method == "POST":
        lines = list(zip(await typed(request, "tier_from"), await typed(request, "tier_price"), strict=False))
    return lines + [("", "")] * (at_least - len(lines))


async def _waiting(who: Any) -> int:
    """Count what waits for the supplier: offers that do not sell, and offers whose stock is low."""
    return await service.hidden_offers(actor=who, now=clock.now()) + await service.low_offers(actor=who)


PAGES: tuple[Any, ...] = (DeskPages,)
KEEPERS = ("supplier:catalogue", "supplier:sales")
POLICIES = (
    Policy("GET /supplier/offers", ("supplier",)),
    Policy("GET /supplier/offers/new", KEEPERS),
    Policy("POST /supplier/offers", KEEPERS, acts=True),
    Policy("GET /supplier/offers/{offer_id:uuid}", ("supplier",), sample="offer"),
    Policy("POST /supplier/offers/{offer_id:uuid}/price", KEEPERS, sample="offer", acts=True),
    Policy("POST /supplier/offers/{offer_id:uuid}/watch", ("supplier:catalogue", "supplier:fulfilment"), sample="offer", acts=True),
    Policy("POST /supplier/offers/{offer_id:uuid}/terms", KEEPERS, sample="offer", acts=True),
    Policy("POST /supplier/offers/{offer_id:uuid}/stock", ("supplier:catalogue", "supplier:fulfilment"), sample="offer", acts=True),
    Policy("POST /supplier/offers/{offer_id:uuid}/state", KEEPERS, sample="offer", acts=True),
)
NAV = (Nav(lazy("Offers"), "/supplier/offers", ("supplier",), 30, _waiting),)
