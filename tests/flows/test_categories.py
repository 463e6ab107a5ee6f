"""The operator keeps the tree and what it asks over pages without a script: bad inputs are answered and nothing typed is lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from marketplace.catalogue.numbers import service as numbers
from marketplace.catalogue.taxonomy import service as taxonomy
from tests.catalogue.test_attributes_schemas import family
from tests.catalogue.test_numbers_service import notebooks
from tests.catalogue.test_taxonomy_moves import grown
from tests.conftest import NOW
from tests.vendors.test_sites_routes import form

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.usefixtures("rolled_back")
PLACE = "/operator/categories"
BORE = {"key": "bore", "kind": "number", "unit": "mm", "label_en": "Bore", "minimum": "1", "maximum": "60", "after": "0"}


async def test_a_category_is_added_renamed_and_moved(clients: dict[str, httpx.AsyncClient], client: httpx.AsyncClient) -> None:
    ids, operator = await grown(), clients["operator"]
    assert "Test d" in (await operator.get(PLACE)).text
    added = await form(operator, PLACE, name_en="Test pumps", name_ar="مضخات", slug="test-pumps", parent_id=str(ids["z"]), typical_weight_grams="900")
    assert added.status_code == 303, added.text
    assert "The category is added." in (await operator.get(added.headers["location"])).text
    place = added.headers["location"].removeprefix("/en").removesuffix("?stored=new")
    shown = (await operator.get(place)).text
    assert 'value="مضخات"' in shown
    assert 'value="900"' in shown
    changed = await form(operator, place, name_en="Test pump", hs_prefix="8413", version="1")
    assert changed.status_code == 303, changed.text
    moved = await form(operator, f"{place}/move", parent_id=str(ids["a"]), place="0", version="2")
    assert moved.status_code == 303, moved.text
    assert (changed.headers["location"], moved.headers["location"]) == (f"{place}?stored=category", f"{place}?stored=moved")
    found = await taxonomy.category_by_slug("test-pumps")
    assert (found.names, found.hs_prefix, found.typical_weight_grams, found.parent_id, found.position) == (
        {"en": "Test pump"},
        "8413",
        None,
        ids["a"],
        0,
    )
    assert (await client.get(PLACE)).status_code in {303, 401}


async def test_what_is_wrong_with_a_category_is_told_beside_it(clients: dict[str, httpx.AsyncClient]) -> None:
    ids, operator = await grown(), clients["operator"]
    refused = await form(operator, PLACE, name_en="", name_vi="Bơm", slug="test-a")
    assert refused.status_code == 422
    assert "Give an English name" in refused.text
    assert 'value="Bơm"' in refused.text
    taken = await form(operator, PLACE, name_en="Pumps", slug="test-a")
    assert (taken.status_code, 'value="Pumps"' in taken.text) == (409, True)
    assert (await form(operator, PLACE, name_en="Pumps", slug="Not a slug", typical_weight_grams="-3")).status_code == 422
    both = await form(operator, PLACE, name_en=" ", slug="Not a slug")
    assert (both.status_code, "Give an English name" in both.text, both.text.count('aria-invalid="true"')) == (422, True, 2)
    circle = await form(operator, f"{PLACE}/{ids['a']}/move", parent_id=str(ids["d"]), version="1")
    assert circle.status_code == 409
    assert "cannot stand under" in circle.text
    assert 'value="Test a"' in circle.text
    late = await form(operator, f"{PLACE}/{ids['a']}", name_en="Kept as typed", version="7")
    assert (late.status_code, "Kept as typed" in late.text) == (412, True)
    assert (await taxonomy.category(ids["a"])).names == {"en": "Test a"}


async def test_a_schema_is_previewed_then_published_with_a_reason(clients: dict[str, httpx.AsyncClient], client: httpx.AsyncClient) -> None:
    (above, below), operator = await family(), clients["operator"]
    place = f"{PLACE}/{above}/schema"
    preview = await form(operator, place, step="preview", **BORE)
    assert preview.status_code == 200
    assert "4 of 6 products break." in preview.text
    assert "20 mm" in preview.text
    assert (await taxonomy.category(above)).own == ()
    unreasoned = await form(operator, place, step="publish", **BORE)
    assert unreasoned.status_code == 422
    assert 'value="60"' in unreasoned.text
    done = await form(operator, place, step="publish", reason="Buyers ask for it.", **BORE)
    assert done.status_code == 303, done.text
    version = (await operator.get(done.headers["location"])).text
    assert "Buyers ask for it." in version
    assert "4 of 6 products break." in version
    listed = await operator.get(f"{PLACE}/{above}/faults?key=bore&code=outside-range")
    assert ("Bearing 1" in listed.text, "Bearing 0" in listed.text) == (True, False)
    now = (await operator.get(f"{PLACE}/{above}/faults")).text
    assert "4 of 6 products have a fault." in now
    assert re.search(rf"{PLACE}/{above}/faults\?key=bore&(amp;)?code=outside-range", now)
    assert (await operator.get(f"{PLACE}/{above}/faults?key=bore&code=never")).status_code == 404
    inherited = (await operator.get(f"{PLACE}/{below}/schema")).text
    assert "inherited" in inherited
    answer = (await client.get(f"/api/v1/categories/{below}/schema")).json()
    assert [(one["definition"]["key"], one["definition"]["unit"], one["is_own"]) for one in answer["attributes"]] == [("bore", "mm", False)]
    gone = await form(operator, place, step="remove-publish", reason="Nobody asks.", **(BORE | {"was": "bore", "after": "2"}))
    assert gone.status_code == 303, gone.text
    assert (await taxonomy.category(above)).own == ()


async def test_a_fault_below_is_told_above_by_the_label_of_its_attribute(clients: dict[str, httpx.AsyncClient]) -> None:
    (above, below), operator = await family(), clients["operator"]
    await form(operator, f"{PLACE}/{below}/schema", step="publish", reason="Buyers ask for it.", **BORE)
    shown = (await operator.get(f"{PLACE}/{above}/faults")).text
    assert '<th scope="row"><bdi>Bore</bdi></th>' in shown
    assert "products have a fault." in shown


async def test_what_a_move_breaks_is_shown_before_it_is_done(clients: dict[str, httpx.AsyncClient]) -> None:
    (above, below), operator = await family(), clients["operator"]
    other = (await grown())["z"]
    await form(operator, f"{PLACE}/{above}/schema", step="publish", reason="Buyers ask for it.", **BORE)
    needed = BORE | {"key": "grease", "kind": "text", "unit": "", "minimum": "", "maximum": "", "label_en": "Grease", "is_required": "on"}
    await form(operator, f"{PLACE}/{other}/schema", step="publish", reason="Buyers ask for it.", **needed)
    shown = (await operator.get(f"{PLACE}/{below}/move/preview?parent_id={other}")).text
    for words in ("Not asked any more: Bore.", "Asked from then on: Grease.", "3 of 3 products break.", "missing"):
        assert words in shown
    report = (await operator.get(f"/api/v1{PLACE}/{below}/move/preview?parent_id={other}")).json()
    assert [(one["key"], one["code"], one["already"]) for one in report["faults"]] == [("grease", "missing", 0)]
    assert (await operator.get(f"{PLACE}/{above}/move/preview?parent_id={below}")).status_code == 409
    assert (await operator.get(f"{PLACE}/{above}/move/preview?parent_id=nonsense")).status_code == 422
    assert (await taxonomy.category(below)).parent_id == above


@pytest.mark.parametrize(
    "typed",
    [
        {"key": "Bore!"}, {"kind": "colour"}, {"minimum": "9" * 30}, {"minimum": "70"}, {"label_en": ""}, {"telling_rank": "x"}, {"kind": "enum"},
        {"options": "x"}, {"kind": "enum", "options": "\n".join("x" * 3 for _ in range(3)), "unit": "", "minimum": "", "maximum": ""}, {"unit": "9mm"},
    ],
)  # fmt: skip
async def test_a_definition_that_makes_no_sense_is_told_and_kept(clients: dict[str, httpx.AsyncClient], typed: dict[str, str]) -> None:
    above, _ = await family()
    for step in ("preview", "publish"):
        refused = await form(clients["operator"], f"{PLACE}/{above}/schema", step=step, reason="Buyers ask for it.", **(BORE | typed))
        assert refused.status_code == 422, refused.text
        assert re.search(r'class="summary" role="alert"', refused.text)
    assert (await taxonomy.category(above)).own == ()


async def test_an_odd_number_is_marked_for_buyers_until_somebody_calls_it_right(
    clients: dict[str, httpx.AsyncClient], client: httpx.AsyncClient
) -> None:
    await numbers.find(NOW)
    _, odd = await notebooks()
    await numbers.find(NOW)
    operator = clients["operator"]
    shown = (await client.get(f"/en/products/{odd}/details")).text
    assert "not usual" in shown
    queue = (await operator.get("/operator/numbers")).text
    assert "3,140" in queue
    (path,) = set(re.findall(r'action="(?:/en)?(/operator/numbers/[0-9a-f-]+)"', queue))
    assert (await form(operator, path, state="right", seen="open")).status_code == 303
    assert (await form(operator, path, state="right", seen="open")).status_code == 412
    assert "not usual" not in (await client.get(f"/en/products/{odd}/details")).text
    assert (await operator.get("/operator/numbers?state=what")).status_code == 404
