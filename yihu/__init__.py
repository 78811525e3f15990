"""The composition root: settings, wiring and the ``yihu`` command."""
