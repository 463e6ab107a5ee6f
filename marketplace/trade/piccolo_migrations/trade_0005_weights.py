"""Bounds the published weights by the database too, and makes the table of what organisations keep for their own view."""

from piccolo.columns import JSONB, UUID, Boolean, Integer, Text, Timestamptz

from marketplace.kernel.migrations import Migration, grant, tenant_policy

ID = "trade_0005_weights"
VERSION = "1.38.0"
DESCRIPTION = "weights: bounds, and organisations' own"

# A share of a hundred points each, together all of them; k within 1 and 1,000.
BOUNDS = """
CREATE FUNCTION trade.are_weights(w jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_typeof(w) = 'object' AND (SELECT count(*) = 6 AND bool_and(jsonb_typeof(value) = 'number' AND value::text ~ '^[0-9]{1,7}$') FROM jsonb_each(w))
    AND w ?& ARRAY['cost', 'time', 'on_time', 'checks', 'stock', 'cost_slope'], false)
$$;
ALTER TABLE trade.ranking_versions ADD CHECK (trade.are_weights(weights)),
  ADD CHECK ((weights->>'cost')::int + (weights->>'time')::int + (weights->>'on_time')::int + (weights->>'checks')::int + (weights->>'stock')::int = 100000),
  ADD CHECK ((weights->>'cost_slope')::int BETWEEN 1000 AND 1000000), ADD CHECK (version > 0), ADD CHECK (reason <> '');
ALTER TABLE trade.own_weights ADD FOREIGN KEY (organisation_id) REFERENCES kernel.organisations (id), ADD CHECK (trade.are_weights(weights)),
  ADD CHECK ((weights->>'cost')::int + (weights->>'time')::int + (weights->>'on_time')::int + (weights->>'checks')::int + (weights->>'stock')::int = 100000),
  ADD CHECK ((weights->>'cost_slope')::int BETWEEN 1000 AND 1000000), ADD CHECK (version > 0);
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    columns = {
        "organisation_id": UUID(primary_key=True, default=None),
        "weights": JSONB(null=False, default=None),
        "is_used": Boolean(null=False, default=True),
        "version": Integer(null=False, default=1),
        "changed_at": Timestamptz(null=False, default=None),
        "changed_by": Text(null=False, default=None),
    }
    migration.tables({("OwnWeights", "own_weights"): columns})
    migration.after(BOUNDS, grant("trade", "own_weights", "SELECT, INSERT, UPDATE"), tenant_policy("trade", "own_weights", "organisation_id"))
    return migration
