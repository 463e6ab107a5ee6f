"""The translators' catalogues: complete, not English, with the same places, and with Arabic's six forms told apart."""

from __future__ import annotations

import ast
import io

import pytest

from marketplace.kernel import i18n
from marketplace.web import catalogues, extraction

TRANSLATED = [locale for locale in i18n.LOCALES if locale != i18n.DEFAULT_LOCALE]


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_message_is_translated_differs_from_english_and_keeps_its_places(locale: str) -> None:
    assert list(catalogues.faults(locale)) == []


def test_arabic_forms_of_a_number_differ() -> None:
    alike = [message.id[0] for message in catalogues.read("ar") if message.pluralizable and len(set(catalogues.forms(message))) < 3]
    assert alike == []


def test_the_forms_stand_in_the_order_of_the_plural_rule() -> None:
    catalogue = i18n.catalogue("ar")
    assert [catalogue.form(n) for n in (0, 1, 2, 3, 10, 11, 99, 100, 102, 103)] == [0, 1, 2, 3, 3, 5, 5, 4, 4, 3]
    with i18n.speaking("ar"):
        told = [i18n.ngettext("%(n)s day ago", "%(n)s days ago", n) for n in (1, 2, 5, 30, 200)]
    assert told == ["قبل يوم", "قبل يومين", "قبل 5 أيام", "قبل 30 يومًا", "قبل 200 يوم"]


def test_a_message_that_nobody_has_translated_is_told_in_english() -> None:
    with i18n.speaking("vi"):
        assert i18n.gettext("No catalogue has this.") == "No catalogue has this."
        assert i18n.ngettext("%(n)s thing", "%(n)s things", 2) == "2 things"


def test_errors_fields_and_places_are_found_without_a_call_of_gettext() -> None:
    source = b'''
class Refused(DomainError):
    """The title."""
    code = "refused"
    message = "The detail {name}."
class RefusedToo(Refused):
    """The title of a kind."""
    message = "Another detail."
class Table:
    """No title."""
    code = Varchar()
FieldError("/moq", "x", "A field.", {})
Nav("A place", "/place", ("buyer",), 1)
_("plain") if x else _("other")
_("one" if x else "two")
ngettext("%(n)s one", "%(n)s many", n)
'''
    ast.parse(source)
    found = [message for _line, _function, message, _comments in extraction.extract(io.BytesIO(source), None, None, None)]
    assert sorted(map(str, found)) == sorted(
        [
            "The title",
            "The detail {name}.",
            "The title of a kind",
            "Another detail.",
            "A field.",
            "A place",
            "plain",
            "other",
            "one",
            "two",
            "('%(n)s one', '%(n)s many')",
        ]
    )


@pytest.mark.parametrize(
    "text, places",
    [("%(n)s of %(all)s", {"n", "all"}), ("{name} is {state}", {"name", "state"}), ("100 %", set()), ("{", set())],
)
def test_places_of_both_kinds_are_seen(text: str, places: set[str]) -> None:
    assert catalogues.placeholders(text) == places
