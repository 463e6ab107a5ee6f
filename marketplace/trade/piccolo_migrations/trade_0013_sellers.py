"""Lets lists count faster: offers name by a number who sells how, and prices are compared in floating point, exact to fifteen figures."""

from piccolo.columns import UUID, Array, DoublePrecision, Integer, Text

from marketplace.kernel.migrations import Migration

ID = "trade_0013_sellers"
VERSION = "1.38.0"
DESCRIPTION = "sellers of facets by number, prices in floating point"

KEEP = """
CREATE TEMP TABLE facet_offers ON COMMIT DROP AS SELECT f.product_id, o.supplier_id, o.mark, o.currency, o.price::float8 AS amount, o.place
  FROM trade.facet_products f CROSS JOIN LATERAL unnest(f.suppliers, f.marks, f.currencies, f.prices) WITH ORDINALITY AS o (supplier_id, mark, currency, price, place)"""
# Thousands of rows are read by each count: all of a row lies in the row. The check and the index over several columns went with the first of them.
SQL = """
ALTER TABLE trade.facet_sellers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY, ADD UNIQUE (supplier_id, mark, currency);
INSERT INTO trade.facet_sellers (supplier_id, mark, currency) SELECT DISTINCT supplier_id, mark, currency FROM facet_offers ORDER BY 1, 2, 3;
UPDATE trade.facet_products f SET sellers = k.sellers, amounts = k.amounts FROM (
  SELECT o.product_id, array_agg(y.id ORDER BY o.place) AS sellers, array_agg(o.amount ORDER BY o.place) AS amounts
  FROM facet_offers o JOIN trade.facet_sellers y USING (supplier_id, mark, currency) GROUP BY o.product_id) k WHERE k.product_id = f.product_id;
ALTER TABLE trade.facet_products ALTER COLUMN sellers SET STORAGE EXTERNAL, ALTER COLUMN amounts SET STORAGE EXTERNAL,
  ADD CHECK (cardinality(sellers) = cardinality(leads) AND cardinality(leads) = cardinality(amounts));
CREATE INDEX facet_products_of_seller ON trade.facet_products USING gin (sellers);
GRANT SELECT, INSERT, UPDATE, DELETE ON trade.facet_sellers TO marketplace_app;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    migration.before(KEEP)
    migration.tables(
        {
            ("FacetSeller", "facet_sellers"): {
                "id": Integer(primary_key=True, default=None),
                "supplier_id": UUID(null=False, default=None),
                "mark": Text(null=False, default=None),
                "currency": Text(null=False, default=None),
            }
        }
    )
    for name in ("suppliers", "prices", "currencies", "marks"):
        migration.drop_column(table_class_name="FacetProduct", tablename="facet_products", schema="trade", column_name=name, db_column_name=name)
    migration.columns(
        {
            ("FacetProduct", "facet_products"): {
                "sellers": Array(base_column=Integer(), null=False, default=[]),
                "amounts": Array(base_column=DoublePrecision(), null=False, default=[]),
            }
        }
    )
    migration.after(SQL)
    return migration
