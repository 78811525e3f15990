"""The demo: a site of invented units, people and calls."""
