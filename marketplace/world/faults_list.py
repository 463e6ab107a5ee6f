"""Owns the list of guards that are removed one at a time, each with the tests that have to miss it."""

from __future__ import annotations

from typing import Final

import msgspec


class Cut(msgspec.Struct, frozen=True):
    """One exact text in one file, and what stands there instead when the guard is gone."""

    path: str
    guard: str
    instead: str


class Fault(msgspec.Struct, frozen=True):
    """A guard, which may have several parts that stand in for each other, and the tests beside it."""

    name: str
    cuts: tuple[Cut, ...]
    tests: tuple[str, ...]


MATRIX: Final = "tests/matrix/test_matrix.py"
RACES: Final = "tests/races/test_checkout_races.py"
EXPIRIES: Final = "tests/races/test_expiry_races.py"
OFFER_WALLS: Final = "tests/vendors/test_offers_walls.py"
GUARDS: Final = "tests/edge/test_guard_races.py"
WALLS: Final = "tests/architecture/test_walls.py"
ACTING: Final = "tests/races/test_acting_routes.py"
FORMS: Final = "tests/races/test_acting_pages.py"

FAULTS: Final = (
    Fault(
        "an organisation's WHERE outside row level security: a supplier's own offer",
        (Cut("vendors/offers/queries_facts.py", 'OWN_WHERE = f"""o.supplier_id = $2 AND', 'OWN_WHERE = f"""$2::uuid IS NOT NULL AND'),),
        (f"{MATRIX}::test_matrix[GET_/api/v1/offers/{{offer_id:uuid}}-supplier_b-foreign]",),
    ),
    Fault(
        "an organisation's WHERE outside row level security: the lock on an offer before a change",
        (
            Cut(
                "vendors/offers/queries.py",
                "WHERE supplier_id = $1 AND id = $2 FOR NO KEY UPDATE",
                "WHERE $1::uuid IS NOT NULL AND id = $2 FOR NO KEY UPDATE",
            ),
        ),
        (f"{OFFER_WALLS}::test_anothers_offer_is_not_found_and_stays_as_it_was[state]",),
    ),
    Fault(
        "a policy of row level security with the WHERE behind it: addresses",
        (
            Cut("buyers/piccolo_migrations/buyers_0001_companies.py", '    tenant_policy("buyers", "addresses", "organisation_id"),\n', ""),
            Cut(
                "buyers/addresses/queries.py",
                'FROM buyers.addresses WHERE id = $1 AND organisation_id = $2"',
                'FROM buyers.addresses WHERE id = $1 AND $2::uuid IS NOT NULL"',
            ),
        ),
        (f"{MATRIX}::test_matrix[GET_/api/v1/addresses/{{address_id:uuid}}-buyer_b-foreign]",),
    ),
    Fault(
        "a policy of row level security with the WHERE behind it: orders",
        (
            Cut(
                "marketplace/trade/piccolo_migrations/trade_0002_orders_walls.py",
                '"buyer_id", "vendor_id") for table in SHARED]',
                '"buyer_id", "vendor_id") for table in SHARED if table != "orders"]',
            ),
            Cut(
                "marketplace/trade/orders/queries_lists.py",
                "WHERE o.id = $1 AND (o.buyer_id = $2 OR o.vendor_id = $2 OR $3)",
                "WHERE o.id = $1 AND ($2::uuid IS NOT NULL OR $3)",
            ),
        ),
        (f"{MATRIX}::test_matrix[GET_/api/v1/orders/{{order_id:uuid}}-buyer_b-foreign]",),
    ),
    Fault(
        "a policy of row level security whose WHERE still stands: shares of payments",
        (
            Cut(
                "marketplace/trade/piccolo_migrations/trade_0002_orders_walls.py",
                '"buyer_id", "vendor_id") for table in SHARED]',
                '"buyer_id", "vendor_id") for table in SHARED if table != "payment_shares"]',
            ),
        ),
        (f"{WALLS}::test_without_a_where_everybody_reads_their_own_rows_alone[buyer_b-trade.payment_shares]",),
    ),
    Fault(
        "a conditional UPDATE with its lock: stock that is taken",
        (
            Cut(
                "vendors/stock/queries.py",
                "AND (k.on_hand - k.reserved - k.safety >= n.quantity OR o.allows_backorder) RETURNING",
                "RETURNING",
            ),
            Cut(
                "vendors/offers/queries_facts.py",
                "ORDER BY k.product_id, k.offer_id, k.site_id FOR UPDATE OF k",
                "ORDER BY k.product_id, k.offer_id, k.site_id",
            ),
        ),
        (f"{GUARDS}::test_the_last_piece_is_sold_once_to_four_buyers_at_once",),
    ),
    Fault(
        "a lock with its second look: stock that is kept while its time ends",
        (
            Cut(
                "vendors/stock/service.py",
                "        await queries.lock_levels_of_order(order_id)\n        await queries.keep(order_id)\n",
                "        await queries.keep(order_id)\n",
            ),
            Cut(
                "vendors/stock/queries.py",
                "AND r.quantity = u.quantity AND r.state = 'open' AND ($4 <> 'expired' OR r.expires_at <= $5) RETURNING",
                "AND r.quantity = u.quantity AND r.state = 'open' AND ($4 <> '' OR $5::timestamptz IS NOT NULL) RETURNING",
            ),
        ),
        (f"{EXPIRIES}::test_stock_of_an_order_that_is_accepted_first_does_not_end_with_its_time",),
    ),
    Fault(
        "a conditional UPDATE: the state and version of an order",
        (
            Cut(
                "marketplace/trade/orders/queries.py",
                "WHERE id = $1 AND state = ANY($3) AND version = $4 RETURNING",
                "WHERE id = $1 AND cardinality($3::text[]) > 0 AND $4::bigint > 0 RETURNING",
            ),
        ),
        (f"{GUARDS}::test_sixteen_acceptances_at_once_change_an_order_once",),
    ),
    Fault(
        "a rounding: half a minor unit is cut off",
        (
            Cut(
                "marketplace/kernel/money.py",
                "rounded = (2 * abs(numerator) + denominator) // (2 * denominator)",
                "rounded = abs(numerator) // denominator",
            ),
        ),
        ("tests/kernel/test_money.py",),
    ),
    Fault(
        "a row of the policy table: whoever only looks writes addresses",
        (
            Cut(
                "buyers/addresses/pages.py",
                'Policy("POST /addresses", ("buyer:purchaser",), acts=True)',
                'Policy("POST /addresses", ("buyer",), acts=True)',
            ),
        ),
        ("tests/buyers/test_buyers_pages.py::test_a_viewer_reads_and_changes_nothing",),
    ),
    Fault(
        "an idempotency check: a key that was used works again",
        (
            Cut(
                "marketplace/kernel/http/acting.py",
                "return await done() if claim.is_new else _Kept(claim.status, claim.body, claim.content_type)",
                "return await done()",
            ),
        ),
        (f"{ACTING}::test_64_parallel_calls_with_one_key_have_one_effect[POST_/api/v1/checkout]",),
    ),
    Fault(
        "an idempotency check: a key takes another body",
        (Cut("marketplace/kernel/http/acting.py", 'request.scope["path"], content)', 'request.scope["path"], b"")'),),
        (f"{ACTING}::test_64_parallel_calls_with_one_key_have_one_effect[POST_/api/v1/addresses]",),
    ),
    Fault(
        "an idempotency check: a page's form works again, as by a double click",
        (
            Cut(
                "marketplace/kernel/http/acting.py",
                "    kept = await _run(request, key, content, located, principal=_principal(request, is_of_person=is_of_person))\n",
                "    kept = await located()\n",
            ),
        ),
        (f"{FORMS}::test_64_parallel_posts_with_one_key_have_one_effect[POST_/addresses]",),
    ),
    Fault(
        "a step up: whoever finds a browser open makes a key",
        (
            Cut(
                "marketplace/kernel/keys/pages.py",
                'Policy("POST /members/api-keys", IN_CHARGE, acts=True, steps_up=True)',
                'Policy("POST /members/api-keys", IN_CHARGE, acts=True)',
            ),
        ),
        ("tests/kernel/test_identity_step_up.py::test_a_form_sent_an_hour_after_signing_in_asks_for_the_password_and_keeps_what_was_typed",),
    ),
    Fault(
        "a sort of the lock order: stock rows as the cart names them",
        (
            Cut(
                "marketplace/trade/checkout/service.py",
                "sorted({(line.product_id, line.offer_id) for line in cart.lines})",
                "[(line.product_id, line.offer_id) for line in cart.lines]",
            ),
            Cut(
                "vendors/offers/queries_facts.py",
                'FROM unnest($2::uuid[], $3::uuid[]) AS n(product_id, offer_id)\n  JOIN vendors.offers o ON o.product_id = n.product_id AND o.id = n.offer_id {JOINS} {_SIGHT.format(viewer="$4::uuid", sees_all="$5::boolean")}\n  JOIN vendors.stock_levels',
                'FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS n(product_id, offer_id, place)\n  JOIN vendors.offers o ON o.product_id = n.product_id AND o.id = n.offer_id {JOINS} {_SIGHT.format(viewer="$4::uuid", sees_all="$5::boolean")}\n  JOIN vendors.stock_levels',
            ),
            Cut(
                "vendors/offers/queries_facts.py", "ORDER BY k.product_id, k.offer_id, k.site_id FOR UPDATE OF k", "ORDER BY n.place FOR UPDATE OF k"
            ),
        ),
        (f"{RACES}::test_crossing_carts_never_deadlock",),
    ),
)
