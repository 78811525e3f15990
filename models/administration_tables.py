"""What administrators change and no other table holds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, refers_to


class OwnPrompt(Base):
    """提示音: a prompt that the centre says in its own way.

    ``name`` is the prompt's in ``ivr/prompts.toml``, ``text`` what is said. ``recorded`` where
    people were recorded, else a voice has spoken the text. A row stays when the built-in prompt
    is put back, with ``in_use`` false, so that its ``version`` goes on counting.
    """

    __tablename__ = "own_prompts"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    recorded: Mapped[bool]
    in_use: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
