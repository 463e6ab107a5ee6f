"""Owns the table of the grid's saves."""

from piccolo.columns import JSONB, UUID, Integer, Text, Timestamptz
from piccolo.table import Table


class GridSave(Table, tablename="grid_saves", schema="trade"):
    """One save of the price grid, append-only. `changes` keeps what stood before, so that it can be undone; an undo is a row of its own."""

    id = UUID(primary_key=True, default=None)
    organisation_id = UUID(null=False, default=None)
    principal = Text(null=False, default=None)
    saved_at = Timestamptz(null=False, default=None)
    row_count = Integer(null=False, default=None)
    cell_count = Integer(null=False, default=None)
    changes = JSONB(null=False, default=None)
    undoes_id = UUID(null=True, default=None)
