"""Owns the tables that only tests of the database write to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import msgspec
import pytest_asyncio

from marketplace.kernel import database
from tests import databases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from marketplace.kernel.settings import Settings

POOL = 2
TABLES = """
CREATE TABLE kernel.try_notes (id int PRIMARY KEY, organisation_id uuid, text text NOT NULL CHECK (text <> 'bad'));
CREATE TABLE kernel.try_pairs (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE kernel.try_notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE kernel.try_notes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON kernel.try_notes USING (organisation_id = nullif(current_setting('app.org', true), '')::uuid
  OR current_setting('app.role', true) IN ('operator', 'worker'));
GRANT SELECT, INSERT, UPDATE, DELETE ON kernel.try_notes, kernel.try_pairs TO marketplace_app;
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_copy(server: Settings, copy_name: str) -> AsyncIterator[Settings]:
    """Give a copy with two tables of its own."""
    empty = await databases.empty_template(server)
    async with databases.copy_of(server, empty, f"{copy_name}_t") as settings:
        owner = await asyncpg.connect(settings.database_owner_url)
        await owner.execute(TABLES)
        await owner.close()
        yield settings


@pytest_asyncio.fixture(loop_scope="session", name="tried")
async def _tried(own_copy: Settings) -> AsyncIterator[Settings]:
    """Give the copy with its tables empty and a pool of two."""
    owner = await asyncpg.connect(own_copy.database_owner_url)
    await owner.execute("TRUNCATE kernel.try_notes, kernel.try_pairs")
    await owner.close()
    small = msgspec.structs.replace(own_copy, pool_size=POOL)
    async with database.another_pool(small):
        yield small
