"""An operator's file of products over HTTP: sent, mapped, checked, applied by the worker, found by buyers, and given out again."""

from __future__ import annotations

import io
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from marketplace.app import PACKAGES
from marketplace.catalogue.imports import service
from marketplace.kernel.actor import WORKER
from marketplace.kernel.identity import service as identity
from marketplace.kernel.ids import uuid7
from marketplace.kernel.organisations.schemas import NewOrganisation
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.people.schemas import NewPerson
from tests.conftest import NOW
from tests.vendors.desk import key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back", "files")
API, PAGE = "/api/v1/operator/catalogue/imports", "/operator/catalogue/imports"
CONTENT = "source_id,Title,MPN,Brand\nF-1,Flow bearing,FLOW-1,Nord\nF-2,Flow seal,FLOW-2,Nord\n"
WRONG = CONTENT + "F-3,,FLOW-3,Nord\nF-4,Flow ring,FLOW-4,Nord,more\n"


@asynccontextmanager
async def operating(app: Edge) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client for somebody who runs the market."""
    new = NewOrganisation(legal_name="Market GmbH", country="DE", capacities=("operator",), currency="EUR")
    made = await identity.create_organisation(new, actor=WORKER, now=NOW)
    person = NewPerson(
        email=f"{uuid7()}@example.com", name="Ada Keeper", password="correct horse battery staple 7", totp_secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    )
    person_id = (await identity.create_person(person, organisation_id=made.id, roles=("admin",), actor=WORKER, now=NOW)).id
    session = await identity.open_session(person_id, organisation_id=made.id, now=NOW, hours=12)
    app.callers.forget()
    transport: Any = httpx.ASGITransport(app=app)
    headers = {"x-csrf-token": app.callers.csrf(session.token)}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8000", headers=headers, cookies={"session": session.token}
    ) as client:
        yield client
    app.callers.forget()


async def send(client: httpx.AsyncClient, content: str | bytes, kind: str = "text/csv", **query: str) -> httpx.Response:
    return await client.post(API, content=content, params=query, headers=key() | {"content-type": kind})


async def test_a_file_is_sent_checked_applied_found_and_given_out(app: Edge, client: httpx.AsyncClient) -> None:
    async with operating(app) as mine:
        sent = await send(mine, CONTENT, name="new.csv")
        assert (sent.status_code, sent.json()["state"], sent.json()["source"]) == (202, "waiting", "operator")
        path = f"{API}/{sent.json()['id']}"
        assert (await mine.post(f"{path}/apply", json={}, headers=key())).status_code == 409
        await service.work_due(NOW)
        checked = (await mine.get(path)).json()["run"]
        assert (checked["state"], checked["plan"]["counts"]["created"], checked["plan"]["samples"][0]["title"]) == ("checked", 2, "Flow bearing")
        assert (await client.get("/api/v1/products", params={"q": "FLOW-1"})).json()["items"] == []
        assert (await mine.post(f"{path}/apply", json={}, headers=key())).json()["state"] == "applying"
        await service.work_due(NOW)
        done = (await mine.get(path)).json()["run"]
        assert (done["state"], done["done"]["created"]) == ("applied", 2)
        again = (await send(mine, CONTENT)).json()["id"]
        await service.work_due(NOW)
        refused = await mine.post(f"{API}/{again}/apply", json={}, headers=key())
        assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[1]) == (409, "nothing-to-apply")
        out = await mine.get("/api/v1/operator/catalogue/export", params={"format": "jsonl"})
        assert (out.status_code, '"source_id": "F-1"' in out.text) == (200, True)
        assert (await mine.get("/operator/catalogue/export", params={"format": "csv", "category": "nowhere"})).status_code == 404
    await outbox.drain(PACKAGES, NOW)
    found = (await client.get("/api/v1/products", params={"q": "FLOW-1"})).json()["items"]
    assert [item["part_number"] for item in found] == ["FLOW-1"]


async def test_rows_with_errors_hold_a_file_back_until_only_the_others_are_wanted(app: Edge) -> None:
    async with operating(app) as mine:
        path = f"{API}/{(await send(mine, WRONG)).json()['id']}"
        await service.work_due(NOW)
        found = (await mine.get(path)).json()
        assert [(one["line"], one["code"]) for one in found["issues"]] == [(4, "missing-title"), (5, "cells-differ")]
        refused = await mine.post(f"{path}/apply", json={}, headers=key())
        assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[1]) == (409, "import-has-errors")
        assert (await mine.get(path)).json()["run"]["state"] == "checked"
        book = await mine.get(f"{path}/issues", params={"format": "xlsx"})
        rows = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
        assert (rows[0][:5], rows[1][:3], rows[1][4]) == (["line", "source_id", "column", "value", "code"], [4.0, "F-3", "Title"], "missing-title")
        assert (await mine.post(f"{path}/apply", json={"partial": True}, headers=key())).status_code == 202
        await service.work_due(NOW)
        assert (await mine.get(path)).json()["run"]["done"] == {"rows": 4, "created": 2, "updated": 0, "unchanged": 0, "failed": 2, "warnings": 0}


BAD: list[tuple[str, bytes, str, int, str]] = [
    ("", b"", "text/csv", 422, "file-empty"),
    ("", b"source_id,SOURCE ID\n1,2\n", "text/csv", 422, "head-doubled"),
    ("", b"source_id,title\nH\xfc,1\n", "text/csv", 422, "encoding-unknown"),
    ("", b"{}", "text/csv", 422, "format-unknown"),
    ("", b"source_id,title\n" + b"H,1\n" * 100_001, "text/csv", 413, "sheet-too-large"),
    ("", b"x" * 10_000_001, "text/csv", 413, "too-large"),
    ("", b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 422, "workbook-refused"),
    ("", b"sku", "text/plain", 415, "unsupported-media-type"),
    ("", b"{", "application/json", 400, "malformed-body"),
    ("", b'{"name": "a.csv"}', "application/json", 422, "invalid-input"),
    ("", b'{"name": "a.csv", "content": "source_id\\n", "source": "No Name"}', "application/json", 422, "invalid-input"),
    ("source=No+Name", b"source_id,title\n", "text/csv", 422, "invalid-input"),
    ("nonsense=1", b"source_id,title\n", "text/csv", 422, "invalid-input"),
    ("name=a.xlsm", b"source_id,title\n", "text/csv", 422, "format-old"),
    ("name=a.jsonl", b'{"source_id": "\\ud800x"}\n', "application/x-ndjson", 422, "line-broken"),
    ("", b"--x--", "multipart/form-data; boundary=x", 422, "file-missing"),
]


@pytest.mark.parametrize("query, content, kind, status, code", BAD)
async def test_a_bad_file_is_answered_clearly_and_nothing_is_kept(app: Edge, query: str, content: bytes, kind: str, status: int, code: str) -> None:
    async with operating(app) as mine:
        before = (await mine.get(API)).json()["items"]
        answer = await mine.post(f"{API}?{query}", content=content, headers=key() | {"content-type": kind})
        assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (status, code), answer.text
        assert (await mine.get(API)).json()["items"] == before


async def test_the_pages_tell_columns_changes_and_errors_without_a_script(app: Edge) -> None:
    async with operating(app) as mine:
        form = {"text": "Nummer;Bezeichnung\nP-1;Page <b>bearing</b>\n", "number_locale": "de", "idempotency_key": uuid7().hex}
        sent = await mine.post(PAGE, data=form)
        assert sent.status_code == 303, sent.text
        path = sent.headers["location"]
        shown = await mine.get(path)
        assert (shown.status_code, "What the columns hold" in shown.text, "Id at the source" in shown.text) == (200, True, True)
        refused = await mine.post(f"{path}/mapping", data={"target": ["", "title"], "idempotency_key": uuid7().hex})
        assert refused.status_code == 422
        mapped = await mine.post(f"{path}/mapping", data={"target": ["source_id", "title"], "idempotency_key": uuid7().hex})
        assert mapped.status_code == 303, mapped.text
        await service.work_due(NOW)
        checked = await mine.get(path)
        assert ("Page &lt;b&gt;bearing" in checked.text, "Apply 1 row" in checked.text) == (True, True)
        assert (await mine.post(f"{path}/apply", data={"idempotency_key": uuid7().hex})).status_code == 303
        await service.work_due(NOW)
        assert "What it changed" in (await mine.get(path)).text
        listed = await mine.get(PAGE)
        assert (listed.status_code, "pasted.csv" in listed.text) == (200, True)
        # The mapping is remembered for the next file with the same heads.
        following = await mine.post(PAGE, data={"text": "Nummer;Bezeichnung\nP-2;Second\n", "idempotency_key": uuid7().hex})
        assert "Being checked" in (await mine.get(following.headers["location"])).text
        empty = await mine.post(PAGE, data={"text": "", "source": "x", "idempotency_key": uuid7().hex})
        assert (empty.status_code, "Choose a file" in empty.text) == (422, True)


async def test_who_does_not_run_the_market_sees_none_of_it(client: httpx.AsyncClient) -> None:
    assert (await client.get(API)).status_code == 401
    assert (await client.get("/operator/catalogue/export")).status_code in {303, 401}


async def test_a_form_with_words_that_are_none_is_refused(app: Edge) -> None:
    async with operating(app) as mine:
        for field, value in (("source", "No Name"), ("number_locale", "xx")):
            answer = await mine.post(API, files={"file": ("a.csv", CONTENT.encode())}, data={field: value}, headers=key())
            assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (422, "invalid-input")


async def test_icecats_lines_come_in_over_http_too(app: Edge) -> None:
    async with operating(app) as mine:
        line = b'{"id": "I-1", "title": "Iced", "supplier": "Nord", "attr_n_width": 2.0}\n'
        run = (await send(mine, line, "application/x-ndjson", name="a.jsonl")).json()
        assert (run["kind"], run["source"], run["state"]) == ("icecat", "icecat", "waiting")
        await service.work_due(NOW)
        assert (await mine.get(f"{API}/{run['id']}")).json()["run"]["plan"]["counts"]["created"] == 1
