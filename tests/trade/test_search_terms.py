"""Tests of what the words of a query ask for: alternatives, how telling each is, and which documents are looked at."""

from __future__ import annotations

import math

from marketplace.trade.search import rules, rules_terms
from marketplace.trade.search.rules_terms import Group, Synonym

MEANS = rules_terms.meanings(
    [
        Synonym(("laptop",), ("notebook",)),
        Synonym(("usb", "stick"), ("usb", "flash", "drive")),
        Synonym(("hoover",), ("cleaner",), is_both_ways=False),
    ]
)
COUNTS = {
    "laptop": 40,
    "notebook": 400,
    "usb": 900,
    "flash": 90,
    "drive": 300,
    "bag": 50,
    "smart": 30,
    "watch": 20,
    "wifi": 7,
    "cleaner": 5,
    "dock": 3,
}


def read(*tokens: tuple[str, list[str]]) -> list[tuple[tuple[tuple[str, ...], ...], int]]:
    return [(group.alternatives, group.documents) for group in rules_terms.groups(rules_terms.places(tokens), COUNTS, 1000, MEANS)]


def test_a_rarer_word_tells_more() -> None:
    assert rules_terms.idf(0, 1000) == math.log(1 + 1000.5 / 0.5)
    assert rules_terms.idf(1000, 1000) == math.log(1 + 0.5 / 1000.5)
    assert rules_terms.idf(7, 0) > 0
    assert [rules_terms.idf(n, 100) for n in range(100)] == sorted((rules_terms.idf(n, 100) for n in range(100)), reverse=True)


def test_a_synonym_stands_beside_its_word_both_ways_or_one() -> None:
    assert read(("laptop", ["laptop"]), ("bag", ["bag"])) == [((("laptop",), ("notebook",)), 440), ((("bag",),), 50)]
    assert read(("notebook", ["notebook"])) == [((("notebook",), ("laptop",)), 440)]
    assert read(("hoover", ["hoover"])) == [((("hoover",), ("cleaner",)), 5)]
    assert read(("cleaner", ["cleaner"])) == [((("cleaner",),), 5)]


def test_a_way_of_saying_of_several_words_is_one_group() -> None:
    assert read(("usb", ["usb"]), ("stick", ["stick"]), ("bag", ["bag"])) == [((("usb", "stick"), ("usb", "flash", "drive")), 90), ((("bag",),), 50)]


def test_words_are_split_and_joined_where_the_parts_or_the_whole_are_words() -> None:
    assert read(("smartwatch", ["smartwatch"])) == [((("smartwatch",), ("smart", "watch")), 20)]
    assert read(("wi", ["wi"]), ("fi", ["fi"])) == [((("wi",), ("wifi",)), 7), ((("fi",), ("wifi",)), 7)]
    assert read(("wi-fi", ["wi-fi", "wi", "fi"])) == [((("wi-fi",), ("wi", "fi"), ("wifi",)), 7)]
    assert read(("bag", ["bag"])) == [((("bag",),), 50)]


def test_a_number_is_one_thing_and_other_words_of_several_parts_are_several() -> None:
    assert rules_terms.places([("tn-2110", ["tn", "-2110"])]) == [((("tn", "-2110"),))]
    assert rules_terms.places([("toner,black", ["toner", "black"])]) == [(("toner",),), (("black",),)]
    assert rules_terms.places([("!!", []), ("9!", ["9"])]) == [(("9",),)]


def test_no_more_than_ten_groups_of_four_alternatives_are_asked() -> None:
    means = rules_terms.meanings([Synonym(("bag",), (word,)) for word in ("usb", "flash", "drive", "smart", "watch")])
    found = rules_terms.groups([(("bag",),)] * 12, COUNTS, 1000, means)
    assert (len(found), {len(group.alternatives) for group in found}) == (10, {4})


def test_the_most_telling_words_are_looked_at_until_there_are_enough() -> None:
    rare, common, quoted = Group((("a'b",),), 5.0, 100), Group((("c", "d"), ("e",)), 1.0, 4000), Group((("\\f",),), 3.0, 950)
    every, some = rules_terms.candidates([common, rare, quoted], limit=1000)
    assert every == "(('c' & 'd') | ('e')) & (('a''b')) & (('\\\\f'))"
    assert some == "('a''b')"
    assert rules_terms.candidates([common, rare, quoted], limit=1050)[1] == "('a''b') | ('\\\\f')"
    assert rules_terms.candidates([common], limit=10) == ("(('c' & 'd') | ('e'))", "")


def test_what_is_excluded_or_quoted_is_no_word_to_rank_by() -> None:
    assert rules.positive('toner -black -"laser printer" "cyan ink" tn-2110').split() == ["toner", "cyan", "ink", "tn-2110"]
    assert [rules.has_operators(text) for text in ("toner -black", '"laser"', "tn-2110", "a - b", "-x")] == [True, True, False, False, True]


def test_a_text_is_written_anew_with_the_words_that_were_read() -> None:
    assert rules.respelled(["keybord", "usb"], "Keybord USB", {"keybord": "keyboard"}) == "keyboard USB"
    assert rules.respelled(["keybord", "usb", "c"], "keybord usb-c", {"keybord": "keyboard"}) == "keyboard usb c"
