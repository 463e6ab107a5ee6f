"""Owns the use case of products side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.catalogue.attributes import service as attributes
from marketplace.catalogue.numbers import service as numbers
from marketplace.catalogue.products import service as products
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.trade.alike import rules
from marketplace.trade.alike.schemas import Alike
from marketplace.trade.search import service as search

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.trade.search.schemas import SearchHit

asked_ids, usable_ids, PRODUCTS_MAX = rules.asked_ids, rules.usable_ids, rules.PRODUCTS_MAX
FOUND_MAX = 8


async def side_by_side(ids: Sequence[UUID], *, now: datetime, viewer: Actor, currency: str) -> Alike:
    """Put at most ten products side by side, with prices as the viewer sees them in `currency`. A merged product stands as the one it was merged into."""
    present = {one: await products.present_id(one) for one in ids}
    items = await search.hits(list(dict.fromkeys(present.values())), now=now, viewer=viewer, currency=currency)
    shown = {one.id for one in items}
    held = {one.id: one for one in await products.products_by_ids([one.id for one in items], locale=viewer.locale)}
    doubts = await numbers.doubtful({one.id: one.attributes for one in held.values()})
    categories = {one.id: one for one in await taxonomy.tree()}
    sides = []
    for item in items:
        category = categories.get(item.category_id) if item.category_id else None
        defined = category.attributes if category else ()
        known = {one.key: one for one in defined}
        said = {
            key: attributes.doubted(one.usual_low, one.usual_high, known.get(key), locale=viewer.locale)
            for key, one in doubts.get(item.id, {}).items()
        }
        sides.append(rules.Side(held[item.id].attributes, defined, said))
    return Alike(products=items, rows=rules.rows(sides, locale=viewer.locale), gone=[one for one in ids if present[one] not in shown])


async def to_add(text: str, without: Sequence[UUID], *, now: datetime, viewer: Actor, currency: str) -> list[SearchHit]:
    """Give the first products that a text finds and that do not stand there yet. Raises: BadQuery, QueryTooBroad."""
    search.check_text(text)
    found = await search.ranked(text, limit=FOUND_MAX + rules.PRODUCTS_MAX)
    ids = [one for one in found.ids if one not in set(without)][:FOUND_MAX]
    return await search.hits(ids, now=now, viewer=viewer, currency=currency)
