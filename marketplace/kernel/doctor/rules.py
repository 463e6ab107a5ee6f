"""Owns what must stand behind row level security, and the list of what need not, each with its reason: every table is one or the other."""

from __future__ import annotations

from typing import Final

# A table with one of these columns holds what belongs to somebody.
TENANT_COLUMNS: Final = ("organisation_id", "buyer_id", "vendor_id", "supplier_id")

# These have no row level security. Whoever adds a table without a wall says why; doctor finds one that is not here.
OPEN_TABLES: Final[dict[str, str]] = {
    "kernel.organisations": "Names of companies stand on public pages and orders; what else is in a row, only its own services read.",
    "kernel.people": "Found by e-mail address before it is known who signs in; other people's are read through their membership alone.",
    "kernel.login_attempts": "Counts of tries by account and address, before it is known who tries.",
    "kernel.allowed_edges": "The edges of the state machines, from the code.",
    "kernel.fx_rates": "Exchange rates are public.",
    "kernel.stamps": "How often rows that everybody reads have changed.",
    "kernel.inbox": "Which handler has done which fact: ids of facts and nothing of what they tell.",
    "kernel.job_runs": "When each timer ran: nobody's.",
    "kernel.sessions": "Found by the hash of a token, before it is known who sent it.",
    "catalogue.units": "The catalogue is public.",
    "catalogue.product_types": "The catalogue is public.",
    "catalogue.type_followers": "The catalogue is public.",
    "catalogue.products": "The catalogue is public; what is not published is kept back by its queries.",
    "catalogue.product_texts": "The catalogue is public.",
    "catalogue.product_identifiers": "The catalogue is public.",
    "catalogue.match_keys": "Normalised numbers and words of public products.",
    "catalogue.match_candidates": "Which public products may be the same: read by the operator's pages alone, and nobody's own.",
    "catalogue.merges": "Which product was merged into which; it names the product's public fields, and who did it only by id.",
    "catalogue.categories": "The catalogue is public.",
    "catalogue.category_descendants": "The catalogue is public.",
    "catalogue.category_attributes": "The catalogue is public.",
    "catalogue.schema_versions": "The catalogue is public; who published a version is shown to the operator alone.",
    "catalogue.number_flags": "The catalogue is public.",
    "catalogue.approval_rules": "By which rules fields of products change without a look is published, whose supplier a rule names too.",
    "catalogue.product_sortings": "Why a product stands in its category is the catalogue's own; it names no organisation.",
    "catalogue.sorting_corrections": "Where the operator moved products names no organisation.",
    "catalogue.sorting_rules": "The rules that sort products are published.",
    "catalogue.sorting_runs": "How far the sorting of all products is, which is about no organisation.",
    "catalogue.product_changes": "What of a public product was changed and when; whose proposal it was stands behind the wall of proposals.",
    "catalogue.import_runs": "Files of the catalogue that the operator brought in.",
    "catalogue.import_errors": "What was wrong in lines of the operator's files of the catalogue.",
    "catalogue.import_mappings": "How the operator reads files of the catalogue, by their heads.",
    "vendors.suppliers": "The profile of a supplier is public.",
    "vendors.supplier_checks": "What was checked of a supplier, and when, stands beside every offer.",
    "vendors.certificates": "A supplier shows its certificates to everybody.",
    "vendors.sites": "Every visitor's arrival day is counted from a site's hours and place.",
    "vendors.site_exceptions": "Every visitor's arrival day is counted from a site's closed and opened days.",
    "vendors.offers": "Every visitor compares the offers of all suppliers; drafts, and what a supplier shows to some only, are kept back by the queries that list them.",
    "vendors.offer_keys": "A supplier's own numbers, printed on its public offers; the key makes them unique.",
    "vendors.price_versions": "Every visitor compares the prices of all suppliers; a row is an offer's, and every write names its supplier.",
    "vendors.price_withdrawals": "Which coming prices never come into force: whatever asks for the price of a moment reads it.",
    "vendors.stock_levels": "Every visitor sees what is available; a row is an offer's, and every write of a supplier's names the supplier.",
    "services.freight_tables": "Every visitor's freight is worked out from the tables of all suppliers.",
    "services.freight_zones": "Part of a freight table.",
    "services.freight_zone_areas": "Part of a freight table.",
    "services.freight_rates": "Part of a freight table.",
    "services.freight_surcharges": "Part of a freight table.",
    "services.duty_rates": "Duties are public.",
    "services.customs_unions": "Which country is in which customs union is public.",
    "services.freight_packings": "Every visitor's freight by the pallet is worked out from what each supplier puts on one.",
    "trust.supplier_rates": "A supplier's record is public.",
    "trust.category_means": "What all suppliers of a category come to together is published with the formula.",
    "trust.stale_suppliers": "Ids of suppliers whose public record is to be worked out again.",
    "trade.search_documents": "The public texts of published products.",
    "trade.search_words": "Words of public texts and how often they come.",
    "trade.search_synonyms": "Ways of saying things, kept by the operator; they name nobody.",
    "trade.facet_products": "What lists need of published products and of the offers on them, each with the mark that says who sees it.",
    "trade.facet_sellers": "Which suppliers sell under which mark and in which currency, as offers say, by a number; who sees what, the reader's statement decides.",
    "trade.suggestions": "Public names and words of searches; they name nobody.",
    "trade.suggestion_askers": "Digests of an organisation and words that it looked for: neither can be read out of it, and each is counted only.",
    "trade.search_touched": "Which products facts have named of late; it names nobody.",
    "trade.search_misses": "Searches that found nothing, by day and language; they name nobody.",
    "trade.ranking_versions": "The weights of the ranking are published.",
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
