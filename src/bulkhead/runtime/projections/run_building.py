"""Turns projected movements into runs: for every value, the movements of the run that have it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import Finding, Outcome, Refusal, Status
from bulkhead.runtime.projections import facets
from bulkhead.runtime.projections.facets import COLUMN_FACETS, PARTY_COLUMNS, Facet

_FACET_HEAD = struct.Struct(">hihiiihiii")
_PAIR_HEAD = struct.Struct(">hihiiihiqihi")
_PARTS_MANY = 64  # a commit may be a single movement; then rows are put together first
_Member = tuple[int, int, NDArray[np.int64]]  # facet, value, offsets


@dataclass(frozen=True, slots=True)
class Run:
    """What the two tables of runs hold of one run, in the order of their keys."""

    number: int
    members: tuple[tuple[int, int, bytes], ...]  # facet, value, members
    pairs: tuple[tuple[int, int, int, bytes], ...]  # facet, last value, part, pairs

    def facet_copy(self, institution: int) -> bytes:
        """The rows of ``facet_run`` as binary COPY wants them."""
        return b"".join(
            _FACET_HEAD.pack(5, 2, institution, 4, self.number, 2, facet, 4, value, len(data)) + data
            for facet, value, data in self.members
        )

    def pair_copy(self, institution: int) -> bytes:
        """The rows of ``pair_run`` as binary COPY wants them."""
        return b"".join(
            _PAIR_HEAD.pack(6, 2, institution, 4, self.number, 2, facet, 8, last, 2, part, len(data)) + data
            for facet, last, part, data in self.pairs
        )


class RunBuilder:
    """Gathers rows of ``movement`` in the order of their sequences and gives each run when it is whole."""

    def __init__(self, next_sequence: int) -> None:
        assert next_sequence % facets.RUN_SEQUENCES == 0, "runs are aligned"
        self.next_run = next_sequence // facets.RUN_SEQUENCES
        self._waiting: list[NDArray[np.void]] = []

    def add(self, rows: NDArray[np.void]) -> None:
        """Rows in the layout of ``movement_table`` that one rule set decided, after all that were added before."""
        if len(rows):
            self._waiting.append(rows)

    def take(self, next_sequence: int) -> Iterator[Run]:
        """The runs that are whole now that all movements before ``next_sequence`` have been added."""
        while (stop := (self.next_run + 1) * facets.RUN_SEQUENCES) <= next_sequence:
            inside, beyond = _cut(self._waiting, stop)
            yield _run(self.next_run, inside)
            self._waiting, self.next_run = beyond, self.next_run + 1


def _cut(parts: list[NDArray[np.void]], stop: int) -> tuple[list[NDArray[np.void]], list[NDArray[np.void]]]:
    """Parts before and from a sequence on, without empty ones."""
    cuts = [(part, int(np.searchsorted(part["sequence"].astype(np.int64), stop))) for part in parts]
    inside = [part[:cut] for part, cut in cuts if cut]
    return inside, [part[cut:] for part, cut in cuts if cut < len(part)]


def _run(number: int, parts: list[NDArray[np.void]]) -> Run:
    if not parts:
        return Run(number, (), ())
    if len(parts) > _PARTS_MANY:
        parts = [np.concatenate(list(same)) for _, same in groupby(parts, _rules_of)]
    first = number * facets.RUN_SEQUENCES
    offsets = _column(parts, "sequence") - first
    found = [*_of_columns(parts, offsets), *_of_rules(parts, first)]
    amounts = _column(parts, "amount_minor")
    order = np.argsort(amounts, kind="stable")
    dense, few = _of_parties(parts, offsets)
    members = [(facet, value, facets.write_members(each)) for facet, value, each in (*found, *dense)]
    pairs = [*_numbered(Facet.PARTY, *few), *_numbered(Facet.SUM, amounts[order], offsets[order])]
    return Run(number, tuple(sorted(members)), tuple(pairs))


def _numbered(
    facet: Facet, values: NDArray[np.int64], offsets: NDArray[np.int64]
) -> Iterator[tuple[int, int, int, bytes]]:
    """Rows of pairs with their keys; those that end with the same value are told apart by their part."""
    for last, rows in groupby(facets.write_pairs(facet, values, offsets), lambda row: row[0]):
        for part, (_, data) in enumerate(rows):
            yield facet, last, part, data


def _rules_of(part: NDArray[np.void]) -> tuple[int, int]:
    """The rule set that decided, and the length of a row."""
    return int(part["rule_set"][0]), part.dtype.itemsize


def _column(parts: list[NDArray[np.void]], name: str) -> NDArray[np.int64]:
    return np.concatenate([part[name].astype(np.int64) for part in parts])


def _of_columns(parts: list[NDArray[np.void]], offsets: NDArray[np.int64]) -> Iterator[_Member]:
    """Everything but rules and parties."""
    yield Facet.ANY, 0, offsets
    columns = {name: _column(parts, name) for name in COLUMN_FACETS}
    for name, facet in COLUMN_FACETS.items():
        yield from _grouped(facet, columns[name], offsets)
    findings = _column(parts, "findings")
    for flag in (Finding.NONE, *Finding):
        chosen = findings & flag != 0 if flag else findings == 0
        if chosen.any():
            yield Facet.FINDING, int(flag), offsets[chosen]
    alarm = (columns["outcome"] != Outcome.ALLOW) | (columns["status"] == Status.REFUSED)
    alarm |= (columns["refusal"] != Refusal.NONE) | (findings != 0)
    if alarm.any():
        yield Facet.ALARM, 1, offsets[alarm]
    yield from _grouped(Facet.AMOUNT, facets.amount_ranges(_column(parts, "amount_minor")), offsets)


def _grouped(facet: Facet, values: NDArray[np.int64], offsets: NDArray[np.int64]) -> Iterator[_Member]:
    """The offsets of each value there is."""
    order = np.argsort(values.astype(np.int16), kind="stable")  # a radix sort: no value of a column is larger
    ordered = values[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=ordered[0] - 1))
    for value, chosen in zip(ordered[starts].tolist(), np.split(offsets[order], starts[1:]), strict=True):
        yield facet, value, chosen


def _of_rules(parts: list[NDArray[np.void]], first: int) -> Iterator[_Member]:
    """The rules that hit and those that could not be known."""
    for facet, column in ((Facet.HIT, "hits"), (Facet.UNKNOWN, "unknowns")):
        found: dict[int, list[NDArray[np.int64]]] = {}
        for part in parts:
            some = np.flatnonzero(_any_bit(part[column]))
            offsets = part["sequence"][some].astype(np.int64) - first
            bits = np.unpackbits(part[column][some], axis=1, bitorder="little")
            for bit in np.flatnonzero(bits.any(axis=0)).tolist():
                value = facets.rule_value(int(part["rule_set"][0]), bit)
                found.setdefault(value, []).append(offsets[bits[:, bit] != 0])
        for value, each in found.items():
            yield facet, value, np.concatenate(each)


def _any_bit(bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Not zero for rows with a bit set; byte by byte, as rows are too short to be reduced one by one."""
    together = np.zeros(len(bits), np.uint8)
    for k in range(bits.shape[1]):
        together |= bits[:, k]
    return together


def _of_parties(
    parts: list[NDArray[np.void]], offsets: NDArray[np.int64]
) -> tuple[list[_Member], tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Parties in many movements, each by itself; of the rest numbers and offsets, sorted."""
    columns: list[NDArray[np.int64]] = []
    parted: list[NDArray[np.int64]] = []
    for name in PARTY_COLUMNS:
        numbers = _column(parts, name)
        new = numbers >= 0
        for other in columns:  # one name often has several roles; sorting costs more than looking
            new &= numbers != other
        parted.append(numbers[new] << 16 | offsets[new])
        columns.append(numbers)
    keys = np.sort(np.concatenate(parted))
    numbers, offsets = keys >> 16, keys & 0xFFFF
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    counts = np.diff(starts, append=len(numbers))
    many = counts > facets.DENSE_OVER
    dense = [
        (int(Facet.PARTY), int(numbers[start]), offsets[start : start + count])
        for start, count in zip(starts[many].tolist(), counts[many].tolist(), strict=True)
    ]
    few = np.repeat(~many, counts)
    return dense, (numbers[few], offsets[few])
