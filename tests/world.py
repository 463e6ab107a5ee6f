"""Owns the world that tests share: two buyers, three suppliers, an operator, some products and orders in several states, all through the services."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio

from marketplace.kernel.identity import service as identity
from marketplace.kernel.keys.schemas import NewApiKey
from marketplace.world.people import Login

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from marketplace.kernel.http.edge import Edge
    from marketplace.kernel.settings import Settings

__all__ = ["as_buyer_a", "as_buyer_b", "as_operator", "as_supplier_a", "as_supplier_b", "clients", "world"]

NOW = datetime(2026, 11, 24, 9, 20, tzinfo=UTC)
CALLERS = ("anonymous", "buyer_a", "buyer_b", "supplier_a", "supplier_b", "operator", "key_without_scope")


class WorldOffer(msgspec.Struct, frozen=True):
    """An offer of the tests' world."""

    product_id: UUID
    offer_id: UUID
    supplier: str
    moq: int
    multiple: int


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What is in the tests' world. `tokens` are session tokens by caller name, `own` and `foreign` ids by kind of object for buyer A and supplier A."""

    logins: dict[str, Login]
    tokens: dict[str, str]
    key_without_scope: str
    offers: list[WorldOffer]
    product_ids: list[UUID]
    addresses: dict[str, UUID]
    own: dict[str, dict[str, str]]
    foreign: dict[str, dict[str, str]]


async def build(settings: Settings) -> bytes:
    """Fill a migrated database with the world and give its description."""
    from marketplace.app import assemble  # noqa: PLC0415 - it imports the whole house
    from tests.world_build import fill  # noqa: PLC0415

    assemble(settings)
    return msgspec.json.encode(await fill())


@pytest.fixture(scope="session")
def world(template: tuple[str, bytes]) -> World:
    """Give the description of the tests' world."""
    return msgspec.json.decode(template[1], type=World)


class Clients(dict[str, Any]):
    """The clients by caller, each made when it is first asked for: most tests need one of the seven."""

    def __init__(self, app: Edge, world: World) -> None:
        super().__init__()
        self._app, self._world = app, world

    def __missing__(self, caller: str) -> httpx.AsyncClient:
        """Make a caller's client."""
        import httpx  # noqa: PLC0415 - only where needed

        assert caller in CALLERS, caller
        headers: dict[str, str] = {}
        cookies: dict[str, str] = {}
        if caller == "key_without_scope":
            headers["authorization"] = f"Bearer {self._world.key_without_scope}"
        elif caller != "anonymous":
            token = self._world.tokens[caller]
            cookies["session"] = token
            headers["x-csrf-token"] = self._app.callers.csrf(token)
        transport = httpx.ASGITransport(app=self._app)
        made = self[caller] = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=headers, cookies=cookies)
        return made


@pytest_asyncio.fixture(loop_scope="session")
async def clients(app: Edge, world: World) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """Give a client for each caller: signed in, with the CSRF header set, so that tests may post JSON as a page's script would."""
    app.callers.forget()
    opened = Clients(app, world)
    yield opened
    for one in opened.values():
        await one.aclose()


def _one(name: str) -> Any:
    @pytest.fixture(name=f"as_{name}")
    def give(clients: dict[str, httpx.AsyncClient]) -> httpx.AsyncClient:
        """Give the client of one caller."""
        return clients[name]

    return give


as_buyer_a = _one("buyer_a")
as_buyer_b = _one("buyer_b")
as_supplier_a = _one("supplier_a")
as_supplier_b = _one("supplier_b")
as_operator = _one("operator")


async def sign_in_all(logins: dict[str, Login]) -> dict[str, str]:
    """Open a session for each login and give the tokens."""
    tokens = {}
    for caller, login in logins.items():
        signed = await identity.open_session(login.person_id, organisation_id=login.organisation_id, now=NOW, hours=12)
        tokens[caller] = signed.token
    return tokens


async def key_without_scope(login: Login) -> str:
    """Make an API key of buyer A that may only read the catalogue's name: no route of ours asks for it."""
    made = await identity.create_api_key(
        NewApiKey(name="No scope", scopes=("catalogue:read",)), organisation_id=login.organisation_id, actor=login.actor, now=NOW - timedelta(days=1)
    )
    assert made.key is not None, "a new key is shown"
    return made.key
