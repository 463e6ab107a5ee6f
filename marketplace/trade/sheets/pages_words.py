"""Owns the words and figures of the comparison page: how a component's source, a factor's figure or a rate reads in the reader's language."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from marketplace.kernel import formatting as form
from marketplace.kernel.countries import countries
from marketplace.kernel.currencies import exponent
from marketplace.kernel.i18n import current_locale, ngettext, translate
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.quantity import pack_price
from marketplace.kernel.states import condition
from marketplace.trade.landed.schemas import NOTE_WORDS
from marketplace.trade.sheets.pages_about import CHECKS, about, apart_from
from marketplace.trade.sheets.pages_axis import apart
from marketplace.trade.sheets.service import shown_points
from vendors.offers import service as offers

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError
    from marketplace.trade.compare.schemas import ComponentOut, FxOut, GatedOut, OfferOut
    from marketplace.trade.sheets.schemas import PageView

CURRENCIES_SHOWN = ("EUR", "USD", "VND", "AED", "KWD", "SAR", "PLN", "TRY", "JPY", "GBP", "CHF")
SMALL_PRICE = Decimal("0.1")
PIECES = "H87"
# Both units whose name is "pieces".
COUNTED = frozenset({PIECES, "C62"})
MILLION = 10**6
LONG_AMOUNT = 10
TIMES = "\u00d7"
# Up to where the stock is told as a multiple of what is asked, and below which with a tenth.
TIMES_MAX = 99
TENTHS_BELOW = 10


def words_of_errors(error: DomainError) -> list[str]:
    """Word each thing that is wrong with the terms."""
    if not error.errors:
        return [translate(type(error).message, current_locale()).format(**error.params)]
    return [translate(item.message, current_locale()).format(**item.params) for item in error.errors]


class Sheet:
    """What the template reads: the view's own parts, and words made of them."""

    def __init__(self, view: PageView, *, here: str) -> None:
        """Wrap a view; `here` is the address to come back to after signing in."""
        self._view = view
        self.here = here
        self.by_id = {one.offer_id: one for one in view.found.offers}
        self._offers_of = Counter([one.supplier.id for one in view.found.offers] + [one.supplier.id for one in view.found.gated])
        self.kind_words = {
            "goods": _("Goods"), "freight": _("Freight"), "insurance": _("Insurance"), "duty": _("Duty"), "tax": _("Tax"), "terms": _("Terms"),
        }  # fmt: skip
        self.factor_words = {
            "cost": _("Landed cost"), "time": _("Days to spare") if view.found.ask.need_by else _("Days to arrival"),
            "on_time": _("On time, low end"), "checks": _("Checks passed"), "stock": _("Stock, times asked"),
        }  # fmt: skip

    def __getattr__(self, name: str) -> Any:
        """Give the view's own part of this name."""
        return getattr(self._view, name)

    @property
    def suppliers(self) -> int:
        """Count the suppliers that sell this, whether a price is shown or not; one may have several offers."""
        found = self._view.found
        return len({one.supplier.id for one in found.offers} | {one.supplier.id for one in found.gated})

    @property
    def able(self) -> int:
        """Count the suppliers with a ranked offer."""
        return len({one.supplier.id for one in self._view.found.offers if one.place is not None})

    @property
    def looked_at(self) -> int:
        """Count the offers that are looked at where a product has very many."""
        return offers.COMPARED_MAX

    @property
    def terms_query(self) -> str:
        """Write the terms and the sorting as the query of a relative link, without what is opened."""
        return "?" + urlencode({name: value for name, value in self._view.values.items() if value})

    @property
    def shown_for(self) -> str:
        """Say what the comparison that is shown was made for, where that is not what was typed."""
        ask = self._view.found.ask
        place = " ".join(part for part in (form.country(ask.country), ask.postal_code) if part)
        terms = [self.quantity_words(ask.quantity), place, form.day(ask.need_by) if ask.need_by else _("no date"), ask.currency]
        return _("Shown instead: %(terms)s.", terms=" \u00b7 ".join(terms))

    @property
    def countries(self) -> list[tuple[str, str]]:
        """List the countries by their name in the reader's language."""
        return _countries(current_locale())

    @property
    def currencies(self) -> list[str]:
        """List the currencies to choose from, the present one among them."""
        own = self._view.found.ask.currency
        return [*CURRENCIES_SHOWN, *([] if own in CURRENCIES_SHOWN else [own])]

    @property
    def cost_axis(self) -> list[tuple[float, str]]:
        """Give the ticks of the cost scale as % and rounded amounts in the asked currency, large ones in millions, which the last tick says."""
        decimals, ticks = exponent(self._view.found.ask.currency), self._view.picture.cost_ticks
        amounts = [(place, Decimal(value).scaleb(-decimals)) for place, value in ticks]
        last = amounts[-1][1]
        is_large = last >= MILLION

        def said(amount: Decimal) -> str:
            text = form.number(amount / MILLION, digits_max=1) if is_large else form.number(amount, digits_max=decimals)
            return _("%(n)s million", n=text) if is_large and amount == last else text

        return apart(amounts, said)

    @property
    def is_big(self) -> bool:
        """Tell whether totals are so long that their column has to be wider."""
        return any(len(form.amount(one.known_minor, one.currency)) >= LONG_AMOUNT for one in self._view.found.offers)

    @property
    def before(self) -> str:
        """Name what all ranked offers lack."""
        return self.words_of(self._view.found.summary.before)

    @property
    def best(self) -> dict[str, set[str]]:
        """Give the best of each column among the ranked: lowest unit price (of one currency), lowest total, earliest, most punctual, most stock."""
        ranked = [one for one in self._view.found.offers if one.place is not None]
        if len(ranked) < 2:  # noqa: PLR2004 - one alone is not the best of anything
            return {name: set() for name in ("unit", "total", "arrival", "on_time", "stock")}
        goods = {one.offer_id: Decimal(one.components[0].amount_minor or 0) / one.quantity for one in ranked}
        arriving = [one for one in ranked if one.arrives_on]
        known = [one for one in ranked if one.on_time.low is not None]
        return {
            "unit": {one.offer_id for one in ranked if goods[one.offer_id] == min(goods.values())},
            "total": {one.offer_id for one in ranked if one.known_minor == min(other.known_minor for other in ranked)},
            "arrival": {one.offer_id for one in arriving if one.arrives_on == min(other.arrives_on for other in arriving)},  # type: ignore[type-var]
            "on_time": {one.offer_id for one in known if one.on_time.low == max(other.on_time.low for other in known)},  # type: ignore[type-var]
            "stock": {one.offer_id for one in ranked if one.stock.times == max(other.stock.times for other in ranked)},
        }

    def words_of(self, kinds: tuple[str, ...]) -> str:
        """Name components in one phrase."""
        return _(", ").join(self.kind_words[kind].lower() for kind in kinds)

    @property
    def unit_words(self) -> str:
        """Name the unit beside the quantity, without what its list says in brackets."""
        if self._view.found.unit_code == PIECES:
            return _("pieces")
        name: str = self._view.unit
        return name.partition(" (")[0]

    def quantity_words(self, steps: int) -> str:
        """Write a quantity with the name of its unit, of pieces as many as they are."""
        if self._view.found.unit_code in COUNTED:
            return ngettext("%(n)s piece", "%(n)s pieces", steps)
        return f"{self.quantity(steps)} {self.unit_words}"

    def about(self, one: OfferOut | GatedOut, *, is_long: bool = False) -> str:
        """Write a supplier's second line; `is_long`: with what it leaves out."""
        is_one_of_several, today = self._offers_of[one.supplier.id] > 1, self._view.found.as_of.date()
        return about(one, is_one_of_several=is_one_of_several, today=today, is_long=is_long)

    def goods(self, one: OfferOut) -> str:
        """Say what exactly is offered: the supplier's article number, and its condition unless it is new."""
        return " \u00b7 ".join(part for part in (f"\u2066{one.supplier_sku}\u2069", condition(one.condition)) if part)

    def each(self, one: OfferOut) -> str:
        """Write the known cost of one unit in the asked currency."""
        quantity = Decimal(one.quantity).scaleb(-self._view.found.unit_decimals)
        return self.rounded(Decimal(one.known_minor).scaleb(-exponent(one.currency)) / quantity)

    def each_words(self, one: OfferOut) -> str:
        """Say what one unit comes to: a piece "each", a metre "per m"."""
        if not self._view.found.unit_decimals:
            return _("%(price)s each", price=self.each(one))
        return f"{self.each(one)} {_('per %(unit)s', unit=self._view.unit_symbol)}"

    def unit_price(self, one: OfferOut) -> str:
        """Write the unit price in the asked currency; where no rate leads there, in the offer's own with its code."""
        if one.fx is None:
            return form.unit_price(one.price.unit_price, one.price.currency, with_code=one.price.currency != one.currency)
        return self.rounded(one.price.unit_price * one.fx.rate)

    def pack(self, one: OfferOut) -> str:
        """Say what a pack comes to, converted as the unit price is; "" where one unit is the pack."""
        price = self._pack_price(one)
        return _("%(price)s per pack of %(size)s", price=price, size=self.measured(one.pack_size)) if price else ""

    def pack_shortly(self, one: OfferOut) -> str:
        """Say the same in the width of the column: price / size."""
        price = self._pack_price(one)
        return f"{price} / {self.measured(one.pack_size)}" if price else ""

    def _pack_price(self, one: OfferOut) -> str:
        price = pack_price(one.price.unit_price, pack_size=one.pack_size, decimals=self._view.found.unit_decimals)
        if price is None:
            return ""
        if one.fx is not None:
            return self.rounded(price * one.fx.rate)
        return form.unit_price(price, one.price.currency, with_code=one.price.currency != one.currency)

    @property
    def history_ends(self) -> tuple[str, str]:
        """Write the first and the last price of the curve, with one more decimal where they differ but would read alike."""
        first, last = self._view.history[0][1], self._view.history[-1][1]
        is_alike = first != last and self.rounded(first) == self.rounded(last)
        return self.rounded(first, more=is_alike), self.rounded(last, more=is_alike)

    @property
    def low_price(self) -> str:
        """Write the lowest price of late in the asked currency, and after it in its own."""
        assert self._view.low is not None, "asked only where there is one"
        low, converted = self._view.low
        own: str = form.unit_price(low.unit_price, low.currency, with_code=True)
        asked = self._view.found.ask.currency
        return own if low.currency == asked else f"{self.rounded(converted)} {asked} ({own})"

    def rounded(self, price: Decimal, *, more: int = 0) -> str:
        """Write a price in the asked currency with its own decimals, two more where it is very small, and so many more still."""
        decimals = exponent(self._view.found.ask.currency)
        places = decimals + (2 if 0 < price < SMALL_PRICE and decimals else 0) + more
        return form.number(price.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), digits=places)

    def minimum(self, one: OfferOut) -> str:
        """Say why another quantity than the asked one is compared: whole packs, the least that is sold, or its multiples. "" where it is the same."""
        found = self._view.found
        if one.quantity == found.ask.quantity:
            return ""
        # One piece, or one metre, is no pack.
        if one.pack_size > 10**found.unit_decimals and one.quantity % one.pack_size == 0:
            return ngettext("%(n)s pack of %(size)s", "%(n)s packs of %(size)s", one.quantity // one.pack_size, size=self.measured(one.pack_size))
        if one.quantity == one.moq:
            return _("least: %(quantity)s", quantity=self.measured(one.moq))
        return _("by %(multiple)s: %(quantity)s", multiple=self.measured(one.multiple), quantity=self.measured(one.quantity))

    def quantity(self, steps: int) -> str:
        """Write a quantity of this product's unit."""
        return form.quantity(steps, self._view.found.unit_decimals)

    def measured(self, steps: int) -> str:
        """Write a quantity with its unit behind it, unless it is pieces."""
        found = self._view.found
        return form.quantity(steps, found.unit_decimals, self._view.unit_symbol if found.unit_decimals else "")

    def points(self, one: OfferOut) -> list[Decimal]:
        """Give the points of each factor as they are shown, and last the score; the parts add up to it."""
        return shown_points(one.factors)

    def missing(self, one: OfferOut) -> list[str]:
        """Say what has to become known before an offer gets a place."""
        if self.is_without_arrival(one):
            return [_("the arrival")]
        freight = _("freight to %(country)s", country=form.country(self._view.found.ask.country))
        notes = {
            "weight-missing": _("the packed weight, which sets the freight"), "typical-weight": _("the packed weight, which sets the freight"),
            "no-table": freight, "no-zone": freight, "on-request": freight, "beyond-table": _("freight for this weight"),
            "volume-missing": _("the packed volume, which sets the freight"), "pallets-missing": _("how many go on a pallet, which sets the freight"),
            "stale-exchange-rate": _("the exchange rate of the freight table"), "hs-missing": _("the customs code, which sets the duty"), "no-rate": _("the rate of duty"),
            "no-exchange-rate": _("the exchange rate from %(currency)s", currency=one.price.currency),
        }  # fmt: skip
        found = {notes.get(part.note, self.kind_words[part.kind].lower()): None for part in one.components if part.state == "unknown"}
        return [*found] or [_("the arrival")]

    @property
    def missing_all(self) -> str:
        """Say what has to become known before all offers without a place get one."""
        apart = [one for one in self._view.found.offers if one.group == "cost_not_known"]
        return _(", ").join({words: None for one in apart for words in self.missing(one)})

    @property
    def lacks_arrival(self) -> bool:
        """Tell whether any offer has no place because its arrival alone is not known."""
        return any(self.is_without_arrival(one) for one in self._view.found.offers)

    def is_without_arrival(self, one: OfferOut) -> bool:
        """Tell whether it is the arrival alone that keeps an offer from a place."""
        return one.group == "cost_not_known" and one.arrives_on is None and one.lacking == self._view.found.summary.before

    def times(self, one: OfferOut) -> str:
        """Say how many times what is asked a supplier has, to a tenth below ten; beyond 99 the number says no more."""
        if one.stock.times > TIMES_MAX:
            return f"> {form.number(Decimal(TIMES_MAX), digits=0)}{TIMES}"
        return f"{form.number(one.stock.times, digits_max=1 if one.stock.times < TENTHS_BELOW else 0)}{TIMES}"

    def contrast(self, one: OfferOut) -> str:
        """Say in words how an offer differs from the first in cost, arrival and keeping dates: what it loses and what it wins."""
        first: OfferOut = self._view.first or one
        said = []
        more = one.known_minor - first.known_minor
        if more:
            amount = form.money(abs(more), one.currency)
            said.append(_("It costs %(amount)s more.", amount=amount) if more > 0 else _("It costs %(amount)s less.", amount=amount))
        if one.arrives_on and first.arrives_on and one.arrives_on != first.arrives_on:
            later = (one.arrives_on - first.arrives_on).days
            if later > 0:
                said.append(ngettext("It arrives %(n)s day later.", "It arrives %(n)s days later.", later))
            else:
                said.append(ngettext("It arrives %(n)s day sooner.", "It arrives %(n)s days sooner.", -later))
        mine, theirs = one.on_time.low or Decimal(0), first.on_time.low or Decimal(0)
        if mine != theirs:
            said.append(_("It keeps its dates less surely.") if mine < theirs else _("It keeps its dates more surely."))
        return " ".join(said)

    def plain(self, steps: int) -> str:
        """Write a quantity as a form sends it: ASCII decimal text in units."""
        return f"{Decimal(steps).scaleb(-self._view.found.unit_decimals).normalize():f}"

    def bar_title(self, one: OfferOut) -> str:
        """Say the bar in words: each part with its amount."""
        parts = [
            f"{self.kind_words[part.kind].lower()} {form.amount(part.amount_minor, part.currency)}" for part in one.components if part.amount_minor
        ]
        return _(", ").join([*parts, *(f"{self.kind_words[kind].lower()}: {_('not known')}" for kind in one.lacking)])

    def figure(self, one: OfferOut, factor: str) -> str:
        """Write the figure that a factor's points come from."""
        if factor == "cost":
            return form.amount(one.known_minor, one.currency)
        if factor == "time":
            return form.DASH if one.time_days is None else form.number(Decimal(one.time_days), digits=0)
        if factor == "on_time":
            return form.percent(one.on_time.low, digits=1)
        if factor == "checks":
            return f"{one.supplier.checks}/{CHECKS}"
        return f"{form.number(one.stock.times, digits_max=1)}{TIMES}"

    def rate_words(self, rate: FxOut) -> str:
        """Write a rate the way round that gives a number above one."""
        if rate.rate >= 1:
            base, quote, value = rate.base, rate.quote, rate.rate
        else:
            base, quote, value = rate.quote, rate.base, 1 / rate.rate
        shown = form.number(value.quantize(Decimal("0.0001"), ROUND_HALF_UP), digits_max=4)
        return _("%(rate)s %(quote)s for 1 %(base)s; %(provider)s", rate=shown, quote=quote, base=base, provider=rate.provider or "-")

    def arrival_source(self, one: OfferOut) -> str:
        """Say what the arrival is worked out from: the site's calendar, and the table that tells the days on the way."""
        if one.transit_days is None:
            return _("By the supplier's lead time and the site's calendar")
        table = apart_from(one.transit_source) or _("the supplier's freight table")
        return _("By the supplier's lead time, the site's calendar and %(table)s", table=table)

    def made_of(self, part: ComponentOut) -> str:
        """Say what an amount is made up of, in the offer's currency: the rate and each surcharge by its code."""
        said = [f"{_('rate') if each.code == 'rate' else each.code} {form.amount(each.amount_minor, part.original_currency)}" for each in part.parts]
        return " + ".join(said)

    def source(self, one: OfferOut, part: ComponentOut) -> str:
        """Say where a component comes from, or why there is none."""
        if part.kind == "goods" and part.state == "known":
            quantity = form.quantity(one.quantity, self._view.found.unit_decimals)
            price = form.unit_price(one.price.unit_price, one.price.currency, with_code=True)
            return _("%(quantity)s at %(price)s, supplier's price list", quantity=quantity, price=price)
        if part.state == "known":
            own = "" if part.original_currency == part.currency else f"{form.money(part.original_minor, part.original_currency)}; "
            marks = [_("invented rates")] if "invented-rates" in part.note else []
            marks += [_("estimated weight")] if part.is_estimated else []
            marks += [self.made_of(part)] if part.parts else []
            marks += [_("free from this goods value on")] if "free-from-value" in part.note else []
            return own + _(", ").join([apart_from(part.source) or _("operator's table"), *marks])
        return _(NOTE_WORDS[part.note]) if part.note in NOTE_WORDS else part.note or part.source


def _countries(locale: str) -> list[tuple[str, str]]:
    kept = _NAMES.get(locale)
    if kept is None:
        kept = _NAMES[locale] = sorted(((code, form.country(code, locale=locale)) for code in countries()), key=lambda pair: pair[1])
    return kept


_NAMES: dict[str, list[tuple[str, str]]] = {}
