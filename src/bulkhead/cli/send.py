"""``bulkhead send FILE``: movements as JSON lines to a running engine, and its decisions."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import msgspec
import typer
from rich.text import Text

from bulkhead.cli.output import AsJson, InLanguage, OfInstitution, console, language_of, print_json
from bulkhead.cli.words import term
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.movements import BATCH_ROWS_MAX
from bulkhead.kernel.reasons import Language
from bulkhead.runtime.service.asking import engine_of
from bulkhead.runtime.service.commands import Decision, Movement, Problem
from bulkhead.runtime.service.engine_client import EngineClient
from bulkhead.runtime.settings import load_settings

LINE_BYTES_MAX = 65_536
READ_BYTES = 256 * 1024
_LINES: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any], float_hook=str)
_STYLES = {"booked": "green", "held": "magenta", "refused": "red", "voided": "cyan"}


def register(app: typer.Typer) -> None:
    app.command("send")(send_movements)


def send_movements(
    file: Annotated[str, typer.Argument(help="JSON lines of movements, or - for standard input.")],
    institution: OfInstitution = "",
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Send movements to a running engine and print its decisions; exit 1 when some could not be taken."""
    settings, language = load_settings(), language_of(lang)
    engine = engine_of(settings, institution)
    if engine is None:
        whose = f" of {institution}" if institution else ""
        raise BadInput(f"No engine{whose} is running here; `bulkhead serve --institution CODE` starts one.")
    decisions: list[Decision] = []
    counts: Counter[str] = Counter()
    with engine, _opened(file) as stream:
        for lines in _lines(stream):
            for decision in _decide(engine, lines):
                counts["not_taken" if decision.problem else decision.status] += 1
                if json:
                    decisions.append(decision)
                else:
                    console.print(_line(decision, language))
    if json:
        print_json({"counts": dict(counts), "decisions": [_as_json(decision) for decision in decisions]})
    return 1 if counts["not_taken"] else 0


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as stream:
            yield stream
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from None


def _lines(stream: BinaryIO) -> Iterator[list[bytes]]:
    """Whole lines, as many as have arrived: what a pipe brings slowly is sent as it comes."""
    carry = b""
    while data := stream.read1(READ_BYTES):  # type: ignore[attr-defined]  # every buffered reader has it
        *lines, carry = (carry + data).split(b"\n")
        if len(carry) > LINE_BYTES_MAX:
            raise BadInput(f"A line is longer than {LINE_BYTES_MAX:,} bytes.")
        for start in range(0, len(lines), BATCH_ROWS_MAX):
            yield lines[start : start + BATCH_ROWS_MAX]
    if carry:
        yield [carry]


def _decide(engine: EngineClient, lines: list[bytes]) -> list[Decision]:
    """A decision or a problem for each line that is not blank, in order."""
    read = [_movement(line) for line in lines if line.strip()]
    movements = [one for one in read if isinstance(one, Movement)]
    decided = iter(engine.send(movements) if movements else ())
    return [next(decided) if isinstance(one, Movement) else one for one in read]


def _movement(line: bytes) -> Movement | Decision:
    try:
        return msgspec.convert(_LINES.decode(line), Movement)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return Decision(id="", problem=Problem("", f"the line is no movement: {error}"))


def _line(decision: Decision, language: Language) -> Text:
    if decision.problem:
        where = f"{decision.problem.field}: " if decision.problem.field else ""
        return Text(f"✗ {decision.id or '?'}  {where}{decision.problem.reason}", style="bold red")
    line = Text(f"#{decision.sequence:,} {decision.id}  ")
    line.append(term(decision.outcome, language))
    line.append(f" · {term(decision.status, language)}", _STYLES[decision.status])
    if decision.refusal:
        line.append(f" ({term(decision.refusal, language)})")
    for what in (*(term(finding, language) for finding in decision.findings), *decision.rules):
        line.append(f"  {what}", "yellow")
    return line


def _as_json(decision: Decision) -> dict[str, Any]:
    if decision.problem:
        return {"id": decision.id, "problem": msgspec.structs.asdict(decision.problem)}
    return {name: value for name, value in msgspec.structs.asdict(decision).items() if name != "problem"}
