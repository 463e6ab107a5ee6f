"""Owns which columns a file of offers may have: their names, what else people call them, and how a head line is matched and remembered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from marketplace.kernel.i18n import lazy
from marketplace.kernel.sheets_in.errors import HeadMissing
from marketplace.kernel.sheets_in.service import name_key

if TYPE_CHECKING:
    from collections.abc import Mapping as Pairs
    from collections.abc import Sequence

# What a column holds, in the order in which exports and templates write them.
TARGETS = {
    "action": lazy("On sale or paused (upsert, pause)"),
    "sku": lazy("Your article number"),
    "product_id": lazy("Product id"),
    "gtin": lazy("GTIN"),
    "brand": lazy("Brand"),
    "part_number": lazy("Part number"),
    "source": lazy("Catalogue source"),
    "source_id": lazy("Id at the source"),
    "currency": lazy("Currency"),
    "price": lazy("Unit price"),
    "unit": lazy("Unit"),
    "moq": lazy("Least quantity"),
    "multiple": lazy("In steps of"),
    "pack": lazy("Pack size"),
    "lead_days": lazy("Working days until hand-over"),
    "incoterm": lazy("Incoterm"),
    "origin": lazy("Made in"),
    "condition": lazy("Condition"),
    "visibility": lazy("Who sees it"),
    "site": lazy("Ships from"),
    "stock": lazy("Stock"),
    "safety": lazy("Never sell the last"),
    "backorder": lazy("Takes orders beyond the stock"),
    "valid_from": lazy("Valid from"),
    "valid_to": lazy("Valid to"),
}
# What may be the same for every row, so that it need not stand in each.
FIXABLE = ("currency", "origin", "site", "incoterm", "condition", "lead_days")
# Names under which a column comes from other systems, in their normal form.
ALIASES = {
    "sku": "sku suppliersku vendorsku article articlenumber articleno itemnumber itemno artikelnummer artnr referenz reference ref yournumber yourarticlenumber",
    "product_id": "productid marketplaceid",
    "gtin": "gtin ean ean13 upc barcode gtin13 gtin14",
    "brand": "brand manufacturer maker hersteller marke",
    "part_number": "partnumber mpn partno manufacturerpartnumber herstellernummer hersteller nr",
    "currency": "currency ccy waehrung währung devise",
    "price": "price unitprice netprice preis stueckpreis stückpreis prix",
    "unit": "unit uom unitcode einheit",
    "moq": "moq minimum minqty minimumorderquantity leastquantity mindestmenge",
    "multiple": "multiple step insteps orderstep packmultiple",
    "pack": "pack packsize packqty",
    "lead_days": "leaddays leadtime leadtimedays lieferzeit",
    "origin": "origin origincountry countryoforigin madein ursprungsland",
    "site": "site warehouse location shipsfrom lager",
    "stock": "stock onhand qty quantity available inventory bestand",
    "safety": "safety safetystock reserve",
    "backorder": "backorder backorders allowsbackorder",
    "valid_from": "validfrom startdate",
    "valid_to": "validto validuntil enddate",
    "visibility": "visibility",
    "source_id": "sourceid",
}
BY_ALIAS = {alias: target for target, names in ALIASES.items() for alias in names.split()} | {name.replace("_", ""): name for name in TARGETS}
_TIER_PRICE = re.compile(r"price_?([1-9][0-9]{0,8})")
_TIER_PAIR = re.compile(r"tier_?([1-9]|10)_?(from|price)")
TIERS_MAX = 10


def is_target(name: str) -> bool:
    """Tell whether a column may be mapped to this: a name of the list, `price_50`, `tier2_from` or `tier2_price`."""
    return name in TARGETS or _TIER_PRICE.fullmatch(name) is not None or _TIER_PAIR.fullmatch(name) is not None


def target_of(header: str) -> str:
    """Find what a head stands for, "" when nothing is known of it."""
    key = name_key(header)
    if key in BY_ALIAS:
        return BY_ALIAS[key]
    if found := _TIER_PRICE.fullmatch(key):
        return f"price_{found.group(1)}"
    if found := _TIER_PAIR.fullmatch(key):
        return f"tier{found.group(1)}_{found.group(2)}"
    return ""


def check_head(head: Sequence[str]) -> None:
    """Check that a head line is none of the rows. Raises: HeadMissing for numbers among names of which none is known.

    A file that begins with its first offer has numbers where names should stand; taken for the head, that offer would be lost.
    """
    numbers = [place for place, name in enumerate(head, 1) if re.fullmatch(r"[\d.,]+", name)]
    if numbers and not any(target_of(name) for name in head):
        raise HeadMissing(column=numbers[0])


def tier_columns(columns: Pairs[str, str]) -> tuple[list[tuple[int, str]], list[tuple[str, str]]]:
    """Give the columns of prices: (from this many units, target) with 0 for `price`, and the pairs (tierN_from, tierN_price) in order."""
    bounded = [(0, "price")] if "price" in columns else []
    bounded += sorted((int(target.removeprefix("price_")), target) for target in columns if target.startswith("price_"))
    numbers = sorted({int(found.group(1)) for target in columns if (found := _TIER_PAIR.fullmatch(target))})
    return bounded, [(f"tier{number}_from", f"tier{number}_price") for number in numbers]


def lacking(columns: Pairs[str, str], fixed: Pairs[str, str]) -> list[str]:
    """List what a file lacks to be read at all: the article number, and anything to say about it."""
    if "sku" not in columns:
        return ["sku"]
    says = set(columns) | set(fixed)
    return [] if len(says) > 1 else ["price"]
