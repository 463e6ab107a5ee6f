"""Owns the tables of saved searches: what is looked for, what was seen, what was told, and which products facts have touched."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, Boolean, Integer, Numeric, Text, Timestamptz
from piccolo.table import Table


class SavedSearch(Table, tablename="saved_searches", schema="trade"):
    """A search that somebody keeps; its prices are in `currency`. At `due_at` it looks at everything again. It `knows_all` that was in it when it was kept, unless that was too much."""

    id = UUID(primary_key=True, default=None)
    organisation_id = UUID(null=False, default=None)
    person_id = UUID(null=False, default=None)
    name = Text(null=False, default=None)
    text = Text(null=False, default="")
    filters = JSONB(null=False, default="{}")
    frequency = Text(null=False, default=None)
    state = Text(null=False, default="active")
    version = Integer(null=False, default=1)
    created_at = Timestamptz(null=False, default=None)
    looked_at = Timestamptz(null=True, default=None)
    due_at = Timestamptz(null=False, default=None)
    currency = Text(null=False, default="EUR")
    knows_all = Boolean(null=False, default=True)


class SearchSeen(Table, tablename="search_seen", schema="trade"):
    """An offer that a saved search has seen, with its price then; its key is (search_id, offer_id). A product that nobody offers stands under its own id."""

    search_id = UUID(primary_key=True, default=None)
    organisation_id = UUID(null=False, default=None)
    product_id = UUID(null=False, default=None)
    offer_id = UUID(null=False, default=None)
    price = Numeric(digits=(20, 6), null=True, default=None)
    currency = Text(null=False, default="")


class SearchAlert(Table, tablename="search_alerts", schema="trade"):
    """What was told of an offer in a saved search: once for each of the two."""

    id = UUID(primary_key=True, default=None)
    search_id = UUID(null=False, default=None)
    organisation_id = UUID(null=False, default=None)
    product_id = UUID(null=False, default=None)
    offer_id = UUID(null=False, default=None)
    supplier = Text(null=False, default="")
    why = Text(null=False, default=None)
    price = Numeric(digits=(20, 6), null=True, default=None)
    before = Numeric(digits=(20, 6), null=True, default=None)
    currency = Text(null=False, default="")
    found_at = Timestamptz(null=False, default=None)
    read_at = Timestamptz(null=True, default=None)


class SearchTouched(Table, tablename="search_touched", schema="trade"):
    """A product that a fact has named, and when last."""

    product_id = UUID(primary_key=True, default=None)
    touched_at = Timestamptz(null=False, default=None)
