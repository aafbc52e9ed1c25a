"""What every form of a table says the same way: its columns' titles and its cells."""

from __future__ import annotations

from bulkhead.kernel.reasons import Language, Words
from bulkhead.reporting.document import Column
from bulkhead.reporting.values import NUMBER, Value, said

HOUSE = Words("Bulkhead", "隔舱")


def column_title(column: Column, language: Language) -> str:
    """The title of a column with its unit: ``Loss (yuan)``. Shares say theirs in every cell."""
    unit = column.unit.name(language) if column.unit and column.unit.kind not in ("share", "percent") else ""
    if not unit:
        return column.title[language]
    return f"{column.title[language]}（{unit}）" if language == "zh" else f"{column.title[language]} ({unit})"


def cell_text(value: Value, column: Column, language: Language) -> str:
    """What stands in a cell; whole numbers in a column of text are written as they are."""
    return (
        str(value)
        if isinstance(value, int) and column.unit is None
        else said(value, column.unit or NUMBER, language)
    )
