"""People's accounts: made, changed, locked, never deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk.accounts import Accounts, Person, check_username, normal_username
from agent_desk.administration import passwords
from agent_desk.administration.leaving import Leaving
from agent_desk.administration.record import check_version, note
from agent_desk.hub import Hub
from agent_desk.permissions import Permission, may
from agent_desk.wire_people import AddPerson, PersonInfo
from dispatch.levels import Centres, centres
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.errors import Conflict, InvalidInput, NotFound
from models.kinds import Role
from models.tables import AgentSession, AuthSession, LinkageUnit, Seat, User

SUBJECT: Final = "user"
MOST_LISTED: Final = 5_000
TAKEN: Final = "用户名“{}”已经有人使用，请换一个，例如在后面加数字。"
LAST: Final = "这是最后一个可用的管理员账号，不能锁定或改为其他角色；请先另设一个管理员。"


@dataclass(frozen=True, slots=True)
class Issued:
    """An account with its one-time password."""

    user_id: UUID
    password: str


class People:
    """Whoever is locked, or becomes somebody else, loses every open page at once."""

    def __init__(
        self, database: Database, clock: Clock, accounts: Accounts, hub: Hub, leaving: Leaving
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._hub = hub
        self._leaving = leaving

    async def listed(self) -> list[PersonInfo]:
        """Everybody, locked accounts too, by username."""
        return await self._infos(None)

    async def info(self, user_id: UUID) -> PersonInfo:
        """One account; raises ``NotFound``."""
        found = await self._infos(user_id)
        if not found:
            raise NotFound("没有这个账号，请刷新页面。")
        return found[0]

    async def add(self, wanted: AddPerson, by: Person) -> Issued:
        """A new account with a one-time password.

        Raises ``InvalidInput`` for what does not fit together, ``Conflict`` for a name taken.
        """
        password = passwords.one_time()
        user = User(
            password_hash=await self._accounts.hashed(password),
            created_at=self._clock.now(),
            must_change_password=True,
        )
        try:
            async with self._database.writing() as work:
                await self._fill(work.session, user, wanted)
                work.session.add(user)
                after = await _shown(work.session, user)
                note(
                    work, self._clock, by.user_id, "add", SUBJECT, str(user.id),
                    user.display_name, None, after,
                )  # fmt: skip
        except IntegrityError as error:
            raise Conflict(TAKEN.format(wanted.username)) from error
        return Issued(user.id, password)

    async def change(self, user_id: UUID, version: int, wanted: AddPerson, by: Person) -> None:
        """Change name, role, unit or centre; raises as ``add``, and ``EditedMeanwhile``."""
        try:
            async with self._database.writing() as work:
                user = await self._to_change(work, user_id, version)
                before = await _shown(work.session, user)
                former = (user.role, user.unit_id, user.centre_code)
                if wanted.role is not user.role:
                    if user_id == by.user_id:
                        raise Conflict("不能更改自己的角色，请由另一位管理员操作。")
                    await self._keep_one(work.session, user)
                await self._fill(work.session, user, wanted)
                after = await _shown(work.session, user)
                if note(
                    work, self._clock, by.user_id, "change", SUBJECT, str(user.id),
                    user.display_name, before, after,
                ):  # fmt: skip
                    user.version += 1
                moved = former != (user.role, user.unit_id, user.centre_code)
                role = user.role
        except IntegrityError as error:
            raise Conflict(TAKEN.format(wanted.username)) from error
        if moved:
            # Open pages show, and open sockets hear, what the person was allowed before.
            self._hub.drop_person(user_id)
            if not may(role, Permission.WORK_SEAT):
                await self._leaving.leave(user_id, by.user_id)

    async def reset_password(self, user_id: UUID, version: int, by: Person) -> Issued:
        """A new one-time password; every sign-in with the former one ends."""
        if user_id == by.user_id:
            raise Conflict("自己的密码请在右上角“账号”里修改。")
        password = passwords.one_time()
        hashed = await self._accounts.hashed(password)
        async with self._database.writing() as work:
            user = await self._to_change(work, user_id, version)
            user.password_hash, user.must_change_password = hashed, True
            user.version += 1
            await _end_sign_ins(work, user_id)
            self._note(work, "reset_password", user, by)
        self._hub.drop_person(user_id)
        return Issued(user_id, password)

    async def lock(self, user_id: UUID, version: int, by: Person) -> bool:
        """Shut somebody out at once; whether a call keeps them at their seat until its end."""
        if user_id == by.user_id:
            raise Conflict("不能锁定自己的账号，请由另一位管理员操作。")
        async with self._database.writing() as work:
            user = await self._to_change(work, user_id, version)
            await self._keep_one(work.session, user)
            if user.disabled_at is None:
                user.disabled_at = self._clock.now()
                user.version += 1
                await _end_sign_ins(work, user_id)
                self._note(work, "lock", user, by)
        self._hub.drop_person(user_id)
        return not await self._leaving.leave(user_id, by.user_id)

    async def unlock(self, user_id: UUID, version: int, by: Person) -> None:
        """Let somebody sign in again."""
        async with self._database.writing() as work:
            user = await self._to_change(work, user_id, version)
            if user.disabled_at is not None:
                user.disabled_at = None
                user.version += 1
                self._note(work, "unlock", user, by)

    async def change_own_password(
        self, person: Person, current: str, password: str, address: str
    ) -> None:
        """Choose a new password; the person's other sign-ins end.

        Raises ``InvalidInput`` for a wrong current one or a new one that is no good.
        """
        if not await self._accounts.right_password(person, current, address):
            raise InvalidInput("现在的密码不对，请重新输入。")
        if password == current:
            raise InvalidInput("新密码和现在的密码相同，请换一个。")
        passwords.check(password, person.user.username)
        hashed = await self._accounts.hashed(password)
        async with self._database.writing() as work:
            user = await work.session.get_one(User, person.user_id, with_for_update=True)
            user.password_hash, user.must_change_password = hashed, False
            user.version += 1
            await _end_sign_ins(work, user.id, but=person.session_id)
            self._note(work, "change_password", user, person)
        self._hub.drop_person(person.user_id, but=person.session_id)

    # --- rows --------------------------------------------------------------------------------

    async def _fill(self, session: AsyncSession, user: User, wanted: AddPerson) -> None:
        name = normal_username(wanted.username)
        check_username(name)
        taken = select(User.id).where(User.username == name, User.id != user.id)
        if await session.scalar(taken) is not None:
            raise Conflict(TAKEN.format(name))
        unit_id, centre_code = wanted.unit_id, wanted.centre_code
        if wanted.role is Role.UNIT:
            if unit_id is None:
                raise InvalidInput("请选择该人员所属的联动单位。")
            unit = await session.get(LinkageUnit, unit_id)
            if unit is None:
                raise InvalidInput("没有这个联动单位，请从列表中选择。")
            centre_code = unit.centre_code
        elif unit_id is not None:
            raise InvalidInput("只有联动单位的账号才属于单位，请清空所属单位。")
        if centre_code and centre_code not in await centres(session):
            raise InvalidInput("没有这个指挥中心，请从列表中选择。")
        user.username, user.display_name = name, wanted.display_name
        user.role, user.unit_id, user.centre_code = wanted.role, unit_id, centre_code

    async def _to_change(self, work: UnitOfWork, user_id: UUID, version: int) -> User:
        user = await work.session.get(User, user_id, with_for_update=True)
        if user is None:
            raise NotFound("没有这个账号，请刷新页面。")
        await check_version(work.session, user, version, SUBJECT, str(user_id))
        return user

    async def _keep_one(self, session: AsyncSession, user: User) -> None:
        """Raise ``Conflict`` where ``user`` is the only administrator who can sign in."""
        if user.role is not Role.ADMINISTRATOR or user.disabled_at is not None:
            return
        # All of them are locked: of two that are removed at the same moment one has to see it.
        query = select(User).where(User.role == Role.ADMINISTRATOR).order_by(User.id)
        rows: Sequence[User] = (await session.scalars(query.with_for_update())).all()
        if not any(row.id != user.id and row.disabled_at is None for row in rows):
            raise Conflict(LAST)

    def _note(self, work: UnitOfWork, action: str, user: User, by: Person) -> None:
        note(work, self._clock, by.user_id, action, SUBJECT, str(user.id), user.display_name)

    async def _infos(self, user_id: UUID | None) -> list[PersonInfo]:
        signed_in = (
            select(AuthSession.user_id, func.count().label("count"))
            .where(AuthSession.expires_at > self._clock.now())
            .group_by(AuthSession.user_id)
            .subquery()
        )
        sitting = (
            select(AgentSession.user_id, func.min(Seat.name).label("seat"))
            .join(Seat, Seat.id == AgentSession.seat_id)
            .where(AgentSession.signed_out_at.is_(None))
            .group_by(AgentSession.user_id)
            .subquery()
        )
        query = (
            select(User, LinkageUnit.name, signed_in.c.count, sitting.c.seat)
            .outerjoin(LinkageUnit, LinkageUnit.id == User.unit_id)
            .outerjoin(signed_in, signed_in.c.user_id == User.id)
            .outerjoin(sitting, sitting.c.user_id == User.id)
            .order_by(User.username)
            .limit(MOST_LISTED)
        )
        if user_id is not None:
            query = query.where(User.id == user_id)
        async with self._database.reading() as session:
            tree = await centres(session)
            rows = (await session.execute(query)).all()
        return [_info(user, unit, count, seat, tree) for user, unit, count, seat in rows]


def _info(
    user: User, unit: str | None, count: int | None, seat: str | None, tree: Centres
) -> PersonInfo:
    return PersonInfo(
        id=user.id,
        version=user.version,
        username=user.username,
        display_name=user.display_name,
        role=user.role,
        unit_id=user.unit_id,
        unit_name=unit or "",
        centre_code=user.centre_code,
        centre_name=tree.name(user.centre_code),
        created_at=user.created_at,
        locked_at=user.disabled_at,
        must_change_password=user.must_change_password,
        sign_ins=count or 0,
        seat_name=seat or "",
    )


async def _shown(session: AsyncSession, user: User) -> dict[str, Any]:
    """What an entry of ``audits`` says of an account."""
    unit = await session.get(LinkageUnit, user.unit_id) if user.unit_id else None
    return {
        "username": user.username,
        "display_name": user.display_name,
        "role": user.role.value,
        "unit": unit.name if unit else "",
        "centre": (await centres(session)).name(user.centre_code),
    }


async def _end_sign_ins(work: UnitOfWork, user_id: UUID, but: UUID | None = None) -> None:
    query = delete(AuthSession).where(AuthSession.user_id == user_id)
    if but is not None:
        query = query.where(AuthSession.id != but)
    await work.session.execute(query)
