"""Owns the operator's pages of schemas: the attributes of a category, a change with what it would break, its versions, and the products that break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath

from marketplace.catalogue.attributes import pages_words as words
from marketplace.catalogue.attributes import service
from marketplace.catalogue.attributes.schemas import AttributeForm, Report, SchemaIn
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.taxonomy.errors import BadCategory, CategoryBelowItself
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.http.caller import asked_of
from marketplace.kernel.http.forms import Fields, acted, whole
from marketplace.kernel.http.pages import render
from marketplace.kernel.http.request import MarketRequest, actor, form, form_values
from marketplace.kernel.package import Policy

if TYPE_CHECKING:
    from marketplace.catalogue.taxonomy.schemas import Category

PLACE: Final = "/operator/categories"
PRODUCTS_SHOWN: Final = 60


class SchemaPages(Controller):
    """What is asked of the products of a category."""

    path = PLACE
    include_in_schema = False

    @get("/{category_id:uuid}/schema")
    async def schema(self, request: MarketRequest, category_id: FromPath[UUID]) -> Response[Any]:
        """Show the attributes, own and inherited, the form of the one in the address, and the versions. Raises: NotFound."""
        return await _schema_page(request, category_id, None)

    @post("/{category_id:uuid}/schema")
    async def change(self, request: MarketRequest, category_id: FromPath[UUID]) -> Response[Any]:
        """Show what the attribute that was typed would break, or publish it with a reason. Raises: NotFound."""
        sent = _as_typed(await form_values(request))
        if not sent.step.endswith("publish"):
            return await _schema_page(request, category_id, sent)

        async def work() -> str:
            await form(request, AttributeForm)
            category = await _category(category_id)
            attributes, _place = service.with_typed(category.own, sent)
            version = service.readable(SchemaIn, {"attributes": msgspec.to_builtins(attributes), "reason": sent.reason.strip(), "after": sent.after})
            made = await service.publish(category_id, version, actor=actor(request), now=clock.now())
            return f"/operator/schema-versions/{made.id}?stored=version"

        async def refused(error: DomainError) -> Response[Any]:
            return await _schema_page(request, category_id, sent, error=error)

        return await acted(request, work, refused=refused)

    @get("/{category_id:uuid}/move/preview")
    async def move(self, request: MarketRequest, category_id: FromPath[UUID]) -> Response[Any]:
        """Show what breaks and what is asked no more before a category goes under another. Raises: NotFound."""
        return await _move_page(request, category_id)

    @get("/{category_id:uuid}/faults")
    async def faults(self, request: MarketRequest, category_id: FromPath[UUID]) -> Response[Any]:
        """Count what is wrong now by attribute and fault, or list the products that have the one in the address. Raises: NotFound, BadCursor."""
        key, code = (request.query_params.get(name) or "" for name in ("key", "code"))
        if not key and not code:
            return await _faults_page(request, category_id)
        asked = asked_of(request, request.query_params.get("cursor"), limit=PRODUCTS_SHOWN)
        found, following = await service.faulty_products(category_id, key=key, code=code, asked=asked, actor=actor(request))
        category = await _category(category_id)
        about = next((one for one in category.attributes if one.key == key), None)
        return render(
            request,
            "attributes/faults.html",
            category=category,
            label=key if about is None else about.label(actor(request).locale),
            fault=words.faults()[code],
            products=found,
            next_cursor=following,
        )


class VersionPages(Controller):
    """Published versions."""

    path = "/operator/schema-versions"
    include_in_schema = False

    @get("/{version_id:uuid}")
    async def version(self, request: MarketRequest, version_id: FromPath[UUID]) -> Response[Any]:
        """Show a version beside the one before it, why, by whom, and what it broke. Raises: NotFound."""
        found, before = await service.version_by_id(version_id, actor=actor(request))
        category = await _category(found.category_id)
        changes = [
            (one.key, words.rows(one.before, locale=_locale(request)), words.rows(one.after, locale=_locale(request)))
            for one in service.changes(before.attributes if before else (), found.attributes)
        ]
        return render(
            request,
            "attributes/version.html",
            category=category,
            version=found,
            changes=changes,
            **_about_report(found.report, category, request),
        )


def _locale(request: MarketRequest) -> str:
    locale: str = request.scope["locale"]  # type: ignore[typeddict-item]
    return locale


async def _category(category_id: UUID) -> Category:
    found = next((one for one in await taxonomy.fresh_tree() if one.id == category_id), None)
    if found is None:
        raise NotFound
    return found


def _as_typed(values: dict[str, str]) -> AttributeForm:
    """Read the form as it was typed, whatever is wrong with it, so that nothing is lost."""
    texts = {name: value.replace("\x00", "") for name, value in values.items() if name in AttributeForm.__struct_fields__}
    after = texts.pop("after", "0")
    boxes = {name: texts.pop(name, "") in {"on", "true", "1"} for name in ("is_required", "is_facet")}
    return AttributeForm(**texts, **boxes, after=whole(after) or 0)  # type: ignore[arg-type]


def _about_report(report: Report | None, category: Category, request: MarketRequest) -> dict[str, Any]:
    labels = {one.key: one.label(_locale(request)) for one in category.attributes}
    for one in () if report is None else report.faults:
        labels.setdefault(one.key, one.key)
    return {"report": report, "labels": labels, "fault_words": words.faults(), "place": f"{PLACE}/{category.id}"}


async def _schema_page(request: MarketRequest, category_id: UUID, sent: AttributeForm | None, *, error: DomainError | None = None) -> Response[Any]:
    who, locale = actor(request), _locale(request)
    category = await _category(category_id)
    schema = await service.schema(category_id, is_fresh=True)
    report, place = None, None
    if sent is not None:
        place = next((at for at, one in enumerate(category.own) if one.key == sent.was), len(category.own))
        try:
            attributes, _place = service.with_typed(category.own, sent)
            report = await service.preview(category_id, attributes, actor=who)
        except DomainError as refused:
            error = error or refused
    return render(
        request,
        "attributes/schema.html",
        category=category,
        schema=schema,
        rows=[(one, words.asked(one.definition, locale=locale)) for one in schema.attributes],
        above={one.slug: one.name(locale) for one in await taxonomy.tree()},
        sent=sent or _asked_form(request, category, schema.version),
        kinds=list(words.kinds().items()),
        versions=await service.versions(category_id, actor=who),
        as_it_stood=service.AS_IT_STOOD,
        may="admin" in who.roles,
        errors=Fields() if error is None else words.fields(error, request, place=place),
        status=200 if error is None else error.status,
        **_about_report(report, category, request),
    )


async def _faults_page(request: MarketRequest, category_id: UUID) -> Response[Any]:
    category = await _category(category_id)
    report = await service.faults_now(category_id, actor=actor(request))
    below = {one.key: one.label(_locale(request)) for each in taxonomy.below(await taxonomy.tree(), category_id) for one in each.attributes}
    told = _about_report(report, category, request)
    return render(request, "attributes/faults_now.html", category=category, **told | {"labels": told["labels"] | below})


async def _move_page(request: MarketRequest, category_id: UUID) -> Response[Any]:
    who, locale = actor(request), _locale(request)
    kept, category = await taxonomy.kept_category(category_id, actor=who), await _category(category_id)
    tree = {one.id: one for one in await taxonomy.tree()}
    parent_id = _parent(request.query_params.get("parent_id"))
    error, report = None, Report()
    parent = tree.get(parent_id) if parent_id else None
    inherits = parent.attributes if parent else ()
    try:
        report = await service.preview_move(category_id, parent_id, actor=who)
    except (BadCategory, CategoryBelowItself) as refused:
        error = refused
    told = _about_report(
        report, msgspec.structs.replace(category, attributes=tuple({one.key: one for one in (*category.attributes, *inherits)}.values())), request
    )
    keys = {one.key for one in (*inherits, *category.own)}
    return render(
        request,
        "attributes/move.html",
        category=category,
        version=kept.version,
        parent=parent,
        parents=[
            ("", ""),
            *((one.id, " \u203a ".join(tree[step].name(locale) for step in one.path)) for one in tree.values() if category_id not in one.path),
        ],
        lost=[one.label(locale) for one in category.attributes if one.key not in keys],
        gained=[one.label(locale) for one in inherits if all(one.key != mine.key for mine in category.attributes)],
        may="admin" in who.roles,
        errors=Fields() if error is None else words.fields(error, request, place=None),
        status=200 if error is None else error.status,
        **told,
    )


def _parent(text: str | None) -> UUID | None:
    """Read a parent from the address; nothing is the top, and what is no id is one that there is not."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return UUID(int=0)


def _asked_form(request: MarketRequest, category: Category, version: int) -> AttributeForm | None:
    key = request.query_params.get("key")
    if key is None:
        return None
    about = next((one for one in category.attributes if one.key == key), None)
    return service.typed(about, after=version, is_own=any(one.key == key for one in category.own))


PAGES: tuple[Any, ...] = (SchemaPages, VersionPages)
KEEPER = ("operator",)
POLICIES = (
    Policy(f"GET {PLACE}/{{category_id:uuid}}/schema", KEEPER, sample="category_id"),
    Policy(f"POST {PLACE}/{{category_id:uuid}}/schema", ("operator:admin",), sample="category_id", acts=True),
    Policy(f"GET {PLACE}/{{category_id:uuid}}/move/preview", KEEPER, sample="category_id"),
    Policy(f"GET {PLACE}/{{category_id:uuid}}/faults", KEEPER, sample="category_id"),
    Policy("GET /operator/schema-versions/{version_id:uuid}", KEEPER, sample="schema_version"),
)
