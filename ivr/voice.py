"""Mandarin speech from text."""

from __future__ import annotations

from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt


def resample(samples: npt.NDArray[Any], rate: int, wanted: int) -> npt.NDArray[np.int16]:
    """Samples of -1..1 at ``rate`` as 16-bit samples at ``wanted`` Hz, band-limited first."""
    from scipy.signal import resample_poly  # slow to import

    if rate != wanted:
        divisor = gcd(rate, wanted)
        samples = resample_poly(samples, wanted // divisor, rate // divisor)
    return np.asarray(np.clip(samples, -1.0, 1.0) * 32_767.0).round().astype(np.int16)
