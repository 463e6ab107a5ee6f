"""Owns what every refusal has in common: a problem object with the id of the request, and a database that is as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction

if TYPE_CHECKING:
    import httpx

# What the writing routes that are asked here could leave behind.
WATCHED = (
    "SELECT count(*) || ':' || coalesce(sum(version), 0) FROM trade.carts",
    "SELECT count(*) || ':' || coalesce(sum(quantity), 0) FROM trade.cart_lines",
    "SELECT count(*) || ':' || coalesce(sum(version), 0) FROM trade.orders",
    "SELECT count(*) || ':' || coalesce(sum(version), 0) FROM buyers.addresses",
    "SELECT count(*) || ':' || coalesce(sum(version), 0) FROM vendors.offers",
    "SELECT count(*) || ':' || coalesce(sum(on_hand), 0) FROM vendors.stock_levels",
    "SELECT count(*)::text FROM kernel.idempotency_keys",
    "SELECT count(*)::text FROM kernel.state_log",
    "SELECT count(*)::text FROM kernel.audit_rows",
    "SELECT count(*)::text FROM kernel.outbox",
)
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "instance", "errors"}


async def traces() -> list[str]:
    """Give what is in the watched tables, to be compared before and after."""
    async with transaction(actor=WORKER) as connection:
        return [await connection.fetchval(sql) for sql in WATCHED]


def check_problem(answer: httpx.Response, status: int, code: str, *, pointer: str | None = None) -> dict[str, Any]:
    """Check a problem object whole and give it: status, type, title, words of its own, and the request's id in body and header."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text[:400]
    body: dict[str, Any] = answer.json()
    assert body.keys() >= PROBLEM_MEMBERS
    assert (body["status"], body["type"]) == (status, f"http://127.0.0.1:8000/problems/{code}"), body
    assert body["instance"] == f"urn:request:{answer.headers['x-request-id']}"
    assert body["title"]
    assert body["detail"] != body["title"]
    for item in body["errors"]:
        assert item.keys() == {"pointer", "code", "message"}
        assert "`" not in item["message"], "the decoder's own words"
        assert "{" not in item["message"], "a place that nobody filled"
    if pointer is not None:
        assert pointer in [item["pointer"] for item in body["errors"]], body
    return body


def check_page(answer: httpx.Response, status: int) -> None:
    """Check an error page: people get HTML, with the request's id on it."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8"), answer.text[:400]
    assert answer.headers["x-request-id"] in answer.text
    assert "<h1>" in answer.text
