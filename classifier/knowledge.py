"""Answers to questions: articles found by the meaning and the sound of words.

Ranking is BM25 (Robertson and Zaragoza 2009, k1 1.2, b 0.6) over jieba words with synonyms made
one, and over pairs of toneless syllables, which survive recognition errors. How well an article
fits is the cosine between the question and the nearest way the article is asked for, mixed with
the share of the question's words that the article holds at all; below ``GOOD`` a search says
that nothing fits, so that the gap can become a task.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_matrix

from classifier.articles import Article
from classifier.terms import SOUND, terms_of
from classifier.text import clean, has_chinese

K1, B = 1.2, 0.6
SOUND_WEIGHT = 0.35  # of a pair of syllables beside a word
SHARE = 0.4  # how much the share of known words counts beside the cosine
GOOD = 0.33  # fit from which an article is taken for an answer
MOST_HITS = 20
MOST_QUERY = 300  # characters; of a longer text the end, where the question is, is read
_FIELDS = (("title", 3.0), ("questions", 3.0), ("tags", 2.0), ("answer", 1.0))


@dataclass(frozen=True, slots=True)
class Hit:
    """An article offered for a question. ``p`` is how well it fits (0 to 1), ``matched`` the
    words of the question it rests on."""

    article: Article
    p: float
    score: float
    matched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search gave. ``good`` is false when no article fits well enough: then nothing
    should be read out, and the question is a gap worth telling the editors."""

    good: bool
    hits: tuple[Hit, ...]


class Knowledge:
    """Searches articles. Immutable; ``search`` may be called from several threads at once."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self.articles = tuple(articles)
        documents = [_document(article) for article in self.articles]
        self._terms = {
            term: column
            for column, term in enumerate(sorted({term for one in documents for term in one}))
        }
        counted = Counter(term for one in documents for term in one)
        size = max(len(documents), 1)
        self._idf = np.array(
            [math.log(1 + (size - counted[t] + 0.5) / (counted[t] + 0.5)) for t in self._terms]
        )
        self._unseen = math.log(1 + (size + 0.5) / 0.5)
        self._matrix = self._weighed(documents)
        self._asked = tuple(
            tuple(self._vector(terms_of(asked)) for asked in (article.title, *article.questions))
            for article in self.articles
        )

    def _weighed(self, documents: Sequence[Counter[str]]) -> csc_matrix:
        lengths = np.array([float(sum(one.values())) for one in documents] or [1.0])
        average = float(lengths.mean()) or 1.0
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        for row, one in enumerate(documents):
            norm = K1 * (1 - B + B * lengths[row] / average)
            for term, count in one.items():
                column = self._terms[term]
                rows.append(row)
                columns.append(column)
                values.append(float(self._idf[column]) * count * (K1 + 1) / (count + norm))
        shape = (len(documents), len(self._terms))
        return csc_matrix((values, (rows, columns)), shape=shape, dtype=np.float32)

    def search(self, text: str, on: date, limit: int = 5) -> Findings:
        """The articles valid ``on`` a day that fit ``text`` best; never raises on any text."""
        said = clean(text[-4 * MOST_QUERY :])[-MOST_QUERY:]
        terms = terms_of(said) if has_chinese(said) else Counter[str]()
        scores = self._scores(terms)
        order = np.argsort(-scores, kind="stable")[: 10 * MOST_HITS]
        asked = self._vector(terms)
        spoken = {term: weight for term, weight in asked.items() if not term.startswith(SOUND)}
        said_in_all = sum(spoken.values()) or 1.0
        hits: list[Hit] = []
        for index in order:
            article, score = self.articles[index], float(scores[index])
            if score <= 0 or len(hits) >= MOST_HITS:
                break
            if not article.valid(on):
                continue
            near = max(_cosine(asked, known) for known in self._asked[index])
            matched = tuple(word for word in spoken if word in _document(article))
            share = sum(spoken[word] for word in matched) / said_in_all
            p = (1 - SHARE) * near + SHARE * share
            hits.append(Hit(article, round(p, 3), round(score, 3), matched))
        # Among the first by words, the one whose question is nearest comes first.
        hits.sort(key=lambda hit: -(hit.score * (0.5 + hit.p)))
        best = tuple(hits[: max(1, min(limit, MOST_HITS))])
        return Findings(bool(best) and best[0].p >= GOOD, best)

    def _scores(self, terms: Counter[str]) -> npt.NDArray[np.float32]:
        scores = np.zeros(len(self.articles), dtype=np.float32)
        matrix = self._matrix
        for term in terms:
            column = self._terms.get(term)
            if column is None:
                continue
            start, end = matrix.indptr[column], matrix.indptr[column + 1]
            weight = SOUND_WEIGHT if term.startswith(SOUND) else 1.0
            scores[matrix.indices[start:end]] += weight * matrix.data[start:end]
        return scores

    def _vector(self, terms: Counter[str]) -> dict[str, float]:
        """Unit vector of a question; words no article holds count fully, and so take from the
        likeness to every article."""
        weights: dict[str, float] = {}
        for term in terms:
            column = self._terms.get(term)
            idf = self._unseen * 0.6 if column is None else float(self._idf[column])
            weights[term] = idf * (SOUND_WEIGHT if term.startswith(SOUND) else 1.0)
        norm = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {term: weight / norm for term, weight in weights.items()} if norm else {}


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other.get(term, 0.0) for term, weight in one.items())


@cache
def _document(article: Article) -> Counter[str]:
    """The article's terms, counted by the weight of the field they stand in."""
    counted: Counter[str] = Counter()
    for field, weight in _FIELDS:
        value = getattr(article, field)
        for text in (value,) if isinstance(value, str) else value:
            for term, count in terms_of(text).items():
                counted[term] += round(weight * count)
    return counted
