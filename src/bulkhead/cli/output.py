"""How verbs speak: tables and colours to people, one JSON object to machines, sentences on stderr."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Language

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else.")]
InLanguage = Annotated[str, typer.Option("--lang", help="en or zh; default from BULKHEAD_LANG or LANG.")]
OfInstitution = Annotated[str, typer.Option("--institution", help="Code of the institution.")]


def language_of(choice: str) -> Language:
    """The language to speak: the choice, or what the environment prefers. Raises ``BadInput`` for another one."""
    if choice and choice.lower().split("-")[0].split("_")[0] not in ("en", "zh"):
        raise BadInput(f"There is no language {choice[:20]!r} here; there are en and zh.")
    wanted = choice or os.environ.get("BULKHEAD_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if wanted.lower().startswith("zh") else "en"


def print_json(value: dict[str, Any]) -> None:
    """One object on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def time_text(at_us: int) -> str:
    """A moment in integer UTC microseconds, to the second."""
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def heading(text: str) -> Text:
    """The line above a part of an answer."""
    return Text(f"\n{text}", style="bold")


def complain(sentence: str) -> None:
    """One sentence on stderr."""
    sys.stderr.write(f"bulkhead: {sentence}\n")


def plain_table(*columns: str, right: tuple[int, ...] = ()) -> Table:
    """A table without frames; the columns in ``right`` hold numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_header=any(columns))
    for k, column in enumerate(columns):
        table.add_column(column, justify="right" if k in right else "left", overflow="fold")
    return table


def quiet_logs() -> None:
    """Structured logs on stderr: warnings and worse, or what BULKHEAD_LOG says."""
    level = logging.getLevelNamesMapping().get(os.environ.get("BULKHEAD_LOG", "WARNING").upper(), logging.WARNING)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
    )
