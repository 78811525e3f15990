"""The web application for seats, supervisors and units."""
