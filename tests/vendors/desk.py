"""Owns signing a supplier of the vendors' tests in over HTTP."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx

from marketplace.kernel.actor import WORKER
from marketplace.kernel.identity import service as identity
from marketplace.kernel.ids import uuid7
from marketplace.kernel.people.schemas import NewPerson
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from marketplace.kernel.http.edge import Edge
    from tests.vendors.market import Shop


@asynccontextmanager
async def signed_in(app: Edge, seller: Shop, *, roles: tuple[str, ...] = ("owner",)) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client for somebody of the shop, CSRF header set."""
    # An organisation's first person is its owner; whoever has less comes after one.
    person_id = await _person(seller, roles=("owner",))
    if "owner" not in roles:
        person_id = await _person(seller, roles=roles)
    session = await identity.open_session(person_id, organisation_id=seller.supplier_id, now=NOW, hours=12)
    app.callers.forget()
    transport: Any = httpx.ASGITransport(app=app)
    headers = {"x-csrf-token": app.callers.csrf(session.token)}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8000", headers=headers, cookies={"session": session.token}
    ) as client:
        yield client
    app.callers.forget()


async def _person(seller: Shop, *, roles: tuple[str, ...]) -> UUID:
    new = NewPerson(email=f"{uuid7()}@example.com", name="Ada Keeper", password="correct horse battery staple 7")
    return (await identity.create_person(new, organisation_id=seller.supplier_id, roles=roles, actor=WORKER, now=NOW)).id


def key() -> dict[str, str]:
    """Give a fresh Idempotency-Key header."""
    return {"idempotency-key": uuid7().hex}
