"""Owns the tables of the product master."""

from piccolo.columns import JSONB, UUID, BigInt, Text, Timestamptz
from piccolo.table import Table


class Product(Table, tablename="products", schema="catalogue"):
    """One product, identified by (source, source_id). `title` and `description` are in `locale`; other languages are in product_texts.

    `attributes` is one flat object of text, number and bool values; units and labels of the keys belong to the category.
    `weight_grams` and `volume_cm3` are null unless a definition says the unit of what the source gave.
    """

    id = UUID(primary_key=True, default=None)
    source = Text(null=False, default=None)
    source_id = Text(null=False, default=None)
    slug = Text(null=False, unique=True, default=None)
    brand = Text(null=False, default="")
    part_number = Text(null=False, default="")
    gtin = Text(null=True, default=None)
    category_id = UUID(null=True, default=None)
    state = Text(null=False, default="published")
    unit_code = Text(null=False, default="C62")
    locale = Text(null=False, default="en")
    title = Text(null=False, default=None)
    description = Text(null=False, default="")
    attributes = JSONB(null=False, default="{}")
    weight_grams = BigInt(null=True, default=None)
    volume_cm3 = BigInt(null=True, default=None)
    content_hash = Text(null=False, default=None)
    # Words of the title and the phrase learned from them (room types), singular and folded, parted by blanks; null until they are read.
    head = Text(null=True, default=None)
    name_tail = Text(null=True, default=None)
    type = Text(null=True, default=None)
    # Where this one was merged into another: the one that everything of it belongs to now. Such a product is retired, and never the other's other.
    moved_to = UUID(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)
    updated_at = Timestamptz(null=False, default=None)


class ProductText(Table, tablename="product_texts", schema="catalogue"):
    """A product's title and description in a language other than its own."""

    product_id = UUID(primary_key=True, default=None)
    locale = Text(null=False, default=None)
    title = Text(null=False, default=None)
    description = Text(null=False, default="")


class ProductIdentifier(Table, tablename="product_identifiers", schema="catalogue"):
    """A normalised key a product is found by: scheme gtin (14 digits), part_number (capitals and digits only) or source_id."""

    product_id = UUID(primary_key=True, default=None)
    scheme = Text(null=False, default=None)
    value = Text(null=False, default=None)
