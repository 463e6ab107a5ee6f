"""Owns the pages of the feed: send a file, say how it is read, see what it would do, apply it, read the report."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from marketplace.kernel import clock, countries, formatting
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.caller import places_of, settings_of
from marketplace.kernel.http.forms import Fields, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_file, form_values
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from marketplace.kernel.sheets_in.schemas import DateLocale, Limits, Mapping, MappingIn, NumberLocale, Sent
from vendors.accounts.pages_words import incoterms
from vendors.imports import service
from vendors.imports.schemas import ApplyIn, Choices, Mode
from vendors.sites import service as sites
from vendors.visibility.schemas import LEVEL_WORDS, LEVELS

PAGE_SIZE = 20
PLACE = "/supplier/imports"
TIERS = (10, 25, 50, 100, 250, 500, 1000)
Pasted = Annotated[str, msgspec.Meta(max_length=900_000)]
Short = Annotated[str, msgspec.Meta(max_length=80)]


class UploadForm(msgspec.Struct, kw_only=True):
    """A file, or rows that were pasted, and how they are meant."""

    file: str = ""
    text: Pasted = ""
    mode: Mode = "delta"
    number_locale: NumberLocale = "plain"
    date_locale: DateLocale = "iso"


class MappingForm(msgspec.Struct, kw_only=True):
    """What each column holds, in the order of the file, and what is the same for every row."""

    target: list[Short]
    number_locale: NumberLocale = "plain"
    date_locale: DateLocale = "iso"
    currency: Short = ""
    origin: Short = ""
    site: Short = ""
    incoterm: Short = ""
    condition: Short = ""
    lead_days: Short = ""


class ApplyForm(msgspec.Struct, kw_only=True):
    """How a checked file is applied."""

    partial: bool = False
    force: bool = False


class ImportPages(Controller):
    """Files of a supplier's offers."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def imports(self, request: MarketRequest, cursor: FromQuery[str] = "") -> Response[str]:
        """Show the form for a file and those that were sent, the newest first."""
        return await _list_page(request, cursor=cursor)

    @post("/", opt={"takes_files": True})
    async def send(self, request: MarketRequest) -> Response[Any]:
        """Take a file in and go to its page."""
        try:
            file, text = await form_file(request, "file"), (await form_values(request)).get("text", "")
            pasted = Sent(name="pasted.csv" if text.strip() else "", content=text.encode())
            # Outside of the transaction, which does not wait for a workbook to be opened.
            looked = await service.look(Sent(name=file.name, content=file.content) if file.name else pasted, limits=_limits(request))

            async def work() -> str:
                terms = await form(request, UploadForm)
                locales = Mapping(number_locale=terms.number_locale, date_locale=terms.date_locale)
                run = await service.take_in(looked, choices=Choices(mode=terms.mode), locales=locales, actor=actor(request), now=clock.now())
                return f"{PLACE}/{run.id}"

            return await once_form(request, work)
        except DomainError as error:
            return await _list_page(request, errors=told(error, request), status=error.status)

    @get("/{import_id:uuid}")
    async def one(self, request: MarketRequest, import_id: FromPath[UUID]) -> Response[str]:
        """Show how far a file is: its columns, what it would do, what it did."""
        return await _run_page(request, import_id)

    @post("/{import_id:uuid}/mapping")
    async def map_columns(self, request: MarketRequest, import_id: FromPath[UUID]) -> Response[Any]:
        """Store what the columns hold and have the file checked anew."""

        async def work() -> str:
            sent = await form(request, MappingForm)
            run = await service.my_run(import_id, actor=actor(request))
            columns = {target: head for head, target in zip(run.layout.head, sent.target, strict=False) if target}
            fixed = {name: value for name in service.FIXABLE if (value := getattr(sent, name))}
            mapping = MappingIn(columns=columns, fixed=fixed, number_locale=sent.number_locale, date_locale=sent.date_locale)
            await service.map_columns(import_id, sent=mapping, actor=actor(request), now=clock.now())
            return f"{PLACE}/{import_id}"

        return await _acted(request, import_id, work)

    @post("/{import_id:uuid}/apply")
    async def apply(self, request: MarketRequest, import_id: FromPath[UUID]) -> Response[Any]:
        """Let a checked file be applied."""

        async def work() -> str:
            sent = await form(request, ApplyForm)
            wanted = ApplyIn(partial=sent.partial or None, force=sent.force or None)
            await service.apply(import_id, wanted=wanted, actor=actor(request), now=clock.now())
            return f"{PLACE}/{import_id}"

        return await _acted(request, import_id, work)

    @post("/{import_id:uuid}/abandon")
    async def abandon(self, request: MarketRequest, import_id: FromPath[UUID]) -> Response[Any]:
        """Give a file up that is not applied."""

        async def work() -> str:
            await service.abandon(import_id, actor=actor(request), now=clock.now())
            return PLACE

        return await _acted(request, import_id, work)


async def _list_page(request: MarketRequest, *, cursor: str = "", errors: dict[str, str] | None = None, status: int = 200) -> Response[str]:
    who = actor(request)
    places = places_of(request, f"imports page {who.organisation_id}", tuple[UUID])
    runs, following = await service.my_runs(actor=who, before=places.behind(cursor), limit=PAGE_SIZE)
    return render(
        request,
        "imports/imports.html",
        status=status,
        runs=runs,
        next_cursor=places.cursor(following),
        values=await form_values(request) if request.method == "POST" else Fields(),
        errors=errors or Fields(),
        is_keeper=_may_keep(request),
        limits=_limits(request),
        level_pairs=[(code, _(LEVEL_WORDS[code])) for code in LEVELS],
        megabytes=settings_of(request).upload_bytes_max // 1_000_000,
        **_notations(),
    )


def _notations() -> dict[str, Any]:
    return {
        "number_pairs": [(key, _(words)) for key, words in service.NUMBER_LOCALES.items()],
        "date_pairs": [(key, _(words)) for key, words in service.DATE_LOCALES.items()],
    }


def _limits(request: MarketRequest) -> Limits:
    return service.limits_of(settings_of(request))


def _may_keep(request: MarketRequest) -> bool:
    return bool(actor(request).roles & {"owner", "admin", "catalogue", "sales", "fulfilment"})


async def _acted(request: MarketRequest, import_id: UUID, work: Any) -> Response[Any]:
    try:
        return await once_form(request, work)
    except DomainError as error:
        return await _run_page(request, import_id, errors=told(error, request), status=error.status)


async def _run_page(request: MarketRequest, import_id: UUID, *, errors: dict[str, str] | None = None, status: int = 200) -> Response[str]:
    who = actor(request)
    found = await service.detail(import_id, actor=who, now=clock.now())
    run = found.run
    held = {head: target for target, head in run.mapping.columns.items()}
    mine = await sites.my_sites(actor=who, now=clock.now())
    counts, pairs = run.counts, _target_pairs(set(run.mapping.columns))
    return render(
        request,
        "imports/run.html",
        status=status,
        run=run,
        counts=counts,
        samples=found.samples,
        wrong=found.errors,
        columns=[
            (head, held.get(head, ""), [row[place] for row in run.layout.samples if place < len(row)][:3], pairs)
            for place, head in enumerate(run.layout.head)
        ],
        site_pairs=[("", _("none")), *((site.name, site.name) for site in mine)],
        country_pairs=[("", _("none")), *((code, formatting.country(code)) for code in countries.countries())],
        incoterms=[("", _("none")), *incoterms()],
        errors=errors or Fields(),
        problem=service.told(run, request.scope["locale"]).problem,  # type: ignore[typeddict-item]
        lacking=[_(service.TARGETS.get(name, name)) for name in run.lacking],
        is_keeper=_may_keep(request),
        may_give_up=_may_keep(request) and found.may_give_up,
        denied=service.word_denied(run, who, request.scope["locale"]),  # type: ignore[typeddict-item]
        target_words={name: _(words) for name, words in service.TARGETS.items()},
        is_idle=service.changes_nothing(run),
        is_moving=run.state in {"waiting", "applying"},
        misses_many=counts.missing * 100 > counts.active * 20,
        share=min(100, round(100 * run.position / counts.rows)) if counts.rows else 0,
        **_notations(),
    )


def _target_pairs(used: set[str]) -> list[tuple[str, str]]:
    """Give what a column may hold, with the price tiers that are common or that this file has."""
    bounds = sorted({*TIERS, *(int(name.removeprefix("price_")) for name in used if name.startswith("price_"))})
    pairs = [("", _("not used"))]
    for name, words in service.TARGETS.items():
        pairs.append((name, _(words)))
        if name == "price":
            pairs += [(f"price_{bound}", _("Unit price from %(quantity)s", quantity=formatting.number(bound))) for bound in bounds]
            for number in range(1, 11):
                pairs.append((f"tier{number}_from", _("Tier %(number)s: from quantity", number=number)))
                pairs.append((f"tier{number}_price", _("Tier %(number)s: unit price", number=number)))
    return pairs


async def _waiting(who: Any) -> int:
    """Count the files that wait for somebody to look at them."""
    return await service.count_waiting(actor=who)


# Whose column is whose, the service tells.
KEEPERS = ("supplier:catalogue", "supplier:sales", "supplier:fulfilment")
PAGES: tuple[Any, ...] = (ImportPages,)
POLICIES = (
    Policy(f"GET {PLACE}", ("supplier",)),
    Policy(f"POST {PLACE}", KEEPERS, acts=True),
    Policy(f"GET {PLACE}/{{import_id:uuid}}", ("supplier",), sample="import"),
    Policy(f"POST {PLACE}/{{import_id:uuid}}/mapping", KEEPERS, sample="import", acts=True),
    Policy(f"POST {PLACE}/{{import_id:uuid}}/apply", KEEPERS, sample="import", acts=True),
    Policy(f"POST {PLACE}/{{import_id:uuid}}/abandon", KEEPERS, sample="import", acts=True),
)
NAV = (Nav(lazy("Import"), PLACE, ("supplier",), 35, _waiting),)
