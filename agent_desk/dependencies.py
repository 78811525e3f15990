"""Who is asking, and whether they may: the one mechanism for routes and sockets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Query
from starlette.requests import HTTPConnection

from agent_desk.accounts import Person, same_secret
from agent_desk.origins import check_origin
from agent_desk.permissions import Permission, may
from agent_desk.running import Running
from models.errors import Forbidden, NotSignedIn

COOKIE = "yihu_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def running(connection: HTTPConnection) -> Running:
    """The parts of the application that serves this connection."""
    found: Running = connection.app.state.running
    return found


Desk = Annotated[Running, Depends(running)]


class PasswordChangeNeeded(Forbidden):
    """Whoever signed in with a one-time password may only choose an own one."""

    code = "password_change_needed"


class Require:
    """A dependency that yields the signed-in ``Person`` who has ``permission``.

    Raises ``NotSignedIn`` without a valid cookie, ``Forbidden`` for a role without the
    permission or with a one-time password, a request that changes something without the right
    ``X-CSRF-Token``, and a connection opened by a page of another origin.
    """

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, connection: HTTPConnection, desk: Desk) -> Person:
        socket = connection.scope["type"] == "websocket"
        if socket:
            check_origin(connection.headers, desk.parts.allowed_origins, required=True)
        person = await desk.accounts.person(connection.cookies.get(COOKIE, ""))
        if person is None:
            raise NotSignedIn("请先登录。")
        if not may(person.role, self.permission):
            raise Forbidden("您的账号没有此项权限。")
        if person.user.must_change_password and (
            socket or self.permission is not Permission.USE_SESSION
        ):
            raise PasswordChangeNeeded("这是一次性密码，请先设置自己的新密码。")
        changes = not socket and connection.scope["method"] not in SAFE_METHODS
        if changes and not same_secret(connection.headers.get(CSRF_HEADER, ""), person.csrf_token):
            raise Forbidden("页面凭证已失效，请刷新页面后重试。")
        return person


def require(permission: Permission) -> Callable[..., Awaitable[Person]]:
    """The dependency for ``permission``."""
    return Require(permission)


SignedIn = Annotated[Person, Depends(require(Permission.USE_SESSION))]
CentreReader = Annotated[Person, Depends(require(Permission.READ_CENTRE))]
SeatWorker = Annotated[Person, Depends(require(Permission.WORK_SEAT))]
OrderReader = Annotated[Person, Depends(require(Permission.READ_ORDERS))]
OrderChanger = Annotated[Person, Depends(require(Permission.CHANGE_ORDERS))]
UnitWorker = Annotated[Person, Depends(require(Permission.WORK_UNIT_ORDERS))]
CentreChanger = Annotated[Person, Depends(require(Permission.CHANGE_CENTRE))]
Seen = Annotated[int, Query(ge=0, le=2**31 - 1)]  # the version of what is to be removed
