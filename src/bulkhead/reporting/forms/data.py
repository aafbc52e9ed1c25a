"""A document as JSON: both languages, every number as it is, each block and chart under the name of its type."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from bulkhead.kernel.reasons import Words
from bulkhead.reporting.document import Document

VERSION = 1  # of this form; counts up when a reader would have to change


def json_text(document: Document) -> str:
    """One object. Pure: the same document gives the same text."""
    record = {"form": "bulkhead-report", "version": VERSION} | _plain(document)
    return json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _plain(value: object) -> Any:
    """Plain data: a dataclass becomes an object with its type, what is no number becomes null."""
    if isinstance(value, Words):
        return value.as_dict()
    if is_dataclass(value):
        inner = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {"type": type(value).__name__} | inner
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    assert value is None or isinstance(value, str | int | float), type(value)
    return value
