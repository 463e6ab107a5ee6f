"""Marks withdrawn prices on their versions, because every list asks for the price in force and a look into another table would cost it a twentieth."""

from piccolo.columns import Boolean

from marketplace.kernel.migrations import Migration

ID = "vendors_0006_withdrawn"
VERSION = "1.38.0"
DESCRIPTION = "the mark of withdrawn prices, set by the withdrawal itself"

# The application appends a withdrawal and may not touch a version; the mark is made by the owner, in the same statement.
MARK = """
UPDATE vendors.price_versions v SET is_withdrawn = true FROM vendors.price_withdrawals x
  WHERE v.product_id = x.product_id AND v.offer_id = x.offer_id AND v.id = x.version_id;
CREATE FUNCTION vendors.mark_withdrawn() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE vendors.price_versions v SET is_withdrawn = true WHERE v.product_id = NEW.product_id AND v.offer_id = NEW.offer_id AND v.id = NEW.version_id;
  RETURN NULL;
END $$;
CREATE TRIGGER price_withdrawals_mark AFTER INSERT ON vendors.price_withdrawals FOR EACH ROW EXECUTE FUNCTION vendors.mark_withdrawn();
CREATE OR REPLACE FUNCTION vendors.price_in_force(p_product uuid, p_offer uuid, p_at timestamptz) RETURNS SETOF vendors.price_versions
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT w.* FROM vendors.price_versions w
  WHERE w.product_id = p_product AND w.offer_id = p_offer AND w.valid_from <= p_at AND (w.valid_to IS NULL OR w.valid_to > p_at) AND NOT w.is_withdrawn
  ORDER BY w.valid_from DESC, w.seq DESC LIMIT 1
$$;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.columns({("PriceVersion", "price_versions"): {"is_withdrawn": Boolean(null=False, default=False)}})
    migration.after(MARK)
    return migration
