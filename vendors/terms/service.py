"""Owns the use case of an offer's terms: change some of them, telling whoever comes late what changed meanwhile."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from marketplace.kernel import countries
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import OffersChanged
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import FieldError, InvalidInput, NotFound, VersionConflict
from marketplace.kernel.i18n import lazy
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.quantity import quantity_text
from vendors.accounts import service as accounts
from vendors.offers import service as offers
from vendors.offers.errors import NoSuchSite
from vendors.terms import queries
from vendors.terms.errors import OfferRetired, PriceStartsHigher

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketplace.kernel.actor import Actor
    from vendors.terms.schemas import Held, Terms

QUANTITIES = frozenset({"moq", "multiple", "pack_size"})
CHANGED = lazy("Somebody set this to {value} meanwhile.")
ENDS_FIRST = lazy("The end comes after the beginning.")


async def change(offer_id: UUID, *, wanted: Mapping[str, Any], version: int | None, actor: Actor, now: datetime) -> int:
    """Change these of the terms of one of the acting supplier's offers, and answer the offer's version; the same terms again change nothing.

    `wanted` maps names of `Terms` to values, quantities in the unit's smallest step.
    Raises: NotFound, VersionConflict naming what changed meanwhile, OfferRetired, NoSuchSite, PriceStartsHigher, InvalidInput.
    """
    supplier_id = actor.own_organisation("supplier")
    async with transaction(actor=actor):
        await accounts.check_not_ended(supplier_id)
        held = await queries.lock(offer_id, supplier_id=supplier_id, now=now)
        if held is None:
            raise NotFound
        if version is not None and held.version != version:
            raise VersionConflict(errors=_meanwhile(held, wanted), extra={"version": held.version, "terms": _noted(held.terms)})
        if held.state == "retired":
            raise OfferRetired
        terms = msgspec.structs.replace(held.terms, **wanted)
        if terms == held.terms:
            return held.version
        await _check(held, terms, supplier_id=supplier_id)
        before, after = _noted(held.terms), _noted(terms)
        await audit.record(
            action="offer.terms_changed",
            entity="offer",
            entity_id=offer_id,
            organisation_id=supplier_id,
            actor=actor,
            now=now,
            before={name: before[name] for name in after if before[name] != after[name]},
            after={name: after[name] for name in after if before[name] != after[name]},
        )
        await outbox.publish(OffersChanged(supplier_id=supplier_id, product_ids=(held.product_id,)), now=now)
        return await queries.update(offer_id, supplier_id=supplier_id, terms=terms, now=now)


async def _check(held: Held, terms: Terms, *, supplier_id: UUID) -> None:
    countries.check_country(terms.origin_country, pointer="/origin_country")
    if terms.valid_to is not None and terms.valid_to <= terms.valid_from:
        raise InvalidInput(errors=(FieldError("/valid_to", "ends-first", ENDS_FIRST, {}),))
    if terms.site_id != held.terms.site_id and not await queries.is_own_site(terms.site_id, supplier_id=supplier_id):
        raise NoSuchSite(site_id=terms.site_id)
    least = offers.smallest_quantity(moq=terms.moq, multiple=terms.multiple)
    if held.highest_start > least:
        bound = quantity_text(held.highest_start, decimals=held.unit_decimals)
        raise PriceStartsHigher(bound=bound, extra={"from_quantity": held.highest_start})


def _meanwhile(held: Held, wanted: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """Tell, field by field, where what stands now is not what the caller wants: there somebody else may have been."""
    found = []
    for name, value in wanted.items():
        present = getattr(held.terms, name)
        if present != value:
            shown = quantity_text(present, decimals=held.unit_decimals) if name in QUANTITIES else present
            shown = shown if isinstance(shown, str | int | datetime | date | Decimal) else str(shown)
            found.append(FieldError(f"/{name}", "changed-meanwhile", CHANGED, {"value": shown}))
    return tuple(found)


def _noted(terms: Terms) -> dict[str, Any]:
    """Give terms as an audit row and an answer keep them."""
    return {name: str(value) if isinstance(value, UUID | datetime) else value for name, value in msgspec.structs.asdict(terms).items()}
