"""Owns the table of product types; what a product bears stands in its own row."""

from __future__ import annotations

from piccolo.columns import Integer, Text, Timestamptz
from piccolo.table import Table


class ProductType(Table, tablename="product_types", schema="catalogue"):
    """A phrase that names a kind of thing, because it follows the model in the titles of several brands. Its last word is what the thing is."""

    phrase = Text(primary_key=True, default=None)
    products = Integer(null=False, default=0)
    brands = Integer(null=False, default=0)
    learned_at = Timestamptz(null=False, default=None)


class TypeFollower(Table, tablename="type_followers", schema="catalogue"):
    """A word that goes on behind several types ("internal" of "hard drive internal"): it says more about the thing, and not what else it is."""

    word = Text(primary_key=True, default=None)
    types = Integer(null=False, default=0)
