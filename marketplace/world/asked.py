"""Owns what the demo's categories ask of their products: typed attributes with the words of their options, one published change, and a few odd numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from marketplace.catalogue.attributes import service as attributes
from marketplace.catalogue.attributes.schemas import SchemaIn
from marketplace.catalogue.numbers import service as numbers
from marketplace.catalogue.products import service as products
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.taxonomy.schemas import CategoryAttribute, Option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketplace.kernel.actor import Actor
    from marketplace.world.families import Family
    from marketplace.world.market import Market
    from marketplace.world.products import GeneratedProduct

LOCALES: Final = ("en", "vi", "ar")
# What people call the options; codes such as 2RS are the same in every language.
WORDS: Final = {
    "open": ("open", "hở", "مفتوح"), "cast iron": ("cast iron", "gang", "حديد زهر"), "stainless steel": ("stainless steel", "thép không gỉ", "فولاذ مقاوم للصدأ"),
    "brass": ("brass", "đồng thau", "نحاس أصفر"), "galvanised iron": ("galvanised iron", "sắt mạ kẽm", "حديد مجلفن"),
    "polyamide": ("polyamide", "polyamit", "بولي أميد"), "carbide": ("carbide", "hợp kim cứng", "كربيد"), "steel": ("steel", "thép", "فولاذ"),
    "stone": ("stone", "đá", "حجر"), "nitrile": ("nitrile", "nitril", "نتريل"), "latex": ("latex", "cao su latex", "لاتكس"), "leather": ("leather", "da", "جلد"),
    "cut-resistant": ("cut-resistant", "chống cắt", "مقاوم للقطع"), "white": ("white", "trắng", "أبيض"), "yellow": ("yellow", "vàng", "أصفر"),
    "blue": ("blue", "xanh dương", "أزرق"), "red": ("red", "đỏ", "أحمر"), "orange": ("orange", "cam", "برتقالي"), "green": ("green", "xanh lá", "أخضر"),
    "black": ("black", "đen", "أسود"), "natural": ("natural", "màu tự nhiên", "طبيعي"), "clear": ("clear", "trong suốt", "شفاف"),
}  # fmt: skip
# Lengths that somebody typed in micrometres.
ODD: Final = (("hexagon-bolts", "length", 3), ("twist-drills", "diameter", 2))
MICROMETRES: Final = 1000
TIGHTENED, MOST_AMPERES = "circuit-breakers", Decimal(40)


def definitions(family: Family, made: Sequence[GeneratedProduct]) -> tuple[CategoryAttribute, ...]:
    """Give the attributes of a family's category: the first is needed, all tell, and buyers filter by all but free texts."""
    found = []
    for rank, item in enumerate(family.attributes):
        values = dict.fromkeys(str(one.attributes[item.key]) for one in made if one.family is family) if item.kind == "enum" else {}
        options = tuple(Option(value, dict(zip(LOCALES, WORDS[value], strict=True)) if value in WORDS else {}) for value in values)
        found.append(
            CategoryAttribute(
                key=item.key, kind=item.kind, unit=item.unit, labels=dict(zip(LOCALES, item.labels, strict=True)), is_required=rank == 0, telling_rank=rank,
                options=options, is_facet=item.kind != "text", minimum=Decimal(0) if item.kind == "number" else None,
            )
        )  # fmt: skip
    return tuple(found)


async def ask(market: Market, *, actor: Actor, now: datetime) -> None:
    """Let the operator tighten one schema, so that some products break, and let some odd numbers come in and be found."""
    await _tighten(actor, now=now)
    for slug, key, count in ODD:
        for product_id, _ in [one for one in market.products if one[1].family.slug == slug][:count]:
            live = await products.live_product(product_id)
            value = live.attributes.get(key)
            if isinstance(value, int | float):
                base = products.fingerprint(products.fields(live))
                await products.change_product(product_id, values={f"attributes.{key}": value * MICROMETRES}, base=base, now=now, actor=actor)
    await numbers.find(now)


async def _tighten(actor: Actor, *, now: datetime) -> None:
    category = await taxonomy.category_by_slug(TIGHTENED)
    own = [attributes.as_sent(replace(one, maximum=MOST_AMPERES) if one.key == "current" else one) for one in category.own]
    sent = SchemaIn(attributes=own, after=0, reason="Larger breakers are sold as another kind of goods, with a trip curve of their own.")
    await attributes.publish(category.id, sent, actor=actor, now=now)
