"""Owns ports: places where a lower package asks for an answer that a higher one gives inside the same request."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

import msgspec

from marketplace.kernel.money import Money  # noqa: TC001 - the annotations of `Ties` are read when it is made

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

T = TypeVar("T")


class Port(Generic[T]):
    """A named socket for implementations of a Protocol. `assemble` binds it once for server, worker and command line alike."""

    all: ClassVar[list[Port[object]]] = []

    def __init__(self, name: str, *, meanwhile: str) -> None:
        """Name the port, and what happens while nothing is bound: `marketplace doctor` lists both."""
        self.name = name
        self.meanwhile = meanwhile
        self._bound: tuple[T, ...] = ()
        Port.all.append(self)  # type: ignore[arg-type]

    def bind(self, *implementations: T) -> None:
        """Bind the implementations, in order; binding again replaces them."""
        self._bound = implementations

    @property
    def implementations(self) -> tuple[T, ...]:
        """Give what is bound: empty when nothing is, and the caller then says so visibly."""
        return self._bound


class Ties(msgspec.Struct, frozen=True, kw_only=True):
    """What ties a supplier to others now: open carts that hold its offers, orders that are not ended, and what buyers owe for its orders."""

    carts: int = 0
    open_orders: int = 0
    money_due: tuple[Money, ...] = ()


class SupplierTies(Protocol):
    """Tells what of its own things a supplier is tied to. Asked as the worker: only counts and sums leave it."""

    async def ties(self, supplier_id: UUID, *, now: datetime) -> Ties:
        """Count the supplier's ties."""


class SupplierStates(Protocol):
    """Tells where suppliers stand in their life, which is another thing than the state of their organisation."""

    async def states(self, organisation_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, str]:
        """Give the state of each that sells: "open", "paused", "suspended", "terminated", or "closed" while a planned closure covers today."""


SUPPLIER_STATES: Port[SupplierStates] = Port("supplier-states", meanwhile="the list of organisations tells only their own states")
SUPPLIER_TIES: Port[SupplierTies] = Port("supplier-ties", meanwhile="what an act on a supplier does is told in part, and no notice ends")


class ProductTies(msgspec.Struct, frozen=True, kw_only=True):
    """How many offers stand on a product, or how many order lines name it: each answerer tells what it knows of."""

    offers: int | None = None
    orders: int | None = None


class ProductCounts(Protocol):
    """Tells what stands on products. Asked as the operator: only counts leave it."""

    async def counts(self, product_ids: Sequence[UUID]) -> dict[UUID, ProductTies]:
        """Count by product; those without anything may be missing."""


PRODUCT_COUNTS: Port[ProductCounts] = Port("product-counts", meanwhile="how many offers and orders stand on a product is not known")
