"""Feature counts of many texts, and their TF-IDF values as learned from some of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags
from sklearn.preprocessing import normalize

from classifier.features import weight

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each named feature stands in each text: one row per text."""

    names: list[str]
    matrix: csr_matrix

    @classmethod
    def of(cls, texts: Iterable[list[str]]) -> Counts:
        """Count the features of all texts, features in order of first appearance."""
        columns: dict[str, int] = {}
        indices: list[int] = []
        starts = [0]
        for features in texts:
            indices.extend(columns.setdefault(name, len(columns)) for name in features)
            starts.append(len(indices))
        matrix = csr_matrix(
            (np.ones(len(indices)), np.array(indices, np.int32), np.array(starts, np.int32)),
            shape=(len(starts) - 1, len(columns)),
        )
        matrix.sum_duplicates()
        return cls(list(columns), matrix)


@dataclass(frozen=True, slots=True)
class Scale:
    """The columns that are kept and their inverse document frequency times their weight."""

    columns: Array
    idf: Array

    @classmethod
    def fit(cls, counts: Counts, rows: Array, twice: Array) -> Scale:
        """Keep features that stand in two of ``rows``; those of ``twice`` count double."""
        chosen = counts.matrix[rows]
        times = np.bincount(chosen.indices, minlength=chosen.shape[1])
        more = counts.matrix[twice]
        seen = times + np.bincount(more.indices, minlength=chosen.shape[1])
        columns = np.flatnonzero(seen >= 2)
        heavy = np.array([weight(counts.names[column]) for column in columns])
        idf = np.log((1 + len(rows)) / (1 + times[columns])) + 1
        return cls(columns, idf * heavy)

    def apply(self, counts: Counts, rows: Array) -> csr_matrix:
        """Unit-length TF-IDF rows, logarithmic in the counts."""
        kept = counts.matrix[rows][:, self.columns]
        kept.data = 1 + np.log(kept.data)
        return csr_matrix(normalize(kept @ diags(self.idf)))
