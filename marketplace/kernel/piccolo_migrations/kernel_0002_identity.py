"""Makes the tables of organisations, people, memberships, sessions, invitations and API keys, with their walls."""

from __future__ import annotations

from typing import Any, Final

from piccolo.columns import UUID, Array, BigInt, Bytea, Column, Integer, Text, Timestamptz

from marketplace.kernel.migrations import ACTING, Migration, grant, tenant_policy

ID = "kernel_0002_identity"
VERSION = "1.38.0"
DESCRIPTION = "Organisations, people, sessions and keys"

KEY: Final[dict[str, Any]] = {"primary_key": True}
UNIQUE: Final[dict[str, Any]] = {"unique": True}
NULLABLE: Final[dict[str, Any]] = {"null": True}
VERSIONED: Final[dict[str, Any]] = {"default": 1}
ACTIVE: Final[dict[str, Any]] = {"default": "active"}
TEXTS: Final[dict[str, Any]] = {"base_column": Text()}
TABLES: Final[dict[tuple[str, str], tuple[tuple[str, type[Column], dict[str, Any]], ...]]] = {
    ("Person", "people"): (
        ("id", UUID, KEY),
        ("email", Text, {}),
        ("email_canonical", Text, UNIQUE),
        ("name", Text, {}),
        ("password_hash", Text, {}),
        ("totp_secret_sealed", Bytea, NULLABLE),
        ("totp_last_step", BigInt, {"default": 0}),
        ("locale", Text, {"default": "en"}),
        ("state", Text, ACTIVE),
        ("version", Integer, VERSIONED),
        ("created_at", Timestamptz, {}),
    ),
    ("Organisation", "organisations"): (
        ("id", UUID, KEY),
        ("legal_name", Text, {}),
        ("display_name", Text, {}),
        ("name_skeleton", Text, UNIQUE),
        ("name_skeleton_cased", Text, UNIQUE),
        ("registration_number", Text, {"default": ""}),
        ("country", Text, {}),
        ("time_zone", Text, {}),
        ("locale", Text, {"default": "en"}),
        ("currency", Text, {}),
        ("capacities", Array, TEXTS),
        ("state", Text, ACTIVE),
        ("version", Integer, VERSIONED),
        ("created_at", Timestamptz, {}),
    ),
    ("Membership", "memberships"): (
        ("id", UUID, KEY),
        ("organisation_id", UUID, {}),
        ("person_id", UUID, {}),
        ("roles", Array, TEXTS),
        ("state", Text, ACTIVE),
        ("version", Integer, VERSIONED),
        ("created_at", Timestamptz, {}),
    ),
    ("Invitation", "invitations"): (
        ("id", UUID, KEY),
        ("organisation_id", UUID, {}),
        ("token_hash", Bytea, UNIQUE),
        ("email", Text, {}),
        ("email_canonical", Text, {}),
        ("roles", Array, TEXTS),
        ("state", Text, {"default": "open"}),
        ("invited_by", UUID, NULLABLE),
        ("created_at", Timestamptz, {}),
        ("expires_at", Timestamptz, {}),
        ("accepted_at", Timestamptz, NULLABLE),
    ),
    ("Session", "sessions"): (
        ("token_hash", Bytea, KEY),
        ("person_id", UUID, {}),
        ("organisation_id", UUID, NULLABLE),
        ("created_at", Timestamptz, {}),
        ("expires_at", Timestamptz, {}),
        ("stepped_up_at", Timestamptz, {}),
    ),
    ("LoginAttempt", "login_attempts"): (
        ("subject", Text, KEY),
        ("window_start", Timestamptz, {}),
        ("attempts", Integer, {"default": 0}),
    ),
    ("ApiKey", "api_keys"): (
        ("id", UUID, KEY),
        ("organisation_id", UUID, {}),
        ("prefix", Text, UNIQUE),
        ("secret_hash", Bytea, {}),
        ("name", Text, {}),
        ("scopes", Array, TEXTS),
        ("roles", Array, TEXTS),
        ("networks", Array, TEXTS),
        ("created_by", UUID, NULLABLE),
        ("created_at", Timestamptz, {}),
        ("expires_at", Timestamptz, {}),
        ("last_used_at", Timestamptz, NULLABLE),
        ("revoked_at", Timestamptz, NULLABLE),
        ("replaced_by", UUID, NULLABLE),
        ("version", Integer, VERSIONED),
    ),
}
SQL: Final[tuple[str, ...]] = (
    (
        "ALTER TABLE kernel.people ADD CHECK (state IN ('active', 'closed')), ADD CHECK (length(email) <= 254 AND email !~ '[\\r\\n]'), "
        "ADD CHECK (totp_last_step >= 0), ADD CHECK (locale IN ('en', 'vi', 'ar')), ADD CHECK (name <> '')"
    ),
    (
        "ALTER TABLE kernel.organisations ADD CHECK (state IN ('active', 'suspended', 'closed')), ADD CHECK (country ~ '^[A-Z]{2}$'), "
        "ADD CHECK (currency ~ '^[A-Z]{3}$'), ADD CHECK (locale IN ('en', 'vi', 'ar')), ADD CHECK (legal_name <> '' AND display_name <> ''), "
        "ADD CHECK (capacities <@ ARRAY['buyer', 'supplier', 'operator'] AND cardinality(capacities) > 0)"
    ),
    'CREATE INDEX organisations_by_name ON kernel.organisations (display_name COLLATE "C", id)',
    "CREATE INDEX organisations_by_legal_name ON kernel.organisations USING gin (legal_name gin_trgm_ops)",
    "CREATE INDEX organisations_by_display_name ON kernel.organisations USING gin (display_name gin_trgm_ops)",
    (
        "ALTER TABLE kernel.memberships ADD UNIQUE (organisation_id, person_id), ADD CHECK (state IN ('active', 'removed')), "
        "ADD CHECK (state = 'removed' OR cardinality(roles) > 0), ADD FOREIGN KEY (organisation_id) REFERENCES kernel.organisations (id), "
        "ADD FOREIGN KEY (person_id) REFERENCES kernel.people (id)"
    ),
    "CREATE INDEX memberships_by_person ON kernel.memberships (person_id) WHERE state = 'active'",
    (
        "ALTER TABLE kernel.invitations ADD CHECK (state IN ('open', 'accepted', 'withdrawn')), ADD CHECK (cardinality(roles) > 0), "
        "ADD CHECK ((state = 'accepted') = (accepted_at IS NOT NULL)), ADD FOREIGN KEY (organisation_id) REFERENCES kernel.organisations (id), "
        "ADD FOREIGN KEY (invited_by) REFERENCES kernel.people (id)"
    ),
    # One open invitation for an address in an organisation: inviting again replaces the link.
    "CREATE UNIQUE INDEX invitations_open ON kernel.invitations (organisation_id, email_canonical) WHERE state = 'open'",
    (
        "ALTER TABLE kernel.sessions ADD FOREIGN KEY (person_id) REFERENCES kernel.people (id) ON DELETE CASCADE, "
        "ADD FOREIGN KEY (organisation_id) REFERENCES kernel.organisations (id) ON DELETE CASCADE, "
        "ADD CHECK (octet_length(token_hash) = 32), ADD CHECK (expires_at > created_at)"
    ),
    "CREATE INDEX sessions_by_person ON kernel.sessions (person_id)",
    "CREATE INDEX sessions_by_expiry ON kernel.sessions (expires_at)",
    "ALTER TABLE kernel.login_attempts ADD CHECK (attempts >= 0)",
    "CREATE INDEX login_attempts_by_window ON kernel.login_attempts (window_start)",
    (
        "ALTER TABLE kernel.api_keys ADD FOREIGN KEY (organisation_id) REFERENCES kernel.organisations (id), "
        "ADD FOREIGN KEY (created_by) REFERENCES kernel.people (id), ADD CHECK (octet_length(secret_hash) = 32), ADD CHECK (cardinality(scopes) > 0), "
        "ADD CHECK (expires_at > created_at), ADD CHECK (name <> '')"
    ),
    "CREATE INDEX api_keys_by_organisation ON kernel.api_keys (organisation_id, created_at)",
    grant("kernel", "people", "SELECT, INSERT, UPDATE"),
    grant("kernel", "organisations", "SELECT, INSERT, UPDATE"),
    grant("kernel", "memberships", "SELECT, INSERT, UPDATE"),
    grant("kernel", "invitations", "SELECT, INSERT, UPDATE"),
    grant("kernel", "sessions"),
    grant("kernel", "login_attempts"),
    grant("kernel", "api_keys", "SELECT, INSERT, UPDATE"),
    tenant_policy("kernel", "memberships", "organisation_id"),
    # Whoever signs in acts for nobody yet, and a session is looked up before its caller is known.
    f"CREATE POLICY unsigned ON kernel.memberships FOR SELECT USING ({ACTING} IS NULL)",
    tenant_policy("kernel", "invitations", "organisation_id"),
    tenant_policy("kernel", "api_keys", "organisation_id"),
)


async def forwards() -> Migration:
    """Make the tables, then their checks, keys, indexes, rights and row level security."""
    migration = Migration(migration_id=ID, app_name="kernel", description=DESCRIPTION)
    migration.tables(TABLES)
    migration.after(*SQL)
    return migration
