"""The classifier in use: its model and its place names change while calls go on."""

from __future__ import annotations

from classifier.gazetteer import Gazetteer
from classifier.model import Classifier
from classifier.taxonomy import Item
from classifier.types import Suggestion


class LiveClassifier:
    """Suggests with the classifier of the moment; a suggestion under way ends with the former.

    ``suggest`` may be called from several threads at once, the ``take_`` functions by one.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._current = classifier

    @property
    def current(self) -> Classifier:
        """The classifier that the next suggestion is made with."""
        return self._current

    @property
    def version(self) -> str:
        """The model's version."""
        return self._current.version

    @property
    def gazetteer(self) -> Gazetteer:
        """The place names of the moment."""
        return self._current.gazetteer

    def categories(self) -> tuple[Item, ...]:
        """The taxonomy's items."""
        return self._current.categories()

    def take_gazetteer(self, gazetteer: Gazetteer) -> None:
        """Read addresses with other names from the next suggestion on."""
        self._current = self._current.with_gazetteer(gazetteer)

    def take_model(self, classifier: Classifier) -> None:
        """Suggest with another model from the next suggestion on; the place names stay."""
        self._current = classifier.with_gazetteer(self._current.gazetteer)

    def suggest(
        self, text: str, dialled: str = "", confidence: float | None = None, other: str = ""
    ) -> Suggestion:
        """As ``Classifier.suggest``."""
        return self._current.suggest(text, dialled, confidence, other)
