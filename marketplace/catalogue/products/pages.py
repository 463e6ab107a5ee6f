"""Owns the page with everything that is known of a product; the page with its suppliers is the comparison, which stands higher."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath

from marketplace.catalogue.products import service
from marketplace.catalogue.products.schemas import AttributeValue
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.taxonomy.schemas import Category, CategoryAttribute
from marketplace.catalogue.units import service as units
from marketplace.kernel import formatting
from marketplace.kernel.errors import NotFound
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.package import Policy


class ProductPages(Controller):
    """Pages about products as such."""

    include_in_schema = False

    @get("/products/{product_id:uuid}/details")
    async def details(self, request: MarketRequest, product_id: FromPath[UUID]) -> Response[str]:
        """Show all attributes of a product, in the order of its category and then by name. Raises: NotFound."""
        locale = actor(request).locale
        await service.check_stays(product_id)
        product = await service.product(product_id, locale=locale)
        if product.state == "draft":
            raise NotFound
        tree = {one.id: one for one in await taxonomy.tree()}
        category = tree.get(product.category_id) if product.category_id else None
        unit = await units.unit(product.unit_code)
        return render(
            request,
            "products/details.html",
            product=product,
            above=[(tree[one].name(locale), f"/categories/{tree[one].slug}") for one in (category.path if category else ())],
            unit_name=unit.name(locale),
            attributes=_rows(product.attributes, category, locale=locale),
        )


def _rows(attributes: dict[str, AttributeValue], category: Category | None, *, locale: str) -> list[tuple[str, str]]:
    about = {one.key: one for one in (category.attributes if category else ())}
    known = [key for key in about if key in attributes]
    rest = sorted(key for key in attributes if key not in about)
    return [_row(key, attributes[key], about.get(key), locale=locale) for key in (*known, *rest)]


def _row(key: str, value: AttributeValue, about: CategoryAttribute | None, *, locale: str) -> tuple[str, str]:
    label = about.label(locale) if about else key.replace("_", " ").capitalize()
    if isinstance(value, bool):
        return label, _("yes") if value else _("no")
    written = value if isinstance(value, str) else formatting.number(Decimal(str(value)))
    return label, f"{written} {about.unit if about else ''}".rstrip()


POLICIES = (Policy("GET /products/{product_id:uuid}/details", ("anyone",), sample="product"),)
