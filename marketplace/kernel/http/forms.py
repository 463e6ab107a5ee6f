"""Owns telling a person what was wrong with a form: each field's message, worded, for the template to show beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marketplace.kernel import wording
from marketplace.kernel.csv_file import TEXT_MAX
from marketplace.kernel.errors import DomainError, FieldError, InvalidInput
from marketplace.kernel.http.acting import once_form
from marketplace.kernel.http.request import form_file, form_pairs, form_values
from marketplace.kernel.http.uploads import text_of
from marketplace.kernel.i18n import lazy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from litestar import Request, Response

# These answers belong to the whole address, not to the form on it: the error page shows them.
NOT_OF_THE_FORM = frozenset({401, 403, 404, 410, 503})
COUNT_DIGITS_MAX = 9
NO_FILE = lazy("Choose a file or paste its text.")
TOO_LONG = lazy("The file has more than {most} characters; split it.")


class Fields(dict[str, Any]):
    """What a form holds, or what is wrong with it, by field: a field that nothing is said of is blank, which the strict templates ask for."""

    def __missing__(self, key: str) -> str:
        """Give a blank."""
        return ""


def whole(text: str) -> int | None:
    """Read a count as addresses and hidden fields carry it, of at most nine digits; None for everything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= COUNT_DIGITS_MAX else None


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


async def sent_text(request: Request[Any, Any, Any]) -> str:
    """Give the text of the file that a form sent as `file`, or what was pasted as `text` where none was chosen.

    Raises: InvalidInput beside the file for neither of them, for more than 900,000 characters, and for what is no text.
    """
    upload = await form_file(request, "file")
    text = text_of(upload, pointer="/file") if upload.name else (await form_values(request)).get("text", "")
    if not upload.name and not text.strip():
        raise InvalidInput(errors=(FieldError("/file", "file-missing", NO_FILE),))
    if len(text) > TEXT_MAX:
        raise InvalidInput(errors=(FieldError("/file", "too-long", TOO_LONG, {"most": TEXT_MAX}),))
    return text


async def typed_text(request: Request[Any, Any, Any]) -> Fields:
    """Give what a refused form held, with the text of its file to be mended in place: a browser chooses no file again."""
    values = Fields(await form_values(request))
    try:
        values["text"] = await sent_text(request)
    except InvalidInput:
        values["text"] = values["text"][:TEXT_MAX]
    return values


async def typed(request: Request[Any, Any, Any], name: str) -> list[str]:
    """Give every value that a form sent under one name, for boxes that can be ticked together."""
    return [value for key, value in await form_pairs(request) if key == name]
