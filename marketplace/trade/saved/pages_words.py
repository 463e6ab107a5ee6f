"""Owns the words of saved comparisons: terms, causes, groups, and the heads of the workbook, in the reader's language."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from marketplace.kernel import formatting as form
from marketplace.kernel.currencies import exponent
from marketplace.kernel.i18n import direction, lazy, ngettext
from marketplace.kernel.i18n import gettext as _
from marketplace.trade.landed.schemas import NOTE_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketplace.trade.saved.schemas import Answer, Ask, Offer, OfferChange, RateChange, SnapshotOut

PLACES = Decimal("0.0001")
# Both units whose name is "pieces".
COUNTED = frozenset({"H87", "C62"})
SHEET_WORDS = {
    "sheet_comparison": lazy("Comparison"), "sheet_sources": lazy("Sources"), "sheet_terms": lazy("Terms"), "place": lazy("Place"),
    "supplier": lazy("Supplier"), "country": lazy("Country"), "condition": lazy("Condition"), "quantity": lazy("Quantity"), "unit": lazy("Unit"), "unit_price": lazy("Unit price"),
    "moq": lazy("Least quantity"), "multiple": lazy("In steps of"), "next_tier_more": lazy("Next price from so many more"), "next_tier_price": lazy("Next unit price"), "pack_size": lazy("In a pack"), "pack_price": lazy("Price of a pack"),
    "price_currency": lazy("Currency of the price"), "goods": lazy("Goods"), "freight": lazy("Freight"), "insurance": lazy("Insurance"),
    "duty": lazy("Duty"), "tax": lazy("Tax"), "terms": lazy("Terms of payment"), "total_known": lazy("Known total"), "currency": lazy("Currency"),
    "lacking": lazy("Not known"), "arrives_on": lazy("Arrival"), "on_time_low": lazy("On time, low end"), "on_time_high": lazy("On time, high end"),
    "on_time_n": lazy("Orders counted"), "checks": lazy("Checks passed"), "stock": lazy("Stock"), "score": lazy("Score"), "figure": lazy("Figure"),
    "state": lazy("State"), "value": lazy("Value"), "original": lazy("In the offer's currency"), "original_currency": lazy("Its currency"),
    "rate": lazy("Exchange rate"), "source": lazy("Source"), "rule": lazy("Rule"), "as_of": lazy("As of"), "note": lazy("Note"), "term": lazy("Term"),
    "product": lazy("Product"), "name": lazy("Name"), "for_whom": lazy("For"), "postal_code": lazy("Postal code"), "need_by": lazy("Needed by"),
    "ranking_version": lazy("Ranking formula"), "own_weights": lazy("Own weights"), "before": lazy("Before"),
    "compared": lazy("Offers compared"), "gated": lazy("Price after signing in"),
}  # fmt: skip
# What the codes in the cells of a workbook mean: states, figures, sources, and notes.
CODE_WORDS = NOTE_WORDS | {
    "known": lazy("Known"), "unknown": lazy("Not known"), "not_applicable": lazy("Not applicable"), "not_determined": lazy("Tax not determined"),
    "included": lazy("Included in the price by the incoterm"), "total": lazy("Total"), "yes": lazy("Yes"), "no": lazy("No"),
    "price-list": lazy("Price list"), "sum": lazy("Sum"), "site-calendar": lazy("By the supplier's lead time and the site's calendar"),
    "new": lazy("New"), "refurbished": lazy("Refurbished"), "used": lazy("Used"),
    "orders": lazy("Orders"), "operator": lazy("Operator"), "supplier-count": lazy("Supplier"), "invented-rates": lazy("invented rates"),
    "typical-weight": lazy("estimated weight"), "estimated": lazy("estimated weight"), "free-from-value": lazy("free from this goods value on"),
    "converted": lazy("converted"), "fixed-rate": lazy("fixed rate"),
}  # fmt: skip


def sheet_words(units: Mapping[str, str]) -> dict[str, str]:
    """Give the heads of the workbook and what its codes mean in the reader's language; `units` are the names of units by their codes."""
    return {**units, **{key: _(word) for key, word in (CODE_WORDS | SHEET_WORDS).items()}}


class Words:
    """What the templates say of terms and causes."""

    def __init__(self, units: Mapping[str, str]) -> None:
        """Take by unit code what stands behind a quantity in the reader's language."""
        self._units = units

    def quantity(self, steps: int, of: Answer | SnapshotOut) -> str:
        """Write a quantity of what was compared, its unit behind it unless it is counted."""
        return form.quantity(steps, of.unit_decimals, self._units.get(of.unit_code, of.unit_code) if of.unit_decimals else "")

    @property
    def causes(self) -> dict[str, str]:
        """Name what a difference comes of."""
        return {
            "price": _("Price"), "quantity": _("Quantity"), "freight": _("Freight"), "insurance": _("Insurance"), "duty": _("Duty"), "tax": _("Tax"),
            "terms": _("Terms"), "fx": _("Exchange rate"),
        }  # fmt: skip

    @property
    def parts(self) -> dict[str, str]:
        """Name the components of a landed cost, small, as they stand inside a sentence."""
        return {
            "goods": _("goods"), "freight": _("freight"), "insurance": _("insurance"), "duty": _("duty"), "tax": _("tax"), "terms": _("terms"),
        }  # fmt: skip

    def lacking(self, kinds: tuple[str, ...]) -> str:
        """Name the components that are not known."""
        return _(", ").join(self.parts.get(kind, kind) for kind in kinds)

    def terms(self, ask: Ask, *, of: Answer | SnapshotOut) -> str:
        """Write what was asked in one line: quantity, where to, by when, in which currency."""
        named = self._units.get(of.unit_code, of.unit_code)
        is_counted = of.unit_code in COUNTED
        quantity = ngettext("%(n)s piece", "%(n)s pieces", ask.quantity) if is_counted else form.quantity(ask.quantity, of.unit_decimals, named)
        place = " ".join(part for part in (form.country(ask.country), ask.postal_code) if part)
        day = _("by %(day)s", day=form.day(ask.need_by)) if ask.need_by else _("no date")
        return f"{quantity} · {place} · {day} · {ask.currency}"

    def place(self, one: OfferChange, *, is_now: bool) -> str:
        """Write a place, or the group of an offer that has none."""
        number, group = (one.place_now, one.group_now) if is_now else (one.place_before, one.group_before)
        return str(number) if number else self.groups.get(group, form.DASH)

    def conditions(self, one: OfferChange) -> str:
        """Write the condition then and now, from left to right or from right to left as the language is written."""
        arrow = "\u2190" if direction() == "rtl" else "\u2192"
        before, now = (_(CODE_WORDS.get(code, code)) for code in (one.condition_before, one.condition_now))
        return f"{before} {arrow} {now}"

    @property
    def groups(self) -> dict[str, str]:
        """Name the groups that have no places."""
        return {
            "cost_not_known": _("cost or arrival not known"),
            "too_late": _("too late"),
            "short": _("too little in stock"),
            "hidden": _("price not shown"),
        }

    @property
    def reasons(self) -> dict[str, str]:
        """Say why there is no comparison now."""
        return {
            "product-gone": _("This product is no longer in the catalogue, so nothing can be compared now."),
            "no-rate": _("There is no exchange rate to the currency of this comparison now."),
            "query-too-broad": _("The comparison of now took too long; open this page again in a moment."),
        }  # fmt: skip

    def reason(self, code: str) -> str:
        """Say why there is no comparison now; what has no words of its own is said plainly."""
        return self.reasons.get(code, _("The same question cannot be asked now."))

    def rate(self, base: str, quote: str, rate: Decimal) -> str:
        """Write a rate the way round that gives a number above one."""
        return self._worded([rate], base, quote)

    def rates(self, change: RateChange) -> str:
        """Write a rate then and now."""
        return self._worded([change.before, change.now], change.base, change.quote)

    def _worded(self, rates: list[Decimal], base: str, quote: str) -> str:
        if rates[0] < 1:
            base, quote, rates = quote, base, [1 / rate for rate in rates]
        shown = " \u2192 ".join(form.number(rate.quantize(PLACES, ROUND_HALF_UP), digits_max=4) for rate in rates)
        return _("%(rate)s %(quote)s for 1 %(base)s", rate=shown, quote=quote, base=base)

    def missing(self, one: Offer) -> str:
        """Say what an offer's total lacks."""
        return _("+ %(what)s", what=self.lacking(one.lacking)) if one.lacking else ""

    def share(self, part_minor: int, whole_minor: int | None) -> Decimal | None:
        """Give a difference as a share of what it was."""
        return Decimal(part_minor) / whole_minor if whole_minor else None

    def difference(self, amount_minor: int, currency: str) -> str:
        """Write a difference with its sign, in the currency's own decimals."""
        decimals = exponent(currency)
        return form.signed(Decimal(amount_minor).scaleb(-decimals), digits=decimals)

    def part(self, one: Offer, kind: str) -> int | str:
        """Give a component's amount in minor units, or its state where it has none."""
        found = next((part for part in one.components if part.kind == kind), None)
        if found is None:
            return "unknown"
        return found.state if found.amount_minor is None else found.amount_minor

    def columns(self, answer: Answer) -> list[str]:
        """Give the components that any offer has an amount of, or lacks, beside goods."""
        kinds = ("freight", "insurance", "duty", "tax", "terms")
        return [kind for kind in kinds if any(self.part(one, kind) not in {"not_applicable", "not_determined"} for one in answer.offers)]
