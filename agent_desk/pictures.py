"""From what a telephone sent to a picture that may be kept: read by content, made small, and
rid of everything but its pixels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from models.errors import InvalidInput

FORMATS: Final = ("JPEG", "PNG", "WEBP")
APART: Final = ("AVIF", "HEIF")  # read by video decoders: in a process of its own only
LONGEST: Final = 2048  # pixels
THUMBNAIL: Final = 320
MOST_PIXELS: Final = 64_000_000
QUALITY: Final = 85
BRANDS: Final = frozenset(  # of the ISO container that HEIC, HEIF and AVIF photos come in
    b"heic heix heim heis hevc hevx hevm hevs mif1 msf1 avif avis".split()
)

WRONG_TYPE = "这不是可用的照片：只接受 JPEG、PNG、WebP、HEIC 和 AVIF 图片，请重新拍照或另选一张。"
UNREADABLE = (
    "这张 HEIC 或 AVIF 照片无法读取：请重新拍摄，或在相机设置中选“兼容性最佳”（JPEG）后再拍。"
)
TOO_MANY_PIXELS = "照片尺寸过大，最多 6400 万像素；请把相机分辨率调低后重新拍摄。"
BROKEN = "照片文件已损坏，无法读取，请重新拍摄。"


@dataclass(frozen=True, slots=True)
class Picture:
    """What was kept: pixels, and the bytes of its file."""

    width: int
    height: int
    size: int


def is_apart(source: Path) -> bool:
    """Whether this is a HEIC, HEIF or AVIF file by its first bytes: for ``picture_process``."""
    with source.open("rb") as file:
        head = file.read(12)
    return head[4:8] == b"ftyp" and head[8:12] in BRANDS


def keep(source: Path, target: Path, thumbnail: Path) -> Picture:
    """Write ``source`` anew as a JPEG of at most ``LONGEST`` pixels a side, and a thumbnail.

    The name and the type that came with the file do not count, only its bytes. Turned as the
    camera says, on white where it is transparent, without EXIF, place and colour profile. Of a
    moving picture the first frame is kept. Raises ``InvalidInput`` for whatever is no picture,
    is broken, or has more than ``MOST_PIXELS``. What ``is_apart`` needs Pillow's readers for it
    registered.
    """
    apart = is_apart(source)
    try:
        with Image.open(source, formats=APART if apart else FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise InvalidInput(TOO_MANY_PIXELS)
            image.draft("RGB", (LONGEST, LONGEST))  # a JPEG is decoded no larger than needed
            ImageOps.exif_transpose(image, in_place=True)
            image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
            flat = _on_white(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InvalidInput(TOO_MANY_PIXELS) from None
    except UnidentifiedImageError:
        raise InvalidInput(UNREADABLE if apart else WRONG_TYPE) from None
    except InvalidInput:
        raise
    except Exception:  # whatever a reader raises on bytes that are not what they promise
        raise InvalidInput(UNREADABLE if apart else BROKEN) from None
    flat.save(target, "JPEG", quality=QUALITY, optimize=True)
    width, height = flat.size
    flat.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    flat.save(thumbnail, "JPEG", quality=QUALITY)
    return Picture(width, height, target.stat().st_size)


def _on_white(image: Image.Image) -> Image.Image:
    """The pixels alone: a new image takes nothing else over."""
    flat = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        flat.paste(seen, mask=seen.getchannel("A"))
    else:
        flat.paste(image.convert("RGB"))
    return flat
