"""Owns the second line of a row of the comparison: what tells an offer from others, the supplier's country, its checks and their date; and how a name stands in it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from marketplace.kernel import formatting as form
from marketplace.kernel.i18n import direction
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.states import condition

if TYPE_CHECKING:
    from marketplace.trade.compare.schemas import GatedOut, OfferOut

CHECKS = 5
# Beside a country's name longer than the first, the checks are said shortly, so that their date is seen; one longer than the second stands there
# as its code, and whole in the title and in the reasons.
COUNTRY_LETTERS_MAX = 11
COUNTRY_LETTERS_ALONE = 16
# So much of what tells an offer from its supplier's others is seen whole before a country.
APART_LETTERS_MAX = 12
RECENT = timedelta(days=330)


def about(one: OfferOut | GatedOut, *, is_one_of_several: bool, today: date, is_long: bool) -> str:
    """Write the line: country, checks, and when the latest was made, by month once that is long ago.

    What tells this offer from others comes before: its condition unless it is new, its article number, from left to right, where the supplier has
    several here. Beside that, and where a country's name is long, the line is short so that the date of the checks is seen; `is_long` writes what
    the line leaves out.
    """
    number = f"\u2066{one.supplier_sku}\u2069" if is_one_of_several else ""
    apart = " \u00b7 ".join(part for part in (condition(one.condition), number) if part)
    country = form.country(one.supplier.country)
    # The two signs that keep a number from left to right are not seen.
    letters = len(apart) - 2 if number else len(apart)
    shortly, has_room = f"{one.supplier.checks}/{CHECKS}", letters + len(country) <= COUNTRY_LETTERS_ALONE
    if is_long and not 0 < letters <= APART_LETTERS_MAX:
        parts = (apart, country, _("%(k)s/5 checks", k=one.supplier.checks))
    elif is_long and not has_room:
        return country
    elif apart or len(country) > COUNTRY_LETTERS_MAX:
        parts = (apart, country if has_room else one.supplier.country, shortly)
    else:
        parts = (country, "", _("%(k)s/5 checks", k=one.supplier.checks))
    # In a text from right to left "AE · 4/5, 27 August" would otherwise be one run from left to right, up to the day.
    apart_too = {shortly, one.supplier.country} if direction() == "rtl" else set()
    line = " \u00b7 ".join(f"\u2068{part}\u2069" if part in apart_too else part for part in parts if part)
    on = one.supplier.checked_on
    if on is None:
        return line
    return f"{line}{_(', ')}{form.short_day(on) if today - on < RECENT else form.month(on)}"


def apart_from(name: str) -> str:
    """Set a source's own name apart in a text from right to left, where a bracket at its end would come to stand at the other side."""
    return f"\u2068{name}\u2069" if name and direction() == "rtl" else name
