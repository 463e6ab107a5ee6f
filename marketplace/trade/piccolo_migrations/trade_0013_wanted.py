"""Makes the table of what buyers ask the market for, behind its organisation's wall."""

from piccolo.columns import UUID, BigInt, Date, Text, Timestamptz

from marketplace.kernel.migrations import Migration, grant, tenant_policy

ID = "trade_0013_wanted"
VERSION = "1.38.0"
DESCRIPTION = "what buyers ask for"

CONSTRAINTS = """
ALTER TABLE trade.wanted
  ADD FOREIGN KEY (organisation_id) REFERENCES kernel.organisations (id),
  ADD FOREIGN KEY (person_id) REFERENCES kernel.people (id),
  ADD FOREIGN KEY (product_id) REFERENCES catalogue.products (id),
  ADD FOREIGN KEY (category_id) REFERENCES catalogue.categories (id),
  ADD CONSTRAINT wanted_words CHECK (length(text) BETWEEN 1 AND 200 AND folded <> '' AND length(note) <= 2000 AND length(answer) <= 2000 AND (quantity IS NULL OR quantity > 0)),
  ADD CONSTRAINT wanted_state CHECK (state IN ('open', 'looking', 'found', 'refused', 'withdrawn')
    AND (state = 'found') = (num_nonnulls(product_id, category_id) = 1) AND (state = 'found' OR num_nonnulls(product_id, category_id) = 0)
    AND (state <> 'refused' OR answer <> '') AND (state NOT IN ('looking', 'found', 'refused') OR answered_at IS NOT NULL));
CREATE UNIQUE INDEX wanted_once ON trade.wanted (organisation_id, folded) WHERE state IN ('open', 'looking');
CREATE INDEX wanted_of_organisation ON trade.wanted (organisation_id, asked_at DESC);
CREATE INDEX wanted_waiting ON trade.wanted (asked_at, id) WHERE state IN ('open', 'looking');
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    migration.tables(
        {
            ("Wanted", "wanted"): {
                "id": UUID(primary_key=True, default=None),
                "organisation_id": UUID(null=False, default=None),
                "person_id": UUID(null=False, default=None),
                "text": Text(null=False, default=None),
                "folded": Text(null=False, default=None),
                "quantity": BigInt(null=True, default=None),
                "unit_code": Text(null=False, default=None),
                "needed_by": Date(null=True, default=None),
                "note": Text(null=False, default=""),
                "segment": Text(null=False, default=""),
                "locale": Text(null=False, default="en"),
                "state": Text(null=False, default="open"),
                "answer": Text(null=False, default=""),
                "product_id": UUID(null=True, default=None),
                "category_id": UUID(null=True, default=None),
                "asked_at": Timestamptz(null=False, default=None),
                "answered_at": Timestamptz(null=True, default=None),
                "read_at": Timestamptz(null=True, default=None),
                "version": BigInt(null=False, default=1),
            }
        }
    )
    migration.after(CONSTRAINTS, grant("trade", "wanted", "SELECT, INSERT, UPDATE"), tenant_policy("trade", "wanted", "organisation_id"))
    return migration
