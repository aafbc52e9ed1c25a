"""Pages of a list in the API: where one begins, and where the next one does."""

from __future__ import annotations

from typing import Any

from bulkhead.web.components.table import Cursor, Rows


def cursor_of(before: int | None) -> Cursor:
    """What is older than ``before``, or the newest there is."""
    return Cursor(before="" if before is None else str(before))


def next_of(found: Rows[Any]) -> int | None:
    """``before`` of the next page; None after the last."""
    return None if found.older is None else int(found.older)
