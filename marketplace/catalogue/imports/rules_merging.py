"""Owns what a row makes of a product: what the row says goes over what the product holds, and the rest of it stays."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.catalogue.imports.rules_rows import issue, shown, tidy
from marketplace.catalogue.imports.schemas import Issue, ParsedLine, ReadRow, Sample
from marketplace.catalogue.products.schemas import NewProduct, ProductWords

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from marketplace.catalogue.attributes.schemas import Fault
    from marketplace.catalogue.imports.rules_rows import Reader
    from marketplace.catalogue.imports.schemas import Known, Said
    from marketplace.catalogue.products.schemas import AttributeValue, Held

SHOWN_MAX, CHANGES_MAX = 80, 6
BLANK = {"title": "", "brand": "", "part_number": "", "description": "", "unit_code": "C62", "locale": "en"}
_encode = msgspec.json.Encoder(order="deterministic").encode


def fingerprint(said: Said) -> str:
    """Give the fingerprint of what a row says, whatever its line and the order of its columns."""
    about = {"values": said.values, "attributes": said.attributes, "cells": said.cells, "words": said.words}
    return hashlib.blake2b(b"sheet" + _encode(about), digest_size=16).hexdigest()


def merged(said: Said, held: Held | None, *, reader: Reader, known: Known) -> ParsedLine:
    """Give the product that a row makes: columns that the file does not have stay as they are, and a blank cell empties what it is for.

    A category, a unit and a language are never emptied. An attribute that is not of its type is a warning, and the product comes without it.
    """
    if said.issues:
        return ParsedLine(None, said.issues, said.line)
    line, source_id = said.line, said.source_id
    if held is not None and held.kept_title is not None:
        told = issue(line, "moved", source_id=source_id, column=reader.head_of("source_id"), value=source_id, kept=held.kept_title, is_warning=True)
        return ParsedLine(held.product, (told,), line, fingerprint(said), is_same=True)
    if held is not None and held.state == "retired":
        return ParsedLine(None, (issue(line, "retired", source_id=source_id, column=reader.head_of("source_id"), value=source_id),), line)
    print_ = fingerprint(said)
    base = held.product if held is not None else None
    values: dict[str, Any] = {name: BLANK.get(name) if value is None else value for name, value in said.values.items()}
    if "title" in values and not values["title"] and base is not None:
        # A product always has a title.
        values.pop("title")
    gtins = values.pop("gtins", None)
    if gtins is not None:
        values |= {"gtin": gtins[0] if gtins else None, "other_gtins": tuple(sorted(gtins[1:]))}
    if base is None and not values.get("title"):
        return ParsedLine(None, (issue(line, "missing-title", source_id=source_id, column=reader.head_of("title")),), line)
    category_id: UUID | None = values.get("category_id") or (base.category_id if base is not None else None)
    attributes, warnings = _attributes(said, base, reader=reader, kinds=known.kinds.get(category_id, {}) if category_id else {})
    texts, more = _texts(said, base)
    made = _made(base, said, {**values, "attributes": attributes, "texts": texts})
    is_same = held is not None and (held.fingerprint == print_ or same(made, held.product))
    return ParsedLine(made, (*warnings, *more), line, print_, is_same)


def with_faults(parsed: ParsedLine, faults: Iterable[Fault]) -> ParsedLine:
    """Give a line with what is wrong with its attributes by the schema of its category, as warnings: whoever keeps the category decides."""
    assert parsed.product is not None, "only a product has attributes"
    source_id, attributes = parsed.product.source_id, parsed.product.attributes
    warnings = [
        Issue(
            parsed.line,
            one.code,
            one.message,
            {**one.params, "column": f"attr:{one.key}", "value": shown(attributes.get(one.key, ""))},
            source_id,
            is_warning=True,
        )
        for one in faults
    ]
    return msgspec.structs.replace(parsed, issues=(*parsed.issues, *warnings)) if warnings else parsed


def _made(base: NewProduct | None, said: Said, values: dict[str, Any]) -> NewProduct:
    if base is None:
        return NewProduct(source=said.source, source_id=said.source_id, **values)
    return msgspec.structs.replace(base, **values)


def same(one: NewProduct, other: NewProduct) -> bool:
    """Tell whether two products hold the same, number for number and truth for truth."""
    first, second = (
        _encode(msgspec.structs.replace(each, id=None, attributes={k: tidy(v) for k, v in each.attributes.items()})) for each in (one, other)
    )
    return first == second


def _attributes(said: Said, base: NewProduct | None, *, reader: Reader, kinds: dict[str, str]) -> tuple[dict[str, AttributeValue], list[Issue]]:
    found: dict[str, AttributeValue] = dict(base.attributes) if base is not None else {}
    if said.attributes is not None:
        found = dict(said.attributes)
    warnings: list[Issue] = []
    for key, cell in said.cells.items():
        before = base.attributes.get(key) if base is not None else None
        if cell is None:
            if said.attributes is None:
                found.pop(key, None)
            continue
        try:
            found[key] = reader.attribute(cell, kind=kinds.get(key) or _kind_of(before))
        except ValueError:
            warnings.append(
                issue(said.line, "bad-attribute", source_id=said.source_id, column=reader.head_of(f"attr:{key}"), value=cell, is_warning=True)
            )
    return found, warnings


def _kind_of(value: AttributeValue | None) -> str:
    """Give the kind of what a product holds already, "" for nothing or a text: a text may be anything."""
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else ""


def _texts(said: Said, base: NewProduct | None) -> tuple[dict[str, ProductWords], list[Issue]]:
    texts = dict(base.texts) if base is not None else {}
    warnings: list[Issue] = []
    for locale, given in said.words.items():
        before = texts.get(locale)
        title = given.get("title", before.title if before else "") or ""
        description = given.get("description", before.description if before else "") or ""
        if title:
            texts[locale] = ProductWords(title, description)
        elif description:
            warnings.append(issue(said.line, "title-in-language", source_id=said.source_id, column=f"description_{locale}", is_warning=True))
        else:
            texts.pop(locale, None)
    return texts, warnings


def sample(parsed: ParsedLine, held: Held | None) -> Sample:
    """Give one product that a file makes or changes, with the first fields that change, before and after."""
    made = parsed.product
    assert made is not None, "a sample is of a product"
    old = flat(held.product) if held is not None else {}
    new = flat(made)
    changes = [
        (name, _shown(old.get(name)), _shown(new.get(name)))
        for name in dict.fromkeys([*new, *old])
        if held is not None and old.get(name) != new.get(name)
    ]
    return Sample(line=parsed.line, source_id=made.source_id, title=made.title[:120], is_new=held is None, changes=changes[:CHANGES_MAX])


def flat(product: NewProduct) -> dict[str, Any]:
    """Give what a product holds, field by field; texts and attributes one by one, what it does not hold left out."""
    plain = {
        name: getattr(product, name)
        for name in (
            "title",
            "brand",
            "part_number",
            "gtin",
            "description",
            "category_id",
            "unit_code",
            "weight_grams",
            "volume_cm3",
            "locale",
            "state",
        )
    }
    plain["other_gtins"] = "; ".join(sorted(product.other_gtins))
    plain |= {f"attr:{key}": tidy(value) for key, value in product.attributes.items()}
    plain |= {f"title_{locale}": words.title for locale, words in product.texts.items()}
    plain |= {f"description_{locale}": words.description for locale, words in product.texts.items()}
    return {name: value for name, value in plain.items() if value is not None and value != ""}


def _shown(value: Any) -> str:
    return "" if value is None else str(value)[:SHOWN_MAX]


def proposed(said: Said, *, reader: Reader, known: Known, slugs: dict[UUID, str]) -> ReadRow:
    """Give a row as a proposal has it: values by the fields of a product, the category by its slug, attributes as `attributes.<key>`."""
    values: dict[str, AttributeValue | None] = {}
    for name, value in said.values.items():
        if name == "gtins":
            values["gtin"] = value[0] if value else None
        elif name == "category_id":
            values["category"] = slugs[value]
        elif name != "state":
            values[name] = value
    category_id = said.values.get("category_id")
    kinds = known.kinds.get(category_id, {}) if category_id else {}
    issues = [one for one in said.issues if one.code != "missing-source_id"]
    found: dict[str, AttributeValue] = dict(said.attributes or {})
    for key, cell in said.cells.items():
        if cell is not None:
            try:
                found[key] = reader.attribute(cell, kind=kinds.get(key, ""))
            except ValueError:
                issues.append(issue(said.line, "bad-attribute", source_id=said.source_id, column=reader.head_of(f"attr:{key}"), value=cell))
    values |= {f"attributes.{key}": value for key, value in found.items()}
    words = {locale: ProductWords(given["title"] or "", given.get("description") or "") for locale, given in said.words.items() if given.get("title")}
    return ReadRow(line=said.line, source=said.source, source_id=said.source_id, values=values, words=words, issues=tuple(issues))
