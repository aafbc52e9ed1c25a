"""``bulkhead simulate WORLD``: write a seeded world to a folder, its truth apart."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bulkhead.cli.incidents import show_incidents
from bulkhead.cli.output import AsJson, InLanguage, console, errors, language_of, plain_table, print_json
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.plugins import discover
from bulkhead.kernel.reasons import Language, Words
from bulkhead.simulation.platform.files import FORMATS, OnDay, write_platform
from bulkhead.simulation.platform.planning import asked_for, every_kind_once, incident_kinds
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.setting import Planned, Setting
from bulkhead.simulation.platform.world import CODE as PLATFORM
from bulkhead.simulation.world import World, WorldKind
from bulkhead.simulation.world_files import write_world

CLIENTS_MAX, DAYS_MAX = 200_000, 3_660
_SMALL_CLIENTS_MAX = 100_000  # of a world that is kept whole in memory
_COLUMNS = (Words("stream", "数据流"), Words("rows", "行数"), Words("file", "文件"), Words("digest", "摘要"))

_SMALL = Words("{0:,} movements in {1}, the truth about them in {2}", "{0:,} 笔资金变动写入 {1}，真相写入 {2}")
_LEFT_OUT = Words(
    "Not played, as they last longer than these days allow: {0}", "因模拟天数不足，以下事件未纳入：{0}"
)


def register(app: typer.Typer) -> None:
    app.command("simulate")(simulate)


def simulate(
    world: Annotated[str, typer.Argument(help="Code of the world: platform or lending.")] = "",
    out: Annotated[Path | None, typer.Option(help="Folder to write the world into, its truth apart.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another world.")] = 7,
    clients: Annotated[int, typer.Option(min=100, max=CLIENTS_MAX, help="How many people live in it.")] = 300,
    days: Annotated[int, typer.Option(min=20, max=DAYS_MAX, help="How many days it lasts.")] = 30,
    incident: Annotated[
        list[str] | None,
        typer.Option(help="CODE[:size=7,stealth=3,speed=5][@DAY], as often as wanted (platform)."),
    ] = None,
    no_incidents: Annotated[bool, typer.Option("--no-incidents", help="Honest life only (platform).")] = False,
    file_format: Annotated[str, typer.Option("--format", help="parquet or csv (platform).")] = "",
    listing: Annotated[bool, typer.Option("--list", help="Show the kinds of incidents and end.")] = False,
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Write a seeded world: what an institution would see, and apart from it what really happened."""
    if listing:
        return show_incidents(as_json=json, language=language_of(lang))
    kinds = discover("bulkhead.simulation.worlds", "WORLD", WorldKind)
    if not world:
        raise BadInput(f"Say which world; there are: {', '.join(kinds)}.")
    if world not in kinds:
        raise BadInput(f"There is no world {world[:40]!r}; there are: {', '.join(kinds)}.")
    if out is None:
        raise BadInput("Say with --out which folder the world is to be written into.")
    if world == PLATFORM:
        planned = _planned(incident or [], seed, days, none=no_incidents)
        setting, chosen = Setting(seed, clients, days, planned), file_format or FORMATS[0]
        all_asked = not (incident or no_incidents)
        return _platform(setting, out, chosen, lang, all_asked=all_asked, as_json=json)
    if incident or no_incidents or file_format:
        raise BadInput(f"Only the world {PLATFORM} takes --incident, --no-incidents and --format.")
    if clients > _SMALL_CLIENTS_MAX:
        raise BadInput(f"The world {world} holds at most {_SMALL_CLIENTS_MAX:,} clients; {PLATFORM} holds more.")
    return _small(kinds[world].build(seed, clients, days), out, language_of(lang), as_json=json)


def _small(built: World, out: Path, language: Language, *, as_json: bool) -> int:
    movements, truth = write_world(built, out)
    if as_json:
        print_json(
            {
                "world": built.code,
                "seed": built.seed,
                "movements": len(built.movements),
                "files": [movements.name, truth.name],
            }
        )
    else:
        console.print(
            _SMALL[language].format(len(built.movements), movements, truth), markup=False, soft_wrap=True
        )
        _next_step(movements)
    return 0


def _planned(asked: list[str], seed: int, days: int, *, none: bool) -> tuple[Planned, ...]:
    if none and asked:
        raise BadInput("--incident and --no-incidents exclude each other.")
    if none:
        return ()
    return asked_for(asked, seed, days) if asked else every_kind_once(seed, days)


def _platform(setting: Setting, out: Path, file_format: str, lang: str, *, all_asked: bool, as_json: bool) -> int:
    if file_format not in FORMATS:
        raise BadInput(f"There is no format {file_format[:20]!r}; there are: {', '.join(FORMATS)}.")
    language, began_s = language_of(lang), time.perf_counter()
    platform = Platform(setting)
    with _progress(setting.days, shown=not as_json) as on_day:
        written = write_platform(platform, out, file_format, on_day)
    seconds = time.perf_counter() - began_s
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = sum(each.rows for code, each in written.items() if code != "truth")
    if as_json:
        print_json(
            {
                "world": PLATFORM,
                "seed": setting.seed,
                "clients": setting.clients,
                "days": setting.days,
                "movements": written["movements"].rows,
                "rows": rows,
                "streams": {code: asdict(each) for code, each in written.items()},
                "files": [each.file for each in written.values()],
                "incidents": [
                    {"code": each.code, "first_day": each.first_day, "dials": _turned(each)}
                    for each in setting.incidents
                ],
                "left_out": _left_out(setting, all_asked=all_asked),
                "seconds": round(seconds, 2),
                "peak_rss_mib": round(peak_mib),
            }
        )
        return 0
    table = plain_table(*(words[language] for words in _COLUMNS), right=(1,))
    for code, each in written.items():
        table.add_row(code, f"{each.rows:,}", each.file, each.sha256[:16])
    console.print(table)
    total = Words("{:,} rows in {:.0f} s, {:.0f} MiB at most", "共 {:,} 行，用时 {:.0f} 秒，内存峰值 {:.0f} MiB")
    console.print(f"\n{total[language].format(rows, seconds, peak_mib)}")
    if left_out := _left_out(setting, all_asked=all_asked):
        console.print(_LEFT_OUT[language].format(", ".join(left_out)))
    _next_step(out / written["movements"].file)
    return 0


def _next_step(movements: Path) -> None:
    """The command that decides this world, to be copied as it is, spaces and all."""
    console.print(f"bulkhead watch {quote(str(movements))}", style="dim", markup=False, soft_wrap=True)


def _left_out(setting: Setting, *, all_asked: bool) -> list[str]:
    """Kinds that a world of every kind once has no room for."""
    played = {each.code for each in setting.incidents}
    return [code for code in incident_kinds() if code not in played] if all_asked else []


def _turned(planned: Planned) -> dict[str, int] | None:
    return asdict(planned.dials) if planned.dials else None


@contextmanager
def _progress(days: int, *, shown: bool) -> Iterator[OnDay]:
    """A progress bar on stderr where a person looks, otherwise nothing."""
    if not shown or not errors.is_terminal:
        yield lambda done, rows: None
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rows]}"), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("days", total=days, rows="")
        yield lambda done, rows: bar.update(task, completed=done, rows=f"{rows:,}")
