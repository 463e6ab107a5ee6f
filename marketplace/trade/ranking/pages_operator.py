"""Owns the operator's page of weights: all versions, a draft that lives in the address, its preview on live comparisons, and its publishing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from litestar import Controller, Response, get, post

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from marketplace.trade.ranking import service
from marketplace.trade.ranking.schemas import PublishForm
from marketplace.trade.weights import service as weights
from marketplace.trade.weights.schemas import NewVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketplace.trade.ranking.schemas import Preview

PLACE = "/operator/ranking"


class OperatorRankingPages(Controller):
    """The weights of the market."""

    path = PLACE

    @get("/")
    async def versions(self, request: MarketRequest) -> Response[Any]:
        """Show the versions and the form of a draft; with a draft in the address, what it would do to live comparisons."""
        given = {name: value for name, value in request.query_params.items() if isinstance(value, str) and name in service.NAMES}
        return await _page(request, given)

    @post("/")
    async def publish(self, request: MarketRequest) -> Response[Any]:
        """Publish the weights that were previewed, with the reason, from a moment on."""

        async def work() -> str:
            sent = await form(request, PublishForm)
            new = NewVersion(
                after=sent.after, weights=service.typed_weights(await form_values(request)), reason=sent.reason,
                in_force_from=service.typed_moment(sent.in_force_from),
            )  # fmt: skip
            await weights.publish(new, actor=actor(request), now=clock.now())
            return PLACE

        sent = await form_values(request)
        return await acted(request, work, refused=partial(_page, request, {name: sent.get(name, "") for name in service.NAMES}, sent))


async def _page(
    request: MarketRequest, given: Mapping[str, str], sent: Mapping[str, str] | None = None, error: DomainError | None = None
) -> Response[Any]:
    who, now = actor(request), clock.now()
    current = await weights.in_force(now)
    preview: Preview | None = None
    errors = Fields() if error is None else told(error, request)
    if given:
        locale: str = request.scope["locale"]  # type: ignore[typeddict-item]
        try:
            preview = await service.preview(service.typed_weights(given), actor=who, locale=locale, now=now)
        except DomainError as refused:
            error = error or refused
            errors = errors or told(refused, request)
    return render(
        request,
        "ranking/operator.html",
        versions=await weights.versions(),
        current=current,
        preview=preview,
        values=Fields(given or service.as_typed(current.weights)),
        sent=Fields(sent or {}),
        errors=errors,
        may_publish="admin" in who.roles,
        now_moment=now,
        status=200 if error is None else error.status,
    )


PAGES: tuple[Any, ...] = (OperatorRankingPages,)
POLICIES = (
    Policy("GET /operator/ranking", ("operator",)),
    Policy("POST /operator/ranking", ("operator:admin",), acts=True),
)
NAV = (Nav(lazy("Ranking"), PLACE, ("operator",), 40),)
