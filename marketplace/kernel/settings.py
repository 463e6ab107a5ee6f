"""Owns the settings: read once from the environment, checked, and passed on as one frozen Struct."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an installation can set. Durations are seconds unless the name says otherwise; money settings are ISO 4217 codes."""

    database_url: str = ""
    database_direct_url: str = ""
    database_owner_url: str = ""
    data_dir: str = ""
    pool_size: int = 10
    statement_cache_size: int = 1024
    redis_url: str = ""
    public_url: str = "http://127.0.0.1:8000"
    secret_key: str = ""
    files_dir: str = ""
    smtp_url: str = ""
    reference_currency: str = "EUR"
    fx_max_age_hours: int = 96
    trusted_proxies: tuple[str, ...] = ()
    stripe_api_key: str = ""
    market_name: str = "Marketplace"
    session_hours: int = 12
    acceptance_hours: int = 48
    payment_days: int = 30
    web_statement_timeout_ms: int = 5000
    worker_statement_timeout_ms: int = 60000
    lock_timeout_ms: int = 2000
    upload_bytes_max: int = 10_000_000
    json_bytes_max: int = 1_000_000
    log_requests: bool = True
    rate_limit_per_minute: int = 1200
    show_gross: bool = False
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
