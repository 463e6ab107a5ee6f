"""Owns the tables of facets: what lists need to know of each product, and what the first letters of a search may mean."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, Array, Date, DoublePrecision, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table


class FacetSeller(Table, tablename="facet_sellers", schema="trade"):
    """A supplier with a mark of sight and a currency: how offers are sold, by a number that rows of products hold. It says nothing that offers do not."""

    id = Integer(primary_key=True, default=None)
    supplier_id = UUID(null=False, default=None)
    mark = Text(null=False, default=None)
    currency = Text(null=False, default=None)


class FacetProduct(Table, tablename="facet_products", schema="trade"):
    """A published product as facets see it.

    The three arrays go together, one place an offer that stands and has stock; suppliers that do not sell are
    left out, and who sees what is decided, by whoever reads. `amounts` are unit prices at the smallest quantity in the seller's currency; at `changes_at` one
    of them begins or ends by itself.
    """

    product_id = UUID(primary_key=True, default=None)
    category_id = UUID(null=True, default=None)
    brand = Text(null=False, default="")
    attributes = JSONB(null=False, default="{}")
    leads = Array(base_column=SmallInt(), null=False, default=[])
    changes_at = Timestamptz(null=True, default=None)
    sellers = Array(base_column=Integer(), null=False, default=[])
    amounts = Array(base_column=DoublePrecision(), null=False, default=[])


class Suggestion(Table, tablename="suggestions", schema="trade"):
    """What a beginning may mean: a brand, a type, a category (`target` is its slug) or words that found something; its key is (kind, locale, phrase)."""

    kind = Text(primary_key=True, default=None)
    locale = Text(null=False, default="")
    phrase = Text(null=False, default=None)
    written = Text(null=False, default=None)
    target = Text(null=False, default="")
    weight = Integer(null=False, default=1)
    last_at = Timestamptz(null=False, default=None)


class SuggestionAsker(Table, tablename="suggestion_askers", schema="trade"):
    """That some organisation looked for words, as a digest of both; its key is (locale, phrase, asker), and it is forgotten after four weeks."""

    locale = Text(primary_key=True, default=None)
    phrase = Text(null=False, default=None)
    asker = Text(null=False, default=None)
    on_date = Date(null=False, default=None)
