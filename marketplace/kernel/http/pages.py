"""Owns turning a template into an answer: the template environment of all packages, and what every page may call."""

from __future__ import annotations

import re
import time
from contextvars import ContextVar
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from litestar.enums import MediaType
from markupsafe import Markup, escape

from marketplace.kernel import clock, formatting, i18n, states
from marketplace.kernel.actor import ANONYMOUS, Actor
from marketplace.kernel.http.named import named
from marketplace.kernel.settings import checkout_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from litestar import Request

    from marketplace.kernel.http.static import StaticFiles
    from marketplace.kernel.package import Nav
    from marketplace.kernel.settings import Settings

FOLDERS: Final = (
    "marketplace/web",
    "marketplace/kernel",
    "marketplace/catalogue",
    "vendors",
    "buyers",
    "trust",
    "marketplace/trade",
    "services_addons",
    "retention",
)
# An address of an authenticator app has about 150; a code of a thousand is too dense for a camera.
QR_BYTES_MAX: Final = 1000
COUNT_SECONDS: Final = 5.0
COUNTS_KEPT_MAX: Final = 2000
CART_PATH: Final = "/cart"
ARABIC: Final = re.compile(r"[\u0600-\u06ff]")
# Letters and digits held together by hyphens, dots or strokes, as part numbers are.
CODE_INSIDE: Final = re.compile(r"(\b[0-9A-Za-z]+(?:[-./][0-9A-Za-z]+)+\b)")

_scope: ContextVar[Any] = ContextVar("page_scope")


class Place(msgspec.Struct, frozen=True):
    """One place of the side list as a page shows it. `group` is the capacity that it belongs to."""

    title: str
    path: str
    count: int
    current: str
    group: str


class Typed(dict[str, Any]):
    """What somebody typed, or what was wrong with it, by field: a field that is not in it reads as blank, also on a page's first showing."""

    def __missing__(self, key: str) -> str:
        """Give a blank."""
        return ""


class _Site:
    """What is the same for every page, given once by the assembly."""

    def __init__(self) -> None:
        self.navigation: tuple[Nav, ...] = ()
        self.static: StaticFiles | None = None
        self.market_name = "Marketplace"
        self.is_demo = False
        self.environment: Environment | None = None
        self.counts: dict[str, tuple[float, dict[str, int]]] = {}


_site = _Site()


def prepare(settings: Settings, *, static: StaticFiles, navigation: Sequence[Nav]) -> None:
    """Take what all pages share. Called once by the assembly, before the first page."""
    _site.market_name = settings.market_name
    _site.is_demo = settings.is_demo
    _site.static = static
    _site.navigation = tuple(sorted(navigation, key=lambda place: place.order))
    _site.environment = None
    _site.counts.clear()
    i18n.warm()


def render(request: Request[Any, Any, Any], template: str, *, status: int = 200, **context: Any) -> Response[str]:
    """Answer with a page. Every template also knows actor, locale, dir, path, market_name, places, cart_count and flash.

    `values` (what was typed) and `errors` ({field: worded message}) are read field by field, so a field that is not in them is blank.
    """
    body = page(request.scope, template, **context)
    return Response(body, status_code=status, media_type=MediaType.HTML, headers={"content-language": i18n.current_locale()})


def page(scope: Any, template: str, **context: Any) -> str:
    """Fill a template for whoever is named in the scope, as `render` does for a request; nobody where the caller is not known yet."""
    for name in ("values", "errors"):
        given = context.get(name, {})
        if isinstance(given, dict):
            context[name] = Typed(given)
    token = _scope.set(scope)
    try:
        return named(environment().get_template(template).render(**_shared(scope), **context))
    finally:
        _scope.reset(token)


async def load_counts(scope: Any) -> None:
    """Ask each package how much waits in its places, for people who have signed in; an answer is kept for five seconds."""
    who: Actor = scope.get("actor") or ANONYMOUS
    if who.person_id is None:
        return
    kept = _site.counts.get(who.principal)
    moment = time.monotonic()
    if kept is None or moment - kept[0] > COUNT_SECONDS:
        counted = {place.path: await place.count(who) for place in _site.navigation if place.count is not None and may_see(place, who)}
        if len(_site.counts) >= COUNTS_KEPT_MAX:
            _site.counts.clear()
        kept = _site.counts[who.principal] = (moment, counted)
    scope["nav_counts"] = kept[1]


def forget_counts(who: Actor) -> None:
    """Drop the kept counts of somebody who has just acted, so that the next page counts anew."""
    _site.counts.pop(who.principal, None)


def landing(capacities: Sequence[str]) -> str:
    """Give the address at which somebody of these capacities begins: where the work of a sole capacity waits, else the home page."""
    if len(capacities) != 1:
        return "/"
    return next((place.landing for place in _site.navigation if place.landing and capacities[0] in place.capacities), "/")


def may_see(place: Nav, who: Actor) -> bool:
    """Tell whether a place is in somebody's side list, by the same words as in policies."""
    return any(_matches(wanted, who) for wanted in place.capacities)


def _matches(wanted: str, who: Actor) -> bool:
    if wanted == "anyone":
        return True
    if wanted == "signed-in":
        return who.person_id is not None
    capacity, _sep, role = wanted.partition(":")
    return capacity in who.capacities and (not role or role in who.roles or bool(who.roles & {"owner", "admin"}))


def _shared(scope: Any) -> dict[str, Any]:
    who: Actor = scope.get("actor") or ANONYMOUS
    # A refused form shows its page without having counted: what was counted last is near enough.
    counts: dict[str, int] = scope.get("nav_counts") or _site.counts.get(who.principal, (0.0, {}))[1]
    path: str = scope["path"]
    return {
        "actor": who,
        "locale": i18n.current_locale(),
        "dir": i18n.direction(),
        "path": path,
        "market_name": _site.market_name,
        "is_demo": _site.is_demo,
        "places": _places(who, path, counts),
        "cart_count": counts.get(CART_PATH, 0),
        "flash": scope.get("flash"),
        "request_id": scope.get("request_id", ""),
    }


def _places(who: Actor, path: str, counts: dict[str, int]) -> list[Place]:
    visible = [place for place in _site.navigation if place.path != CART_PATH and may_see(place, who)]
    inside = [place for place in visible if path == place.path or path.startswith(f"{place.path}/")]
    # Of two that lead here alike, the one that is listed itself.
    closest = max(inside, key=lambda place: (len(place.path), not place.under), default=None)
    nearest = (closest.under or closest.path) if closest else ""
    return [
        Place(
            title=i18n.raw_gettext(place.title),
            path=place.path,
            count=counts.get(place.path, 0),
            current=("page" if path == place.path else "true") if place.path == nearest else "",
            group=place.group or place.capacities[0].partition(":")[0],
        )
        for place in visible
        if not place.under
    ]


def environment() -> Environment:
    """Give the template environment, made at the first page: the folders of every package, strict about names, escaping everything."""
    if _site.environment is None:
        _site.environment = _make_environment()
    return _site.environment


def _make_environment() -> Environment:
    root = checkout_dir()
    made = Environment(
        loader=FileSystemLoader([root / folder / "templates" for folder in FOLDERS]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.newstyle_gettext = True  # type: ignore[attr-defined]  # the i18n extension adds it
    made.globals.update(
        _=_page_gettext,
        gettext=_page_gettext,
        ngettext=_page_ngettext,
        url=url,
        url_in=url_in,
        here=here,
        here_asking=here_asking,
        static=_static,
        form_keys=form_keys,
        form_csrf=form_csrf,
        now=clock.now,
        was_stored=was_stored,
        is_rtl=lambda: i18n.direction() == "rtl",
        own_names=i18n.OWN_NAMES,
        state_tone=states.tone,
        state_word=states.word,
        days=formatting.days,
        working_days=formatting.working_days,
    )
    made.filters.update(_filters())
    return made


def _filters() -> dict[str, Callable[..., Any]]:
    return {
        "money": formatting.money,
        "amount": formatting.amount,
        "price": formatting.unit_price,
        "qty": formatting.quantity,
        "number": formatting.number,
        "percent": formatting.percent,
        "signed": formatting.signed,
        "weight": formatting.weight,
        "day": formatting.day,
        "short_day": formatting.short_day,
        "month": formatting.month,
        "moment": _moment,
        "iso": formatting.iso,
        "age": lambda then: formatting.age(then, clock.now()),
        "country": formatting.country,
        "language": formatting.language,
        "currency_name": formatting.currency_name,
        "state": states.word,
        "condition": states.condition,
        "bdi": _bdi,
        "isolated": _isolated,
        "ltr": _ltr,
        "qr": _qr,
    }


def _page_gettext(message: str, **params: Any) -> Markup:
    """Word a message for a template: the catalogue's text is trusted, the parameters are escaped."""
    return _filled(i18n.raw_gettext(message), params)


def _page_ngettext(singular: str, plural: str, n: int, **params: Any) -> Markup:
    shown = formatting.number(n)
    return _filled(i18n.raw_ngettext(singular, plural, n), {"n": shown, "num": shown, **params})


def _filled(worded: str, params: dict[str, Any]) -> Markup:
    safe = {name: escape(value) for name, value in params.items()}
    return Markup(i18n.fill(worded, safe))  # noqa: S704 - msgids and catalogues are ours, values are escaped above


def _moment(value: datetime | None, time_zone: str = "", *, year: bool = True) -> str:
    """Write a moment in the zone given, else in the reader's own."""
    who: Actor = _scope.get({}).get("actor") or ANONYMOUS
    return formatting.moment(value, time_zone or who.time_zone, year=year)


def _bdi(value: object) -> Markup:
    """Set a name apart, so that its script does not turn the text around it; in Arabic names codes too, which "6205-open" turns round."""
    text = str(value)
    if isinstance(value, Markup) or not ARABIC.search(text):
        return Markup("<bdi>{}</bdi>").format(value)
    parts = (_ltr(part) if index % 2 else escape(part) for index, part in enumerate(CODE_INSIDE.split(text)))
    return Markup("<bdi>{}</bdi>").format(Markup("").join(parts))


def _isolated(value: object) -> Markup:
    """Set the codes in an Arabic text apart by signs that are not seen: for the title of a page, which holds no elements."""
    text = str(escape(value))
    return Markup(CODE_INSIDE.sub("\u2066\\1\u2069", text) if ARABIC.search(text) else text)  # noqa: S704 - it is escaped above


def _ltr(value: object) -> Markup:
    """Set a signed number, a range or a code apart as left to right, which it is in every script."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(value)


def _qr(text: str, label: str) -> Markup:
    """Draw a text as a QR code with its quiet zone, black on white in every scheme; nothing for what nobody would scan."""
    if len(text.encode()) > QR_BYTES_MAX:
        return Markup("")
    import segno  # noqa: PLC0415 - on the two pages that set a second factor

    drawn = segno.make(text, error="m", micro=False).svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None)
    return Markup('<span role="img" aria-label="{}">{}</span>').format(label, Markup(drawn))  # noqa: S704 - the library draws paths of digits alone


def url(path: str, **query: Any) -> str:
    """Give an address inside the language that the reader's address carries; query values that are None or "" are left out."""
    pairs = [(key, str(value)) for key, value in query.items() if value is not None and value != ""]
    asked = f"?{urlencode(pairs)}" if pairs else ""
    return f"{_scope.get({}).get('locale_prefix', '')}{path}{asked}"


def _pairs() -> list[tuple[str, str]]:
    return parse_qsl(_scope.get({}).get("query_string", b"").decode("latin-1"), keep_blank_values=True)


def here(**changes: Any) -> str:
    """Give the present address with some query values changed (None takes one out), for sorting, filters and pages."""
    scope, asked = _scope.get({}), here_asking(**changes)
    return f"{scope.get('locale_prefix', '')}{scope.get('path', '/')}{'' if asked == '?' else asked}"


def here_asking(**changes: Any) -> str:
    """Give `here` by its query alone, which leads to the same place from the page itself: for tables that write it many times."""
    kept = [(key, value) for key, value in _pairs() if key not in changes]
    added = [(key, str(value)) for key, value in changes.items() if value is not None and value != ""]
    return f"?{urlencode(kept + added)}"


def was_stored(name: str) -> bool:
    """Tell whether the address says that this was just stored; a form sent to such an address and refused has stored nothing."""
    return _scope.get({}).get("method", "GET") == "GET" and ("stored", name) in _pairs()


def url_in(locale: str) -> str:
    """Give the present address in another language."""
    scope = _scope.get({})
    asked = urlencode(_pairs())
    return f"/{locale}{scope.get('path', '/')}{'?' if asked else ''}{asked}"


def _static(name: str) -> str:
    assert _site.static is not None, "prepare() comes before the first page"
    return _site.static.url(name)


def form_csrf() -> str:
    """Give the session's CSRF token alone, for a form whose other fields are kept from an earlier one."""
    return str(_scope.get({}).get("csrf", ""))


def form_keys(version: int | str | None = None, *, key: str = "") -> Markup:
    """Give a form's hidden fields: the CSRF token, a fresh idempotency key (or the one to keep after a mistake), and the version seen."""
    token = form_csrf()
    fields = Markup('<input type="hidden" name="csrf_token" value="{}"><input type="hidden" name="idempotency_key" value="{}">').format(
        token, key or token_urlsafe(12)
    )
    if version is not None:
        fields += Markup('<input type="hidden" name="version" value="{}">').format(version)
    return fields
