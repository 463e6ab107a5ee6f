"""Owns the use cases of the published ranking: explain it with an example of this moment, and try other weights on live comparisons."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from marketplace.catalogue.products import service as products
from marketplace.kernel.database import reading
from marketplace.kernel.errors import NotAllowed, NotFound
from marketplace.trade.compare import service as compare
from marketplace.trade.compare.schemas import Wanted
from marketplace.trade.ranking import queries, rules
from marketplace.trade.ranking.schemas import Example, FactorOut, Preview, ProductShift, RankingOut
from marketplace.trade.weights import service as weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from marketplace.kernel.actor import Actor
    from marketplace.trade.compare.schemas import Comparison
    from marketplace.trade.compare.service import Field
    from marketplace.trade.ranking.rules import Pair
    from marketplace.trade.ranking.schemas import Sampled
    from marketplace.trade.weights.schemas import Weights

SAMPLE = 100
CONTESTED_BY = 3
TRIED_MAX = 5
ROWS_MAX = 3
USUAL_QUANTITY = "100"
SHIFTS_MAX = 100
FORMULA = "score = cost + time + on_time + checks + stock; cost = weight - cost_slope * ln(total / lowest ranked total), not clamped; every other factor = weight * share, 0 to 1"
ROUNDING = "points in thousandths; k * ln(total in minor units) is rounded half up for each offer before two are subtracted, shares half up"
typed_weights, typed_moment, as_typed, NAMES = rules.typed_weights, rules.typed_moment, rules.as_typed, rules.NAMES


async def ranking(*, now: datetime) -> RankingOut:
    """Give the published ranking in force: weights, scales, tie-break and all versions."""
    known = await weights.versions()
    current = await weights.in_force(now)
    scale = compare.SCALES
    return RankingOut(
        version=current.version, in_force_from=current.in_force_from, weights=current.weights, factors=_factors(current.weights),
        spare_days_full=scale.spare_days_full, arrival_days_none=scale.arrival_days_none, on_time_none=scale.on_time_none,
        on_time_full=scale.on_time_full, checks_full=scale.checks_full, stock_times_full=scale.stock_times_full, formula=FORMULA, rounding=ROUNDING,
        tie_break=("total", "arrival", "offer_id"), versions=tuple(known), example=await _example_address(),
    )  # fmt: skip


async def _example_address() -> str | None:
    found = await compare.contested(suppliers=CONTESTED_BY, limit=1)
    if not found:
        return None
    return f"/api/v1/products/{found[0]}/comparison?quantity={USUAL_QUANTITY}&country={compare.HOME_COUNTRY}&weights={weights.MARKET}"


def _factors(of: Weights) -> tuple[FactorOut, ...]:
    scale = compare.SCALES
    told = {
        "cost": ("landed total against the lowest ranked total", "", "the lowest ranked total"),
        "time": (
            "days to spare before the needed-by date; without one, days until arrival", f"0 to spare or {scale.arrival_days_none} until arrival",
            f"{scale.spare_days_full} to spare or 0 until arrival",
        ),
        "on_time": ("lower end of the 90 % interval of orders that kept their first promise", str(scale.on_time_none), str(scale.on_time_full)),
        "checks": ("checks by the operator that still hold", "0", str(scale.checks_full)),
        "stock": ("stock as a multiple of the asked quantity", "1", str(scale.stock_times_full)),
    }  # fmt: skip
    return tuple(
        FactorOut(factor=name, weight=getattr(of, name), of=about, none_at=none_at, full_at=full_at)
        for name, (about, none_at, full_at) in told.items()
    )


async def example(given: Mapping[str, str], *, viewer: Actor, locale: str, now: datetime) -> Example | None:
    """Work an example on live numbers: the comparison that `given` names by `product` and terms, else the first of the market with several ranked.

    `offer` names the one to explain, else it is the second. None where nothing can be ranked. Raises: NotFound, InvalidInput.
    """
    terms = {name: value for name, value in given.items() if name not in {"product", "offer"}}
    if given.get("product"):
        found = await compare.compare_given(_id(given["product"]), terms, viewer=viewer, now=now, has_defaults=True)
        return await _example(found, given.get("offer", ""), locale)
    tried = []
    for product_id in await compare.contested(suppliers=CONTESTED_BY, limit=TRIED_MAX):
        found = await compare.compare_given(product_id, {"quantity": USUAL_QUANTITY, **terms}, viewer=viewer, now=now, has_defaults=True)
        tried.append(found)
        if found.summary.ranked >= ROWS_MAX and not found.summary.before:
            break
    # The one that tells most: with every cost known, and of those with the most that are ranked.
    best = min(tried, key=lambda one: (one.summary.ranked < 2, len(one.summary.before), -one.summary.ranked), default=None)  # noqa: PLR2004 - one compares with nothing
    return None if best is None else await _example(best, "", locale)


async def _example(found: Comparison, offer_id: str, locale: str) -> Example | None:
    ranked = [one for one in found.offers if one.place is not None]
    if not ranked:
        return None
    explained = next((one for one in ranked if one.offer_id == offer_id), ranked[min(1, len(ranked) - 1)])
    rows = ranked[:ROWS_MAX] if explained in ranked[:ROWS_MAX] else [*ranked[: ROWS_MAX - 1], explained]
    product = await products.product(found.product_id, locale=locale)
    return Example(
        title=product.title, found=found, quantity=f"{Decimal(found.ask.quantity).scaleb(-found.unit_decimals).normalize():f}", rows=tuple(rows),
        explained=explained, lowest_minor=min(one.known_minor for one in ranked),
    )  # fmt: skip


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


async def preview(wanted: Weights, *, actor: Actor, locale: str, now: datetime) -> Preview:
    """Try weights on live comparisons: what was bought last, as it was bought, filled up with products of several suppliers. Only the operator may.

    At least 50 products, as long as the market has so many that several suppliers offer. Raises: NotAllowed, InvalidInput.
    """
    if not actor.is_operator:
        raise NotAllowed
    weights.checked(wanted, pointer="")
    known = await weights.versions()
    current, latest = (await weights.in_force(now)).weights, known[0]
    sampled, more = await _sample(actor)
    asked = [Wanted(product_id=one.product_id, quantity=one.quantity, country=one.country, postal_code=one.postal_code) for one in sampled]
    asked += [Wanted(product_id=product_id, country=actor.country or compare.HOME_COUNTRY) for product_id in more]
    found = [field for field in await compare.fields(asked, currency=actor.currency, viewer=actor, now=now) if len(field.rows) > 1]
    pairs = [(field.product_id, field.places(current), field.places(wanted)) for field in found]
    bought = {one.product_id for one in sampled}
    suppliers = {row.offer_id: (row.offer.supplier.id, row.offer.supplier.name, row.offer.supplier.slug) for field in found for row in field.rows}
    moved = [(field, pair) for field, pair in zip(found, pairs, strict=True) if rules.first_of(pair[1]) != rules.first_of(pair[2])]
    return Preview(
        after=latest.version, weights=wanted, compared=len(found), bought=sum(field.product_id in bought for field in found), firsts_changed=len(moved),
        places_changed=sum(old != new for _, old, new in pairs), suppliers=rules.shifts(pairs, suppliers)[:SHIFTS_MAX],
        products=await _product_shifts(moved, suppliers, locale),
    )  # fmt: skip


async def _sample(actor: Actor) -> tuple[list[Sampled], list[UUID]]:
    async with reading(actor):
        sampled = await queries.bought(SAMPLE)
    known = {one.product_id for one in sampled}
    more = [] if len(sampled) >= SAMPLE else await compare.contested(suppliers=2, limit=SAMPLE)
    return sampled, [one for one in more if one not in known][: SAMPLE - len(sampled)]


async def _product_shifts(
    moved: Sequence[tuple[Field, Pair]], suppliers: Mapping[str, tuple[str, str, str]], locale: str
) -> tuple[ProductShift, ...]:
    titles = await products.titles([field.product_id for field, _ in moved], locale=locale)

    def name(offer_id: str | None) -> str:
        return suppliers[offer_id][1] if offer_id else ""

    return tuple(
        ProductShift(
            product_id=field.product_id, title=titles.get(field.product_id, ""), unit_decimals=field.rows[0].offer.unit_decimals, quantity=field.ask.quantity, country=field.ask.country,
            postal_code=field.ask.postal_code, first_before=name(rules.first_of(old)), first_after=name(rules.first_of(new)),
        )
        for field, (_, old, new) in moved
    )  # fmt: skip
