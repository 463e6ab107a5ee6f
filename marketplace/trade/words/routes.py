"""Owns the API of the words of search, which the operator keeps."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from marketplace.kernel import clock
from marketplace.kernel.http.acting import once
from marketplace.kernel.http.answers import Page
from marketplace.kernel.http.caller import asked_of
from marketplace.kernel.http.request import MarketRequest, actor
from marketplace.kernel.package import Policy
from marketplace.trade.words import service
from marketplace.trade.words.schemas import Head, SwitchIn, Trial, TrialIn, WordsFileIn, WordsFileOut, WordsFilter, WordsForm, WordsIn, WordsOut

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many items the list holds.")]
Cursor = Annotated[str | None, QueryParameter(max_length=2000, description="`next_cursor` of the page before.")]


class WordsController(Controller):
    """Ways of saying, compound words, and words that say of nothing what it is."""

    path = "/api/v1/operator/search/words"
    tags = ("Catalogue",)

    @get("/")
    async def words(
        self, request: MarketRequest, q: FromQuery[str] = "", kind: FromQuery[str] = "", locale: FromQuery[str] = "", holds: FromQuery[str] = "",
        limit: Limit = 50, cursor: Cursor = None,
    ) -> Page[WordsOut]:  # fmt: skip
        """List rules by their words, narrowed by text, kind, language ("all": those of every language) and whether they hold (on, off). Raises: BadCursor."""
        which = WordsFilter(text=q, kind=kind, locale=locale, state=holds)
        items, following, _ = await service.page(which, asked=asked_of(request, cursor, limit=limit), actor=actor(request))
        return Page(items, following)

    @post("/", status_code=201)
    async def add(self, request: MarketRequest, data: JSONBody[WordsIn]) -> Response[Page[WordsOut]]:
        """Keep a rule from now on; a group is kept as one rule for each pair. Raises: BadWords, WordsStand."""

        async def work() -> Page[WordsOut]:
            return Page(await service.add(data, actor=actor(request), now=clock.now()))

        return await once(request, work, status=201)

    @put("/{rule_id:uuid}")
    async def switch(self, request: MarketRequest, rule_id: FromPath[UUID], data: JSONBody[SwitchIn]) -> Response[WordsOut]:
        """Let a rule hold or not from now on. Raises: NotFound, VersionConflict."""
        return await once(request, lambda: service.switch(rule_id, sent=data, actor=actor(request), now=clock.now()))

    @get("/trial")
    async def trial(
        self, request: MarketRequest, q: FromQuery[str] = "", locale: FromQuery[str] = "en", kind: FromQuery[str] = "synonym", words: FromQuery[str] = "",
        means: FromQuery[str] = "", both_ways: FromQuery[str] = "yes",
    ) -> Trial:  # fmt: skip
        """Read a query under the rules in force, and with one more (`words`, `means` with commas between) that is not stored.

        Raises: BadQuery, BadWords, QueryTooBroad.
        """
        draft = WordsForm(kind=kind, words=words, means=means, is_both_ways=both_ways != "no")
        rule = service.typed(draft) if words or means else None
        return await service.trial(TrialIn(query=q, locale=locale, rule=rule), actor=actor(request))

    @get("/heads")
    async def heads(self, request: MarketRequest, q: FromQuery[str] = "") -> list[Head]:
        """List the words that say of most products what they are, as learned from titles."""
        return await service.heads(q[:80].replace("\x00", ""), actor=actor(request))

    @post("/file", status_code=201)
    async def take_file(self, request: MarketRequest, data: JSONBody[WordsFileIn]) -> Response[WordsFileOut]:
        """Take rules from CSV text, all or nothing; what stands already is left. Raises: BadWordsFile."""
        return await once(request, lambda: service.take_file(data.text, actor=actor(request), now=clock.now()), status=201)

    @get("/file", media_type="text/csv", opt={"gives": ("text/csv",)})
    async def csv(self, request: MarketRequest) -> Response[str]:
        """Give every rule as the CSV that can be taken back in."""
        text = await service.as_csv(actor=actor(request))
        return Response(text, media_type="text/csv", headers={"content-disposition": 'attachment; filename="search-words.csv"'})


ROUTERS = (WordsController,)
READS, WRITES = "catalogue:read", "catalogue:write"
POLICIES = (
    Policy("GET /api/v1/operator/search/words", ("operator",), READS),
    Policy("POST /api/v1/operator/search/words", ("operator",), WRITES, acts=True),
    Policy("PUT /api/v1/operator/search/words/{rule_id:uuid}", ("operator",), WRITES, sample="search_rule", acts=True),
    Policy("GET /api/v1/operator/search/words/trial", ("operator",), READS),
    Policy("GET /api/v1/operator/search/words/heads", ("operator",), READS),
    Policy("POST /api/v1/operator/search/words/file", ("operator",), WRITES, acts=True),
    Policy("GET /api/v1/operator/search/words/file", ("operator",), READS),
)
