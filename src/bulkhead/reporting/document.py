"""A document: a title and blocks in both languages, without any form. What it says does not depend on how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from bulkhead.kernel.reasons import Words
from bulkhead.reporting.figures import Chart
from bulkhead.reporting.values import NUMBER, Unit, Value

NONE = Words("None.", "无。")
Tone = Literal["plain", "good", "bad", "caution"]
NoteKind = Literal["note", "assumption", "missing", "warning"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A title inside the document; ``level`` 1 begins a part, 2 a section of it."""

    text: Words
    level: Literal[1, 2] = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain text."""

    text: Words


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One number that a reader takes away. An ``Estimate`` shows its interval, None that it is unknown."""

    label: Words
    value: Value
    unit: Unit = NUMBER
    note: Words | None = None
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """Some of them, beside each other."""

    figures: tuple[KeyFigure, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. Numbers stand at the right, text at the left; ``unit`` None makes it a column of text."""

    title: Words
    unit: Unit | None = None
    wide: bool = False  # takes the room that the others leave
    right: bool = False  # at the right though it has no unit: each of its values brings its own

    @property
    def at_right(self) -> bool:
        return self.right or (self.unit is not None and self.unit.kind not in ("date", "moment"))


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of values, one for each column. ``empty`` is what is said where there is none."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    caption: Words | None = None
    empty: Words = NONE

    def __post_init__(self) -> None:
        assert all(len(row) == len(self.columns) for row in self.rows), "a value for each column"


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its title and, where it needs one, a sentence on how to read it."""

    title: Words
    chart: Chart
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A remark that must not be overlooked: an assumption, something that is missing, a warning."""

    text: Words
    kind: NoteKind = "note"


@dataclass(frozen=True, slots=True)
class Points:
    """A list of sentences."""

    items: tuple[Words, ...]
    numbered: bool = False


Block = Heading | Paragraph | KeyFigures | Table | Figure | Note | Points


@dataclass(frozen=True, slots=True)
class Document:
    """All of it. ``source`` is who or what it is of; ``dated`` stands on every page and in the file itself."""

    code: str  # names its files
    title: Words
    subtitle: Words
    source: Words
    dated: date
    blocks: tuple[Block, ...]


NOTE_TITLES: dict[NoteKind, Words] = {
    "note": Words("Note", "说明"),
    "assumption": Words("Assumption", "假设"),
    "missing": Words("Missing", "尚缺"),
    "warning": Words("Warning", "注意"),
}
