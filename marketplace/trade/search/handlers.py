"""Owns how search hears of changes: a product that changed is findable by its new words within seconds."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the worker reads the annotations

from marketplace.kernel.contracts import CategoriesChanged, ProductsChanged, TypesLearned
from marketplace.kernel.package import Handler
from marketplace.trade.search.service import index_products, renew_category, renew_kinds


async def on_products_changed(fact: ProductsChanged, now: datetime) -> None:
    """Renew the search documents of the products that changed."""
    await index_products(fact.product_ids, now=now)


async def on_types_learned(fact: TypesLearned, _now: datetime) -> None:
    """Take over the types of these products into their search documents."""
    await renew_kinds(fact.after, fact.until)


async def on_categories_changed(fact: CategoriesChanged, _now: datetime) -> None:
    """Let the products of categories that were renamed or moved be read anew: they are found by the names of their categories too."""
    await renew_category(fact.category_ids)


HANDLERS = (
    Handler("trade.search.categories_changed", CategoriesChanged, on_categories_changed),
    Handler("trade.search.products_changed", ProductsChanged, on_products_changed),
    Handler("trade.search.types_learned", TypesLearned, on_types_learned),
)
