"""What each page shows, loaded for the person who asks. Others' rows are ``NotFound``."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk import repository, shapes, sharing
from agent_desk.accounts import Person
from agent_desk.parts import Parts
from agent_desk.wire import Centre, Helpers
from agent_desk.wire_orders import OrderInfo, OrderLine, UnitOrder
from agent_desk.wire_seat import AgentSessionInfo, CallInfo, Desk, SeatInfo, Workspace
from dispatch import levels, merging
from dispatch import repository as order_rows
from ivr.service import PAUSE_REASONS
from models.errors import NotFound
from models.kinds import Device
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus, WorkOrderStatus
from models.tables import AgentSession, Call

LEVELS = ("一级", "二级", "三级", "四级")
NO_ORDER = "没有这张工单，或您无权查看。"


class Views:
    """Loads what pages show."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._database = parts.database

    @property
    def _category_names(self) -> Mapping[str, str]:
        return self._parts.category_names()

    # --- for everybody -----------------------------------------------------------------------

    def helpers(self) -> Helpers:
        """Which helpers work now."""
        return Helpers(
            telephony=self._parts.telephony.available,
            speech=self._parts.telephony.speech_available,
            suggestion=self._parts.suggestion_available,
        )

    async def rows_readable(self) -> bool:
        """Whether the database answers."""
        try:
            async with self._database.reading() as session:
                await session.scalar(select(literal(1)))
        except (SQLAlchemyError, OSError):
            return False
        return True

    async def centre(self) -> Centre:
        """What changes seldom."""
        async with self._database.reading() as session:
            queues = await repository.queues(session)
            units = await repository.units(session)
        return Centre(
            queues=[shapes.queue(row) for row in queues],
            categories=[shapes.category(item) for item in self._parts.categories],
            levels=list(LEVELS),
            units=[shapes.unit(row) for row in units],
            pause_reasons=list(PAUSE_REASONS),
            texts=self._parts.telephony.texts.configured,
        )

    # --- seats -------------------------------------------------------------------------------

    async def seats(self) -> list[SeatInfo]:
        """All seats, and who sits there."""
        async with self._database.reading() as session:
            rows = await repository.seats(session)
        return [
            SeatInfo(code=seat.code, name=seat.name, queue_codes=seat.queue_codes, occupied_by=name)
            for seat, name in rows
        ]

    async def own_agent(self, person: Person) -> AgentSessionInfo:
        """The seat the person sits at; raises ``NotFound`` at none."""
        async with self._database.reading() as session:
            row = await repository.open_agent_session(session, person.user_id)
        if row is None:
            raise NotFound("您还没有签入座席。")
        return shapes.agent(row)

    async def speaks_through_browser(self, person: Person) -> bool:
        """Whether the person sits at a seat with the browser as telephone."""
        async with self._database.reading() as session:
            row = await repository.open_agent_session(session, person.user_id)
        return row is not None and row.device is Device.WEB

    async def desk(self, person: Person) -> Desk:
        """Everything a seat's page shows."""
        async with self._database.reading() as session:
            agent = await repository.open_agent_session(session, person.user_id)
            workspace = await self.workspace_of(session, agent) if agent else None
            rows = await order_rows.orders(session, person.user_id, person.centre_code)
        return Desk(
            helpers=self.helpers(),
            agent=shapes.agent(agent) if agent else None,
            workspace=workspace,
            orders=[shapes.order_line(row, self._category_names) for row in rows],
        )

    async def workspace_of(self, session: AsyncSession, agent: AgentSession) -> Workspace | None:
        """What the agent works on: a call that rings, is spoken, or is being wrapped up."""
        call = await repository.call(session, agent.call_id) if agent.call_id else None
        if call is None:
            return None
        order = await order_rows.order_of_call(session, call.id)
        return await self._workspace(session, call, order)

    async def call_workspace(self, call_id: UUID) -> Workspace:
        """Any call with its words and its order; raises ``NotFound``."""
        async with self._database.reading() as session:
            call = await repository.call(session, call_id)
            if call is None:
                raise NotFound("没有这通来电，请刷新列表后重试。")
            order = await order_rows.order_of_call(session, call.id)
            return await self._workspace(session, call, order)

    # --- work orders -------------------------------------------------------------------------

    async def order_lines(self, person: Person) -> list[OrderLine]:
        """The newest orders the person may read."""
        owner = sharing.owner_of(person)
        async with self._database.reading() as session:
            rows = await order_rows.orders(session, owner, person.centre_code)
        return [shapes.order_line(row, self._category_names) for row in rows]

    async def order_workspace(self, person: Person, order_id: UUID) -> Workspace:
        """An order with its call; raises ``NotFound`` for others' orders."""
        async with self._database.reading() as session:
            row = await order_rows.order(session, order_id)
            await self._check_readable(session, person, row)
            call = await repository.call(session, row.call_id) if row.call_id else None
            return await self._workspace(session, call, row)

    async def check_order(self, person: Person, order_id: UUID) -> None:
        """Raise ``NotFound`` unless the person may work on this order, ``Conflict`` where
        another centre commands it."""
        async with self._database.reading() as session:
            row = await order_rows.order(session, order_id)
            await self._check_readable(session, person, row)
            if person.centre_code != row.centre_code:
                tree = await levels.centres(session)
                levels.refuse_foreign(row, person.centre_code, tree)

    async def check_readable(self, person: Person, order_id: UUID) -> None:
        """Raise ``NotFound`` unless the person may read this order."""
        async with self._database.reading() as session:
            row = await order_rows.order(session, order_id)
            await self._check_readable(session, person, row)

    async def check_dispatch(self, person: Person, order_id: UUID, dispatch_id: UUID) -> None:
        """As ``check_order``; raise ``NotFound`` as well unless it was sent as that."""
        await self.check_order(person, order_id)
        async with self._database.reading() as session:
            item = await order_rows.dispatch_order(session, dispatch_id)
        if item.work_order_id != order_id:
            raise NotFound(order_rows.NO_DISPATCH_ORDER)

    async def order(self, row: WorkOrder) -> OrderInfo:
        """An order as a page shows it."""
        async with self._database.reading() as session:
            return await self.order_info(session, row)

    async def order_info(self, session: AsyncSession, row: WorkOrder) -> OrderInfo:
        """The same, with a session that is open already."""
        names = await repository.display_names(session, shapes.people_of(row))
        into = None
        if row.status is WorkOrderStatus.MERGED:
            into = await merging.merged_into(session, row.id)
        callers = await merging.callers(session, row.id) if row.merged_calls else ()
        return shapes.order(row, names, into, callers)

    async def order_now(self, order_id: UUID) -> OrderInfo:
        """An order as it is now."""
        async with self._database.reading() as session:
            return await self.order_info(session, await order_rows.order(session, order_id))

    # --- dispatch orders ---------------------------------------------------------------------

    async def unit_orders(self, person: Person) -> list[UnitOrder]:
        """The newest orders sent to the person's unit."""
        return await self.orders_of_unit(self.unit_of(person))

    async def orders_of_unit(self, unit_id: UUID) -> list[UnitOrder]:
        """The newest orders sent to a unit."""
        async with self._database.reading() as session:
            rows = await order_rows.unit_orders(session, unit_id)
        return [self.unit_order(row) for row in rows if row.status is not DispatchStatus.CREATED]

    def unit_order(self, row: DispatchOrder) -> UnitOrder:
        """A dispatch order as its unit sees it."""
        return shapes.unit_order(row, self._category_names)

    def unit_of(self, person: Person) -> UUID:
        """The person's unit; raises ``NotFound`` without one."""
        if person.unit_id is None:
            raise NotFound("您的账号没有所属单位，请联系管理员。")
        return person.unit_id

    # --- calls -------------------------------------------------------------------------------

    async def call_info(self, session: AsyncSession, row: Call) -> CallInfo:
        """A call as a page shows it."""
        silent = self._parts.telephony.silence.is_silent(row.id)
        return shapes.call(row, await repository.calls_before(session, row), silent=silent)

    async def _workspace(
        self, session: AsyncSession, call: Call | None, order: WorkOrder | None
    ) -> Workspace:
        order_info = await self.order_info(session, order) if order else None
        if call is None:
            return Workspace(
                call=None, utterances=[], partials=[], suggestion=None, order=order_info
            )
        utterances = await repository.utterances(session, call.id)
        suggestion = await repository.suggestion(session, call.id)
        return Workspace(
            call=await self.call_info(session, call),
            utterances=[shapes.utterance(row) for row in utterances],
            partials=[shapes.partial(grown) for grown in self._parts.telephony.partials(call.id)],
            suggestion=shapes.suggestion(suggestion) if suggestion else None,
            order=order_info,
        )

    async def _check_readable(self, session: AsyncSession, person: Person, row: WorkOrder) -> None:
        codes = {share.centre_code for share in await levels.shares(session, row.id)}
        if sharing.sees(person, row, codes):
            return
        if row.call_id and await repository.took_call(session, row.call_id, person.user_id):
            return
        if row.merged_calls and any(
            one.owner_id == person.user_id for one in await merging.callers(session, row.id)
        ):
            return
        raise NotFound(NO_ORDER)
