"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response, status

from agent_desk import shapes
from agent_desk.dependencies import COOKIE, Desk, SignedIn
from agent_desk.wire import Health, Me, SignIn

router = APIRouter(prefix="/api", tags=["session"])

# The row decides when a sign-in ends; the cookie only has to outlive it.
COOKIE_SECONDS = 30 * 24 * 3600


@router.post("/session")
async def sign_in(body: SignIn, request: Request, response: Response, desk: Desk) -> Me:
    """Sign in; sets the session cookie and ends the sign-in that this browser had before."""
    address = request.client.host if request.client else ""
    person, token = await desk.accounts.sign_in(body.username, body.password, address)
    former = await desk.accounts.person(request.cookies.get(COOKIE, ""))
    if former is not None:
        await desk.accounts.sign_out(former.session_id)
    response.set_cookie(
        COOKIE,
        token,
        max_age=COOKIE_SECONDS,
        path="/",
        secure=desk.parts.secure_cookies,
        httponly=True,
        samesite="strict",
    )
    return shapes.me(person)


@router.get("/session")
async def who_am_i(person: SignedIn, desk: Desk) -> Me:
    """The signed-in person."""
    return shapes.me(person)


@router.delete("/session", status_code=status.HTTP_204_NO_CONTENT)
async def sign_out(person: SignedIn, desk: Desk, response: Response) -> None:
    """Sign out; leaves the seat too when this was the person's last sign-in."""
    await desk.leave(person)
    response.delete_cookie(
        COOKIE, path="/", secure=desk.parts.secure_cookies, httponly=True, samesite="strict"
    )


@router.get("/health")
async def health(desk: Desk) -> Health:
    """Whether this process works, without sign-in."""
    helpers = desk.views.helpers()
    return Health(
        status="ok" if await desk.views.rows_readable() else "degraded",
        telephony=helpers.telephony,
        speech=helpers.speech,
        suggestion=helpers.suggestion,
    )
