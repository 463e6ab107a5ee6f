"""Owns the JSON API of saved comparisons."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from marketplace.catalogue.units import service as units
from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page, as_json
from marketplace.kernel.http.caller import Limit, settings_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.i18n import direction
from marketplace.kernel.package import Policy
from marketplace.kernel.spreadsheet import XLSX_TYPE
from marketplace.kernel.table_files import attachment
from marketplace.kernel.versions import seen_version
from marketplace.trade.saved import rules_sheet, rules_workbook, service
from marketplace.trade.saved.pages_words import sheet_words
from marketplace.trade.saved.schemas import ChangeIn, Changes, ComparisonOut, OpenedOut, SaveIn, View

Seq = Annotated[int | None, QueryParameter(ge=1, le=50, description="Which of the kept states; the latest when it is left out.")]
State = Annotated[View, QueryParameter(description="Those in use, or those in the archive.")]


class SavedController(Controller):
    """Comparisons that the organisation keeps; every member sees them."""

    path = "/api/v1/comparisons"
    tags = ("Comparison",)

    @get("/")
    async def comparisons(
        self, request: MarketRequest, show: State = "active", limit: Limit = 50, cursor: FromQuery[str | None] = None
    ) -> Page[ComparisonOut]:
        """List what is kept, the last changed first. Raises: BadCursor."""
        return Page(*await service.page(cursor, state=show, limit=limit, secret=settings_of(request).secret_key, actor=actor(request)))

    @post("/", status_code=201)
    async def save(self, request: MarketRequest, data: JSONBody[SaveIn]) -> Response[ComparisonOut]:
        """Compare at these terms and keep the whole answer. Raises: NotFound, InvalidInput, TooManyComparisons."""
        return await once(request, lambda: service.save(data, actor=actor(request), now=clock.now()), status=201)

    @get("/{comparison_id:uuid}")
    async def comparison(self, request: MarketRequest, comparison_id: FromPath[UUID], snapshot: Seq = None) -> Response[OpenedOut]:
        """Read one with all its states, one of them exactly as it was answered. Raises: NotFound."""
        return as_json(msgspec.json.encode(await service.opened_in_full(comparison_id, seq=snapshot, actor=actor(request))))

    @put("/{comparison_id:uuid}")
    async def change(self, request: MarketRequest, comparison_id: FromPath[UUID], data: JSONBody[ChangeIn]) -> Response[ComparisonOut]:
        """Rename it, note something, put it into the archive or take it out. Raises: NotFound, InvalidInput, VersionConflict."""
        version = seen_version(data.version, request.headers.get("if-match"))
        return await once(request, lambda: service.change(comparison_id, data, version=version, actor=actor(request), now=clock.now()))

    @get("/{comparison_id:uuid}/changes")
    async def changes(self, request: MarketRequest, comparison_id: FromPath[UUID], snapshot: Seq = None) -> Changes:
        """Tell what has changed since a state was kept, each offer's difference split by cause. Raises: NotFound."""
        return await service.changes_since(comparison_id, seq=snapshot, actor=actor(request), now=clock.now())

    @post("/{comparison_id:uuid}/snapshots", status_code=201)
    async def keep(self, request: MarketRequest, comparison_id: FromPath[UUID]) -> Response[ComparisonOut]:
        """Ask again and keep the answer as the next state. Raises: NotFound, ComparisonArchived, TooManySnapshots, ProductGone."""
        return await once(request, lambda: service.keep_state(comparison_id, actor=actor(request), now=clock.now()), status=201)

    @get("/{comparison_id:uuid}/csv", media_type="text/csv")
    async def csv(self, request: MarketRequest, comparison_id: FromPath[UUID], snapshot: Seq = None) -> Response[str]:
        """Give a state as CSV with sources. Raises: NotFound."""
        sheet = await service.sheet(comparison_id, seq=snapshot, actor=actor(request))
        headers = attachment(f"comparison-{comparison_id}.csv")
        return Response(rules_sheet.csv_text(sheet), media_type="text/csv", headers=headers)

    @get("/{comparison_id:uuid}/xlsx", media_type=XLSX_TYPE)
    async def xlsx(self, request: MarketRequest, comparison_id: FromPath[UUID], snapshot: Seq = None) -> Response[bytes]:
        """Give a state as a workbook with sources, its heads in the language that is asked for. Raises: NotFound."""
        sheet = await service.sheet(comparison_id, seq=snapshot, actor=actor(request))
        made = rules_workbook.workbook(sheet, words=sheet_words(await units.short_names()), is_rtl=direction() == "rtl")
        headers = attachment(f"comparison-{comparison_id}.xlsx")
        return Response(made, media_type=XLSX_TYPE, headers=headers)


ROUTERS: tuple[Any, ...] = (SavedController,)
POLICIES = (
    Policy("GET /api/v1/comparisons", ("buyer",), "comparisons:read"),
    Policy("POST /api/v1/comparisons", ("buyer:purchaser",), "comparisons:write", acts=True),
    Policy("GET /api/v1/comparisons/{comparison_id:uuid}", ("buyer",), "comparisons:read", "comparison"),
    Policy("PUT /api/v1/comparisons/{comparison_id:uuid}", ("buyer:purchaser",), "comparisons:write", "comparison", keyed=True),
    Policy("GET /api/v1/comparisons/{comparison_id:uuid}/changes", ("buyer",), "comparisons:read", "comparison"),
    Policy("POST /api/v1/comparisons/{comparison_id:uuid}/snapshots", ("buyer:purchaser",), "comparisons:write", "comparison", acts=True),
    Policy("GET /api/v1/comparisons/{comparison_id:uuid}/csv", ("buyer",), "comparisons:read", "comparison"),
    Policy("GET /api/v1/comparisons/{comparison_id:uuid}/xlsx", ("buyer",), "comparisons:read", "comparison"),
)
