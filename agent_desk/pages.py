"""The built pages: files of one folder, and ``index.html`` for every address of a page."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import anyio
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from agent_desk.compressed import Compressed
from agent_desk.problems import problem

INDEX = "index.html"
# Vite puts a hash of its content into the name of every file there.
HASHED = "assets"
NOT_PAGES = frozenset({"api", "ws"})
KEEP = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


def add_pages(app: FastAPI, dist: Path) -> None:
    """Serve ``dist`` below ``/``; while it is missing, say how to build it."""
    files = StaticFiles(directory=dist, check_dir=False)
    compressed = Compressed()

    async def page(request: Request) -> Response:
        path = PurePosixPath(request.path_params["path"])
        first = path.parts[0] if path.parts else ""
        if first in NOT_PAGES:
            raise HTTPException(404)
        if not await anyio.Path(dist / INDEX).is_file():
            return problem(503, "not_built", "网页尚未构建，请在服务器上运行 make setup 后重试。")
        wanted = str(path) if path.parts else INDEX
        try:
            answer = await files.get_response(wanted, request.scope)
        except (HTTPException, ValueError) as error:
            # A name with an ending is a file that is not there; others are pages' addresses.
            if path.suffix or isinstance(error, ValueError):
                raise HTTPException(404) from error
            wanted = INDEX
            answer = await files.get_response(INDEX, request.scope)
        answer = await compressed.of(request, answer)
        answer.headers["Cache-Control"] = KEEP if first == HASHED and wanted != INDEX else ASK_AGAIN
        return answer

    app.add_route("/{path:path}", page, methods=["GET", "HEAD"], include_in_schema=False)
