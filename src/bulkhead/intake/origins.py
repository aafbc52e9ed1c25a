"""Where movements stand in their file, so that one that cannot be taken is shown as it was written there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bulkhead.intake.readers.block import Block


@dataclass(frozen=True, slots=True)
class Origins:
    """For each movement its block among ``blocks`` and its row within that block."""

    blocks: tuple[Block, ...]
    places: NDArray[np.int64]  # [n, 2]: block, row in it

    @classmethod
    def of(cls, block: Block, indices: NDArray[np.int64]) -> Origins:
        """The rows at ``indices`` of one block."""
        return cls((block,), np.column_stack([np.zeros(len(indices), np.int64), indices]))

    def row(self, index: int) -> int:
        """The movement's row as a person counts it in the file."""
        block, row = self.places[index].tolist()
        return int(self.blocks[block].rows[row])

    def raw(self, index: int) -> str:
        """The movement's row as quarantine keeps it."""
        block, row = self.places[index].tolist()
        of_block: Block = self.blocks[block]
        return of_block.raw(row)

    def slice(self, start: int, stop: int) -> Origins:
        return Origins(self.blocks, self.places[start:stop])

    def take(self, indices: NDArray[np.int64]) -> Origins:
        return Origins(self.blocks, self.places[indices])


NOWHERE = Origins((), np.zeros((0, 2), np.int64))


def joined_origins(parts: Sequence[Origins]) -> Origins:
    """The origins of several runs of movements, end to end."""
    blocks: list[Block] = []
    places = [NOWHERE.places]
    for part in parts:
        places.append(part.places + np.array([len(blocks), 0]))
        blocks += part.blocks
    return Origins(tuple(blocks), np.concatenate(places))
