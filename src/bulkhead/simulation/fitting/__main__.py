"""Fit every table anew: ``python -m bulkhead.simulation.fitting DATA [OUT]``, OUT being the tables' own folder."""

from __future__ import annotations

import sys
from pathlib import Path

from bulkhead.kernel.errors import BadInput
from bulkhead.simulation import fitted
from bulkhead.simulation.fitting.everything import fit_all
from bulkhead.simulation.fitting.writing import as_toml


def main(arguments: list[str]) -> int:
    """Write the tables. Gives 0, or 2 with a sentence where the data is missing."""
    if len(arguments) not in (1, 2):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    out = Path(arguments[1]) if len(arguments) == 2 else Path(fitted.__file__).parent
    try:
        tables = fit_all(Path(arguments[0]))
    except BadInput as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    out.mkdir(parents=True, exist_ok=True)
    for made in tables:
        (out / f"{made.code}.toml").write_text(as_toml(made), encoding="utf-8")
    sys.stdout.write(f"{len(tables)} tables in {out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
