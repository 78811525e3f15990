"""From events to the open pages."""


class Hub:
    """Knows every open socket."""
