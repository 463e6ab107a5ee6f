"""Tests of what names and e-mail addresses may be made of."""
# ruff: noqa: RUF001 - letters that look like others are what these tests are about

from __future__ import annotations

import pytest

from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.names import ConfusableName, clean_name, clean_organisation_name, clean_person_name, is_mixed_script, skeleton
from marketplace.kernel.people.service import email_of


@pytest.mark.parametrize(
    "name", ["ad\u202emin", "admin\u200b", "a\u200cb", "\u200dabc", "Kran\x00bau", "Kran\nbau", "a\r\nBcc: x", "\ufeffKran", "\ue000x"]
)
def test_a_name_with_a_character_that_cannot_be_seen_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        clean_name(name, pointer="/name")
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/name", "invisible-character")]


@pytest.mark.parametrize("name", ["", "   ", "---", "." * 20])
def test_a_name_without_a_letter_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        clean_name(name, pointer="/name")
    assert refused.value.errors[0].code == "empty"


@pytest.mark.parametrize("name", ["x" * 121, "漢" * 121, "👷" * 100, "x" * 10_000_000])
def test_a_name_is_limited_in_characters_and_in_bytes(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        clean_name(name, pointer="/name")
    assert refused.value.errors[0].code == "too-long"


def test_a_hundred_marks_on_one_letter_are_refused() -> None:
    with pytest.raises(InvalidInput):
        clean_name("e" + "\u0301" * 100, pointer="/name")


@pytest.mark.parametrize(
    "name", ["Công ty TNHH Thép Việt", "شركة النور للتجارة", "می\u200cخواهم", "株式会社サクラ", "Łódź Śruby S.A.", "O'Brien & Søns (2024) GmbH"]
)
def test_names_of_the_world_are_taken(name: str) -> None:
    assert clean_organisation_name(name, pointer="/name") == name


def test_spaces_are_made_one_and_the_form_is_composed() -> None:
    assert clean_name("  Kran   bau ", pointer="/name") == "Kran bau"
    assert clean_name("Cafe\u0301", pointer="/name") == "Café"


@pytest.mark.parametrize("name", ["pаypal", "Ѕiemens", "Αcme", "Kranbau Гmbh"])
def test_an_organisation_s_name_of_two_scripts_is_refused(name: str) -> None:
    assert is_mixed_script(name)
    with pytest.raises(ConfusableName):
        clean_organisation_name(name, pointer="/name")


@pytest.mark.parametrize("name", ["admin", "Admin", "ADMIN", "0perator", "support.", "Market place"])
def test_a_reserved_word_is_no_name_for_an_organisation(name: str) -> None:
    with pytest.raises(ConfusableName):
        clean_organisation_name(name, pointer="/name")
    assert clean_organisation_name(name, pointer="/name", may_be_reserved=True) == name


@pytest.mark.parametrize("other", ["PAYPAL", "paypaI", "pаypаl", "pay-pal", "ｐａｙｐａｌ", "𝐩𝐚𝐲𝐩𝐚𝐥", "payp\u0430l"])
def test_names_that_look_alike_have_one_skeleton(other: str) -> None:
    assert skeleton(other) == skeleton("paypal") or skeleton(other.replace("I", "l")) == skeleton("paypal")


def test_rn_looks_like_m() -> None:
    assert skeleton("rnodern") == skeleton("modern")


def test_names_that_differ_to_the_eye_have_different_skeletons() -> None:
    names = ["Hansa Lager", "Hansa Lagen", "Balin", "Ballin", "Thép Việt", "Thép Viết", "Kran 7", "Kran 8"]
    assert len({skeleton(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a",
        "a@b",
        "@b.example",
        "a@",
        "a b@c.example",
        "a@b.example, c@d.example",
        "a@b.example;c@d.example",
        "a@b@c.example",
        "a@b.example\r\nBcc: c@d.example",
        "a\n@b.example",
        '"a b"@c.example',
        "a..b@c.example",
        ".a@c.example",
        "a@-b.example",
        "a@b..example",
        "a@b.123",
        "a" * 65 + "@b.example",
        "a@" + "b" * 250 + ".example",
        "x" * 10_240,
        "ä@b.example",
        "a@b.example\x00",
        "Anna <a@b.example>",
    ],
)
def test_what_is_not_one_e_mail_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        email_of(typed)
    assert (refused.value.errors[0].pointer, refused.value.errors[0].code) == ("/email", "bad-email")


@pytest.mark.parametrize("typed", ["a@pаypal.example", "a@аррӏе.example", "a@xn--80ak6aa92e.example", "a@ехаmрlе.example"])
def test_a_domain_that_looks_like_another_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        email_of(typed)
    assert refused.value.errors[0].code == "confusable-name"


def test_an_international_domain_is_kept_in_ascii() -> None:
    assert email_of("einkauf@münchen.example").address == "einkauf@xn--mnchen-3ya.example"
    assert email_of("einkauf@MU\u0308NCHEN.example").canonical == "einkauf@xn--mnchen-3ya.example"


def test_plus_tags_are_addresses_of_their_own() -> None:
    assert email_of("a+b@c.example").canonical != email_of("a@c.example").canonical


def test_the_canonical_form_folds_case() -> None:
    assert email_of("Anna.Berg@Kranbau.Example").canonical == "anna.berg@kranbau.example"
    assert email_of("Anna.Berg@Kranbau.Example").address == "Anna.Berg@kranbau.example"


def test_a_person_is_not_called_admin_and_may_mix_scripts() -> None:
    for name in ("admin", "Аdmin", "OPERATOR"):
        with pytest.raises(ConfusableName):
            clean_person_name(name, pointer="/name")
    assert clean_person_name("山田 Taro (Юля)", pointer="/name") == "山田 Taro (Юля)"
