"""Makes the stamps by which processes know that rows they keep have changed, and the assertion that statements make of themselves."""

from piccolo.columns import BigInt, Text

from marketplace.kernel.migrations import Migration, grant

ID = "kernel_0003_stamps"
VERSION = "1.38.0"
DESCRIPTION = "stamps of rows that processes keep"
# A statement whose answer nobody waits for fails by itself where it has not done what it says.
ENSURE = """
CREATE FUNCTION kernel.ensure(p_holds boolean, p_what text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  ASSERT p_holds, p_what;
END $$;
"""


async def forwards() -> Migration:
    """Give the table and the function."""
    manager = Migration(migration_id=ID, app_name="kernel", description=DESCRIPTION)
    manager.tables({("Stamp", "stamps"): {"name": Text(primary_key=True, default=None), "version": BigInt(null=False, default=1)}})
    manager.after(ENSURE, grant("kernel", "stamps", "SELECT, INSERT, UPDATE"))
    return manager
