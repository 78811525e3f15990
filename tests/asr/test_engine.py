"""The engine on real speech, and the pool of recognisers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from asr.engine import Pool, VoskEngine
from asr.evaluate import distance

pytestmark = pytest.mark.integration

FIRST, TEXT = "raw1.wav", "在教学楼内释放大量烟雾"


def test_each_utterance_has_its_own_words_and_times(
    engine: VoskEngine, speech: Callable[[str], bytes]
) -> None:
    recogniser = engine.recogniser()
    for name, text in ((FIRST, TEXT), ("SSB00050112.wav", "即便是一些高价低廉的别墅项目")):
        audio = speech(name)
        recogniser.accept(audio)
        assert recogniser.partial()
        heard = recogniser.finish()
        assert distance(text, heard.raw_text.replace(" ", "")) <= 2
        assert 0.3 < heard.confidence <= 1
        starts = [word.start_ms for word in heard.words]
        assert starts == sorted(starts)
        assert heard.words[-1].end_ms <= len(audio) / 16
        assert 0 <= starts[0] < 1_000


def test_silence_is_no_word(engine: VoskEngine) -> None:
    recogniser = engine.recogniser()
    recogniser.accept(bytes(16_000))
    heard = recogniser.finish()
    assert (heard.words, heard.raw_text, heard.confidence) == ((), "", 0.0)


def test_the_pool_lends_each_recogniser_to_one_at_a_time(engine: VoskEngine) -> None:
    pool = Pool(engine)
    one, two = pool.borrow(), pool.borrow()
    assert one is not two
    one.accept(bytes(320))
    one.finish()
    pool.give_back(one)
    assert pool.borrow() is one


def test_a_worn_recogniser_is_not_lent_again(
    engine: VoskEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("asr.engine.WORN_MS", 20)
    pool = Pool(engine)
    one = pool.borrow()
    one.accept(bytes(320))
    one.finish()
    pool.give_back(one)
    assert pool.borrow() is not one
