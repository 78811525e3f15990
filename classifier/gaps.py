"""Texts that fit nowhere, gathered by the words they share: matters a taxonomy may lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.text import clean, has_chinese, words

LEAST = 3  # texts of a gathering, and texts that a word must stand in to be shown
ALIKE = 0.25  # cosine of two texts' words from which on they are of one matter
COMMON = 0.3  # words in more than this share of all texts gather nothing
MOST_TEXTS = 2_000
MOST_WORDS = 6
LONGEST_TEXT = 600


@dataclass(frozen=True, slots=True)
class Gathering:
    """Texts of one matter by their places in what was given; ``words`` are those most of them
    share, never one that stands in fewer than ``LEAST``."""

    words: tuple[str, ...]
    members: tuple[int, ...]


def gather(texts: Sequence[str]) -> list[Gathering]:
    """Gatherings, the largest first; of more than ``MOST_TEXTS`` the first are looked at."""
    cut = [_words(text) for text in texts[:MOST_TEXTS]]
    if len(cut) < LEAST or sum(map(bool, cut)) < LEAST:
        return []
    most = max(COMMON * len(cut), 2 * LEAST)
    counts: dict[str, int] = {}
    for said in cut:
        for word in set(said):
            counts[word] = counts.get(word, 0) + 1
    kept = [[word for word in said if 2 <= counts[word] <= most] for said in cut]
    if not any(kept):
        return []
    matrix = TfidfVectorizer(analyzer=list).fit_transform(kept)
    alike = (matrix @ matrix.T).tocsr()
    free, found = np.ones(len(cut), dtype=bool), []
    sizes = np.asarray((alike >= ALIKE).sum(axis=1)).ravel()
    for leader in np.argsort(-sizes, kind="stable"):
        if not free[leader]:
            continue
        row = alike[leader]
        members = [int(i) for i in row.indices[row.data >= ALIKE] if free[i]]
        if len(members) < LEAST:
            continue
        free[members] = False
        shared: dict[str, int] = {}
        for member in members:
            for word in set(kept[member]):
                shared[word] = shared.get(word, 0) + 1
        best = sorted((w for w in shared if shared[w] >= LEAST), key=lambda w: (-shared[w], w))
        if best:
            found.append(Gathering(tuple(best[:MOST_WORDS]), tuple(sorted(members))))
    return sorted(found, key=lambda one: -len(one.members))


def _words(text: str) -> list[str]:
    cut = words(clean(text[-LONGEST_TEXT:]))
    return [word for word, _, _ in cut if len(word) > 1 and has_chinese(word)]
