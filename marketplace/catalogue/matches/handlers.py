"""Owns how matches hear of changes: a product that changed is held against those it meets within seconds."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the worker reads the annotations

from marketplace.catalogue.matches.service import look_at
from marketplace.kernel.contracts import ProductsChanged
from marketplace.kernel.package import Handler


async def on_products_changed(fact: ProductsChanged, now: datetime) -> None:
    """Find and weigh the pairs of the products that changed."""
    await look_at(fact.product_ids, now=now)


HANDLERS = (Handler("catalogue.matches.products_changed", ProductsChanged, on_products_changed),)
