"""Makes the levels at which offers are seen, the allow-lists, and the two functions that say what a viewer sees."""

from piccolo.columns import UUID, BigInt, Boolean, Column, Text, Timestamptz

from marketplace.kernel.migrations import ACTING, STAFF, Migration, composite_key, grant, tenant_policy

ID = "vendors_0003_visibility"
VERSION = "1.38.0"
DESCRIPTION = "levels of visibility per supplier and category, allow-lists, what a viewer sees"


def _tables() -> dict[tuple[str, str], dict[str, Column]]:
    return {
        ("VisibilityRule", "visibility_rules"): {
            "id": UUID(primary_key=True, default=None),
            "supplier_id": UUID(null=False, default=None),
            "category_id": UUID(null=True, default=None),
            "level": Text(null=False, default=None),
            "version": BigInt(null=False, default=1),
            "actor": Text(null=False, default=None),
            "updated_at": Timestamptz(null=False, default=None),
        },
        ("VisibilityGrant", "visibility_grants"): {
            "supplier_id": UUID(primary_key=True, default=None),
            "organisation_id": UUID(null=False, default=None),
            "granted_by": Text(null=False, default=None),
            "granted_at": Timestamptz(null=False, default=None),
        },
    }


CONSTRAINTS = f"""
ALTER TABLE vendors.visibility_rules
  ADD FOREIGN KEY (supplier_id) REFERENCES vendors.suppliers (organisation_id),
  ADD FOREIGN KEY (category_id) REFERENCES catalogue.categories (id),
  ADD CONSTRAINT visibility_rules_one UNIQUE NULLS NOT DISTINCT (supplier_id, category_id),
  ADD CONSTRAINT visibility_rules_level CHECK (level IN ('inherited', 'public', 'prices_hidden', 'login_required', 'org_allowlist'));
ALTER TABLE vendors.visibility_grants
  ADD FOREIGN KEY (supplier_id) REFERENCES vendors.suppliers (organisation_id),
  ADD FOREIGN KEY (organisation_id) REFERENCES kernel.organisations (id),
  ADD CONSTRAINT visibility_grants_other CHECK (organisation_id <> supplier_id);
ALTER TABLE vendors.visibility_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE vendors.visibility_grants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON vendors.visibility_grants
  USING ({STAFF} OR supplier_id = {ACTING} OR organisation_id = {ACTING}) WITH CHECK ({STAFF} OR supplier_id = {ACTING});
"""

# Rules and lists are their supplier's alone. What a viewer sees is answered by functions of the owner's, which read them for whoever asks
# about one supplier; they are asked only where a supplier restricts something. plpgsql keeps their plans for as long as a connection lives.
SIGHT = """
CREATE POLICY asked ON vendors.visibility_rules FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY asked ON vendors.visibility_grants FOR SELECT TO CURRENT_USER USING (true);
CREATE FUNCTION vendors.visibility_level(p_supplier uuid, p_category uuid, p_own text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE found_level text;
BEGIN
  SELECT r.level INTO found_level FROM vendors.visibility_rules r
    LEFT JOIN catalogue.category_descendants e ON e.ancestor_id = r.category_id AND e.category_id = p_category
    WHERE r.supplier_id = p_supplier AND r.level <> 'inherited' AND (r.category_id IS NULL OR e.ancestor_id IS NOT NULL)
    ORDER BY e.depth NULLS LAST LIMIT 1;
  found_level := coalesce(found_level, 'public');
  RETURN CASE WHEN p_own = 'login_required' AND found_level IN ('public', 'prices_hidden') THEN p_own ELSE found_level END;
END $$;
CREATE FUNCTION vendors.sight(p_viewer uuid, p_sees_all boolean, p_supplier uuid, p_category uuid, p_own text) RETURNS integer
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE found_level text;
BEGIN
  IF p_sees_all OR p_viewer = p_supplier THEN RETURN 2; END IF;
  found_level := vendors.visibility_level(p_supplier, p_category, p_own);
  IF found_level = 'public' THEN RETURN 2; END IF;
  IF found_level = 'org_allowlist' THEN
    RETURN CASE WHEN EXISTS (SELECT FROM vendors.visibility_grants g WHERE g.supplier_id = p_supplier AND g.organisation_id = p_viewer) THEN 2 ELSE 0 END;
  END IF;
  RETURN CASE WHEN p_viewer IS NOT NULL THEN 2 WHEN found_level = 'prices_hidden' THEN 1 ELSE 0 END;
END $$;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.tables(_tables())
    migration.columns({("Supplier", "suppliers"): {"is_restricted": Boolean(null=False, default=False)}})
    migration.after(
        composite_key("vendors", "visibility_grants", "supplier_id", "organisation_id"),
        CONSTRAINTS,
        grant("vendors", "visibility_rules", "SELECT, INSERT, UPDATE"),
        grant("vendors", "visibility_grants", "SELECT, INSERT, DELETE"),
        tenant_policy("vendors", "visibility_rules", "supplier_id"),
        SIGHT,
    )
    return migration
