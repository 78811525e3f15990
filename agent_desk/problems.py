"""Every error answer: a ``Problem`` with a sentence that says what to do."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket

from agent_desk.wire import Problem
from models.errors import DomainError, NotSignedIn

log = logging.getLogger(__name__)

# Close code of a socket whose sign-in is missing or over.
NOT_SIGNED_IN = 4401

LABELS: Mapping[str, str] = {
    "username": "用户名",
    "password": "密码",
    "seat_code": "座席",
    "device": "通话设备",
    "state": "状态",
    "reason": "原因",
    "version": "版本号",
    "fields": "表单内容",
    "unit_ids": "联动单位",
    "answer": "答复",
    "text": "反馈内容",
    "order_id": "工单编号",
    "dispatch_id": "派单编号",
    "call_id": "来电编号",
    "session_id": "座席",
    "mode": "方式",
    "priority": "优先级",
    "number": "电话号码",
    "from_day": "开始日期",
    "to_day": "结束日期",
    "since": "开始时间",
    "until": "结束时间",
    "page": "页码",
    "title": "标题",
    "unit": "答复单位",
    "source": "来源",
    "questions": "问法",
    "tags": "标签",
    "valid_from": "生效日期",
    "valid_until": "失效日期",
    "into_id": "并入的工单",
    "display_name": "姓名",
    "role": "角色",
    "unit_id": "所属单位",
    "centre_code": "所属中心",
    "current": "现在的密码",
    "code": "编号",
    "name": "名称",
    "kind": "类别",
    "kinds": "兼管类别",
    "capabilities": "能力或服务项目",
    "tier": "级别",
    "duty_phone": "值班电话",
    "leader_name": "负责人",
    "leader_phone": "负责人电话",
    "liaison_name": "投诉联络员",
    "liaison_phone": "联络员电话",
    "contact_name": "联系人",
    "contact_phone": "联系电话",
    "lon": "经度",
    "lat": "纬度",
    "address": "地址",
    "queue_codes": "队列",
    "recording_days": "录音保存天数",
    "answer_goal_seconds": "接听目标秒数",
    "words": "查找的文字",
}
SENTENCES: Mapping[str, str] = {
    "missing": "缺少{name}。",
    "string_too_long": "{name}过长，最多 {max_length} 个字，请精简。",
    "string_too_short": "{name}不能为空。",
    "too_long": "{name}过多，最多 {max_length} 项。",
    "too_short": "请至少选择一项{name}。",
    "extra_forbidden": "请求中有多余的内容：{name}。",
    "enum": "{name}的取值不正确。",
    "literal_error": "{name}的取值不正确。",
    "phone_number": "{name}应为 3 至 20 位数字，可以以 + 开头。",
    "not_printable": "{name}里不能有换行或看不见的字符。",
    "greater_than_equal": "{name}不能小于 {ge}。",
    "less_than_equal": "{name}不能大于 {le}。",
}
STATUS_SENTENCES: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "请求内容无法读取。"),
    404: ("not_found", "没有这个地址。"),
    405: ("method_not_allowed", "此地址不支持该操作。"),
    413: ("too_large", "提交的内容过大，最多 1 MB。"),
    415: ("invalid_input", "请求内容应为 JSON。"),
}


def problem(status: int, code: str, message: str) -> JSONResponse:
    """An error answer."""
    return JSONResponse(Problem(code=code, message=message).model_dump(), status_code=status)


def status_problem(status: int) -> JSONResponse:
    """The answer to a request that HTTP alone says is wrong."""
    return problem(status, *STATUS_SENTENCES.get(status, ("refused", "请求被拒绝。")))


def too_large(most_bytes: int) -> JSONResponse:
    """The answer to a body larger than a path takes."""
    return problem(413, "too_large", f"提交的内容过大，最多 {most_bytes // 2**20} MB。")


def internal_problem() -> JSONResponse:
    """The answer to an error nobody foresaw; it tells nothing about the inside."""
    return problem(500, "internal", "系统内部出错，请重试；若仍不成功，请通知管理员。")


def where(error: BaseException) -> str:
    """An error for the log: its type and the lines it came through.

    Its message is left out, which may quote a row or what somebody typed.
    """
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    steps = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames))
    return f"{type(error).__name__} at {steps}"


def sentence(errors: Sequence[Mapping[str, Any]]) -> str:
    """The first of pydantic's ``errors`` as one sentence naming the field."""
    error = errors[0]
    kind = error["type"]
    if kind in ("too_long", "too_short") and isinstance(error.get("input"), str):
        kind = f"string_{kind}"
    if kind == "json_invalid":
        return "请求内容不是有效的 JSON。"
    names = [part for part in error["loc"][1:] if isinstance(part, str)]
    field = names[0] if names else ""
    name = f"“{LABELS.get(field, field[:32])}”" if field else "请求内容"
    template = SENTENCES.get(kind, "{name}的格式不正确。")
    return template.format(name=name, **error.get("ctx", {}))


def add_problems(app: FastAPI) -> None:
    """Answer all expected errors of ``app`` with a ``Problem``, on sockets with a close."""
    app.add_exception_handler(DomainError, _domain)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(WebSocketRequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _domain(connection: HTTPConnection, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101 - registered for this type
    if isinstance(connection, WebSocket):
        if isinstance(error, NotSignedIn):
            # Only an accepted socket can tell the page why it is closed.
            await connection.accept()
            await connection.close(NOT_SIGNED_IN)
        else:
            await connection.close()  # before accepting: the handshake is answered with 403
        return Response()
    return problem(error.status, error.code, error.message)


async def _invalid(connection: HTTPConnection, error: Exception) -> Response:
    if isinstance(connection, WebSocket) or not isinstance(error, RequestValidationError):
        return Response(status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
    return problem(422, "invalid_input", sentence(error.errors()))


async def _http(connection: HTTPConnection, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type
    answer = status_problem(error.status_code)
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer
