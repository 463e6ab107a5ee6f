"""Lets the catalogue learn what kinds of things it sells: the telling words of each title, and the phrases that several brands share."""

from piccolo.columns import Integer, Text, Timestamptz

from marketplace.kernel.migrations import Migration

ID = "catalogue_0002_types"
VERSION = "1.38.0"
DESCRIPTION = "product types learned from titles"

SQL = """
GRANT SELECT, INSERT, UPDATE, DELETE ON catalogue.product_types TO marketplace_app;
ALTER TABLE catalogue.product_types ADD CHECK (products > 0 AND brands > 0);
CREATE INDEX products_without_head ON catalogue.products (id) WHERE head IS NULL;
CREATE INDEX products_by_type ON catalogue.products (type, id) WHERE state = 'published';
"""


async def forwards() -> Migration:
    """Make the table and the columns; the words of products that are here already are read when types are learned first."""
    migration = Migration(migration_id=ID, app_name="catalogue", description=DESCRIPTION)
    migration.tables(
        {
            ("ProductType", "product_types"): {
                "phrase": Text(primary_key=True, default=None),
                "products": Integer(null=False, default=0),
                "brands": Integer(null=False, default=0),
                "learned_at": Timestamptz(null=False, default=None),
            }
        }
    )
    migration.columns({("Product", "products"): {name: Text(null=True, default=None) for name in ("head", "name_tail", "type")}})
    migration.after(SQL)
    return migration
