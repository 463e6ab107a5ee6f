"""Says in the database what sells: the same conditions stood in the statements of five rooms, two of which may not ask the room of offers."""

from marketplace.kernel.migrations import Migration

ID = "vendors_0009_sells"
VERSION = "1.38.0"
DESCRIPTION = "which suppliers and offers sell, as functions"

# PostgreSQL writes each of them out in the statement that asks, so that indexes serve as before: one expression, neither strict nor with settings of its own.
SELLS = """
CREATE FUNCTION vendors.supplier_sells(s vendors.suppliers, g kernel.organisations, p_at timestamptz) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT s.state = 'open' AND g.state = 'active'
    AND NOT (s.closed_from IS NOT NULL AND (p_at AT TIME ZONE g.time_zone)::date BETWEEN s.closed_from AND s.closed_to)
    AND (s.ends_on IS NULL OR s.ends_on > (p_at AT TIME ZONE g.time_zone)::date)
$$;
CREATE FUNCTION vendors.offer_stands(o vendors.offers, p_at timestamptz) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT o.state = 'approved' AND o.valid_from <= p_at AND (o.valid_to IS NULL OR o.valid_to > p_at)
$$;
CREATE FUNCTION vendors.sells(
  p catalogue.products, o vendors.offers, s vendors.suppliers, g kernel.organisations, p_price uuid, p_available bigint, p_at timestamptz
) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT p.state = 'published' AND vendors.offer_stands(o, p_at) AND vendors.supplier_sells(s, g, p_at)
    AND p_price IS NOT NULL AND (p_available > 0 OR o.allows_backorder)
$$;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.after(SELLS)
    return migration
