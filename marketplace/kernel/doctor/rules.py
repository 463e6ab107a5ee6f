"""Owns what must stand behind row level security, and the list of what need not, each with its reason."""

from __future__ import annotations

from typing import Final

# A table with one of these columns holds what belongs to somebody.
TENANT_COLUMNS: Final = ("organisation_id", "buyer_id", "vendor_id", "supplier_id")

# These have such a column and no row level security. Whoever adds one says why.
OPEN_TABLES: Final[dict[str, str]] = {
    "kernel.sessions": "Found by the hash of a token, before it is known who sent it.",
    "vendors.suppliers": "The profile of a supplier is public.",
    "vendors.supplier_checks": "What was checked of a supplier, and when, stands beside every offer.",
    "vendors.sites": "Every visitor's arrival day is counted from a site's hours and place.",
    "vendors.offers": "Every visitor compares the offers of all suppliers; drafts, and what a supplier shows to some only, are kept back by the queries that list them.",
    "vendors.offer_keys": "A supplier's own numbers, printed on its public offers; the key makes them unique.",
    "services.freight_tables": "Every visitor's freight is worked out from the tables of all suppliers.",
    "trust.supplier_rates": "A supplier's record is public.",
    "trust.stale_suppliers": "Ids of suppliers whose public record is to be worked out again.",
}

# These are walled for whoever acts for an organisation, and read while nobody does.
SIGN_IN_TABLES: Final[dict[str, str]] = {
    "kernel.memberships": "Read while somebody signs in and while a session is looked up, before it is known for whom they act.",
}

# These have no such column and still hold what belongs to somebody.
CLOSED_TABLES: Final[dict[str, str]] = {
    "kernel.outbox": "Facts name both sides of a deal: everybody's acts write them, operator and worker read them.",
    "kernel.state_log": "Tells who did what to which order: operator and worker read it whole; one thing's states are given to whoever knows its whole key.",
    "kernel.idempotency_keys": "Tells who did what, and holds the answers: given by functions to whoever knows caller, route and key; counted by the worker.",
    "vendors.stock_movements": "Tells what a supplier sells: it reads and writes those of its own offers.",
}
