"""Alembic runs this: on the connection ``models.schema`` hands over, or, for a developer's
``alembic`` command, on one opened from ``YIHU_DATABASE_URL``."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy.engine import Connection

from models import schema

given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    schema.configure(given)
else:
    schema.in_transaction(os.environ["YIHU_DATABASE_URL"], schema.configure)
