"""Owns how offers hear that products were merged or split."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the worker reads the annotations

from marketplace.kernel.contracts import ProductsMerged, ProductsSplit
from marketplace.kernel.package import Handler
from vendors.moves.service import settle


async def on_products_merged(fact: ProductsMerged, now: datetime) -> None:
    """Let the offers of the gone product stand on the kept one."""
    await settle((fact.gone_id, fact.kept_id), now=now)


async def on_products_split(fact: ProductsSplit, now: datetime) -> None:
    """Let the offers that came from the product that is back go back to it."""
    await settle((fact.gone_id, fact.kept_id), now=now)


HANDLERS = (
    Handler("vendors.moves.products_merged", ProductsMerged, on_products_merged),
    Handler("vendors.moves.products_split", ProductsSplit, on_products_split),
)
