"""Lets a price end and a coming one be withdrawn, and says in one place which price holds at a moment."""

from piccolo.columns import UUID, Column, Text, Timestamptz

from marketplace.kernel.migrations import Migration, grant

ID = "vendors_0004_prices"
VERSION = "1.38.0"
DESCRIPTION = "prices that end, withdrawals of coming prices, the price in force"


def _tables() -> dict[tuple[str, str], dict[str, Column]]:
    return {
        ("PriceWithdrawal", "price_withdrawals"): {
            "version_id": UUID(primary_key=True, default=None),
            "product_id": UUID(null=False, default=None),
            "offer_id": UUID(null=False, default=None),
            "actor": Text(null=False, default=None),
            "at": Timestamptz(null=False, default=None),
        },
    }


CONSTRAINTS = """
ALTER TABLE vendors.price_versions ADD CONSTRAINT price_versions_span CHECK (valid_to > valid_from),
  ADD CONSTRAINT price_versions_of_offer UNIQUE (product_id, offer_id, id);
ALTER TABLE vendors.price_withdrawals
  ADD CONSTRAINT price_withdrawals_version FOREIGN KEY (product_id, offer_id, version_id) REFERENCES vendors.price_versions (product_id, offer_id, id);
"""

# PostgreSQL writes the body into the statement that calls it, so it costs what the words cost.
IN_FORCE = """
CREATE FUNCTION vendors.price_in_force(p_product uuid, p_offer uuid, p_at timestamptz) RETURNS SETOF vendors.price_versions
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT w.* FROM vendors.price_versions w
  WHERE w.product_id = p_product AND w.offer_id = p_offer AND w.valid_from <= p_at AND (w.valid_to IS NULL OR w.valid_to > p_at)
    AND NOT EXISTS (SELECT FROM vendors.price_withdrawals x WHERE x.version_id = w.id)
  ORDER BY w.valid_from DESC, w.seq DESC LIMIT 1
$$;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.tables(_tables())
    migration.columns({("PriceVersion", "price_versions"): {"valid_to": Timestamptz(null=True, default=None)}})
    migration.after(CONSTRAINTS, grant("vendors", "price_withdrawals", "SELECT, INSERT"), IN_FORCE)
    return migration
