"""Owns the fields of a product by name: what it holds in each, with other values, and the fingerprint of all of them. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketplace.catalogue.products.schemas import AttributeValue, FieldValue, LiveProduct

PLAIN: Final = ("title", "brand", "part_number", "gtin", "unit_code", "weight_grams", "volume_cm3", "description")
"""Fields that are columns; `category` holds the id of the category, and `attributes.<key>` one attribute."""
ATTRIBUTE: Final = "attributes."
_encode = msgspec.json.Encoder(order="deterministic").encode


def fields(live: LiveProduct) -> dict[str, FieldValue]:
    """Give what a product holds by field; a field that holds nothing is left out, so that absent and blank are the same."""
    plain: dict[str, FieldValue] = {name: getattr(live, name) for name in PLAIN}
    plain["category"] = None if live.category_id is None else str(live.category_id)
    found = plain | {f"{ATTRIBUTE}{key}": value for key, value in live.attributes.items()}
    return {name: value for name, value in found.items() if value is not None and value != ""}


def missing(kept: LiveProduct, gone: LiveProduct) -> dict[str, FieldValue]:
    """Give what one product holds and the other, into which it is merged, does not. A description in another language stays in its own."""
    held = fields(kept)
    never = {"title", "unit_code"} if kept.locale == gone.locale else {"title", "unit_code", "description"}
    return {name: value for name, value in fields(gone).items() if name not in held and name not in never}


def fingerprint(held: Mapping[str, FieldValue]) -> str:
    """Give the fingerprint of what a product holds, whatever the order of its fields."""
    return hashlib.blake2b(_encode(dict(held)), digest_size=16).hexdigest()


def with_values(live: LiveProduct, values: Mapping[str, FieldValue]) -> LiveProduct:
    """Give the product with other values in these fields; None takes an attribute out."""
    attributes: dict[str, AttributeValue] = dict(live.attributes)
    plain: dict[str, Any] = {}
    for name, value in values.items():
        if name.startswith(ATTRIBUTE):
            attributes.pop(name.removeprefix(ATTRIBUTE), None)
            if value is not None:
                attributes[name.removeprefix(ATTRIBUTE)] = value
        elif name == "category":
            plain["category_id"] = None if value is None else UUID(str(value))
        else:
            assert name in PLAIN, f"a product has no field {name}"
            plain[name] = "" if value is None and name in {"brand", "part_number", "description"} else value
    return msgspec.structs.replace(live, attributes=attributes, **plain)
