"""People's accounts, for administrators, and everybody's own password."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, status

from agent_desk.dependencies import CentreChanger, Desk, SignedIn
from agent_desk.wire_people import (
    AddPerson,
    ChangePassword,
    LockedPerson,
    NewPassword,
    PersonInfo,
    PutPerson,
    SeenPerson,
)

router = APIRouter(prefix="/api", tags=["people"])


@router.get("/admin/people")
async def people(person: CentreChanger, desk: Desk) -> list[PersonInfo]:
    """Everybody who has an account, locked ones too."""
    return await desk.administration.people.listed()


@router.post("/admin/people", status_code=status.HTTP_201_CREATED)
async def add_person(body: AddPerson, person: CentreChanger, desk: Desk) -> NewPassword:
    """A new account; its one-time password is shown here and nowhere else."""
    made = await desk.administration.people.add(body, person)
    info = await desk.administration.people.info(made.user_id)
    return NewPassword(person=info, password=made.password)


@router.put("/admin/people/{user_id}")
async def put_person(
    user_id: UUID, body: PutPerson, person: CentreChanger, desk: Desk
) -> PersonInfo:
    """Change an account; with another role, unit or centre its open pages close."""
    await desk.administration.people.change(user_id, body.version, body, person)
    return await desk.administration.people.info(user_id)


@router.post("/admin/people/{user_id}/password")
async def reset_password(
    user_id: UUID, body: SeenPerson, person: CentreChanger, desk: Desk
) -> NewPassword:
    """A new one-time password; whoever is signed in with the former one is signed out."""
    made = await desk.administration.people.reset_password(user_id, body.version, person)
    info = await desk.administration.people.info(user_id)
    return NewPassword(person=info, password=made.password)


@router.post("/admin/people/{user_id}/lock")
async def lock_person(
    user_id: UUID, body: SeenPerson, person: CentreChanger, desk: Desk
) -> LockedPerson:
    """Shut somebody out: every sign-in and every open page ends at once."""
    in_call = await desk.administration.people.lock(user_id, body.version, person)
    return LockedPerson(person=await desk.administration.people.info(user_id), in_call=in_call)


@router.post("/admin/people/{user_id}/unlock")
async def unlock_person(
    user_id: UUID, body: SeenPerson, person: CentreChanger, desk: Desk
) -> PersonInfo:
    """Let somebody sign in again."""
    await desk.administration.people.unlock(user_id, body.version, person)
    return await desk.administration.people.info(user_id)


@router.put("/account/password", status_code=status.HTTP_204_NO_CONTENT)
async def change_password(
    body: ChangePassword, request: Request, person: SignedIn, desk: Desk
) -> None:
    """Choose a new password; the person's other sign-ins end."""
    address = request.client.host if request.client else ""
    await desk.administration.people.change_own_password(
        person, body.current, body.password, address
    )
