"""Lets an offer stand on another product when its own was merged, with everything that refers to it: see docs/decisions, 015."""

from piccolo.columns import UUID

from marketplace.kernel.migrations import Migration

ID = "vendors_0013_moves"
VERSION = "1.38.0"
DESCRIPTION = "offers follow their products"

# Each key that refers to an offer, its stock rows or its prices follows it. `ALTER CONSTRAINT` cannot say so, so each is made anew as it was.
FOLLOW = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT k.conname, k.conrelid::regclass AS place, pg_get_constraintdef(k.oid) AS definition FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype = 'f' AND k.confupdtype = 'a' AND n.nspname = '{schema}'
      AND k.confrelid IN ('vendors.offers'::regclass, 'vendors.stock_levels'::regclass, 'vendors.price_versions'::regclass)
  LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s ON UPDATE CASCADE', one.place, one.conname, one.conname, one.definition);
  END LOOP;
END $$;
"""
# Movements refer to no offer by a key, and nobody may change them; they move with the offer, by the owner, and only for the market's own people.
MOVE = """
ALTER TABLE vendors.offers ADD FOREIGN KEY (home_id) REFERENCES catalogue.products (id);
CREATE INDEX offers_home ON vendors.offers (home_id) WHERE home_id IS NOT NULL;
CREATE FUNCTION vendors.move_offers(p_offers uuid[], p_from uuid[], p_to uuid[], p_home uuid[]) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE one record;
BEGIN
  IF coalesce(current_setting('app.role', true), '') NOT IN ('worker', 'operator') THEN RAISE EXCEPTION 'only the market moves offers' USING ERRCODE = '42501'; END IF;
  FOR one IN SELECT * FROM unnest(p_offers, p_from, p_to, p_home) AS n (offer_id, from_id, to_id, home_id) LOOP
    UPDATE vendors.offers o SET product_id = one.to_id, home_id = CASE WHEN one.home_id = one.to_id THEN NULL ELSE one.home_id END
      WHERE o.id = one.offer_id AND o.product_id = one.from_id AND coalesce(o.home_id, o.product_id) = one.home_id;
    CONTINUE WHEN NOT FOUND;
    UPDATE vendors.stock_movements m SET product_id = one.to_id WHERE m.product_id = one.from_id AND m.offer_id = one.offer_id;
    RETURN NEXT one.offer_id;
  END LOOP;
  UPDATE vendors.import_rows r SET product_id = n.to_id FROM unnest(p_offers, p_from, p_to) AS n (offer_id, from_id, to_id)
    JOIN vendors.offer_keys k ON k.product_id = n.to_id AND k.offer_id = n.offer_id
    WHERE r.supplier_id = k.supplier_id AND r.sku_key = k.sku_key AND r.product_id = n.from_id;
END $$;
REVOKE ALL ON FUNCTION vendors.move_offers(uuid[], uuid[], uuid[], uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vendors.move_offers(uuid[], uuid[], uuid[], uuid[]) TO marketplace_app;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.columns({("Offer", "offers"): {"home_id": UUID(null=True, default=None)}})
    migration.after(FOLLOW.format(schema="vendors"), MOVE)
    return migration
