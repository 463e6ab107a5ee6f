"""Tests of forms: the browser checks none by itself, and each says beside a field, in the reader's language, what to change."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.http.pages import FOLDERS
from marketplace.kernel.settings import checkout_dir
from tests.flows.test_main_job import cart_of

if TYPE_CHECKING:
    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")
Clients = dict[str, "httpx.AsyncClient"]
FORM = re.compile(r"<form\b[^>]*")
PAGES = [
    ("buyer_a", "/account"),
    ("buyer_a", "/addresses/new"),
    ("buyer_a", "/company/units"),
    ("buyer_a", "/cart"),
    ("buyer_a", "/members"),
    ("buyer_a", "/members/api-keys"),
    ("buyer_a", "/orders/{buyer_order}"),
    ("supplier_a", "/orders/{supplier_order}"),
    ("supplier_a", "/supplier/offers/{offer}"),
    ("supplier_a", "/supplier/offers/new?product_id={product}"),
    ("supplier_a", "/supplier/sites/new"),
    ("buyer_a", "/step-up"),
    ("operator", "/operator/organisations/new"),
]


class Forms(HTMLParser):
    """Reads the forms that post, each with what it sends untouched and the names of its required fields."""

    def __init__(self) -> None:
        """Begin without any."""
        super().__init__()
        self.found: list[tuple[str, dict[str, str], list[str]]] = []
        self._is_in = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a form, or a field of the form that is open."""
        values = dict(attrs)
        if tag == "form":
            self._is_in = values.get("method") == "post"
            if self._is_in:
                self.found.append((values["action"] or "", {}, []))
        elif self._is_in and tag in {"input", "textarea", "select"} and values.get("name"):
            _action, sent, required = self.found[-1]
            name = values["name"] or ""
            if "required" in values and tag != "select":
                required.append(name)
                sent[name] = ""
            elif tag == "input" and (values.get("type") not in {"checkbox", "radio"} or "checked" in values):
                sent[name] = values.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        """Close a form."""
        self._is_in = self._is_in and tag != "form"


def test_no_form_leaves_its_words_to_the_browser() -> None:
    root = checkout_dir()
    bare = [
        (path.name, tag)
        for folder in FOLDERS
        for path in (root / folder / "templates").rglob("*.html")
        for tag in FORM.findall(path.read_text(encoding="utf-8"))
        if not tag.startswith("<form novalidate")
    ]
    assert bare == []


@pytest.mark.parametrize("locale", ["en", "ar"])
@pytest.mark.parametrize("who, path", PAGES)
async def test_a_form_sent_blank_says_beside_a_field_what_to_change(clients: Clients, world: World, who: str, path: str, locale: str) -> None:
    await cart_of(clients["buyer_a"], world)
    own = world.own
    offer = next(one for one in world.offers if one.supplier == "supplier_a")
    client = clients[who]
    ids = {"offer": offer.offer_id, "product": offer.product_id, "buyer_order": own["buyer"]["order"], "supplier_order": own["supplier"]["order"]}
    page = await client.get(f"/{locale}{path.format(**ids)}")
    assert page.status_code == 200, page.text[:300]
    read = Forms()
    read.feed(page.text)
    asking = [(action, sent) for action, sent, required in read.found if required]
    assert asking
    for action, sent in asking:
        answer = await client.post(action, data=sent)
        assert answer.status_code == 422, (action, sent, answer.status_code)
        assert 'aria-invalid="true"' in answer.text, action
        named = re.search(r'aria-describedby="[^"]*\be-([^" ]+)"', answer.text)
        assert named is not None, action
        assert f'id="e-{named[1]}"' in answer.text
