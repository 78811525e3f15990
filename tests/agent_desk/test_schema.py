"""The schema the pages' types are generated from."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.unit


def test_schema_holds_routes_and_every_socket_message() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "agent_desk.openapi"], capture_output=True, check=True, timeout=300
    )
    schema = json.loads(done.stdout)
    assert "/api/orders/{order_id}/send" in schema["paths"]
    parts = schema["components"]["schemas"]
    named = set(parts["SocketMessage"]["discriminator"]["mapping"])
    assert {"helpers", "agent", "workspace", "partial", "order", "unit_order", "resync"} <= named
    for kind, reference in parts["SocketMessage"]["discriminator"]["mapping"].items():
        message = parts[reference.rsplit("/", 1)[1]]
        assert message["properties"]["type"]["const"] == kind
        assert "type" in message["required"]
    referred = {
        text.split('"')[0] for text in done.stdout.decode().split("#/components/schemas/")[1:]
    }
    assert referred <= set(parts)
