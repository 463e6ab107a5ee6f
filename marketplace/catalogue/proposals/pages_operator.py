"""Owns the operator's pages of proposals: the queue by what is due first, and one proposal, old beside new, with its decision."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from marketplace.catalogue.products import service as products
from marketplace.catalogue.proposals import service
from marketplace.catalogue.proposals.pages_words import category_options, in_order, rows, words
from marketplace.catalogue.proposals.schemas import DecisionForm, DecisionIn, Wanted
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import clock
from marketplace.kernel.http.caller import places_of
from marketplace.kernel.http.forms import Fields, acted, told, typed
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy

if TYPE_CHECKING:
    from marketplace.kernel.actor import Actor
    from marketplace.kernel.errors import DomainError

PLACE = "/operator/proposals"
PAGE_SIZE = 50
Show = Annotated[Literal["waiting", "sent_back", "decided"], QueryParameter()]
OfKind = Annotated[Literal["", "new", "edit"], QueryParameter()]


class OperatorProposalPages(Controller):
    """What suppliers propose, as the operator decides it."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def queue(
        self, request: MarketRequest, show: Show = "waiting", category: FromQuery[str] = "", supplier: FromQuery[str] = "", kind: OfKind = "", cursor: FromQuery[str] = ""
    ) -> Response[str]:  # fmt: skip
        """List what waits, the first due first, or what was sent back or is over. Raises: BadCursor."""
        who, now, tree = actor(request), clock.now(), await taxonomy.tree()
        suppliers = await service.suppliers_waiting(actor=who)
        category_id = next((one.id for one in tree if one.slug == category), None)
        supplier_id = next((one for one, _name in suppliers if str(one) == supplier), None)
        wanted = Wanted(show, category_id, supplier_id, kind)
        places = places_of(request, f"operator proposals page {wanted}", tuple[datetime, UUID] if show == "waiting" else tuple[UUID])
        items, following = await service.waiting(wanted, after=places.behind(cursor), limit=PAGE_SIZE, actor=who, now=now)
        return render(
            request, "proposals/queue.html", proposals=items, next_cursor=places.cursor(following), wanted=wanted, category=category if category_id else "",
            supplier=supplier if supplier_id else "", suppliers=suppliers, categories=category_options(tree, locale=who.locale),
            counts=await service.counts(actor=who, now=now), said=await words(None, locale=who.locale),
        )  # fmt: skip

    @get("/{proposal_id:uuid}")
    async def proposal(self, request: MarketRequest, proposal_id: FromPath[UUID]) -> Response[str]:
        """Show a proposal, old beside new, with what changed meanwhile, and the form to decide. Raises: NotFound."""
        return await _one(request, proposal_id)

    @post("/{proposal_id:uuid}/decision")
    async def decide(self, request: MarketRequest, proposal_id: FromPath[UUID]) -> Response[Any]:
        """Accept what is ticked, send back or reject. Raises: NotFound."""

        async def work() -> str:
            sent = await form(request, DecisionForm)
            said = DecisionIn(
                act=sent.act, version=sent.version, fields=sent.fields if sent.act == "accept" else None, base=sent.base, text=sent.text
            )
            await service.decide(proposal_id, sent=said, actor=actor(request), now=clock.now())
            return f"{PLACE}/{proposal_id}"

        return await acted(request, work, refused=lambda error: _one(request, proposal_id, error))


async def _one(request: MarketRequest, proposal_id: UUID, error: DomainError | None = None) -> Response[Any]:
    who, now = actor(request), clock.now()
    errors = Fields() if error is None else told(error, request)
    found = await service.proposal(proposal_id, actor=who, now=now)
    said = await words(found.category, locale=who.locale)
    moved = {one.field for one in found.moved if one.is_proposed}
    ticked = {one.field for one in found.changes} - moved if error is None else set(await typed(request, "fields"))
    following = (await service.waiting(Wanted(), after=None, limit=2, actor=who, now=now))[0]
    history = [] if found.product_id is None or found.state != "sent" else (await service.history(found.product_id, actor=who))[:10]
    return render(
        request, "proposals/decide.html", proposal=found, rows=rows(in_order(found.changes, said), said), said=said, moved=moved, ticked=ticked, may="admin" in who.roles,
        record=await service.record_of(found.organisation_id, actor=who), history=list(zip(history, rows(history, said), strict=True)),
        product=None if found.product_id is None else await products.product(found.product_id, locale=who.locale),
        following=next((one for one in following if one.id != proposal_id), None), is_blank=found.state == "sent" and found.base != found.current_base and not found.moved,
        values=Fields(await form_values(request) if error is not None else {}), errors=errors, status=200 if error is None else error.status,
    )  # fmt: skip


async def _waiting(who: Actor) -> int:
    return (await service.counts(actor=who, now=clock.now()))[0]


PAGES: tuple[Any, ...] = (OperatorProposalPages,)
POLICIES = (
    Policy(f"GET {PLACE}", ("operator",)),
    Policy(f"GET {PLACE}/{{proposal_id:uuid}}", ("operator",), sample="proposal"),
    Policy(f"POST {PLACE}/{{proposal_id:uuid}}/decision", ("operator:admin",), sample="proposal", acts=True),
)
NAV = (Nav(lazy("Proposals"), PLACE, ("operator",), 22, _waiting, group="catalogue"),)
