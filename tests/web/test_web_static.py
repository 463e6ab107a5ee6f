"""The style and script files: budgets, one place for colours, nothing physical, vendored files as published."""

from __future__ import annotations

import gzip
import hashlib
import json
import re

from tests.web.specimen import STATIC

ROOT = STATIC.parents[2]
SHEETS = sorted(STATIC.glob("*.css"))
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch|color-mix)a?\(")
PHYSICAL = re.compile(
    r"(?<![-\w])(?:margin|padding|border)-(?:left|right|top|bottom)\b|(?<![-\w])(?:left|right|top|bottom|width|height|(?:min|max)-(?:width|height))\s*:|"
    r"float\s*:|text-align\s*:\s*left"
)


def _packed(paths: list[str]) -> int:
    return sum(len(gzip.compress((STATIC / path).read_bytes(), 9)) for path in paths)


def test_all_styles_fit_in_25_kb_and_all_script_in_20_kb_compressed() -> None:
    assert _packed([sheet.name for sheet in SHEETS]) <= 25_000
    assert _packed(["app.js", "vendor/htmx.min.js"]) <= 20_000


def test_no_file_but_the_tokens_names_a_colour() -> None:
    named = {
        sheet.name: COLOUR.findall(sheet.read_text().replace('url("#hatch")', "").replace('url("#dash")', ""))
        for sheet in SHEETS
        if sheet.name != "tokens.css"
    }
    assert named == {key: [] for key in named}


def test_styles_use_logical_properties_only_but_for_the_shapes_inside_pictures() -> None:
    # Shapes of an SVG have a width and a height of their own; the picture around them is mirrored as a whole.
    media = re.compile(r"@media[^{]*|@page[^}]*}|\.(?:bar|strip|way|range) > [^{]*{[^}]*}")
    found = {sheet.name: PHYSICAL.findall(media.sub("", sheet.read_text())) for sheet in SHEETS}
    assert found == {key: [] for key in found}


def test_every_token_that_is_used_is_defined() -> None:
    used = {name for sheet in SHEETS for name in re.findall(r"var\((--[\w-]+)", sheet.read_text())}
    defined = {name for sheet in SHEETS for name in re.findall(r"(--[\w-]+)\s*:", sheet.read_text())}
    assert used - defined == set()


def test_vendored_files_are_what_their_manifest_says() -> None:
    manifest = json.loads((STATIC / "vendor" / "MANIFEST.json").read_text())
    for entry in manifest["files"]:
        assert hashlib.sha256((STATIC / "vendor" / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
        assert (STATIC / "vendor" / entry["licence_file"]).is_file()


def test_no_template_has_an_inline_style_a_handler_or_another_host() -> None:
    bad = re.compile(r"""\sstyle=|\son(?:click|change|submit|load|input)=|(?:src|href|action)=["'](?:https?:)?//|<style|<script(?![^>]* src=)""")
    found = {
        str(path.relative_to(ROOT)): hits
        for path in ROOT.glob("**/templates/**/*.html")
        if ".venv" not in path.parts and (hits := bad.findall(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_printing_files_and_keeping_of_a_comparison_stand_on_narrow_screens_where_the_heads_of_its_columns_do_not() -> None:
    narrow = (STATIC / "compare.css").read_text(encoding="utf-8").split("(max-width: 1159px)")[1].split("@media")[0]
    assert ".cmp > thead th { display: none;" in narrow
    assert ".cmp > thead th.act { display: block;" in narrow
