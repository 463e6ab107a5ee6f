"""Owns how the products of the tests' world were sorted: a rule that meets none, and corrections that speak for another."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from marketplace.catalogue.corrections import service as corrections
from marketplace.catalogue.corrections.schemas import CorrectIn, CorrectionIn
from marketplace.catalogue.products import service as products
from marketplace.catalogue.sorting import service as sorting
from marketplace.catalogue.sorting.schemas import RuleIn
from tests.world import NOW

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.kernel.actor import Actor

PROPOSED = {"kind": "attribute", "key": "seal", "phrase": "2rs"}


async def sort_some(operator: Actor, ids: list[UUID]) -> dict[str, str]:
    """Publish a rule, confirm where five bearings stand, and give the ids of what the matrix asks for."""
    at = NOW - timedelta(hours=1)
    sealed = [one for one in await products.products_by_ids(ids, locale="en") if one.attributes.get("seal") == "2RS"][:5]
    category_id = sealed[0].category_id
    assert category_id is not None, "the world's products have categories"
    items = [CorrectionIn(product_id=one.id, category_id=category_id) for one in sealed]
    await corrections.correct(CorrectIn(items), actor=operator, now=at)
    rule = await sorting.publish_rule(RuleIn(kind="brand", phrase="no such brand", category_id=category_id), actor=operator, now=at)
    return {"sorting_rule": str(rule.id), "sorted_product": str(sealed[0].id), "sorted_category": str(category_id)}
