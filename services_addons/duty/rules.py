"""Owns how the rule for goods on their way is found, and how it becomes a cost component. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from marketplace.kernel.money import Share, settle
from marketplace.trade.landed.schemas import Component, Quote
from services_addons.duty.schemas import DutyAnswer, DutyFound, DutyQuery, DutyShare

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from decimal import Decimal

    from marketplace.trade.landed.schemas import ComponentState, Consignment, ConsignmentLine
    from services_addons.duty.schemas import DutyBook, DutyRow, UnionMember

# The one term of the Incoterms 2020 by which the seller clears the goods for import and pays the duty (articles A7/B7).
DUTY_PAID: Final = frozenset({"DDP"})
INCOTERMS_SINCE: Final = datetime(2020, 1, 1, tzinfo=UTC)
# HS chapters 25 to 97 are industrial goods, those before it agricultural ones.
INDUSTRIAL_FROM: Final = "25"
ESTIMATED: Final = False


def found(book: DutyBook, query: DutyQuery, *, today: date) -> DutyFound:
    """Tell whether a customs union frees the goods, else give the most particular rate.

    The longer HS prefix goes before the shorter one, every HS prefix before a category, the nearer category before those above it; then
    an origin before any, the country before its union, the later rate before the earlier one. A union for industrial goods counts from
    HS chapter 25 on; goods of unknown chapter are not taken for industrial ones.
    """
    home, there = _members(book, query.ships_from, today), _members(book, query.destination, today)
    hs = query.hs_prefix or ""
    free = [member for code, member in there.items() if code in home and (not member.is_industrial_only or hs[:2] >= INDUSTRIAL_FROM)]
    if free:
        first = min(free, key=lambda member: (member.is_industrial_only, member.code))
        since = max((day for day in (first.valid_from, home[first.code].valid_from) if day), default=None)
        return DutyFound(first.code, None, first.source, start_of(since) if since else None, is_invented=False, rule_id=f"union:{first.code}")
    for shelf in _shelves(book, query):
        fitting = [row for row in shelf if _fits(row, query, there, today)]
        if fitting:
            best = max(fitting, key=lambda row: (row.origin, row.destination == query.destination, row.valid_from))
            return DutyFound(None, best.rate, best.source, start_of(best.valid_from), best.is_invented, f"duty:{best.id}")
    return DutyFound(None, None, "", None, is_invented=False)


def _members(book: DutyBook, country: str, today: date) -> dict[str, UnionMember]:
    members = book.unions.get(country, {})
    if all(_holds(one.valid_from, one.valid_to, today) for one in members.values()):
        return members
    return {code: one for code, one in members.items() if _holds(one.valid_from, one.valid_to, today)}


def _holds(first: date | None, last: date | None, day: date) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


def _shelves(book: DutyBook, query: DutyQuery) -> Iterator[list[DutyRow]]:
    hs = query.hs_prefix or ""
    for length in range(len(hs), 0, -1):
        if (shelf := book.by_prefix.get(hs[:length])) is not None:
            yield shelf
    by_depth: dict[int, list[DutyRow]] = {}
    for row in book.by_category.get(str(query.category_id), ()) if query.category_id else ():
        by_depth.setdefault(row.depth, []).append(row)
    for depth in sorted(by_depth):
        yield by_depth[depth]


def _fits(row: DutyRow, query: DutyQuery, unions: Container[str], today: date) -> bool:
    is_there = row.destination == query.destination or row.destination in unions
    return is_there and _holds(row.valid_from, row.valid_to, today) and row.origin in {"", query.origin}


def needs_duty(consignment: Consignment) -> bool:
    """Tell whether a rate has to be looked up: the goods cross a border and the price does not hold the duty."""
    return consignment.ship_from_country != consignment.country and consignment.incoterm not in DUTY_PAID


def duty(consignment: Consignment, book: DutyBook, *, today: date) -> Quote:
    """Make duty by what the tables say, which is looked up once a day for goods of a kind on a way and only applied to the value of each consignment."""
    if len(consignment.lines) != 1:
        return duty_quote(consignment, [found(book, query_of(consignment, line), today=today) for line in consignment.lines], today=today)
    line = consignment.lines[0]
    way = (
        consignment.ship_from_country, consignment.country, consignment.incoterm, consignment.currency,
        line.origin_country, line.hs_prefix, line.category_id,
    )  # fmt: skip
    if (known := book.known.get(way)) is None:
        rule = found(book, query_of(consignment, line), today=today)
        if rule.rate is None or not needs_duty(consignment):
            known = duty_quote(consignment, [rule], today=today)
        else:
            known = DutyShare(rule, Share.of(rule.rate, consignment.currency))
        book.known[way] = known
    return known if isinstance(known, Quote) else _rated(known.share.settled(line.goods_minor), consignment.currency, known.found)


def query_of(consignment: Consignment, line: ConsignmentLine) -> DutyQuery:
    """Ask for the goods of one line."""
    return DutyQuery(consignment.ship_from_country, line.origin_country, consignment.country, line.hs_prefix, line.category_id)


def duty_quote(consignment: Consignment, rules: Sequence[DutyFound], *, today: date) -> Quote:
    """Make duty of what the tables say of each line: a share of the goods' value, each line half up to the settle step.

    Domestic or within a customs union it is not applicable; one line without a rate leaves the whole unknown.
    """
    currency = consignment.currency
    if consignment.ship_from_country == consignment.country:
        return _plain("not_applicable", "domestic", currency, consignment.country, start_of(today))
    if consignment.incoterm in DUTY_PAID:
        return _plain("included", "incoterm", currency, consignment.incoterm, INCOTERMS_SINCE)
    rated = [(line, each) for line, each in zip(consignment.lines, rules, strict=True) if each.union is None]
    if not rated:
        return _free(rules[0], currency)
    amount_minor = 0
    for line, each in rated:
        if each.rate is None:
            is_unnamed = any(other.rate is None and one.hs_prefix is None for one, other in rated)
            return _plain("unknown", "hs-missing" if is_unnamed else "no-rate", currency, consignment.incoterm, None)
        amount_minor += settle(line.goods_minor * each.rate, currency)
    return _rated(amount_minor, currency, rated[0][1] if len(rated) == 1 else _together([each for _, each in rated]))


def _rated(amount_minor: int, currency: str, rule: DutyFound) -> Quote:
    note = "invented-rates" if rule.is_invented else ""
    # In the order of the fields: it is made for every offer of a comparison.
    component = Component("duty", "known", currency, amount_minor, ESTIMATED, rule.rule_id, rule.source, rule.as_of, note, (), amount_minor > 0)
    return Quote((component,))


def _together(rules: Sequence[DutyFound]) -> DutyFound:
    """Name the rates of several lines as one: every rule and source once, valid since the latest of them."""
    return DutyFound(
        None,
        None,
        ", ".join(sorted({each.source for each in rules if each.source})),
        max((each.as_of for each in rules if each.as_of), default=None),
        is_invented=any(each.is_invented for each in rules),
        rule_id=",".join(sorted({each.rule_id for each in rules})),
    )


@lru_cache(maxsize=5000)
def _plain(state: ComponentState, note: str, currency: str, source: str, as_of: datetime | None) -> Quote:
    """Quote without an amount: the same object for all that are alike."""
    component = Component(kind="duty", state=state, currency=currency, note=note, rule_id=f"duty:{note}", source=source, as_of=as_of)
    return Quote(components=(component,))


@lru_cache(maxsize=1000)
def _free(rule: DutyFound, currency: str) -> Quote:
    component = Component(
        kind="duty", state="not_applicable", currency=currency, note="customs-union", rule_id=rule.rule_id, source=rule.source, as_of=rule.as_of
    )
    return Quote(components=(component,))


def start_of(day: date) -> datetime:
    """Give the moment at which a day begins."""
    return datetime.combine(day, time(), UTC)


def answer(book: DutyBook, query: DutyQuery, *, today: date) -> DutyAnswer:
    """Tell which rule holds for goods on a way on a day, for whoever tries the table."""
    if query.ships_from == query.destination:
        return DutyAnswer(
            kind="domestic", rule_id="duty:domestic", percent=None, union=None, source=query.destination, as_of=start_of(today), is_invented=False
        )
    rule = found(book, query, today=today)
    kind = "union" if rule.union else "unknown" if rule.rate is None else "rate"
    return DutyAnswer(
        kind=kind,  # type: ignore[arg-type]
        rule_id=rule.rule_id,
        percent=None if rule.rate is None else write_percent(rule.rate),
        union=rule.union,
        source=rule.source,
        as_of=rule.as_of,
        is_invented=rule.is_invented,
    )


def write_percent(rate: Decimal) -> str:
    """Write a fraction as a percentage without zeros that say nothing: 0.037 is "3.7"."""
    return f"{(rate * 100).normalize():f}"
