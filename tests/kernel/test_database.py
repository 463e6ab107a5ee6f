"""Tests of the one way to open a transaction."""
from marketplace.kernel import database

async def test_rolled(rolled_back):
    async with database.transaction() as c:
        assert await c.fetchval("select 1") == 1
async def test_comm(committed):
    async with database.transaction() as c:
        assert await c.fetchval("select current_database()") == committed.database_url.rsplit("/")[-1]
