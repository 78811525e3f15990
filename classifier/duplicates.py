"""The same matter again: open incidents near a new one in place, time and meaning.

A pure function of its arguments. Each of the three gives a score; their weighted sum through a
logistic curve is the probability. What speaks against (another building, another town, another
kind of matter) takes from it, so that a full match in one never decides alone. The weights were
set by hand on the written cases of the tests; ``python -m classifier.mergecases FILE`` measures
them on any such file.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from classifier.terms import SOUND, terms_of

OFFER_FROM = 0.5  # probability from which an incident is offered for merging
MOST_OFFERS = 5
EMERGENCY_HALF, MATTER_HALF = timedelta(minutes=90), timedelta(hours=48)
MOST_TEXT = 600  # characters of each text that are compared
_W0, _W_PLACE, _W_KIND, _W_WORDS, _W_TIME = -4.5, 4.0, 2.4, 2.2, 1.5
_LONG_AGO = 0.125  # three half-lives: rather the same trouble once more
_NO_PLACE, _TOO_LATE = 0.5, 0.5  # factors: the place is not known to be shared; long ago
_ONE_PERSON = ("E02", "E06")  # groups in which another item means another person
_NAMES = ("compound", "landmark")
_AREAS = ("community", "village")
_NEAR_METRES, _FAR_METRES = 150.0, 700.0


@dataclass(frozen=True, slots=True)
class Matter:
    """What is compared: an incident, or the call that may be about it.

    ``parts`` are an address's parts, ``lon`` and ``lat`` degrees with ``located`` the part they
    belong to (as in ``AddressSlot``), ``category`` a code of the taxonomy, ``reported_at`` aware.
    """

    id: str
    text: str
    reported_at: datetime
    parts: Mapping[str, str] = field(default_factory=dict)
    category: str = ""
    emergency: bool = False
    lon: float | None = None
    lat: float | None = None
    located: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """An open incident that may be the same. ``reasons`` are Chinese sentences for the seat."""

    id: str
    p: float
    place: float
    time: float
    kind: float
    words: float
    reasons: tuple[str, ...]


def same_matter(call: Matter, incidents: Sequence[Matter], limit: int = MOST_OFFERS) -> list[Offer]:
    """The open incidents that ``call`` may be about, the likeliest first, at most ``limit``."""
    # Without a shared place no offer reaches OFFER_FROM; the words need not be cut for it.
    near = [incident for incident in incidents if _place(call, incident)[0] > 0]
    offers = [offer for incident in near if (offer := compared(call, incident)) is not None]
    offers.sort(key=lambda offer: (-offer.p, offer.id))
    return [offer for offer in offers if offer.p >= OFFER_FROM][: max(limit, 0)]


def compared(call: Matter, incident: Matter) -> Offer | None:
    """How likely the two are one matter; ``None`` for the call's own incident."""
    if call.id == incident.id:
        return None
    place, where = _place(call, incident)
    apart = abs(call.reported_at - incident.reported_at)
    half = EMERGENCY_HALF if call.emergency or incident.emergency else MATTER_HALF
    time = 0.5 ** (apart / half)
    kind, what = _kind(call.category, incident.category)
    shared = _words(call, incident)
    total = _W0 + _W_PLACE * place + _W_KIND * kind + _W_WORDS * shared + _W_TIME * (2 * time - 1)
    reasons = [one for one in (where, what) if one]
    reasons.append(f"相隔{_span(apart)}")
    if shared >= 0.35:
        reasons.append("说法相近")
    p = 1 / (1 + math.exp(-total))
    p *= (_NO_PLACE if place <= 0 else 1.0) * (_TOO_LATE if time < _LONG_AGO else 1.0)
    return Offer(
        incident.id, round(p, 3), round(place, 3), round(time, 3), round(kind, 3),
        round(shared, 3), tuple(reasons),
    )  # fmt: skip


def _place(one: Matter, other: Matter) -> tuple[float, str]:
    """From 1 (the same spot) through 0 (unknown) to -1.5 (elsewhere), with the reason."""
    a, b = one.parts, other.parts
    for key in ("county", "town"):
        if key in a and key in b and a[key] != b[key]:
            return -1.5, ""
    found: list[tuple[float, str]] = []
    if "highway" in a or "highway" in b:
        return _on_highway(a, b)
    roads_a = {a[key] for key in ("road", "crossing") if key in a}
    roads_b = {b[key] for key in ("road", "crossing") if key in b}
    shared = roads_a & roads_b
    if shared:
        found.append(_on_road(a, b, sorted(shared)))
    elif roads_a and roads_b:
        found.append((-0.6, ""))
    names_a, names_b = {a[k] for k in _NAMES if k in a}, {b[k] for k in _NAMES if k in b}
    if names_a & names_b:
        found.append(_at_name(a, b, sorted(names_a & names_b)[0]))
    elif names_a and names_b:
        found.append((-0.4, ""))
    areas = [k for k in _AREAS if k in a and k in b]
    if areas:
        same = all(a[k] == b[k] for k in areas)
        groups = {a.get("group"), b.get("group")} - {None}
        if same and len(groups) < 2:
            found.append((0.75, f"同在{a[areas[0]]}"))
        else:
            found.append((0.3, f"同在{a[areas[0]]}") if same else (-0.8, ""))
    metres = _metres(one, other)
    if metres is not None:
        near = 1 - (metres - _NEAR_METRES) / (_FAR_METRES - _NEAR_METRES)
        found.append((max(min(near, 1.0), -0.8), f"相距约{metres:.0f}米" if near > 0 else ""))
    if not found:
        same_town = "town" in a and a.get("town") == b.get("town")
        return (0.15, f"同在{a['town']}") if same_town else (0.0, "")
    best = max(found)
    worst = min(found)
    # A name that differs beside one that is the same still takes something.
    return best if worst[0] >= 0 else (best[0] + 0.4 * worst[0], best[1]) if best[0] > 0 else worst


def _on_highway(a: Mapping[str, str], b: Mapping[str, str]) -> tuple[float, str]:
    if "highway" not in a or "highway" not in b:
        return -0.3, ""
    code_a, code_b = (re.match(r"[A-Z]\d+", one["highway"]) for one in (a, b))
    same = a["highway"] == b["highway"] or (
        code_a is not None and code_b is not None and code_a.group() == code_b.group()
    )
    if not same and code_a is not None and code_b is not None:
        return -1.0, ""
    if "direction" in a and "direction" in b and a["direction"] != b["direction"]:
        return -0.7, ""
    marks = [_first_number(one.get("kilometre", "")) for one in (a, b)]
    if None not in marks:
        apart = abs((marks[0] or 0) - (marks[1] or 0))
        if apart > 5:
            return -1.0, ""
        return 1 - apart / 6, f"同在{a['highway']}，相距{apart}公里" if apart else "高速同一公里处"
    return (0.55, f"同在{a['highway']}") if same else (0.0, "")


def _on_road(a: Mapping[str, str], b: Mapping[str, str], shared: list[str]) -> tuple[float, str]:
    said = f"同在{shared[0]}"
    if len(shared) == 2:
        return 1.0, f"同在{shared[0]}与{shared[1]}交叉口"
    numbers = [_first_number(one.get("number", "")) for one in (a, b)]
    if None not in numbers:
        apart = abs((numbers[0] or 0) - (numbers[1] or 0))
        if apart == 0:
            return _at_door(a, b, f"{shared[0]}同一门牌")
        return (0.75, f"{said}，门牌相近") if apart <= 10 else (0.25 if apart <= 60 else -0.4, said)
    return 0.6, said


def _at_name(a: Mapping[str, str], b: Mapping[str, str], name: str) -> tuple[float, str]:
    buildings = {_first_number(one.get("building", "")) for one in (a, b)} - {None}
    if len(buildings) == 2:
        return 0.25, f"同在{name}，楼栋不同"
    if len(buildings) == 1 and "building" in a and "building" in b:
        return _at_door(a, b, f"同在{name}同一栋")
    return 0.8, f"同在{name}"


def _at_door(a: Mapping[str, str], b: Mapping[str, str], reason: str) -> tuple[float, str]:
    """At one building: another room or stair still is another door."""
    for key in ("unit", "room"):
        if key in a and key in b and a[key] != b[key]:
            return 0.6, f"{reason}，{'单元' if key == 'unit' else '房号'}不同"
    return 1.0, reason


def _kind(one: str, other: str) -> tuple[float, str]:
    """From 1 (same item) to -1 (another kind); 0.2 when one of them is not known."""
    if not one or not other:
        return 0.2, ""
    if one == other:
        return 1.0, "同一类别"
    if one[:3] == other[:3]:
        near = one[:1] == "E" and one[:3] not in _ONE_PERSON
        return (0.2, "类别相近") if near else (-0.3, "类别相近")
    return (-0.6, "") if one[:1] == other[:1] else (-1.0, "")


def _words(one: Matter, other: Matter) -> float:
    """Cosine of the two texts without the names of the places, 0 to 1."""
    first, second = (_terms(matter) for matter in (one, other))
    if not first or not second:
        return 0.0
    dot = sum(count * second[term] for term, count in first.items())
    return dot / math.sqrt(
        sum(count * count for count in first.values())
        * sum(count * count for count in second.values())
    )


def _terms(matter: Matter) -> Counter[str]:
    text = matter.text[:MOST_TEXT]
    for part in sorted(matter.parts.values(), key=len, reverse=True):
        text = text.replace(part, "，")
    # Sounds weigh less than words, by their being many; they carry what was misheard.
    return Counter(
        {term: 1 if term.startswith(SOUND) else 2 * count for term, count in terms_of(text).items()}
    )


def _metres(one: Matter, other: Matter) -> float | None:
    """Between two places of different names: the point of one name says no more than the name."""
    wide = ("county", "town", "")
    if one.located in wide or other.located in wide:
        return None
    if one.parts.get(one.located) == other.parts.get(other.located):
        return None
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    east = math.radians(one.lon - other.lon) * math.cos(math.radians((one.lat + other.lat) / 2))
    return 6_371_000 * math.hypot(east, math.radians(one.lat - other.lat))


def _first_number(text: str) -> int | None:
    match = re.search(r"\d{1,6}", text)
    return int(match.group()) if match else None


def _span(apart: timedelta) -> str:
    minutes = int(apart.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes}分钟"
    return f"{minutes // 60}小时" if minutes < 2_880 else f"{minutes // 1_440}天"
