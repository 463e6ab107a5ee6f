"""Owns what can go wrong when places are worked out."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class TooManyToPreview(DomainError):
    """Too many products for a preview"""

    status = 422
    code = "too-many-to-preview"
    message = "These changes touch {products} products; a preview shows at most {most}. Preview fewer rows at a time."
