"""A-law, SIP messages and digest answers, byte by byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.errors import SetupError
from yihu.simulate import sip
from yihu.simulate.audio import decode_alaw, encode_alaw, read_audio, silence
from yihu.simulate.caller import place_call
from yihu.simulate.phone import Phone

pytestmark = pytest.mark.unit

INVITE = (
    b"INVITE sip:8001@127.0.0.1:40000 SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 127.0.0.1:9601;branch=z9hG4bKa\r\n"
    b"Via: SIP/2.0/UDP 127.0.0.1:9602;branch=z9hG4bKb\r\n"
    b'f: "Wang"\r\n <sip:13800000000@127.0.0.1>;tag=f1\r\nTo: <sip:8001@127.0.0.1>\r\n'
    b"i: abc@127.0.0.1\r\nCSeq: 7 INVITE\r\n\r\n"
    b"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9800 RTP/AVP 8 101\r\n"
)


def test_every_alaw_code_survives_decoding_and_encoding() -> None:
    codes = bytes(range(256))
    assert encode_alaw(decode_alaw(codes)) == codes


def test_alaw_of_known_samples() -> None:
    samples = np.array([0, -1, 32_767, -32_768], np.int16)
    assert encode_alaw(samples) == bytes([0xD5, 0x55, 0xAA, 0x2A])
    assert silence(0.02) == b"\xd5" * 160


def test_alaw_stays_close_to_the_samples() -> None:
    samples = np.arange(-32_000, 32_000, 7, dtype=np.int16)
    error = np.abs(decode_alaw(encode_alaw(samples)).astype(int) - samples)
    assert np.all(error <= np.maximum(np.abs(samples.astype(int)) / 16, 16))


def test_a_sound_file_of_another_rate_comes_as_8_khz(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    times = np.arange(48_000) / 24_000
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * 440 * times), 24_000)
    samples = read_audio(path)
    assert len(samples) == 16_000
    assert np.argmax(np.abs(np.fft.rfft(samples))) == 880  # bins of half a hertz


def test_what_is_above_the_telephone_band_is_filtered_out(tmp_path: Path) -> None:
    path = tmp_path / "whistle.wav"
    times = np.arange(24_000) / 24_000
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * 5_000 * times), 24_000)
    assert np.abs(read_audio(path)[800:-800]).max() < 100


@pytest.mark.parametrize("content", [b"", b"no sound"])
def test_what_is_no_sound_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(SetupError, match="cannot be read as a sound file"):
        read_audio(path)


def test_a_request_is_read_and_answered() -> None:
    request = sip.Message.parse(INVITE)
    assert (request.method, request.sequence, request.call_id) == (
        "INVITE",
        (7, "INVITE"),
        "abc@127.0.0.1",
    )
    assert sip.uri_of(request.first("from")) == "sip:13800000000@127.0.0.1"
    assert sip.audio_address(request.body) == ("127.0.0.1", 9800)
    answer = sip.reply(request, "180 Ringing", tag="t1")
    assert answer == (
        b"SIP/2.0 180 Ringing\r\n"
        b"Via: SIP/2.0/UDP 127.0.0.1:9601;branch=z9hG4bKa\r\n"
        b"Via: SIP/2.0/UDP 127.0.0.1:9602;branch=z9hG4bKb\r\n"
        b'From: "Wang" <sip:13800000000@127.0.0.1>;tag=f1\r\n'
        b"To: <sip:8001@127.0.0.1>;tag=t1\r\nCall-ID: abc@127.0.0.1\r\nCSeq: 7 INVITE\r\n"
        b"Content-Length: 0\r\n\r\n"
    )


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe", b"INVITE sip:1 SIP/2.0\r\n", INVITE.replace(b"CSeq: 7", b"CSeq: x")],
)
def test_broken_messages_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        sip.Message.parse(data)


def test_digest_answer_of_rfc_2069() -> None:
    answer = sip.authorization(
        'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"',
        method="GET",
        uri="/dir/index.html",
        username="Mufasa",
        password="CircleOfLife",
    )
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in answer
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in answer


@pytest.mark.parametrize("number", ["", "110;x", "abc", "<sip:1>", "1 1", "１１０", "1" * 33])
async def test_a_caller_refuses_what_is_not_a_number(number: str) -> None:
    for to, sender in ((number, "1"), ("110", number)):
        with pytest.raises(SetupError, match="not a telephone number"):
            await place_call(sip_host="127.0.0.1", sip_port=9601, to=to, from_number=sender)


async def test_unusable_addresses_and_times_are_refused() -> None:
    for host, port in (("a b", 9601), ("127.0.0.1", 0), ("127.0.0.1", 70_000)):
        with pytest.raises(SetupError):
            await place_call(sip_host=host, sip_port=port, to="110")
        with pytest.raises(SetupError):
            Phone(sip_host=host, sip_port=port, username="8001", secret="x")
    with pytest.raises(SetupError, match="speak_after"):
        await place_call(sip_host="127.0.0.1", sip_port=9601, to="110", speak_after=-1)
    with pytest.raises(SetupError, match="user name"):
        Phone(sip_host="127.0.0.1", sip_port=9601, username="80 01", secret="x")


async def test_without_sipp_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match="install sip-tester"):
        await place_call(sip_host="127.0.0.1", sip_port=9601, to="110")
