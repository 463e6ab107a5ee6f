"""Owns the standing parts of the demo market: exchange rates, categories, products, suppliers with sites and freight, buyers with addresses."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from buyers.addresses import service as addresses
from buyers.addresses.schemas import AddressInput
from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.schemas import NewProduct, ProductWords
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.taxonomy.schemas import NewCategory
from marketplace.kernel.actor import WORKER
from marketplace.kernel.fx import service as fx
from marketplace.kernel.fx.schemas import NewRate
from marketplace.kernel.organisations.schemas import NewOrganisation
from marketplace.world.asked import definitions
from marketplace.world.companies import BUYERS, COUNTRIES, FX_PER_EUR, SUPPLIERS, BuyerProfile, SupplierProfile
from marketplace.world.families import BRANCHES, FAMILIES, Words
from marketplace.world.people import Login, create_member
from marketplace.world.products import GeneratedProduct, generated_products
from vendors.accounts import service as accounts
from vendors.accounts.schemas import CheckKind, NewCheck, NewSupplier
from vendors.sites import service as sites
from vendors.sites.schemas import NewSite

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

LOCALES = ("en", "vi", "ar")
SOURCE = "demo"
CHECK_KINDS: tuple[CheckKind, ...] = ("registry", "tax", "bank", "sanctions", "certificate")
FIRST_NAMES = (
    "Minh",
    "Lan",
    "Omar",
    "Layla",
    "Anna",
    "Jonas",
    "Camille",
    "Hugo",
    "Marta",
    "Piotr",
    "Elif",
    "Mert",
    "Grace",
    "Noah",
    "Yuki",
    "Haruto",
)
LAST_NAMES = (
    "Trinh",
    "Dang",
    "Haddad",
    "Mansour",
    "Keller",
    "Brandt",
    "Moreau",
    "Girard",
    "Zając",
    "Lis",
    "Aksoy",
    "Tekin",
    "Parker",
    "Reed",
    "Mori",
    "Kondo",
)

# Packed industrial parts of the demo fill two cm³ a gram, which never weighs more than they do.
CM3_PER_GRAM = 2


class MarketSupplier(msgspec.Struct, frozen=True):
    """A supplier of the demo market with its login and first site."""

    profile: SupplierProfile
    login: Login
    site_id: UUID


class MarketBuyer(msgspec.Struct, frozen=True):
    """A buyer of the demo market with its login and address."""

    profile: BuyerProfile
    login: Login
    address_id: UUID


class Market(msgspec.Struct, frozen=True):
    """Everything that stands before the first offer."""

    operator: Login
    suppliers: list[MarketSupplier]
    buyers: list[MarketBuyer]
    products: list[tuple[UUID, GeneratedProduct]]


def _words(words: Words) -> dict[str, str]:
    return dict(zip(LOCALES, words, strict=True))


async def make_rates(now: datetime) -> None:
    """Write the demo's exchange rates: fixed, and said to be so."""
    rates = [NewRate(base="EUR", quote=quote, rate=Decimal(rate)) for quote, rate in FX_PER_EUR.items() if quote != "EUR"]
    await fx.put_rates(rates, provider="demo", as_of=now, is_fixed=True)


async def make_products(now: datetime) -> list[tuple[UUID, GeneratedProduct]]:
    """Create the category tree and all products."""
    roots = await taxonomy.create_categories(
        [NewCategory(slug=slug, names=_words(names), position=place) for place, (slug, names) in enumerate(BRANCHES.items())]
    )
    root_of = dict(zip(BRANCHES, roots, strict=True))
    made = generated_products()
    weights: dict[str, list[int]] = {}
    for one in made:
        if one.weight_grams is not None:
            weights.setdefault(one.family.slug, []).append(one.weight_grams)
    leaves = await taxonomy.create_categories(
        [
            NewCategory(
                slug=family.slug, names=_words(family.names), parent_id=root_of[family.branch], position=place, hs_prefix=family.hs,
                typical_weight_grams=sorted(weights[family.slug])[len(weights[family.slug]) // 2] if place % 2 else None,
                attributes=definitions(family, made),
            )
            for place, family in enumerate(FAMILIES)
        ]
    )  # fmt: skip
    leaf_of = {family.slug: leaf for family, leaf in zip(FAMILIES, leaves, strict=True)}
    found: list[tuple[UUID, GeneratedProduct]] = []
    for start in range(0, len(made), 500):
        part = made[start : start + 500]
        saved = await products.create_products([_product(one, leaf_of[one.family.slug]) for one in part], now=now)
        found += zip(saved.ids, part, strict=True)
    return found


def _product(one: GeneratedProduct, category_id: UUID) -> NewProduct:
    texts = {locale: ProductWords(one.titles[place], one.descriptions[place]) for place, locale in enumerate(LOCALES) if place}
    return NewProduct(
        source=SOURCE, source_id=one.source_id, title=one.titles[0], description=one.descriptions[0], brand=one.brand, part_number=one.part_number,
        gtin=one.gtin, category_id=category_id, unit_code=one.family.unit, attributes=one.attributes, weight_grams=one.weight_grams,
        volume_cm3=None if one.weight_grams is None else CM3_PER_GRAM * one.weight_grams, texts=texts,
    )  # fmt: skip


def _organisation(legal_name: str, name: str, country: str, capacity: str) -> NewOrganisation:
    about = COUNTRIES[country]
    return NewOrganisation(
        legal_name=legal_name, display_name=name, country=country, capacities=(capacity,), currency=about.currency, time_zone=about.time_zone,
        locale=about.locale, registration_number=f"{country}-{abs(hash_number(legal_name)) % 10**8:08d}",
    )  # fmt: skip


def hash_number(text: str) -> int:
    """Turn a text into a number that is the same in every process."""
    return int.from_bytes(text.encode()[-6:]) * 7919 + sum(text.encode())


def person_name(number: int) -> str:
    """Give an invented person's name."""
    return f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {LAST_NAMES[number % len(LAST_NAMES)]}"


async def make_supplier(number: int, profile: SupplierProfile, *, now: datetime, today: datetime | None = None) -> MarketSupplier:
    """Create a supplier: organisation, person, profile with checks dated before `today` (or `now`), and the site it ships from."""
    today = today or now
    about = COUNTRIES[profile.country]
    login = await create_member(
        "supplier",
        profile.key,
        _organisation(profile.legal_name, profile.name, profile.country, "supplier"),
        person_name=person_name(number),
        now=now,
    )
    days = random.Random(number)  # noqa: S311 - the same dates in every installation
    checks = [
        NewCheck(
            kind=kind, passed_on=(today - timedelta(days=days.randrange(10, 200))).date(), reference=f"DEMO-{number:02d}-{kind}",
            expires_on=(today + timedelta(days=200 + days.randrange(500))).date() if kind == "certificate" else None,
        )
        for kind in CHECK_KINDS[: profile.checks]
    ]  # fmt: skip
    supplier = NewSupplier(slug=profile.key, acceptance_hours=48, default_incoterm=profile.incoterm, profile={"about": "", "city": profile.city})  # type: ignore[arg-type]
    await accounts.create_supplier_profile(login.organisation_id, supplier=supplier, checks=checks, actor=WORKER, now=now)
    site = NewSite(
        name=profile.city,
        country=profile.country,
        time_zone=about.time_zone,
        postal_code=profile.postal_code,
        city=profile.city,
        working_days=about.working_days,
    )
    site_id = await sites.create_site(login.organisation_id, site=site, actor=login.actor, now=now)
    return MarketSupplier(profile, login, site_id)


async def make_buyer(number: int, profile: BuyerProfile, *, now: datetime) -> MarketBuyer:
    """Create a buyer: organisation, person and the address that goods go to."""
    login = await create_member(
        "buyer", profile.key, _organisation(profile.legal_name, profile.name, profile.country, "buyer"), person_name=person_name(number + 5), now=now
    )
    address = await addresses.create_address(
        AddressInput(
            label=profile.city, recipient=profile.legal_name, lines=(profile.street,), city=profile.city, postal_code=profile.postal_code,
            country=profile.country, time_zone=COUNTRIES[profile.country].time_zone,
        ),
        actor=login.actor, now=now,
    )  # fmt: skip
    return MarketBuyer(profile, login, address.id)


async def make_market(now: datetime, *, today: datetime) -> Market:
    """Create everything that stands before the first offer, at `now`; the operator's checks were made in the months before `today`."""
    operator = await create_member(
        "operator",
        "operator",
        NewOrganisation(
            legal_name="Demo Market Operations", country="DE", capacities=("operator",), currency="EUR", time_zone="Europe/Berlin", locale="en"
        ),
        person_name="Nora Lindqvist",
        now=now,
    )
    await make_rates(now)
    made = await make_products(now)
    suppliers = [await make_supplier(number, profile, now=now, today=today) for number, profile in enumerate(SUPPLIERS)]
    buyers = [await make_buyer(number, profile, now=now) for number, profile in enumerate(BUYERS)]
    return Market(operator, suppliers, buyers, made)
