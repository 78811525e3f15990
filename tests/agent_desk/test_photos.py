"""Photos of a feedback: what is taken, what is refused, who may see them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from PIL import Image

from agent_desk.photos import MOST_BYTES, Photos
from agent_desk.views import Views
from models.terminal_tables import Photo
from tests.agent_desk.test_unit_systems import sent
from tests.support.desk import Site

pytestmark = pytest.mark.integration

GPS = 0x8825
ORIENTATION = 0x0112


def picture(kind: str = "JPEG", size: tuple[int, int] = (3000, 1000), turned: int = 1) -> bytes:
    """An image of two colours with a place in its EXIF."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, 0, size[0] // 2, size[1]))
    exif = image.getexif()
    exif[ORIENTATION] = turned
    exif.get_ifd(GPS).update({1: "N", 2: (30.0, 1.0, 2.0)})
    out = io.BytesIO()
    image.save(out, kind, exif=exif.tobytes())
    return out.getvalue()


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few bytes that claims to be ``side`` pixels square."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(side + 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.fixture
def desk(with_parts: Callable[..., Site], tmp_path: Path) -> Site:
    return with_parts(photos_dir=tmp_path / "photos")


async def working(desk: Site) -> UUID:
    """An order that the unit "water" has received."""
    [item] = await sent(desk, "供水")
    async with desk.signed_in("water") as unit:
        assert (await unit.post(f"/api/unit/orders/{item}/receive")).status_code == 200
    return item


async def add(
    client: httpx.AsyncClient, item: UUID, body: bytes | AsyncIterator[bytes], key: str = ""
) -> httpx.Response:
    headers = {"Idempotency-Key": key or f"photo-{uuid4()}", "Content-Type": "image/jpeg"}
    where = f"/api/unit/photos?dispatch_id={item}"
    return await client.post(where, content=body, headers=headers)


async def test_a_photo_is_turned_made_small_and_rid_of_its_place(desk: Site) -> None:
    item = await working(desk)
    async with desk.signed_in("water") as unit:
        added = await add(unit, item, picture(turned=6), "photo-of-a-pipe")
        assert added.status_code == 201, added.text
        again = await add(unit, item, picture(), "photo-of-a-pipe")
        assert again.json() == added.json()
        body = {"text": "已修复", "photo_ids": [added.json()["id"]]}
        answer = await unit.post(f"/api/unit/orders/{item}/feedback", json=body)
        assert answer.status_code == 200, answer.text
        got = await unit.get(f"/api/photos/{added.json()['id']}")
        small = await unit.get(f"/api/photos/{added.json()['id']}/thumbnail")
        talk = (await unit.get(f"/api/unit/orders/{item}/talk")).json()
    assert [one["id"] for one in talk["photos"]] == [added.json()["id"]]
    assert got.headers["content-type"] == "image/jpeg"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["cache-control"] == "no-store"
    image = Image.open(io.BytesIO(got.content))
    assert image.size == (683, 2048)  # upright, as the camera was held
    assert dict(image.getexif()) == {}
    assert "icc_profile" not in image.info
    red, _, blue = image.getpixel((300, 100))  # type: ignore[misc]  # RGB: three numbers
    assert blue > red
    assert max(Image.open(io.BytesIO(small.content)).size) == 320


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
async def test_other_kinds_of_picture_are_kept_as_jpeg(desk: Site, kind: str) -> None:
    item = await working(desk)
    async with desk.signed_in("water") as unit:
        added = await add(unit, item, picture(kind, (40, 30)))
        got = await unit.get(f"/api/photos/{added.json()['id']}")
    assert Image.open(io.BytesIO(got.content)).format == "JPEG"


async def test_what_is_no_photo_is_refused_in_words(desk: Site) -> None:
    item = await working(desk)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MOST_BYTES // 2**16 + 1):
            yield bytes(2**16)

    gif = io.BytesIO()
    Image.new("P", (8, 8)).save(gif, "GIF")
    async with desk.signed_in("water") as unit:
        refused = [
            (await add(unit, item, body)).json()["message"]
            for body in (
                b"<html><script>alert(1)</script></html>",
                b'<svg xmlns="http://www.w3.org/2000/svg"/>',
                gif.getvalue(),
                b"\0\0\0\x18ftypheic" + bytes(64),
                bomb(),
                bomb(9_000),
                picture()[:2_000],
                b"",
                endless(),
                bytes(MOST_BYTES + 2),
            )
        ]
    words = ("JPEG、PNG", "JPEG、PNG", "JPEG、PNG", "HEIC", "像素", "像素", "损坏", "空文件")
    assert all(word in said for word, said in zip(words, refused, strict=False)), refused
    assert all("20 MB" in said for said in refused[-2:]), refused
    assert desk.parts.photos_dir is not None
    assert not [path for path in desk.parts.photos_dir.rglob("*") if path.is_file()]


async def test_photos_are_for_those_who_may_see_the_order(desk: Site) -> None:
    item = await working(desk)
    async with desk.signed_in("water") as unit:
        photo = (await add(unit, item, picture())).json()["id"]
        async with desk.signed_in("seat-a") as seat:
            before = (await seat.get(f"/api/photos/{photo}")).status_code
        body = {"text": "已修复", "photo_ids": [photo]}
        await unit.post(f"/api/unit/orders/{item}/feedback", json=body)
        late = await add(unit, item, picture())
        unknown = await unit.get(f"/api/photos/{uuid4()}")
    seen = {}
    for who in ("water", "power", "seat-a", "seat-b", "boss"):
        async with desk.signed_in(who) as client:
            seen[who] = (await client.get(f"/api/photos/{photo}/thumbnail")).status_code
    async with desk.visitor() as nobody:
        seen["nobody"] = (await nobody.get(f"/api/photos/{photo}")).status_code
    expected = {"water": 200, "power": 404, "seat-a": 200, "seat-b": 404, "boss": 200}
    assert seen == expected | {"nobody": 401}
    assert (before, late.status_code, unknown.status_code) == (404, 409, 404)


async def test_a_feedback_takes_its_own_photos_only(desk: Site) -> None:
    item = await working(desk)
    async with desk.signed_in("water") as unit, desk.signed_in("power") as other:
        assert (await add(other, item, picture())).status_code == 404
        photos = [(await add(unit, item, picture(size=(20, 20)))).json()["id"] for _ in range(2)]
        for ids in ([str(uuid4())], [photos[0], photos[0]], [str(uuid4()) for _ in range(10)]):
            body = {"text": "已修复", "photo_ids": ids}
            answer = await unit.post(f"/api/unit/orders/{item}/feedback", json=body)
            assert answer.status_code == 422, answer.text
        body = {"text": "已修复", "photo_ids": photos}
        answer = await unit.post(f"/api/unit/orders/{item}/feedback", json=body)
        assert answer.status_code == 200, answer.text
        [past] = (await unit.get("/api/unit/history")).json()["orders"]
    assert past["photos"] == 2


async def test_photos_that_no_feedback_took_are_swept(desk: Site) -> None:
    item = await working(desk)
    async with desk.signed_in("water") as unit:
        kept, left = [(await add(unit, item, picture())).json()["id"] for _ in range(2)]
        body = {"text": "已修复", "photo_ids": [kept]}
        await unit.post(f"/api/unit/orders/{item}/feedback", json=body)
    desk.clock.advance(timedelta(days=3))
    photos = Photos(desk.parts, Views(desk.parts))
    await photos.sweep()
    async with desk.database.reading() as session:
        assert await session.get(Photo, UUID(left)) is None
        row = await session.get_one(Photo, UUID(kept))
    assert desk.parts.photos_dir is not None
    names = {path.name for path in desk.parts.photos_dir.rglob("*.jpg")}
    assert names == {f"{row.name}.jpg", f"{row.name}.small.jpg"}
