"""Owns the page on which a supplier keeps its profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Controller, Response, get, post

from marketplace.kernel import clock
from marketplace.kernel.http.caller import own_organisation
from marketplace.kernel.http.forms import Fields, acted, told
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.i18n import lazy
from marketplace.kernel.package import Nav, Policy
from vendors.accounts.pages_words import incoterms
from vendors.accounts.schemas import CHECK_WORDS
from vendors.certificates import service as certificates
from vendors.life import service as life
from vendors.profile import service
from vendors.profile.schemas import KEPT, ProfileIn

if TYPE_CHECKING:
    from marketplace.kernel.errors import DomainError
    from vendors.profile.schemas import OwnProfileOut

PLACE = "/supplier/profile"


class ProfilePages(Controller):
    """One's own organisation as a supplier."""

    path = PLACE
    include_in_schema = False

    @get("/")
    async def profile(self, request: MarketRequest) -> Response[str]:
        """Show the profile: what is the supplier's to write, and what the operator has set."""
        return await _page(request)

    @post("/")
    async def save(self, request: MarketRequest) -> Response[Any]:
        """Store the profile as typed."""

        async def work() -> str:
            await service.save_profile(await form(request, ProfileIn, check=service.words), actor=actor(request), now=clock.now())
            return f"{PLACE}?stored=profile"

        return await acted(request, work, refused=lambda error: _page(request, error))


def as_typed(found: OwnProfileOut) -> Fields:
    """Give what the form holds before anybody types."""
    shown: dict[str, Any] = {key: found.profile.get(key, "") for key in KEPT}
    shown |= {
        "default_incoterm": found.default_incoterm,
        "auto_accepts": "on" if found.auto_accepts else "",
        "acceptance_hours": found.acceptance_hours,
        "acceptance_counts": found.acceptance_counts,
    }
    return Fields(shown)


async def _page(request: MarketRequest, error: DomainError | None = None) -> Response[Any]:
    who, supplier_id = actor(request), own_organisation(request)
    if not await life.is_selling(supplier_id):
        return render(request, "profile/not_yet.html", title=_("Profile"))
    found = await service.profile(supplier_id, actor=who, now=clock.now())
    return render(
        request,
        "profile/profile.html",
        supplier=found,
        certificates=await certificates.my_certificates(actor=who, now=clock.now()),
        may="owner" in who.roles,
        checks=CHECK_WORDS,
        incoterms=incoterms(),
        values=as_typed(found) if error is None else Fields(await form_values(request)),
        errors=Fields() if error is None else told(error, request),
        status=200 if error is None else error.status,
    )


PAGES: tuple[Any, ...] = (ProfilePages,)
POLICIES = (Policy(f"GET {PLACE}", ("supplier",)), Policy(f"POST {PLACE}", ("supplier:owner",), acts=True))
NAV = (
    Nav(lazy("Profile"), PLACE, ("supplier",), 60),
    # The tabs of the profile's page lead there.
    Nav(lazy("Profile"), "/supplier/certificates", ("supplier",), 60, under=PLACE),
    Nav(lazy("Profile"), "/supplier/state", ("supplier",), 60, under=PLACE),
)
