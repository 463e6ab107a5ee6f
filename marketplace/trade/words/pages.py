"""Owns the operator's page of the words of search: the rules, a new one with a query tried beside it, learned words, and the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.caller import asked_of
from marketplace.kernel.http.forms import Fields, acted, sent_text, told, typed_text
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from marketplace.kernel.wording import word
from marketplace.trade.words import service
from marketplace.trade.words.schemas import FileForm, SwitchForm, SwitchIn, TrialIn, WordsFilter, WordsForm

if TYPE_CHECKING:
    from marketplace.trade.words.schemas import Trial

PLACE = "/operator/search/words"
SHOWN = 40
SAID = {
    "synonym": lazy("Synonym"), "compound": lazy("Compound word"), "whole": lazy("Never taken apart"), "type": lazy("Says not what a thing is"),
}  # fmt: skip
DRAFT = ("kind", "words", "means", "locale", "is_both_ways", "note")


class WordsPages(Controller):
    """The words of search."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def words(self, request: MarketRequest) -> Response[Any]:
        """List the rules, ask for a new one, and tell what a query that is tried comes to, under the draft in the address too."""
        return await _page(request, {name: _asked(request, name) for name in DRAFT})

    @post("/")
    async def add(self, request: MarketRequest) -> Response[Any]:
        """Keep the rule that was typed."""

        async def work() -> str:
            sent = service.typed(await form(request, WordsForm))
            await service.add(sent, actor=actor(request), now=clock.now())
            return f"{PLACE}?{urlencode({'find': sent.words, 'stored': 'rule'})}#s-rules"

        async def refused(error: DomainError) -> Response[Any]:
            return await _page(request, await form_values(request), error=error)

        return await acted(request, work, refused=refused)

    @post("/{rule_id:uuid}")
    async def switch(self, request: MarketRequest, rule_id: FromPath[UUID]) -> Response[Any]:
        """Switch a rule on or off. Raises: NotFound."""

        async def work() -> str:
            sent = await form(request, SwitchForm)
            change = SwitchIn(is_active=sent.act == "on", version=sent.version)
            rule = await service.switch(rule_id, sent=change, actor=actor(request), now=clock.now())
            return f"{PLACE}?{urlencode({'find': rule.words, 'stored': sent.act})}#s-rules"

        async def refused(error: DomainError) -> Response[Any]:
            return await _page(request, {}, error=error)

        return await acted(request, work, refused=refused)

    @get("/file")
    async def ask_file(self, request: MarketRequest) -> Response[str]:
        """Show where a file of rules goes."""
        return render(request, "words/file.html", values=Fields(), errors=Fields())

    @post("/file", opt={"takes_files": True})
    async def take_file(self, request: MarketRequest) -> Response[Any]:
        """Take the rules of the file that was chosen or pasted, all or nothing."""

        async def work() -> str:
            await form(request, FileForm)
            taken = await service.take_file(await sent_text(request), actor=actor(request), now=clock.now())
            return f"{PLACE}?added={taken.added}&unchanged={taken.unchanged}"

        async def refused(error: DomainError) -> Response[Any]:
            faults = [item for item in error.errors if item.pointer.startswith("/text/")]
            lines = [words for one in faults for words in told(type(error)(errors=(one,)), request).values()]
            return render(request, "words/file.html", values=await typed_text(request), errors=told(error, request), lines=lines, status=error.status)

        return await acted(request, work, refused=refused)

    @get("/rules.csv")
    async def csv(self, request: MarketRequest) -> Response[str]:
        """Give every rule as the CSV that can be taken back in."""
        text = await service.as_csv(actor=actor(request))
        return Response(text, media_type="text/csv", headers={"content-disposition": 'attachment; filename="search-words.csv"'})


def _asked(request: MarketRequest, name: str, length: int = 400) -> str:
    return (request.query_params.get(name) or "").strip()[:length].replace("\x00", "")


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


async def _tried(request: MarketRequest, query: str, locale: str, values: Fields) -> tuple[Trial | None, Fields, int]:
    """Try a query, with the draft where there is one; what cannot be used of either is told at its field."""
    if not query:
        return None, Fields(), 200
    try:
        draft = WordsForm(**{name: values[name] for name in DRAFT if name != "is_both_ways"}, is_both_ways=bool(values["is_both_ways"]))
        rule = service.typed(draft) if draft.words or draft.means else None
        return await service.trial(TrialIn(query=query, locale=locale, rule=rule), actor=actor(request)), Fields(), 200
    except DomainError as error:
        errors = told(error, request)
        if not error.errors:
            errors = Fields({"query": word(error.message, error.params, actor(request).locale)})
        return None, errors, error.status


async def _page(request: MarketRequest, given: dict[str, str], *, error: DomainError | None = None) -> Response[Any]:
    who = actor(request)
    which = WordsFilter(
        text=_asked(request, "find", 80), kind=_asked(request, "of", 20), locale=_asked(request, "in", 20), state=_asked(request, "state", 5)
    )
    # What was refused shows the beginning of the list: its address leads to no next page.
    cursor = request.query_params.get("cursor") if request.method == "GET" else None
    rules, following, total = await service.page(which, asked=asked_of(request, cursor, limit=SHOWN), actor=who)
    values = Fields({"kind": "synonym", "is_both_ways": "on"} | {name: value for name, value in given.items() if value})
    if any(given.values()):
        values["is_both_ways"] = given.get("is_both_ways", "")
    values["kind"] = values["kind"] if values["kind"] in service.KINDS else "synonym"
    query = _asked(request, "query", 200) or values["words"]
    tongue = _asked(request, "tongue", 20) or values["locale"]
    tongue = tongue if tongue in service.LANGUAGES else "en"
    trial, errors, status = await _tried(request, query[:200], tongue, values)
    if error is not None:
        errors, status = told(error, request), error.status
    return render(
        request, "words/words.html", rules=rules, next_cursor=following if request.method == "GET" else None, total=total, which=which, values=values,
        query=query, tongue=tongue, trial=trial, errors=errors, heads=await service.heads(_asked(request, "head", 80), actor=who), head=_asked(request, "head", 80),
        said=SAID, languages=service.LANGUAGES, taken=(_count(_asked(request, "added", 6)), _count(_asked(request, "unchanged", 6))), status=status,
    )  # fmt: skip


PAGES: tuple[Any, ...] = (WordsPages,)
KEEPER = ("operator",)
POLICIES = (
    Policy(f"GET {PLACE}", KEEPER),
    Policy(f"POST {PLACE}", KEEPER, acts=True),
    Policy(f"POST {PLACE}/{{rule_id:uuid}}", KEEPER, sample="search_rule", acts=True),
    Policy(f"GET {PLACE}/file", KEEPER),
    Policy(f"POST {PLACE}/file", KEEPER, acts=True),
    Policy(f"GET {PLACE}/rules.csv", KEEPER),
)
NAV = (Nav(lazy("Search words"), PLACE, KEEPER, 45, group="search"),)
