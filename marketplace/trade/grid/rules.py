"""Owns the pure rules of a save: each row's edit held against what stands, what speaks against it, and how a save is undone."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.i18n import lazy
from marketplace.kernel.quantity import BadQuantity, parse_quantity, plain
from marketplace.kernel.wording import UnitPrice
from marketplace.trade.grid.schemas import CellConflict, KeptChange, KeptCount, KeptTier, Planned, Trouble
from vendors.offers.errors import PriceOfNothing
from vendors.offers.schemas import Tier
from vendors.stock.schemas import Counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from marketplace.trade.grid.schemas import OwnRow, RowEdit
    from marketplace.trade.standing.schemas import Place
    from vendors.stock.schemas import Level, SiteLevel

    Lying = Level | SiteLevel

UNITS_MAX = 10**9
LARGE = Decimal("0.5")
NOT_YOURS = lazy("There is no such offer of yours.")
RETIRED = lazy("This offer is retired and changes no more.")
TWICE = lazy("This offer stands in two rows; give each once.")
NOTHING = lazy("Name a price or a stock to change.")
CHANGED = lazy("Somebody else changed this offer meanwhile: look at it again.")
CELL_CHANGED = lazy("Now {theirs}, changed by somebody else meanwhile; you want {yours}.")


def smallest(row: OwnRow) -> int:
    """Give the smallest quantity that is sold: the minimum, rounded up to the multiple."""
    return -(-row.moq // row.multiple) * row.multiple


def tiers_of(row: OwnRow) -> tuple[Tier, ...]:
    """Give the tiers in force."""
    return tuple(map(Tier, row.tier_from, row.tier_price))


def missing(edit: RowEdit, *, at: int) -> Planned:
    """Answer an offer that is not there or somebody else's."""
    return Planned(
        offer_id=edit.offer_id, product_id=edit.offer_id, version=edit.version, troubles=[Trouble(f"/rows/{at}/offer_id", "no-such-offer", NOT_YOURS)]
    )


def planned(edit: RowEdit, row: OwnRow, *, at: int, levels: Mapping[UUID, Lying], sites: frozenset[UUID]) -> Planned:
    """Hold one row's edit against what stands. `at` is its place in what was sent, `levels` its stock by site, `sites` the supplier's own.

    What is wrong stands in `troubles`, what somebody else changed in `conflicts`, prices that move by more than half in `large`.
    """
    plan = Planned(offer_id=row.offer_id, product_id=row.product_id, version=row.version, tiers_before=tiers_of(row))
    if row.state == "retired":
        plan.troubles = [Trouble(f"/rows/{at}/offer_id", "retired", RETIRED)]
        return plan
    if edit.tiers is msgspec.UNSET and edit.stock is msgspec.UNSET:
        plan.troubles = [Trouble(f"/rows/{at}", "nothing-to-change", NOTHING)]
        return plan
    _plan_tiers(plan, edit, row, at=at)
    _plan_stock(plan, edit, row, at=at, levels=levels, sites=sites)
    if edit.version != row.version and plan.cells and not plan.troubles:
        plan.conflicts = _conflicts(plan, row)
        plan.large = []
    return plan


def _plan_tiers(plan: Planned, edit: RowEdit, row: OwnRow, *, at: int) -> None:
    if edit.tiers is msgspec.UNSET:
        return
    made: list[Tier] = []
    troubles: list[Trouble] = []
    for number, tier in enumerate(edit.tiers):
        pointer = f"/rows/{at}/tiers/{number}"
        steps = _steps(tier.from_quantity, row.unit_decimals, f"{pointer}/from_quantity", troubles)
        price = Decimal(tier.unit_price)
        if not price:
            troubles.append(Trouble(f"{pointer}/unit_price", PriceOfNothing.code, PriceOfNothing.message))
        made.append(Tier(steps, price))
    bounds = [tier.from_quantity for tier in made]
    if not troubles and (bounds != sorted(set(bounds)) or bounds[0] > smallest(row)):
        message = lazy("Each price starts at a higher quantity than the one before, and the first at or below the minimum quantity.")
        troubles.append(Trouble(f"/rows/{at}/tiers", "tiers-not-ascending", message))
    plan.troubles = plan.troubles + troubles
    if not troubles and tuple(made) != plan.tiers_before:
        plan.tiers = tuple(made)
        plan.cells += _changed_prices(plan.tiers_before, made)
        plan.large = [trouble for number, tier in enumerate(made) if (trouble := _large(tier, row, f"/rows/{at}/tiers/{number}/unit_price"))]


def _changed_prices(before: Sequence[Tier], after: Sequence[Tier]) -> int:
    known = {tier.from_quantity: tier.unit_price for tier in before}
    return sum(known.get(tier.from_quantity) != tier.unit_price for tier in after) or 1


def _large(tier: Tier, row: OwnRow, pointer: str) -> Trouble | None:
    """Tell of a price that moves by more than half of what holds now at its quantity."""
    place = bisect_right(row.tier_from, max(tier.from_quantity, smallest(row)))
    old = row.tier_price[place - 1] if place else None
    if old is None or not old or abs(tier.unit_price - old) <= old * LARGE:
        return None
    message = lazy("{old} becomes {new}, which is more than 50 % off. Confirm that this is meant.")
    return Trouble(pointer, "large-change", message, {"old": UnitPrice(old, row.currency), "new": UnitPrice(tier.unit_price, row.currency)})


def _plan_stock(plan: Planned, edit: RowEdit, row: OwnRow, *, at: int, levels: Mapping[UUID, Lying], sites: frozenset[UUID]) -> None:
    if edit.stock is msgspec.UNSET:
        return
    seen: set[UUID] = set()
    for number, count in enumerate(edit.stock):
        pointer, site_id = f"/rows/{at}/stock/{number}", count.site_id or row.site_id
        if site_id not in sites or site_id in seen:
            plan.troubles = [*plan.troubles, Trouble(f"{pointer}/site_id", "no-such-site", lazy("Name each of your sites once."))]
            continue
        seen.add(site_id)
        level = levels.get(site_id)
        before = (level.on_hand, level.safety) if level else (0, 0)
        wanted = [
            _wanted(plan, value, before[place], row.unit_decimals, f"{pointer}/{name}")
            for place, (name, value) in enumerate((("on_hand", count.on_hand), ("safety", count.safety)))
        ]
        changed = sum(new != old for new, old in zip(wanted, before, strict=True))
        if changed or level is None:
            plan.counts = [*plan.counts, Counted(row.product_id, row.offer_id, site_id, wanted[0], wanted[1])]
            plan.counts_before = [*plan.counts_before, before]
            plan.cells += max(changed, 1)


def _wanted(plan: Planned, value: object, present: int, decimals: int, pointer: str) -> int:
    if value is msgspec.UNSET:
        return present
    troubles: list[Trouble] = []
    steps = _steps(value, decimals, pointer, troubles, may_be_none=True)
    plan.troubles = [*plan.troubles, *troubles]
    return present if troubles else steps


def _steps(value: object, decimals: int, pointer: str, troubles: list[Trouble], *, may_be_none: bool = False) -> int:
    """Give a quantity in steps; what is wrong with it is added to the troubles, and 0 stands for it."""
    try:
        return parse_quantity(value, decimals=decimals, pointer=pointer, may_be_none=may_be_none, most=UNITS_MAX)  # type: ignore[arg-type]
    except BadQuantity as refused:
        troubles += [Trouble(one.pointer, one.code, one.message, one.params) for one in refused.errors]
        return 0


def _conflicts(plan: Planned, row: OwnRow) -> list[CellConflict]:
    """Name every cell in which what is wanted differs from what somebody else has made of it."""
    found = []
    theirs = {tier.from_quantity: tier.unit_price for tier in plan.tiers_before}
    for number, tier in enumerate(plan.tiers or ()):
        if theirs.get(tier.from_quantity) != tier.unit_price:
            now = theirs.get(tier.from_quantity)
            found.append(CellConflict(f"tiers/{number}/unit_price", plain(tier.unit_price), "" if now is None else plain(now)))
    for number, (count, before) in enumerate(zip(plan.counts, plan.counts_before, strict=True)):
        for name, yours, old in (("on_hand", count.on_hand, before[0]), ("safety", count.safety or 0, before[1])):
            if yours != old:
                texts = [plain(Decimal(steps).scaleb(-row.unit_decimals)) for steps in (yours, old)]
                found.append(CellConflict(f"stock/{number}/{name}", *texts))
    return found or [CellConflict("version", str(plan.version), str(row.version))]


def told(plan: Planned, *, at: int) -> list[Trouble]:
    """Give everything that speaks against a row but large changes, each at its cell."""
    return [
        *plan.troubles,
        *(
            Trouble(f"/rows/{at}/{one.cell}", "changed-meanwhile", CELL_CHANGED, {"theirs": one.theirs or "\u2013", "yours": one.yours})
            for one in plan.conflicts
        ),
    ]


def kept(plan: Planned, *, version: int) -> KeptChange:
    """Give what a save writes down of one row, to be able to undo it."""
    tiers = [KeptTier(tier.from_quantity, plain(tier.unit_price)) for tier in plan.tiers_before] if plan.tiers else []
    counts = [
        KeptCount(count.site_id, before[0], count.on_hand, before[1], before[1] if count.safety is None else count.safety)
        for count, before in zip(plan.counts, plan.counts_before, strict=True)
    ]
    return KeptChange(plan.offer_id, plan.product_id, version, tiers, counts)


def back(change: KeptChange, levels: Mapping[UUID, Level]) -> list[Counted]:
    """Give the counts that take a change of stock back: by the difference, since goods may have left meanwhile, and never below none."""
    return [
        Counted(
            change.product_id, change.offer_id, count.site_id,
            max((levels[count.site_id].on_hand if count.site_id in levels else 0) - (count.on_hand_after - count.on_hand_before), 0), count.safety_before,
        )
        for count in change.counts
    ]  # fmt: skip


def available(plan: Planned, levels: Mapping[UUID, Lying]) -> int | None:
    """Tell how much could be promised after a row's counts, None where it counts nothing."""
    if not plan.counts:
        return None
    lies = {site_id: (level.on_hand, level.safety) for site_id, level in levels.items()}
    lies |= {count.site_id: (count.on_hand, count.safety or 0) for count in plan.counts}
    return sum(max(on_hand - safety - (levels[site_id].reserved if site_id in levels else 0), 0) for site_id, (on_hand, safety) in lies.items())


def place_key(place: Place | None) -> str:
    """Give the text by which places are sorted: ranked ones first, in their order."""
    return f"{place.place:09}" if place and place.place else "999999999"


def exact(text: str) -> Decimal:
    """Read back a price as a save keeps it."""
    return Decimal(text)
