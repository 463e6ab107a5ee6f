"""Owns what came into the demo's catalogue without a category: products that rules sort, some that none meets, and a few that an operator placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.catalogue.corrections import service as corrections
from marketplace.catalogue.corrections.schemas import CorrectIn, CorrectionIn
from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.sorting import service as sorting
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.types import service as types
from marketplace.kernel.actor import WORKER, Actor
from marketplace.world.assortment import make_assortment

if TYPE_CHECKING:
    from datetime import datetime

SOURCE = "arrivals"
BRANDS = ("Halden", "Orvik", "Tessaro", "Norvane")
LEAVES = frozenset({"networking-cables", "usb-cables", "toner-cartridges", "bags-and-cases", "input-devices"})
# What the titles say, and how they go on; the last three are met by no rule of these leaves.
KINDS = (
    ("networking cable", ("1 m Blue", "2 m Gray", "5 m Yellow")),
    ("USB cable", ("1.8 m Black", "3 m White")),
    ("toner cartridge", ("Original Black", "Original Cyan", "Original Magenta")),
    ("notebook case", ('39.6 cm (15.6") Sleeve case Black', '35.6 cm (14") Messenger case Gray')),
    ("keyboard", ("USB QWERTY Black", "RF Wireless QWERTZ White")),
    ("cable drum", ("25 m 230 V", "50 m 230 V", "40 m 400 V")),
    ("workshop lamp", ("10 W", "20 W", "30 W")),
    ("site radio", ("18 V Black", "12 V Gray")),
)  # fmt: skip
PLACED = "cable drum"
PLACED_COUNT = 6
OPERATOR = Actor(capacities=frozenset({"operator"}), roles=frozenset({"admin"}), name="Demo Market Operations")


def arrivals() -> list[NewProduct]:
    """Give the products, always the same ones in the same order."""
    made = []
    for place, (kind, endings) in enumerate(KINDS):
        for number, (brand, ending) in enumerate((brand, ending) for ending in endings for brand in BRANDS):
            code = f"{kind[:2].upper()}{place + 1}{number:02d}0"
            title = f"{brand} {code} {kind} {ending}"
            made.append(NewProduct(source=SOURCE, source_id=f"{place}-{number}", title=title, brand=brand, part_number=code))
    return made


async def make_arrivals(*, now: datetime) -> None:
    """Let the products come in, sort them by rules, and place some as an operator would, who thereby speaks for a rule."""
    await make_assortment(now=now, only=LEAVES)
    saved = await products.create_products(arrivals(), now=now, actor=WORKER)
    await types.learn(now)
    await sorting.finish_run(now)
    category = await taxonomy.category_by_slug("contactors")
    drums = [one for one in await products.products_by_ids(saved.ids, locale="en") if PLACED in one.title][:PLACED_COUNT]
    sent = CorrectIn([CorrectionIn(product_id=one.id, category_id=category.id) for one in drums])
    await corrections.correct(sent, actor=OPERATOR, now=now)
