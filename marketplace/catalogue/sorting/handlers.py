"""Owns how sorting hears of products: new and changed ones find their category within seconds, and all are walked through when types were learned."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the worker reads the annotations

from marketplace.catalogue.sorting import service
from marketplace.kernel.contracts import ProductsChanged, TypesLearned
from marketplace.kernel.package import Handler


async def on_products_changed(fact: ProductsChanged, now: datetime) -> None:
    """Sort the products that changed; those that change their category by it are told once more, and then stand."""
    if await service.is_used():
        await service.sort_products(fact.product_ids, now=now)


async def on_types_learned(_fact: TypesLearned, now: datetime) -> None:
    """Let the worker walk through all products: which type they bear is what most rules go by."""
    if await service.is_used():
        await service.begin_run("types learned", now=now)


HANDLERS = (
    Handler("catalogue.sorting.products_changed", ProductsChanged, on_products_changed),
    Handler("catalogue.sorting.types_learned", TypesLearned, on_types_learned),
)
