"""A document as a file, in the form that the name of the file asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Language
from bulkhead.reporting.document import Document
from bulkhead.reporting.forms.data import json_text
from bulkhead.reporting.forms.page import html
from bulkhead.reporting.forms.paper import pdf
from bulkhead.reporting.forms.workbook import xlsx

FORMS: dict[str, tuple[str, Callable[[Document, Language], bytes]]] = {
    "pdf": ("application/pdf", pdf),
    "html": ("text/html; charset=utf-8", lambda document, language: html(document, language).encode()),
    "json": ("application/json", lambda document, _: json_text(document).encode()),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx),
}


def in_form(document: Document, form: str, language: Language) -> bytes:
    """The document as ``pdf``, ``html``, ``json`` (both languages) or ``xlsx``. Raises ``BadInput`` for others."""
    if form not in FORMS:
        raise BadInput(f"A report can be {', '.join(FORMS)}, but not {form or 'without a form'!r}.")
    return FORMS[form][1](document, language)


def form_of(path: Path) -> str:
    """The form that a file's name asks for. Raises ``BadInput`` before any work is done for it."""
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMS:
        raise BadInput(f"{path.name}: a report's name must end in {', '.join(f'.{known}' for known in FORMS)}.")
    return form


def ready_for(path: Path) -> None:
    """Make the folder and try it, so that hours of work do not end without a place for their report.

    Raises ``BadInput`` for a name that asks for no form, and where the report could not be written.
    """
    form_of(path)
    trial = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        trial.touch()
        trial.unlink()
    except OSError as problem:
        raise _refused(path, problem) from None


def write_report(document: Document, path: Path, language: Language) -> None:
    """Write the file whole or not at all, over one that is there. Raises ``BadInput`` where it cannot be written."""
    content = in_form(document, form_of(path), language)
    beside = _beside(path)
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as problem:
        beside.unlink(missing_ok=True)
        raise _refused(path, problem) from None


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _refused(path: Path, problem: OSError) -> BadInput:
    return BadInput(f"{path}: the report cannot be written there ({problem.strerror}).")
