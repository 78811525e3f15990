"""What people type into forms, checked, with errors that ``problems`` has sentences for."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from agent_desk.wire import Typed

PHONE = re.compile(r"\+?[0-9]{3,20}", re.ASCII)


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("not_printable", "line breaks or invisible characters")
    return text


def _phone(text: str) -> str:
    plain = re.sub(r"[ \-]", "", text)
    if plain and not PHONE.fullmatch(plain):
        raise PydanticCustomError("phone_number", "not a telephone number")
    return plain


Line = Annotated[Typed, AfterValidator(_one_line)]
Name = Annotated[Line, Field(min_length=1, max_length=64)]
# A telephone number or nothing; blanks and dashes are left out.
Phone = Annotated[Typed, Field(max_length=32), AfterValidator(_phone)]
# Of an area or a centre; empty where there is none.
Code = Annotated[Line, Field(max_length=24)]
Degrees = Annotated[float, Field(allow_inf_nan=False)]
Longitude = Annotated[Degrees, Field(ge=-180, le=180)]
Latitude = Annotated[Degrees, Field(ge=-90, le=90)]
