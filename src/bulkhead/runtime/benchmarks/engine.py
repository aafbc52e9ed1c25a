"""Movements a second, end to end: decided, booked, sealed, committed and projected on a real PostgreSQL.

The clock starts when movements in memory enter the loop. It is read twice: when the last one is durable
(acknowledged) and when the projections have caught up. ``hot`` sends every movement to one payer's account.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

from bulkhead.decision.rule_set import default_rule_set
from bulkhead.engine.machine import Machine
from bulkhead.kernel.events import InstitutionOpened, RuleSetPublished
from bulkhead.kernel.movements import BATCH_ROWS_MAX, MovementBatch
from bulkhead.runtime.benchmarks import Benchmark, Metric, metric_of
from bulkhead.runtime.benchmarks._postgres_per_transfer import transfers_per_s
from bulkhead.runtime.benchmarks._stream import movements, on_one_account
from bulkhead.runtime.database.connect import Database, open_database
from bulkhead.runtime.settings import Settings, load_settings
from bulkhead.runtime.watching import publish_rules
from bulkhead.runtime.wiring import open_writer

ROWS = 1_000_000
REPEATS = 3
WARM_ROWS = 5 * BATCH_ROWS_MAX
STAGES = ("admit", "windows", "decide", "post", "encode", "seal")


def run(data: Path | None, rows: int | None = None) -> Benchmark:
    """Measure on a database of its own, ordinary and hot in turn, and a plain SQL engine beside it."""
    with ExitStack() as stack:
        settings = load_settings()
        folder = Path(tempfile.mkdtemp(prefix="bulkhead-bench-", dir=_scratch(settings)))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        settings = settings.model_copy(update={"home": folder})
        database = stack.enter_context(open_database(settings))
        ordinary = movements(data, rows or ROWS)
        hot = [on_one_account(batch) for batch in ordinary]
        _measure(settings, database, "bench-warm", ordinary[: WARM_ROWS // BATCH_ROWS_MAX])
        runs: dict[str, list[tuple[float, float]]] = {"ordinary": [], "hot": []}
        for repeat in range(REPEATS):
            for name, batches in (("ordinary", ordinary), ("hot", hot)):
                runs[name].append(_measure(settings, database, f"bench-{name}-{repeat}", batches))
        plain = {"postgres_per_transfer": transfers_per_s(database, ordinary, hot=False)}
        plain_hot = {"postgres_per_transfer": transfers_per_s(database, hot, hot=True)}
    count = sum(len(batch) for batch in ordinary)
    metrics = [
        _rate("engine_movements_per_s", count, [both for _, both in runs["ordinary"]], plain),
        _rate("engine_acknowledged_per_s", count, [first for first, _ in runs["ordinary"]], plain),
        _rate("engine_hot_movements_per_s", count, [both for _, both in runs["hot"]], plain_hot),
        _rate("engine_hot_acknowledged_per_s", count, [first for first, _ in runs["hot"]], plain_hot),
    ]
    return Benchmark("engine", (*metrics, *_stages(ordinary)), _notes(data, count))


def _scratch(settings: Settings) -> Path | None:
    """Beside the data where there is some, so that the disk measured is the disk used."""
    return settings.home.parent if settings.home.parent.is_dir() else None


def _measure(
    settings: Settings, database: Database, code: str, batches: list[MovementBatch]
) -> tuple[float, float]:
    """Seconds until the last movement is durable, and until the projections have caught up."""
    opening = InstitutionOpened(code, "EUR", 0)
    with open_writer(settings, database, opening, command="bulkhead bench engine") as writer:
        publish_rules(writer, default_rule_set().text, "bench")
        began_s = time.perf_counter()
        for batch in batches:
            writer.loop.commit(writer.loop.step(batch))
        writer.loop.flush()
        acknowledged_s = time.perf_counter() - began_s
        writer.loop.mark()
        writer.loop.catch_up(writer.machine.sequence)
        return acknowledged_s, time.perf_counter() - began_s


def _stages(batches: list[MovementBatch]) -> list[Metric]:
    """Where the machine's own time goes, measured apart from the database; microseconds a movement."""
    machine = Machine(bytes(32))
    machine.apply(InstitutionOpened("stages", "EUR", 0))
    machine.apply(RuleSetPublished(1, default_rule_set().text, "bench", ""))
    spent: defaultdict[str, float] = defaultdict(float)
    for batch in batches:
        ends = _stage_ends(machine, batch)
        for (_, before_s), (stage, after_s) in pairwise(ends):
            spent[stage] += after_s - before_s
    count = sum(len(batch) for batch in batches)
    return [metric_of(f"engine_stage_{stage}", "µs/movement", [spent[stage] / count * 1e6]) for stage in STAGES]


def _stage_ends(machine: Machine, batch: MovementBatch) -> list[tuple[str, float]]:
    """Each stage of a step with the time it ended, behind the time the step began."""
    ends = [("", time.perf_counter())]
    machine.step(batch, mark=lambda stage: ends.append((stage, time.perf_counter())))
    return ends


def _rate(name: str, count: int, seconds: list[float], references: dict[str, float]) -> Metric:
    return metric_of(name, "movements/s", [count / each for each in seconds], references)


def _notes(data: Path | None, count: int) -> tuple[str, ...]:
    rules = default_rule_set()
    return (
        f"{count:,} movements of {data.name if data else 'a seeded stream'}, in batches of {BATCH_ROWS_MAX:,}, "
        f"{len(rules.features)} features, {len(rules.rules)} rules; {REPEATS} runs each, median with range.",
        "Every commit is durable (synchronous_commit on). engine_movements_per_s stops when the projections have "
        "caught up, engine_acknowledged_per_s when the last movement is durable. hot: one payer for all.",
        "postgres_per_transfer: the same PostgreSQL decides each movement by three SQL aggregates over its payer's "
        "history, inserts it and updates two balances, one transaction each.",
    )
