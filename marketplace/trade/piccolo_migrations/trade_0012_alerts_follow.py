"""Lets what a saved search has seen and told be known by its offer alone, wherever the offer stands, and gives each search its currency."""

from piccolo.columns import Boolean, Text

from marketplace.kernel.migrations import Migration

ID = "trade_0012_alerts_follow"
VERSION = "1.38.0"
DESCRIPTION = "alerts follow their offers"

# A product that nobody offers is known by its own id. An offer that moved may stand under two products: the row that was there first stays.
FOLLOW = """
ALTER TABLE trade.saved_searches ADD CHECK (currency ~ '^[A-Z]{3}$');
UPDATE trade.search_seen SET offer_id = product_id WHERE offer_id = '00000000-0000-0000-0000-000000000000';
UPDATE trade.search_alerts SET offer_id = product_id WHERE offer_id = '00000000-0000-0000-0000-000000000000';
DELETE FROM trade.search_seen a USING trade.search_seen b WHERE a.search_id = b.search_id AND a.offer_id = b.offer_id AND a.product_id > b.product_id;
DELETE FROM trade.search_alerts a USING trade.search_alerts b WHERE a.search_id = b.search_id AND a.offer_id = b.offer_id AND (a.found_at, a.id) > (b.found_at, b.id);
ALTER TABLE trade.search_seen DROP CONSTRAINT search_seen_pkey, ADD CONSTRAINT search_seen_pkey PRIMARY KEY (search_id, offer_id);
ALTER TABLE trade.search_alerts DROP CONSTRAINT search_alerts_once, ADD CONSTRAINT search_alerts_once UNIQUE (search_id, offer_id);
CREATE INDEX search_seen_product ON trade.search_seen (search_id, product_id);
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    migration.columns(
        {("SavedSearch", "saved_searches"): {"currency": Text(null=False, default="EUR"), "knows_all": Boolean(null=False, default=True)}}
    )
    migration.after(FOLLOW)
    return migration
