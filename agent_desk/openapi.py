"""``python -m agent_desk.openapi``: the API's schema as JSON, without starting anything.

The pages' TypeScript types are generated from it, those of the socket's messages included.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from fastapi import FastAPI
from pydantic import TypeAdapter

from agent_desk.messages import SocketMessage
from agent_desk.routes import add_routes

TITLE = "Yihu"


def schema() -> dict[str, Any]:
    """OpenAPI of all routes, with ``SocketMessage`` and what it holds among the components."""
    app = FastAPI(title=TITLE)
    add_routes(app)
    document = app.openapi()
    for path in document["paths"].values():
        for operation in path.values():
            # Input that does not fit is answered with a Problem, as every error is.
            operation["responses"].pop("422", None)
    components: dict[str, Any] = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        components.pop(unused, None)
    adapter: TypeAdapter[Any] = TypeAdapter(SocketMessage)
    union = adapter.json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    components.update(union.pop("$defs"))
    components["SocketMessage"] = union
    return document


def main() -> None:
    """Write the schema to standard output."""
    json.dump(schema(), sys.stdout, ensure_ascii=False, indent=2, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
