"""Types the attributes of categories, keeps the versions of their schemas, and marks numbers that cannot be meant."""

from piccolo.columns import JSONB, UUID, Boolean, Integer, Numeric, Text, Timestamptz

from marketplace.kernel.migrations import Migration

ID = "catalogue_0003_attributes"
VERSION = "1.38.0"
DESCRIPTION = "typed attributes, versions of schemas, flags of numbers"

SQL = """
ALTER TABLE catalogue.category_attributes DROP CONSTRAINT category_attributes_kind_check,
  ADD CONSTRAINT category_attributes_kind_check CHECK (kind IN ('text', 'number', 'enum', 'bool', 'date', 'range')),
  ADD CONSTRAINT category_attributes_key_check CHECK (key ~ '^[^[:cntrl:]]{1,200}$'),
  ADD CONSTRAINT category_attributes_unit_check CHECK (length(unit) <= 20),
  ADD CONSTRAINT category_attributes_options_check CHECK (jsonb_typeof(options) = 'array' AND (kind = 'enum' OR options = '[]')),
  ADD CONSTRAINT category_attributes_minimum_check CHECK (minimum > -1e15 AND minimum < 1e15),
  ADD CONSTRAINT category_attributes_maximum_check CHECK (maximum > -1e15 AND maximum < 1e15),
  ADD CONSTRAINT category_attributes_bounds_check CHECK (minimum <= maximum);
GRANT SELECT, INSERT ON catalogue.schema_versions TO marketplace_app;
ALTER TABLE catalogue.schema_versions ADD FOREIGN KEY (category_id) REFERENCES catalogue.categories (id),
  ADD UNIQUE (category_id, version),
  ADD CHECK (version > 0),
  ADD CHECK (jsonb_typeof(attributes) = 'array'),
  ADD CHECK (reason <> '' AND length(reason) <= 500);
GRANT SELECT, INSERT, UPDATE, DELETE ON catalogue.number_flags TO marketplace_app;
ALTER TABLE catalogue.number_flags ADD FOREIGN KEY (product_id) REFERENCES catalogue.products (id) ON DELETE CASCADE,
  ADD FOREIGN KEY (category_id) REFERENCES catalogue.categories (id),
  ADD UNIQUE (product_id, key),
  ADD CHECK (state IN ('open', 'right', 'left_out')),
  ADD CHECK ((state = 'open') = (decided_at IS NULL)),
  ADD CHECK (value > -1e400 AND value < 1e400),
  ADD CHECK (median > 0 AND median < 1e400),
  ADD CHECK (usual_low > 0 AND usual_low <= usual_high AND usual_high < 1e400),
  ADD CHECK (n > 0);
CREATE INDEX number_flags_by_state ON catalogue.number_flags (state, id);
"""


async def forwards() -> Migration:
    """Make the tables and the columns; attributes that stand already have no options, no bounds and are no facet."""
    migration = Migration(migration_id=ID, app_name="catalogue", description=DESCRIPTION)
    migration.tables(
        {
            ("SchemaVersion", "schema_versions"): {
                "id": UUID(primary_key=True, default=None),
                "category_id": UUID(null=False, default=None),
                "version": Integer(null=False, default=None),
                "attributes": JSONB(null=False, default="[]"),
                "reason": Text(null=False, default=None),
                "actor": Text(null=False, default=None),
                "at": Timestamptz(null=False, default=None),
                "report": JSONB(null=False, default="{}"),
            },
            ("NumberFlag", "number_flags"): {
                "id": UUID(primary_key=True, default=None),
                "product_id": UUID(null=False, default=None),
                "key": Text(null=False, default=None),
                "value": Numeric(null=False, default=None),
                "usual_low": Numeric(null=False, default=None),
                "usual_high": Numeric(null=False, default=None),
                "median": Numeric(null=False, default=None),
                "n": Integer(null=False, default=None),
                "category_id": UUID(null=True, default=None),
                "type": Text(null=True, default=None),
                "found_at": Timestamptz(null=False, default=None),
                "state": Text(null=False, default="open"),
                "decided_at": Timestamptz(null=True, default=None),
                "decided_by": Text(null=True, default=None),
            },
        }
    )
    migration.columns(
        {
            ("CategoryAttribute", "category_attributes"): {
                "options": JSONB(null=False, default="[]"),
                "minimum": Numeric(null=True, default=None),
                "maximum": Numeric(null=True, default=None),
                "is_facet": Boolean(null=False, default=False),
            }
        }
    )
    migration.after(SQL)
    return migration
