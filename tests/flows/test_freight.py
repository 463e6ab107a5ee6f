"""A supplier writes its freight and buyers pay it; the operator keeps the duty: over pages and API, mistakes included."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction

if TYPE_CHECKING:
    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")
Clients = dict[str, "httpx.AsyncClient"]
GRID: dict[str, Any] = {
    "name": "Parcels 2030", "currency": "CHF", "basis": "weight", "valid_from": "2030-01-01", "bound": ["1", "5", ""], "zone_code": ["near", "far", ""],
    "zone_areas": ["DE 01..09, AT", "US", ""], "zone_days": ["2", "9", ""], "amount": ["4.90", "7.90", "", "", "", "", "", "", ""],
    "s_code": ["fuel"], "s_name": ["Fuel"], "s_kind": ["percent"], "s_value": ["12.5"],
}  # fmt: skip


async def sent(client: httpx.AsyncClient, path: str, fields: dict[str, Any]) -> httpx.Response:
    """Send a form with fresh keys."""
    keys = {"csrf_token": client.headers["x-csrf-token"], "idempotency_key": str(uuid4())}
    return await client.post(path, content=urlencode(fields | keys, doseq=True), headers={"content-type": "application/x-www-form-urlencoded"})


async def tables() -> int:
    async with transaction(actor=WORKER) as connection:
        return int(await connection.fetchval("SELECT count(*) FROM services.freight_tables"))


async def posted(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> httpx.Response:
    """Post JSON with a fresh key."""
    return await client.post(path, json=body, headers={"idempotency-key": str(uuid4())})


async def test_a_supplier_types_a_table_tries_it_changes_it_and_ends_it(clients: Clients) -> None:
    seller = clients["supplier_a"]
    stored = await sent(seller, "/supplier/freight", GRID)
    assert stored.status_code == 303, stored.text[-3000:]
    place = stored.headers["location"]
    shown = (await seller.get(f"{place}?country=DE&postal_code=01067&weight=3")).text
    assert "Rate of zone near" in shown
    assert re.search(r"8\.89.{0,3}CHF", html.unescape(shown).replace("\u00a0", " "))
    assert "on request: buyers see it as not known" in shown
    grid = (await seller.get(f"{place}/edit")).text
    assert all(f'value="{text}"' in grid for text in ("Parcels 2030", "AT, DE 01..09", "4.90", "7.90", "12.5", "2030-01-01"))
    changed = await sent(seller, place, GRID | {"name": "Parcels 2031", "valid_from": "2031-01-01"})
    assert changed.status_code == 303, changed.text[-3000:]
    assert "Tue 31 Dec 2030" in (await seller.get(place)).text
    ended = await sent(seller, f"{changed.headers['location']}/end", {"last_day": "2031-06-30"})
    assert ended.status_code == 303
    assert "Mon 30 Jun 2031" in (await seller.get(changed.headers["location"])).text


async def test_a_grid_with_mistakes_keeps_what_was_typed_and_names_each_cell(clients: Clients) -> None:
    held = await tables()
    wrong = GRID | {
        "zone_days": ["two", "9", ""],
        "amount": ["4,90", "7.90", "", "", "", "", "", "", ""],
        "zone_areas": ["DE 01..9", "US", ""],
        "s_value": ["x"],
    }
    shown = await sent(clients["supplier_a"], "/supplier/freight", wrong)
    assert shown.status_code == 422
    assert all(f'href="#f-{cell}"' in shown.text for cell in ("zones-0-transit_days", "zones-0-rates-0"))
    assert all(f'value="{text}"' in shown.text for text in ("two", "4,90", "DE 01..9", "Parcels 2030", "x"))
    areas = await sent(clients["supplier_a"], "/supplier/freight", GRID | {"zone_areas": ["DE 01..9", "US", ""]})
    assert 'href="#f-zones-0-areas"' in areas.text
    assert await tables() == held


async def test_a_surcharges_code_is_taken_as_typed_or_from_its_name_and_a_refused_grid_has_room_for_more(clients: Clients) -> None:
    held = await tables()
    seller = clients["supplier_a"]
    nothing = await sent(
        seller, "/en/supplier/freight", GRID | {"zone_code": ["", "", ""], "zone_areas": ["", "", ""], "zone_days": ["", "", ""], "amount": [""] * 9}
    )
    assert (nothing.status_code, "Write at least one zone" in nothing.text, nothing.text.count('name="zone_code"')) == (422, True, 4)
    wrong = await sent(seller, "/en/supplier/freight", GRID | {"s_code": ["fuel %"]})
    assert (wrong.status_code, 'href="#f-surcharges-0-code"' in wrong.text, "blank takes it from the name" in wrong.text) == (422, True, True)
    assert await tables() == held
    lines = {"s_code": ["FUEL", "", ""], "s_name": ["Diesel", "Zuschlag für Länge", "燃料"], "s_kind": ["percent"] * 3, "s_value": ["5", "1", "2"],
        "s_zone": [""] * 3, "s_from": [""] * 3, "s_to": [""] * 3}  # fmt: skip
    stored = await sent(seller, "/en/supplier/freight", GRID | lines)
    assert stored.status_code == 303, stored.text
    page = (await seller.get(stored.headers["location"])).text
    assert [f'data-l="Code">{code}<' in page for code in ("fuel", "zuschlag-fur-lange", "surcharge-3")] == [True] * 3


async def test_more_lines_are_given_without_storing_anything(clients: Clients) -> None:
    held = await tables()
    shown = await sent(clients["supplier_a"], "/supplier/freight", GRID | {"more": "zone"})
    assert shown.status_code == 200
    assert (shown.text.count('name="zone_code"'), shown.text.count('name="bound"')) == (6, 3)
    assert 'value="DE 01..09, AT"' in shown.text
    assert await tables() == held


async def test_a_table_is_taken_from_pasted_csv_and_its_faults_are_told_by_line(clients: Clients) -> None:
    seller = clients["supplier_a"]
    place = (await sent(seller, "/supplier/freight", GRID)).headers["location"]
    csv = await seller.get(f"{place}/table.csv")
    assert csv.headers["content-type"].startswith("text/csv")
    wrong = await sent(seller, "/supplier/freight/file", {"text": csv.text.replace("4.90", "4.9O"), "decimal": "point"})
    assert wrong.status_code == 422
    assert "Line 6, amount: “4.9O”" in html.unescape(wrong.text)
    assert "Parcels 2030" in wrong.text
    text = csv.text.replace("Parcels 2030", "Parcels from a file").replace("2030-01-01", "2032-01-01")
    clash = await sent(seller, "/supplier/freight/file", {"text": text, "decimal": "point"})
    assert clash.status_code == 409
    assert "“Parcels 2030” holds in CHF from Tue 1 Jan 2030 on, without end." in html.unescape(clash.text)
    taken = await sent(seller, "/supplier/freight/file", {"text": text, "decimal": "point", "table_id": place.rsplit("/", 1)[1]})
    assert taken.status_code == 303
    assert "Parcels from a file" in (await seller.get(taken.headers["location"])).text


async def uploaded(client: httpx.AsyncClient, path: str, content: bytes, **fields: str) -> httpx.Response:
    """Send a form with a file and fresh keys."""
    keys = {"csrf_token": client.headers["x-csrf-token"], "idempotency_key": str(uuid4())}
    return await client.post(path, data=fields | keys, files={"file": ("table.csv", content, "text/csv")})


async def test_a_table_is_taken_from_a_file_and_a_bad_one_is_told_with_its_text_to_be_mended(clients: Clients) -> None:
    seller, place = clients["supplier_a"], "/supplier/freight/file"
    stored = (await sent(seller, "/supplier/freight", GRID)).headers["location"]
    text = (await seller.get(f"{stored}/table.csv")).text.replace("Parcels 2030", "Pakete für 2032").replace("2030-01-01", "2032-01-01")
    held, which = await tables(), {"decimal": "point", "table_id": stored.rsplit("/", 1)[1]}
    wrong = await uploaded(seller, place, text.replace("4.90", "4.9O").encode(), **which)
    assert wrong.status_code == 422
    assert "Line 6, amount: “4.9O”" in html.unescape(wrong.text)
    assert "Pakete für 2032" in wrong.text.partition("<textarea")[2]
    for content, told in (
        (text.encode("latin-1"), "Line 2 (byte "),
        (b"PK\x03\x04\xff\xff", "Line 1 (byte 4) is not UTF-8."),
        (b"x" * 900_001, "The file has more than 900,000 characters; split it."),
        (b"", "The file is empty."),
    ):
        refused = await uploaded(seller, place, content, **which)
        assert (refused.status_code, told in html.unescape(refused.text)) == (422, True), told
    nothing = await seller.post(
        place, data=which | {"csrf_token": seller.headers["x-csrf-token"], "idempotency_key": str(uuid4())}, files={"file": ("", b"")}
    )
    assert (nothing.status_code, "Choose a file or paste its text." in nothing.text) == (422, True)
    assert (await uploaded(seller, place, b"x" * 10_000_001, **which)).status_code == 413
    assert await tables() == held
    taken = await uploaded(seller, place, text.encode("utf-16"), **which)
    assert taken.status_code == 303
    assert "Pakete für 2032" in (await seller.get(taken.headers["location"])).text


async def test_rates_of_duty_are_taken_from_a_file(clients: Clients) -> None:
    operator, place = clients["operator"], "/operator/duty/file"
    text = "destination,origin,hs_prefix,category,percent,valid_from,valid_to,source,invented\nCA,,9983,,4.5,2026-01-01,,Customs Tariff,\n"
    wrong = await uploaded(operator, place, text.replace("4.5", '"4,5"').encode(), decimal="point")
    assert (wrong.status_code, "Line 2, percent: “4,5”" in html.unescape(wrong.text), "Customs Tariff" in wrong.text) == (422, True, True)
    taken = await uploaded(operator, place, text.encode("utf-8-sig"), decimal="point")
    assert taken.status_code == 303
    assert "1 rate taken from the file." in (await operator.get(taken.headers["location"])).text
    again = await uploaded(operator, place, text.encode(), decimal="point")
    assert "0 rates taken from the file. 1 stood already." in (await operator.get(again.headers["location"])).text
    for bad in ("added=x&unchanged=1", "added=-1&unchanged=0", "added=٣&unchanged=0", "added=1"):
        told = await operator.get(f"/operator/duty?{bad}")
        assert (told.status_code, "taken from the file." in told.text) == (200, False), bad
    assert "Customs Tariff" in (await operator.get("/operator/duty?destination=CA&hs=9983")).text


async def test_the_api_stores_quotes_and_refuses(clients: Clients, world: World) -> None:
    seller = clients["supplier_a"]
    table = {
        "name": "API", "currency": "CHF", "valid_from": "2030-01-01", "basis": "pallets",
        "zones": [{"code": "near", "transit_days": 2, "areas": ["DE"], "rates": [{"up_to": 2, "amount_minor": 9000}], "step": 1, "step_minor": 4000}],
        "surcharges": [{"code": "toll", "kind": "fixed", "amount_minor": 500}],
    }  # fmt: skip
    made = await posted(seller, "/api/v1/freight-tables", table)
    assert made.status_code == 201, made.text
    place = f"/api/v1/freight-tables/{made.json()['id']}"
    quote = (await seller.get(f"{place}/quote", params={"country": "DE", "pallets": "4"})).json()
    assert (quote["state"], quote["amount_minor"], quote["currency"]) == ("known", 17_500, "CHF")
    assert [(part["code"], part["amount_minor"]) for part in quote["parts"]] == [("rate", 17_000), ("toll", 500)]
    for bad in ({"country": "de"}, {"country": "DE", "pallets": "-1"}, {"country": "DE", "pallets": "1e3"}):
        assert (await seller.get(f"{place}/quote", params=bad)).status_code == 422
    for body in (
        table | {"zones": []},
        table | {"basis": "length"},
        table | {"currency": "chf"},
        table | {"owner": "me"},
        table | {"valid_from": "2020-01-01"},
    ):
        assert (await posted(seller, "/api/v1/freight-tables", body)).status_code == 422
    assert (await posted(seller, "/api/v1/freight-tables", table)).json()["type"].endswith("/freight-tables-overlap")
    assert (await clients["supplier_b"].get(place)).status_code == 404
    packing = {"product_id": str(world.product_ids[0]), "per_pallet": 480}
    stored = await seller.put("/api/v1/freight-packings", json=packing, headers={"idempotency-key": str(uuid4())})
    assert [one["per_pallet"] for one in stored.json()["items"]] == [480]


async def test_the_operator_writes_a_rate_and_asks_which_rule_holds(clients: Clients) -> None:
    operator = clients["operator"]
    rate = {"goods": "9982", "destination": "CA", "percent": "4.5", "valid_from": "2026-01-01", "source": "Customs Tariff"}
    stored = await sent(operator, "/operator/duty", rate)
    assert stored.status_code == 303, stored.text[-3000:]
    asked = (await operator.get("/operator/duty?q_ships_from=JP&q_destination=CA&q_hs=998210")).text
    assert "4.5 % of the goods value" in asked
    assert "Customs Tariff" in asked
    wrong = await sent(operator, "/operator/duty", rate | {"percent": "4,5", "source": "x" * 400})
    assert wrong.status_code == 422
    assert 'value="4,5"' in wrong.text
    union = {"code": "SACU", "country": "ZA", "source": "SACU Agreement 2002"}
    assert (await sent(operator, "/operator/duty/unions", union)).status_code == 303
    assert "SACU Agreement 2002" in (await operator.get("/operator/duty/unions")).text
    rule = (await operator.get("/api/v1/operator/duty/rule", params={"ships_from": "TR", "destination": "DE", "hs": "8482"})).json()
    assert (rule["kind"], rule["rule_id"], rule["union"]) == ("union", "union:EUTR", "EUTR")
    for bad in ({"ships_from": "TR"}, {"ships_from": "TR", "destination": "de"}, {"ships_from": "TR", "destination": "DE", "hs": "8x"}):
        assert (await operator.get("/api/v1/operator/duty/rule", params=bad)).status_code == 422


async def test_the_operator_sees_who_states_no_freight(clients: Clients, world: World) -> None:
    operator = clients["operator"]
    listed = (await operator.get("/operator/freight")).text
    assert "Nordwind Antriebstechnik" in listed
    shown = await operator.get(f"/operator/freight/{world.own['supplier']['freight_table']}")
    assert shown.status_code == 200
    assert "Change it" not in shown.text
