"""Tests of the scale over the bars of the comparison: its figures never touch."""

from __future__ import annotations

import pytest

from marketplace.kernel import i18n
from marketplace.trade.sheets import pages_words


@pytest.mark.parametrize(
    "words, shown",
    [
        (["0", "500", "1,000", "1,500"], ["0", "500", "1,500"]),
        (["0", "400", "800", "1,200"], ["0", "400", "800", "1,200"]),
        (["0", "1,000", "2,000"], ["0", "1,000", "2,000"]),
        (["0", "12"], ["0", "12"]),
    ],
)
def test_a_figure_that_has_no_room_beside_the_last_one_is_left_out(words: list[str], shown: list[str]) -> None:
    parts = len(words) - 1
    ticks = [(round(100 * place / parts, 2), word) for place, word in enumerate(words)]
    with i18n.speaking("en"):
        assert [word for _, word in pages_words._apart(ticks)] == shown


def test_a_narrower_column_of_another_language_leaves_out_more() -> None:
    with i18n.speaking("ar"):
        assert [word for _, word in pages_words._apart([(0, "0"), (33.33, "400"), (66.67, "800"), (100, "1,200")])] == ["0", "400", "1,200"]
