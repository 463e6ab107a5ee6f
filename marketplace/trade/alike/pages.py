"""Owns the page of products side by side, and its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from litestar import Controller, Response, get

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.caller import settings_of
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.i18n import direction
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.package import Policy
from marketplace.kernel.spreadsheet import XLSX_TYPE
from marketplace.kernel.table_files import attachment
from marketplace.kernel.wording import word
from marketplace.trade.alike import rules_file, service

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from marketplace.trade.alike.schemas import Alike

PLACE = "/side-by-side"


class AlikePages(Controller):
    """Pages that anyone may see; what stands side by side is in the address alone."""

    include_in_schema = False

    @get(PLACE)
    async def side_by_side(self, request: MarketRequest) -> Response[Any]:
        """Show products side by side; ids that cannot be used are told, and the others stand there all the same."""
        texts = request.query_params.getall("ids", [])
        problem, status = "", 200
        try:
            ids = service.asked_ids(texts)
        except DomainError as error:
            problem, status, ids = word(error.message, error.params, actor(request).locale), error.status, service.usable_ids(texts)
        found = await _found(request, ids)
        query, more = request.query_params.get("find", "").strip(), None
        if query:
            try:
                more = await service.to_add(
                    query,
                    [one.id for one in found.products],
                    now=clock.now(),
                    viewer=actor(request),
                    currency=settings_of(request).reference_currency,
                )
            except DomainError as error:
                problem, status = word(error.message, error.params, actor(request).locale), error.status
        to = _Addresses(request, [one.id for one in found.products], only=request.query_params.get("only") == "differences")
        return render(
            request, "alike/alike.html", status=status, found=found, to=to, problem=problem, query=query[:200].replace("\x00", ""), more=more,
            most=service.PRODUCTS_MAX,
        )  # fmt: skip

    @get(f"{PLACE}.csv")
    async def csv(self, request: MarketRequest) -> Response[str]:
        """Give products side by side as CSV. Raises: NotAProduct, TooManyProducts."""
        found = await _found(request, service.asked_ids(request.query_params.getall("ids", [])))
        return Response(rules_file.csv_text(found, _words()), media_type="text/csv", headers=attachment("side-by-side.csv"))

    @get(f"{PLACE}.xlsx")
    async def xlsx(self, request: MarketRequest) -> Response[bytes]:
        """Give products side by side as a workbook. Raises: NotAProduct, TooManyProducts."""
        found = await _found(request, service.asked_ids(request.query_params.getall("ids", [])))
        return Response(
            rules_file.workbook(found, _words(), is_rtl=direction() == "rtl"), media_type=XLSX_TYPE, headers=attachment("side-by-side.xlsx")
        )


class _Addresses:
    """Where the acts of the page lead: the same page with one thing changed."""

    def __init__(self, request: MarketRequest, ids: Sequence[UUID], *, only: bool) -> None:
        self.prefix, self.ids, self.only = str(request.scope.get("locale_prefix", "")), list(ids), only

    def _at(self, ids: Sequence[UUID], *, only: bool, end: str = "") -> str:
        query = {"ids": ",".join(str(one) for one in ids)} | ({"only": "differences"} if only else {})
        return f"{self.prefix}{PLACE}{end}?{urlencode(query, safe=',')}"

    def without(self, one: UUID) -> str:
        """Give the page without one product."""
        return self._at([other for other in self.ids if other != one], only=self.only)

    def beside(self, one: UUID) -> str:
        """Give the page with one product more."""
        return self._at([*self.ids, one], only=self.only)

    def rows(self, *, only: bool) -> str:
        """Give the page with differences only, or with all rows."""
        return self._at(self.ids, only=only)

    def file(self, end: str) -> str:
        """Give the address of a file of it."""
        return self._at(self.ids, only=False, end=f".{end}")


async def _found(request: MarketRequest, ids: Sequence[UUID]) -> Alike:
    return await service.side_by_side(ids, now=clock.now(), viewer=actor(request), currency=settings_of(request).reference_currency)


def _words() -> dict[str, str]:
    return {
        "attribute": _("Attribute"), "unit": _("Unit"), "product_id": _("Product id"), "brand": _("Brand"), "part_number": _("Part number"), "gtin": "GTIN",
        "category": _("Category"), "from_price": _("Lowest price"), "suppliers": _("Suppliers"),
    }  # fmt: skip


PAGES = (AlikePages,)
POLICIES = (
    Policy("GET /side-by-side", ("anyone",)),
    Policy("GET /side-by-side.csv", ("anyone",)),
    Policy("GET /side-by-side.xlsx", ("anyone",)),
)
