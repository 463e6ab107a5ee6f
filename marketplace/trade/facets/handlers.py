"""Owns how facets hear of changes: a price, a stock or a property that changed counts within seconds."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the worker reads the annotations

from marketplace.kernel.contracts import CategoriesChanged, OffersChanged, ProductsChanged
from marketplace.kernel.package import Handler
from marketplace.trade.facets.service import index_products, reread_crowded


async def on_products_changed(fact: ProductsChanged, now: datetime) -> None:
    """Renew the products that changed."""
    await index_products(fact.product_ids, now=now)


async def on_offers_changed(fact: OffersChanged, now: datetime) -> None:
    """Renew the products whose offers changed."""
    await index_products(fact.product_ids, now=now)


async def on_categories_changed(fact: CategoriesChanged, now: datetime) -> None:
    """Read products with very many attributes anew: those that lists are narrowed down by may be others now."""
    await reread_crowded(fact.category_ids, now=now)


HANDLERS = (
    Handler("trade.facets.categories_changed", CategoriesChanged, on_categories_changed),
    Handler("trade.facets.products_changed", ProductsChanged, on_products_changed),
    Handler("trade.facets.offers_changed", OffersChanged, on_offers_changed),
)
