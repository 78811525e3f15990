"""Simulated telephones: callers that speak (``caller``) and seats that answer (``phone``)."""
