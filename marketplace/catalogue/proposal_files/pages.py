"""Owns the page on which a supplier proposes many products and edits by a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Controller, Response, get, post

from marketplace.catalogue.proposal_files import service
from marketplace.catalogue.proposal_files.schemas import FileOut
from marketplace.kernel import clock
from marketplace.kernel.csv_file import CsvForm, CsvIn
from marketplace.kernel.http.forms import Fields, acted, sent_text, told, told_rows, typed_text
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_file
from marketplace.kernel.package import Policy
from marketplace.kernel.sheets_in.schemas import Sent

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError

PLACE = "/supplier/proposals/file"
SHEETS = (".xlsx", ".jsonl", ".ndjson")


class ProposalFilePages(Controller):
    """Many proposals at once."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def ask(self, request: MarketRequest) -> Response[str]:
        """Show where the file goes, and how it is written."""
        return _page(request, Fields())

    @post("/", opt={"takes_files": True})
    async def take(self, request: MarketRequest) -> Response[Any]:
        """Take the file that was chosen or pasted, all or nothing."""
        came: list[FileOut] = []

        async def work() -> str:
            sent = await form(request, CsvForm)
            file = await form_file(request, "file")
            if file.name.casefold().endswith(SHEETS):
                rows = await service.read(Sent(name=file.name, content=file.content), decimal=sent.decimal, actor=actor(request))
                came.append(await service.take_rows(rows, actor=actor(request), now=clock.now()))
                return "/supplier/proposals"
            await service.take_file(CsvIn(text=await sent_text(request), decimal=sent.decimal), actor=actor(request), now=clock.now())
            return "/supplier/proposals"

        async def refused(error: DomainError) -> Response[Any]:
            return _page(request, await typed_text(request), error)

        answer = await acted(request, work, refused=refused)
        return _page(request, Fields(), came=came[0]) if came and came[0].faults else answer


def _page(request: MarketRequest, values: Fields, error: DomainError | None = None, came: FileOut | None = None) -> Response[str]:
    errors, lines = Fields(), Fields()
    if error is not None:
        errors, lines = told(error, request), Fields({name: text for name, text in told_rows(error, request).items() if name.startswith("text/")})
    return render(
        request,
        "proposal_files/file.html",
        values=values,
        errors=errors,
        lines=list(lines.values()),
        came=came,
        status=200 if error is None else error.status,
    )


PAGES: tuple[Any, ...] = (ProposalFilePages,)
POLICIES = (
    Policy(f"GET {PLACE}", ("supplier:owner", "supplier:catalogue")),
    Policy(f"POST {PLACE}", ("supplier:owner", "supplier:catalogue"), acts=True),
)
