"""Owns the small catalogue that the tests of proposals stand on, made through the services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.proposals import service
from marketplace.catalogue.proposals.schemas import DecisionIn, ProposalIn
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.taxonomy.schemas import CategoryAttribute, NewCategory
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from tests.vendors import market

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.catalogue.products.schemas import FieldValue
    from marketplace.catalogue.proposals.schemas import Act, ProposalOut

OPERATOR = Actor(organisation_id=uuid7(), person_id=uuid7(), capacities=frozenset({"operator"}), roles=frozenset({"admin"}))
ATTRIBUTES = (
    CategoryAttribute(key="bore", kind="number", unit="mm", labels={"en": "Bore"}, is_required=True, telling_rank=1),
    CategoryAttribute(key="material", kind="text", labels={"en": "Material"}, telling_rank=2),
    CategoryAttribute(key="sealed", kind="bool", labels={"en": "Sealed"}),
)
NEW: dict[str, FieldValue] = {
    "title": "Gate valve DN 40", "brand": "Orvik", "part_number": "GV-40", "category": "test-valves", "attributes.bore": 40, "weight_grams": 1200,
}  # fmt: skip


async def supplier(name: str = "Hansa Lager") -> Actor:
    """Make a supplier and give its owner."""
    return (await market.shop(name, now=NOW)).actor


async def category(slug: str = "test-valves") -> UUID:
    """Make a category with typed attributes, of which the bore is required."""
    return (await taxonomy.create_categories([NewCategory(slug=slug, names={"en": "Test valves"}, attributes=ATTRIBUTES)]))[0]


async def product(category_id: UUID | None = None, *, number: str = "BV-20", gtin: str | None = None) -> UUID:
    """Make a published product."""
    new = NewProduct(
        source="tests", source_id=number, title="Ball valve DN 20", brand="Orvik", part_number=number, gtin=gtin, category_id=category_id,
        description="Full bore.", attributes={"bore": 20, "material": "brass"}, weight_grams=300,
    )  # fmt: skip
    return (await products.create_products([new], now=NOW)).ids[0]


async def edit(who: Actor, product_id: UUID, *, now: datetime = NOW, **values: FieldValue) -> ProposalOut:
    """Propose other values of a product; `attributes_bore` names the attribute bore."""
    named = {name.replace("attributes_", "attributes."): value for name, value in values.items()}
    return await service.propose(ProposalIn(product_id=product_id, values=named), actor=who, now=now)


async def decided(found: ProposalOut, act: Act, *, text: str = "", now: datetime = NOW, **more: object) -> ProposalOut:
    """Decide for the operator."""
    sent = DecisionIn(act=act, version=found.version, text=text, **more)  # type: ignore[arg-type]
    return await service.decide(found.id, sent=sent, actor=OPERATOR, now=now)
