"""Owns migrating: schemas, roles and extensions, then every package's migrations in the order of the stair, one migrator at a time."""

from __future__ import annotations

import contextlib
import inspect
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import asyncpg
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.tables import Migration as Row
from piccolo.conf.apps import AppConfig, AppRegistry
from piccolo.engine.postgres import PostgresEngine

from marketplace.kernel.database import APP_ROLE
from marketplace.kernel.stair import EXTENSIONS, SCHEMAS, STAIR, owner_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Sequence

    from asyncpg import Record
    from piccolo.columns import Column

    from marketplace.kernel.settings import Settings

    Columns = Mapping[str, Column] | Sequence[tuple[str, type[Column], Mapping[str, Any]]]

LOCK_KEY = 0x6D61726B6574
# As subqueries both are worked out once a statement instead of once a row.
ACTING = "(SELECT nullif(current_setting('app.org', true), '')::uuid)"
STAFF = "(SELECT current_setting('app.role', true) IN ('operator', 'worker'))"


class WrongDatabase(Exception):
    """The database cannot hold this market; the message says what to change."""


class _Engine(PostgresEngine):
    """Piccolo's engine without its visit to the database while it is made: the address is only known when `migrate` runs."""

    async def check_version(self) -> None:
        """Skip Piccolo's own check."""

    async def prep_database(self) -> None:
        """Skip Piccolo's own preparation: `migrate` creates the extensions."""


ENGINE = _Engine(config={})


class Statement(str):
    """SQL of a migration: given to `Migration.after`, or awaited inside a raw function to run at once."""

    __slots__ = ()

    def __await__(self) -> Generator[object, None, None]:
        """Run the statement on the connection of the migration that is under way."""
        return run_sql(self).__await__()


@dataclass
class Migration(MigrationManager):
    """One migration of a package, whose name is also its schema.

    Piccolo runs raw functions before it creates the tables of the same manager. What stands on a new table (CHECK, composite key, row
    level security, trigger, index, grant) therefore runs after them, given as SQL to `after` or as a function to `add_raw`; `before` runs
    first, when the schema stands.
    """

    before_sql: list[str] = field(default_factory=list)
    after_work: list[str | Callable[[], Awaitable[None] | None]] = field(default_factory=list)

    def tables(self, tables: Mapping[tuple[str, str], Columns]) -> None:
        """Make these tables, by (class, table), in the schema of the package.

        Columns are Piccolo's objects by name, or (name, class, parameters); NOT NULL and without default unless they say otherwise.
        """
        for class_name, tablename in tables:
            self.add_table(class_name=class_name, tablename=tablename, schema=self.app_name)
        self.columns(tables)

    def columns(self, tables: Mapping[tuple[str, str], Columns]) -> None:
        """Give these tables of the package, by (class, table), further columns, described as in `tables`."""
        for (class_name, tablename), columns in tables.items():
            for name, column_class, params in _described(columns):
                self.add_column(
                    table_class_name=class_name,
                    tablename=tablename,
                    column_name=name,
                    column_class=column_class,
                    params={"null": False, "default": None, **params},
                    schema=self.app_name,
                )

    def before(self, *statements: str) -> None:
        """Run these statements before the tables are created; one text may hold several."""
        self.before_sql.extend(statements)

    def after(self, *statements: str) -> None:
        """Run these statements at the end, in the transaction that creates the tables; one text may hold several."""
        self.after_work.extend(statements)

    def add_raw(self, raw: Callable[[], Awaitable[None] | None]) -> None:
        """Run this function at the end, in the order in which it and the statements of `after` were given."""
        self.after_work.append(raw)

    async def run(self, backwards: bool = False) -> None:  # noqa: FBT001, FBT002 - Piccolo's signature
        """Run forwards in one transaction, which Piccolo's own joins. Migrations go forward only."""
        assert not backwards, "migrations go forward only; restore a backup instead"
        async with ENGINE.transaction():
            for statement in self.before_sql:
                await run_sql(statement)
            await super().run(backwards=False)
            for work in () if self.preview else self.after_work:
                await _do(work)


def _described(columns: Columns) -> Sequence[tuple[str, type[Column], Mapping[str, Any]]]:
    if isinstance(columns, Mapping):
        # What Piccolo itself would have written out here.
        return [(name, type(column), column._meta.params) for name, column in columns.items()]  # noqa: SLF001
    return columns


async def _do(work: str | Callable[[], Awaitable[None] | None]) -> None:
    if isinstance(work, str):
        await run_sql(work)
        return
    result = work()
    if inspect.isawaitable(result):
        await result


async def run_sql(statements: str) -> None:
    """Run one or several statements on the connection of the migration that is under way."""
    current = ENGINE.current_transaction.get()
    assert current is not None, "SQL of a migration runs inside it"
    # The driver takes exactly str, and `Statement` is a subclass of it.
    await current.connection.execute(str(statements))


def grant(schema: str, table: str, rights: str = "SELECT, INSERT, UPDATE, DELETE") -> Statement:
    """Give the statement that lets the application role do `rights` on a table; append-only tables get "SELECT, INSERT"."""
    return Statement(f'GRANT {rights} ON "{schema}"."{table}" TO {APP_ROLE}; GRANT USAGE ON ALL SEQUENCES IN SCHEMA "{schema}" TO {APP_ROLE}')


def row_policy(schema: str, table: str, condition: str) -> Statement:
    """Give the statements of row level security, forced on the owner too: rows that meet the condition, and all rows to operator and worker."""
    name, rule = f'"{schema}"."{table}"', f"({STAFF} OR {condition})"
    return Statement(f"{_forced(name)}; CREATE POLICY tenant ON {name} USING {rule} WITH CHECK {rule}")


def tenant_policy(schema: str, table: str, *columns: str) -> Statement:
    """Give `row_policy` for rows of which one of these columns names the acting organisation."""
    return row_policy(schema, table, " OR ".join(f"{column} = {ACTING}" for column in columns))


def staff_policy(schema: str, table: str) -> Statement:
    """Give row level security for what everybody's acts write and only operator and worker read.

    A member's statement has no RETURNING and no conflict target there, since both read. The owner passes, so that a function of the
    owner's can answer whoever knows a whole key.
    """
    name = f'"{schema}"."{table}"'
    return Statement(
        f"{_forced(name)}; CREATE POLICY staff ON {name} USING ({STAFF}); CREATE POLICY written ON {name} FOR INSERT WITH CHECK (true); "
        f"CREATE POLICY keyed ON {name} TO CURRENT_USER USING (true)"
    )


def _forced(name: str) -> str:
    return f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY; ALTER TABLE {name} FORCE ROW LEVEL SECURITY"


def composite_key(schema: str, table: str, *columns: str) -> Statement:
    """Give the statement that replaces Piccolo's one-column primary key by a composite one."""
    name = f'"{schema}"."{table}"'
    return Statement(f"ALTER TABLE {name} DROP CONSTRAINT IF EXISTS {table}_pkey; ALTER TABLE {name} ADD PRIMARY KEY ({', '.join(columns)})")


def registry() -> AppRegistry:
    """List the Piccolo apps of the packages that have one, lowest package first."""
    return AppRegistry(apps=[f"{package}.piccolo_app" for package, _ in STAIR if _has_app(package)])


def _has_app(package: str) -> bool:
    try:
        return find_spec(f"{package}.piccolo_app") is not None
    except ModuleNotFoundError:
        return False


def apps() -> list[AppConfig]:
    """Give the Piccolo apps in the order of the stair."""
    by_name = registry().app_configs
    return [by_name[schema] for schema in SCHEMAS if schema in by_name]


async def migrate(settings: Settings) -> list[str]:
    """Bring the database up to date and give the names of the migrations that ran; twice changes nothing.

    A second migrator waits for the first (advisory lock on a direct connection). Each migration is one transaction together with its row
    in `migration`, and its raw functions run after its tables are made.

    Raises: WrongDatabase when the encoding is not UTF-8; the database's own error when a migration fails.
    """
    connection = await asyncpg.connect(owner_url(settings), server_settings={"application_name": "marketplace migrate"})
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
        await connection.execute(f"SET lock_timeout = {settings.lock_timeout_ms}")
        await _prepare(connection)
        # Row level security is forced, and migrations that fill tables act as the operator.
        limits = {"lock_timeout": str(settings.lock_timeout_ms), "app.role": "operator"}
        ENGINE.config = {"dsn": owner_url(settings), "server_settings": limits}
        with contextlib.redirect_stdout(io.StringIO()):
            return await _run_all()
    finally:
        await connection.close()


async def _prepare(connection: asyncpg.Connection[Record]) -> None:
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding != "UTF8":
        raise WrongDatabase(f"The database is encoded as {encoding}; make it with ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0.")
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", APP_ROLE):
        await connection.execute(f"CREATE ROLE {APP_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS")
    if not await connection.fetchval("SELECT pg_has_role(current_user, $1, 'MEMBER')", APP_ROLE):
        # Where one login serves and migrates, it must be able to step down to the application's role.
        await connection.execute(f"GRANT {APP_ROLE} TO CURRENT_USER")
    for extension in EXTENSIONS:
        await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    for schema in SCHEMAS:
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}; GRANT USAGE ON SCHEMA {schema} TO {APP_ROLE}")


async def _run_all() -> list[str]:
    manager = BaseMigrationManager()
    async with ENGINE.transaction():
        await manager.create_migration_table()
    names = []
    for app in apps():
        ran = set(await Row.get_migrations_which_ran(app_name=app.app_name))
        modules = manager.get_migration_modules(app.resolved_migrations_folder_path)
        for name in sorted(set(modules) - ran):
            try:
                async with ENGINE.transaction():
                    response = await modules[name].forwards()
                    if response is not None:
                        await _run(response)
                    await Row.insert(Row(name=name, app_name=app.app_name))
            except asyncpg.PostgresError as error:
                error.add_note(f"in migration {name}")
                raise
            names.append(name)
    return names


async def _run(manager: MigrationManager) -> None:
    # A plain manager of Piccolo's gets the same order: its raw functions after its tables.
    functions, manager.raw = manager.raw, []
    await manager.run()
    for function in functions:
        await _do(function)
