"""Whether calls are still as they were: the population stability index."""

from __future__ import annotations

import math
from collections.abc import Mapping

LEAST = 200  # of fewer calls the index says more about chance than about change
STEADY, SHIFTED = 0.1, 0.25  # customary bounds: below nothing, above a clear shift
PRIOR = 0.5  # added to every class, so that an empty one has a share


def psi(seen: Mapping[str, int], expected: Mapping[str, int]) -> float | None:
    """The index of two distributions over classes: the sum of (a - e) ln(a / e) over the shares.

    ``None`` where either has fewer than ``LEAST`` cases.
    """
    classes = seen.keys() | expected.keys()
    if min(sum(seen.values()), sum(expected.values())) < LEAST:
        return None
    total = [sum(counts.values()) + PRIOR * len(classes) for counts in (seen, expected)]
    index = 0.0
    for name in classes:
        a = (seen.get(name, 0) + PRIOR) / total[0]
        e = (expected.get(name, 0) + PRIOR) / total[1]
        index += (a - e) * math.log(a / e)
    return round(index, 4)
