"""Tests of naming the field in each line of a refused form's summary, over the parts that pages are made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.http.named import named
from tests.web import specimen

if TYPE_CHECKING:
    from collections.abc import Iterator

UI = "{% import 'macros.html' as ui %}"


@pytest.fixture(autouse=True)
def _site() -> Iterator[None]:
    with specimen.site():
        yield


def lines(template: str, **errors: str) -> list[str]:
    """Give the lines of the summary over this form."""
    page = named(specimen.rendered(UI + "{{ ui.error_summary(errors) }}" + template, errors=errors))
    return re.findall("<li>(.*?)</li>", page)


def test_a_line_names_its_field_as_the_page_does_and_leads_to_it() -> None:
    form = """{{ ui.field("po", "PO number", required=false, hint="As in your books") }}{{ ui.textarea("why", "Why") }}{{ ui.select("land", "Country & place", []) }}
      {{ ui.radio("answer", "Answer", [("a", "All", "of it")]) }}{{ ui.checkbox("sure", "I am sure", hint="Really") }}"""
    need = "This field is needed."
    assert lines(form, po=need, why=need, land=need, answer=need, sure=need) == [
        f'<a href="#f-po">PO number: {need}</a>',
        f'<a href="#f-why">Why: {need}</a>',
        f'<a href="#f-land">Country &amp; place: {need}</a>',
        f'<a href="#f-answer">Answer: {need}</a>',
        f'<a href="#f-sure">I am sure: {need}</a>',
    ]


def test_a_field_in_a_row_is_found_by_its_mark_and_one_that_the_page_has_not_leads_nowhere() -> None:
    rows = '<input id="f-opens-1" aria-label="Mon: opens"><input id="f-opens-2" aria-label="Tue: opens" aria-invalid="true">'
    assert lines(rows, opens="Give a time.", gone="Load the page again.", **{"": "Nothing is left."}) == [
        '<a href="#f-opens-2">Tue: opens: Give a time.</a>',
        "Load the page again.",
        "Nothing is left.",
    ]


def test_a_message_that_names_its_field_says_it_once_and_what_was_typed_stays_escaped() -> None:
    form = '{{ ui.field("moq", "Least quantity", "<b>") }}'
    assert lines(form, moq="Least quantity is a whole number.") == ['<a href="#f-moq">Least quantity is a whole number.</a>']
    assert lines(form, moq="<b> is no number.") == ['<a href="#f-moq">Least quantity: &lt;b&gt; is no number.</a>']
    assert named("<p>No form.</p>") == "<p>No form.</p>"
