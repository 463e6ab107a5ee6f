"""Owns how saved searches hear of changes: they look at what a fact has named."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the worker reads the annotations

from marketplace.kernel.contracts import OffersChanged, ProductsChanged
from marketplace.kernel.package import Handler
from marketplace.trade.alerts.service import touch


async def on_products_changed(fact: ProductsChanged, now: datetime) -> None:
    """Note the products that changed."""
    await touch(fact.product_ids, now=now)


async def on_offers_changed(fact: OffersChanged, now: datetime) -> None:
    """Note the products whose offers changed."""
    await touch(fact.product_ids, now=now)


HANDLERS = (
    Handler("trade.alerts.products_changed", ProductsChanged, on_products_changed),
    Handler("trade.alerts.offers_changed", OffersChanged, on_offers_changed),
)
