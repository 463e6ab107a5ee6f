"""Owns the pure rules of products: identifiers, slugs, the fingerprint of their content and the chain of languages."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

import msgspec
from stdnum import ean

if TYPE_CHECKING:
    from marketplace.catalogue.products.schemas import LiveProduct, NewProduct

SLUG_LENGTH_MAX = 80
IDENTIFIER_LENGTH_MAX = 200
_not_slug = re.compile(r"[^a-z0-9]+")
_encode = msgspec.json.Encoder(order="deterministic").encode


def gtin14(text: str) -> str | None:
    """Turn a GTIN-8, -12, -13 or -14 into its 14 digits; None when the length or the check digit is wrong (GS1 General Specifications 7.9)."""
    digits = text.strip().replace("-", "").replace(" ", "")
    return digits.zfill(14) if digits.isascii() and ean.is_valid(digits) else None


def identifier_key(text: str) -> str:
    """Give the form in which identifiers are compared: letters and digits only, capitals, without leading zeros.

    "TN-2110", "tn 2110" and "TN2110" are one key, as are a GTIN-13 and its GTIN-14; "" when nothing is left.
    """
    plain = text[:IDENTIFIER_LENGTH_MAX]
    plain = plain.upper() if plain.isascii() else unicodedata.normalize("NFKC", plain).upper()
    key = "".join(filter(str.isalnum, plain))
    return key.lstrip("0") or key[:1]


def slug(title: str, *, source: str, source_id: str) -> str:
    """Make a product's slug: its title in ASCII, then eight characters that its identity alone decides, so that it never collides or moves."""
    plain = unicodedata.normalize("NFKD", title.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode().lower()
    words = _not_slug.sub("-", plain).strip("-")[:SLUG_LENGTH_MAX].strip("-")
    mark = hashlib.blake2b(f"{source}\x00{source_id}".encode(), digest_size=5).hexdigest()[:8]
    return f"{words}-{mark}" if words else mark


def content_hash(product: NewProduct) -> str:
    """Give the fingerprint of everything a source says of a product, independent of the order of its keys."""
    return hashlib.blake2b(_encode(msgspec.structs.replace(product, id=None)), digest_size=16).hexdigest()


def identifiers(product: NewProduct) -> set[tuple[str, str]]:
    """List the (scheme, key) pairs a product is found by."""
    gtins = (product.gtin or "", *product.other_gtins)
    given = (("part_number", product.part_number), ("source_id", product.source_id), *(("gtin", one) for one in gtins))
    return {(scheme, key) for scheme, text in given if (key := identifier_key(text))}


def live_keys(product: LiveProduct) -> set[tuple[str, str]]:
    """List the (scheme, key) pairs that a product is found by for what can be changed of it."""
    given = (("part_number", product.part_number), ("gtin", product.gtin or ""))
    return {(scheme, key) for scheme, text in given if (key := identifier_key(text))}


def locale_chain(locale: str) -> list[str]:
    """Give the languages to try for a reader, best first: "vi-VN" reads vi-VN, vi, then English; the product's own language comes last."""
    return list(dict.fromkeys((locale, locale.partition("-")[0], "en")))
