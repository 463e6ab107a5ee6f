"""Owns which columns a file of products may have: their names, what else people call them, and what has to be there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from marketplace.kernel.i18n import lazy
from marketplace.kernel.sheets_in.service import name_key

if TYPE_CHECKING:
    from collections.abc import Mapping as Pairs
    from collections.abc import Sequence

# What a column holds, in the order in which exports write them.
TARGETS = {
    "source": lazy("Catalogue source"),
    "source_id": lazy("Id at the source"),
    "title": lazy("Title"),
    "brand": lazy("Brand"),
    "part_number": lazy("Part number"),
    "gtin": lazy("GTIN, or several with a semicolon between"),
    "description": lazy("Description"),
    "category": lazy("Category (its short name, or its path: Parts > Bearings)"),
    "unit": lazy("Unit"),
    "weight_g": lazy("Weight in grams"),
    "weight_kg": lazy("Weight in kilograms"),
    "weight_lb": lazy("Weight in pounds"),
    "weight_oz": lazy("Weight in ounces"),
    "volume_cm3": lazy("Volume in cubic centimetres"),
    "volume_l": lazy("Volume in litres"),
    "volume_m3": lazy("Volume in cubic metres"),
    "locale": lazy("Language of title and description"),
    "state": lazy("draft, which no buyer sees, or published"),
    "attributes": lazy("All attributes, as a JSON object"),
}
# How many grams and cubic centimetres one unit is: the international pound and ounce of 1959.
WEIGHTS = {"weight_g": "1", "weight_kg": "1000", "weight_lb": "453.59237", "weight_oz": "28.349523125"}
VOLUMES = {"volume_cm3": "1", "volume_l": "1000", "volume_m3": "1000000"}
# Names under which a column comes from other systems, in their normal form. A weight without its unit is none.
ALIASES = {
    "source_id": "sourceid id externalid productid sku article articlenumber itemnumber artikelnummer",
    "title": "title name productname titel bezeichnung",
    "brand": "brand manufacturer maker supplier hersteller marke",
    "part_number": "partnumber mpn partno manufacturerpartnumber herstellernummer model",
    "gtin": "gtin gtins ean eans ean13 upc barcode gtin13 gtin14",
    "description": "description shortdescription longdescription beschreibung",
    "category": "category categories categorypath kategorie",
    "unit": "unit uom unitcode einheit",
    "weight_g": "weightg weightgrams weight(g) weight[g] weightingrams gewicht(g)",
    "weight_kg": "weightkg weight(kg) weight[kg] weightinkilograms gewicht(kg)",
    "weight_lb": "weightlb weightlbs weight(lb) weight(lbs) weight[lb] weightinpounds",
    "weight_oz": "weightoz weight(oz) weight[oz] weightinounces",
    "volume_cm3": "volumecm3 volume(cm3) volume(cm³) volume[cm3]",
    "volume_l": "volumel volume(l) volume[l]",
    "volume_m3": "volumem3 volume(m3) volume(m³) volume[m3]",
    "locale": "locale language lang",
    "state": "state productstate",
    "attributes": "attributes attributesjson",
}
BY_ALIAS = {alias: target for target, names in ALIASES.items() for alias in names.split()} | {name_key(name): name for name in TARGETS}
ATTRIBUTE = "attr:"
_WORDS = re.compile(r"(title|description)[_:-]([a-z]{2,3}(?:-[a-z]{2,4})?)", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"attr(?:ibute)?s?\s*[:.]\s*(\S.{0,198})", re.IGNORECASE)


def words_of(target: str) -> tuple[str, str] | None:
    """Give ("title" or "description", language) of a column of texts in another language, as title_vi."""
    found = _WORDS.fullmatch(target)
    return (found.group(1).lower(), found.group(2)) if found else None


def is_target(name: str) -> bool:
    """Tell whether a column may be mapped to this: a name of the list, `attr:<key>`, `title_<language>` or `description_<language>`."""
    return name in TARGETS or (name.startswith(ATTRIBUTE) and len(name) > len(ATTRIBUTE)) or words_of(name) is not None


def target_of(header: str) -> str:
    """Find what a head stands for, "" when nothing is known of it."""
    if found := _ATTRIBUTE.fullmatch(header.strip()):
        return f"{ATTRIBUTE}{found.group(1).strip()}"
    if words := words_of(header.strip()):
        return f"{words[0]}_{words[1].lower()}"
    return BY_ALIAS.get(name_key(header), "")


def lacking(columns: Pairs[str, str]) -> list[str]:
    """List what a file lacks to be read at all: the id by which a product is found again, and anything to say about it."""
    if "source_id" not in columns:
        return ["source_id"]
    return [] if len(set(columns) - {"source", "source_id"}) else ["title"]


def is_icecat(head: Sequence[str]) -> bool:
    """Tell whether JSON lines are of Icecat's layout, by the names of the first objects."""
    return (
        {"id", "title"} <= set(head)
        and "source_id" not in head
        and any(name == "supplier" or name[:7] in {"attr_t_", "attr_n_", "attr_b_"} for name in head)
    )
