"""Owns what carrying costs in the demo market: invented freight tables of each supplier and invented duty rates, both marked so."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from marketplace.kernel.actor import WORKER
from marketplace.kernel.currencies import exponent, settle_step
from marketplace.world.companies import COUNTRIES, FX_PER_EUR
from marketplace.world.families import FAMILIES
from services_addons.duty import service as duty
from services_addons.duty.schemas import NewDutyRate
from services_addons.logistics import service as logistics
from services_addons.logistics.schemas import NewFreightTable, NewZone

if TYPE_CHECKING:
    from datetime import date, datetime

    from marketplace.world.market import Market, MarketSupplier

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
DUTY_AREAS = (("DE", "EU tariff"), ("FR", "EU tariff"), ("PL", "EU tariff"), ("TR", "Turkish tariff"), ("AE", "GCC tariff"), ("KW", "GCC tariff"),
              ("VN", "Vietnamese tariff"), ("US", "US tariff"), ("JP", "Japanese tariff"))  # fmt: skip
RENEWED_DAYS_MIN, RENEWED_DAYS_SPAN = 9, 110
DEARER = Decimal("1.02")
FLAT_DUTY = {"AE": "0.05", "KW": "0.05"}


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


def _table(supplier: MarketSupplier, *, level: Decimal, valid_from: date, valid_to: date | None = None) -> NewFreightTable:
    country = supplier.profile.country
    currency = COUNTRIES[country].currency
    zones = []
    for code, (cents, days) in ZONES.items():
        areas = tuple((other, "") for other in COUNTRIES if _zone_of(country, other) == code)
        if areas:
            rates = tuple((grams, _minor(amount, currency, level)) for grams, amount in zip(GRAMS, cents, strict=True))
            zones.append(NewZone(code=code, transit_days=days, areas=areas, rates=rates))
    return NewFreightTable(
        name=f"{supplier.profile.name} {valid_from.year}-{valid_from.month:02d}", currency=currency, valid_from=valid_from, valid_to=valid_to,
        zones=tuple(zones), volumetric_divisor=5000, is_invented=True,
    )  # fmt: skip


async def make_carriage(market: Market, *, now: datetime, today: datetime | None = None) -> None:
    """Give each supplier but the third last a freight table (that one's freight is not known), and the operator's duty table for the nine countries.

    With `today` each has a second one, a little dearer, that has taken the place of the first in the months before that day.
    """
    for number, supplier in enumerate(market.suppliers):
        if len(market.suppliers) > 3 and number == len(market.suppliers) - 3:  # noqa: PLR2004 - a small market needs all its tables
            continue
        level = Decimal("0.85") + Decimal(number % 7) / 20
        tables = [(_table(supplier, level=level, valid_from=now.date()), now)]
        if today is not None:
            renewed = today - timedelta(days=RENEWED_DAYS_MIN + number * 17 % RENEWED_DAYS_SPAN)
            tables = [
                (_table(supplier, level=level, valid_from=now.date(), valid_to=renewed.date() - timedelta(days=1)), now),
                (_table(supplier, level=level * DEARER, valid_from=renewed.date()), renewed),
            ]
        for table, moment in tables:
            await logistics.create_freight_table(supplier.login.organisation_id, table=table, actor=supplier.login.actor, now=moment)
    prefixes = sorted({family.hs[:2] for family in FAMILIES})
    rates = [
        NewDutyRate(
            destination=country, rate=Decimal(FLAT_DUTY.get(country) or DUTY_SHARES[prefix]), valid_from=now.date(), hs_prefix=prefix,
            source=f"{name} (invented for the demo)", is_invented=True,
        )
        for country, name in DUTY_AREAS
        for prefix in prefixes
    ]  # fmt: skip
    await duty.add_duty_rates(rates, actor=WORKER, now=now)
