"""Prompts, for administrators. A change is heard from the next call on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse

from agent_desk.dependencies import CentreChanger, Desk
from agent_desk.wire_prompts import PromptName, PromptsInfo, RestorePrompt, SpeakPrompt

router = APIRouter(prefix="/api/admin/prompts", tags=["prompts"])

Name = Annotated[PromptName, Query()]


@router.get("")
async def all_prompts(person: CentreChanger, desk: Desk) -> PromptsInfo:
    """Every sound that callers hear, with whose voice it has."""
    return await desk.administration.prompts.listed()


@router.get("/sound", response_class=FileResponse, responses={200: {"content": {"audio/wav": {}}}})
async def prompt_sound(name: Name, person: CentreChanger, desk: Desk) -> FileResponse:
    """What callers hear."""
    path = await desk.administration.prompts.sounds.sound(name)
    return FileResponse(path, media_type="audio/wav")


@router.post(
    "/recording",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def record_prompt(
    request: Request,
    name: Name,
    version: Annotated[int, Query(ge=0)],
    person: CentreChanger,
    desk: Desk,
) -> PromptsInfo:
    """A recording (WAV, at most 20 MB and 60 s) in place of a sound."""
    await desk.administration.prompts.record(name, version, await request.body(), person)
    return await desk.administration.prompts.listed()


@router.post("/speak")
async def speak_prompt(body: SpeakPrompt, person: CentreChanger, desk: Desk) -> PromptsInfo:
    """Let a voice say another text; takes some seconds."""
    await desk.administration.prompts.speak(body.name, body.version, body.text, person)
    return await desk.administration.prompts.listed()


@router.post("/restore")
async def restore_prompt(body: RestorePrompt, person: CentreChanger, desk: Desk) -> PromptsInfo:
    """Let the built-in sound be heard again."""
    await desk.administration.prompts.restore(body.name, body.version, person)
    return await desk.administration.prompts.listed()
