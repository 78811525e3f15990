"""Stories played end to end against a running centre: ``yihu scenario run``."""
