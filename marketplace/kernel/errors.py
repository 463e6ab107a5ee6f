"""Owns the base of everything that can go wrong by a caller's doing, carried as a code with parameters and worded at the edge."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class FieldError(NamedTuple):
    """One thing wrong in the input: where (JSON pointer such as `/lines/0/quantity`), a stable code, an English msgid and its parameters."""

    pointer: str
    code: str
    message: str
    params: dict[str, Any] = {}  # noqa: RUF012 - a field's default in a NamedTuple, which nobody changes


class DomainError(Exception):
    """The request cannot be done.

    A subclass names one thing that can go wrong. Its docstring's first line is the constant title, `code` the stable slug of the
    problem type, `status` the HTTP status, and `message` the English msgid of the detail with `{named}` parameters. Parameters are
    raw values (Money, date, datetime, int, Decimal, str, or a list of them); the edge formats them for the reader's locale.
    """

    status: ClassVar[int] = 422
    code: ClassVar[str] = "invalid"
    message: ClassVar[str] = ""
    retry_after_seconds: ClassVar[int | None] = None

    def __init__(self, *, errors: tuple[FieldError, ...] = (), extra: dict[str, Any] | None = None, **params: Any) -> None:
        """Keep the parameters for the wording, `errors` for the fields, `extra` for further members of the problem object."""
        super().__init__(self.code, params)
        self.params = params
        self.errors = errors
        self.extra = extra or {}

    @classmethod
    def title(cls) -> str:
        """Give the constant title of this problem type: the first line of the docstring."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0].rstrip(".")


class NotFound(DomainError):
    """Not found"""

    status = 404
    code = "not-found"
    message = "There is nothing at this address, or it is not yours to see."


class Moved(DomainError):
    """This stands at another address now"""

    status = 308
    code = "moved"
    message = "This was put together with something else; it stands at {moved_to} now."

    def __init__(self, gone: object, kept: object) -> None:
        """Remember both ids: the edge puts the second where the address has the first."""
        super().__init__(moved_to=str(kept), extra={"moved_to": str(kept)})
        self.gone = str(gone)
        self.kept = str(kept)


class NotAllowed(DomainError):
    """Not allowed"""

    status = 403
    code = "not-allowed"
    message = "Your role does not include this act."


class NotSignedIn(DomainError):
    """Sign-in needed"""

    status = 401
    code = "sign-in-needed"
    message = "Sign in, or send a valid API key."


class InvalidInput(DomainError):
    """The input is not valid"""

    status = 422
    code = "invalid-input"
    message = "Some of what was sent cannot be used; each point is listed."


class Faults(list[FieldError]):
    """All that is wrong with one input, gathered so that whoever sent it is told of everything at once."""

    def __init__(self) -> None:
        """Begin with nothing wrong."""
        super().__init__()
        self._refusals: list[InvalidInput] = []

    def take(self, check: Callable[[], T], meanwhile: T) -> T:
        """Give what a check gives; where it refuses, keep its faults and give `meanwhile`, so that the next can be looked at."""
        try:
            return check()
        except InvalidInput as error:
            self._keep(error)
            return meanwhile

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the faults of what the block refuses, each once, and go on behind it."""
        try:
            yield
        except InvalidInput as error:
            self._keep(error)

    def refuse(self, kind: type[InvalidInput] = InvalidInput) -> None:
        """Do nothing while nothing is wrong. Raises: `kind` with all the faults; a single refusal of the plain kind as it was raised."""
        if self._refusals and kind is InvalidInput and self._refusals[0].errors == tuple(self):
            raise self._refusals[0]
        if self:
            raise kind(errors=tuple(self))

    def _keep(self, error: InvalidInput) -> None:
        self._refusals.append(error)
        self.extend(one for one in error.errors if one not in self)


class InvalidTransition(DomainError):
    """Not possible in the present state"""

    status = 409
    code = "invalid-transition"
    message = "This is {current} now, so it cannot become {wanted}."


class VersionConflict(DomainError):
    """Changed meanwhile"""

    status = 412
    code = "version-conflict"
    message = "Somebody changed this since you opened it; look at it again and repeat what is still needed."


class Conflict(DomainError):
    """This exists already"""

    status = 409
    code = "conflict"
    message = "Something with the same key exists already."


class Busy(DomainError):
    """Somebody else is changing this just now"""

    status = 409
    code = "busy"
    message = "Somebody else is changing the same thing just now; try again in a moment."
    retry_after_seconds = 1


class Unavailable(DomainError):
    """A service behind this page is down"""

    status = 503
    code = "unavailable"
    message = "A service that this needs does not answer; nothing was changed. Try again in a moment."
    retry_after_seconds = 5


class QueryTooBroad(DomainError):
    """The question is too broad"""

    status = 422
    code = "query-too-broad"
    message = "This question takes too long to answer; narrow it with more words or a category."
