"""The words of the expression language and where they stand."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bulkhead.kernel.errors import BadInput

TEXT_CHARS_MAX = 4_000
TOKENS_MAX = 1_000
KEYWORDS = frozenset({"and", "or", "not", "in", "true", "false"})

_TOKEN = re.compile(
    r"(?P<number>[0-9][0-9_]*(?:\.[0-9][0-9_]*)?)(?P<unit>[A-Za-z_][A-Za-z0-9_]*)?"
    r"|(?P<text>'[^'\n]*')"
    r"|(?P<name>[a-z_][a-z0-9_]*(?:\.[a-z0-9_]+)*)"
    r"|(?P<currency>[A-Z]{3})(?![A-Za-z0-9_])"
    r"|(?P<symbol>==|!=|<=|>=|[<>+*/(),-])"
)
# What people type for it in other languages, and what it is here. Full-width signs are found by Unicode.
_LIKELY_MEANT = {"=": "==", "&": "and", "|": "or", "!": "not", '"': "'", "“": "'", "‘": "'", "’": "'", "”": "'"}


class BadExpression(BadInput):
    """An expression that cannot be used; ``column`` counts characters from 1."""

    def __init__(self, column: int, sentence: str) -> None:
        super().__init__(f"column {column}: {sentence}")
        self.column = column


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is number, text, name, currency, symbol, keyword or end; ``unit`` follows a number directly."""

    kind: str
    text: str
    column: int
    unit: str = ""

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else f"{_short(self.text + self.unit)!r}"


def tokens(text: str) -> list[Token]:
    """The tokens of a text, ending with one of kind ``end``. Raises ``BadExpression``."""
    if len(text) > TEXT_CHARS_MAX:
        raise BadExpression(TEXT_CHARS_MAX + 1, f"the expression is longer than {TEXT_CHARS_MAX:,} characters")
    found: list[Token] = []
    position = 0
    while True:
        while position < len(text) and text[position] in " \t\r\n":
            position += 1
        if position == len(text):
            return [*found, Token("end", "", position + 1)]
        if len(found) == TOKENS_MAX:
            raise BadExpression(position + 1, f"the expression has more than {TOKENS_MAX:,} words and signs")
        token, position = _token_at(text, position)
        found.append(token)


def _token_at(text: str, position: int) -> tuple[Token, int]:
    match = _TOKEN.match(text, position)
    column = position + 1
    if match is None:
        raise BadExpression(column, _complaint(text[position:]))
    kind = "number" if match["number"] else str(match.lastgroup)
    if kind == "number":
        return Token(kind, match["number"], column, match["unit"] or ""), match.end()
    if kind == "name" and match[0] in KEYWORDS:
        kind = "keyword"
    return Token(kind, match[0], column), match.end()


def _complaint(rest: str) -> str:
    if rest[0] == "'":
        return "this quoted text has no closing quote"
    normal = unicodedata.normalize("NFKC", rest[0])
    meant = _LIKELY_MEANT.get(rest[0]) or (normal if normal != rest[0] and _TOKEN.match(normal) else None)
    advice = f"write {meant}" if meant else "expected a name, a number, a 'text' or an operator"
    return f"{_short(rest[0])!r} is not part of the language; {advice}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
