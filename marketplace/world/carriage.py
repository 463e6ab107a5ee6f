"""Owns what carrying costs in the demo market: invented freight tables of each supplier and invented duty rates, both marked so."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from marketplace.kernel.actor import WORKER
from marketplace.kernel.currencies import exponent, settle_step
from marketplace.world.companies import COUNTRIES, FX_PER_EUR
from marketplace.world.families import FAMILIES
from services_addons.duty import service as duty
from services_addons.duty.schemas import NewDutyRate
from services_addons.logistics import service as logistics
from services_addons.logistics.schemas import NewFreightTable, NewSurcharge, NewZone, PackingIn

if TYPE_CHECKING:
    from datetime import date, datetime

    from marketplace.world.market import Market, MarketSupplier
    from services_addons.logistics.schemas import Basis

GRAMS = (1_000, 5_000, 20_000, 100_000, 500_000, 2_000_000, 24_000_000)
ZONES = {
    # Cents of a euro up to each weight, and days on the way.
    "domestic": ((590, 890, 1_690, 4_900, 14_900, 39_000, 210_000), 2),
    "near": ((1_290, 1_990, 3_900, 9_800, 29_000, 78_000, 420_000), 4),
    "region": ((1_790, 2_900, 5_900, 15_500, 46_000, 119_000, 640_000), 6),
    "far": ((3_900, 7_900, 19_000, 58_000, 148_000, 320_000, 1_900_000), 12),
}
REGIONS = {"europe": ("europe", "near"), "near": ("near", "europe"), "gulf": ("gulf",), "asia": ("asia",), "america": ("america",)}
DUTY_SHARES = {"84": "0.027", "85": "0.033", "73": "0.037", "40": "0.045", "68": "0.030", "82": "0.027", "61": "0.089", "64": "0.080", "65": "0.027",
               "94": "0.047", "27": "0.037", "39": "0.065"}  # fmt: skip
DUTY_AREAS = (
    ("EU", "EU tariff"),
    ("TR", "Turkish tariff"),
    ("GCC", "GCC tariff"),
    ("VN", "Vietnamese tariff"),
    ("US", "US tariff"),
    ("JP", "Japanese tariff"),
)
# Goods of an origin for which an agreement asks less: destination, origin, chapter, share, whose.
AGREEMENTS = (
    ("EU", "JP", "84", "0", "EU and Japan agreement"),
    ("EU", "VN", "73", "0.011", "EU and Vietnam agreement"),
    ("VN", "JP", "84", "0", "Vietnam and Japan agreement"),
)
RENEWED_DAYS_MIN, RENEWED_DAYS_SPAN = 9, 110
DEARER = Decimal("1.02")
FLAT_DUTY = {"GCC": "0.05"}


def _zone_of(supplier_country: str, country: str) -> str:
    if supplier_country == country:
        return "domestic"
    here, there = COUNTRIES[supplier_country].region, COUNTRIES[country].region
    if here == there:
        return "near"
    return "region" if there in REGIONS[here] or {here, there} <= {"gulf", "asia"} else "far"


def _minor(eur_cents: int, currency: str, level: Decimal) -> int:
    exact = Decimal(eur_cents) / 100 * Decimal(FX_PER_EUR[currency]) * level
    step = settle_step(currency) * (1000 if currency == "VND" else 1)
    return int((exact.scaleb(exponent(currency)) / step).quantize(Decimal(1), ROUND_HALF_UP)) * step


# What some suppliers ask beside the rate, by what they are; all invented.
FUEL = ("fuel", "Fuel", "0.09")
# Three suppliers go by volume, one by the pallet, one by the goods' value, and one tells far freight on request; worlds to measure in have none of them.
BY_VOLUME, BY_PALLET, BY_VALUE, ON_REQUEST = ("roulelys", "saigonparts", "lonestar"), "hansalager", "egevana", "salmiya"
CM3_PER_GRAM = 4
PALLETS = (1, 2, 4, 8, 16, 33)
PALLET_SHARES = ("0.4", "0.7", "1.2", "2", "3.4", "6")
VALUE_CENTS = (10_000, 50_000, 250_000, 1_000_000)
VALUE_SHARES = ("0.9", "0.8", "1.6", "3")
REMOTE = {"DE": ("DE 254..259", "DE 264..265"), "FR": ("FR 20",), "US": ("US 995..999", "US 967..968"), "JP": ("JP 90",)}
FREE_FROM_CENTS = 250_000
FREE_EVERY, STEP_GRAMS, PER_PALLET_MAX = 4, 1_000_000, 960


def _bounds(supplier: MarketSupplier, basis: Basis, cents: tuple[int, ...], level: Decimal) -> tuple[tuple[int, int], ...]:
    """Give the rates of a zone by the basis, in the supplier's own currency, from what weight costs there."""
    currency = COUNTRIES[supplier.profile.country].currency
    if basis == "pallets":
        return tuple((count, _minor(int(cents[4] * Decimal(share)), currency, level)) for count, share in zip(PALLETS, PALLET_SHARES, strict=True))
    if basis == "value":
        bounds = (_minor(worth, currency, Decimal(1)) for worth in VALUE_CENTS)
        return tuple((bound, _minor(int(cents[2] * Decimal(share)), currency, level)) for bound, share in zip(bounds, VALUE_SHARES, strict=True))
    per_gram = CM3_PER_GRAM if basis == "volume" else 1
    return tuple((grams * per_gram, _minor(amount, currency, level)) for grams, amount in zip(GRAMS, cents, strict=True))


def _basis(key: str) -> Basis:
    if key in BY_VOLUME:
        return "volume"
    return "pallets" if key == BY_PALLET else "value" if key == BY_VALUE else "weight"


def _surcharges(country: str, zones: list[NewZone], number: int, level: Decimal) -> tuple[NewSurcharge, ...]:
    """Give a fuel surcharge to two of three suppliers, and a remote area's to those of countries that have such."""
    found = [NewSurcharge(code=FUEL[0], name=FUEL[1], kind="percent", rate=Decimal(FUEL[2]))] if number % 3 else []
    if any(zone.code == "remote" for zone in zones):
        amount = _minor(1_200, COUNTRIES[country].currency, level)
        found.append(NewSurcharge(code="remote", name="Remote area", kind="fixed", amount_minor=amount, zone="remote"))
    return tuple(found)


def _table(supplier: MarketSupplier, number: int, *, level: Decimal, valid_from: date, valid_to: date | None = None) -> NewFreightTable:
    country, basis = supplier.profile.country, _basis(supplier.profile.key)
    currency = COUNTRIES[country].currency
    zones = []
    for code, (cents, days) in ZONES.items():
        areas = tuple((other, "") for other in COUNTRIES if _zone_of(country, other) == code)
        rates = () if code == "far" and supplier.profile.key == ON_REQUEST else _bounds(supplier, basis, cents, level)
        is_stepped = basis == "weight" and bool(rates)
        made = NewZone(
            code=code, transit_days=days, areas=areas, rates=rates, step=STEP_GRAMS if is_stepped else None,
            step_minor=_minor(cents[-1] // 20, currency, level) if is_stepped else None,
            free_from_minor=_minor(FREE_FROM_CENTS, currency, Decimal(1)) if code == "domestic" and number % FREE_EVERY == 0 and rates else None,
        )  # fmt: skip
        if areas:
            zones.append(made)
        if areas and code == "domestic" and country in REMOTE:
            remote = tuple((country, area.partition(" ")[2]) for area in REMOTE[country])
            zones.append(replace(made, code="remote", transit_days=days + 2, areas=remote, free_from_minor=None))
    return NewFreightTable(
        name=f"{supplier.profile.name} {valid_from.year}-{valid_from.month:02d}", currency=currency, valid_from=valid_from, valid_to=valid_to, basis=basis,
        zones=tuple(zones), volumetric_divisor=5000 if basis == "weight" else None, surcharges=_surcharges(country, zones, number, level), is_invented=True,
    )  # fmt: skip


async def make_packings(market: Market, *, now: datetime) -> None:
    """Say what the supplier that goes by the pallet puts on one, of every product that it may offer."""
    seller = next((one for one in market.suppliers if one.profile.key == BY_PALLET), None)
    if seller is None:
        return
    packings = [
        PackingIn(product_id=product_id, per_pallet=PER_PALLET_MAX // (1 + number % 6)) for number, (product_id, _) in enumerate(market.products)
    ]
    await logistics.set_packings(packings, actor=seller.login.actor, now=now)


async def make_carriage(market: Market, *, now: datetime, today: datetime | None = None) -> None:
    """Give each supplier but the third last a freight table (that one's freight is not known), and the operator's duty table for where the nine countries are.

    With `today` each has a second one, a little dearer, that has taken the place of the first in the months before that day.
    """
    for number, supplier in enumerate(market.suppliers):
        if len(market.suppliers) > 3 and number == len(market.suppliers) - 3:  # noqa: PLR2004 - a small market needs all its tables
            continue
        level = Decimal("0.85") + Decimal(number % 7) / 20
        tables = [(_table(supplier, number, level=level, valid_from=now.date()), now)]
        if today is not None:
            renewed = today - timedelta(days=RENEWED_DAYS_MIN + number * 17 % RENEWED_DAYS_SPAN)
            tables = [
                (_table(supplier, number, level=level, valid_from=now.date(), valid_to=renewed.date() - timedelta(days=1)), now),
                (_table(supplier, number, level=level * DEARER, valid_from=renewed.date()), renewed),
            ]
        for table, moment in tables:
            await logistics.create_freight_table(supplier.login.organisation_id, table=table, actor=supplier.login.actor, now=moment)
    await make_packings(market, now=now)
    prefixes = sorted({family.hs[:2] for family in FAMILIES})
    rates = [
        NewDutyRate(
            destination=country, rate=Decimal(FLAT_DUTY.get(country) or DUTY_SHARES[prefix]), valid_from=now.date(), hs_prefix=prefix,
            source=f"{name} (invented for the demo)", is_invented=True,
        )
        for country, name in DUTY_AREAS
        for prefix in prefixes
    ]  # fmt: skip
    rates += [
        NewDutyRate(
            destination=country, origin=origin, rate=Decimal(share), valid_from=now.date(), hs_prefix=prefix, source=f"{name} (invented for the demo)",
            is_invented=True,
        )
        for country, origin, prefix, share, name in AGREEMENTS
    ]  # fmt: skip
    await duty.add_duty_rates(rates, actor=WORKER, now=now)
