"""People's accounts: passwords, sign-ins and who a cookie belongs to."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from math import ceil
from typing import TypeVar
from uuid import UUID

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from agent_desk.attempts import Attempts
from models.clock import Clock
from models.database import Database
from models.errors import Conflict, InvalidInput, NotSignedIn, TooManyAttempts
from models.kinds import Role
from models.tables import AuthSession, LinkageUnit, User

T = TypeVar("T")

log = logging.getLogger(__name__)

TRY_WINDOW = timedelta(minutes=5)
TRIES_PER_NAME = 10
TRIES_PER_ADDRESS = 30  # seats of one hall may share an address
LEAST_PASSWORD = 8
# An argon2 hash takes 64 MiB while it is computed.
HASHES_AT_ONCE = 2
WRONG = "用户名或密码不正确。"
USERNAME = re.compile(r"[\w.@-]{2,64}")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in, by which sign-in. ``unit_name`` is empty without a unit."""

    user: User
    unit_name: str
    session_id: UUID
    csrf_token: str

    @property
    def user_id(self) -> UUID:
        return self.user.id

    @property
    def role(self) -> Role:
        return self.user.role

    @property
    def unit_id(self) -> UUID | None:
        return self.user.unit_id

    @property
    def centre_code(self) -> str:
        """The centre the person belongs to; empty for the highest."""
        return self.user.centre_code


def token_hash(token: str) -> str:
    """How a cookie's token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def same_secret(given: str, known: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode(errors="replace"), known.encode())


def normal_username(username: str) -> str:
    """The one spelling of a username that is stored and looked for."""
    return unicodedata.normalize("NFKC", username).strip().lower()


def check_username(name: str) -> None:
    """Raise ``InvalidInput`` for what cannot be a username in its normal spelling."""
    if not USERNAME.fullmatch(name):
        raise InvalidInput("用户名应为 2 至 64 个字母、数字、汉字或 . _ - @。")


class Accounts:
    """Sign-ins on the ``users`` and ``auth_sessions`` tables.

    A sign-in ends ``lifetime`` after its last use; half of that must have passed before a
    use is written down.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        lifetime: timedelta,
        hasher: PasswordHasher,
    ) -> None:
        self._database = database
        self._clock = clock
        self._lifetime = lifetime
        self._hasher = hasher
        self._nobody = hasher.hash(secrets.token_urlsafe(16))
        self._hashing = anyio.CapacityLimiter(HASHES_AT_ONCE)
        self._names = Attempts(clock, TRIES_PER_NAME, TRY_WINDOW)
        self._addresses = Attempts(clock, TRIES_PER_ADDRESS, TRY_WINDOW)

    async def sign_in(self, username: str, password: str, address: str) -> tuple[Person, str]:
        """The person and the cookie's token.

        Raises ``NotSignedIn`` for a wrong name or password, after the same work for both,
        and ``TooManyAttempts`` with the time to wait.
        """
        name = normal_username(username)
        self._count(name, address)
        async with self._database.reading() as session:
            user = await session.scalar(select(User).where(User.username == name))
        known = user.password_hash if user else self._nobody
        right = await self._in_thread(partial(_matches, self._hasher, known, password))
        if user is None or not right or user.disabled_at is not None:
            raise NotSignedIn(WRONG)
        self._names.forget(name)
        self._addresses.take_back(address)
        return await self._open(user, password)

    async def person(self, token: str) -> Person | None:
        """Whose sign-in ``token`` is; ``None`` when it is unknown, over or disabled."""
        if not token or len(token) > 128:
            return None
        now = self._clock.now()
        async with self._database.reading() as session:
            row = (
                await session.execute(
                    select(AuthSession, User, LinkageUnit.name)
                    .join(User, User.id == AuthSession.user_id)
                    .outerjoin(LinkageUnit, LinkageUnit.id == User.unit_id)
                    .where(AuthSession.token_hash == token_hash(token))
                )
            ).first()
        if row is None:
            return None
        sign_in, user, unit_name = row
        if sign_in.expires_at <= now or user.disabled_at is not None:
            return None
        if sign_in.expires_at - now < self._lifetime / 2:
            await self.prolong([sign_in.id])
        return Person(user, unit_name or "", sign_in.id, sign_in.csrf_token)

    async def live(self, session_ids: list[UUID]) -> set[UUID]:
        """Those of ``session_ids`` that are still signed in."""
        async with self._database.reading() as session:
            found = await session.scalars(
                select(AuthSession.id)
                .join(User, User.id == AuthSession.user_id)
                .where(
                    AuthSession.id.in_(session_ids),
                    AuthSession.expires_at > self._clock.now(),
                    User.disabled_at.is_(None),
                )
            )
            return set(found)

    async def prolong(self, session_ids: list[UUID]) -> None:
        """Count as used now those sign-ins of which half the life has passed."""
        now = self._clock.now()
        late = now + self._lifetime / 2
        chosen = (AuthSession.id.in_(session_ids), AuthSession.expires_at < late)
        async with self._database.reading() as session:
            due = (await session.scalars(select(AuthSession.id).where(*chosen))).all()
        if not due:
            return
        async with self._database.writing() as work:
            rows = await work.session.scalars(
                select(AuthSession).where(AuthSession.id.in_(due), AuthSession.expires_at > now)
            )
            for row in rows:
                row.expires_at = now + self._lifetime

    async def sign_out(self, session_id: UUID) -> None:
        """End a sign-in; nothing happens when it is over already."""
        async with self._database.writing() as work:
            await work.session.execute(delete(AuthSession).where(AuthSession.id == session_id))

    async def right_password(self, person: Person, password: str, address: str) -> bool:
        """Whether this is the person's password; counted like a sign-in.

        Raises ``TooManyAttempts``.
        """
        self._count(person.user.username, address)
        async with self._database.reading() as session:
            known = await session.scalar(
                select(User.password_hash).where(User.id == person.user_id)
            )
        right = await self._in_thread(partial(_matches, self._hasher, known or "", password))
        if right:
            self._names.forget(person.user.username)
            self._addresses.take_back(address)
        return right

    async def hashed(self, password: str) -> str:
        """How a password is kept."""
        return await self._in_thread(partial(self._hasher.hash, password))

    async def signed_in_elsewhere(self, person: Person) -> bool:
        """Whether the person has another sign-in than this one."""
        async with self._database.reading() as session:
            other = await session.scalar(
                select(AuthSession.id)
                .where(
                    AuthSession.user_id == person.user_id,
                    AuthSession.id != person.session_id,
                    AuthSession.expires_at > self._clock.now(),
                )
                .limit(1)
            )
        return other is not None

    def _count(self, name: str, address: str) -> None:
        waits = [self._names.wait(name), self._addresses.wait(address)]
        longest = max((wait for wait in waits if wait is not None), default=None)
        if longest is not None:
            minutes = max(1, ceil(longest / timedelta(minutes=1)))
            raise TooManyAttempts(f"登录尝试次数过多，请 {minutes} 分钟后再试。")
        self._names.add(name)
        self._addresses.add(address)

    async def _open(self, user: User, password: str) -> tuple[Person, str]:
        token, now = secrets.token_urlsafe(32), self._clock.now()
        sign_in = AuthSession(
            user_id=user.id,
            token_hash=token_hash(token),
            csrf_token=secrets.token_urlsafe(32),
            created_at=now,
            expires_at=now + self._lifetime,
        )
        fresh = None
        if self._hasher.check_needs_rehash(user.password_hash):
            fresh = await self._in_thread(partial(self._hasher.hash, password))
        async with self._database.writing() as work:
            await work.session.execute(delete(AuthSession).where(AuthSession.expires_at <= now))
            stored = await work.session.get_one(User, user.id, with_for_update=True)
            if stored.password_hash != user.password_hash or stored.disabled_at is not None:
                raise NotSignedIn(WRONG)  # locked, or another password, in this very moment
            work.session.add(sign_in)
            unit = await work.session.get(LinkageUnit, user.unit_id) if user.unit_id else None
            if fresh is not None:
                stored.password_hash = fresh
        log.info("user %s signed in", user.id)
        person = Person(user, unit.name if unit else "", sign_in.id, sign_in.csrf_token)
        return person, token

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(work, limiter=self._hashing)


def _matches(hasher: PasswordHasher, known: str, password: str) -> bool:
    try:
        return hasher.verify(known, password)
    except (VerificationError, InvalidHashError):
        return False


async def hashed(password: str) -> str:
    """How a password is kept. Takes a moment of processor, in a thread."""
    return await anyio.to_thread.run_sync(PasswordHasher().hash, password)


async def create_user(
    database: Database,
    clock: Clock,
    *,
    username: str,
    display_name: str,
    password: str,
    role: Role,
    unit_id: UUID | None = None,
    centre_code: str = "",
    password_hash: str | None = None,
) -> User:
    """Store a new account; ``password_hash`` is that of the password where it is known already.

    Raises ``InvalidInput`` for a name, password or unit that does not fit and ``Conflict``
    for a name that is taken.
    """
    name = normal_username(username)
    check_username(name)
    if not LEAST_PASSWORD <= len(password) <= 256:
        raise InvalidInput(f"密码长度应为 {LEAST_PASSWORD} 至 256 个字符。")
    if not 1 <= len(display_name) <= 64:
        raise InvalidInput("姓名应为 1 至 64 个字。")
    if (role is Role.UNIT) != (unit_id is not None):
        raise InvalidInput("联动单位账号必须且只有联动单位账号才能指定所属单位。")
    user = User(
        username=name,
        display_name=display_name,
        password_hash=password_hash or await hashed(password),
        role=role,
        unit_id=unit_id,
        centre_code=centre_code,
        created_at=clock.now(),
    )
    try:
        async with database.writing() as work:
            work.session.add(user)
    except IntegrityError as error:
        raise Conflict("该用户名已被使用，或所属单位不存在。") from error
    return user


async def ensure_administrator(database: Database, clock: Clock) -> str | None:
    """Create ``admin`` when there is no administrator.

    Returns its random password, which is kept nowhere else; ``None`` when there is one.
    """
    async with database.reading() as session:
        known = select(User.id).where(User.role == Role.ADMINISTRATOR).limit(1)
        if await session.scalar(known) is not None:
            return None
    password = secrets.token_urlsafe(12)
    await create_user(
        database,
        clock,
        username="admin",
        display_name="系统管理员",
        password=password,
        role=Role.ADMINISTRATOR,
    )
    return password
