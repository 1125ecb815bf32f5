"""Text as the product compares it: folded for search, normalised for keys."""

from unisono.core.text.folding import fold, name_key, slug

__all__ = ["fold", "name_key", "slug"]
