"""How a file would be read, and what is wrong with it, without deciding or keeping anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bulkhead.intake.reading import InputReader, open_input, opened
from bulkhead.intake.readers import missing_columns, open_blocks, unknown_columns
from bulkhead.intake.source import Source
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.journal import QuarantinedRow
from bulkhead.kernel.money import currency_code, format_minor
from bulkhead.kernel.movements import ABSENT, MovementBatch, MovementKind

FIRST_ROWS = 5
EXAMPLES = 3
PROBLEM_KINDS_MAX = 100
OTHER = "other problems"


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a source's columns match a file's; ``reason`` says why the file cannot be opened with it."""

    source: Source
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    reason: str = ""

    @property
    def fits(self) -> bool:
        return not self.missing and not self.reason


@dataclass(slots=True)
class Problem:
    """Rows that have the same thing wrong with the same field."""

    field: str
    expected: str
    count: int = 0
    examples: list[QuarantinedRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Check:
    """What there is to say about a file. ``source`` is the one it was read with, the best fit unless told."""

    name: str
    fits: tuple[Fit, ...]
    source: Source
    mapping: tuple[tuple[str, str, str], ...]  # field, column, how it is read
    rows: int
    good: int
    first_rows: tuple[dict[str, str], ...]
    problems: tuple[Problem, ...]
    notices: tuple[str, ...]


class MaskingVault:
    """Stands in for the vault: shows the first character of a personal value and keeps none."""

    def tokens(self, entity: str, values: Sequence[str]) -> list[str]:
        return [f"{entity}:{value[:1]}***" for value in values]

    def reveal(self, names: Sequence[str]) -> list[str | None]:
        return [None] * len(names)


def fits_of(path: Path | str, sources: Iterable[Source]) -> tuple[Fit, ...]:
    """Every source against the file's columns, best first. Raises ``BadInput`` for a file that has none."""
    fits = []
    for source in sources:
        with opened(path) as file:
            try:
                blocks = open_blocks(file, Path(path).name, source)
            except BadInput as error:
                fits.append(Fit(source, source.required_columns, (), str(error)))
            else:
                fits.append(Fit(source, missing_columns(blocks, source), unknown_columns(blocks, source)))
    return tuple(sorted(fits, key=lambda fit: (not fit.fits, len(fit.missing), len(fit.unknown), fit.source.code)))


def check_file(
    path: Path | str, sources: Iterable[Source], *, latest_us: int, source: Source | None = None
) -> Check:
    """Reads a whole file as it would be read and says what is wrong.

    Raises ``BadInput`` when no source fits or the file is damaged.
    """
    fits = fits_of(path, sources)
    if source is None and not fits[0].fits:
        best = fits[0]
        why = best.reason or f"{best.source.code} comes nearest and lacks {', '.join(best.missing)}"
        raise BadInput(f"no source fits {Path(path).name}: {why}")
    source = source or fits[0].source
    with open_input(path, source, MaskingVault(), latest_us=latest_us) as reader:
        good, first_rows, problems = _read_all(reader)
        notices = tuple(reader.notices)
    return Check(
        reader.name, fits, source, mapping_of(source), reader.rows_done, good, first_rows, problems, notices
    )


def mapping_of(source: Source) -> tuple[tuple[str, str, str], ...]:
    """Each field with the column it comes from and how that is read, for a table."""
    columns = source.columns
    how = {
        "time": f"{source.time_format}, at {source.utc_offset} where it states no offset",
        "amount": f"{source.amount_unit} units",
        "currency": f"{source.currency} where empty",
        "settled": f"{'settled' if source.settled else 'requested'} where empty",
    }
    rows = [(key, getattr(columns, key), how.get(key, "")) for key in columns.__struct_fields__]
    mapping = [row for row in rows if row[1]]
    for key, name in source.names.items():
        entities = ", ".join(f"{e} (token)" if e in source.personal else e for e in name.entities)
        mapping.append((key, " / ".join(name.columns), entities))
    for rule in source.kinds:
        where = " and ".join(f"{column} is {' or '.join(map(repr, of))}" for column, of in rule.where.items())
        mapping.append((f"kind {rule.kind}", where or "every row", f"{rule.debit} to {rule.credit}"))
    return tuple(mapping)


def _read_all(reader: InputReader) -> tuple[int, tuple[dict[str, str], ...], tuple[Problem, ...]]:
    good, first_rows = 0, []
    problems: dict[tuple[str, str], Problem] = {}
    for chunk in reader:
        good += len(chunk.batch)
        for index in range(min(len(chunk.batch), FIRST_ROWS - len(first_rows))):
            first_rows.append(_shown_row(chunk.batch, index))
        for row in chunk.quarantined:
            expected = row.reason.rpartition("expected ")[2]
            key = (row.field, expected)
            if key not in problems and len(problems) >= PROBLEM_KINDS_MAX:
                key = ("", OTHER)
            problem = problems.setdefault(key, Problem(*key))
            problem.count += 1
            if len(problem.examples) < EXAMPLES:
                problem.examples.append(row)
    return good, tuple(first_rows), tuple(sorted(problems.values(), key=lambda p: (-p.count, p.field, p.expected)))


def _shown_row(batch: MovementBatch, index: int) -> dict[str, str]:
    row = batch.rows[index]
    currency = currency_code(int(row["currency"]))
    names = {
        column: "" if row[column] == ABSENT else batch.names[row[column]]
        for column in ("payer", "payee", "device", "debit_account", "credit_account")
    }
    return {
        "id": batch.ids[index],
        "time": datetime.fromtimestamp(int(row["event_us"]) / 1_000_000, UTC).isoformat(sep=" "),
        "kind": MovementKind(row["kind"]).name.lower(),
        "amount": f"{currency} {format_minor(int(row['amount_minor']), currency)}",
        "settled": "settled" if row["settled"] else "requested",
        **names,
    }
