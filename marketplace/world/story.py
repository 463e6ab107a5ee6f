"""Owns the story: search, compare, fill a cart from three suppliers, check out once, let each accept and ship, and see it delivered, over HTTP."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import uuid4

import httpx
import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

SUPPLIERS_WANTED = 3
WORDS = ("bearing", "valve", "bolt", "cable gland", "drill")


class StepFailed(Exception):
    """A step of the story did not hold."""


def fail(message: str) -> NoReturn:
    """End the story with what did not hold."""
    raise StepFailed(message)


class Person:
    """Somebody who is signed in over the API."""

    def __init__(self, url: str, login: dict[str, Any]) -> None:
        """Sign in with e-mail address and password."""
        self.name = login["organisation"]
        self._http = httpx.Client(base_url=url, timeout=30)
        made = self.expect(201, self._http.post("/api/v1/sessions", json={"email": login["email"], "password": login["password"]}))
        self._csrf = made["csrf_token"]

    def expect(self, status: int, answer: httpx.Response) -> Any:
        """Give the answer's JSON when it has the status that the step needs."""
        if answer.status_code != status:
            fail(f"{answer.request.method} {answer.request.url} answered {answer.status_code}: {answer.text[:400]}")
        return answer.json()

    def get(self, path: str, **query: Any) -> Any:
        """Read."""
        return self.expect(200, self._http.get(path, params=query))

    def post(self, path: str, body: dict[str, Any], *, status: int = 200, key: str | None = None) -> Any:
        """Act, once."""
        headers = {"x-csrf-token": self._csrf, "idempotency-key": key or str(uuid4())}
        return self.expect(status, self._http.post(path, json=body, headers=headers))


def tell(step: str, proof: str) -> None:
    """Print a step that held, with its proof."""
    sys.stdout.write(f"  ✓ {step:<12} {proof}\n")
    sys.stdout.flush()


def find(buyer: Person, country: str, wanted: set[str]) -> list[dict[str, Any]]:
    """Search and compare until three suppliers whose logins are known have an offer that can be placed; give one offer of each."""
    chosen: dict[str, dict[str, Any]] = {}
    for word in WORDS:
        hits = buyer.get("/api/v1/products", q=word, limit=40)["items"]
        if not hits:
            fail(f"the search for {word!r} finds nothing")
        if not chosen:
            tell("search", f"{word!r} finds {hits[0]['title']!r} and {len(hits) - 1} more")
        for hit in hits:
            found = buyer.get(f"/api/v1/products/{hit['id']}/comparison", quantity="100", country=country)
            for offer in found["offers"]:
                name = offer["supplier"]["name"]
                if offer["group"] == "ranked" and name in wanted and name not in chosen:
                    chosen[name] = {**offer, "title": hit["title"], "compared": len(found["offers"])}
            if len(chosen) == SUPPLIERS_WANTED:
                return list(chosen.values())
    fail(f"only {len(chosen)} of the known suppliers have an offer on what was searched")


def check_comparison(offers: Sequence[dict[str, Any]]) -> None:
    """See that the parts of each landed total add up and that factors add up to the score."""
    for offer in offers:
        parts = sum(part["amount_minor"] for part in offer["components"] if part["state"] == "known")
        points = sum(factor["points"] for factor in offer["factors"])
        if parts != offer["known_minor"] or points != offer["score"]:
            fail(f"the parts of {offer['supplier']['name']} do not add up")
    first = offers[0]
    tell("compare", f"{first['compared']} suppliers on {first['title']!r}; landed parts and points add up")


def buy(buyer: Person, offers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Put a line of each supplier into the cart and check out once, twice with the same key."""
    for offer in offers:
        body = {"product_id": offer["product_id"], "offer_id": offer["offer_id"], "quantity": offer["quantity"]}
        cart = buyer.post("/api/v1/cart/lines", body, status=201)
    address = buyer.get("/api/v1/addresses")["items"][0]
    cart = buyer.get("/api/v1/cart")
    tell("cart", f"{len(cart['groups'])} suppliers in one cart, for {address['city']}")
    key = str(uuid4())
    body = {"cart_id": cart["id"], "address_id": address["id"], "po_number": "STORY-1", "version": cart["version"]}
    placed = buyer.post("/api/v1/checkout", body, status=201, key=key)
    again = buyer.post("/api/v1/checkout", body, status=201, key=key)
    if placed != again:
        fail("the same checkout sent twice was answered differently")
    group = buyer.get(f"/api/v1/order-groups/{placed['group_id']}")
    for total in group["totals"]:
        orders = [order for order in group["orders"] if order["currency"] == total["currency"]]
        if sum(order["gross_minor"] for order in orders) != total["gross_minor"]:
            fail(f"the orders in {total['currency']} do not add up to the group")
    tell("checkout", f"{group['number']}: {len(group['orders'])} orders, totals exact in {', '.join(total['currency'] for total in group['totals'])}")
    return dict(group)


def deliver(buyer: Person, sellers: dict[str, Person], group: dict[str, Any]) -> None:
    """Let each supplier accept and ship its part, and the buyer confirm each delivery."""
    for order in group["orders"]:
        seller = sellers[order["vendor_name"]]
        accepted = seller.post(f"/api/v1/orders/{order['id']}/accept", {"version": order["version"]})
        tell("accept", f"{seller.name} accepts {order['number']}")
        parcel = {"carrier": "Kestrel Freight", "tracking_number": uuid4().hex[:12].upper(), "version": accepted["version"]}
        shipment = seller.post(f"/api/v1/orders/{order['id']}/shipments", parcel, status=201)
        tell("ship", f"{seller.name} hands {shipment['number']} to {parcel['carrier']}")
        buyer.post(f"/api/v1/shipments/{shipment['id']}/deliver", {"version": shipment["version"]})
        now = buyer.get(f"/api/v1/orders/{order['id']}")
        if now["state"] != "delivered":
            fail(f"{order['number']} is {now['state']} after its delivery was confirmed")
        tell("delivered", f"{order['number']} is delivered")


def main(arguments: Sequence[str] | None = None) -> int:
    """Walk the whole story against a running demo; exit status 0 only when every step held."""
    parser = argparse.ArgumentParser(
        prog="scripts/story",
        description="Walk the main story against a running demo over HTTP: search, compare, fill a cart from three suppliers, check out once, "
        "let each accept and ship, confirm the deliveries. Prints each step's proof; ends with 0 only when every step held.",
    )
    parser.add_argument("url", help="address of the running demo, such as http://127.0.0.1:8000")
    parser.add_argument("--world", type=Path, required=True, help="the file that scripts/demo --json FILE wrote")
    options = parser.parse_args(arguments)
    try:
        world = msgspec.json.decode(options.world.read_bytes())
        logins = world["logins"]
        buyer = Person(options.url, [login for login in logins if login["role"] == "buyer"][0])  # noqa: RUF015 - a missing one is told as such
        sellers = {login["organisation"]: Person(options.url, login) for login in logins if login["role"] == "supplier"}
        tell("sign in", f"{buyer.name} and {', '.join(sellers)}")
        country = buyer.get("/api/v1/addresses")["items"][0]["country"]
        offers = find(buyer, country, set(sellers))
        check_comparison(offers)
        deliver(buyer, sellers, buy(buyer, offers))
    except (OSError, msgspec.DecodeError) as error:
        sys.stdout.write(f"  ✗ {options.world} is not a file that scripts/demo --json wrote: {error}\n")
        return 1
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        sys.stdout.write(f"  ✗ {options.url} does not answer: {error}\n")
        return 1
    except (KeyError, TypeError, IndexError) as error:
        sys.stdout.write(f"  ✗ an answer or the world file lacks {error}\n")
        return 1
    except StepFailed as error:
        sys.stdout.write(f"  ✗ {error}\n")
        return 1
    sys.stdout.write("  every step held\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
