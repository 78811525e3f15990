"""Files of the pages as they go over the wire: compressed once, then from memory."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, Response

WORTH: Final = frozenset({".js", ".css", ".html", ".svg", ".webmanifest"})
LEAST_BYTES: Final = 1_000
MOST_BYTES: Final = 8 * 1024 * 1024
MOST_FILES: Final = 500


class Compressed:
    """Remembers each file's compressed bytes as long as the file stays as it is."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, bytes]] = {}

    async def of(self, request: Request, answer: Response) -> Response:
        """``answer`` compressed, where it is a whole file that this is worth for and the browser
        takes it; else ``answer`` itself."""
        if not isinstance(answer, FileResponse) or request.method != "GET":
            return answer
        path = Path(answer.path)
        accepted = request.headers.get("accept-encoding", "")
        if path.suffix not in WORTH or "gzip" not in accepted or "range" in request.headers:
            return answer
        found = answer.stat_result or await anyio.Path(path).stat()
        if not LEAST_BYTES <= found.st_size <= MOST_BYTES:
            return answer
        known = self._known.get(str(path))
        if known is None or known[0] != found.st_mtime_ns:
            packed = await anyio.to_thread.run_sync(_packed, path)
            known = (found.st_mtime_ns, packed)
            if len(self._known) >= MOST_FILES:  # of builds that are gone
                self._known.clear()
            self._known[str(path)] = known
        headers = {name: answer.headers[name] for name in ("last-modified", "content-type")}
        headers |= {"content-encoding": "gzip", "vary": "Accept-Encoding"}
        headers["etag"] = f"W/{answer.headers['etag']}"
        return Response(known[1], headers=headers)


def _packed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0)
