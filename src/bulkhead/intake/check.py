"""How a file would be read, and what is wrong with it, without deciding or keeping anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as made_by
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bulkhead.intake.readers import missing_columns, open_blocks, unknown_columns
from bulkhead.intake.reading import InputReader, open_input, opened
from bulkhead.intake.source import Source, built_in_sources
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.journal import QuarantinedRow
from bulkhead.kernel.money import currency_code, format_minor
from bulkhead.kernel.movements import ABSENT, MovementBatch, MovementKind

FIRST_ROWS = 5
EXAMPLES = 3
PROBLEM_KINDS_MAX = 100
OTHER = "other problems"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    examples: list[QuarantinedRow] = made_by(default_factory=list)


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


def best_source(paths: Sequence[Path | str], sources: Iterable[Source] | None = None) -> Source:
    """The one source that fits all the files. Raises ``BadInput`` where there is none."""
    known = tuple(built_in_sources().values() if sources is None else sources)
    found = [_best(path, fits_of(path, known)) for path in paths]
    for path, source in zip(paths, found, strict=True):
        if source is not found[0]:
            raise BadInput(
                f"{paths[0]} is of the source {found[0].code} and {path} of {source.code}: read them one by one"
            )
    return found[0]


def _best(path: Path | str, fits: Sequence[Fit]) -> Source:
    best = fits[0]
    if not best.fits:
        why = best.reason or f"{best.source.code} comes nearest and lacks {', '.join(best.missing)}"
        raise BadInput(f"no source fits {Path(path).name}: {why}")
    return best.source


def check_file(
    path: Path | str, sources: Iterable[Source], *, latest_us: int, source: Source | None = None
) -> Check:
    """Reads a whole file as it would be read and says what is wrong.

    Raises ``BadInput`` when no source fits or the file is damaged.
    """
    fits = fits_of(path, sources)
    source = source or _best(path, fits)
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
    good = 0
    first_rows: list[dict[str, str]] = []
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
        "time": (_EPOCH + timedelta(microseconds=int(row["event_us"]))).isoformat(sep=" "),
        "kind": MovementKind(row["kind"]).name.lower(),
        "amount": f"{currency} {format_minor(int(row['amount_minor']), currency)}",
        "settled": "settled" if row["settled"] else "requested",
        **names,
    }
