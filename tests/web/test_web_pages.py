"""What every page may call, and what the macros make of values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from jinja2 import UndefinedError

from marketplace.kernel.actor import ANONYMOUS, Actor
from marketplace.kernel.http import pages
from marketplace.kernel.package import Nav
from tests.web import specimen

if TYPE_CHECKING:
    from collections.abc import Iterator

UI = '{% import "macros.html" as ui %}{% import "pictures.html" as pic %}'


@pytest.fixture(autouse=True)
def _site() -> Iterator[None]:
    with specimen.site():
        yield


def test_an_address_keeps_the_language_and_leaves_out_what_is_not_given() -> None:
    assert specimen.rendered("{{ url('/orders', state='late', cursor=none, q='') }}", "ar") == "/ar/orders?state=late"


def test_here_changes_one_value_of_the_query_and_keeps_the_others() -> None:
    asked = specimen.scope(query="state=late&cursor=abc&sort=price")
    assert specimen.rendered("{{ here(sort='-price', cursor=none)|safe }}", request=asked) == "/en/selling/orders?state=late&sort=-price"


def test_the_same_page_in_another_language_keeps_its_query() -> None:
    assert specimen.rendered("{{ url_in('vi') }}") == "/vi/selling/orders?state=late"


def test_a_form_carries_the_session_token_a_fresh_key_and_the_version_seen() -> None:
    first = specimen.rendered("{{ form_keys(7) }}")
    assert 'name="csrf_token" value="token-of-the-session"' in first
    assert 'name="version" value="7"' in first
    keys = {re.findall(r'idempotency_key" value="([\w-]{16})"', specimen.rendered("{{ form_keys() }}"))[0] for _ in range(5)}
    assert len(keys) == 5


def test_names_are_escaped_and_set_apart() -> None:
    assert specimen.rendered("{{ actor.name|bdi }}") == "<bdi>Anna &lt;de&gt; Boer</bdi>"


def test_a_code_inside_an_arabic_name_keeps_its_order() -> None:
    assert specimen.rendered("{{ 'محمل 6205-open، 25 <b>'|bdi }}") == '<bdi>محمل <bdi dir="ltr">6205-open</bdi>، 25 &lt;b&gt;</bdi>'
    assert specimen.rendered("{{ 'Bearing 6205-open'|bdi }}") == "<bdi>Bearing 6205-open</bdi>"


def test_a_code_in_an_arabic_title_is_held_by_signs_since_a_title_has_no_elements() -> None:
    titled = "{% filter isolated %}{{ 'محمل 6205-open، 25 <b>' }} · x{% endfilter %}"
    assert specimen.rendered(titled) == "محمل \u20666205-open\u2069، 25 &lt;b&gt; · x"
    assert specimen.rendered("{{ 'Bearing 6205-open & x'|isolated }}") == "Bearing 6205-open &amp; x"


def test_parameters_of_a_message_are_escaped_and_its_own_text_is_not() -> None:
    assert specimen.rendered("{{ _('<b>%(name)s</b>', name='<i>') }}") == "<b>&lt;i&gt;</b>"


@pytest.mark.parametrize(
    "source, expected",
    [
        ("{{ _('a 90% interval of %(n)s', n=3) }}", "a 90% interval of 3"),
        ("{{ _('a 90%% interval') }}", "a 90% interval"),
        ("{{ _('%(lacking)s stays') }}", "%(lacking)s stays"),
        ("{% trans n=3 %}100% of {{ n }}{% endtrans %}", "100% of 3"),
        ("{% trans %}100%{% endtrans %}", "100%"),
    ],
)
def test_a_percent_sign_in_a_message_never_breaks_a_page(source: str, expected: str) -> None:
    assert specimen.rendered(source) == expected


def test_a_number_in_a_plural_message_is_grouped() -> None:
    assert specimen.rendered("{{ ngettext('%(n)s order', '%(n)s orders', 1204) }}") == "1,204 orders"


def test_a_name_that_nobody_gave_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(UndefinedError):
        specimen.rendered("{{ order.number }}")


def test_a_field_that_nobody_typed_into_reads_as_blank() -> None:
    assert specimen.rendered("[{{ values.name }}][{{ values.given }}]", values=pages.Typed({"given": "x"})) == "[][x]"


def test_the_side_list_shows_what_the_roles_may_see_with_counts_and_marks_the_nearest_place() -> None:
    request = specimen.scope(path="/selling/orders/123")
    shown = specimen.rendered("{% for p in places %}{{ p.title }}:{{ p.count }}:{{ p.current }} {% endfor %}", request=request)
    assert shown == "Orders:3:true Offers:0: "


def test_a_page_of_another_address_marks_the_place_that_it_belongs_to_and_is_no_place_itself() -> None:
    pages._site.navigation = (
        Nav("Orders", "/selling/orders", ("supplier",), 1),
        Nav("Profile", "/selling/profile", ("supplier",), 2),
        Nav("Profile", "/selling/state", ("supplier",), 2, under="/selling/profile"),
    )
    request = specimen.scope(path="/selling/state/change")
    shown = specimen.rendered("{% for p in places %}{{ p.title }}:{{ p.current }} {% endfor %}", request=request)
    assert shown == "Orders: Profile:true "


def test_a_place_stands_in_the_part_of_the_side_list_that_it_names_else_in_that_of_its_first_capacity() -> None:
    pages._site.navigation = (
        Nav("Orders", "/selling/orders", ("supplier:sales", "operator"), 1),
        Nav("Categories", "/categories", ("supplier",), 2, group="catalogue"),
    )
    shown = specimen.rendered("{% for p in places %}{{ p.title }}:{{ p.group }} {% endfor %}", request=specimen.scope())
    assert shown == "Orders:supplier Categories:catalogue "


def test_a_role_that_a_place_does_not_name_does_not_see_it() -> None:
    sales = Actor(person_id=specimen.PERSON.person_id, capacities=frozenset({"supplier"}), roles=frozenset({"sales"}))
    assert not pages.may_see(Nav("Offers", "/offers", ("supplier:catalogue",), 1), sales)
    assert pages.may_see(Nav("Orders", "/orders", ("supplier",), 1), sales)
    assert not pages.may_see(Nav("Orders", "/orders", ("supplier",), 1), ANONYMOUS)


async def test_counts_are_asked_once_in_five_seconds_and_anew_after_an_act() -> None:
    asked: list[str] = []

    async def count(who: Actor) -> int:
        asked.append(who.name)
        return len(asked)

    pages._site.navigation = (Nav("Orders", "/selling/orders", ("supplier",), 1, count),)
    request = specimen.scope()
    await pages.load_counts(request)
    await pages.load_counts(request)
    assert (len(asked), request["nav_counts"]) == (1, {"/selling/orders": 1})
    pages.forget_counts(specimen.PERSON)
    await pages.load_counts(request)
    assert request["nav_counts"] == {"/selling/orders": 2}


async def test_nobody_is_counted_for_without_signing_in() -> None:
    request = specimen.scope(actor=ANONYMOUS)
    del request["nav_counts"]
    await pages.load_counts(request)
    assert "nav_counts" not in request


def test_an_error_stands_beside_its_field_and_what_was_typed_is_kept() -> None:
    html = specimen.rendered(UI + "{{ ui.field('moq', 'Least', '1<o', error='Give digits.', hint='Pieces') }}")
    assert 'value="1&lt;o"' in html
    assert 'aria-describedby="h-moq e-moq" aria-invalid="true"' in html
    assert '<span class="error" id="e-moq">Give digits.</span>' in html


def test_a_state_is_a_word_with_a_tone_for_its_sign() -> None:
    assert specimen.rendered(UI + "{{ ui.state('refused') }}") == '<span class="state late">Refused</span>'
    assert specimen.rendered(UI + "{{ ui.state('no_such_state') }}") == '<span class="state ">no_such_state</span>'


def test_segments_of_a_bar_stand_end_to_end_and_thin_ones_have_no_gap() -> None:
    html = specimen.rendered(UI + "{{ pic.bar([('g', 70.0), ('f', 3.5), ('d', 0), ('t', 0.6)], 'goods') }}")
    # The first begins where the bar does, without a word.
    assert re.findall(r'class="([a-z ]+)"(?: x="([\d.]+)%")? width="([\d.]+)%"', html) == [
        ("g", "", "70.0"),
        ("f", "70.0", "3.5"),
        ("t m", "73.5", "0.6"),
    ]


def test_an_arrival_after_the_need_is_red_and_crossed() -> None:
    late = specimen.rendered(UI + "{{ pic.time_line(10, 70, 'late', need=58) }}")
    spare = specimen.rendered(UI + "{{ pic.time_line(10, 40, 'spare', need=58) }}")
    assert 'class="tx" x="58%" width="12%"' in late
    assert 'class="dot"' not in late
    assert 'class="dot" cx="40%"' in spare
    assert 'class="tx"' not in spare


def test_words_under_a_scale_are_mirrored_by_place() -> None:
    source = UI + "{{ pic.axis([(0, 'a'), (25, 'b'), (100, 'c')]) }}"
    assert re.findall(r'x="(\d+)%"', specimen.rendered(source, "en")) == ["0", "25", "100"]
    assert re.findall(r'x="(\d+)%"', specimen.rendered(source, "ar")) == ["100", "75", "0"]


def test_an_unknown_interval_is_hatched() -> None:
    assert '<rect class="u"' in specimen.rendered(UI + "{{ pic.interval() }}")


@pytest.mark.parametrize("locale", ["en", "vi", "ar"])
def test_a_page_has_no_inline_style_and_calls_no_other_host(locale: str) -> None:
    html = specimen.page(locale)
    assert f'<html lang="{locale}" dir="{"rtl" if locale == "ar" else "ltr"}">' in html
    assert " style=" not in html
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", html)
    assert not re.search(r"<script(?![^>]* src=)", html)
    assert not re.search(r"\son[a-z]+=", html)


@pytest.mark.parametrize("status", [403, 404, 409, 412, 422, 429, 500, 503])
def test_an_error_page_tells_the_title_the_way_out_and_the_request(status: int) -> None:
    problem = {"title": "Not found", "detail": "There is <nothing>.", "status": status, "errors": [{"pointer": "/moq", "message": "Digits."}]}
    html = specimen.rendered('{% extends "errors/error.html" %}', problem=problem)
    assert "<h1>Not found</h1>" in html
    assert "There is &lt;nothing&gt;." in html
    assert "0193abc" in html
    assert "Digits." in html
