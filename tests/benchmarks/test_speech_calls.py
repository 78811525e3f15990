"""The calls that recognition is measured with: enough, ours, and their halves apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asr.evaluate import plain
from asr.localnames import read_names
from benchmarks.speech_calls import HALVES, VOICES, read_calls
from yihu.site_speech import sentences

pytestmark = pytest.mark.unit

SITE = Path(__file__).resolve().parents[2] / "yihu" / "demo" / "qingyuan" / "gazetteer.csv"
EVERYWHERE = {"庆元县", "庆元"}


def test_there_are_many_calls_in_every_voice() -> None:
    calls = [call for call in read_calls() if call.half in HALVES]
    assert len(calls) >= 60
    assert len({call.scenario for call in calls}) == len(calls)
    assert {call.voice for call in calls} == set(VOICES)
    assert sum(bool(call.addresses) for call in calls) >= 60
    assert all(address in call.text for call in calls for address in call.addresses)
    assert not [call.text for call in calls if re.search(r"[\[\]{}|]", call.text + call.said)]


def test_no_local_name_stands_in_both_halves() -> None:
    names = set(read_names(SITE)) - EVERYWHERE
    said = {
        half: {
            name
            for call in read_calls()
            if call.half == half
            for name in names
            if name in call.text
        }
        for half in HALVES
    }
    assert not said["dev"] & said["test"]
    assert min(map(len, said.values())) >= 30


def test_no_call_is_a_sentence_that_the_graph_was_built_with() -> None:
    known = {plain(sentence) for sentence in sentences()}
    assert not [call.text for call in read_calls() if plain(call.text) in known]
