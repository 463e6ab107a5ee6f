"""Owns the settings: read once from the environment, checked, and passed on as one frozen Struct."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

SECRET_LENGTH_MIN = 16
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an installation can set. Durations are seconds unless the name says otherwise; money settings are ISO 4217 codes."""

    # PostgreSQL that serves; empty starts the embedded one.
    database_url: str = ""
    # The same database past a pooler, for LISTEN and the migration lock.
    database_direct_url: str = ""
    # The role that owns the tables and migrates; empty means the same as DATABASE_URL.
    database_owner_url: str = ""
    # Where the embedded database lives.
    data_dir: str = ""
    # Connections of one process.
    pool_size: int = 10
    # 0 behind PgBouncer in transaction mode.
    statement_cache_size: int = 1024
    # Optional: rate limits shared by several processes.
    redis_url: str = ""
    # The address people use; https but on loopback.
    public_url: str = "http://127.0.0.1:8000"
    # Signs sessions' forms and cursors and seals second factors; 16 characters or more, never changed lightly.
    secret_key: str = ""
    # Where files are kept.
    files_dir: str = ""
    # Reserved for mail; nothing is sent yet.
    smtp_url: str = ""
    # Lists show lowest prices in it (ISO 4217).
    reference_currency: str = "EUR"
    # Checkout refuses exchange rates older than this, and freight is not converted by them.
    fx_max_age_hours: int = 96
    # Addresses whose X-Forwarded-For counts, separated by commas.
    trusted_proxies: tuple[str, ...] = ()
    # Reserved for card payments; none are taken yet.
    stripe_api_key: str = ""
    # What the market calls itself.
    market_name: str = "Marketplace"
    # How long a session lasts.
    session_hours: int = 12
    # How long after typing the password a session may hand out power: keys, roles, invitations.
    step_up_minutes: int = 60
    # The longest statement of a page or call.
    web_statement_timeout_ms: int = 5000
    # The longest statement of the worker.
    worker_statement_timeout_ms: int = 60000
    # The longest wait for a row that somebody else holds.
    lock_timeout_ms: int = 2000
    # The largest upload.
    upload_bytes_max: int = 10_000_000
    # The largest files of offers over HTTP: rows, columns, characters of a cell. The command line takes any number of rows.
    import_rows_max: int = 100_000
    import_columns_max: int = 200
    import_cell_characters_max: int = 32_000
    # The largest JSON body or form.
    json_bytes_max: int = 1_000_000
    # One line of JSON a request on standard output, and one a handled fact on the worker's standard error.
    log_requests: bool = True
    # API calls of one caller a minute; keys and sessions that do not hold count against their address.
    rate_limit_per_minute: int = 1200
    # Pages of one address a minute, for readers who have not signed in; whole offices share one.
    page_rate_limit_per_minute: int = 3000
    # Marks the pages as a demonstration.
    is_demo: bool = False


class BadSetting(Exception):
    """A setting cannot be used; the message names it and says what it takes."""


def checkout_dir() -> Path:
    """Give the folder this code runs from, which names the default data folder."""
    return Path(__file__).resolve().parents[2]


def default_data_dir() -> Path:
    """Give the default folder for data and files: under the system's var temp, named by a hash of the checkout."""
    digest = hashlib.sha256(str(checkout_dir()).encode()).hexdigest()[:12]
    base = Path("/var/tmp") if Path("/var/tmp").is_dir() else Path(tempfile.gettempdir())  # noqa: S108 - shared by every user's server on purpose
    return base / f"marketplace-{digest}"


def check(settings: Settings) -> None:
    """Refuse settings that a server or worker must not run with.

    Raises: BadSetting for a secret under 16 characters, or a public address where sessions would travel in the clear.
    """
    if len(settings.secret_key) < SECRET_LENGTH_MIN:
        raise BadSetting(f"SECRET_KEY needs at least {SECRET_LENGTH_MIN} characters; it signs sessions, forms and cursors")
    public = urlsplit(settings.public_url)
    if not public.hostname or not (public.scheme == "https" or (public.scheme == "http" and public.hostname in LOOPBACK)):
        raise BadSetting("PUBLIC_URL begins with https://; http is for this machine alone (127.0.0.1, localhost)")


def load(environment: dict[str, str] | None = None) -> Settings:
    """Read the settings from the environment (names in capitals, `DATABASE_URL` and so on).

    Raises: BadSetting when a value does not fit its type.
    """
    source = os.environ if environment is None else environment
    raw: dict[str, object] = {}
    for field in msgspec.structs.fields(Settings):
        value = source.get(field.name.upper())
        if value is None or value == "":
            continue
        raw[field.name] = tuple(part.strip() for part in value.split(",")) if field.name == "trusted_proxies" else value
    raw.setdefault("data_dir", str(default_data_dir()))
    raw.setdefault("files_dir", str(Path(str(raw["data_dir"])) / "files"))
    try:
        return msgspec.convert(raw, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise BadSetting(f"{error} (settings are environment variables in capitals)") from None
