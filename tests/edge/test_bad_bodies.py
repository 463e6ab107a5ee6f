"""Bad bodies and bad headers of writing routes: a clear answer each, and nothing changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import pytest

from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.http import edge
from marketplace.kernel.http.problems import MalformedBody
from marketplace.kernel.http.request import decode_json
from tests.edge.refusals import check_page, check_problem, traces

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection
    from marketplace.kernel.http.edge import Edge
    from tests.world import World

LINES = "/api/v1/cart/lines"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
ADDRESS = {"label": "Plant 2", "recipient": "Goods in", "lines": ["Werkstraße 3"], "city": "Dresden", "postal_code": "01067", "country": "DE"}


def line(world: World, **changes: Any) -> dict[str, Any]:
    """Give a body that puts an offer into the cart, changed."""
    offer = world.offers[0]
    return {"product_id": str(offer.product_id), "offer_id": str(offer.offer_id), "quantity": offer.moq, **changes}


def headers(content_type: str | None = JSON, **more: str) -> dict[str, str]:
    """Give the headers of an act: a fresh key, and the kind of body."""
    return {"idempotency-key": uuid4().hex, **({"content-type": content_type} if content_type else {}), **more}


UNREADABLE = {
    "empty": (b"", "malformed-body"),
    "only_spaces": (b"   ", "malformed-body"),
    "null": (b"null", "not-an-object"),
    "an_array": (b"[]", "not-an-object"),
    "a_number": (b"7", "not-an-object"),
    "trailing_comma": (b'{"quantity":1,}', "malformed-body"),
    "a_comment": (b'/* */{"quantity":1}', "malformed-body"),
    "a_byte_order_mark": (b'\xef\xbb\xbf{"quantity":1}', "malformed-body"),
    "utf_16": ('{"quantity":1}'.encode("utf-16"), "malformed-body"),
    "invalid_utf_8": (b'{"product_id":"\xff"}', "malformed-body"),
    "a_lone_surrogate": (b'{"product_id":"\\ud800"}', "malformed-body"),
    "nan": (b'{"quantity":NaN}', "malformed-body"),
    "infinity": (b'{"quantity":Infinity}', "malformed-body"),
    "single_quotes": (b"{'quantity':1}", "malformed-body"),
    "open_brackets_100000_deep": (b"[" * 100_000, "too-deep"),
    "closed_brackets_100000_deep": (b"[" * 100_000 + b"]" * 100_000, "too-deep"),
    "objects_1000_deep": (b'{"a":' * 1000 + b"1" + b"}" * 1000, "too-deep"),
}


@pytest.mark.parametrize("raw, code", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_body_that_cannot_be_read_answers_400(raw: bytes, code: str, as_buyer_a: httpx.AsyncClient, rolled_back: Connection) -> None:
    assert rolled_back
    before = await traces()
    check_problem(await as_buyer_a.post(LINES, content=raw, headers=headers()), 400, code)
    assert await traces() == before


@pytest.mark.parametrize("after", [b"x", b"{}", b",", b"]", b"\x00", b"//"])
async def test_a_good_body_with_something_after_it_answers_400(
    after: bytes, as_buyer_a: httpx.AsyncClient, world: World, rolled_back: Connection
) -> None:
    assert rolled_back
    before = await traces()
    check_problem(await as_buyer_a.post(LINES, content=msgspec.json.encode(line(world)) + after, headers=headers()), 400, "malformed-body")
    assert await traces() == before


KINDS = {"none": None, "plain_text": "text/plain", "a_form": FORM, "multipart": "multipart/form-data; boundary=x", "almost": "application/json5"}


@pytest.mark.parametrize("content_type", KINDS.values(), ids=KINDS)
async def test_another_kind_of_body_answers_415(
    content_type: str | None, as_buyer_a: httpx.AsyncClient, world: World, rolled_back: Connection
) -> None:
    assert rolled_back
    before = await traces()
    answer = await as_buyer_a.post(LINES, content=msgspec.json.encode(line(world)), headers=headers(content_type))
    check_problem(answer, 415, "unsupported-media-type")
    assert await traces() == before


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity"])
async def test_an_encoded_body_answers_415(encoding: str, as_buyer_a: httpx.AsyncClient, world: World) -> None:
    answer = await as_buyer_a.post(LINES, content=msgspec.json.encode(line(world)), headers=headers(**{"content-encoding": encoding}))
    check_problem(answer, 415, "unsupported-encoding")


QUANTITIES = {
    "0": "0", "minus_1": "-1", "minus_0": "-0", "1.5": "1.5", "1e3": "1e3", "true": "true", "a_text": '"1"', "grouped": '"1_000"', "arabic_digits": '"١٢"',
    "nan_text": '"NaN"', "snan_text": '"sNaN"', "infinity_text": '"Infinity"', "huge_exponent": '"1e1000000"', "spaces": '" 1 "',
    "a_million_and_one": "1000001", "2_to_the_63": str(2**63), "2_to_the_64": str(2**64), "5000_digits": "9" * 5000, "null": "null", "array": "[1]",
    "object": "{}",
}  # fmt: skip


@pytest.mark.parametrize("written", QUANTITIES.values(), ids=QUANTITIES)
async def test_a_quantity_that_is_none_answers_422(written: str, as_buyer_a: httpx.AsyncClient, world: World, rolled_back: Connection) -> None:
    assert rolled_back
    before = await traces()
    raw = msgspec.json.encode(line(world, quantity=987)).replace(b'"quantity":987', b'"quantity":' + written.encode())
    answer = await as_buyer_a.post(LINES, content=raw, headers=headers())
    # Whether the schema or the unit of the product refuses it is told by the code.
    code = answer.json()["type"].rsplit("/", 1)[1]
    assert code in ({"bad-quantity", "invalid-input"} if written[0] == '"' else {"invalid-input"})
    check_problem(answer, 422, code, pointer="/quantity")
    assert await traces() == before


@pytest.mark.parametrize("field", ["is_admin", "vendor_id", "price", "state", "unit_price", "constructor", "__proto__"])
async def test_an_unknown_field_answers_422_and_is_named(field: str, as_buyer_a: httpx.AsyncClient, world: World, rolled_back: Connection) -> None:
    assert rolled_back
    before = await traces()
    answer = await as_buyer_a.post(LINES, json=line(world, **{field: 1}), headers=headers())
    assert check_problem(answer, 422, "invalid-input", pointer=f"/{field}")["errors"][0]["code"] == "unknown-field"
    assert await traces() == before


async def test_a_missing_field_is_named(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    body = line(world)
    del body["offer_id"]
    told = check_problem(await as_buyer_a.post(LINES, json=body, headers=headers()), 422, "invalid-input")
    assert told["errors"] == [{"pointer": "/offer_id", "code": "missing", "message": "This field is needed."}]


async def test_a_key_given_twice_answers_422_and_is_named(as_buyer_a: httpx.AsyncClient, world: World, rolled_back: Connection) -> None:
    assert rolled_back
    before = await traces()
    raw = msgspec.json.encode(line(world))[:-1] + b',"quantity":3}'
    told = check_problem(await as_buyer_a.post(LINES, content=raw, headers=headers()), 422, "invalid-input")
    assert told["errors"] == [{"pointer": "/quantity", "code": "duplicate-key", "message": "This key is given twice."}]
    assert await traces() == before


TEXTS = {
    "nul": ("label", "a\x00b"), "nul_in_a_list": ("lines", ["a\x00b"]), "right_to_left_override": ("label", "ad\u202emin"),
    "carriage_return": ("recipient", "a\r\nBcc: b"), "1000_combining_marks": ("label", "e" + "\u0301" * 1000), "5000_emoji": ("label", "😀" * 5000),
    "900000_letters": ("city", "a" * 900_000), "empty": ("label", ""), "a_number": ("label", 1), "no_list": ("lines", "one"), "1000_lines": ("lines", ["x"] * 1000),
    "unknown_country": ("country", "XX"), "lower_case_country": ("country", "d"), "unknown_zone": ("time_zone", "Mars/Olympus"),
    "zone_as_a_path": ("time_zone", "../../etc/passwd"), "no_id": ("unit_id", "nope"), "id_of_another_form": ("unit_id", "{urn}"),
}  # fmt: skip


@pytest.mark.parametrize("field, value", TEXTS.values(), ids=TEXTS)
async def test_a_text_that_is_none_answers_422(field: str, value: Any, as_buyer_a: httpx.AsyncClient, rolled_back: Connection) -> None:
    assert rolled_back
    before = await traces()
    answer = await as_buyer_a.post("/api/v1/addresses", json={**ADDRESS, field: value}, headers=headers())
    told = check_problem(answer, 422, "invalid-input")
    assert told["errors"][0]["pointer"].split("/")[1] == field, told
    assert await traces() == before


async def test_an_id_of_anothers_unit_answers_404(as_buyer_a: httpx.AsyncClient, world: World, rolled_back: Connection) -> None:
    assert rolled_back
    before = await traces()
    body = {**ADDRESS, "unit_id": world.foreign["buyer"]["unit"]}
    check_problem(await as_buyer_a.post("/api/v1/addresses", json=body, headers=headers()), 404, "not-found")
    assert await traces() == before


@pytest.mark.parametrize("size", [1_000_001, 10_000_000])
async def test_json_over_a_megabyte_answers_413(size: int, as_buyer_a: httpx.AsyncClient) -> None:
    raw = b'{"product_id":"' + b"a" * size + b'"}'
    check_problem(await as_buyer_a.post(LINES, content=raw, headers=headers()), 413, "too-large")


async def test_a_body_that_hides_its_size_answers_413(as_buyer_a: httpx.AsyncClient) -> None:
    async def drops() -> Any:
        for _ in range(120):
            yield b"a" * 10_000

    check_problem(await as_buyer_a.post(LINES, content=drops(), headers=headers()), 413, "too-large")


@pytest.mark.parametrize("length", ["abc", "-1", "1_0", "9" * 400])
async def test_a_length_that_is_none_is_refused(length: str, as_buyer_a: httpx.AsyncClient) -> None:
    answer = await as_buyer_a.post(LINES, content=b"{}", headers=headers(**{"content-length": length}))
    check_problem(answer, *((413, "too-large") if length.isdigit() else (400, "bad-request")))


KEYS: dict[str, tuple[Any, str]] = {
    "missing": (None, "idempotency-key-missing"),
    "empty": ("", "idempotency-key-missing"),
    "256_characters": ("a" * 256, "idempotency-key-malformed"),
    "not_ascii": ("é".encode("latin-1"), "idempotency-key-malformed"),
    "a_space": ("a b", "idempotency-key-malformed"),
    "a_tab": ("a\tb", "idempotency-key-malformed"),
}


@pytest.mark.parametrize("key, code", KEYS.values(), ids=KEYS)
async def test_a_key_that_is_none_answers_400(key: Any, code: str, as_buyer_a: httpx.AsyncClient, world: World, rolled_back: Connection) -> None:
    assert rolled_back
    before = await traces()
    given = {"content-type": JSON, **({} if key is None else {"idempotency-key": key})}
    check_problem(await as_buyer_a.post(LINES, content=msgspec.json.encode(line(world)), headers=given), 400, code)
    assert await traces() == before


async def test_a_key_with_another_body_answers_422_and_is_independent_for_another_person(
    clients: dict[str, httpx.AsyncClient], world: World, rolled_back: Connection
) -> None:
    assert rolled_back
    sent = headers()
    body = line(world)
    first = await clients["buyer_a"].post(LINES, json=body, headers=sent)
    assert first.status_code == 201
    before = await traces()
    check_problem(await clients["buyer_a"].post(LINES, json={**body, "quantity": body["quantity"] * 2}, headers=sent), 422, "idempotency-key-reused")
    assert (await clients["buyer_a"].post(LINES, json=body, headers=sent)).content == first.content
    assert await traces() == before
    other = await clients["buyer_b"].post(LINES, json=body, headers=sent)
    assert other.status_code == 201
    assert other.json()["id"] != first.json()["id"]


FORMS = {
    "1001_fields": ("&".join(f"a{number}=1" for number in range(1001)).encode(), FORM, 413),
    "two_megabytes": (b"a=" + b"a" * 2_000_000, FORM, 413),
    "percent_ff": (b"a=%ff", FORM, 400),
    "raw_ff": (b"a=\xff", FORM, 400),
    "json": (b"{}", JSON, 415),
    "multipart": (b"--x--", "multipart/form-data; boundary=x", 415),
    "an_unknown_field": (b"is_admin=1&idempotency_key=1", FORM, 422),
}


@pytest.mark.parametrize("raw, content_type, status", FORMS.values(), ids=FORMS)
async def test_a_bad_form_answers_with_a_page(
    raw: bytes, content_type: str, status: int, as_buyer_a: httpx.AsyncClient, rolled_back: Connection
) -> None:
    assert rolled_back
    before = await traces()
    answer = await as_buyer_a.post("/cart/lines", content=raw, headers={"content-type": content_type})
    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert await traces() == before


@pytest.mark.parametrize("token", [None, "", "0" * 64, "é"])
async def test_a_write_without_the_sessions_token_answers_403(token: str | None, as_buyer_a: httpx.AsyncClient, world: World) -> None:
    as_buyer_a.headers.pop("x-csrf-token")
    given: Any = headers() if token is None else {**headers(), "x-csrf-token": token.encode()}
    check_problem(await as_buyer_a.post(LINES, json=line(world), headers=given), 403, "csrf-token")
    check_page(await as_buyer_a.post("/cart/lines", content=b"quantity=1", headers={"content-type": FORM}), 403)


CREDENTIALS = {
    "a_password_of_500000": ({"email": "a@b.example", "password": "x" * 500_000}, 422),
    "an_address_of_10000": ({"email": "a" * 10_000 + "@b.example", "password": "x"}, 422),
    "an_address_of_255": ({"email": "a" * 245 + "@b.example", "password": "x"}, 422),
    "an_address_of_254": ({"email": "a" * 244 + "@b.example", "password": "x"}, 401),
    "nul_in_the_address": ({"email": "a\x00@b.example", "password": "x"}, 422),
    "a_line_break": ({"email": "a@b.example\r\nBcc: c@d.example", "password": "x"}, 422),
    "a_number": ({"email": 1, "password": "x"}, 422),
}


@pytest.mark.parametrize("body, status", CREDENTIALS.values(), ids=CREDENTIALS)
async def test_bad_credentials_are_refused(body: dict[str, Any], status: int, client: httpx.AsyncClient, rolled_back: Connection) -> None:
    assert rolled_back
    check_problem(await client.post("/api/v1/sessions", json=body), status, {401: "wrong-credentials", 422: "invalid-input"}[status])


def test_a_field_that_takes_anything_refuses_numbers_of_thousands_of_digits() -> None:
    with pytest.raises((MalformedBody, InvalidInput)):
        decode_json(b'{"a":' + b"9" * 5000 + b"}", dict[str, Any], content_type=JSON)


def test_a_hundred_thousand_keys_of_which_the_last_is_double_are_refused_at_once() -> None:
    raw = b"{" + b",".join(b'"%d":1' % number for number in (*range(100_000), 99_999)) + b"}"
    with pytest.raises(InvalidInput) as caught:
        decode_json(raw, dict[str, int], content_type=JSON)
    assert caught.value.errors[0].pointer == "/99999"


async def test_a_body_that_does_not_arrive_answers_408(app: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "BODY_SECONDS", 0.02)
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(5)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/sessions", "raw_path": b"/api/v1/sessions", "query_string": b"", "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"127.0.0.1:8000"), (b"content-type", b"application/json"), (b"content-length", b"10")],
    }  # fmt: skip
    await app(scope, receive, send)
    assert (told[0]["status"], msgspec.json.decode(told[1]["body"])["type"].rsplit("/", 1)[1]) == (408, "too-slow")
