"""Lets a single offer bear each of the four levels of visibility as its own mark; the stricter of mark and rule goes on to hold."""

from marketplace.kernel.migrations import Migration

ID = "vendors_0010_marks"
VERSION = "1.38.0"
DESCRIPTION = "all four levels of visibility as an offer's own mark"

MARKS = """
ALTER TABLE vendors.offers DROP CONSTRAINT offers_visibility,
  ADD CONSTRAINT offers_visibility CHECK (visibility IN ('public', 'prices_hidden', 'login_required', 'org_allowlist'));
CREATE OR REPLACE FUNCTION vendors.visibility_level(p_supplier uuid, p_category uuid, p_own text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  found_level text;
  levels CONSTANT text[] := ARRAY['public', 'prices_hidden', 'login_required', 'org_allowlist'];
BEGIN
  SELECT r.level INTO found_level FROM vendors.visibility_rules r
    LEFT JOIN catalogue.category_descendants e ON e.ancestor_id = r.category_id AND e.category_id = p_category
    WHERE r.supplier_id = p_supplier AND r.level <> 'inherited' AND (r.category_id IS NULL OR e.ancestor_id IS NOT NULL)
    ORDER BY e.depth NULLS LAST LIMIT 1;
  found_level := coalesce(found_level, 'public');
  RETURN CASE WHEN p_own = 'public' THEN found_level ELSE levels[greatest(array_position(levels, found_level), array_position(levels, p_own))] END;
END $$;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.after(MARKS)
    return migration
