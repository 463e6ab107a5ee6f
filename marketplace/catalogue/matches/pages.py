"""Owns the operator's pages of products that may be the same: the queue, one pair side by side, and the merges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.catalogue.matches import pages_words as words
from marketplace.catalogue.matches import service
from marketplace.catalogue.matches.schemas import ApartForm, ManyForm, ManyIn, MergeForm
from marketplace.catalogue.merges import service as merges
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.units import service as units
from marketplace.kernel import clock
from marketplace.kernel.http.caller import asked_of, settings_of
from marketplace.kernel.http.forms import Fields, acted, told, whole
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError

PLACE, MERGES = "/operator/matches", "/operator/merges"
PAGE_LENGTH, MERGES_LENGTH = 25, 50


class MatchPages(Controller):
    """The queue of pairs, and one pair."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def queue(self, request: MarketRequest) -> Response[Any]:
        """Show the open pairs, the likeliest first, and the patterns by which many are decided at once; or those that were called different. Raises: BadCursor."""
        return await _queue(request)

    @post("/many")
    async def many(self, request: MarketRequest) -> Response[Any]:
        """Decide on the open pairs of a pattern."""

        async def work() -> str:
            sent = await form(request, ManyForm)
            done = await service.decide_many(ManyIn(sent.pattern, sent.act, sent.score), actor=actor(request), now=clock.now())
            return f"{PLACE}?{urlencode({'stored': 'many', 'decided': done.decided, 'refused': done.refused})}"

        return await acted(request, work, refused=lambda error: _queue(request, error))

    @get("/{match_id:uuid}")
    async def one(self, request: MarketRequest, match_id: FromPath[UUID]) -> Response[Any]:
        """Show a pair side by side with the evidence and what a merge would do. Raises: NotFound."""
        return await _pair(request, match_id)

    @post("/{match_id:uuid}/merge")
    async def merge(self, request: MarketRequest, match_id: FromPath[UUID]) -> Response[Any]:
        """Merge the pair into the one that was chosen, and go on to the next. Raises: NotFound."""

        async def work() -> str:
            sent = await form(request, MergeForm)
            pair = await service.match(match_id)
            kept, gone = (pair.low_id, pair.high_id) if sent.keep == "low" else (pair.high_id, pair.low_id)
            await service.merge(kept_id=kept, gone_id=gone, actor=actor(request), now=clock.now())
            return await _next(request, pair.pattern, stored="merged")

        return await acted(request, work, refused=lambda error: _pair(request, match_id, error))

    @post("/{match_id:uuid}/apart")
    async def apart(self, request: MarketRequest, match_id: FromPath[UUID]) -> Response[Any]:
        """Say that the two are different, and go on to the next. Raises: NotFound."""

        async def work() -> str:
            await form(request, ApartForm)
            pair = await service.match(match_id)
            await service.keep_apart(pair.low_id, pair.high_id, actor=actor(request), now=clock.now())
            return await _next(request, pair.pattern, stored="apart")

        return await acted(request, work, refused=lambda error: _pair(request, match_id, error))

    @post("/{match_id:uuid}/reopen")
    async def reopen(self, request: MarketRequest, match_id: FromPath[UUID]) -> Response[Any]:
        """Let a pair that was called different wait again. Raises: NotFound."""

        async def work() -> str:
            await form(request, ApartForm)
            await service.reopen(match_id, actor=actor(request), now=clock.now())
            return f"{PLACE}/{match_id}?stored=open"

        return await acted(request, work, refused=lambda error: _pair(request, match_id, error))


class MergePages(Controller):
    """What was merged."""

    path = MERGES
    include_in_schema = False

    @get("/")
    async def latest(self, request: MarketRequest) -> Response[Any]:
        """Show the merges, the latest first, each of which can be undone. Raises: BadCursor."""
        return await _merges(request)

    @post("/{merge_id:uuid}/undo")
    async def undo(self, request: MarketRequest, merge_id: FromPath[UUID]) -> Response[Any]:
        """Undo a merge. Raises: NotFound."""

        async def work() -> str:
            await form(request, ApartForm)
            await service.undo(merge_id, actor=actor(request), now=clock.now())
            return f"{MERGES}?stored=undone"

        return await acted(request, work, refused=lambda error: _merges(request, error))


async def _next(request: MarketRequest, pattern: str, *, stored: str) -> str:
    """Give the address of the next pair that looks like this one, else of the queue: somebody does this forty times a day."""
    page = await service.waiting(None, limit=1, secret=settings_of(request).secret_key, pattern=pattern)
    return f"{PLACE}/{page.items[0].id}?stored={stored}" if page.items else f"{PLACE}?stored={stored}"


async def _queue(request: MarketRequest, error: DomainError | None = None) -> Response[Any]:
    asked = Fields({name: value for name, value in request.query_params.items() if isinstance(value, str)})
    kind = asked["kind"] if asked["kind"] in words.KINDS else ""
    is_apart = asked["state"] == "apart" and error is None
    behind = asked["cursor"] or None
    if is_apart:
        page = await service.apart(asked_of(request, behind, limit=PAGE_LENGTH))
    else:
        page = await service.waiting(behind, limit=PAGE_LENGTH, secret=settings_of(request).secret_key, pattern=asked["pattern"], kind=kind)
    patterns = await service.patterns()
    decided, refused = (whole(asked[name]) or 0 for name in ("decided", "refused"))
    return render(
        request,
        "matches/queue.html",
        decided=decided,
        refused=refused,
        page=page,
        patterns=patterns,
        chosen=next((one for one in patterns if one.pattern == asked["pattern"]), None),
        is_apart=is_apart,
        kind=kind,
        kinds=words.KINDS,
        told=words.told,
        waiting=await service.count_waiting(),
        many_max=service.MANY_MAX,
        may_decide="admin" in actor(request).roles,
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


async def _pair(request: MarketRequest, match_id: UUID, error: DomainError | None = None) -> Response[Any]:
    pair = await service.match(match_id)
    low, high = await service.sides([pair.low_id, pair.high_id], actor=actor(request))
    locale: str = request.scope["locale"]  # type: ignore[typeddict-item]
    tree = {str(one.id): one for one in await taxonomy.tree()}
    names = words.Names(tree, {code: unit.name(locale) for code, unit in (await units.units()).items()}, locale)
    keeps_high = (high.offers or 0, high.orders or 0) > (low.offers or 0, low.orders or 0)
    return render(
        request,
        "matches/pair.html",
        pair=pair,
        low=low,
        high=high,
        kind=words.KINDS[pair.kind],
        rows=words.rows(low, high, points={piece.field: piece.points for piece in pair.evidence}, names=names),
        said=[" ".join(str(one.held.get(name) or "") for name in ("brand", "part_number")).strip() for one in (low, high)],
        evidence=[(words.label(piece.field), piece) for piece in pair.evidence if piece.points],
        keep="high" if keeps_high else "low",
        merges=[one for one in (await merges.latest(pair.low_id)).items if pair.high_id in {one.kept_id, one.gone_id}],
        may_decide="admin" in actor(request).roles,
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


async def _merges(request: MarketRequest, error: DomainError | None = None) -> Response[Any]:
    asked = Fields({name: value for name, value in request.query_params.items() if isinstance(value, str)})
    text = asked["q"].replace("\x00", "").strip()[:80] if error is None else ""
    found = await merges.listed(asked_of(request, (asked["cursor"] or None) if error is None else None, limit=MERGES_LENGTH), text=text)
    return render(
        request,
        "matches/merges.html",
        merges=found.items,
        next_cursor=found.next_cursor,
        text=text,
        label=words.label,
        may_decide="admin" in actor(request).roles,
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


async def _waiting(_: Any) -> int:
    return await service.count_waiting()


PAGES: tuple[Any, ...] = (MatchPages, MergePages)
POLICIES = (
    Policy("GET /operator/matches", ("operator",)),
    Policy("POST /operator/matches/many", ("operator:admin",), acts=True),
    Policy("GET /operator/matches/{match_id:uuid}", ("operator",), sample="match"),
    Policy("POST /operator/matches/{match_id:uuid}/merge", ("operator:admin",), sample="match", acts=True),
    Policy("POST /operator/matches/{match_id:uuid}/apart", ("operator:admin",), sample="match", acts=True),
    Policy("POST /operator/matches/{match_id:uuid}/reopen", ("operator:admin",), sample="match", acts=True),
    Policy("GET /operator/merges", ("operator",)),
    Policy("POST /operator/merges/{merge_id:uuid}/undo", ("operator:admin",), sample="merge", acts=True),
)
NAV = (Nav(lazy("Duplicates"), PLACE, ("operator",), 36, _waiting, group="catalogue"),)
