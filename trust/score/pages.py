"""Owns the pages of the score that everybody sees: a supplier, and the published formula."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get
from litestar.params import FromPath

from marketplace.kernel import clock
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.i18n import current_locale
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.package import Policy
from trust.score import rules, service
from vendors.accounts import service as accounts
from vendors.accounts.schemas import CHECK_WORDS


class SupplierPages(Controller):
    """Suppliers as everybody sees them."""

    include_in_schema = False

    @get("/suppliers/{slug:str}")
    async def supplier(self, request: MarketRequest, slug: FromPath[str]) -> Response[str]:
        """Show who the supplier is, what was checked and when, where it ships from, and how often it was on time. Raises: NotFound."""
        now = clock.now()
        found = await accounts.supplier_by_slug(slug[:100].replace("\x00", ""), now=now, viewer=actor(request))
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
)
