"""Owns the tables of the category tree."""

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Integer, Numeric, SmallInt, Text
from piccolo.table import Table


class Category(Table, tablename="categories", schema="catalogue"):
    """One category. `typical_weight_grams` and `hs_prefix` stand in where a product does not know its own."""

    id = UUID(primary_key=True, default=None)
    parent_id = UUID(null=True, default=None)
    slug = Text(null=False, unique=True, default=None)
    names = JSONB(null=False, default="{}")
    position = Integer(null=False, default=0)
    hs_prefix = Text(null=True, default=None)
    typical_weight_grams = BigInt(null=True, default=None)
    version = Integer(null=False, default=1)


class CategoryDescendant(Table, tablename="category_descendants", schema="catalogue"):
    """Every category under every ancestor, itself included, so that "all bearings" is one index look-up."""

    ancestor_id = UUID(null=False, default=None)
    category_id = UUID(primary_key=True, default=None)
    depth = SmallInt(null=False, default=0)


class CategoryAttribute(Table, tablename="category_attributes", schema="catalogue"):
    """What is known of products of a category: `kind` is text, number, enum, bool, date or range; the lowest `telling_rank` is shown first in lists."""

    category_id = UUID(primary_key=True, default=None)
    key = Text(null=False, default=None)
    kind = Text(null=False, default=None)
    unit = Text(null=False, default="")
    labels = JSONB(null=False, default="{}")
    is_required = Boolean(null=False, default=False)
    telling_rank = SmallInt(null=True, default=None)
    position = SmallInt(null=False, default=0)
    options = JSONB(null=False, default="[]")
    minimum = Numeric(null=True, default=None)
    maximum = Numeric(null=True, default=None)
    is_facet = Boolean(null=False, default=False)
