"""Owns the pages on which suppliers propose products and edits, and the page of a product's history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.errors import ProductMoved
from marketplace.catalogue.proposals import service
from marketplace.catalogue.proposals.errors import ProductExists
from marketplace.catalogue.proposals.pages_words import Input, Words, as_typed, category_options, in_order, inputs, rows, words
from marketplace.catalogue.proposals.schemas import ProposalIn, WithdrawIn
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.caller import places_of
from marketplace.kernel.http.forms import Fields, acted, told, told_rows
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy

if TYPE_CHECKING:
    from marketplace.catalogue.products.schemas import FieldValue
    from marketplace.kernel.actor import Actor
    from marketplace.kernel.errors import DomainError

PLACE = "/supplier/proposals"
PAGE_SIZE = 50
NOTE_MAX = 1000
# What a form holds beside the fields of the product.
AROUND = frozenset({"product_id", "base", "answers", "note", "is_distinct", "act"})
Show = Annotated[Literal["", "open", "back", "done"], QueryParameter()]


class _Asked(NamedTuple):
    """What a form is about: a product to change or none, the category of a new one by its slug, and the proposal that it answers."""

    product_id: UUID | None
    category: str
    answers: UUID | None


class _Form(NamedTuple):
    """A form made ready: what the product holds (the category by its slug) with its fingerprint, its fields, and the words for them."""

    asked: _Asked
    title: str
    base: str
    plain: list[Input]
    telling: list[Input]
    said: Words


class ProposalPages(Controller):
    """A supplier's own proposals."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def proposals(self, request: MarketRequest, show: Show = "", cursor: FromQuery[str] = "") -> Response[str]:
        """List the proposals, the latest first, with what was sent back."""
        who, now = actor(request), clock.now()
        places = places_of(request, f"proposals page {who.organisation_id} {show}", tuple[UUID])
        items, following = await service.my_proposals(show=show, before=places.behind(cursor), limit=PAGE_SIZE, actor=who, now=now)
        return render(
            request, "proposals/proposals.html", proposals=items, next_cursor=places.cursor(following), show=show,
            counts=await service.my_counts(actor=who, now=now), record=await service.my_record(actor=who), may=_may(who), said=await words(None, locale=who.locale),
        )  # fmt: skip

    @get("/new")
    async def new(
        self,
        request: MarketRequest,
        q: FromQuery[str] = "",
        product_id: FromQuery[UUID | None] = None,
        category: FromQuery[str] = "",
        answers: FromQuery[UUID | None] = None,
    ) -> Response[str]:
        """Find the product to change or choose the category of a new one, then show the form. Raises: NotFound."""
        if answers is not None:
            first = await service.my_proposal(answers, actor=actor(request), now=clock.now())
            wanted = {one.field: one.new for one in first.changes}
            slug = str(wanted.get("category") or first.category or "")
            made = await _ready(request, _Asked(first.product_id if first.kind == "edit" else None, slug, answers))
            return await _page(request, made, {name: as_typed(value) for name, value in wanted.items()})
        if product_id is not None or category:
            return await _page(request, await _ready(request, _Asked(product_id, category, None)), {})
        text = q.strip()[:200].replace("\x00", "")
        options = category_options(await taxonomy.tree(), locale=actor(request).locale)
        return render(request, "proposals/choose.html", text=text, matches=await products.find_products(text) if text else [], categories=options)

    @post("/")
    async def propose(self, request: MarketRequest) -> Response[Any]:
        """Send what was typed, or show the fields of the category that was chosen. Raises: NotFound."""
        typed = await form_values(request)
        asked = _Asked(_id(typed.get("product_id", "")), typed.get("category", ""), _id(typed.get("answers", "")))
        made = await _ready(request, asked)
        if typed.get("act") == "category":
            return await _page(request, made, typed)

        async def work() -> str:
            found = await service.propose(_sent(made, typed), actor=actor(request), now=clock.now())
            return f"{PLACE}/{found.id}"

        try:
            return await once_form(request, work)
        except ProductMoved as error:
            return await _page(request, await _ready(request, asked), typed, error)
        except (ProductExists, InvalidInput) as error:
            return await _page(request, made, typed, error)

    @get("/{proposal_id:uuid}")
    async def proposal(self, request: MarketRequest, proposal_id: FromPath[UUID]) -> Response[str]:
        """Show a proposal: old beside new, what was said, and what may be done. Raises: NotFound."""
        return await _one(request, proposal_id)

    @post("/{proposal_id:uuid}/withdraw")
    async def withdraw(self, request: MarketRequest, proposal_id: FromPath[UUID]) -> Response[Any]:
        """Take a proposal back. Raises: NotFound."""

        async def work() -> str:
            sent = await form(request, WithdrawIn)
            await service.withdraw(proposal_id, version=sent.version, actor=actor(request), now=clock.now())
            return f"{PLACE}/{proposal_id}"

        return await acted(request, work, refused=lambda error: _one(request, proposal_id, error))


class HistoryPages(Controller):
    """How products came to hold what they hold."""

    include_in_schema = False

    @get("/products/{product_id:uuid}/history")
    async def history(self, request: MarketRequest, product_id: FromPath[UUID]) -> Response[str]:
        """Show who changed which field when. Raises: NotFound."""
        who = actor(request)
        changed = await service.history(product_id, actor=who)
        product = await products.product(product_id, locale=who.locale)
        said = await words(product.category, locale=who.locale)
        return render(request, "proposals/history.html", product=product, changed=list(zip(changed, rows(changed, said), strict=True)))


def _id(text: str) -> UUID | None:
    """Read the id that a hidden field carries. Raises: NotFound for what is none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound from None


async def _ready(request: MarketRequest, asked: _Asked) -> _Form:
    """Make a form ready. Raises: NotFound for a product that is not sold or a category that is not there."""
    locale = actor(request).locale
    tree = await taxonomy.tree()
    held: dict[str, FieldValue] = {"unit_code": "C62"}
    base = title = ""
    if asked.product_id is not None:
        asked = asked._replace(product_id=await products.present_id(asked.product_id))
        live = await products.live_product(asked.product_id)  # type: ignore[arg-type]
        if live.state != "published":
            raise NotFound
        held = products.fields(live)
        base, title = products.fingerprint(held), live.title
        held = held | {"category": next((one.slug for one in tree if one.id == live.category_id), None)}
    slug = asked.category or str(held.get("category") or "")
    if asked.category and asked.category not in {one.slug for one in tree}:
        asked = asked._replace(category="")
    said = await words(slug or None, locale=locale)
    plain, telling = inputs(held, said, category_options(tree, locale=locale))
    return _Form(asked, title, base, plain, telling, said)


def _sent(made: _Form, typed: dict[str, str]) -> ProposalIn:
    """Give what was typed as a proposal: of an edit only the fields whose text is not what the form began with."""
    known = {one.name: one for one in (*made.plain, *made.telling)}
    values: dict[str, FieldValue] = {}
    for name, text in typed.items():
        field, plain = known.get(name), text.replace("\r\n", "\n").strip()
        if name in AROUND or (field is None and not plain):
            continue
        if made.asked.product_id is None and not plain:
            continue
        if made.asked.product_id is not None and field is not None and plain == field.held.replace("\r\n", "\n").strip():
            continue
        values[name] = service.typed(plain, "text" if field is None else field.kind)
    return ProposalIn(
        values=values, product_id=made.asked.product_id, base=typed.get("base", "")[:64], note=typed.get("note", "")[:NOTE_MAX],
        answers_id=made.asked.answers, is_distinct=typed.get("is_distinct") == "on",
    )  # fmt: skip


async def _page(request: MarketRequest, made: _Form, typed: dict[str, str], error: DomainError | None = None) -> Response[str]:
    who = actor(request)
    values = {one.name: one.held for one in (*made.plain, *made.telling)} | {"category": made.asked.category or made.plain[4].held} | typed
    answered = None if made.asked.answers is None else await service.my_proposal(made.asked.answers, actor=who, now=clock.now())
    alike = error.extra["products"] if isinstance(error, ProductExists) else []
    return render(
        request, "proposals/form.html", made=made, values=Fields(values), errors=Fields() if error is None else _all_told(error, request),
        alike=alike, may_differ=all(one["match"] != "gtin" for one in alike), has_moved=isinstance(error, ProductMoved), answered=answered,
        status=200 if error is None else error.status,
    )  # fmt: skip


def _all_told(error: DomainError, request: MarketRequest) -> Fields:
    """Word what is wrong by the names of the form's fields."""
    fallback = told(error, request)
    if not error.errors:
        return fallback
    return Fields({"" if name == "values" else name.removeprefix("values/"): message for name, message in told_rows(error, request).items()})


async def _one(request: MarketRequest, proposal_id: UUID, error: DomainError | None = None) -> Response[Any]:
    who = actor(request)
    found = await service.my_proposal(proposal_id, actor=who, now=clock.now())
    said = await words(found.category, locale=who.locale)
    return render(
        request, "proposals/proposal.html", proposal=found, rows=rows(in_order(found.changes, said), said), may=_may(who),
        errors=Fields() if error is None else told(error, request), status=200 if error is None else error.status,
    )  # fmt: skip


def _may(who: Actor) -> bool:
    return bool(who.roles & {"owner", "catalogue"})


async def _waiting(who: Actor) -> int:
    return (await service.my_counts(actor=who, now=clock.now()))[1]


PAGES: tuple[Any, ...] = (ProposalPages, HistoryPages)
KEEPERS = ("supplier:owner", "supplier:catalogue")
POLICIES = (
    Policy(f"GET {PLACE}", ("supplier",)),
    Policy(f"GET {PLACE}/new", KEEPERS),
    Policy(f"POST {PLACE}", KEEPERS, acts=True),
    Policy(f"GET {PLACE}/{{proposal_id:uuid}}", ("supplier",), sample="proposal"),
    Policy(f"POST {PLACE}/{{proposal_id:uuid}}/withdraw", KEEPERS, sample="proposal", acts=True),
    Policy("GET /products/{product_id:uuid}/history", ("anyone",), sample="product"),
)
NAV = (Nav(lazy("Proposals"), PLACE, ("supplier",), 36, _waiting),)
