"""Owns the operator's pages of product files: send one, say how it is read, see what it would do, apply it, read what is wrong."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from marketplace.catalogue.imports import service
from marketplace.catalogue.imports.schemas import ApplyIn, Run
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import clock, formatting
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.caller import places_of, settings_of
from marketplace.kernel.http.forms import Fields, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_file, form_values
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from marketplace.kernel.sheets_in.schemas import Mapping, MappingIn, NumberLocale, Sent

PLACE = "/operator/catalogue/imports"
PAGE_SIZE = 20
Pasted = Annotated[str, msgspec.Meta(max_length=900_000)]
Short = Annotated[str, msgspec.Meta(max_length=220)]


class UploadForm(msgspec.Struct, kw_only=True):
    """A file, or rows that were pasted, and how they are meant."""

    file: str = ""
    text: Pasted = ""
    source: Annotated[str, msgspec.Meta(pattern="^([a-z0-9][a-z0-9._-]{0,39})?$")] = ""
    number_locale: NumberLocale = "plain"


class MappingForm(msgspec.Struct, kw_only=True):
    """What each column holds, in the order of the file."""

    target: list[Short]
    number_locale: NumberLocale = "plain"


class ApplyForm(msgspec.Struct, kw_only=True):
    """How a checked file is applied."""

    partial: bool = False


class ProductFilePages(Controller):
    """Files of products."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def files(self, request: MarketRequest, cursor: FromQuery[str] = "") -> Response[str]:
        """Show the form for a file and those that were sent, the newest first."""
        return await _list_page(request, cursor=cursor)

    @post("/", opt={"takes_files": True})
    async def send(self, request: MarketRequest) -> Response[Any]:
        """Take a file in and go to its page."""
        try:
            file, text = await form_file(request, "file"), (await form_values(request)).get("text", "")
            pasted = Sent(name="pasted.csv" if text.strip() else "", content=text.encode())
            # Outside of the transaction, which does not wait for a workbook to be opened.
            limits = service.limits_of(settings_of(request))
            looked = await service.look(Sent(name=file.name, content=file.content) if file.name else pasted, limits=limits)

            async def work() -> str:
                terms = await form(request, UploadForm)
                locales = Mapping(number_locale=terms.number_locale)
                run = await service.take_in(looked, source=terms.source, locales=locales, actor=actor(request), now=clock.now())
                return f"{PLACE}/{run.id}"

            return await once_form(request, work)
        except DomainError as error:
            return await _list_page(request, errors=told(error, request), status=error.status)

    @get("/{product_import_id:uuid}")
    async def one(self, request: MarketRequest, product_import_id: FromPath[UUID]) -> Response[str]:
        """Show how far a file is: its columns, what it would do, what it did."""
        return await _run_page(request, product_import_id)

    @post("/{product_import_id:uuid}/mapping")
    async def map_columns(self, request: MarketRequest, product_import_id: FromPath[UUID]) -> Response[Any]:
        """Store what the columns hold and have the file checked anew."""

        async def work() -> str:
            sent = await form(request, MappingForm)
            run = (await service.detail(product_import_id, actor=actor(request))).run
            columns = {target: head for head, target in zip(run.layout.head, sent.target, strict=False) if target}
            mapping = MappingIn(columns=columns, number_locale=sent.number_locale)
            await service.map_columns(product_import_id, sent=mapping, actor=actor(request), now=clock.now())
            return f"{PLACE}/{product_import_id}"

        return await _acted(request, product_import_id, work)

    @post("/{product_import_id:uuid}/apply")
    async def apply(self, request: MarketRequest, product_import_id: FromPath[UUID]) -> Response[Any]:
        """Let a checked file be applied."""

        async def work() -> str:
            sent = await form(request, ApplyForm)
            await service.apply(product_import_id, wanted=ApplyIn(partial=sent.partial), actor=actor(request), now=clock.now())
            return f"{PLACE}/{product_import_id}"

        return await _acted(request, product_import_id, work)

    @post("/{product_import_id:uuid}/abandon")
    async def abandon(self, request: MarketRequest, product_import_id: FromPath[UUID]) -> Response[Any]:
        """Give a file up that is not applied."""

        async def work() -> str:
            await service.abandon(product_import_id, actor=actor(request), now=clock.now())
            return PLACE

        return await _acted(request, product_import_id, work)


async def _list_page(request: MarketRequest, *, cursor: str = "", errors: dict[str, str] | None = None, status: int = 200) -> Response[str]:
    places = places_of(request, "product imports page", tuple[UUID])
    runs, following = await service.runs(actor=actor(request), before=places.behind(cursor), limit=PAGE_SIZE)
    return render(
        request,
        "product_files/files.html",
        status=status,
        runs=runs,
        next_cursor=places.cursor(following),
        values=await form_values(request) if request.method == "POST" else Fields(),
        errors=errors or Fields(),
        is_keeper=_may_keep(request),
        limits=service.limits_of(settings_of(request)),
        megabytes=settings_of(request).upload_bytes_max // 1_000_000,
        number_pairs=_numbers(),
        category_pairs=[
            ("", _("everything")),
            *((one.slug, "\u00a0\u00a0" * (len(one.path) - 1) + one.name(actor(request).locale)) for one in await taxonomy.tree()),
        ],
    )


def _numbers() -> list[tuple[str, str]]:
    return [(key, _(words)) for key, words in service.NUMBER_LOCALES.items()]


def _may_keep(request: MarketRequest) -> bool:
    return bool(actor(request).roles & {"owner", "admin"})


async def _acted(request: MarketRequest, run_id: UUID, work: Any) -> Response[Any]:
    try:
        return await once_form(request, work)
    except DomainError as error:
        return await _run_page(request, run_id, errors=told(error, request), status=error.status)


async def _run_page(request: MarketRequest, run_id: UUID, *, errors: dict[str, str] | None = None, status: int = 200) -> Response[str]:
    found = await service.detail(run_id, actor=actor(request))
    run = found.run
    held = {head: target for target, head in run.mapping.columns.items()}
    rows = run.layout.rows or run.plan.counts.rows
    return render(
        request,
        "product_files/file.html",
        status=status,
        run=run,
        counts=run.done if run.state == "applied" else run.plan.counts,
        issues=found.issues,
        columns=[
            (head, held.get(head, ""), [row[place] for row in run.layout.samples if place < len(row)][:3], _pairs(run, head, held.get(head, "")))
            for place, head in enumerate(run.layout.head)
        ],
        names={target: _word(target) for sample in run.plan.samples for target, _b, _a in sample.changes},
        errors=errors or Fields(),
        lacking=[_(service.TARGETS.get(name, name)) for name in run.lacking],
        is_keeper=_may_keep(request),
        is_moving=run.state in {"waiting", "applying"},
        share=min(100, round(100 * run.position / rows)) if rows else 0,
        rows=rows,
        number_pairs=_numbers(),
    )


FIELDS = {
    "weight_grams": lazy("Weight in grams"),
    "volume_cm3": lazy("Volume in cubic centimetres"),
    "category_id": lazy("Category"),
    "unit_code": lazy("Unit"),
    "other_gtins": lazy("Further GTINs"),
}


def _word(field: str) -> str:
    if field.startswith(service.ATTRIBUTE):
        return _("Attribute %(key)s", key=field.removeprefix(service.ATTRIBUTE))
    kind, _sign, locale = field.partition("_")
    if kind in {"title", "description"} and locale:
        return _in_language(kind, locale)
    return _(FIELDS.get(field) or service.TARGETS.get(field, field))


def _in_language(kind: str, locale: str) -> str:
    named = formatting.language(locale)
    return _("Title (%(language)s)", language=named) if kind == "title" else _("Description (%(language)s)", language=named)


def _pairs(run: Run, head: str, target: str) -> list[tuple[str, str]]:
    """Give what a column may hold: the fields of a product, texts in the languages of this market, or an attribute called as the column is."""
    own = target if target.startswith(service.ATTRIBUTE) else f"{service.ATTRIBUTE}{head.removeprefix(service.ATTRIBUTE)}"
    pairs = [("", _("not used")), *((name, _(words)) for name, words in service.TARGETS.items())]
    for locale in dict.fromkeys(
        ("vi", "ar", "en", *(one.partition("_")[2] for one in run.mapping.columns if one.startswith(("title_", "description_"))))
    ):
        pairs += [(f"{kind}_{locale}", _in_language(kind, locale)) for kind in ("title", "description")]
    return [*pairs, (own, _("Attribute %(key)s", key=own.removeprefix(service.ATTRIBUTE)))]


async def _waiting(who: Any) -> int:
    """Count the files that wait for somebody to look at them."""
    return await service.count_waiting(actor=who)


PAGES: tuple[Any, ...] = (ProductFilePages,)
POLICIES = (
    Policy(f"GET {PLACE}", ("operator",)),
    Policy(f"POST {PLACE}", ("operator:admin",), acts=True),
    Policy(f"GET {PLACE}/{{product_import_id:uuid}}", ("operator",), sample="product_import"),
    Policy(f"POST {PLACE}/{{product_import_id:uuid}}/mapping", ("operator:admin",), sample="product_import", acts=True),
    Policy(f"POST {PLACE}/{{product_import_id:uuid}}/apply", ("operator:admin",), sample="product_import", acts=True),
    Policy(f"POST {PLACE}/{{product_import_id:uuid}}/abandon", ("operator:admin",), sample="product_import", acts=True),
)
NAV = (Nav(lazy("Product files"), PLACE, ("operator",), 44, _waiting, group="catalogue"),)
