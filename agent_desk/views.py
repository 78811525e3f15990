"""Rows as the pages see them."""


class Views:
    """Loads what a page shows."""
