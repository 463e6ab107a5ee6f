"""Owns how some products of the tests' world were sorted: a rule that meets none, and corrections that speak for another."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from marketplace.catalogue.corrections import service as corrections
from marketplace.catalogue.corrections.schemas import CorrectIn, CorrectionIn
from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.sorting import service as sorting
from marketplace.catalogue.sorting.schemas import RuleIn
from marketplace.catalogue.taxonomy import service as taxonomy
from tests.world import NOW

if TYPE_CHECKING:
    from marketplace.kernel.actor import Actor

PROPOSED = {"kind": "attribute", "key": "weave", "phrase": "herringbone"}


async def sort_some(operator: Actor) -> dict[str, str]:
    """Make five products, place them where one attribute's value says, publish a rule, and give the ids of what the matrix asks for."""
    at = NOW - timedelta(hours=1)
    category = await taxonomy.category_by_slug("ball-valves")
    new = [
        NewProduct(source="sorted", source_id=f"{number}", title=f"Webwerk belt {number}", brand="Webwerk", part_number=f"WB-{number}", attributes={"weave": "Herringbone"})
        for number in (103, 217, 331, 449, 563)
    ]  # fmt: skip
    made = (await products.create_products(new, now=at)).ids
    items = [CorrectionIn(product_id=one, category_id=category.id) for one in made]
    await corrections.correct(CorrectIn(items), actor=operator, now=at)
    rule = await sorting.publish_rule(RuleIn(kind="brand", phrase="no such brand", category_id=category.id), actor=operator, now=at)
    return {"sorting_rule": str(rule.id), "sorted_product": str(made[0]), "sorted_category": str(category.id)}
