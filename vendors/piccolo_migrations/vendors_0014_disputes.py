"""Makes the disputes of suppliers about the product that their offer stands on."""

from piccolo.columns import UUID, BigInt, Text, Timestamptz

from marketplace.kernel.migrations import Migration, grant, tenant_policy

ID = "vendors_0014_disputes"
VERSION = "1.38.0"
DESCRIPTION = "disputes of the product that an offer stands on"

CONSTRAINTS = """
ALTER TABLE vendors.match_disputes
  ADD FOREIGN KEY (supplier_id) REFERENCES vendors.suppliers (organisation_id),
  ADD FOREIGN KEY (product_id) REFERENCES catalogue.products (id),
  ADD FOREIGN KEY (new_product_id) REFERENCES catalogue.products (id),
  ADD CONSTRAINT match_disputes_state CHECK (state IN ('open', 'accepted', 'refused', 'withdrawn') AND (state = 'open') = (decided_at IS NULL)
    AND (state = 'accepted') = (new_product_id IS NOT NULL)),
  ADD CONSTRAINT match_disputes_words CHECK (length(reason) BETWEEN 1 AND 2000 AND length(title) BETWEEN 1 AND 500 AND (state <> 'refused' OR answer <> ''));
CREATE UNIQUE INDEX match_disputes_open ON vendors.match_disputes (offer_id) WHERE state = 'open';
CREATE INDEX match_disputes_waiting ON vendors.match_disputes (asked_at, id) WHERE state = 'open';
CREATE INDEX match_disputes_of_supplier ON vendors.match_disputes (supplier_id, asked_at DESC);
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.tables(
        {
            ("MatchDispute", "match_disputes"): {
                "id": UUID(primary_key=True, default=None),
                "supplier_id": UUID(null=False, default=None),
                "offer_id": UUID(null=False, default=None),
                "product_id": UUID(null=False, default=None),
                "reason": Text(null=False, default=None),
                "title": Text(null=False, default=None),
                "brand": Text(null=False, default=""),
                "part_number": Text(null=False, default=""),
                "state": Text(null=False, default="open"),
                "answer": Text(null=False, default=""),
                "asked_by": Text(null=False, default=None),
                "asked_at": Timestamptz(null=False, default=None),
                "decided_by": Text(null=False, default=""),
                "decided_at": Timestamptz(null=True, default=None),
                "new_product_id": UUID(null=True, default=None),
                "version": BigInt(null=False, default=1),
            }
        }
    )
    migration.after(
        CONSTRAINTS, grant("vendors", "match_disputes", "SELECT, INSERT, UPDATE"), tenant_policy("vendors", "match_disputes", "supplier_id")
    )
    return migration
