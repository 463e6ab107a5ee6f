"""Owns the table of units; names per locale live beside the code in one jsonb."""

from piccolo.columns import JSONB, SmallInt, Text
from piccolo.table import Table


class Unit(Table, tablename="units", schema="catalogue"):
    """One unit of measure. `decimals` is how many decimals a quantity may have: 0 for pieces, 3 at most."""

    code = Text(primary_key=True, default=None)
    decimals = SmallInt(null=False, default=0)
    symbol = Text(null=False, default="")
    names = JSONB(null=False, default="{}")
    position = SmallInt(null=False, default=0)
