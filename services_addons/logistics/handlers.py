"""Owns how freight hears that products were merged."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the worker reads the annotations

from marketplace.kernel.contracts import ProductsMerged
from marketplace.kernel.package import Handler
from services_addons.logistics.service import take_packings


async def on_products_merged(fact: ProductsMerged, now: datetime) -> None:  # noqa: ARG001 - what every handler takes
    """Let what goes on a pallet of the gone product hold for the kept one."""
    await take_packings(fact.gone_id, kept_id=fact.kept_id)


HANDLERS = (Handler("services.logistics.products_merged", ProductsMerged, on_products_merged),)
