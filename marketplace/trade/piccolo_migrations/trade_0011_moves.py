"""Lets lines of carts and orders follow an offer that moves to the product its own was merged into."""

from marketplace.kernel.migrations import Migration

ID = "trade_0011_moves"
VERSION = "1.38.0"
DESCRIPTION = "lines of carts and orders follow their offers"

FOLLOW = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT k.conname, k.conrelid::regclass AS place, pg_get_constraintdef(k.oid) AS definition FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype = 'f' AND k.confupdtype = 'a' AND n.nspname = 'trade' AND k.confrelid = 'vendors.offers'::regclass
  LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s ON UPDATE CASCADE', one.place, one.conname, one.conname, one.definition);
  END LOOP;
END $$;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    migration.after(FOLLOW)
    return migration
