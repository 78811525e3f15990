"""The map's base layer: delivered with the site, or uploaded by its administrator.

An uploaded file is read as GeoJSON and written anew with nothing but geometry, ``layer`` and
``name``: what a page draws has been checked, and nothing else of the file is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from math import isfinite
from pathlib import Path
from typing import Any, Final, TypeVar, TypeVarTuple
from uuid import NAMESPACE_URL, UUID, uuid5

import anyio
import anyio.to_thread

from agent_desk.parts import Parts
from agent_desk.wire_map import MapInfo, MapUpload
from ivr.beside import audit
from models.errors import InvalidInput, NotFound, Unavailable
from models.forms import LAT, LON

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_FEATURES: Final = 20_000
MOST_POINTS: Final = 300_000
MOST_NAME: Final = 64
DIGITS: Final = 6
LAYERS: Final = frozenset(
    {"county", "township", "river", "water", "road", "expressway", "street", "place"}
)
NAME_KEYS: Final = ("name", "名称", "NAME", "Name")
# How deep the coordinates of a geometry are nested: 0 is one position.
DEPTHS: Final = {
    "Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2,
    "MultiPolygon": 3,
}  # fmt: skip
LEAST_POINTS: Final = {"LineString": 2, "MultiLineString": 2, "Polygon": 4, "MultiPolygon": 4}
KNOWN_CRS: Final = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG::4490", "EPSG:4490")
SUBJECT: Final = "map"
SUBJECT_ID: Final = uuid5(NAMESPACE_URL, "yihu:map")
NOT_GEOJSON: Final = "文件不是 GeoJSON，请用地图软件另存为 GeoJSON（UTF-8）后再上传。"


class Layers:
    """Reads, takes in and takes back base layers. Files are read in a thread, one at a time."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._threads = anyio.CapacityLimiter(1)
        self._changing = anyio.Lock()
        self._known: tuple[tuple[str, int, int], MapInfo] | None = None

    async def info(self) -> MapInfo:
        """Which layer is in use."""
        return await self._run(self._info)

    async def path(self) -> Path:
        """The file in use; raises ``NotFound`` without one."""
        found = await self._run(self._used)
        if found is None:
            raise NotFound("还没有地图底图，请管理员上传 GeoJSON 文件。")
        return found[1]

    async def upload(self, body: AsyncIterator[bytes], user_id: UUID) -> MapUpload:
        """Use this layer from now on. Raises ``InvalidInput`` saying what is wrong with it."""
        target = self._uploaded
        part = target.with_suffix(".upload")
        async with self._changing:
            try:
                await _store(part, body)
                text, features, left_out = await self._run(_checked, part)
                await self._run(_put, target, text)
            finally:
                with anyio.CancelScope(shield=True):
                    await anyio.Path(part).unlink(missing_ok=True)
            await self._record(user_id, "upload", features=features, left_out=left_out)
        return MapUpload(info=await self.info(), features=features, left_out=left_out)

    async def take_back(self, user_id: UUID) -> MapInfo:
        """Use the site's own layer again; raises ``NotFound`` where nothing was uploaded."""
        async with self._changing:
            target = anyio.Path(self._uploaded)
            if not await target.is_file():
                raise NotFound("没有上传过底图，正在使用的就是站点自带的底图。")
            await target.unlink()
            await self._record(user_id, "take_back")
        return await self.info()

    async def _record(self, user_id: UUID, action: str, **detail: int) -> None:
        async with self._parts.database.writing() as work:
            audit(work, self._parts.clock, user_id, action, SUBJECT, SUBJECT_ID, **detail)

    @property
    def _uploaded(self) -> Path:
        delivered = self._parts.map_geojson
        if delivered is None:
            raise Unavailable("本机没有设置地图的位置；请联系管理员。")
        return delivered.with_name("map-uploaded.geojson")

    def _used(self) -> tuple[str, Path] | None:
        delivered = self._parts.map_geojson
        if delivered is None:
            return None
        for base, path in (("uploaded", self._uploaded), ("site", delivered)):
            if path.is_file():
                return base, path
        return None

    def _info(self) -> MapInfo:
        used = self._used()
        if used is None:
            return self._described("none", "", 0)
        base, path = used
        stat = path.stat()
        key = (str(path), stat.st_mtime_ns, stat.st_size)
        if self._known is None or self._known[0] != key:
            text = path.read_bytes()
            version = hashlib.sha256(text).hexdigest()[:16]
            self._known = (key, self._described(base, version, text.count(b'"Feature"')))
        return self._known[1]

    def _described(self, base: Any, version: str, features: int) -> MapInfo:
        return MapInfo(
            base=base,
            version=version,
            features=features,
            tiles=self._parts.map_tiles,
            attribution=self._parts.map_attribution,
        )

    async def _run(self, function: Callable[[*Ts], T], *parts: *Ts) -> T:
        return await anyio.to_thread.run_sync(function, *parts, limiter=self._threads)


async def _store(path: Path, body: AsyncIterator[bytes]) -> None:
    await anyio.Path(path.parent).mkdir(parents=True, exist_ok=True)
    size = 0
    async with await anyio.open_file(path, "wb") as file:
        async for piece in body:
            size += len(piece)
            if size > MOST_BYTES:
                raise InvalidInput(
                    f"底图文件过大，最多 {MOST_BYTES // 2**20} MB；请简化边界或只保留本地区。"
                )
            await file.write(piece)
    if size == 0:
        raise InvalidInput("文件是空的，请选择要上传的 GeoJSON 底图。")


def _put(target: Path, text: str) -> None:
    part = target.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(target)


def _checked(path: Path) -> tuple[str, int, int]:
    """The layer written anew, how many features it has, how many were left out."""
    collection = _read(path)
    _check_crs(collection.get("crs"))
    features = collection.get("features")
    if not isinstance(features, list) or not features:
        raise InvalidInput("GeoJSON 中没有任何要素（features），请检查导出的图层。")
    if len(features) > MOST_FEATURES:
        raise InvalidInput(
            f"底图有 {len(features)} 个要素，最多 {MOST_FEATURES} 个；"
            "请只保留边界、主要道路和河流。"
        )
    counter = _Counter()
    lines = []
    for number, feature in enumerate(features, start=1):
        kept = _feature(feature, number, counter)
        if kept is not None:
            lines.append(json.dumps(kept, ensure_ascii=False, separators=(",", ":")))
    if not lines:
        raise InvalidInput("底图的要素都没有坐标，请检查导出的图层。")
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    return text, len(lines), len(features) - len(lines)


def _read(path: Path) -> dict[str, Any]:
    def refuse(_: str) -> float:
        raise InvalidInput("底图中有不是数字的坐标（NaN 或 Infinity），请重新导出。")

    try:
        found = json.loads(path.read_bytes(), parse_constant=refuse)
    except InvalidInput:
        raise
    except (ValueError, RecursionError):
        raise InvalidInput(NOT_GEOJSON) from None
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection":
        raise InvalidInput("这不是 FeatureCollection 形式的 GeoJSON，请导出整个图层后再上传。")
    return found


def _check_crs(crs: object) -> None:
    if crs is None:
        return
    named = crs.get("properties") if isinstance(crs, dict) else None
    name = str(named.get("name", "")) if isinstance(named, dict) else ""
    if not name.endswith(KNOWN_CRS):
        raise InvalidInput(f"坐标系“{name[:60]}”不能使用，请转换为经纬度（GCJ-02）后再上传。")


class _Counter:
    """Counts positions; raises ``InvalidInput`` where there are too many."""

    def __init__(self) -> None:
        self.points = 0

    def add(self) -> None:
        self.points += 1
        if self.points > MOST_POINTS:
            raise InvalidInput(f"底图超过 {MOST_POINTS} 个坐标点，请简化边界后再上传。")


def _feature(feature: object, number: int, counter: _Counter) -> dict[str, Any] | None:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise InvalidInput(f"第 {number} 个要素不是 Feature，请检查导出的图层。")
    geometry = feature.get("geometry")
    if geometry is None:
        return None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(kind, str) or kind not in DEPTHS:
        raise InvalidInput(
            f"第 {number} 个要素的几何类型“{str(kind)[:30]}”不支持，只能是点、线、面。"
        )
    coordinates = _positions(geometry.get("coordinates"), DEPTHS[kind], number, counter)
    least = LEAST_POINTS.get(kind, 1)
    if any(len(line) < least for line in _lines(coordinates, DEPTHS[kind])):
        raise InvalidInput(f"第 {number} 个要素的坐标点太少，画不成线或面。")
    raw = feature.get("properties")
    properties = raw if isinstance(raw, dict) else {}
    layer = properties.get("layer")
    return {
        "type": "Feature",
        "properties": {
            "layer": layer if isinstance(layer, str) and layer in LAYERS else "",
            "name": _name(properties),
        },
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def _name(properties: dict[str, Any]) -> str:
    for key in NAME_KEYS:
        value = properties.get(key)
        if isinstance(value, str) and value.strip():
            return "".join(ch for ch in value.strip() if ch.isprintable())[:MOST_NAME]
    return ""


def _positions(value: object, depth: int, number: int, counter: _Counter) -> Any:
    if depth > 0:
        if not isinstance(value, list) or not value:
            raise InvalidInput(f"第 {number} 个要素的坐标层次不对，请重新导出。")
        return [_positions(item, depth - 1, number, counter) for item in value]
    counter.add()
    if not isinstance(value, list) or len(value) < 2 or not all(map(_is_number, value[:2])):
        raise InvalidInput(f"第 {number} 个要素的坐标不是“经度, 纬度”两个数字，请重新导出。")
    lon, lat = value[:2]
    if not (LON[0] <= lon <= LON[1] and LAT[0] <= lat <= LAT[1]):
        raise InvalidInput(
            f"第 {number} 个要素的坐标不在中国境内：请确认是经纬度，且经度在前、纬度在后。"
        )
    return [round(float(lon), DIGITS), round(float(lat), DIGITS)]


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or isfinite(value)


def _lines(coordinates: Any, depth: int) -> Iterator[list[Any]]:
    """The lists of positions within a geometry."""
    if depth == 1:
        yield coordinates
    elif depth > 1:
        for item in coordinates:
            yield from _lines(item, depth - 1)
