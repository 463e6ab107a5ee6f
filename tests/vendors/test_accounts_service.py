"""Tests of suppliers: who lets an organisation sell, its address in the market, and what everybody reads of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.actor import ANONYMOUS, WORKER
from marketplace.kernel.errors import NotAllowed, NotFound
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from tests.kernel.identity_cast import acting, organisation
from tests.vendors import market
from vendors.accounts import service
from vendors.accounts.errors import AlreadySupplier
from vendors.accounts.schemas import NewCheck, NewSupplier

if TYPE_CHECKING:
    from marketplace.kernel.database import Connection

pytestmark = pytest.mark.usefixtures("rolled_back")


async def test_only_the_operator_lets_an_organisation_sell(rolled_back: Connection) -> None:
    at = await organisation(capacities=("supplier",))
    for actor in (ANONYMOUS, acting(at)):
        with pytest.raises(NotAllowed):
            await service.create_supplier_profile(at.id, supplier=NewSupplier(), actor=actor, now=NOW)
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.suppliers WHERE organisation_id = $1", at.id) == 0


async def test_an_organisation_begins_to_sell_once() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    again = NewSupplier(slug="another-slug", acceptance_hours=1)
    with pytest.raises(AlreadySupplier):
        await service.create_supplier_profile(seller.supplier_id, supplier=again, actor=WORKER, now=NOW)
    kept = await service.supplier(seller.supplier_id, now=NOW)
    assert (kept.slug, kept.acceptance_hours) == (seller.slug, 48)


async def test_who_is_not_there_does_not_begin_to_sell() -> None:
    with pytest.raises(NotFound):
        await service.create_supplier_profile(uuid7(), supplier=NewSupplier(), actor=WORKER, now=NOW)


async def test_two_of_one_name_have_two_addresses() -> None:
    first, second = [await organisation(capacities=("supplier",)) for _ in range(2)]
    slugs = [
        await service.create_supplier_profile(each.id, supplier=NewSupplier(slug="Übersee & Söhne"), actor=WORKER, now=NOW)
        for each in (first, second)
    ]
    assert slugs == ["ubersee-sohne", "ubersee-sohne-2"]
    assert (await service.supplier_by_slug("ubersee-sohne-2", now=NOW)).id == second.id


async def test_a_check_has_its_day_and_ends_at_its_last_one() -> None:
    at = await organisation(capacities=("supplier",))
    today = NOW.date()
    checks = [
        NewCheck(kind="registry", passed_on=date(2026, 3, 1), reference="HRB 1"),
        NewCheck(kind="certificate", passed_on=date(2026, 2, 1), expires_on=today),
        NewCheck(kind="tax", passed_on=today + timedelta(days=1)),
    ]
    await service.create_supplier_profile(at.id, supplier=NewSupplier(), checks=checks, actor=WORKER, now=NOW)
    shown = (await service.supplier(at.id, now=NOW)).checks
    assert [(check.kind, check.passed_on, check.is_current) for check in shown] == [
        ("registry", date(2026, 3, 1), True),
        ("certificate", date(2026, 2, 1), False),
    ]


@pytest.mark.parametrize("days, is_closed", [(-1, False), (0, True), (5, True), (6, False)])
async def test_a_planned_closure_holds_from_its_first_to_its_last_day(days: int, is_closed: bool, rolled_back: Connection) -> None:  # noqa: FBT001
    seller = await market.shop("Hansa Lager", now=NOW)
    first = NOW.date()
    await rolled_back.execute(
        "UPDATE vendors.suppliers SET closed_from = $2, closed_to = $3 WHERE organisation_id = $1",
        seller.supplier_id,
        first,
        first + timedelta(days=5),
    )
    assert (await service.supplier(seller.supplier_id, now=NOW + timedelta(days=days))).is_closed is is_closed


async def test_a_supplier_that_has_ended_is_not_found(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await rolled_back.execute(
        "UPDATE vendors.suppliers SET state = 'terminated', ends_on = '2026-11-01' WHERE organisation_id = $1", seller.supplier_id
    )
    with pytest.raises(NotFound):
        await service.supplier(seller.supplier_id, now=NOW)
    with pytest.raises(NotFound):
        await service.supplier_by_slug(seller.slug, now=NOW)
