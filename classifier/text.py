"""Text as the models and the address parser see it: cleaned characters and their pinyin."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

import jieba
from pypinyin import Style, lazy_pinyin

from classifier.lexicon import LEXICON

MOST_CHARACTERS = 2_000  # of a longer text, the beginning and the end are read

jieba.setLogLevel("ERROR")
_dictionary_folder: list[Path] = []

_TAG = re.compile(
    r"<(?:script|style)\b.*?</(?:script|style)\s*>|<[!/a-zA-Z][^<>]{0,500}>", re.S | re.I
)
_SPACE = re.compile(r"\s+")
_CJK = "\u3400-\u4dbf\u4e00-\u9fff〇"
_GAP = re.compile(rf"(?<=[{_CJK}，。、！？]) (?=[{_CJK}，。、！？0-9])|(?<=[0-9]) (?=[{_CJK}])")
_HAN = re.compile(rf"[{_CJK}]")
_KEPT = frozenset("LNZPS")  # Unicode's letters, numbers, separators, punctuation, symbols


def keep_dictionary_in(folder: Path) -> None:
    """Let the tokenizer keep its dictionary's cache in ``folder``, which must exist.

    Without one the dictionary is read anew by every process. Has no effect once it is read.
    """
    _dictionary_folder[:] = [folder]


@cache
def _tokenizer() -> jieba.Tokenizer:
    tokenizer = jieba.Tokenizer()
    if _dictionary_folder:
        tokenizer.tmp_dir = str(_dictionary_folder[0])
        tokenizer.initialize()
    else:
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
        tokenizer.initialized = True
    for word in LEXICON["trade_words"]:
        tokenizer.add_word(word)
    return tokenizer


def frequencies() -> Mapping[str, int]:
    """How often each word of the dictionary occurs; 0 for what only begins one."""
    found: Mapping[str, int] = _tokenizer().FREQ
    return found


def clean(text: str) -> str:
    """``text`` in NFKC without markup, control characters and emoji, without the spaces a
    recogniser puts between Chinese words, at most ``MOST_CHARACTERS`` long."""
    if len(text) > 2 * MOST_CHARACTERS:
        text = text[:MOST_CHARACTERS] + " " + text[-MOST_CHARACTERS:]
    text = unicodedata.normalize("NFKC", html.unescape(_TAG.sub(" ", text)))
    text = "".join(
        ch if unicodedata.category(ch)[0] in _KEPT and unicodedata.category(ch) != "So" else " "
        for ch in text
    )
    text = _SPACE.sub(" ", text).strip()
    text = text.replace(",", "，").replace("?", "？").replace("!", "！")
    text = _GAP.sub("", text)
    if len(text) > MOST_CHARACTERS:
        half = MOST_CHARACTERS // 2
        text = text[:half] + "，" + text[-half + 1 :]
    return text


def has_chinese(text: str) -> bool:
    """Whether there is at least one Chinese character."""
    return _HAN.search(text) is not None


def is_han(ch: str) -> bool:
    """Whether ``ch`` is a Chinese character."""
    return _HAN.match(ch) is not None


def words(text: str) -> list[tuple[str, int, int]]:
    """The words of ``text`` with their start and end."""
    return [(str(word), int(start), int(end)) for word, start, end in _tokenizer().tokenize(text)]


@lru_cache(maxsize=100_000)
def syllables(word: str) -> tuple[str, ...]:
    """Toneless pinyin, one syllable per character; a character without one stands for itself."""
    if not all(is_han(ch) for ch in word):
        return tuple(syllables(ch)[0] if is_han(ch) else ch for ch in word)
    read = lazy_pinyin(word, style=Style.NORMAL)
    return tuple(read) if len(read) == len(word) else tuple(word)


# What Mandarin speakers of the south, and recognisers, take for one another.
_SHIFTS = (
    (re.compile(r"^zh"), "z"),
    (re.compile(r"^ch"), "c"),
    (re.compile(r"^sh"), "s"),
    (re.compile(r"^f(?=[aei])"), "hu"),
    (re.compile(r"^fo"), "huo"),
    (re.compile(r"^f"), "h"),
    (re.compile(r"^l"), "n"),
    (re.compile(r"(?<=[aei])ng$"), "n"),
)
_AFTER = (("huou", "hou"), ("huei", "hui"), ("huen", "hun"), ("v", "u"))


@lru_cache(maxsize=4_096)
def folded(syllable: str) -> str:
    """A syllable with near sounds made one: zh/z, ch/c, sh/s, f/h, l/n, -ang/-an, -eng/-en,
    -ing/-in."""
    for pattern, to in _SHIFTS:
        syllable = pattern.sub(to, syllable)
    for whole, to in _AFTER:
        syllable = syllable.replace(whole, to)
    return syllable


def text_syllables(text: str) -> list[str]:
    """One toneless syllable per character of ``text``, read word by word."""
    read: list[str] = []
    for word, _, _ in words(text):
        read.extend(syllables(word))
    return read
