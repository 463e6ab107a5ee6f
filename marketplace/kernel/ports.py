"""Owns ports: places where a lower package asks for an answer that a higher one gives inside the same request."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

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
