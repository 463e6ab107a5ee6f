"""Tests publishing what a category asks: previews that count what breaks, versions that stay, and refusals that change nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.catalogue.attributes import queries_faults, rules, service
from marketplace.catalogue.attributes.errors import BadSchema, NothingChanged
from marketplace.catalogue.attributes.schemas import AttributeIn, OptionIn, SchemaIn
from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.products.service import create_products
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.taxonomy.schemas import CategoryAttribute, NewCategory, Option
from marketplace.kernel.cursors import Asked
from marketplace.kernel.database import connection, reading, transaction
from marketplace.kernel.errors import NotAllowed, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from tests.catalogue.test_attributes_rules import CASES
from tests.catalogue.test_taxonomy_moves import KEEPER, SELLER
from tests.conftest import NOW

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("rolled_back")
SECRET = "0123456789abcdef"
BORE = AttributeIn(key="bore", kind="number", unit="mm", labels={"en": "Bore"}, is_required=True, minimum="1", maximum="60", telling_rank=1)
SEAL = AttributeIn(key="seal", kind="enum", labels={"en": "Seal"}, options=[OptionIn(value="ZZ"), OptionIn(value="2RS")], is_facet=True)
HELD: tuple[dict[str, str | bool | int | float], ...] = (
    {"bore": 20, "seal": "ZZ"},
    {"bore": 200, "seal": "2RS"},
    {"bore": 0.5, "seal": "open"},
    {"bore": "20 mm", "seal": "ZZ"},
    {"bore": True, "seal": "rubber"},
    {"seal": "2RS"},
)


async def family() -> tuple[UUID, UUID]:
    (above,) = await taxonomy.create_categories([NewCategory(slug="test-bearings", names={"en": "Bearings"})])
    (below,) = await taxonomy.create_categories([NewCategory(slug="test-ball", names={"en": "Ball bearings"}, parent_id=above)])
    new = [
        NewProduct(source="tests", source_id=f"B-{at}", title=f"Bearing {at}", category_id=below if at % 2 else above, attributes=held)
        for at, held in enumerate(HELD)
    ]
    draft = NewProduct(source="tests", source_id="B-draft", title="Bearing draft", category_id=below, state="draft")
    await create_products([*new, draft], now=NOW)
    return above, below


def sent(*attributes: AttributeIn, after: int = 0, reason: str = "Buyers ask for it.") -> SchemaIn:
    return SchemaIn(attributes=list(attributes), after=after, reason=reason)


async def test_sql_and_python_find_the_same_wrong() -> None:
    for at, (about, value, expected) in enumerate(CASES):
        (made,) = await taxonomy.create_categories([NewCategory(slug=f"case-{at}", names={"en": "Case"})])
        held: dict[str, Any] = {} if value is None else {about.key: value}
        await create_products([NewProduct(source="cases", source_id=str(at), title="Case", category_id=made, attributes=held)], now=NOW)
        async with reading():
            found = [code for code in rules.FAULTS if await queries_faults.faulty([made], [about], code=code, after=None, limit=5)]
        assert found == ([] if expected is None else [expected]), (about.key, value)


async def test_a_preview_counts_each_fault_and_names_samples_and_writes_nothing() -> None:
    above, below = await family()
    report = await service.preview(above, [BORE, SEAL], actor=KEEPER)
    assert (report.products, report.broken, report.is_about, report.changed) == (6, 5, False, ("bore", "seal"))
    assert [(one.key, one.code, one.products, one.already) for one in report.faults] == [
        ("bore", "missing", 1, 0),
        ("bore", "wrong-type", 1, 0),
        ("bore", "outside-range", 2, 0),
        ("bore", "unit", 1, 0),
        ("seal", "not-an-option", 2, 0),
    ]
    assert sorted((sample.title, sample.value) for sample in report.faults[2].samples) == [("Bearing 1", "200"), ("Bearing 2", "0.5")]
    assert (await service.schema(below)).attributes == ()
    assert await service.versions(above, actor=KEEPER) == []


async def test_a_published_version_counts_below_too_and_keeps_reason_actor_and_report() -> None:
    above, below = await family()
    made = await service.publish(above, sent(BORE), actor=KEEPER, now=NOW)
    assert (made.version, made.reason, made.at, made.report.broken) == (2, "Buyers ask for it.", NOW, 5)
    assert [(one.definition.key, one.from_category, one.is_own) for one in (await service.schema(below)).attributes] == [
        ("bore", "test-bearings", False)
    ]
    assert [(one.key, one.code) for one in await service.check(below, {"bore": 61})] == [("bore", "outside-range")]
    second = await service.publish(above, sent(BORE, SEAL, after=2), actor=KEEPER, now=NOW)
    kept, before = await service.version(above, 3, actor=KEEPER)
    assert (kept, before) == (second, made)
    assert [(one.key, one.before is None, one.after is None) for one in service.changes(made.attributes, second.attributes)] == [
        ("seal", True, False)
    ]
    assert [(one.version, len(one.attributes)) for one in await service.versions(above, actor=KEEPER)] == [(3, 2), (2, 1), (1, 0)]
    async with transaction(actor=KEEPER):
        rows = await connection().fetch("SELECT reason FROM kernel.audit_rows WHERE action = 'category.schema_published' AND entity_id = $1", above)
    assert len(rows) == 2


async def test_what_was_wrong_before_is_told_apart_from_what_breaks() -> None:
    above, _ = await family()
    await service.publish(above, sent(BORE), actor=KEEPER, now=NOW)
    tighter = AttributeIn(key="bore", kind="number", unit="mm", labels={"en": "Bore"}, is_required=True, minimum="1", maximum="10")
    report = await service.preview(above, [tighter], actor=KEEPER)
    assert {one.code: (one.products, one.already) for one in report.faults} == {
        "missing": (1, 1),
        "wrong-type": (1, 1),
        "outside-range": (3, 2),
        "unit": (1, 1),
    }


async def test_another_unit_breaks_every_number_that_stays() -> None:
    above, _ = await family()
    await service.publish(above, sent(AttributeIn(key="bore", kind="number", unit="mm", labels={"en": "Bore"})), actor=KEEPER, now=NOW)
    report = await service.preview(above, [AttributeIn(key="bore", kind="number", unit="in", labels={"en": "Bore"})], actor=KEEPER)
    assert {one.code: one.products for one in report.faults} == {"wrong-type": 1, "unit": 4}
    relabelled = AttributeIn(key="bore", kind="number", unit="mm", labels={"en": "Bore width"}, is_facet=True)
    assert (await service.preview(above, [relabelled], actor=KEEPER)).changed == ()


async def test_a_category_below_that_says_it_anew_is_not_touched() -> None:
    above, below = await family()
    free = AttributeIn(key="bore", kind="text", labels={"en": "Bore"})
    await service.publish(below, sent(free), actor=KEEPER, now=NOW)
    report = await service.preview(above, [BORE], actor=KEEPER)
    assert {one.code: one.products for one in report.faults} == {"wrong-type": 1, "outside-range": 1}
    await service.publish(above, sent(BORE), actor=KEEPER, now=NOW)
    assert [(one.definition.kind, one.is_own, one.is_override) for one in (await service.schema(below)).attributes] == [("text", True, True)]


async def test_products_of_a_fault_are_listed_page_by_page() -> None:
    above, _ = await family()
    await service.publish(above, sent(BORE, SEAL), actor=KEEPER, now=NOW)
    first, cursor = await service.faulty_products(above, key="bore", code="outside-range", asked=Asked(None, 1, SECRET), actor=KEEPER)
    second, end = await service.faulty_products(above, key="bore", code="outside-range", asked=Asked(cursor, 1, SECRET), actor=KEEPER)
    assert ([*[one.title for one in first], *[one.title for one in second]], end) == (["Bearing 1", "Bearing 2"], None)
    with pytest.raises(NotFound):
        await service.faulty_products(above, key="colour", code="missing", asked=Asked(None, 1, SECRET), actor=KEEPER)


async def test_a_large_category_is_told_about(monkeypatch: pytest.MonkeyPatch) -> None:
    above, _ = await family()
    monkeypatch.setattr(service, "EXACT_MAX", 3)
    report = await service.preview(above, [BORE], actor=KEEPER)
    assert (report.products, report.broken, report.is_about) == (6, 5, True)


BAD = (
    [AttributeIn(key="a", kind="text", labels={})],
    [AttributeIn(key="a", kind="text", labels={"en": "A", "xx": "A"})],
    [AttributeIn(key="a", kind="text", labels={"en": "A"}), AttributeIn(key="a", kind="bool", labels={"en": "A"})],
    [AttributeIn(key="a", kind="text", labels={"en": "A"}, unit="mm")],
    [AttributeIn(key="a", kind="bool", labels={"en": "A"}, minimum="1")],
    [AttributeIn(key="a", kind="number", labels={"en": "A"}, minimum="2", maximum="1")],
    [AttributeIn(key="a", kind="number", labels={"en": "A"}, unit="1mm")],
    [AttributeIn(key="a", kind="number", labels={"en": "A"}, unit="m\u202em")],
    [AttributeIn(key="a", kind="enum", labels={"en": "A"})],
    [AttributeIn(key="a", kind="enum", labels={"en": "A"}, options=[OptionIn(value="x"), OptionIn(value="x")])],
    [AttributeIn(key="a", kind="enum", labels={"en": "A"}, options=[OptionIn(value=" x")])],
    [AttributeIn(key="a", kind="text", labels={"en": "A"}, options=[OptionIn(value="x")])],
)


@pytest.mark.parametrize("attributes", BAD)
async def test_definitions_that_make_no_sense_are_refused(attributes: list[AttributeIn]) -> None:
    above, _ = await family()
    with pytest.raises(BadSchema):
        await service.publish(above, sent(*attributes), actor=KEEPER, now=NOW)
    assert await service.versions(above, actor=KEEPER) == []
    assert (await taxonomy.category(above)).own == ()


async def test_who_comes_late_or_changes_nothing_or_may_not_is_told() -> None:
    above, _ = await family()
    await service.publish(above, sent(BORE), actor=KEEPER, now=NOW)
    with pytest.raises(VersionConflict):
        await service.publish(above, sent(SEAL), actor=KEEPER, now=NOW)
    with pytest.raises(NothingChanged):
        await service.publish(above, sent(BORE, after=2), actor=KEEPER, now=NOW)
    with pytest.raises(NotAllowed):
        await service.publish(above, sent(SEAL, after=2), actor=SELLER, now=NOW)
    with pytest.raises(NotFound):
        await service.publish(uuid7(), sent(SEAL), actor=KEEPER, now=NOW)
    assert [one.version for one in await service.versions(above, actor=KEEPER)] == [2, 1]
    expected = CategoryAttribute(
        key="bore", kind="number", unit="mm", labels={"en": "Bore"}, is_required=True, minimum=Decimal(1), maximum=Decimal(60), telling_rank=1
    )  # fmt: skip
    assert (await taxonomy.category(above)).own == (expected,)


async def test_options_are_read_back_as_they_were_published() -> None:
    above, _ = await family()
    made = await service.publish(above, sent(SEAL), actor=KEEPER, now=NOW)
    assert made.attributes[0].options == (Option("ZZ"), Option("2RS"))
    assert (await service.versions(above, actor=KEEPER))[0] == made
