"""HEIC and AVIF photos: taken as others are; what is broken or made to break is refused.

``pictures/turned.heic`` is an image of our own, ``picture(turned=6)`` of ``test_photos``, written
once by pillow-heif 1.8 with ``image.save(path, quality=40, exif=image.getexif().tobytes())``: one
HEVC image of 3000 x 1000 pixels, turned by the container (``irot``) and by EXIF, as telephones
do it. ``pictures/tiled.heic`` is the same as a grid of 12 images of 512 x 512 pixels
(``pillow_heif.options.GRID_TILE_SIZE = 512``), as iPhones write theirs. The library in use only
reads.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pi_heif
import pytest
from PIL import Image

from agent_desk import picture_process
from agent_desk.pictures import TOO_MANY_PIXELS, UNREADABLE
from models.errors import InvalidInput, Unavailable
from tests.agent_desk.test_photos import GPS, ORIENTATION, add, picture, working
from tests.support.desk import Site

pytestmark = pytest.mark.integration

FILE: Final = Path(__file__).parent / "pictures" / "turned.heic"
HEIC: Final = FILE.read_bytes()
TILED: Final = (FILE.parent / "tiled.heic").read_bytes()
PAGE: Final = b"<html><script>alert(1)</script></html>"


@pytest.fixture
def desk(with_parts: Callable[..., Site], tmp_path: Path) -> Site:
    return with_parts(photos_dir=tmp_path / "photos")


def avif(**wanted: int) -> bytes:
    return picture("AVIF", **wanted)  # type: ignore[arg-type]  # only numbers are passed


def branded(photo: bytes, brand: bytes) -> bytes:
    """The photo under the name of another, more general format."""
    return photo[:8] + brand + photo[12:]


def claiming(photo: bytes, width: int, height: int) -> bytes:
    """The photo with another size in its container."""
    at = photo.index(b"ispe") + 8
    return photo[:at] + struct.pack(">II", width, height) + photo[at + 8 :]


async def test_a_photo_of_an_iphone_is_kept_as_others_are(desk: Site) -> None:
    exif = Image.Exif()
    exif.load(pi_heif.open_heif(FILE).info["exif"])
    assert exif.get_ifd(GPS)
    assert b"irot" in HEIC
    item = await working(desk)
    async with desk.signed_in("water") as unit:
        added = await add(unit, item, HEIC)  # as image/jpeg: the bytes count
        assert added.status_code == 201, added.text
        got = await unit.get(f"/api/photos/{added.json()['id']}")
        small = await unit.get(f"/api/photos/{added.json()['id']}/thumbnail")
    assert got.headers["content-type"] == "image/jpeg"
    image = Image.open(io.BytesIO(got.content))
    assert (image.format, image.size) == ("JPEG", (683, 2048))  # turned once
    assert dict(image.getexif()) == {}
    assert not {"icc_profile", "xmp", "exif"} & set(image.info)
    red, _, blue = image.getpixel((300, 100))  # type: ignore[misc]  # RGB: three numbers
    assert blue > red
    assert max(Image.open(io.BytesIO(small.content)).size) == 320


async def test_formats_are_known_by_their_content(desk: Site) -> None:
    modern = avif(turned=6)
    assert Image.open(io.BytesIO(modern)).getexif()[ORIENTATION] == 6
    assert b"grid" in TILED
    item = await working(desk)
    sizes = []
    async with desk.signed_in("water") as unit:
        heic = branded(HEIC, b"mif1"), HEIC + PAGE, TILED
        for photo in (modern, branded(modern, b"mif1"), *heic):
            added = await add(unit, item, photo)
            assert added.status_code == 201, added.text
            got = (await unit.get(f"/api/photos/{added.json()['id']}")).content
            sizes.append(Image.open(io.BytesIO(got)).size)
            assert PAGE not in got
    assert sizes == [(683, 2048)] * 5


@pytest.mark.parametrize(
    ("photo", "said"),
    [
        pytest.param(HEIC[:12], UNREADABLE, id="nothing-but-its-name"),
        pytest.param(HEIC[:300], UNREADABLE, id="without-its-index"),
        pytest.param(HEIC[:-200], UNREADABLE, id="without-its-end"),
        pytest.param(HEIC[:24] + picture(size=(40, 30)), UNREADABLE, id="a-jpeg-inside"),
        pytest.param(HEIC[:24] + PAGE, UNREADABLE, id="a-page-inside"),
        pytest.param(claiming(HEIC, 40_000, 40_000), TOO_MANY_PIXELS, id="far-too-large"),
        pytest.param(claiming(HEIC, 9_000, 9_000), TOO_MANY_PIXELS, id="too-large"),
        pytest.param(claiming(HEIC, 0, 0), UNREADABLE, id="no-pixels"),
        pytest.param(claiming(HEIC, 64, 64), UNREADABLE, id="larger-than-it-says"),
        pytest.param(avif()[:-200], UNREADABLE, id="avif-without-its-end"),
        pytest.param(claiming(avif(), 9_000, 9_000), TOO_MANY_PIXELS, id="avif-too-large"),
    ],
)
async def test_what_cannot_be_read_is_refused_in_words(desk: Site, photo: bytes, said: str) -> None:
    item = await working(desk)
    async with desk.signed_in("water") as unit:
        answer = await add(unit, item, photo)
    assert answer.status_code == 422, answer.text
    assert answer.json()["message"] == said
    assert desk.parts.photos_dir is not None
    assert not [path for path in desk.parts.photos_dir.rglob("*") if path.is_file()]


@pytest.mark.parametrize("at", range(0x40, 0x1C0, 0x40))
async def test_a_changed_file_is_read_or_refused(tmp_path: Path, at: int) -> None:
    (tmp_path / "photo").write_bytes(HEIC[:at] + b"\xff\xff" + HEIC[at + 2 :])
    where = (tmp_path / "photo", tmp_path / "kept.jpg", tmp_path / "small.jpg")
    try:
        kept = await picture_process.keep(*where)
    except InvalidInput as error:
        said = error.message
    else:
        said = f"{max(kept.width, kept.height)}。"
    assert said in {UNREADABLE, TOO_MANY_PIXELS, "2048。"}


async def test_a_photo_that_needs_too_much_ends_its_own_process_only(tmp_path: Path) -> None:
    where = (FILE, tmp_path / "kept.jpg", tmp_path / "small.jpg")
    for memory in (2**20, 2**26):  # too little to start, too little for the pixels
        with pytest.raises(InvalidInput, match="无法读取"):
            await picture_process.keep(*where, memory=memory)
    with pytest.raises(Unavailable, match="稍后重试"):
        await picture_process.keep(*where, seconds=0)
    assert (await picture_process.keep(*where)).height == 2048
