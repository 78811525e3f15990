"""Which passwords are taken, and one-time passwords that can be read out on the telephone."""

from __future__ import annotations

import secrets
from typing import Final

from agent_desk.accounts import LEAST_PASSWORD
from models.errors import InvalidInput

MOST_PASSWORD: Final = 256
LEAST_DIFFERENT: Final = 5
# Without what is easily mistaken for another: 0 O, 1 l I.
LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 4, 4  # 31 characters, 16 of them: 79 bits
ROWS: Final = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
KNOWN: Final = frozenset(
    {"password", "passw0rd", "p@ssw0rd", "iloveyou", "woaini", "administrator", "letmein"}
)


def one_time() -> str:
    """A random password in four groups, good until the first sign-in with it."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


def check(password: str, username: str) -> None:
    """Raise ``InvalidInput`` with what is wrong with a password that somebody has chosen."""
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        raise InvalidInput(f"密码应有 {LEAST_PASSWORD} 至 {MOST_PASSWORD} 个字符，请加长后重试。")
    plain = password.lower()
    if len(set(plain)) < LEAST_DIFFERENT:
        raise InvalidInput(f"密码太简单：请至少用 {LEAST_DIFFERENT} 种不同的字符。")
    if username and (username.lower() in plain or plain in username.lower()):
        raise InvalidInput("密码里不能有用户名，请换一个。")
    letters = plain.strip("0123456789!@#$%^&*._-")
    if letters in KNOWN or plain in KNOWN or any(_runs(plain, row) for row in ROWS):
        raise InvalidInput("这个密码太常见，容易被猜到，请换一个。")


def _runs(password: str, row: str) -> bool:
    """Whether most of it is one run along ``row``, forward or backward."""
    most = max(6, len(password) - 3)
    runs = (row + row, (row + row)[::-1])
    return any(
        password[at : at + most] in run for run in runs for at in range(len(password) - most + 1)
    )
