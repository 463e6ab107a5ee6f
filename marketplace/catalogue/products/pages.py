"""Owns the page with everything that is known of a product; the page with its suppliers is the comparison, which stands higher."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath

from marketplace.catalogue.attributes import service as schemas
from marketplace.catalogue.numbers import service as numbers
from marketplace.catalogue.products import service
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.units import service as units
from marketplace.kernel.errors import NotFound
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketplace.catalogue.numbers.schemas import Flag
    from marketplace.catalogue.products.schemas import AttributeValue, ProductOut
    from marketplace.catalogue.taxonomy.schemas import Category, CategoryAttribute


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
        doubts = await numbers.doubtful({product_id: product.attributes})
        return render(
            request,
            "products/details.html",
            product=product,
            above=[(tree[one].name(locale), f"/categories/{tree[one].slug}") for one in (category.path if category else ())],
            unit_name=unit.name(locale),
            attributes=_rows(product, category, doubts.get(product_id, {}), locale=locale),
        )


def _rows(found: ProductOut, category: Category | None, doubts: Mapping[str, Flag], *, locale: str) -> list[tuple[str, str, str]]:
    """Give label, value and what is to be said of the value, "" where it is as usual; in the order of the category and then by name."""
    about = {one.key: one for one in (category.attributes if category else ())}
    known = [key for key in about if key in found.attributes]
    rest = sorted(key for key in found.attributes if key not in about)
    return [_row(key, found.attributes[key], about.get(key), doubts.get(key), locale=locale) for key in (*known, *rest)]


def _row(key: str, value: AttributeValue, about: CategoryAttribute | None, doubt: Flag | None, *, locale: str) -> tuple[str, str, str]:
    label = about.label(locale) if about else key.replace("_", " ").capitalize()
    return (
        label,
        schemas.written(value, about, locale=locale),
        "" if doubt is None else schemas.doubted(doubt.usual_low, doubt.usual_high, about, locale=locale),
    )


POLICIES = (Policy("GET /products/{product_id:uuid}/details", ("anyone",), sample="product"),)
