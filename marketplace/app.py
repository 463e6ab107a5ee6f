"""Owns the assembly: which packages there are, which ports are bound, and the server's application."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Litestar
from litestar.openapi.config import OpenAPIConfig

from buyers.package import PACKAGE as BUYERS
from marketplace.catalogue.package import PACKAGE as CATALOGUE
from marketplace.kernel import database, files, logs, measures, sealing
from marketplace.kernel import settings as configuration
from marketplace.kernel.front import PACKAGE as KERNEL
from marketplace.kernel.fx import service as fx
from marketplace.kernel.http import in_units, metrics, pages, policy
from marketplace.kernel.http.callers import Callers
from marketplace.kernel.http.edge import Edge
from marketplace.kernel.http.health import POLICIES as HEALTH_POLICIES
from marketplace.kernel.http.health import HealthController
from marketplace.kernel.http.problems import handle_exception
from marketplace.kernel.http.request import MarketRequest
from marketplace.kernel.http.static import StaticFiles
from marketplace.kernel.identity import service as identity
from marketplace.kernel.jobs import pages as works
from marketplace.trade import package as trade
from marketplace.trade.package import PACKAGE as TRADE
from services_addons.package import PACKAGE as SERVICES
from services_addons.package import bind_ports
from trust.package import PACKAGE as TRUST
from vendors import package as vendors
from vendors.package import PACKAGE as VENDORS

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketplace.kernel.package import Package
    from marketplace.kernel.settings import Settings

PACKAGES: tuple[Package, ...] = (KERNEL, CATALOGUE, VENDORS, BUYERS, TRUST, TRADE, SERVICES)
STATIC = Path(__file__).parent / "web" / "static"


class Assembly(msgspec.Struct, frozen=True):
    """The settings and packages of one installation, ports bound: the same for server, worker and command line."""

    settings: Settings
    packages: tuple[Package, ...]


def assemble(settings: Settings) -> Assembly:
    """Bind the ports, hand over the secret, the place of files and how old rates may be, and give the assembly.

    Raises: BadSetting for a secret under 16 characters, or a public address where sessions would travel in the clear.
    """
    configuration.check(settings)
    sealing.set_key(settings.secret_key)
    files.use(settings.files_dir)
    fx.use(settings.fx_max_age_hours)
    metrics.SOURCES.bind(measures.of_works)
    vendors.bind_ports()
    trade.bind_ports()
    bind_ports()
    return Assembly(settings, PACKAGES)


def create_app(assembly: Assembly, *, opens_pool: bool = True) -> Edge:
    """Make the ASGI application. With `opens_pool` its lifespan opens and closes the database pool.

    Raises: RouteWithoutPolicy when a route has no policy row.
    """
    settings = assembly.settings

    async def up(_: Litestar) -> None:
        await database.open_pool(settings)

    async def down(_: Litestar) -> None:
        await database.close_pool()

    static = StaticFiles(STATIC)
    app = Litestar(
        route_handlers=[HealthController, *(item for package in assembly.packages for item in (*package.routers, *package.pages))],
        request_class=MarketRequest,
        exception_handlers={Exception: handle_exception},
        before_request=policy.check,
        after_request=in_units.tell,
        on_startup=[up] if opens_pool else [],
        on_shutdown=[down] if opens_pool else [],
        openapi_config=OpenAPIConfig(title=settings.market_name, version="1", path=policy.SEALED, render_plugins=[], create_examples=False),
        debug=False,
        request_max_body_size=settings.upload_bytes_max,
    )
    policy.attach(app, (*HEALTH_POLICIES, *(row for package in assembly.packages for row in package.policies)))
    pages.prepare(settings, static=static, navigation=tuple(nav for package in assembly.packages for nav in package.nav))
    works.prepare(tuple(job for package in assembly.packages for job in package.jobs))
    callers = Callers(settings, of_session=identity.actor_of_session, of_key=identity.actor_of_api_key)
    return Edge(app, settings, static, callers)


def server() -> Callable[..., Any]:
    """Make the application for granian's factory mode, from the environment."""
    logs.configure()
    app = create_app(assemble(configuration.load()))
    # What stands after start-up stays; walking its hundred megabytes again and again would slow every request.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    return app
