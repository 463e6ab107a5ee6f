"""Owns the tables of sorting; the category itself stands in the product's own row."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table


class SortingRule(Table, tablename="sorting_rules", schema="catalogue"):
    """A published rule. `kind` is type, attribute or brand; `key` names the attribute; a blank phrase means whatever its value; the lowest priority goes first."""

    id = UUID(primary_key=True, default=None)
    category_id = UUID(null=False, default=None)
    kind = Text(null=False, default=None)
    key = Text(null=False, default="")
    phrase = Text(null=False, default="")
    priority = SmallInt(null=False, default=100)
    origin = Text(null=False, default="published")
    learned_from = Integer(null=False, default=0)
    found = Integer(null=False, default=0)
    is_active = Boolean(null=False, default=True)
    created_by = Text(null=False, default="")
    created_at = Timestamptz(null=False, default=None)
    version = BigInt(null=False, default=1)


class ProductSorting(Table, tablename="product_sortings", schema="catalogue"):
    """Why a product stands where it stands: the rule with its evidence, or the operator's decision. Whose file gave the category has no row."""

    product_id = UUID(primary_key=True, default=None)
    category_id = UUID(null=False, default=None)
    rule_id = UUID(null=True, default=None)
    decided_by = Text(null=False, default=None)
    evidence = JSONB(null=False, default="{}")
    at = Timestamptz(null=False, default=None)


class SortingCorrection(Table, tablename="sorting_corrections", schema="catalogue"):
    """One product that an operator moved, append-only; those of one act share `step_id`, and the step that takes another back names it."""

    id = UUID(primary_key=True, default=None)
    step_id = UUID(null=False, default=None)
    undoes = UUID(null=True, default=None)
    product_id = UUID(null=False, default=None)
    from_category = UUID(null=True, default=None)
    to_category = UUID(null=True, default=None)
    was_decided_by = Text(null=False, default="")
    actor = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)


class SortingRun(Table, tablename="sorting_runs", schema="catalogue"):
    """One walk through all products in the order of their ids, a batch a transaction; `position` is the last id done, so that it can go on."""

    id = UUID(primary_key=True, default=None)
    state = Text(null=False, default="running")
    reason = Text(null=False, default="")
    position = UUID(null=False, default=None)
    total = BigInt(null=False, default=0)
    done = BigInt(null=False, default=0)
    changed = BigInt(null=False, default=0)
    started_at = Timestamptz(null=False, default=None)
    finished_at = Timestamptz(null=True, default=None)
