"""The machine that runs compiled conditions: a short program over blocks of rows.

Every value is a float64. An unknown number is NaN. A truth is 0 (false), ½ (unknown) or 1 (true), so that
Kleene's ``and`` is the minimum, ``or`` the maximum and ``not`` the rest to 1. A step writes the register of its
own number; registers hold ``BLOCK_ROWS`` rows, which keeps them in the processor's cache whatever the batch.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.compiled import compiled

BLOCK_ROWS = 256
UNKNOWN = 0.5

# Operations; ``a`` and ``b`` are registers unless said otherwise.
CONSTANT = 0  # a: index into constants
TABLE = 1  # a: column of the row-major table
COLUMN = 2  # a: row of the separate columns
LOOKUP = 3  # a: codes, b: row of lookups; its last entry answers for codes without label
NEGATIVE, ABSOLUTE, ADD, SUBTRACT, MULTIPLY, DIVIDE, LEAST, GREATEST = range(4, 12)  # of numbers
KNOWN, LESS, LESS_EQUAL, EQUAL = range(12, 16)  # of numbers, giving a truth
TRUTH, KNOWN_TRUTH, NOT, AND, OR, SAME = range(16, 22)  # of truths; TRUTH takes 0, 1 or NaN

_LAST_INPUT, _LAST_ARITHMETIC, _LAST_COMPARISON = COLUMN, GREATEST, EQUAL

Floats: TypeAlias = NDArray[np.float64]


@compiled
def run(
    program: NDArray[np.int32],
    constants: Floats,
    lookups: Floats,
    table: Floats,
    columns: Floats,
    answers: NDArray[np.int32],
    registers: Floats,
    out: NDArray[np.uint8],
) -> None:
    """Run ``program`` ([steps, 3]: operation, a, b) over ``n`` rows.

    ``constants`` [*], ``lookups`` [tests, codes + 1], ``table`` [n, F] and ``columns`` [C, n] are what it reads;
    ``out`` [answers, n] gets twice the truth of the registers named in ``answers``. ``registers`` is [steps, at
    least min(n, BLOCK_ROWS)]; afterwards it holds every value of the last block.
    """
    rows = out.shape[1]
    for start in range(0, rows, BLOCK_ROWS):
        count = min(BLOCK_ROWS, rows - start)
        for i in range(program.shape[0]):
            operation, a, b = program[i, 0], program[i, 1], program[i, 2]
            result = registers[i, :count]
            if operation <= _LAST_INPUT:
                _read(operation, a, start, constants, table, columns, result)
            elif operation == LOOKUP:
                _look_up(registers[a, :count], lookups[b], result)
            elif operation <= _LAST_ARITHMETIC:
                _calculate(operation, registers[a, :count], registers[b, :count], result)
            elif operation <= _LAST_COMPARISON:
                _compare(operation, registers[a, :count], registers[b, :count], result)
            else:
                _conclude(operation, registers[a, :count], registers[b, :count], result)
        for j in range(len(answers)):
            answer = registers[answers[j]]
            for k in range(count):
                out[j, start + k] = np.uint8(2.0 * answer[k])


@compiled
def _read(
    operation: int, a: int, start: int, constants: Floats, table: Floats, columns: Floats, result: Floats
) -> None:
    if operation == CONSTANT:
        for k in range(len(result)):
            result[k] = constants[a]
    elif operation == TABLE:
        for k in range(len(result)):
            result[k] = table[start + k, a]
    else:
        for k in range(len(result)):
            result[k] = columns[a, start + k]


@compiled
def _look_up(codes: Floats, answers: Floats, result: Floats) -> None:
    last = len(answers) - 1
    for k in range(len(result)):
        code = codes[k]
        result[k] = answers[int(code)] if 0.0 <= code < last else answers[last]


@compiled
def _calculate(operation: int, x: Floats, y: Floats, result: Floats) -> None:
    count = len(result)
    if operation == NEGATIVE:
        for k in range(count):
            result[k] = -x[k]
    elif operation == ABSOLUTE:
        for k in range(count):
            result[k] = abs(x[k])
    elif operation == ADD:
        for k in range(count):
            result[k] = x[k] + y[k]
    elif operation == SUBTRACT:
        for k in range(count):
            result[k] = x[k] - y[k]
    elif operation == MULTIPLY:
        for k in range(count):
            result[k] = x[k] * y[k]
    elif operation == DIVIDE:
        for k in range(count):
            result[k] = np.nan if y[k] == 0.0 else x[k] / y[k]
    elif operation == LEAST:
        for k in range(count):
            result[k] = y[k] if x[k] > y[k] or y[k] != y[k] else x[k]
    else:
        for k in range(count):
            result[k] = y[k] if x[k] < y[k] or y[k] != y[k] else x[k]


@compiled
def _compare(operation: int, x: Floats, y: Floats, result: Floats) -> None:
    """Against NaN every comparison is false, one way and the other, and so the truth is unknown."""
    count = len(result)
    if operation == LESS:
        for k in range(count):
            result[k] = 1.0 if x[k] < y[k] else 0.0 if x[k] >= y[k] else UNKNOWN
    elif operation == LESS_EQUAL:
        for k in range(count):
            result[k] = 1.0 if x[k] <= y[k] else 0.0 if x[k] > y[k] else UNKNOWN
    elif operation == EQUAL:
        for k in range(count):
            result[k] = 1.0 if x[k] == y[k] else 0.0 if x[k] < y[k] or x[k] > y[k] else UNKNOWN
    else:
        for k in range(count):
            result[k] = 1.0 if x[k] == x[k] else 0.0


@compiled
def _conclude(operation: int, x: Floats, y: Floats, result: Floats) -> None:
    count = len(result)
    if operation == AND:
        for k in range(count):
            result[k] = x[k] if x[k] < y[k] else y[k]
    elif operation == OR:
        for k in range(count):
            result[k] = x[k] if x[k] > y[k] else y[k]
    elif operation == NOT:
        for k in range(count):
            result[k] = 1.0 - x[k]
    elif operation == TRUTH:
        for k in range(count):
            result[k] = x[k] if x[k] == x[k] else UNKNOWN
    elif operation == KNOWN_TRUTH:
        for k in range(count):
            result[k] = 0.0 if x[k] == UNKNOWN else 1.0
    else:
        for k in range(count):
            result[k] = UNKNOWN if x[k] == UNKNOWN or y[k] == UNKNOWN else 1.0 if x[k] == y[k] else 0.0
