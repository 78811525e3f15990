"""The built pages, the headers of every answer, and bodies that are too much."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import anyio
import pytest

from tests.support.desk import Site

pytestmark = pytest.mark.integration


@pytest.fixture
def dist(site: Site) -> Path:
    folder = site.parts.web_dist
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>一呼</title>")
    (folder / "assets" / "app-1a2b3c.js").write_text("void 0")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "assets" / "way-out.js").symlink_to(folder.parent / "secret.txt")
    return folder


async def test_pages_that_are_not_built_say_how(site: Site) -> None:
    async with site.visitor() as client:
        for path in ("/", "/desk", "/assets/app.js"):
            answer = await client.get(path)
            assert answer.status_code == 503
            assert "make setup" in answer.json()["message"]


@pytest.mark.parametrize("path", ["/", "/desk", "/unit/orders/42", "/index.html"])
async def test_every_page_address_gives_the_page(site: Site, dist: Path, path: str) -> None:
    async with site.visitor() as client:
        answer = await client.get(path)
        assert answer.status_code == 200
        assert "一呼" in answer.text
        assert answer.headers["cache-control"] == "no-cache"


async def test_hashed_files_are_kept_and_others_asked_for_again(site: Site, dist: Path) -> None:
    async with site.visitor() as client:
        hashed = await client.get("/assets/app-1a2b3c.js")
        assert "immutable" in hashed.headers["cache-control"]
        icon = await client.get("/favicon.svg")
        assert icon.headers["cache-control"] == "no-cache"
        known = await client.get("/favicon.svg", headers={"If-None-Match": icon.headers["etag"]})
        assert known.status_code == 304


async def test_files_go_compressed_over_the_wire(site: Site, dist: Path) -> None:
    script = dist / "assets" / "large-1a2b3c.js"
    script.write_text("const water = 'pipe';\n" * 500)
    async with site.visitor() as client:
        packed = await client.get("/assets/large-1a2b3c.js")
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) < 200
        assert "immutable" in packed.headers["cache-control"]
        assert "javascript" in packed.headers["content-type"]
        assert packed.text == script.read_text()
        known = {"If-None-Match": packed.headers["etag"]}
        assert (await client.get("/assets/large-1a2b3c.js", headers=known)).status_code == 304
        for asked in ({"Accept-Encoding": "identity"}, {"Range": "bytes=0-9"}):
            plain = await client.get("/assets/large-1a2b3c.js", headers=asked)
            assert "content-encoding" not in plain.headers
        script.write_text("const fire = 'smoke';\n" * 500)
        assert "fire" in (await client.get("/assets/large-1a2b3c.js")).text
        head = await client.head("/assets/large-1a2b3c.js")
        assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "//etc/passwd",
        "/%00",
        "/assets/way-out.js",
        "/assets/gone.js",
        "/" + "a" * 5000 + ".js",
        "/api/nothing",
        "/ws/nothing",
    ],
)
async def test_nothing_outside_the_folder(site: Site, dist: Path, path: str) -> None:
    async with site.visitor() as client:
        answer = await client.get(path)
        assert "secret" not in answer.text
        assert "root:" not in answer.text
        assert answer.status_code in (200, 404)
        if answer.status_code == 200:
            assert "一呼" in answer.text


@pytest.mark.parametrize("path", ["/", "/api/health", "/api/desk", "/api/nothing"])
async def test_every_answer_carries_the_security_headers(site: Site, dist: Path, path: str) -> None:
    async with site.visitor() as client:
        headers = (await client.get(path)).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "connect-src 'self' ws://desk.test wss://desk.test;" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["permissions-policy"].startswith("microphone=(self)")
        assert headers["referrer-policy"]
        if path.startswith("/api/"):
            assert headers["cache-control"] == "no-store"
        odd = await client.get(path, headers={"Host": "x; script-src *"})
        assert "script-src *" not in odd.headers["content-security-policy"]


async def test_health_needs_no_sign_in_and_tells_nothing_personal(site: Site) -> None:
    async with site.visitor() as client:
        answer = await client.get("/api/health")
        assert answer.json() == {
            "status": "ok",
            "telephony": False,
            "speech": False,
            "suggestion": True,
        }


async def _megabytes(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 2**20


@pytest.mark.parametrize("announced", [True, False])
async def test_five_megabytes_are_refused(site: Site, announced: bool) -> None:
    async with site.signed_in("seat-a") as client:
        body = b"x" * (5 * 2**20) if announced else _megabytes(5)
        answer = await client.post(
            "/api/agent-session", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 413
        assert answer.json() == {"code": "too_large", "message": "提交的内容过大，最多 1 MB。"}
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_forms_are_not_read(site: Site) -> None:
    async with site.visitor() as client:
        answer = await client.post("/api/session", data={"username": "seat-a", "password": "x"})
        assert answer.status_code == 422
        assert set(answer.json()) == {"code", "message"}


async def test_an_error_nobody_foresaw_tells_and_logs_nothing_personal(
    with_parts: Callable[..., Site], caplog: pytest.LogCaptureFixture
) -> None:
    site = with_parts()
    async with site.signed_in("seat-a") as client:
        await site.database.close()
        path = site.parts.database.engine.url.database
        assert path is not None
        await anyio.Path(path).write_bytes(b"13800001234 is no database" * 100)
        with caplog.at_level(logging.INFO):
            answer = await client.get("/api/session")
        assert answer.status_code == 500
        assert answer.json()["code"] == "internal"
        assert "13800001234" not in answer.text + caplog.text
        assert "seat-a" not in caplog.text
        assert "GET /api/session failed: DatabaseError at" in caplog.text
        health = await client.get("/api/health")
        assert health.json()["status"] == "degraded"
