"""Owns the JSON API of the feed: send a file, say how it is read, see what it would do, apply it."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import Cursor, Limit, places_of, settings_of
from marketplace.kernel.http.problems import UnsupportedMediaType
from marketplace.kernel.http.request import MarketRequest, actor, decode_json, form_file, form_pairs
from marketplace.kernel.http.uploads import FILE_TYPES, FORM
from marketplace.kernel.package import Policy
from marketplace.kernel.sheets_in.schemas import DateLocale, Mapping, MappingIn, NumberLocale, Sent
from vendors.imports import service
from vendors.imports.schemas import ApplyIn, Choices, FileIn, Mode, RunDetail, RunOut

FileName = Annotated[str, QueryParameter(max_length=200, description="The file's name, where the body is the file itself.")]
Whether = Annotated[Literal["false", "true"], QueryParameter(description="Whether it is so.")]
Numbers = Annotated[NumberLocale, QueryParameter(description="How the file writes numbers: plain is 1234.56, de 1.234,56, en 1,234.56.")]
Dates = Annotated[DateLocale, QueryParameter(description="How the file writes dates: iso is 2026-04-03, dmy 03/04/2026.")]
Meant = Annotated[Mode, QueryParameter(description="`delta` changes what the file names, `full` also pauses what it does not.")]


class ImportController(Controller):
    """Files of a supplier's offers."""

    path = "/api/v1/supplier/imports"
    tags = ("offers",)

    @post("/", status_code=202, opt={"takes_files": True})
    async def send(
        self,
        request: MarketRequest,
        name: FileName = "",
        mode: Meant = "delta",
        partial: Whether = "false",
        force: Whether = "false",
        number_locale: Numbers = "plain",
        date_locale: Dates = "iso",
    ) -> Response[RunOut]:
        """Send a file of offers: as the body, as `file` of a form, or as text in JSON. It is checked before anything is changed.

        Raises: TooLarge, TooSlow, UnsupportedMediaType, and what is wrong with the file.
        """
        terms = FileIn(
            name=name or "offers",
            content="",
            mode=mode,
            partial=partial == "true",
            force=force == "true",
            number_locale=number_locale,
            date_locale=date_locale,
        )
        sent, terms = await _sent(request, terms)
        looked = await service.look(
            sent,
            limits=service.limits_of(settings_of(request)),
        )

        async def work() -> RunOut:
            choices = Choices(mode=terms.mode, is_partial=terms.partial, is_forced=terms.force)
            locales = Mapping(number_locale=terms.number_locale, date_locale=terms.date_locale)
            return service.told(
                await service.take_in(looked, choices=choices, locales=locales, actor=actor(request), now=clock.now()), _locale(request)
            )

        return await once(request, work, status=202)

    @get("/")
    async def runs(self, request: MarketRequest, limit: Limit = 50, cursor: Cursor = None) -> Page[RunOut]:
        """List your files, the newest first."""
        who = actor(request)
        places = places_of(request, f"imports {who.organisation_id}", tuple[UUID])
        items, following = await service.my_runs(actor=who, before=places.behind(cursor), limit=limit)
        return Page([service.told(run, _locale(request)) for run in items], places.cursor(following))

    @get("/{import_id:uuid}")
    async def run(self, request: MarketRequest, import_id: FromPath[UUID]) -> RunDetail:
        """Read one of your files: how far it is, what it would change, what is wrong."""
        found = await service.detail(import_id, actor=actor(request), now=clock.now())
        return msgspec.structs.replace(found, run=service.told(found.run, _locale(request)))

    @put("/{import_id:uuid}/mapping")
    async def map_columns(self, request: MarketRequest, import_id: FromPath[UUID], data: JSONBody[MappingIn]) -> Response[RunOut]:
        """Say what the columns of a file hold and how it writes numbers and dates; it is checked anew."""

        async def work() -> RunOut:
            return service.told(await service.map_columns(import_id, sent=data, actor=actor(request), now=clock.now()), _locale(request))

        return await once(request, work)

    @post("/{import_id:uuid}/apply", status_code=202)
    async def apply(self, request: MarketRequest, import_id: FromPath[UUID], data: JSONBody[ApplyIn]) -> Response[RunOut]:
        """Apply a checked file. One file of yours at a time; a repeat under the same key changes nothing."""

        async def work() -> RunOut:
            return service.told(await service.apply(import_id, wanted=data, actor=actor(request), now=clock.now()), _locale(request))

        return await once(request, work, status=202)

    @post("/{import_id:uuid}/abandon", status_code=200)
    async def abandon(self, request: MarketRequest, import_id: FromPath[UUID]) -> Response[RunOut]:
        """Give a file up that is not applied."""

        async def work() -> RunOut:
            return service.told(await service.abandon(import_id, actor=actor(request), now=clock.now()), _locale(request))

        return await once(request, work)


async def _sent(request: MarketRequest, terms: FileIn) -> tuple[Sent, FileIn]:
    """Read a file from whichever kind of body it came in, with how it is meant. Raises: UnsupportedMediaType, InvalidInput, MalformedBody."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    raw = await request.body()
    if kind == FORM:
        file = await form_file(request, "file")
        known = set(FileIn.__struct_fields__) - {"content", "name"}
        fields = {name: value for name, value in await form_pairs(request) if name in known and value}
        return Sent(name=file.name, content=file.content), msgspec.convert({**msgspec.to_builtins(terms), **fields}, FileIn, strict=False)
    if kind == "application/json":
        given: FileIn = decode_json(raw, FileIn, content_type=kind)
        return Sent(name=given.name, content=given.content.encode()), given
    if kind in FILE_TYPES:
        return Sent(name=terms.name if "." in terms.name else f"{terms.name}.{FILE_TYPES[kind]}", content=raw), terms
    raise UnsupportedMediaType(wanted="text/csv, application/x-ndjson, .xlsx, multipart/form-data or application/json")


def _locale(request: MarketRequest) -> str:
    return str(request.scope["locale"])  # type: ignore[typeddict-item]


ROUTERS: tuple[Any, ...] = (ImportController,)
# Whose column is whose, the service tells.
KEEPERS = ("supplier:catalogue", "supplier:sales", "supplier:fulfilment")
POLICIES = (
    Policy("POST /api/v1/supplier/imports", KEEPERS, scope="offers:write", acts=True),
    Policy("GET /api/v1/supplier/imports", ("supplier",), scope="offers:read"),
    Policy("GET /api/v1/supplier/imports/{import_id:uuid}", ("supplier",), scope="offers:read", sample="import"),
    Policy("PUT /api/v1/supplier/imports/{import_id:uuid}/mapping", KEEPERS, scope="offers:write", sample="import", keyed=True),
    Policy("POST /api/v1/supplier/imports/{import_id:uuid}/apply", KEEPERS, scope="offers:write", sample="import", acts=True),
    Policy("POST /api/v1/supplier/imports/{import_id:uuid}/abandon", KEEPERS, scope="offers:write", sample="import", acts=True),
)
