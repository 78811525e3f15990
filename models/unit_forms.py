"""What a linkage unit is, and when it takes orders."""

from __future__ import annotations

from enum import StrEnum


class UnitForm(StrEnum):
    """What a unit is: an authority or company, a township, an enrolled firm of 96345."""

    AUTHORITY = "authority"
    TOWNSHIP = "township"
    FIRM = "firm"


class DutyRule(StrEnum):
    """When a unit takes orders."""

    ALWAYS = "always"
    OFFICE = "office"  # working days, office hours
    ROSTER = "roster"  # while somebody is on its ``duty_shifts``
