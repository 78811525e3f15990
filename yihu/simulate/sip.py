"""The few pieces of SIP (RFC 3261), digest and SDP that a simulated telephone needs."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from models.errors import SetupError

HOST = re.compile(r"[A-Za-z0-9.:-]{1,253}")
NUMBER = re.compile(r"\+?[0-9*]{1,32}")
USER = re.compile(r"[A-Za-z0-9_.-]{1,64}")
COMPACT = {
    "f": "from",
    "t": "to",
    "i": "call-id",
    "v": "via",
    "m": "contact",
    "l": "content-length",
}
PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')


def check_number(number: str, what: str) -> str:
    """``number`` itself; raises ``SetupError`` unless it is digits, ``*`` and a leading ``+``."""
    if not NUMBER.fullmatch(number):
        raise SetupError(f"{what} {number[:40]!r} is not a telephone number: use 0-9, * and +.")
    return number


def check_address(host: str, port: int) -> None:
    """Raises ``SetupError`` unless this can be the address of a SIP server."""
    if not HOST.fullmatch(host):
        raise SetupError(f"{host[:80]!r} is not a host name or address.")
    if not 0 < port < 65_536:
        raise SetupError(f"SIP port {port} is not between 1 and 65535.")


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a response; header names are lower case and long."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    @classmethod
    def parse(cls, data: bytes) -> Message:
        """Raises ``ValueError`` for what is not a whole SIP message."""
        head, separator, body = data.decode("utf-8").partition("\r\n\r\n")
        start, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
        if not separator or "SIP/2.0" not in start:
            raise ValueError("not a SIP message")
        headers = []
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon:
                raise ValueError("a header line without a colon")
            name = name.strip().lower()
            headers.append((COMPACT.get(name, name), value.strip()))
        message = cls(start, tuple(headers), body)
        _ = message.call_id, message.sequence, message.first("from"), message.first("to")
        if not message.is_request:
            _ = message.status
        return message

    @property
    def is_request(self) -> bool:
        return not self.start.startswith("SIP/2.0 ")

    @property
    def method(self) -> str:
        return self.sequence[1]

    @property
    def status(self) -> int:
        return int(self.start.split()[1])

    @property
    def call_id(self) -> str:
        return self.first("call-id")

    @property
    def sequence(self) -> tuple[int, str]:
        """Number and method of the CSeq header."""
        number, method = self.first("cseq").split()
        return int(number), method

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def first(self, name: str) -> str:
        """Raises ``ValueError`` where the header is missing."""
        for key, value in self.headers:
            if key == name:
                return value
        raise ValueError(f"no {name} header")


def encode(start: str, headers: Iterable[tuple[str, str]], body: str = "") -> bytes:
    """The bytes of a message, ``Content-Length`` added."""
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    lines.append(f"Content-Length: {len(body.encode())}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def reply(
    request: Message,
    line: str,
    *,
    tag: str = "",
    more: Iterable[tuple[str, str]] = (),
    body: str = "",
) -> bytes:
    """A response to ``request``; ``line`` is code and reason, ``tag`` goes to the To header."""
    to = request.first("to")
    if tag and ";tag=" not in to:
        to += f";tag={tag}"
    headers = [("Via", via) for via in request.all("via")]
    headers += [("From", request.first("from")), ("To", to), ("Call-ID", request.call_id)]
    headers += [("CSeq", request.first("cseq")), *more]
    return encode(f"SIP/2.0 {line}", headers, body)


def uri_of(header: str) -> str:
    """The URI of a From, To or Contact header."""
    found = re.search(r"<([^>]+)>", header)
    return found.group(1) if found else header.split(";")[0].strip()


def authorization(challenge: str, *, method: str, uri: str, username: str, password: str) -> str:
    """The Digest answer (RFC 7616; MD5 or SHA-256) to a WWW-Authenticate header.

    Raises ``ValueError`` for another scheme or algorithm.
    """
    scheme, _, rest = challenge.partition(" ")
    said = {k.lower(): quoted or plain for k, quoted, plain in PARAMETER.findall(rest)}
    algorithm = said.get("algorithm", "MD5")
    hashes = {"MD5": "md5", "SHA-256": "sha256"}
    if scheme.lower() != "digest" or algorithm.upper() not in hashes:
        raise ValueError(f"unknown authentication {scheme} {algorithm}")

    def hashed(text: str) -> str:
        name = hashes[algorithm.upper()]
        return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()

    realm, nonce = said.get("realm", ""), said.get("nonce", "")
    first, second = hashed(f"{username}:{realm}:{password}"), hashed(f"{method}:{uri}")
    parts = [f'username="{username}"', f'realm="{realm}"', f'nonce="{nonce}"', f'uri="{uri}"']
    if "auth" in said.get("qop", "").replace(" ", "").split(","):
        client = secrets.token_hex(8)
        answer = hashed(f"{first}:{nonce}:00000001:{client}:auth:{second}")
        parts += ["qop=auth", "nc=00000001", f'cnonce="{client}"']
    else:
        answer = hashed(f"{first}:{nonce}:{second}")
    parts += [f'response="{answer}"', f"algorithm={algorithm}"]
    if "opaque" in said:
        parts.append(f'opaque="{said["opaque"]}"')
    return "Digest " + ", ".join(parts)


def audio_address(description: str) -> tuple[str, int]:
    """Where an SDP wants its audio; raises ``ValueError`` unless it offers A-law."""
    host = re.search(r"^c=IN IP[46] (\S+)", description, re.MULTILINE)
    media = re.search(r"^m=audio (\d+) RTP/AVP ([\d ]+)", description, re.MULTILINE)
    if host is None or media is None or "8" not in media.group(2).split():
        raise ValueError("no A-law audio offered")
    return host.group(1), int(media.group(1))


def describe_audio(host: str, port: int) -> str:
    """An SDP that asks for A-law audio at this address."""
    kind = "IP6" if ":" in host else "IP4"
    return (
        f"v=0\r\no=phone 1 1 IN {kind} {host}\r\ns=phone\r\nc=IN {kind} {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\na=sendrecv\r\n"
    )
