"""Owns what can go wrong in the address of a list; each is worded with what stands there and what may."""

from marketplace.kernel.errors import DomainError


class UnknownSort(DomainError):
    """No such order"""

    status = 422
    code = "unknown-sort"
    message = "A list is sorted by relevance, price or lead; not by “{value}”."


class NotARange(DomainError):
    """Not a range"""

    status = 422
    code = "not-a-range"
    message = "“{value}” is no range: write a number, or two with two dots between them and the lower one first, such as 10..20."


class UnknownAttribute(DomainError):
    """No such attribute"""

    status = 422
    code = "unknown-attribute"
    message = "Products are not narrowed down by “{value}”: write key:value, with a key of a category, and several with a semicolon between them."


class TooManyChosen(DomainError):
    """Too much is chosen at once"""

    status = 422
    code = "too-many-chosen"
    message = "Choose at most {limit} values of a facet."


class GivenTwice(DomainError):
    """Given twice"""

    status = 422
    code = "given-twice"
    message = "“{value}” is given twice; give it once, with commas between its values."
