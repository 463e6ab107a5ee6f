"""Owns how search hears of changes: a product that changed is findable by its new words within seconds."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the worker reads the annotations

from marketplace.kernel.contracts import ProductsChanged
from marketplace.kernel.package import Handler
from marketplace.trade.search.service import index_products


async def on_products_changed(fact: ProductsChanged, now: datetime) -> None:
    """Renew the search documents of the products that changed."""
    await index_products(fact.product_ids, now=now)


HANDLERS = (Handler("trade.search.products_changed", ProductsChanged, on_products_changed),)
