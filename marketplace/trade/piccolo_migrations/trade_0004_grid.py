"""Makes the table of the price grid's saves."""

from piccolo.columns import JSONB, UUID, Integer, Text, Timestamptz

from marketplace.kernel.migrations import Migration, grant, tenant_policy

ID = "trade_0004_grid"
VERSION = "1.38.0"
DESCRIPTION = "saves of the price grid"

CONSTRAINTS = """
ALTER TABLE trade.grid_saves
  ADD FOREIGN KEY (organisation_id) REFERENCES vendors.suppliers (organisation_id),
  ADD CONSTRAINT grid_saves_own UNIQUE (organisation_id, id),
  ADD CONSTRAINT grid_saves_undoes FOREIGN KEY (organisation_id, undoes_id) REFERENCES trade.grid_saves (organisation_id, id),
  ADD CONSTRAINT grid_saves_undone_once UNIQUE (undoes_id),
  ADD CONSTRAINT grid_saves_counts CHECK (row_count BETWEEN 1 AND 5000 AND cell_count >= row_count AND jsonb_array_length(changes) = row_count);
CREATE INDEX grid_saves_last ON trade.grid_saves (organisation_id, principal, saved_at DESC, id DESC);
CREATE TRIGGER grid_saves_append BEFORE UPDATE OR DELETE ON trade.grid_saves FOR EACH ROW EXECUTE FUNCTION kernel.refuse_change();
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    columns = {
        "id": UUID(primary_key=True, default=None),
        "organisation_id": UUID(null=False, default=None),
        "principal": Text(null=False, default=None),
        "saved_at": Timestamptz(null=False, default=None),
        "row_count": Integer(null=False, default=None),
        "cell_count": Integer(null=False, default=None),
        "changes": JSONB(null=False, default=None),
        "undoes_id": UUID(null=True, default=None),
    }
    migration.tables({("GridSave", "grid_saves"): columns})
    migration.after(CONSTRAINTS, grant("trade", "grid_saves", "SELECT, INSERT"), tenant_policy("trade", "grid_saves", "organisation_id"))
    return migration
