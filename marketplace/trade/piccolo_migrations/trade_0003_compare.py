"""Makes the table of ranking versions and publishes version 1."""

from piccolo.columns import JSONB, UUID, Integer, Text, Timestamptz

from marketplace.kernel.migrations import Migration, grant

ID = "trade_0003_compare"
VERSION = "1.38.0"
DESCRIPTION = "ranking versions"

FIRST = """
INSERT INTO trade.ranking_versions (id, version, weights, in_force_from, actor, reason) VALUES (gen_random_uuid(), 1,
  '{"cost": 50000, "time": 15000, "on_time": 20000, "checks": 10000, "stock": 5000, "cost_slope": 100000}', '2020-01-01Z', 'installation', 'first version');
CREATE TRIGGER ranking_versions_append BEFORE UPDATE OR DELETE ON trade.ranking_versions FOR EACH ROW EXECUTE FUNCTION kernel.refuse_change();
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    columns = {
        "id": UUID(primary_key=True, default=None),
        "version": Integer(null=False, default=None, unique=True),
        "weights": JSONB(null=False, default=None),
        "in_force_from": Timestamptz(null=False, default=None),
        "actor": Text(null=False, default=None),
        "reason": Text(null=False, default=""),
    }
    migration.tables({("RankingVersion", "ranking_versions"): columns})
    migration.after(FIRST, grant("trade", "ranking_versions", "SELECT, INSERT"))
    return migration
