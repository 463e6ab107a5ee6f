"""Says in the database whether a supplier sold at a past moment, from the acts that are kept of it."""

from marketplace.kernel.migrations import Migration

ID = "vendors_0011_sold_then"
VERSION = "1.38.0"
DESCRIPTION = "whether a supplier sold at a past moment"

# Acts are walled by supplier; that somebody was closed on a day everybody could see on that day, so the owner answers for whoever asks.
SOLD = """
CREATE POLICY asked ON vendors.supplier_acts FOR SELECT TO CURRENT_USER USING (true);
CREATE FUNCTION vendors.sold_at(p_supplier uuid, p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  then_state text;
  closure record;
  notice record;
  then_day date;
BEGIN
  SELECT a.to_state INTO then_state FROM vendors.supplier_acts a WHERE a.supplier_id = p_supplier AND a.at <= p_at ORDER BY a.at DESC, a.id DESC LIMIT 1;
  IF NOT FOUND THEN RETURN true; END IF;
  IF then_state <> 'open' THEN RETURN false; END IF;
  SELECT (p_at AT TIME ZONE g.time_zone)::date INTO then_day FROM kernel.organisations g WHERE g.id = p_supplier;
  SELECT a.act, a.closed_from, a.closed_to INTO closure FROM vendors.supplier_acts a
    WHERE a.supplier_id = p_supplier AND a.at <= p_at AND a.act IN ('close', 'cancel_closure') ORDER BY a.at DESC, a.id DESC LIMIT 1;
  IF closure.act = 'close' AND then_day BETWEEN closure.closed_from AND closure.closed_to THEN RETURN false; END IF;
  SELECT a.act, a.ends_on INTO notice FROM vendors.supplier_acts a
    WHERE a.supplier_id = p_supplier AND a.at <= p_at AND a.act IN ('give_notice', 'withdraw_notice') ORDER BY a.at DESC, a.id DESC LIMIT 1;
  RETURN notice.act IS DISTINCT FROM 'give_notice' OR notice.ends_on > then_day;
END $$;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.after(SOLD)
    return migration
