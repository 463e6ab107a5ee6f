"""Tests reading somebody's file of products for a proposal: typed by the category that a row names, and nothing is kept."""

from __future__ import annotations

import pytest

from marketplace.catalogue.imports import service
from marketplace.catalogue.products.schemas import ProductWords
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import reading
from marketplace.kernel.sheets_in.errors import ColumnsUnknown
from marketplace.kernel.sheets_in.schemas import Limits, Mapping, Sent
from tests.catalogue.test_imports_sheets import category

pytestmark = pytest.mark.usefixtures("rolled_back")
CONTENT = (
    "title,gtin,category,weight_kg,attr:bore,attr:free,title_vi\n"
    "Bearing,4006381333931;0095205603217,sheet-bearings,0.1,20,20,Vòng bi\n"
    "Other,4.0E+12,nowhere,1,wide,,\n"
)


async def test_rows_are_given_by_field_with_what_is_wrong_and_nothing_is_kept() -> None:
    slug = await category()
    first, second = await service.read_rows(Sent(name="a.csv", content=CONTENT.encode()), limits=Limits())
    assert (first.line, first.source_id, first.issues) == (2, "", ())
    assert first.values == {
        "title": "Bearing", "gtin": "04006381333931", "category": slug, "weight_grams": 100, "attributes.bore": 20, "attributes.free": "20",
    }  # fmt: skip
    assert first.words == {"vi": ProductWords("Vòng bi")}
    assert [one.code for one in second.issues] == ["gtin-scientific", "unknown-category"]
    assert second.values == {"title": "Other", "weight_grams": 1000, "attributes.bore": "wide"}
    async with reading(WORKER) as connection:
        assert await connection.fetchval("SELECT count(*) FROM catalogue.products WHERE title IN ('Bearing', 'Other')") == 0


async def test_a_mapping_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ColumnsUnknown):
        await service.read_rows(Sent(name="a.csv", content=b"a,b\n1,2\n"), limits=Limits(), mapping=Mapping(columns={"title": "c"}))
