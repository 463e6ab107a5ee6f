"""Owns naming the field in each line of a refused form's summary, by the label that the page itself gives it.

Messages stand beside their fields and so do not repeat the name; above the form the same words would not say what is meant.
"""

from __future__ import annotations

import re
from typing import Final

from marketplace.kernel.i18n import fill, lazy, raw_gettext

SUMMARY: Final = re.compile(r'<div class="summary" role="alert".*?</div>', re.DOTALL)
LINE: Final = re.compile(r'<a href="#(f-[^"]+)">(.*?)</a>', re.DOTALL)
# What a label says besides the name: that the field is optional, a hint below it.
ASIDE: Final = re.compile(r'<small>.*?</small>|<span class="(?:hint|vh)">.*?</span>', re.DOTALL)
TAG: Final = re.compile(r"<[^>]*>")
SPOKEN: Final = re.compile(r'aria-label="([^"]*)"')
NAMED: Final = lazy("%(field)s: %(message)s")


def named(page: str) -> str:
    """Give the page with each line of its summary naming its field, and leading nowhere where the page has no such field."""
    found = SUMMARY.search(page)
    if found is None:
        return page
    form = page[found.end() :]
    return page[: found.start()] + LINE.sub(lambda line: _line(form, line[1], line[2]), found[0]) + form


def _line(form: str, target: str, message: str) -> str:
    element = re.search(rf'<[a-z]+\b[^>]*\bid="{re.escape(target)}"[^>]*>', form)
    if element is None:
        # A table has a field in each row: the first that is marked as wrong.
        element = re.search(rf'<[a-z]+\b(?=[^>]*aria-invalid="true")[^>]*\bid="({re.escape(target)}-[^"]*)"[^>]*>', form)
    if element is None:
        return message
    target = element[1] if element.groups() else target
    label = _label(form, element, target)
    worded = fill(raw_gettext(NAMED), {"field": label, "message": message}) if label and not message.startswith(label) else message
    return f'<a href="#{target}">{worded}</a>'


def _label(form: str, element: re.Match[str], target: str) -> str:
    """Give what the page calls the element: its label, its legend, what it is called for listeners, or the words beside a box."""
    if spoken := SPOKEN.search(element[0]):
        return spoken[1].strip()
    if element[0].startswith("<fieldset"):
        label = re.compile(r"<legend>(.*?)</legend>", re.DOTALL).search(form, element.end())
    else:
        label = re.search(rf'<label for="{re.escape(target)}"[^>]*>(.*?)</label>', form, re.DOTALL)
    if label is None and 'type="checkbox"' in element[0]:
        label = re.compile(r"(.*?)</label>", re.DOTALL).match(form, element.end())
    return " ".join(TAG.sub("", ASIDE.sub("", label[1])).split()) if label else ""
