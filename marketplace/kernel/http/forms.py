"""Owns telling a person what was wrong with a form: each field's message, worded, for the template to show beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marketplace.kernel import wording
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.request import form_pairs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from litestar import Request, Response

# These answers belong to the whole address, not to the form on it: the error page shows them.
NOT_OF_THE_FORM = frozenset({401, 403, 404, 410, 503})


class Fields(dict[str, Any]):
    """What a form holds, or what is wrong with it, by field: a field that nothing is said of is blank, which the strict templates ask for."""

    def __missing__(self, key: str) -> str:
        """Give a blank."""
        return ""


def told(error: DomainError, request: Request[Any, Any, Any]) -> Fields:
    """Give {field: message} in the reader's language for `ui.error_summary` and the fields; "" carries what concerns no field.

    A pointer such as `/lines/1` belongs to the field `lines`. Raises the error again when it is not the form's to show.
    """
    if error.status in NOT_OF_THE_FORM:
        raise error
    locale: str = request.scope["locale"]  # type: ignore[typeddict-item]
    messages = Fields()
    for item in error.errors:
        messages.setdefault(item.pointer.strip("/").split("/")[0], wording.word(item.message, item.params, locale))
    return messages or Fields({"": wording.word(error.message, error.params, locale)})


def told_rows(error: DomainError, request: Request[Any, Any, Any]) -> Fields:
    """Give {"lines/1/quantity": message}: the messages by their whole pointers, for a form whose rows each show their own."""
    locale: str = request.scope["locale"]  # type: ignore[typeddict-item]
    return Fields({item.pointer.strip("/"): wording.word(item.message, item.params, locale) for item in reversed(error.errors)})


async def acted(
    request: Request[Any, Any, Any], work: Callable[[], Awaitable[str]], *, refused: Callable[[DomainError], Awaitable[Response[Any]]]
) -> Response[Any]:
    """Do a form's work once and go to the address that it gives; when it is refused, `refused` shows the form again with what was wrong."""
    try:
        return await once_form(request, work)
    except DomainError as error:
        return await refused(error)


async def typed(request: Request[Any, Any, Any], name: str) -> list[str]:
    """Give every value that a form sent under one name, for boxes that can be ticked together."""
    return [value for key, value in await form_pairs(request) if key == name]
