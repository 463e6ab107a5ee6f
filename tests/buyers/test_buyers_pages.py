"""Tests of the pages of addresses, units and settings, as a browser uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import pytest_asyncio

from buyers.addresses import service as addresses
from buyers.addresses.schemas import AddressInput
from buyers.companies import service as companies
from buyers.units import service as units
from marketplace.kernel.identity import service as identity
from tests.conftest import NOW
from tests.kernel.identity_cast import acting, organisation, person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from marketplace.kernel.actor import Actor

pytestmark = pytest.mark.usefixtures("rolled_back")
PLACE: dict[str, Any] = {
    "label": "Werk Nord",
    "recipient": "Kranbau GmbH",
    "lines": "Hafenstraße 12\r\nTor 3\r\n",
    "city": "Hamburg",
    "country": "DE",
    "postal_code": "20457",
    "region": "",
    "time_zone": "",
}


class Browser:
    """A signed-in browser with the actor that it acts as."""

    def __init__(self, client: httpx.AsyncClient, actor: Actor, csrf: str) -> None:
        """Keep the client."""
        self.client, self.actor, self.csrf = client, actor, csrf

    async def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return await self.client.get(path)

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form."""
        return await self.client.post(path, data={"csrf_token": self.csrf, "idempotency_key": uuid4().hex, **fields})


async def opened(app: Any, client: httpx.AsyncClient, *roles: str) -> Browser:
    buyer = await organisation()
    await person(buyer)
    who = await person(buyer, *roles)
    begun = await identity.open_session(who.id, now=NOW)
    app.callers.forget()
    client.cookies.set("session", begun.token)
    return Browser(client, acting(buyer, who, *roles), app.callers.csrf(begun.token))


@pytest_asyncio.fixture(loop_scope="session", name="owner")
async def _owner(app: Any, rolled_back: Any, client: httpx.AsyncClient) -> AsyncIterator[Browser]:
    assert rolled_back
    yield await opened(app, client, "owner")


async def test_an_address_is_added_changed_and_archived(owner: Browser) -> None:
    assert "No address yet" in (await owner.get("/addresses")).text
    made = await owner.post("/addresses", **PLACE)
    assert (made.status_code, made.headers["location"]) == (303, "/addresses")
    (address,) = await addresses.addresses(actor=owner.actor)
    assert (address.lines, address.time_zone, address.is_default) == (["Hafenstraße 12", "Tor 3"], "Europe/Berlin", True)
    page = await owner.get(f"/addresses/{address.id}")
    assert "Hafenstraße 12\nTor 3</textarea>" in page.text
    changed = await owner.post(f"/addresses/{address.id}", **{**PLACE, "city": "Bremen", "postal_code": "28195"}, version="1", is_default="on")
    assert changed.status_code == 303
    stale = await owner.post(f"/addresses/{address.id}", **PLACE, version="1")
    assert stale.status_code == 412
    assert (await addresses.address(address.id, actor=owner.actor)).city == "Bremen"
    assert (await owner.post(f"/addresses/{address.id}/archive", version="2")).status_code == 303
    assert await addresses.addresses(actor=owner.actor) == []
    assert (await owner.get(f"/addresses/{address.id}")).status_code == 200


async def test_a_refused_address_keeps_what_was_typed_and_names_each_field(owner: Browser) -> None:
    answer = await owner.post("/addresses", **{**PLACE, "postal_code": "2045", "city": "", "label": "Werk <Nord>"})
    assert answer.status_code == 422
    assert 'id="e-postal_code"' in answer.text
    assert "look like 20457" in answer.text
    assert 'id="e-city"' in answer.text
    assert 'value="Werk &lt;Nord&gt;"' in answer.text
    assert await addresses.addresses(actor=owner.actor) == []


async def test_the_same_form_sent_twice_makes_one_address(owner: Browser) -> None:
    for _ in range(2):
        answer = await owner.post("/addresses", **PLACE, idempotency_key="same-key")
        assert answer.status_code == 303
    assert len(await addresses.addresses(actor=owner.actor)) == 1


async def test_another_s_address_is_not_found(owner: Browser) -> None:
    other = acting(await organisation())
    place = AddressInput(**{**PLACE, "lines": ("Kai 1",)})
    foreign = await addresses.create_address(place, actor=other, now=NOW)
    bodies = []
    for address_id in (foreign.id, uuid4()):
        page = await owner.get(f"/addresses/{address_id}")
        assert page.status_code == 404
        bodies.append(page.text.replace(str(address_id), "ID"))
        assert (await owner.post(f"/addresses/{address_id}", **PLACE, version="1")).status_code == 404
        assert (await owner.post(f"/addresses/{address_id}/archive", version="1")).status_code == 404
    assert foreign.label not in bodies[0]
    assert (await addresses.address(foreign.id, actor=other)).version == 1


async def test_units_are_added_and_moved(owner: Browser) -> None:
    assert (await owner.post("/company/units", name="Nord", parent_id="")).status_code == 303
    (north,) = await units.units(actor=owner.actor)
    assert (await owner.post("/company/units", name="Einkauf", parent_id=str(north.id))).status_code == 303
    assert (await owner.post(f"/company/units/{north.id}", name="Nordwerk", parent_id="", version="1")).status_code == 303
    assert [unit.path for unit in await units.units(actor=owner.actor)] == [["Nordwerk"], ["Nordwerk", "Einkauf"]]
    twice = await owner.post("/company/units", name="Nordwerk", parent_id="")
    assert twice.status_code == 409
    assert "Nordwerk › Einkauf" in (await owner.get("/addresses/new")).text  # noqa: RUF001 - the mark between the steps of a path


async def test_the_company_asks_for_a_purchase_order_number(owner: Browser) -> None:
    assert (await owner.post("/company", version="0", po_number_required="on")).status_code == 303
    assert (await companies.company(actor=owner.actor)).po_number_required
    assert (await owner.post("/company", version="0")).status_code == 412
    assert (await owner.post("/company", version="1")).status_code == 303
    assert not (await companies.company(actor=owner.actor)).po_number_required


async def test_a_viewer_reads_and_changes_nothing(app: Any, client: httpx.AsyncClient) -> None:
    viewer = await opened(app, client, "viewer")
    for path in ("/addresses", "/company", "/company/units"):
        page = await viewer.get(path)
        assert page.status_code == 200
        assert f'action="{path}"' not in page.text
    assert (await viewer.get("/addresses/new")).status_code == 403
    assert (await viewer.post("/addresses", **PLACE)).status_code == 403
    assert (await viewer.post("/company", version="0", po_number_required="on")).status_code == 403
    assert (await viewer.post("/company/units", name="Nord")).status_code == 403
    assert await addresses.addresses(actor=viewer.actor) == []


@pytest.mark.parametrize("prefix", ["/en", "/vi", "/ar"])
async def test_the_pages_speak_three_languages(owner: Browser, prefix: str) -> None:
    await owner.post("/addresses", **PLACE)
    (address,) = await addresses.addresses(actor=owner.actor)
    for path in ("/addresses", "/addresses/new", f"/addresses/{address.id}", "/company", "/company/units"):
        page = await owner.get(prefix + path)
        assert page.status_code == 200
        assert f'<html lang="{prefix[1:]}"' in page.text
        assert "style=" not in page.text
