"""A supplier's file over HTTP: sent, mapped, checked, applied by the worker, found by buyers, and reported."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from python_calamine import CalamineWorkbook

from marketplace.app import PACKAGES
from marketplace.kernel import spreadsheet
from marketplace.kernel.outbox import service as outbox
from tests.conftest import NOW
from tests.vendors import market
from tests.vendors.desk import key, signed_in
from vendors.imports import service
from vendors.visibility.schemas import LEVEL_WORDS, LEVELS

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back", "files")
API, PAGE = "/api/v1/supplier/imports", "/supplier/imports"
CONTENT = "sku,brand,part number,currency,price,stock,origin\nH-1,Nord,FEED-1,EUR,11.90,7,DE\n"


async def send(client: httpx.AsyncClient, content: str | bytes, kind: str = "text/csv", **query: str) -> httpx.Response:
    return await client.post(API, content=content, params=query, headers=key() | {"content-type": kind})


async def test_a_file_is_sent_checked_applied_and_found_by_buyers(app: Edge, client: httpx.AsyncClient) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("FEED-1", now=NOW)
    await outbox.drain(PACKAGES, NOW)
    async with signed_in(app, seller) as mine:
        sent = await send(mine, CONTENT, name="prices.csv")
        assert (sent.status_code, sent.json()["state"], sent.json()["file_name"]) == (202, "waiting", "prices.csv")
        path = f"{API}/{sent.json()['id']}"
        assert (await mine.post(f"{path}/apply", json={}, headers=key())).status_code == 409
        await service.work_due(NOW)
        checked = (await mine.get(path)).json()
        assert (checked["run"]["state"], checked["run"]["counts"]["new"], checked["samples"][0]["sku"]) == ("checked", 1, "H-1")
        assert (await mine.post(f"{path}/apply", json={}, headers=key())).json()["state"] == "applying"
        await service.work_due(NOW)
        assert (await mine.get(path)).json()["run"]["state"] == "applied"
        assert [run["id"] for run in (await mine.get(API)).json()["items"]] == [sent.json()["id"]]
    # The worker hands the facts on; then a list of products shows the new price.
    await outbox.drain(PACKAGES, NOW)
    found = (await client.get("/api/v1/products", params={"q": "FEED-1"})).json()["items"]
    assert [(item["id"], item["suppliers"]) for item in found] == [(str(product_id), 1)]
    assert found[0]["from_price"].startswith("11.9")


@pytest.mark.parametrize(
    "kind, content",
    [
        ("application/x-ndjson", '{"sku": "H-1", "brand": "Nord", "part_number": "FEED-1", "currency": "EUR", "price": 11.9, "origin": "DE"}\n'),
        ("application/json", '{"name": "a.csv", "content": "sku,brand,part number,currency,price,origin\\nH-1,Nord,FEED-1,EUR,11.90,DE\\n"}'),
    ],
)
async def test_a_file_comes_in_other_bodies_too(app: Edge, kind: str, content: str) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await market.product("FEED-1", now=NOW)
    async with signed_in(app, seller) as mine:
        sent = await send(mine, content, kind)
        assert sent.status_code == 202, sent.text
        await service.work_due(NOW)
        assert (await mine.get(f"{API}/{sent.json()['id']}")).json()["run"]["counts"]["new"] == 1


async def test_a_workbook_comes_as_a_form_and_its_name_is_only_shown(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    rows: list[list[spreadsheet.Cell]] = [["sku", "stock"], ["H-1", 5]]
    files = {"file": ("../../etc/passwd.xlsx", spreadsheet.xlsx_bytes(sheet="Offers", rows=rows))}
    async with signed_in(app, seller) as mine:
        sent = await mine.post(API, files=files, data={"mode": "full"}, headers=key())
        assert (sent.status_code, sent.json()["file_name"], sent.json()["choices"]["mode"]) == (202, "passwd.xlsx", "full")


BAD: list[tuple[str, bytes, str, int, str]] = [
    ("", b"", "text/csv", 422, "file-empty"),
    ("", b"sku,SKU\n1,2\n", "text/csv", 422, "head-doubled"),
    ("", b"sku,price\nH\xfc,1\n", "text/csv", 422, "encoding-unknown"),
    ("", b"{}", "text/csv", 422, "format-unknown"),
    ("", b"sku,price\n" + b"H,1\n" * 100_001, "text/csv", 413, "sheet-too-large"),
    ("", b"x" * 10_000_001, "text/csv", 413, "too-large"),
    ("", b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 422, "workbook-refused"),
    ("", b"sku", "text/plain", 415, "unsupported-media-type"),
    ("", b"sku", "application/octet-stream", 415, "unsupported-media-type"),
    ("", b"{", "application/json", 400, "malformed-body"),
    ("", b'{"name": "a.csv"}', "application/json", 422, "invalid-input"),
    ("", b'{"name": "a.csv", "content": "sku\\n", "mode": "all"}', "application/json", 422, "invalid-input"),
    ("", b'{"name": "a.csv", "content": "sku\\n", "supplier_id": "x"}', "application/json", 422, "invalid-input"),
    ("mode=all", b"sku,price\n", "text/csv", 422, "invalid-input"),
    ("force=maybe", b"sku,price\n", "text/csv", 422, "invalid-input"),
    ("nonsense=1", b"sku,price\n", "text/csv", 422, "invalid-input"),
    ("name=a.xlsm", b"sku,price\n", "text/csv", 422, "format-old"),
    ("name=a.jsonl", b'{"sku": "\\ud800x"}\n', "application/x-ndjson", 422, "line-broken"),
    ("name=a.jsonl", b'{"sku": "1", "a\\ud800b": 1}\n', "application/x-ndjson", 422, "line-broken"),
    ("name=a.jsonl", b'{"sku": "1", "a\\u0000b": 1}\n', "application/x-ndjson", 422, "line-broken"),
    ("", b"--x--", "multipart/form-data; boundary=x", 422, "file-missing"),
    ("", b"--y\r\n", "multipart/form-data; boundary=x", 400, "malformed-body"),
    ("", b"sku", "multipart/form-data", 400, "malformed-body"),
]  # fmt: skip


@pytest.mark.parametrize("query, content, kind, status, code", BAD)
async def test_a_bad_file_is_answered_clearly_and_nothing_is_kept(app: Edge, query: str, content: bytes, kind: str, status: int, code: str) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as mine:
        answer = await mine.post(f"{API}?{query}", content=content, headers=key() | {"content-type": kind})
        assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (status, code), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert (await mine.get(API)).json()["items"] == []


async def test_five_thousand_parts_are_too_many(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    body = b"".join(b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(5000)) + b"--x--\r\n"
    async with signed_in(app, seller) as mine:
        answer = await mine.post(API, content=body, headers=key() | {"content-type": "multipart/form-data; boundary=x"})
        assert answer.status_code == 413


async def test_without_a_key_a_file_is_not_taken(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as mine:
        assert (await mine.post(API, content=CONTENT, headers={"content-type": "text/csv"})).status_code == 400
        assert (await mine.get(API)).json()["items"] == []


PRICES, COUNTS = "sku,price\nH-1,11.90\n", "sku,stock\nH-1,7\n"


@pytest.mark.parametrize(
    "roles, content, status",
    [
        (("catalogue",), CONTENT, 202),
        (("sales",), PRICES, 202),
        (("sales",), CONTENT, 403),
        (("fulfilment",), COUNTS, 202),
        (("fulfilment",), CONTENT, 403),
        (("sales", "fulfilment"), CONTENT, 202),
        (("viewer",), COUNTS, 403),
    ],
)
async def test_who_may_change_what_a_file_says_may_send_it(app: Edge, roles: tuple[str, ...], content: str, status: int) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller, roles=roles) as mine:
        assert (await send(mine, content)).status_code == status
        assert (await mine.get(PAGE)).status_code == 200


async def form(client: httpx.AsyncClient, path: str, fields: dict[str, Any], **files: Any) -> httpx.Response:
    data = {**fields, "csrf_token": client.headers["x-csrf-token"], "idempotency_key": key()["idempotency-key"]}
    return await client.post(path, data=data, files=files or None)


async def test_the_pages_lead_from_a_file_to_its_report(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await market.offer(seller, await market.product("FEED-1", now=NOW), "H-1", now=NOW)
    async with signed_in(app, seller) as mine:
        sent = await form(mine, PAGE, {"mode": "delta"}, file=("lager.csv", b"Ware;Betrag\nH-1;1.011,90\nH-2;5,00\n", "text/csv"))
        assert sent.status_code == 303, sent.text
        place = sent.headers["location"]
        assert "Say which column holds" in (await mine.get(place)).text
        refused = await form(mine, f"{place}/mapping", {"target": ["", "price"], "number_locale": "de"})
        assert (refused.status_code, "without them the file cannot be checked" in refused.text) == (422, True)
        mapped = await form(mine, f"{place}/mapping", {"target": ["sku", "price"], "number_locale": "de"})
        assert mapped.status_code == 303
        waiting = (await mine.get(place)).text
        assert '<meta http-equiv="refresh" content="2">' in waiting
        await service.work_due(NOW)
        page = (await mine.get(place)).text
        assert "Apply 1 row" in page
        assert "A new offer needs a currency." in page
        kept = await form(mine, f"{place}/apply", {})
        assert (kept.status_code, "1 of 2 rows have errors, so nothing was applied" in kept.text) == (409, True)
        assert (await form(mine, f"{place}/apply", {"partial": "on"})).status_code == 303
        await service.work_due(NOW)
        assert "What it changed" in (await mine.get(place)).text
        report = (await mine.get(f"{place}/report")).text
        assert [line.split(",")[:3] for line in report.lstrip(spreadsheet.BOM).splitlines()[:3]] == [
            ["line", "sku", "outcome"], ["2", "H-1", "changed"], ["3", "H-2", "error"],
        ]  # fmt: skip
        book = await mine.get(f"{place}/report", params={"format": "xlsx", "rows": "errors"})
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
        assert {row[1] for row in sheet[1:]} == {"H-2"}
        assert book.headers["content-disposition"] == 'attachment; filename="report.xlsx"'


async def test_a_file_with_nothing_to_apply_is_only_given_up(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as mine:
        place = (await form(mine, PAGE, {"mode": "delta"}, file=("a.csv", b"sku,price\nH-9,5\n", "text/csv"))).headers["location"]
        await service.work_due(NOW)
        page = (await mine.get(place)).text
        assert ("Nothing to apply" in page, f"{place}/apply" in page, f"{place}/abandon" in page) == (True, False, True)


async def test_what_a_file_does_not_change_waits_for_nobody_and_what_it_only_pauses_is_called_so(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    for number in range(6):
        await market.offer(seller, await market.product(f"FEED-{number}", now=NOW), f"H-{number}", now=NOW)
    rows = "".join(f"H-{number},12.50\n" for number in range(6))
    async with signed_in(app, seller) as mine:
        place = (await form(mine, PAGE, {"mode": "full"}, file=("same.csv", f"sku,price\n{rows}".encode(), "text/csv"))).headers["location"]
        await service.work_due(NOW)
        page = (await mine.get(f"/en{place}")).text
        assert ("Checked, nothing to change" in page, "there is nothing to apply" in page, f"{place}/apply" in page) == (True, True, False)
        assert await service.count_waiting(actor=seller.actor) == 0
        place = (await form(mine, PAGE, {"mode": "full"}, file=("short.csv", b"sku,price\nH-0,12.50\nH-9,5\n", "text/csv"))).headers["location"]
        await service.work_due(NOW)
        page = (await mine.get(f"/en{place}")).text
        assert ("Pauses 5 offers" in page, "Pause 5 offers" in page, "0 offers" in page, "0 rows" in page) == (True, True, False, False)
        assert '<span class="code">Product id</span>' in page.replace("<bdi>", "").replace("</bdi>", "")
        assert await service.count_waiting(actor=seller.actor) == 1


async def test_the_help_says_what_each_word_of_visibility_means(app: Edge) -> None:
    async with signed_in(app, await market.shop("Hansa Lager", now=NOW)) as mine:
        page = (await mine.get(f"/en{PAGE}")).text
    assert [code in page and LEVEL_WORDS[code] in page for code in LEVELS] == [True] * 4


async def test_who_may_not_change_what_a_file_says_sees_why_and_no_button(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await market.offer(seller, await market.product("FEED-1", now=NOW), "H-1", now=NOW)
    async with signed_in(app, seller) as mine:
        place = (await form(mine, PAGE, {"mode": "delta"}, file=("a.csv", b"sku,Betrag,stock,price\nH-1,1,7,5\n", "text/csv"))).headers["location"]
        await service.work_due(NOW)
        assert f"{place}/apply" in (await mine.get(place)).text
    async with signed_in(app, seller, roles=("fulfilment",)) as theirs:
        page = (await theirs.get(place)).text
        assert ("Your role does not include changing price." in page, f"{place}/apply" in page) == (True, False)
        refused = await form(theirs, f"{place}/apply", {})
        assert (refused.status_code, "Your role does not include changing price." in refused.text) == (403, True)
        assert f"{place}/abandon" not in page
        kept = await form(theirs, f"{place}/abandon", {})
        assert (kept.status_code, "Somebody else sent this file" in kept.text) == (403, True)
        assert f"{place}/apply" not in kept.text


async def test_pasted_rows_are_kept_when_they_cannot_be_read(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as mine:
        refused = await form(mine, PAGE, {"mode": "full", "text": "sku\tSKU\n1\t2\n"})
        assert (refused.status_code, "sku\tSKU" in refused.text, 'value="full" checked' in refused.text) == (422, True, True)
        nothing = await form(mine, PAGE, {"mode": "delta"})
        assert (nothing.status_code, "Choose a file" in nothing.text) == (422, True)
        assert (await form(mine, PAGE, {"mode": "delta", "text": "sku\tstock\nH-1\t2\n"})).status_code == 303


async def test_a_form_with_a_file_needs_the_sessions_token(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as mine:
        token = mine.headers.pop("x-csrf-token")
        files = {"file": ("a.csv", CONTENT.encode(), "text/csv")}
        assert (await mine.post(PAGE, data={"idempotency_key": "k" * 16, "csrf_token": "wrong"}, files=files)).status_code == 403
        assert (await mine.post(PAGE, data={"idempotency_key": "k" * 16, "csrf_token": token}, files=files)).status_code == 303


async def test_offers_and_templates_are_downloaded(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await market.offer(seller, await market.product("FEED-1", now=NOW), "0012", now=NOW)
    async with signed_in(app, seller) as mine:
        for path in ("/api/v1/supplier/offers/export", "/supplier/offers/export", "/supplier/imports/template"):
            for kind, media in (("csv", "text/csv"), ("xlsx", spreadsheet.XLSX_TYPE), ("jsonl", "application/x-ndjson")):
                answer = await mine.get(path, params={"format": kind})
                assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, media.split(";")[0])
                assert answer.headers["content-disposition"].startswith("attachment")
            assert (await mine.get(path, params={"format": "pdf"})).status_code == 422
        exported = (await mine.get("/api/v1/supplier/offers/export")).text
        assert "upsert,0012," in exported
