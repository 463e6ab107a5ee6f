"""Lets the price in force be four columns instead of a whole version: each column that nobody reads still cost every list a little."""

from marketplace.kernel.migrations import Migration

ID = "vendors_0007_in_force"
VERSION = "1.38.0"
DESCRIPTION = "the price in force as id, beginning and tiers"

IN_FORCE = """
DROP FUNCTION vendors.price_in_force(uuid, uuid, timestamptz);
CREATE FUNCTION vendors.price_in_force(p_product uuid, p_offer uuid, p_at timestamptz)
RETURNS TABLE (id uuid, valid_from timestamptz, tier_from bigint[], tier_price numeric[]) LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT w.id, w.valid_from, w.tier_from, w.tier_price FROM vendors.price_versions w
  WHERE w.product_id = p_product AND w.offer_id = p_offer AND w.valid_from <= p_at AND (w.valid_to IS NULL OR w.valid_to > p_at) AND NOT w.is_withdrawn
  ORDER BY w.valid_from DESC, w.seq DESC LIMIT 1
$$;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.after(IN_FORCE)
    return migration
