"""The engine on real speech, and the pool of recognisers."""

from __future__ import annotations

import pytest

from asr.engine import Pool, VoskEngine
from tests.asr.conftest import Spoken

pytestmark = pytest.mark.integration


def test_each_utterance_has_its_own_words_and_times(engine: VoskEngine, spoken: Spoken) -> None:
    recogniser = engine.recogniser()
    for sentence, words in ((Spoken.QUESTION, ("身份证", "办理")), (Spoken.REPAIR, ("水管", "修"))):
        audio = spoken(*sentence)
        recogniser.accept(audio)
        assert recogniser.partial()
        heard = recogniser.finish()
        assert all(word in heard.raw_text.replace(" ", "") for word in words)
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
