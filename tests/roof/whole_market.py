"""Owns what the tests of the whole demo market read of it: sizes, fates of orders, spreads of prices, who comes first."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import asyncpg

from marketplace.kernel import postgres
from marketplace.kernel.currencies import exponent
from marketplace.kernel.settings import Settings
from marketplace.world.companies import COUNTRIES, FX_PER_EUR

if TYPE_CHECKING:
    from pathlib import Path

FIGURES = """SELECT (SELECT count(*) FROM vendors.suppliers) AS suppliers, (SELECT count(*) FROM catalogue.products) AS products,
  (SELECT count(*) FROM kernel.organisations WHERE 'buyer' = ANY(capacities)) AS buyers,
  (SELECT count(DISTINCT o.country) FROM kernel.organisations o JOIN vendors.suppliers s ON s.organisation_id = o.id) AS countries,
  (SELECT count(*) FROM vendors.offers) AS offers, count(*) AS orders,
  count(*) FILTER (WHERE state = 'delivered') AS delivered, count(*) FILTER (WHERE state = 'refused') AS refused,
  count(*) FILTER (WHERE state = 'cancelled') AS cancelled, count(*) FILTER (WHERE state = 'timed_out') AS unanswered,
  count(*) FILTER (WHERE state = 'awaiting_acceptance') AS waiting,
  (SELECT count(*) FROM trust.order_outcomes WHERE delivered_on > promised_on) AS late,
  (SELECT count(*) FROM (SELECT FROM trade.order_lines GROUP BY order_id HAVING sum(refused) > 0 AND sum(accepted) > 0) l) AS partly,
  (SELECT count(*) FROM vendors.stock_levels WHERE counted_at > max(placed_at) - interval '1 day') AS counted_today,
  (SELECT count(*) FROM vendors.stock_levels WHERE counted_at > max(placed_at) - interval '14 days') AS counted_in_two_weeks,
  (SELECT count(*) FROM vendors.stock_levels WHERE counted_at < max(placed_at) - interval '360 days') AS never_counted_again,
  (SELECT count(*) FROM vendors.price_versions WHERE seq > 1) AS price_changes,
  (SELECT count(DISTINCT offer_id) FROM vendors.price_versions WHERE valid_from > max(placed_at) - interval '91 days') AS priced_in_three_months,
  (SELECT count(DISTINCT supplier_id) FROM services.freight_tables WHERE valid_from > max(placed_at)::date - 92) AS freight_tables_of_a_quarter
  FROM trade.orders"""
PRICES = """SELECT DISTINCT ON (o.product_id, o.id) o.product_id, o.currency, v.tier_price[1]
  FROM vendors.offers o JOIN vendors.price_versions v ON v.product_id = o.product_id AND v.offer_id = o.id
  ORDER BY o.product_id, o.id, v.valid_from DESC, v.seq DESC"""


async def rows(home: Path, sql: str) -> list[asyncpg.Record]:
    """Read from the market that is open on this data folder."""
    server = postgres.start(Settings(data_dir=str(home)))
    assert not server.is_started_here
    connection = await asyncpg.connect(server.owner_url, server_settings={"app.role": "operator"})
    try:
        found: list[asyncpg.Record] = await connection.fetch(sql)
    finally:
        await connection.close()
    return found


async def figures(home: Path) -> dict[str, Any]:
    """Count everything that the market is said to have."""
    (row,) = await rows(home, FIGURES)
    currencies = await rows(home, "SELECT DISTINCT currency FROM vendors.offers")
    return {**row, "currency_decimals": sorted({exponent(each[0]) for each in currencies})}


async def spreads(home: Path) -> list[float]:
    """Give by what share the dearest offer is above the cheapest, for each product with several."""
    by_product: dict[object, list[Decimal]] = defaultdict(list)
    for product_id, currency, price in await rows(home, PRICES):
        by_product[product_id].append(price / Decimal(FX_PER_EUR[currency]))
    return [float(max(prices) / min(prices) - 1) for prices in by_product.values() if len(prices) > 1]


async def product_ids(home: Path, count: int) -> list[str]:
    """Give so many products, spread evenly over all of them."""
    found = [str(row[0]) for row in await rows(home, "SELECT id FROM catalogue.products ORDER BY source, source_id")]
    return found[:: len(found) // count][:count]


def firsts(url: str, products: list[str]) -> Counter[str]:
    """Compare each product over HTTP, at another quantity and for another country in turn; count who stands first where several are ranked."""
    counted: Counter[str] = Counter()
    for number, product_id in enumerate(products):
        country, quantity = list(COUNTRIES)[number % len(COUNTRIES)], (10, 100, 1000)[number % 3]
        with urllib.request.urlopen(f"{url}/api/v1/products/{product_id}/comparison?quantity={quantity}&country={country}", timeout=30) as answer:  # noqa: S310 - our own loopback address
            ranked = [offer for offer in json.loads(answer.read())["offers"] if offer["group"] == "ranked"]
        if len(ranked) > 1:
            counted[ranked[0]["supplier"]["name"]] += 1
    return counted
