"""Tests of the places that suppliers ship from."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

import msgspec
import pytest

from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.errors import InvalidInput, NotFound
from tests.conftest import NOW
from tests.kernel.identity_cast import acting, organisation
from tests.vendors import market
from vendors.sites import service
from vendors.sites.schemas import NewSite

if TYPE_CHECKING:
    from marketplace.kernel.database import Connection

pytestmark = pytest.mark.usefixtures("rolled_back")
DUBAI = NewSite(
    name="Jebel Ali",
    country="AE",
    time_zone="Asia/Dubai",
    cut_off=time(13, 0),
    working_days=(1, 2, 3, 4, 7),
    closed_on=(date(2026, 12, 2), date(2026, 1, 1)),
)


async def test_a_site_keeps_its_hours_zone_and_coming_exceptions() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    made = await service.create_site(seller.supplier_id, site=DUBAI, actor=seller.actor, now=NOW)
    site = next(each for each in await service.my_sites(actor=seller.actor, now=NOW) if each.id == made)
    assert (site.time_zone, site.cut_off, site.working_days, site.keeps_public_holidays) == ("Asia/Dubai", time(13, 0), [1, 2, 3, 4, 7], True)
    assert (site.closed_on, site.opened_on, site.offers) == ([date(2026, 12, 2)], [], 0)


async def test_a_site_without_a_zone_has_its_countrys_usual_one() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await service.create_site(seller.supplier_id, site=msgspec.structs.replace(DUBAI, time_zone="", country="JP"), actor=seller.actor, now=NOW)
    assert [site.time_zone for site in await service.my_sites(actor=seller.actor, now=NOW)] == ["Asia/Tokyo", "Europe/Berlin"]


@pytest.mark.parametrize("wrong", ["Mars/Olympus", "localtime", "Factory", "../../etc/passwd", "/etc/localtime", "Europe/Berlin\x00"])
async def test_a_zone_that_is_none_is_refused_and_no_site_is_made(wrong: str, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    with pytest.raises(InvalidInput) as refused:
        await service.create_site(seller.supplier_id, site=msgspec.structs.replace(DUBAI, time_zone=wrong), actor=seller.actor, now=NOW)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/time_zone", "unknown-time-zone")]
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.sites WHERE supplier_id = $1", seller.supplier_id) == 1


async def test_nobody_adds_a_site_to_anothers_business(rolled_back: Connection) -> None:
    one, two = await market.shop("Hansa Lager", now=NOW), await market.shop("Anadolu Rulman", now=NOW)
    at = await organisation()
    for supplier_id, actor in ((one.supplier_id, two.actor), (at.id, acting(at))):
        with pytest.raises(NotFound):
            await service.create_site(supplier_id, site=DUBAI, actor=actor, now=NOW)
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.sites WHERE name = 'Jebel Ali'") == 0


async def test_who_has_no_organisation_has_no_sites() -> None:
    with pytest.raises(NotFound):
        await service.my_sites(actor=ANONYMOUS, now=NOW)
