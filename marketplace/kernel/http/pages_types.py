"""Owns the pages that say what each problem type means: where the `type` of a problem object leads."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar import Controller, Response, get
from litestar.params import FromPath

from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest
from marketplace.kernel.i18n import current_locale, translate
from marketplace.kernel.package import Policy

PLACE = "/problems"
_PARAMETER = re.compile(r"\{\w+\}")


class ProblemType(msgspec.Struct, frozen=True, order=True):
    """A problem type: the stable end of its address, its status, its title and the sentence it is told by."""

    code: str
    status: int
    title: str
    message: str


def problem_types() -> list[ProblemType]:
    """List the types that this server can answer with, by code, in the reader's language; what a sentence is filled with is left open."""
    found: dict[str, ProblemType] = {}
    locale, left = current_locale(), DomainError.__subclasses__()
    while left:
        kind = left.pop()
        left += kind.__subclasses__()
        if not kind.__module__.startswith("tests."):
            message = _PARAMETER.sub("\u2026", translate(kind.message, locale)) if kind.message else ""
            found.setdefault(kind.code, ProblemType(kind.code, kind.status, translate(kind.title(), locale), message))
    return sorted(found.values())


class ProblemPages(Controller):
    """What the API's refusals mean."""

    @get(PLACE, sync_to_thread=False)
    def problems(self, request: MarketRequest) -> Response[Any]:
        """List every problem type."""
        return render(request, "http/problems.html", types=problem_types(), code="")

    @get(PLACE + "/{code:str}", sync_to_thread=False)
    def problem(self, request: MarketRequest, code: FromPath[str]) -> Response[Any]:
        """Tell what one problem type means: the `type` of a problem object leads here. Raises: NotFound."""
        types = [one for one in problem_types() if one.code == code]
        if not types:
            raise NotFound
        return render(request, "http/problems.html", types=types, code=code)


PAGES = (ProblemPages,)
POLICIES = (Policy(f"GET {PLACE}", ("anyone",)), Policy(f"GET {PLACE}/{{code:str}}", ("anyone",), "", "problem"))
