"""Tests of what is wrong with rows: each has its code in the report, nothing is guessed, and the rest of the file is checked all the same."""

from __future__ import annotations

import json
import unicodedata
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.products.service import create_products
from marketplace.kernel import spreadsheet
from marketplace.kernel.sheets_in import service as sheets_in
from marketplace.kernel.sheets_in.errors import ColumnsUnknown
from marketplace.kernel.sheets_in.schemas import Mapping, MappingIn, Sent
from marketplace.kernel.sheets_in.service import CellIsBad
from tests.conftest import NOW
from tests.vendors import feed, market
from vendors.accounts.schemas import INCOTERM_WORDS
from vendors.imports import rules, rules_columns, rules_words, service
from vendors.imports.errors import FixedUnusable
from vendors.offers import service as offers
from vendors.offers.schemas import OwnFilter
from vendors.prices import service as prices
from vendors.prices.schemas import NewPrice
from vendors.sites.schemas import NewSite
from vendors.sites.service import create_site
from vendors.visibility.schemas import LEVELS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("rolled_back", "files")

NUMBERS = [
    ("1234.56", "plain", "1234.56"), ("1234", "plain", "1234"), ("0012", "plain", "0012"), ("1,234.56", "en", "1234.56"), ("1.234,56", "de", "1234.56"),
    ("1234,5", "de", "1234.5"), ("1 234,56", "fr", "1234.56"), ("1\u202f234,56", "fr", "1234.56"), ("1'234.56", "ch", "1234.56"), ("12.345.678", "de", "12345678"),
]  # fmt: skip
NO_NUMBERS = [
    ("1.234,56", "plain"), ("1,234.56", "plain"), ("1 234", "plain"), ("12,50", "plain"), ("1E+05", "plain"), ("1e5", "de"), ("-1", "plain"), ("+1", "plain"),
    ("1.23.456", "de"), ("12,34,567", "en"), ("1.234,56", "en"), ("١٢", "plain"), ("", "plain"), (".5", "plain"), ("5.", "plain"), ("NaN", "plain"), ("inf", "de"),
    ("0x10", "plain"), ("1_000", "plain"), ("1 2345", "fr"), ("9" * 400, "plain"),
]  # fmt: skip


@pytest.mark.parametrize("text, locale, number", NUMBERS)
def test_a_number_is_read_in_the_notation_that_is_named(text: str, locale: str, number: str) -> None:
    assert sheets_in.number(text, locale=locale) == number


@pytest.mark.parametrize("text, locale", NO_NUMBERS)
def test_a_number_in_another_notation_is_not_guessed(text: str, locale: str) -> None:
    with pytest.raises(CellIsBad):
        sheets_in.number(text, locale=locale)


@pytest.mark.parametrize(
    "text, locale, code",
    [
        ("-1", "plain", "below-zero"), ("\N{MINUS SIGN}1.234,5", "de", "below-zero"), ("-0.5", "plain", "below-zero"), ("-0", "plain", "bad-number"),
        ("-1,5", "plain", "bad-number"), ("--1", "plain", "bad-number"), ("-", "plain", "bad-number"), ("12345678901234567890", "plain", "out-of-range"),
        ("1,234,567,890,123", "en", "out-of-range"), ("1234567890123,5", "de", "out-of-range"), ("1.2345678901", "plain", "too-many-decimals"),
        ("1.234,56", "plain", "bad-number"), ("0000000000012", "plain", "bad-number"), ("1E+20", "plain", "bad-number"),
    ],
)  # fmt: skip
def test_why_a_cell_is_no_number_is_told_apart(text: str, locale: str, code: str) -> None:
    with pytest.raises(CellIsBad, match=f"^{code}$"):
        sheets_in.number(text, locale=locale)


@pytest.mark.parametrize(
    "written, message",
    [
        ("below-zero|price|-1", "-1 is below zero."),
        ("out-of-range|price|12345678901234567890", "12345678901234567890 is too large."),
        ("bad-word|action|delete", "delete is not one of the words of this column, which are: upsert, pause."),
        ("bad-word|condition|shiny", "shiny is not one of the words of this column, which are: new, refurbished, used."),
        ("bad-word|backorder|perhaps", "perhaps is not one of the words of this column, which are: yes, true, 1, y, no, false, 0, n."),
        ("bad-word|incoterm|DDU", f"DDU is not one of the words of this column, which are: {', '.join(INCOTERM_WORDS)}."),
        ("bad-word|visibility|all", f"all is not one of the words of this column, which are: {', '.join(LEVELS)}."),
    ],
)
def test_the_report_says_what_would_be_right(written: str, message: str) -> None:
    assert rules_words.told(written, {}).message == message


@pytest.mark.parametrize(
    "text, locale, moment",
    [
        ("2026-04-03", "iso", "2026-04-02T22:00:00+00:00"),
        ("03/04/2026", "dmy", "2026-04-02T22:00:00+00:00"),
        ("3.4.2026", "dmy", "2026-04-02T22:00:00+00:00"),
        ("03/04/2026", "mdy", "2026-03-03T23:00:00+00:00"),
        ("2026-04-03T10:00:00+02:00", "iso", "2026-04-03T08:00:00+00:00"),
        ("2026-04-03T08:00:00.000001Z", "dmy", "2026-04-03T08:00:00.000001+00:00"),
    ],
)
def test_a_date_is_read_in_the_order_that_is_named(text: str, locale: str, moment: str) -> None:
    assert sheets_in.moment(text, locale=locale, time_zone="Europe/Berlin") == moment


@pytest.mark.parametrize(
    "text, locale",
    [
        ("03/04/2026", "iso"), ("45000", "iso"), ("45000", "dmy"), ("29/02/1900", "dmy"), ("1900-02-29", "iso"), ("2026-02-30", "iso"), ("31/04/2026", "dmy"),
        ("1999-12-31", "iso"), ("2100-06-01", "iso"), ("2026-04-03T10:00:00", "iso"), ("9999-12-31T23:59:59-23:59", "iso"), ("0001-01-01T00:00:00+14:00", "iso"),
        ("tomorrow", "iso"), ("26-04-03", "iso"), ("13/13/2026", "mdy"), ("infinity", "iso"),
    ],
)  # fmt: skip
def test_a_date_in_another_order_or_outside_of_time_is_not_guessed(text: str, locale: str) -> None:
    with pytest.raises(CellIsBad):
        sheets_in.moment(text, locale=locale, time_zone="Europe/Berlin")


def test_what_a_format_knows_to_be_a_number_is_no_article_number_and_no_date() -> None:
    for cell, target in (
        (12, "sku"),
        (12.0, "part_number"),
        (45000, "valid_from"),
        (60, "valid_to"),
        (["d", "2026-01-01"], "stock"),
        (1e20, "price"),
    ):
        with pytest.raises(CellIsBad):
            rules.typed(cell, target)
    assert [rules.typed(12, "stock"), rules.typed(12.5, "price"), rules.typed(cell=True, target="backorder"), rules.typed(["d", "2026-01-01"], "valid_to")] == [
        "12", "12.5", "true", "2026-01-01",
    ]  # fmt: skip


def test_heads_are_known_by_their_usual_names() -> None:
    heads = ("Article No.", "EAN", "Unit Price", "Price 50", "Stock", "Lead Time", "image_url", "Tier 1 From", "tier1_price")
    assert sheets_in.guessed(heads, rules_columns.target_of) == {
        "sku": "Article No.", "gtin": "EAN", "price": "Unit Price", "price_50": "Price 50", "stock": "Stock", "lead_days": "Lead Time",
        "tier1_from": "Tier 1 From", "tier1_price": "tier1_price",
    }  # fmt: skip


# Head, rows, and what is wrong by line: code, column and what stood there.
CASES: dict[str, tuple[str, dict[int, list[str]]]] = {
    "numbers in no notation": (
        'sku,price\nH-1,"1.234,56"\nH-1b,1E+05\n',
        {2: ["bad-number|price|1.234,56"], 3: ["bad-number|price|1E+05", "product-missing|product_id|", "currency-missing|currency|", "origin-missing|origin|"]},
    ),
    "seven decimals": ("sku,price\nH-1,1.1234567\n", {2: ["too-many-decimals|price|1.1234567"]}),
    "half a piece": ("sku,stock\nH-1,2.5\n", {2: ["too-many-decimals|stock|2.5"]}),
    "quantities of pieces that are divided": (
        "sku,moq,multiple,pack,stock,safety\nH-1,1.5,2.50,0.5,7.25,0.125\n",
        {
            2: [
                "too-many-decimals|moq|1.5", "too-many-decimals|multiple|2.50", "too-many-decimals|pack|0.5", "too-many-decimals|stock|7.25",
                "too-many-decimals|safety|0.125",
            ]
        },
    ),
    "price tiers that begin within a piece": (
        "sku,tier1 from,tier1 price,tier3 from,tier3 price\nH-1,1,5,10.5,4\n",
        {2: ["too-many-decimals|tier3_from|10.5"]},
    ),
    "two price tiers within one piece": (
        "sku,tier1 from,tier1 price,tier2 from,tier2 price\nH-1,1.2,5,1.6,4\n",
        {2: ["too-many-decimals|tier1_from|1.2", "too-many-decimals|tier2_from|1.6"]},
    ),
    "a quantity of a product that nobody knows": (
        "sku,gtin,price,currency,origin,moq\nH-9,4006381333931,5,EUR,DE,2.5\n",
        {2: ["unknown-product|gtin|4006381333931"]},
    ),
    "two tiers at one quantity": ("sku,tier1 from,tier1 price,tier2 from,tier2 price\nH-1,1,5,1,4\n", {2: ["tiers-not-ascending|price|"]}),
    "a negative stock": ("sku,stock\nH-1,-5\n", {2: ["below-zero|stock|-5"]}),
    "a negative price": ("sku,price\nH-1,-1\n", {2: ["below-zero|price|-1"]}),
    "a price of twenty digits": ("sku,price\nH-1,12345678901234567890\n", {2: ["out-of-range|price|12345678901234567890"]}),
    "a price of ten decimals": ("sku,price\nH-1,1.1234567891\n", {2: ["too-many-decimals|price|1.1234567891"]}),
    "a stock without end": ("sku,stock\nH-1,9999999999\n", {2: ["out-of-range|stock|9999999999"]}),
    "a price of nothing": ("sku,price\nH-1,0.00\n", {2: ["not-above-zero|price|0.00"]}),
    "a minimum of nothing": ("sku,moq\nH-1,0\n", {2: ["not-above-zero|moq|0"]}),
    "dates in no order": ("sku,valid to\nH-1,03/04/2027\n", {2: ["bad-date|valid_to|03/04/2027"]}),
    "an end before the start": ("sku,valid from,valid to\nH-1,2027-02-01,2027-01-01\n", {2: ["ends-before-start|valid_to|"]}),
    "an end in the past": ("sku,valid to\nH-1,2020-01-01\n", {2: ["ends-before-start|valid_to|"]}),
    "the same number twice": ("sku,stock\nH-1,1\nH-1,2\n", {2: ["duplicate|sku|3"], 3: ["duplicate|sku|2"]}),
    "the same number with a space and in another case": ('sku,stock\nH-1,1\n"h-1 ",2\n', {2: ["duplicate|sku|3"], 3: ["duplicate|sku|2"]}),
    "no number": ("sku,stock\n,1\n", {2: ["sku-missing|sku|"]}),
    "too long a number": (
        "sku,stock\n" + "H" * 81 + ",1\n",
        {2: ["too-long|sku|" + "H" * 40, "product-missing|product_id|", "price-missing|price|", "currency-missing|currency|", "origin-missing|origin|"]},
    ),
    "too many cells": ("sku,stock\nH-1,1,2\n", {2: ["cells-differ||3"]}),
    "too few cells": ("sku,stock,price\nH-1,1\n", {2: ["cells-differ||2"]}),
    "a new number without its product": ("sku,price,currency,origin\nH-9,5,EUR,DE\n", {2: ["product-missing|product_id|"]}),
    "a product that nobody knows": ("sku,brand,part number,price,currency,origin\nH-9,Nord,P-11,5,EUR,DE\n", {2: ["unknown-product|part_number|P11"]}),
    "a brand that does not fit": ("sku,brand,part number,price,currency,origin\nH-9,Sud,P-1,5,EUR,DE\n", {2: ["unknown-product|part_number|P1"]}),
    "a part number without its brand": (
        "sku,part number,price,currency,origin\nH-9,P-1,5,EUR,DE\n",
        {2: ["brand-missing|brand|", "unknown-product|part_number|P1"]},
    ),
    "a GTIN with a wrong digit": ("sku,gtin,price,currency,origin\nH-9,4006381333932,5,EUR,DE\n", {2: ["bad-gtin|gtin|4006381333932"]}),
    "an id in another spelling": ("sku,product id\nH-1,urn:uuid:0123\n", {2: ["bad-id|product_id|urn:uuid:0123"]}),
    "a new offer without price": ("sku,brand,part number,currency,origin\nH-9,Nord,P-1,EUR,DE\n", {2: ["price-missing|price|"]}),
    "a new offer without currency and origin": ("sku,brand,part number,price\nH-9,Nord,P-1,5\n", {2: ["currency-missing|currency|", "origin-missing|origin|"]}),
    "a currency that is none": ("sku,currency\nH-1,EURO\n", {2: ["unknown-code|currency|EURO"]}),
    "another currency": ("sku,currency\nH-1,USD\n", {2: ["currency-differs|currency|USD"]}),
    "a country that is none": ("sku,origin\nH-1,XX\n", {2: ["unknown-code|origin|XX"]}),
    "another unit": ("sku,unit\nH-1,KGM\n", {2: ["unit-differs|unit|KGM"]}),
    "a site of nobody": ("sku,site\nH-1,Moon\n", {2: ["unknown-site|site|Moon"]}),
    "another product": ("sku,brand,part number\nH-1,Nord,P-2\n", {2: ["sku-of-another-product|sku|H-1"]}),
    "tiers that fall back": (
        "sku,tier1 from,tier1 price,tier2 from,tier2 price\nH-1,10,5,5,4\n",
        {2: ["tiers-not-ascending|price|", "tiers-above-least|price|10"]},
    ),
    "a tier without its price": ("sku,tier1 from,tier1 price\nH-1,10,\n", {2: ["tier-incomplete|tier1_from|"]}),
    "a first tier above the least": ("sku,tier1 from,tier1 price\nH-1,10,5\n", {2: ["tiers-above-least|price|10"]}),
    "words that are none": (
        "sku,incoterm,condition,action,backorder\nH-1,DDU,shiny,delete,perhaps\n",
        {2: ["bad-word|action|delete", "bad-word|incoterm|DDU", "bad-word|backorder|perhaps", "bad-word|condition|shiny"]},
    ),
    "days that are none": ("sku,lead days\nH-1,soon\n", {2: ["bad-days|lead_days|soon"]}),
    "years of waiting": ("sku,lead days\nH-1,731\n", {2: ["bad-days|lead_days|731"]}),
    "nothing to pause": (
        "sku,action\nH-9,pause\n",
        {2: ["product-missing|product_id|", "nothing-to-pause|sku|H-9", "price-missing|price|", "currency-missing|currency|", "origin-missing|origin|"]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("content, wrong", CASES.values(), ids=CASES.keys())
async def test_what_is_wrong_with_a_row_is_told_and_nothing_changes(content: str, wrong: dict[int, list[str]]) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    await market.product("P-2", now=NOW)
    before = await feed.state()
    run = await feed.checked(seller, content)
    assert (run.state, dict(await feed.problems(run, seller))) == ("checked", wrong)
    assert run.counts.errors == len(wrong)
    assert await feed.state() == before


async def test_a_row_that_sells_less_than_a_planned_price_begins_at_is_refused_until_that_price_is_withdrawn() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW, tiers=market.tiers((1, "5.00")), moq=20)
    planned = NewPrice(tiers=market.tiers((20, "4.00")), starts=NOW + timedelta(days=1))
    await prices.plan(offer_id, price=planned, version=None, actor=seller.actor, now=NOW)
    before = await feed.state()
    for content in ("sku,moq\nH-1,10\n", "sku,moq,tier1 from,tier1 price\nH-1,10,10,6\n"):
        run = await feed.checked(seller, content)
        assert await feed.problems(run, seller) == [(2, ["planned-above-least|moq|"])]
    for content in ("sku,stock\nH-1,9\n", "sku,moq\nH-1,20\n", "sku,moq\nH-1,30\n"):
        assert await feed.problems(await feed.checked(seller, content), seller) == []
    assert await feed.state() == before
    (coming,) = [one for one in await prices.versions(offer_id, actor=seller.actor) if one.starts > NOW]
    await prices.withdraw(coming.id, actor=seller.actor, now=NOW)
    assert (await feed.applied(seller, "sku,moq\nH-1,10\n")).counts.changed == 1


async def test_a_row_of_other_width_than_the_head_is_told_with_its_number_of_cells() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    run = await feed.checked(seller, "sku,stock\nH-1\nH-1,1,2\n")
    told = [row.problems[0].message for row in (await service.detail(run.id, actor=seller.actor, now=NOW)).errors]
    assert told == ["The row has 1 cell, and the head has another number.", "The row has 3 cells, and the head has another number."]


async def test_an_article_number_in_another_form_of_unicode_is_the_same() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await market.offer(seller, await market.product("P-1", now=NOW), "Größe-1", now=NOW)
    run = await feed.checked(seller, f"sku,stock\n{unicodedata.normalize('NFD', 'GRÖSSE-1')},9\n{unicodedata.normalize('NFC', 'größe-1')},9\n")
    assert await feed.problems(run, seller) == [(2, ["duplicate|sku|3"]), (3, ["duplicate|sku|2"])]


async def test_an_unknown_part_number_is_told_with_the_nearest_one() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await market.product("6204-2RS", now=NOW)
    run = await feed.checked(seller, "sku,brand,part number,price,currency,origin\nH-1,Nord,6204-2RZ,5,EUR,DE\n")
    (row,) = (await service.detail(run.id, actor=seller.actor, now=NOW)).errors
    assert row.problems[0].message == "No product is known as 62042RZ. Did you mean 62042RS?"


async def test_a_product_is_found_by_id_gtin_source_or_brand_and_part_number() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    new = [
        NewProduct(source="test", source_id=f"S-{n}", title=f"Bearing {n}", brand="Nord", part_number=f"P {n}", gtin=gtin)
        for n, gtin in enumerate((None, "04006381333931", None, None))
    ]
    ids = (await create_products(new, now=NOW, actor=None)).ids
    lines = (
        f"H-0,{ids[0]},,,,,",
        "H-1,,4006381333931,,,,",
        "H-2,,,,,test,S-2",
        "H-3,,,nord,p-3,,",
    )
    heads = "sku,product id,gtin,brand,part number,source,source id,price,currency,origin\n"
    run = await feed.applied(seller, heads + "".join(f"{line},5,EUR,DE\n" for line in lines))
    assert (run.state, run.counts.new) == ("applied", 4)
    found = await offers.own_offers(OwnFilter(), actor=seller.actor, now=NOW)
    assert {one.fact.supplier_sku: one.fact.product_id for one in found} == {f"H-{n}": ids[n] for n in range(4)}


async def test_a_supplier_of_several_sites_says_which_one() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    place = NewSite(name="Harbour", country="DE", time_zone="Europe/Berlin", postal_code="20457", city="Hamburg")
    harbour = await create_site(seller.supplier_id, site=place, actor=seller.actor, now=NOW)
    await market.product("P-1", now=NOW)
    content = "sku,brand,part number,price,currency,origin,stock,site\nH-1,Nord,P-1,5,EUR,DE,4,{}\n"
    run = await feed.checked(seller, content.format(""))
    assert await feed.problems(run, seller) == [(2, ["site-missing|site|"])]
    assert (await feed.applied(seller, content.format(" harbour "))).counts.new == 1
    (mine,) = await offers.own_offers(OwnFilter(), actor=seller.actor, now=NOW)
    assert (mine.fact.site_id, mine.fact.available) == (harbour, 4)


async def test_quantities_stand_in_units_and_are_kept_in_steps() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    cable = NewProduct(source="test", source_id="C-1", title="Cable", brand="Nord", part_number="C-1", unit_code="MTR")
    await create_products([cable], now=NOW, actor=None)
    content = "sku,brand,part number,price,price_100,currency,origin,moq,multiple,stock\nC-1,Nord,C-1,2.5,2,EUR,DE,0.5,0.25,{}\n"
    assert await feed.problems(await feed.checked(seller, content.format("12.345")), seller) == [(2, ["too-many-decimals|stock|12.345"])]
    await feed.applied(seller, content.format("12.34"))
    (mine,) = await offers.own_offers(OwnFilter(), actor=seller.actor, now=NOW)
    assert (mine.fact.moq, mine.fact.multiple, mine.fact.available, mine.fact.tier_from) == (50, 25, 1234, [1, 10_000])


async def test_a_mapping_is_remembered_by_the_heads_and_names_the_notation() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    content = "Ware;Betrag;Gilt bis\nH-1;1.234,56;03.04.2027\n"
    run = await feed.sent(seller, content)
    assert (run.state, run.lacking) == ("mapping", ["sku"])
    columns = {"sku": "Ware", "price": "Betrag", "valid_to": "Gilt bis"}
    await service.map_columns(run.id, sent=MappingIn(columns=columns, number_locale="de", date_locale="dmy"), actor=seller.actor, now=NOW)
    assert await service.advance(run.id, now=NOW)
    assert (await service.my_run(run.id, actor=seller.actor)).counts.changed == 1
    next_one = await feed.applied(seller, content.replace("Ware", " WARE ").replace("1.234", "2.234"))
    assert (next_one.mapping.number_locale, next_one.counts.changed) == ("de", 1)
    (mine,) = await offers.own_offers(OwnFilter(), actor=seller.actor, now=NOW)
    assert str(mine.fact.tier_price[0]) == "2234.560000"


@pytest.mark.parametrize(
    "columns, fixed, error",
    [
        ({"sku": "sku", "price": "cost"}, {}, ColumnsUnknown),
        ({"sku": "sku", "image_url": "stock"}, {}, ColumnsUnknown),
        ({"sku": "sku", "price": "sku"}, {}, ColumnsUnknown),
        ({"sku": "sku", "stock": "stock"}, {"currency": "EURO"}, FixedUnusable),
        ({"sku": "sku", "stock": "stock"}, {"stock": "5"}, FixedUnusable),
        ({"sku": "sku", "stock": "stock"}, {"site": "Moon"}, FixedUnusable),
    ],
)
async def test_a_mapping_that_cannot_be_is_refused(columns: dict[str, str], fixed: dict[str, str], error: type[Exception]) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    run = await feed.checked(seller, "sku,stock,image_url\nH-1,5,file:///etc/passwd\n")
    with pytest.raises(error):
        await service.map_columns(run.id, sent=MappingIn(columns=columns, fixed=fixed), actor=seller.actor, now=NOW)
    assert (await service.my_run(run.id, actor=seller.actor)).mapping == Mapping(columns={"sku": "sku", "stock": "stock"})


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl"])
async def test_what_is_exported_can_be_sent_back_and_changes_nothing(kind: str, files: Path) -> None:
    from vendors.exports import service as exports  # noqa: PLC0415 - one use

    assert files
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    for number, sku in enumerate(("H-1", "=1+1", "+49", "@x", "\tt", "0012", "'=y", "\uff1dz", 'a"b,c;d', "Ü\u200b")):
        tiers = market.tiers((1, "12.50"), (100, "0.034512")) if number % 2 else market.tiers((1, "5"))
        await market.offer(seller, product_id, sku, now=NOW, tiers=tiers, moq=1 + number, multiple=1 + number, allows_backorder=bool(number % 2),
            visibility=LEVELS[number % 4])  # fmt: skip
    (paused, *_) = await offers.own_offers(OwnFilter(), actor=seller.actor, now=NOW)
    await offers.set_state(paused.fact.offer_id, wanted="paused", version=None, actor=seller.actor, now=NOW)
    before: dict[str, Any] = await feed.state()
    content = b"".join([piece async for piece in await exports.own_offers(kind, actor=seller.actor, now=NOW)])
    run = await feed.applied(seller, content, name=f"mine.{kind}", mode="full")
    assert (run.counts.unchanged, run.counts.errors, run.counts.missing) == (10, 0, 0)
    assert await feed.state() == before
    marks = {one.fact.supplier_sku: one.fact.visibility for one in await offers.own_offers(OwnFilter(), actor=seller.actor, now=NOW)}
    assert (marks["+49"], sorted(set(marks.values()))) == ("login_required", sorted(LEVELS))
    if kind == "csv":
        text = content.decode("utf-8-sig")
        assert not [cell for line in text.splitlines() for cell in line.split(",") if cell[:1] in {"=", "@", "\uff1d"}]
        assert spreadsheet.guarded("=1+1") in text
    if kind == "jsonl":
        assert {"=1+1", "'=y", "@x"} <= {json.loads(line)["sku"] for line in content.decode().splitlines()}, (
            "other systems read the article number itself"
        )


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl"])
async def test_every_kind_of_export_says_all_of_an_offer_and_takes_it_back(kind: str, files: Path) -> None:
    from vendors.exports import service as exports  # noqa: PLC0415 - one use

    assert files
    seller = await market.shop("Hansa Lager", now=NOW)
    tiers = market.tiers((10, "12.50"), (100, "11.25"), (1000, "0.034512"))
    offer_id = await market.offer(
        seller, await market.product("P-1", now=NOW), "0012", now=NOW, tiers=tiers, moq=15, multiple=10, pack_size=5, visibility="login_required"
    )
    promised = NewPrice(tiers=market.tiers((1, "9.99"), (50, "9.50")), starts=NOW + timedelta(days=1), ends=NOW + timedelta(days=8))
    await prices.plan(offer_id, price=promised, version=None, actor=seller.actor, now=NOW)
    before = await feed.state()
    content = b"".join([piece async for piece in await exports.own_offers(kind, actor=seller.actor, now=NOW)])
    read = (await service.look(Sent(name=f"mine.{kind}", content=content), limits=feed.LIMITS)).layout
    told = dict(zip(read.head, read.samples[0], strict=True))
    wanted = {
        "sku": "0012", "tier1_from": "10", "tier1_price": "12.50", "tier2_from": "100", "tier2_price": "11.25", "tier3_from": "1000", "tier3_price": "0.034512",
        "moq": "15", "multiple": "10", "pack": "5", "visibility": "login_required",
    }  # fmt: skip
    assert {name: Decimal(told[name]) if name.startswith("tier") else told[name] for name in wanted} == {
        name: Decimal(text) if name.startswith("tier") else text for name, text in wanted.items()
    }
    run = await feed.applied(seller, content, name=f"mine.{kind}", mode="full")
    assert (run.counts.unchanged, run.counts.errors, run.counts.missing, await feed.state()) == (1, 0, 0, before)
    # While a promotion holds, its price is the one that is told, and sending it back sets no price either.
    then = NOW + timedelta(days=2)
    content = b"".join([piece async for piece in await exports.own_offers(kind, actor=seller.actor, now=then)])
    run = await feed.applied(seller, content, name=f"mine.{kind}", mode="full", now=then)
    assert (run.counts.unchanged, run.counts.errors, await feed.state()) == (1, 0, before)


async def test_the_template_is_read_by_the_feed() -> None:
    from vendors.exports import service as exports  # noqa: PLC0415 - one use

    seller = await market.shop("Hansa Lager", now=NOW)
    for kind in ("csv", "xlsx", "jsonl"):
        run = await feed.checked(seller, await exports.template(kind), name=f"template.{kind}")
        assert (run.state, run.lacking, run.counts.rows) == ("checked", [], 2)
