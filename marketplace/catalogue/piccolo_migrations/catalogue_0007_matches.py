"""Makes what the catalogue knows of products that are the same: keys by which they meet, pairs with their evidence, merges and where they lead."""

from piccolo.columns import JSONB, UUID, SmallInt, Text, Timestamptz

from marketplace.kernel.migrations import Migration, composite_key, grant

ID = "catalogue_0007_matches"
VERSION = "1.38.0"
DESCRIPTION = "candidates for one product, merges, and where merged products lead"

SQL = """
ALTER TABLE catalogue.match_keys ADD FOREIGN KEY (product_id) REFERENCES catalogue.products (id) ON DELETE CASCADE,
  ADD CHECK (kind IN ('gtin', 'part_number', 'title') AND key <> '');
CREATE INDEX match_keys_by_key ON catalogue.match_keys (kind, key COLLATE "C", product_id);
ALTER TABLE catalogue.match_candidates ADD FOREIGN KEY (low_id) REFERENCES catalogue.products (id) ON DELETE CASCADE,
  ADD FOREIGN KEY (high_id) REFERENCES catalogue.products (id) ON DELETE CASCADE,
  ADD CHECK (low_id < high_id), ADD CHECK (score BETWEEN 0 AND 100), ADD CHECK (kind IN ('gtin', 'part_number', 'title')),
  ADD CHECK (state IN ('open', 'merged', 'apart') AND (state = 'open') = (decided_at IS NULL)), ADD CHECK (jsonb_typeof(evidence) = 'array');
CREATE INDEX match_candidates_open ON catalogue.match_candidates (score DESC, low_id, high_id) WHERE state = 'open';
CREATE INDEX match_candidates_pattern ON catalogue.match_candidates (pattern, score DESC) WHERE state = 'open';
CREATE INDEX match_candidates_high ON catalogue.match_candidates (high_id);
ALTER TABLE catalogue.merges ADD FOREIGN KEY (kept_id) REFERENCES catalogue.products (id), ADD FOREIGN KEY (gone_id) REFERENCES catalogue.products (id),
  ADD CHECK (kept_id <> gone_id), ADD CHECK (reason IN ('operator', 'gtin')), ADD CHECK ((undone_at IS NULL) = (undone_by = ''));
CREATE UNIQUE INDEX merges_live ON catalogue.merges (gone_id) WHERE undone_at IS NULL;
CREATE INDEX merges_latest ON catalogue.merges (at DESC, id);
CREATE INDEX merges_kept ON catalogue.merges (kept_id);
ALTER TABLE catalogue.products ADD FOREIGN KEY (moved_to) REFERENCES catalogue.products (id),
  ADD CONSTRAINT products_moved CHECK (moved_to IS NULL OR (state = 'retired' AND moved_to <> id));
CREATE INDEX products_moved ON catalogue.products (id) WHERE moved_to IS NOT NULL;
CREATE INDEX products_moved_to ON catalogue.products (moved_to) WHERE moved_to IS NOT NULL;
"""


async def forwards() -> Migration:
    """Make the tables and the column that says where a merged product leads."""
    migration = Migration(migration_id=ID, app_name="catalogue", description=DESCRIPTION)
    migration.tables(
        {
            ("MatchKey", "match_keys"): {
                "product_id": UUID(primary_key=True, default=None),
                "kind": Text(null=False, default=None),
                "key": Text(null=False, default=None),
            },
            ("MatchCandidate", "match_candidates"): {
                "id": UUID(null=False, unique=True, default=None),
                "low_id": UUID(primary_key=True, default=None),
                "high_id": UUID(null=False, default=None),
                "kind": Text(null=False, default=None),
                "score": SmallInt(null=False, default=None),
                "pattern": Text(null=False, default=None),
                "evidence": JSONB(null=False, default="[]"),
                "state": Text(null=False, default="open"),
                "found_at": Timestamptz(null=False, default=None),
                "decided_by": Text(null=False, default=""),
                "decided_at": Timestamptz(null=True, default=None),
            },
            ("Merge", "merges"): {
                "id": UUID(primary_key=True, default=None),
                "kept_id": UUID(null=False, default=None),
                "gone_id": UUID(null=False, default=None),
                "reason": Text(null=False, default=None),
                "snapshot": JSONB(null=False, default="{}"),
                "actor": Text(null=False, default=None),
                "at": Timestamptz(null=False, default=None),
                "undone_by": Text(null=False, default=""),
                "undone_at": Timestamptz(null=True, default=None),
            },
        }
    )
    migration.columns({("Product", "products"): {"moved_to": UUID(null=True, default=None)}})
    migration.after(
        composite_key("catalogue", "match_keys", "product_id", "kind", "key"),
        composite_key("catalogue", "match_candidates", "low_id", "high_id"),
        SQL,
        grant("catalogue", "match_keys"),
        grant("catalogue", "match_candidates"),
        grant("catalogue", "merges", "SELECT, INSERT, UPDATE"),
    )
    return migration
