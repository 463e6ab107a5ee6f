"""Owns the JSON API of product files, for the operator: send one, say how it is read, see what it would do, apply it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from marketplace.catalogue.imports import service
from marketplace.catalogue.imports.schemas import ApplyIn, FileIn, Run, RunDetail
from marketplace.kernel import clock
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import Cursor, Limit, places_of, settings_of
from marketplace.kernel.http.problems import UnsupportedMediaType
from marketplace.kernel.http.request import MarketRequest, actor, decode_json, form_file, form_pairs
from marketplace.kernel.http.uploads import FILE_TYPES, FORM
from marketplace.kernel.package import Policy
from marketplace.kernel.sheets_in.schemas import Mapping, MappingIn, NumberLocale, Sent

PLACE = "/api/v1/operator/catalogue/imports"
FileName = Annotated[str, QueryParameter(max_length=200, description="The file's name, where the body is the file itself.")]
OfSource = Annotated[str, QueryParameter(pattern="^([a-z0-9][a-z0-9._-]{0,39})?$", description="Whose ids the file has; by its layout without it.")]
Numbers = Annotated[NumberLocale, QueryParameter(description="How the file writes numbers: plain is 1234.56, de 1.234,56, en 1,234.56.")]


class Terms(msgspec.Struct, kw_only=True):
    """How a file that is no JSON is meant."""

    source: Annotated[str, msgspec.Meta(pattern="^([a-z0-9][a-z0-9._-]{0,39})?$")] = ""
    number_locale: NumberLocale = "plain"


class ProductImportController(Controller):
    """Files of products."""

    path = PLACE
    tags = ("catalogue",)

    @post("/", status_code=202, opt={"takes_files": True})
    async def send(self, request: MarketRequest, name: FileName = "", source: OfSource = "", number_locale: Numbers = "plain") -> Response[Run]:
        """Send a file of products: as the body, as `file` of a form, or as text in JSON. It is checked before anything is changed.

        Raises: TooLarge, TooSlow, UnsupportedMediaType, and what is wrong with the file.
        """
        sent, terms = await _sent(request, name, Terms(source=source, number_locale=number_locale))
        # Outside of the transaction, which does not wait for a workbook to be opened.
        looked = await service.look(sent, limits=service.limits_of(settings_of(request)))

        async def work() -> Run:
            locales = Mapping(number_locale=terms.number_locale)
            return service.told(
                await service.take_in(looked, source=terms.source, locales=locales, actor=actor(request), now=clock.now()), _locale(request)
            )

        return await once(request, work, status=202)

    @get("/")
    async def runs(self, request: MarketRequest, limit: Limit = 50, cursor: Cursor = None) -> Page[Run]:
        """List the files of products, the newest first."""
        places = places_of(request, "product imports", tuple[UUID])
        items, following = await service.runs(actor=actor(request), before=places.behind(cursor), limit=limit)
        return Page([service.told(run, _locale(request)) for run in items], places.cursor(following))

    @get("/{product_import_id:uuid}")
    async def run(self, request: MarketRequest, product_import_id: FromPath[UUID]) -> RunDetail:
        """Read one file: how far it is, what it would change, what is wrong."""
        return await service.detail(product_import_id, actor=actor(request))

    @put("/{product_import_id:uuid}/mapping")
    async def map_columns(self, request: MarketRequest, product_import_id: FromPath[UUID], data: JSONBody[MappingIn]) -> Response[Run]:
        """Say what the columns of a file hold and how it writes numbers; it is checked anew."""

        async def work() -> Run:
            return await service.map_columns(product_import_id, sent=data, actor=actor(request), now=clock.now())

        return await once(request, work)

    @post("/{product_import_id:uuid}/apply", status_code=202)
    async def apply(self, request: MarketRequest, product_import_id: FromPath[UUID], data: JSONBody[ApplyIn]) -> Response[Run]:
        """Apply a checked file; a repeat under the same key changes nothing."""

        async def work() -> Run:
            return await service.apply(product_import_id, wanted=data, actor=actor(request), now=clock.now())

        return await once(request, work, status=202)

    @post("/{product_import_id:uuid}/abandon", status_code=200)
    async def abandon(self, request: MarketRequest, product_import_id: FromPath[UUID]) -> Response[Run]:
        """Give a file up that is not applied."""

        async def work() -> Run:
            return await service.abandon(product_import_id, actor=actor(request), now=clock.now())

        return await once(request, work)


async def _sent(request: MarketRequest, name: str, terms: Terms) -> tuple[Sent, Terms]:
    """Read a file from whichever kind of body it came in, with how it is meant. Raises: UnsupportedMediaType, InvalidInput, MalformedBody."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    raw = await request.body()
    if kind == FORM:
        file = await form_file(request, "file")
        fields = {field: value for field, value in await form_pairs(request) if field in set(Terms.__struct_fields__) and value}
        try:
            return Sent(name=file.name, content=file.content), msgspec.convert({**msgspec.to_builtins(terms), **fields}, Terms, strict=False)
        except msgspec.ValidationError:
            raise InvalidInput from None
    if kind == "application/json":
        given: FileIn = decode_json(raw, FileIn, content_type=kind)
        return Sent(name=given.name, content=given.content.encode()), Terms(source=given.source, number_locale=given.number_locale)
    if kind in FILE_TYPES:
        named = name or "products"
        return Sent(name=named if "." in named else f"{named}.{FILE_TYPES[kind]}", content=raw), terms
    raise UnsupportedMediaType(wanted="text/csv, application/x-ndjson, .xlsx, multipart/form-data or application/json")


def _locale(request: MarketRequest) -> str:
    return str(request.scope["locale"])  # type: ignore[typeddict-item]


ROUTERS: tuple[Any, ...] = (ProductImportController,)
POLICIES = (
    Policy(f"POST {PLACE}", ("operator:admin",), scope="catalogue:write", acts=True),
    Policy(f"GET {PLACE}", ("operator",), scope="catalogue:write"),
    Policy(f"GET {PLACE}/{{product_import_id:uuid}}", ("operator",), scope="catalogue:write", sample="product_import"),
    Policy(f"PUT {PLACE}/{{product_import_id:uuid}}/mapping", ("operator:admin",), scope="catalogue:write", sample="product_import", keyed=True),
    Policy(f"POST {PLACE}/{{product_import_id:uuid}}/apply", ("operator:admin",), scope="catalogue:write", sample="product_import", acts=True),
    Policy(f"POST {PLACE}/{{product_import_id:uuid}}/abandon", ("operator:admin",), scope="catalogue:write", sample="product_import", acts=True),
)
