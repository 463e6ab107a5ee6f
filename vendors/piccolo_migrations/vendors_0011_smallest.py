"""Says in the database the smallest quantity that an offer is sold in: the least allowed, up to the next multiple, as `offers.rules` has it."""

from marketplace.kernel.migrations import Migration

ID = "vendors_0011_smallest"
VERSION = "1.38.0"
DESCRIPTION = "the smallest quantity of an offer as a function"

# Written out in the statement that asks, as what sells is.
SMALLEST = """
CREATE FUNCTION vendors.smallest_quantity(p_moq bigint, p_multiple bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (p_moq + p_multiple - 1) / p_multiple * p_multiple $$;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.after(SMALLEST)
    return migration
