"""Owns the pages of the score: a supplier as everybody sees it, the published formula, and a supplier's own record order by order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath, FromQuery

from marketplace.kernel import clock
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import own_organisation, settings_of
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.i18n import current_locale, lazy
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.package import Nav, Policy
from trust.score import rules, service
from vendors.accounts import service as accounts
from vendors.accounts.schemas import CHECK_WORDS

LIST_LENGTH = 50
PLACE = "/supplier/trust"


class SupplierPages(Controller):
    """Suppliers as everybody sees them."""

    include_in_schema = False

    @get("/suppliers/{slug:str}")
    async def supplier(self, request: MarketRequest, slug: FromPath[str]) -> Response[str]:
        """Show who the supplier is, what was checked and when, where it ships from, and how often it was on time. Raises: NotFound."""
        now = clock.now()
        found = await accounts.supplier_by_slug(slug[:100].replace("\x00", ""), now=now)
        (rates,) = await service.rates_in_order([found.id])
        return render(request, "score/supplier.html", supplier=found, today=now.date(), checks=CHECK_WORDS, rates=rules.told(found.id, rates))


class FormulaPages(Controller):
    """The formula, and what it makes of one supplier."""

    include_in_schema = False

    @get("/trust/formula")
    async def formula(self, request: MarketRequest) -> Response[str]:
        """Explain the formula in words and symbols, with its parameters, the means of now, and a real supplier worked out step by step."""
        now = clock.now()
        means_as_of, means = await service.named_means(now, locale=current_locale())
        example = await service.example()
        name = (await accounts.supplier(example.supplier_id, now=now)).display_name if example else ""
        return render(
            request, "score/formula.html", rules=rules, means=means, means_as_of=means_as_of, example=example, example_name=name, versions=_versions()
        )  # fmt: skip

    @get(PLACE)
    async def own(self, request: MarketRequest, cursor: FromQuery[str | None] = None) -> Response[str]:
        """Show a supplier its own record: rates, how they moved over the months, and each order with how it counts. Raises: BadCursor."""
        return await _record(request, own_organisation(request), cursor=cursor)

    @get("/operator/suppliers/{supplier_id:uuid}/trust")
    async def of_supplier(self, request: MarketRequest, supplier_id: FromPath[UUID], cursor: FromQuery[str | None] = None) -> Response[str]:
        """Show the operator a supplier's record. Raises: NotFound, BadCursor."""
        return await _record(request, supplier_id, cursor=cursor)


async def _record(request: MarketRequest, supplier_id: UUID, *, cursor: str | None) -> Response[str]:
    now = clock.now()
    found = await accounts.supplier(supplier_id, now=now)
    months = await service.history(found.id, now=now)
    rows = await service.page_of_orders(
        found.id, cursor=cursor, limit=LIST_LENGTH, secret=settings_of(request).secret_key, actor=actor(request), now=now
    )
    return render(
        request, "score/record.html", supplier=found, rates=rules.told(found.id, months[-1]), months=months[::-1], page=Page(rows[0], rows[1]),
        total=rows[2], counted=_counted(), is_own=actor(request).organisation_id == found.id,
    )  # fmt: skip


def _counted() -> dict[str, tuple[str, str]]:
    """Word how an order counts, each with its tone."""
    return {
        "yes": (_("counts for it"), "ok"),
        "no": (_("counts against it"), "late"),
        "under-way": (_("not due yet"), "run"),
        "cancelled": (_("cancelled, does not count"), "off"),
        "no-promise": (_("no date promised, does not count"), "off"),
        "not-accepted": (_("not accepted, does not count"), "off"),
        "unanswered": (_("not answered yet"), "wait"),
        "outside": (_("older than the window"), "off"),
    }


def _versions() -> list[tuple[str, str]]:
    """Say what each version of the formula does, the latest first."""
    return [
        (
            "rates-2",
            _("Rates are drawn towards the mean of the supplier's categories, with the interval of the beta distribution; at least five orders."),
        ),
        ("rates-1", _("Plain shares of the last 365 days with Wilson's interval of 1927, from the first order on.")),
    ]


PAGES: tuple[Any, ...] = (SupplierPages, FormulaPages)
POLICIES = (
    Policy("GET /suppliers/{slug:str}", ("anyone",), sample="supplier_slug"),
    Policy("GET /trust/formula", ("anyone",)),
    Policy("GET /supplier/trust", ("supplier",)),
    Policy("GET /operator/suppliers/{supplier_id:uuid}/trust", ("operator",), sample="supplier"),
)
NAV = (Nav(lazy("Your record"), PLACE, ("supplier",), 55),)
