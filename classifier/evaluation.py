"""What the held-out rows say about a model: the figures that lie beside its weights."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.measures import calibration_error, recall_at, share
from classifier.rows import Rows
from classifier.taxonomy import LEVELS, Taxonomy
from classifier.utterances import NOTHING
from classifier.weights import EMERGENCY, Calibration, Layout, judge, pick_level

SENT_FROM = 0.5
DIAL = (0.01, 0.02, 0.05, 0.10, 0.15, 0.20, 0.30)

Array = npt.NDArray[Any]


def evaluate(
    rows: Rows,
    scores: dict[str, Array],
    layout: Layout,
    calibration: Calibration,
    taxonomy: Taxonomy,
) -> dict[str, Any]:
    """Figures as text and misheard, over all lines and without those written to be hard, the
    recall dial, and the worst classes first."""
    said = (rows.scenarios != "") & rows.written
    told = said & rows.told
    learned = set(rows.codes) - {NOTHING}
    result: dict[str, Any] = {
        "items": len(taxonomy.items),
        "items_without_corpus": sorted(taxonomy.items.keys() - learned),
        "scenarios": len(set(rows.scenarios[said])),
        "utterances": int((~rows.misheard & said).sum()),
        "examples": int((~rows.written).sum()),
        "lines": dict(sorted(Counter(rows.codes[told & ~rows.misheard].tolist()).items())),
        "keywords": int((rows.scenarios == "").sum()),
        "calibration": {name: getattr(calibration, name) for name in Calibration.__slots__},
    }
    plain = told & ~rows.edges
    for title, chosen in (
        ("text", told & ~rows.misheard),
        ("misheard", told & rows.misheard),
        ("text_without_edges", plain & ~rows.misheard),
        ("misheard_without_edges", plain & rows.misheard),
    ):
        judged = judge({k: part[chosen] for k, part in scores.items()}, layout, calibration)
        p = judged[EMERGENCY][:, 0]
        truly = rows.targets[EMERGENCY][chosen][:, 0]
        items = judged["item"]
        best = items.max(axis=1)
        guess = np.array(layout.codes)[items.argmax(axis=1)]
        right = guess == rows.codes[chosen]
        named = best >= calibration.answer_from
        called = p >= calibration.emergency_from
        levels = np.array([pick_level(line) for line in judged["level"]])
        level = rows.targets["level"][chosen].argmax(axis=1)
        result[title] = {
            "emergency_recall": share(called[truly]),
            "emergency_not_told_none": share(p[truly] >= calibration.emergency_below),
            "emergency_precision": share(truly[called]),
            "emergency_recall_at_precision_0.90": recall_at(p, truly, 0.90),
            "emergency_accuracy_at_half": share((p >= 0.5) == truly),
            "emergency_calibration_error": calibration_error(p, truly),
            "category_accuracy": share(right),
            "category_calibration_error": calibration_error(best, right),
            "category_named": share(named),
            "category_accuracy_when_named": share(right[named]),
            "level_right": share(levels == level),
            "level_one_too_low": share(levels[level == 0] != 0),
            **_units(rows, chosen, judged, layout),
        }
        if title == "text":
            result["dial"] = _dial(p, truly)
            result["worst"] = _worst(rows.codes[chosen], guess, taxonomy)
            result["levels"] = {
                name: share(levels[level == place] == place) for place, name in enumerate(LEVELS)
            }
    return result


def _units(rows: Rows, chosen: Array, judged: dict[str, Array], layout: Layout) -> dict[str, float]:
    lead = rows.targets["lead"][chosen]
    led = lead.any(axis=1)
    order = np.argsort(-judged["lead"][led], axis=1)
    truth = lead[led].argmax(axis=1)
    sent = judged["sent"][:, : lead.shape[1]] >= SENT_FROM
    wanted = rows.targets["sent"][chosen]
    hit = float((sent & wanted).sum())
    return {
        "lead_unit_first": share(order[:, 0] == truth),
        "lead_unit_in_three": share((order[:, :3] == truth[:, None]).any(axis=1)),
        "units_precision": round(hit / max(float(sent.sum()), 1.0), 4),
        "units_recall": round(hit / max(float(wanted.sum()), 1.0), 4),
        "units_calibration_error": calibration_error(
            judged["sent"][:, : lead.shape[1]].ravel(), wanted.ravel()
        ),
    }


def _dial(p: Array, truly: Array) -> list[dict[str, float]]:
    """For each false-alarm rate the threshold and the miss rate with its 95 % interval."""
    lines = []
    calm, danger = np.sort(p[~truly])[::-1], p[truly]
    for rate in DIAL:
        threshold = float(calm[min(int(rate * len(calm)), len(calm) - 1)])
        missed = float((danger < threshold).mean())
        low, high = wilson(missed, len(danger))
        lines.append(
            {
                "false_alarms": rate,
                "threshold": round(threshold, 4),
                "missed": round(missed, 4),
                "missed_low": round(low, 4),
                "missed_high": round(high, 4),
            }
        )
    return lines


def wilson(share_seen: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share seen in ``count`` cases (Wilson 1927)."""
    if count == 0:
        return 0.0, 1.0
    z = 1.96
    middle = share_seen + z * z / (2 * count)
    wide = z * float(np.sqrt(share_seen * (1 - share_seen) / count + z * z / (4 * count * count)))
    scale = 1 + z * z / count
    return max((middle - wide) / scale, 0.0), min((middle + wide) / scale, 1.0)


def _worst(truth: Array, guess: Array, taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """All items, the most often missed first, with what they were taken for."""
    lines: list[dict[str, Any]] = []
    for code in np.unique(truth):
        taken = guess[truth == code]
        recall = share(taken == code)
        wrong = Counter(str(g) for g in taken if g != code).most_common(3)
        name = taxonomy.items[str(code)].name
        lines.append({"code": str(code), "name": name, "recall": recall, "taken_for": wrong})
    return sorted(lines, key=lambda line: (float(line["recall"]), str(line["code"])))
