"""Lets one call say at which of many past moments a supplier sold: asked moment by moment, the picture of prices took more than twice as long."""

from marketplace.kernel.migrations import Migration

ID = "vendors_0012_sold_then"
VERSION = "1.38.0"
DESCRIPTION = "at which past moments a supplier sold, asked at once"

# NULL for a supplier that nobody has acted on: it always sold.
SOLD = """
DROP FUNCTION vendors.sold_at(uuid, timestamptz);
CREATE FUNCTION vendors.sold_at(p_supplier uuid, p_moments timestamptz[]) RETURNS boolean[]
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  found_zone text;
  answers boolean[] := ARRAY[]::boolean[];
  moment timestamptz;
  then_day date;
  then_state text;
  closure record;
  notice record;
BEGIN
  IF NOT EXISTS (SELECT FROM vendors.supplier_acts a WHERE a.supplier_id = p_supplier) THEN RETURN NULL; END IF;
  SELECT g.time_zone INTO found_zone FROM kernel.organisations g WHERE g.id = p_supplier;
  FOREACH moment IN ARRAY p_moments LOOP
    then_day := (moment AT TIME ZONE found_zone)::date;
    SELECT a.to_state INTO then_state FROM vendors.supplier_acts a
      WHERE a.supplier_id = p_supplier AND a.at <= moment ORDER BY a.at DESC, a.id DESC LIMIT 1;
    SELECT a.act, a.closed_from, a.closed_to INTO closure FROM vendors.supplier_acts a
      WHERE a.supplier_id = p_supplier AND a.at <= moment AND a.act IN ('close', 'cancel_closure') ORDER BY a.at DESC, a.id DESC LIMIT 1;
    SELECT a.act, a.ends_on INTO notice FROM vendors.supplier_acts a
      WHERE a.supplier_id = p_supplier AND a.at <= moment AND a.act IN ('give_notice', 'withdraw_notice') ORDER BY a.at DESC, a.id DESC LIMIT 1;
    answers := answers || (coalesce(then_state, 'open') = 'open'
      AND NOT coalesce(closure.act = 'close' AND then_day BETWEEN closure.closed_from AND closure.closed_to, false)
      AND NOT coalesce(notice.act = 'give_notice' AND notice.ends_on <= then_day, false));
  END LOOP;
  RETURN answers;
END $$;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.after(SOLD)
    return migration
