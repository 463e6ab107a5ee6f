"""Every invariant of every package finds the break that it is there for, in a market that breaks none of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest

from marketplace.app import PACKAGES
from tests.architecture.sources import ROOT
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from marketplace.kernel.package import Invariant
    from marketplace.kernel.settings import Settings

    Owner = asyncpg.Connection[asyncpg.Record]

pytestmark = pytest.mark.slow

INVARIANTS = {invariant.code: invariant for package in PACKAGES if package.name != "kernel" for invariant in package.invariants}
ONE_LEVEL = "(product_id, offer_id, site_id) = (SELECT l.product_id, l.offer_id, l.site_id FROM vendors.stock_levels l JOIN vendors.offers o ON o.id = l.offer_id AND NOT o.allows_backorder LIMIT 1)"
ONE_ORDER = "id = (SELECT min(id::text)::uuid FROM trade.orders)"
# Products that lead to the next one, without a merge.
MERGED = (
    "WITH r AS (SELECT id, lead(id) OVER (ORDER BY id) AS next, row_number() OVER (ORDER BY id) AS at FROM catalogue.products WHERE moved_to IS NULL) "
    "UPDATE catalogue.products p SET state = 'retired', moved_to = r.next FROM r"
)
# Code, the table whose own guards stand in the way, and the break.
BREAKS = {
    "K1": ("catalogue.category_descendants", "DELETE FROM catalogue.category_descendants WHERE depth = 0"),
    "K2": ("catalogue.product_identifiers", "DELETE FROM catalogue.product_identifiers WHERE scheme = 'gtin'"),
    "K3": (
        "catalogue.import_runs",
        (
            "INSERT INTO catalogue.import_runs (id, source, file_name, file_sha256, state, position, created_count, updated_count, unchanged_count, failed_count, "
            "warning_count, started_at) VALUES (gen_random_uuid(), 's', 'f', 'd', 'applied', 1, 1, 1, 0, 0, 0, $1::timestamptz)"
        ),
    ),
    "PR1": ("catalogue.product_changes", "DELETE FROM catalogue.product_changes"),
    "PR2": ("catalogue.proposals", "UPDATE catalogue.proposals SET state = 'rejected' WHERE state = 'accepted'"),
    "PR3": ("catalogue.proposals", "UPDATE catalogue.proposals SET state = 'sent' WHERE state = 'revision'"),
    "MT1": ("catalogue.products", f"{MERGED} WHERE r.id = p.id AND r.at <= 2"),
    "MT2": ("catalogue.products", f"{MERGED} WHERE r.id = p.id AND r.at = 1"),
    "MT3": ("catalogue.products", f"{MERGED} WHERE r.id = p.id AND r.at = 1"),
    "MV1": ("catalogue.products", f"{MERGED} WHERE r.id = p.id AND p.id = (SELECT min(o.product_id::text)::uuid FROM vendors.offers o)"),
    "MV2": (
        "vendors.offers",
        "UPDATE vendors.offers SET home_id = (SELECT min(p.id::text)::uuid FROM catalogue.products p WHERE p.id <> product_id)",
    ),
    "SO1": (
        "catalogue.product_sortings",
        (
            "WITH r AS (INSERT INTO catalogue.sorting_rules (id, category_id, kind, phrase, created_at) SELECT gen_random_uuid(), min(id::text)::uuid, 'brand', 'x', $1::timestamptz "
            "FROM catalogue.categories RETURNING id) INSERT INTO catalogue.product_sortings (product_id, category_id, rule_id, decided_by, at) "
            "SELECT min(p.id::text)::uuid, (SELECT max(id::text)::uuid FROM catalogue.categories), (SELECT id FROM r), 'rule', $1::timestamptz FROM catalogue.products p"
        ),
    ),
    "SO2": (
        "catalogue.product_sortings",
        (
            "INSERT INTO catalogue.product_sortings (product_id, category_id, decided_by, at) SELECT id, category_id, 'operator', $1::timestamptz "
            "FROM catalogue.products WHERE category_id IS NOT NULL LIMIT 1"
        ),
    ),
    "S1": ("vendors.stock_levels", f"UPDATE vendors.stock_levels SET reserved = on_hand + 1, short_since = NULL WHERE {ONE_LEVEL}"),
    "S2": ("vendors.stock_levels", f"UPDATE vendors.stock_levels SET on_hand = on_hand + 1 WHERE {ONE_LEVEL}"),
    "S3": ("vendors.stock_levels", f"UPDATE vendors.stock_levels SET reserved = reserved + 1 WHERE {ONE_LEVEL}"),
    "S4": (
        "vendors.stock_reservations",
        "UPDATE vendors.stock_reservations SET state = 'open', expires_at = $1::timestamptz - interval '301 seconds'",
    ),
    "F1": ("vendors.import_runs", "UPDATE vendors.import_runs SET error_count = error_count + 1"),
    "F2": ("vendors.import_rows", "UPDATE vendors.import_rows SET sku_key = sku_key || '-gone' WHERE kind = 'new'"),
    "V1": ("vendors.offer_keys", "DELETE FROM vendors.offer_keys"),
    "V2": ("vendors.price_versions", "UPDATE vendors.price_versions SET seq = seq + 1"),
    "V5": (
        "vendors.price_versions",
        "UPDATE vendors.price_versions SET is_withdrawn = true WHERE id = (SELECT min(id::text)::uuid FROM vendors.price_versions)",
    ),
    "V4": ("vendors.offers", "UPDATE vendors.offers SET is_watched = NOT is_watched"),
    "V3": ("vendors.suppliers", "UPDATE vendors.suppliers SET is_restricted = NOT is_restricted"),
    "L1": ("vendors.suppliers", "UPDATE vendors.suppliers SET state = 'paused'"),
    "L2": ("vendors.suppliers", "UPDATE vendors.supplier_acts SET act = 'give_notice', ends_on = '2027-01-01', closed_from = NULL, closed_to = NULL"),
    "L3": ("vendors.supplier_acts", "UPDATE vendors.supplier_acts SET from_state = 'paused'"),
    "L4": (
        "vendors.supplier_acts",
        (
            "UPDATE vendors.supplier_acts SET act = CASE act WHEN 'close' THEN 'give_notice' ELSE 'end' END, closed_from = NULL, closed_to = NULL, "
            "ends_on = CASE act WHEN 'close' THEN at::date + 30 END"
        ),
    ),
    "L5": ("vendors.certificates", "UPDATE vendors.certificates SET state = 'confirmed'"),
    "FT1": (
        "services.freight_tables",
        "INSERT INTO services.freight_tables SELECT (jsonb_populate_record(f, jsonb_build_object('id', gen_random_uuid()))).* FROM services.freight_tables f",
    ),
    "FT2": (
        "services.freight_tables",
        (
            "UPDATE services.freight_tables SET replaces_id = (SELECT f.id FROM services.freight_tables f WHERE f.supplier_id <> freight_tables.supplier_id "
            "ORDER BY f.id LIMIT 1) WHERE id = (SELECT max(id::text)::uuid FROM services.freight_tables)"
        ),
    ),
    "FT3": ("services.freight_zones", "UPDATE services.freight_zones SET step = 1, step_minor = 1, id = gen_random_uuid()"),
    "DT1": (
        "services.duty_rates",
        "INSERT INTO services.duty_rates SELECT (jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid()))).* FROM services.duty_rates d",
    ),
    "T1": (
        "trust.supplier_rates",
        (
            "INSERT INTO trust.supplier_rates (supplier_id, as_of, window_days, on_time_k, on_time_n, acceptance_k, acceptance_n, formula) "
            "VALUES (gen_random_uuid(), $1::timestamptz, 365, 2, 1, 0, 0, 'f')"
        ),
    ),
    "T2": ("trust.order_outcomes", "UPDATE trust.order_outcomes SET delivered_at = placed_at, accepted_at = NULL"),
    "T3": ("trust.order_outcomes", "UPDATE trust.order_outcomes SET accepted_at = accepted_at + interval '1 second' WHERE accepted_at IS NOT NULL"),
    "T4": ("trust.events", "UPDATE trust.events SET version = 2"),
    "T5": ("trust.contests", "UPDATE trust.contests SET event_version = event_version + 1"),
    "O1": ("trade.orders", f"UPDATE trade.orders SET gross_minor = gross_minor + 1 WHERE {ONE_ORDER}"),
    "O1-lines": ("trade.order_lines", "DELETE FROM trade.order_lines WHERE order_id = (SELECT min(id::text)::uuid FROM trade.orders)"),
    "O2": ("trade.order_group_totals", "UPDATE trade.order_group_totals SET freight_minor = freight_minor + 1"),
    "O3": ("trade.order_lines", "UPDATE trade.order_lines SET open = open + 1"),
    "O3-state": ("trade.orders", f"UPDATE trade.orders SET state = CASE state WHEN 'refused' THEN 'shipped' ELSE 'refused' END WHERE {ONE_ORDER}"),
    "O4": ("trade.orders", f"UPDATE trade.orders SET placed_at = placed_at + interval '1 second' WHERE {ONE_ORDER}"),
    "O5": ("trade.carts", "UPDATE trade.carts SET state = 'open'"),
    "O6": ("trade.order_lines", "UPDATE trade.order_lines SET unit_price = unit_price + 0.000001"),
    "GR1": ("trade.grid_saves", "UPDATE trade.grid_saves SET undoes_id = id"),
    "GR2": ("trade.grid_saves", "UPDATE trade.grid_saves SET changes = jsonb_set(changes, '{0,3}', '[[1, \"1\"]]')"),
    "R1": ("trade.ranking_versions", "UPDATE trade.ranking_versions SET version = version + 1"),
    "H1": ("trade.order_lines", "UPDATE trade.order_lines SET shipped = shipped + 1"),
    "H2": (
        "trade.shipments",
        "INSERT INTO trade.shipments SELECT (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid()))).* FROM trade.shipments s",
    ),
    "H4": ("trade.orders", f"UPDATE trade.orders SET state = 'shipped', may_ship = false WHERE {ONE_ORDER}"),
    "S4-orders": (
        "vendors.stock_reservations",
        "UPDATE vendors.stock_reservations SET state = CASE state WHEN 'open' THEN 'released' ELSE 'open' END",
    ),
    "P2": ("trade.payment_shares", "UPDATE trade.payment_shares SET refunded_minor = captured_minor + 1"),
    "P3-shares": ("trade.payment_shares", "UPDATE trade.payment_shares SET amount_minor = amount_minor + 1"),
    "P3-orders": ("trade.payment_shares", "UPDATE trade.payment_shares SET amount_minor = amount_minor + 1"),
    "P-voided": ("trade.orders", "UPDATE trade.orders SET state = 'refused', updated_at = $1::timestamptz - interval '61 seconds'"),
    "C1": ("trade.saved_comparisons", "UPDATE trade.saved_comparisons SET latest_seq = latest_seq + 1"),
    "G1-order": ("trade.orders", f"UPDATE trade.orders SET state = CASE state WHEN 'refused' THEN 'shipped' ELSE 'refused' END WHERE {ONE_ORDER}"),
    "G1-shipment": ("trade.shipments", "UPDATE trade.shipments SET state = 'lost'"),
    "G1-payment": ("trade.payments", "UPDATE trade.payments SET state = 'failed'"),
}
# The owner takes the guards away first: an invariant is for the day on which one of them did not hold.
UNGUARD = """
DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT c.conrelid::regclass AS relation, c.conname FROM pg_constraint c
    WHERE (c.conrelid = '{table}'::regclass OR c.confrelid = '{table}'::regclass) AND c.contype IN ('c', 'f') ORDER BY c.contype DESC
  LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.relation, found.conname); END LOOP;
  FOR found IN SELECT i.indexrelid::regclass AS relation FROM pg_index i
    WHERE i.indrelid = '{table}'::regclass AND i.indisunique AND NOT i.indisprimary AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
  LOOP EXECUTE format('DROP INDEX %s', found.relation); END LOOP;
  FOR found IN SELECT c.conname FROM pg_constraint c WHERE c.conrelid = '{table}'::regclass AND c.contype IN ('u', 'p', 'x')
  LOOP EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I CASCADE', found.conname); END LOOP;
  ALTER TABLE {table} DISABLE TRIGGER USER;
END $$
"""
# Broken by test_invariants and test_identity_invariants of the kernel, in a market of their own.
OF_THE_KERNEL = {"G1", "G1-links", "G2", "G3", "X1", "X2", "E2", "U1", "U1-sealed", "J3", "ID1", "ID2", "ID3"}


@pytest.fixture
async def owner(database: Settings) -> AsyncIterator[Owner]:
    """Connect as the owner, who acts as the worker and whose changes are taken back."""
    connection = await asyncpg.connect(database.database_owner_url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SELECT set_config('app.role', 'worker', true)")
    try:
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()


async def rows(owner: Owner, invariant: Invariant) -> int:
    """Count what an invariant finds, facts on their way left out."""
    until = NOW - timedelta(seconds=invariant.lag_seconds)
    return len(await owner.fetch(invariant.sql, *([until] if "$1" in invariant.sql else [])))


def test_every_invariant_has_a_break_here_or_in_the_kernels_own_tests() -> None:
    kernel = next(package for package in PACKAGES if package.name == "kernel")
    assert {invariant.code for invariant in kernel.invariants} == OF_THE_KERNEL
    assert set(BREAKS) == set(INVARIANTS)
    told = "".join((ROOT / "tests/kernel" / name).read_text("utf-8") for name in ("test_invariants.py", "test_identity_invariants.py"))
    assert [code for code in sorted(OF_THE_KERNEL) if f'"{code}"' not in told] == []


@pytest.mark.parametrize("code", sorted(BREAKS))
async def test_an_invariant_finds_its_break(code: str, owner: Owner) -> None:
    table, damage = BREAKS[code]
    assert await rows(owner, INVARIANTS[code]) == 0
    await owner.execute(UNGUARD.format(table=table))
    status = await owner.execute(damage, *([NOW] if "$1" in damage else []))
    assert not status.endswith(" 0"), "the market has nothing to break"
    assert await rows(owner, INVARIANTS[code]) > 0
