"""Owns what the benchmark asks besides speed: that both sides answer with content, and how long the whole story around an order takes."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec

from marketplace.world.measure.client import Call, Connection, call

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from marketplace.world.seed import Seeded, SeededCart

STORIES = 20


async def check_bodies(name: str, sides: Sequence[tuple[int, Callable[[], Call | None]]]) -> str:
    """Ask floor and product once and compare; give what the product's answer lacks, nothing when it holds at least as much."""
    bodies = []
    for port, calls in sides:
        wanted = calls()
        if wanted is None:
            return ""
        connection = Connection(port)
        status, body = await connection.send(wanted)
        await connection.close()
        if status != wanted.expected:
            return f"answered {status}"
        bodies.append(msgspec.json.decode(body))
    return lacking(name, *bodies)


def lacking(name: str, floor: Any, product: Any) -> str:
    """Tell what the product's answer lacks of the floor's: its rows, its texts."""
    if name.startswith("detail"):
        short = [key for key in ("title", "brand", "description", "attributes") if _measure(product.get(key)) < _measure(floor[key])]
        return f"shorter: {', '.join(short)}" if short else ""
    if name == "list":
        return "fewer products" if len(product["items"]) < min(len(floor), 1) else ""
    if name == "comparison":
        return "fewer offers" if len(product["offers"]) < len(floor) else ""
    return "" if product else "empty"


def _measure(value: Any) -> int:
    """Count a text's words or a table's keys: two products drawn by chance have as many, though their numbers have more digits or fewer."""
    return len(value.split()) if isinstance(value, str) else len(value or ())


async def story_ms(port: int, seeded: Seeded, carts: Sequence[SeededCart]) -> float | None:
    """Give the median milliseconds of three cart lines, the cart and its checkout, by people who have ordered before; None without any."""
    times = []
    connection = Connection(port)
    for number, cart in enumerate(carts[:STORIES]):
        headers = {"cookie": f"session={cart.session}", "x-csrf-token": cart.csrf}
        chosen = [await _offer(connection, port, seeded, number * 3 + place) for place in range(3)]
        began = time.perf_counter()
        for product_id, offer_id, quantity in chosen:
            body = {"product_id": product_id, "offer_id": offer_id, "quantity": quantity}
            await _ask(connection, "/api/v1/cart/lines", port=port, headers=headers, body=body)
        found = await _ask(connection, "/api/v1/cart", port=port, headers=headers)
        body = {"cart_id": found["id"], "address_id": str(cart.address_id), "version": found["version"]}
        await _ask(connection, "/api/v1/checkout", port=port, headers=headers, body=body)
        times.append((time.perf_counter() - began) * 1000)
    await connection.close()
    return round(statistics.median(times), 2) if times else None


async def _offer(connection: Connection, port: int, seeded: Seeded, number: int) -> tuple[str, str, str]:
    product_id = seeded.product_ids[number * 31 % len(seeded.product_ids)]
    found = await _ask(connection, f"/api/v1/products/{product_id}/comparison?quantity=12&country=DE&postal_code=10115", port=port, headers={})
    offers = found["offers"]
    offer = offers[number % len(offers)]
    return str(product_id), offer["offer_id"], offer["quantity"]


async def _ask(connection: Connection, path: str, *, port: int, headers: dict[str, str], body: dict[str, Any] | None = None) -> Any:
    acting = headers | {"idempotency-key": str(uuid4())} if body else headers
    one = call(
        "POST" if body else "GET", path, port=port, headers=acting, body=msgspec.json.encode(body) if body else b"", expected=201 if body else 200
    )
    status, answer = await connection.send(one)
    if status != one.expected:
        raise RuntimeError(f"{path} answered {status}: {answer[:300]!r}")
    return msgspec.json.decode(answer)
