"""The simulated far end of the trunk, called by hand over UDP."""

from __future__ import annotations

import socket

import anyio
import pytest
from anyio.abc import SocketAttribute, UDPSocket

from models.errors import SetupError
from yihu.simulate import sip
from yihu.simulate.far_end import FarEnd

pytestmark = pytest.mark.integration

HOST = "127.0.0.1"
OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def request(method: str, number: str, call_id: str, body: str = "") -> bytes:
    headers = [
        ("Via", f"SIP/2.0/UDP {HOST};branch=z9hG4bK{call_id}"),
        ("From", "<sip:centre@test>;tag=1"),
        ("To", f"<sip:{number}@test>"),
        ("Call-ID", call_id),
        ("CSeq", f"1 {method}"),
        ("Contact", f"<sip:centre@{HOST}>"),
    ]
    return sip.encode(f"{method} sip:{number}@{HOST} SIP/2.0", headers, body)


async def answer(signals: UDPSocket) -> sip.Message:
    with anyio.fail_after(30):
        packet, _ = await signals.receive()
    return sip.Message.parse(packet)


async def test_a_telephone_rings_is_picked_up_and_presses_a_key() -> None:
    port = free_port()
    async with (
        await anyio.create_udp_socket(local_host=HOST) as signals,
        await anyio.create_udp_socket(local_host=HOST) as media,
        FarEnd(HOST, port).running() as far,
    ):
        local = media.extra(SocketAttribute.local_port)  # noqa: S610 - not Django
        invite = request("INVITE", "00000009", "one", OFFER.format(port=local))
        with far.attended("00000009"):
            await signals.sendto(invite, HOST, port)
            assert (await answer(signals)).status == 180
            call = await far.pick_up("00000009", within=30)
            accepted = await answer(signals)
            assert accepted.status == 200
            assert "telephone-event" in accepted.body
            await call.press("2")
            pressed: set[int] = set()
            with anyio.fail_after(30):
                while not pressed:
                    packet, _ = await media.receive()
                    if packet[1] & 0x7F == 101:
                        pressed.add(packet[12])
            assert pressed == {2}
            await signals.sendto(request("BYE", "00000009", "one"), HOST, port)
            assert (await answer(signals)).status == 200
            with anyio.fail_after(30):
                await call.ended.wait()


async def test_nobody_is_at_other_numbers_and_who_gives_up_is_let_go() -> None:
    port = free_port()
    async with (
        await anyio.create_udp_socket(local_host=HOST) as signals,
        FarEnd(HOST, port).running() as far,
    ):
        await signals.sendto(b"\xff\xfe no SIP", HOST, port)
        await signals.sendto(request("INVITE", "1", "two", OFFER.format(port=9)), HOST, port)
        assert (await answer(signals)).status == 480
        with far.attended("00000009"):
            await signals.sendto(request("INVITE", "00000009", "three"), HOST, port)
            assert (await answer(signals)).status == 180
            await signals.sendto(request("CANCEL", "00000009", "three"), HOST, port)
            assert [(await answer(signals)).status for _ in range(2)] == [200, 487]
            with pytest.raises(TimeoutError):
                await far.pick_up("00000009", within=0.2)


async def test_a_port_that_is_taken_is_named() -> None:
    async with await anyio.create_udp_socket(local_host=HOST) as taken:
        port = taken.extra(SocketAttribute.local_port)  # noqa: S610 - not Django
        with pytest.raises(SetupError, match=f"YIHU_TRUNK_PROXY={HOST}:{port}"):
            async with FarEnd(HOST, port).running():
                pass
