"""Punctuation for recognised words: from pauses, particles and question words.

A pause alone makes a comma when it is long; a short one where a clause may end (了, 吗) or begin
(我们, 请, 现在). Nothing stands inside an address or a number. Pauses were fitted on the dev half
of ``benchmarks/speech_calls.txt``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from asr.repair import Piece

COMMA, STOP, ASK, CALL = "，", "。", "？", "！"

BEGINS = frozenset(
    """
    我 我们 我家 你 你们 他 他们 她 她们 它 请 请问 请你 请你们 现在 但是 可是 所以 因为 而且
    然后 如果 还有 有 有人 快 快点 麻烦 能不能 可以 怎么 什么 什么时候 在 里面 人 老板 对方 电话
    地址 司机 孩子 老人 老人家 听说 已经 都 要 想 住 今年 昨天 今天 到 往 把 被 一共 结果 没有
    不 还 派 水 车子 从 谢谢 就
    """.split()  # noqa: SIM905 - a list of so many would be a page
)
ENDS = frozenset(
    ("了", "吗", "呢", "吧", "啊", "呀", "啦", "的", "你好", "您好", "喂", "来", "人", "好")
)
ASKING = frozenset(("吗", "呢", "么"))
QUESTION = re.compile(
    r"[吗呢么]$|什么|怎么|怎样|多少|哪里|哪儿|哪个|哪些|几[点号天个]|能不能|可不可以|可以不可以|要不要|有没有|是不是|"
    r"会不会|行不行|为什么|谁来"
)
NO_QUESTION = re.compile(r"(想|要)(问|咨询|反映)|不知道|没什么|什么都|怎么也")
URGENT = re.compile(r"快(点|来|叫|派|过|救|去)?|救命|救人|赶(快|紧)|别过来|是血|快不行")
NUMERAL = re.compile(r"[零〇幺一二两三四五六七八九十百千万亿]+$")
UNIT = re.compile(r"^(号|栋|幢|单元|楼|室|层|弄|座|组|公里|米|点|元|块|岁|月|日|年|天)")


@dataclass(frozen=True, slots=True)
class Pauses:
    """Milliseconds between two words from which on a comma stands there."""

    alone: int = 150  # between any two
    one_sign: int = 60  # where the former may end a clause or the latter may begin one
    both: int = 20


def marks_behind(pieces: Sequence[Piece], pauses: Pauses | None = None) -> list[str]:
    """The mark behind each of ``pieces``, mostly none; one behind the last."""
    limits = pauses or Pauses()
    marks: list[str] = []
    clause = ""
    for former, latter in pairwise(pieces):
        clause += former.text
        mark = ""
        if _divides(former, latter, limits, clause):
            mark = ASK if former.text[-1:] in ASKING else COMMA
            clause = ""
        marks.append(mark)
    return [*marks, _last(clause + pieces[-1].text)] if pieces else []


def _divides(former: Piece, latter: Piece, limits: Pauses, clause: str) -> bool:
    pause = latter.start_ms - former.end_ms
    if UNIT.match(latter.text) and NUMERAL.search(former.text):
        return False
    if NUMERAL.search(former.text) and NUMERAL.match(latter.text):
        return False
    if pause >= limits.alone:
        return True
    ends = former.text in ENDS or former.text[-1:] in ("了", "吗", "呢", "吧", "啊")
    begins = latter.text in BEGINS
    if len(clause) < 2:
        return False
    return (ends and begins and pause >= limits.both) or (
        (ends or begins) and pause >= limits.one_sign
    )


def _last(clause: str) -> str:
    if QUESTION.search(clause) and not NO_QUESTION.search(clause):
        return ASK
    return CALL if URGENT.search(clause) else STOP
