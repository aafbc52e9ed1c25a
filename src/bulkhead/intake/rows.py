"""A block becomes movements: every field converted and checked, every row that fails with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bulkhead.intake.columns import amounts, choices, labels, texts, times
from bulkhead.intake.faults import Faults, cell_text, shown
from bulkhead.intake.names import NameList, name_numbers
from bulkhead.intake.readers import Block
from bulkhead.intake.source import BOOK_ACCOUNTS, ROLES, KindRule, Source
from bulkhead.kernel.money import AMOUNT_MINOR_MAX, CURRENCIES, currency_number
from bulkhead.kernel.movements import (
    ABSENT,
    MOVEMENT,
    NAME_COLUMNS,
    NO_AMOUNT,
    AccountClass,
    MovementBatch,
    MovementKind,
    Phase,
    Strings,
)
from bulkhead.kernel.protocols import Vault

EARLIEST_US = 631_152_000_000_000  # 1990-01-01, before any electronic record this house is for
BALANCE_MINOR_MAX = 100 * AMOUNT_MINOR_MAX
YEAR_9999_US = 253_402_300_799_000_000
HOLD_US_MAX = 3_660 * 86_400_000_000  # no hold lasts longer than ten years
_CURRENCIES = {code.lower(): number for code, (number, _) in CURRENCIES.items()}
_PLACES = dict(CURRENCIES.values())
_PHASES = {phase.name.lower(): int(phase) for phase in Phase}
_SETTLED = {"true": 1, "false": 0, "1": 1, "0": 0, "yes": 1, "no": 0, "settled": 1, "requested": 0}


@dataclass(frozen=True, slots=True)
class Draft:
    """Rows whose codes are numbers into ``names`` and ``holds``, personal values not yet swapped."""

    rows: NDArray[np.void]
    ids: Any  # Arrow string array
    names: NameList
    holds: NameList

    def take(self, indices: NDArray[np.int64]) -> Draft:
        return Draft(self.rows[indices], self.ids.take(pa.array(indices)), self.names, self.holds)


def draft_of(
    block: Block, source: Source, latest_us: int, names: NameList, holds: NameList
) -> tuple[Draft, Faults]:
    """Converts and checks a block. Rows with a fault hold no meaning.

    Times after ``latest_us`` by more than the source's skew are faults. ``names`` and ``holds`` may grow.
    """
    rows = np.zeros(len(block.rows), MOVEMENT)
    faults = Faults(len(rows))
    ids = labels(block.columns[source.columns.id], source.columns.id, faults)
    missing = pc.is_null(ids).to_numpy(zero_copy_only=False)
    faults.expect(missing, source.columns.id, ids, "an id")
    _read_times(rows, block, source, latest_us, faults)
    _read_amounts(rows, block, source, faults)
    _read_holds(rows, block, source, holds, faults)
    _read_kinds(rows, block, source, names, faults)
    return Draft(rows, ids, names, holds), faults


def batch_of(draft: Draft, source: Source, vault: Vault) -> MovementBatch:
    """Good rows as a batch: only the names they mention, personal ones as tokens."""
    rows = draft.rows.copy()
    names = draft.names.final(draft.names.renumber(rows, NAME_COLUMNS), source.personal, vault)
    holds = draft.holds.final(draft.holds.renumber(rows, ("hold",)), (), vault)
    return MovementBatch(rows, strings_of(draft.ids), names, holds)


def empty_draft(names: NameList, holds: NameList) -> Draft:
    return Draft(np.zeros(0, MOVEMENT), pa.array([], pa.string()), names, holds)


def joined(drafts: list[Draft]) -> Draft:
    """Drafts over the same names and holds, end to end."""
    rows = np.concatenate([draft.rows for draft in drafts])
    return Draft(rows, pa.concat_arrays([draft.ids for draft in drafts]), drafts[0].names, drafts[0].holds)


def strings_of(cells: Any) -> Strings:
    """An Arrow ``string`` array without nulls as ``Strings``."""
    offsets = np.frombuffer(cells.buffers()[1], np.int32)[cells.offset : cells.offset + len(cells) + 1]
    data = np.frombuffer(cells.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]
    return Strings(data, (offsets - offsets[0]).astype(np.int64))


def _read_times(rows: NDArray[np.void], block: Block, source: Source, latest_us: int, faults: Faults) -> None:
    column = source.columns.time
    cells = block.columns[column]
    event_us = times(cells, source.time_format, source.utc_offset_us, column, faults)
    faults.expect(event_us == NO_AMOUNT, column, cells, "a time")
    last_us = min(latest_us + source.skew_s * 1_000_000, YEAR_9999_US)
    last = datetime.fromtimestamp(last_us // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    wrong = (event_us < EARLIEST_US) | (event_us > last_us)
    faults.add_where(
        wrong, column, lambda i: f"found {shown(cell_text(cells, i))}; expected a time from 1990 to {last}"
    )
    rows["event_us"] = event_us


def _read_amounts(rows: NDArray[np.void], block: Block, source: Source, faults: Faults) -> None:
    """Currency, amount, whether settled, and the stated balance."""
    columns, count = source.columns, len(rows)
    currency = np.full(count, currency_number(source.currency))
    if columns.currency in block.columns:
        cells = block.columns[columns.currency]
        currency = choices(cells, _CURRENCIES, currency_number(source.currency), columns.currency, faults)
        currency[faults.bad] = currency_number(
            source.currency
        )  # such rows are lost, but are still read to the end
    settled = np.full(count, int(source.settled))
    if columns.settled in block.columns:
        cells = block.columns[columns.settled]
        settled = choices(cells, _SETTLED, int(source.settled), columns.settled, faults)
    cells = block.columns[columns.amount]
    amount = _amounts_in(currency, cells, source, columns.amount, faults)
    faults.expect(amount == NO_AMOUNT, columns.amount, cells, "an amount")
    # A settled amount of zero has happened and is booked as nothing; a request for nothing is a mistake.
    faults.expect((amount < 0) & (settled == 1), columns.amount, cells, "no less than 0")
    faults.expect((amount <= 0) & (settled == 0), columns.amount, cells, "more than 0")
    faults.expect(amount > AMOUNT_MINOR_MAX, columns.amount, cells, f"at most {AMOUNT_MINOR_MAX:,} minor units")
    rows["currency"], rows["settled"], rows["amount_minor"] = currency, settled, amount
    rows["stated_balance_minor"] = NO_AMOUNT
    if columns.stated_balance in block.columns:
        stated = block.columns[columns.stated_balance]
        balance = _amounts_in(currency, stated, source, columns.stated_balance, faults)
        far = (np.abs(balance) > BALANCE_MINOR_MAX) & (balance != NO_AMOUNT)
        faults.add_where(
            far, columns.stated_balance, lambda i: f"found {shown(cell_text(stated, i))}; expected a balance"
        )
        rows["stated_balance_minor"] = balance


def _amounts_in(
    currency: NDArray[np.int64], cells: Any, source: Source, field: str, faults: Faults
) -> NDArray[np.int64]:
    """Minor units of cells that may be in currencies of different decimals."""
    if source.amount_unit == "minor":
        return amounts(cells, 0, field, faults)
    places = {_PLACES[number] for number in np.unique(currency).tolist()}
    if len(places) == 1:
        return amounts(cells, places.pop(), field, faults)
    values = np.full(len(cells), NO_AMOUNT)
    places_of = np.vectorize(_PLACES.__getitem__, otypes=[np.int64])(currency)
    for each in sorted(places):
        here = np.flatnonzero(places_of == each)
        part = Faults(len(here))
        values[here] = amounts(cells.take(here), each, field, part)
        for index, (_, sentence) in part.first.items():
            faults.add(int(here[index]), field, sentence)
    return values


def _read_holds(rows: NDArray[np.void], block: Block, source: Source, holds: NameList, faults: Faults) -> None:
    columns = source.columns
    rows["hold"], rows["expires_us"] = ABSENT, NO_AMOUNT
    if columns.phase in block.columns:
        cells = block.columns[columns.phase]
        rows["phase"] = choices(cells, _PHASES, int(Phase.SINGLE), columns.phase, faults)
    if columns.hold in block.columns:
        encoded = labels(block.columns[columns.hold], columns.hold, faults).dictionary_encode()
        numbers = np.array([*map(holds.number, encoded.dictionary.to_pylist()), ABSENT], np.int32)
        rows["hold"] = numbers[pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)]
    if columns.expires in block.columns:
        cells = block.columns[columns.expires]
        rows["expires_us"] = times(cells, source.time_format, source.utc_offset_us, columns.expires, faults)
    _check_hold(rows, columns.hold, faults)
    _check_expiry(rows, columns.expires, faults)


def _check_hold(rows: NDArray[np.void], field: str, faults: Faults) -> None:
    single, no_hold = rows["phase"] == Phase.SINGLE, rows["hold"] == ABSENT
    phase_names = [phase.name.lower() for phase in Phase]
    faults.add_where(
        ~single & no_hold,
        field,
        lambda i: f"found nothing; expected the hold that the phase {phase_names[rows['phase'][i]]} uses",
    )
    faults.add_where(single & ~no_hold, field, "found a hold; expected none in the phase single")


def _check_expiry(rows: NDArray[np.void], field: str, faults: Faults) -> None:
    given = rows["expires_us"] != NO_AMOUNT
    faults.add_where(given & (rows["phase"] != Phase.PLACE), field, "found a time; only a placed hold expires")
    lasts_us = np.where(given, rows["expires_us"] - np.where(given, rows["event_us"], 0), 1)
    wrong = (lasts_us <= 0) | (lasts_us > HOLD_US_MAX)
    faults.add_where(wrong, field, "found a time that is not within ten years after the row's own")


def _read_kinds(rows: NDArray[np.void], block: Block, source: Source, names: NameList, faults: Faults) -> None:
    """Kind, parties and the two accounts, as the first rule that fits a row says."""
    count = len(rows)
    codes = {key: name_numbers(name, block.columns, count, names, faults) for key, name in source.names.items()}
    for account in BOOK_ACCOUNTS:
        codes[account] = np.full(count, names.number(account), np.int32)
    classes = names.classes()
    rule_of = _rules(block, source, faults)
    for number, rule in enumerate(source.kinds):
        fits = rule_of == number
        if fits.any():
            _apply(rule, fits, rows, codes, classes, faults, source)


def _apply(
    rule: KindRule,
    fits: NDArray[np.bool_],
    rows: NDArray[np.void],
    codes: dict[str, NDArray[np.int32]],
    classes: NDArray[np.uint8],
    faults: Faults,
    source: Source,
) -> None:
    """Writes kind, roles and accounts into the rows that fit the rule."""
    here = slice(None) if fits.all() else np.flatnonzero(fits)
    rows["kind"][here] = MovementKind[rule.kind.upper()]
    for role in ROLES:
        given = codes.get(getattr(rule, role))
        rows[role][here] = ABSENT if given is None else given[here]
    for side in ("debit", "credit"):
        account = _first_account([codes[candidate] for candidate in rule.side(side)], classes)
        rows[f"{side}_account"][here] = account[here]
        rows[f"{side}_class"][here] = classes[account[here]]
        sentence = f"names no account of the book to {side}; a {rule.kind} needs one"
        faults.add_where(fits & (account == ABSENT), _side_column(rule, side, source), sentence)


def _first_account(candidates: list[NDArray[np.int32]], classes: NDArray[np.uint8]) -> NDArray[np.int32]:
    """For each row the first candidate that is an account of the book, else ``ABSENT``."""
    account = np.full(len(candidates[0]), ABSENT, np.int32)
    for codes in candidates:
        account = np.where((account == ABSENT) & (classes[codes] != AccountClass.NONE), codes, account)
    return account


def _rules(block: Block, source: Source, faults: Faults) -> NDArray[np.int64]:
    """The number of the kind rule for each row, -1 where none fits."""
    count = len(block.rows)
    present = [column for column in source.where_columns if column in block.columns]
    if not present:
        return np.full(count, _rule_for({}, source))
    cells = {column: texts(block.columns[column]) for column in present}
    combination = np.zeros(count, np.int64)
    for column in present:
        encoded = cells[column].dictionary_encode()
        code = pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy(zero_copy_only=False)
        # Renumbered after each column: the product of the sizes of many columns need not fit 64 bits.
        _, combination = np.unique(combination * (len(encoded.dictionary) + 1) + code, return_inverse=True)
    _, first, inverse = np.unique(combination, return_index=True, return_inverse=True)
    rules = [_rule_for({c: cells[c][row].as_py() or "" for c in present}, source) for row in first.tolist()]
    found = np.array(rules, np.int64)[inverse] if count else np.zeros(0, np.int64)

    def sentence(index: int) -> str:
        values = ", ".join(f"{column} {shown(cell_text(cells[column], index))}" for column in present)
        return f"found {values}; expected a kind of movement the source {source.code} knows"

    faults.add_where(found < 0, present[0], sentence)
    return found


def _rule_for(values: dict[str, str], source: Source) -> int:
    for number, rule in enumerate(source.kinds):
        if all(values.get(column, "") in wanted for column, wanted in rule.where.items()):
            return number
    return -1


def _side_column(rule: KindRule, side: str, source: Source) -> str:
    """The column a person would look at for a missing account."""
    name = source.names.get(rule.side(side)[0])
    return name.columns[0] if name else ""
