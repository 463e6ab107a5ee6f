"""Owns what can go wrong with sites."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class NotSellingYet(DomainError):
    """This organisation does not sell yet"""

    status = 409
    code = "not-selling-yet"
    message = "The operator has not let your organisation sell yet; sites come after that."


class SiteNameTaken(DomainError):
    """This name is in use"""

    status = 409
    code = "site-name-taken"
    message = "Another of your sites is called {name}; give this one another name."


class TooManySites(DomainError):
    """There are too many sites"""

    status = 409
    code = "too-many-sites"
    message = "A supplier has at most {limit} sites."
