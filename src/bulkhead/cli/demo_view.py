"""The demo in the terminal: decisions stream by, what was stopped stays with its reason, a summary at the end.

The view is told of one decision after another and never asks: whoever runs the engine calls ``decision`` and,
at the end, ``summary``. In a terminal it paces itself by the world's time; elsewhere it writes plain lines.
Outcomes are told by a mark and a word; colour only repeats them.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bulkhead.cli.demo_row import (
    NOTABLE,
    PASSED,
    SIGNS,
    Style,
    fate,
    indented,
    movement_line,
    reason_lines,
    rules_against,
)
from bulkhead.cli.demo_summary import DemoEnding, Summary
from bulkhead.cli.demo_words import FATES, WEEKDAYS, WORDS
from bulkhead.kernel.leaves import MovementLeaf
from bulkhead.kernel.reasons import Language, Reason, Words

DAY_US = 86_400_000_000
REASONS_LEFT = 15  # cells before a reason, under the mark
LINES_SHOWN = 10  # of the stream in a terminal
FRAME_S = 1 / 15
GAP_S_MAX = 0.25  # longest wait between two movements, so that nights are short
LINGER_S = 0.45  # pause on a movement that was stopped
LINGER_ALL_S = 9.0  # and of all such pauses together
SECONDS_A_DAY = 0.75


@dataclass(frozen=True, slots=True)
class DemoOpening:
    """What the view knows before the first decision."""

    title: Words
    seed: int
    start_us: int
    days: int
    timezone_offset_minutes: int
    movements: int
    currency: str


class DemoView:
    """Shows one run. Use as a context manager, then call ``summary``.

    ``seconds_a_day`` sets the pace; 0 shows everything as fast as it comes. Outside a terminal there is no pace.
    """

    def __init__(
        self,
        opening: DemoOpening,
        language: Language,
        console: Console,
        *,
        seconds_a_day: float = SECONDS_A_DAY,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._opening = opening
        self._console = console
        unicode = "utf" in console.encoding.lower()
        # Where Chinese cannot be written at all, English is better than nothing.
        self._style = Style(language if unicode else "en", opening.timezone_offset_minutes, unicode)
        self._pace = _Pace(seconds_a_day if console.is_terminal else 0.0, opening.start_us, sleep)
        moves = console.is_terminal and not console.is_dumb_terminal
        self._live = (
            Live(console=console, auto_refresh=False, transient=True, vertical_overflow="crop") if moves else None
        )
        room = min(LINES_SHOWN, max(console.height - 13, 3))
        self._lines: deque[Text] = deque([Text()] * room, maxlen=room)
        self._last_told: list[str] = []
        self._counts: Counter[str] = Counter()
        self._amounts: Counter[str] = Counter()
        self._titles: dict[str, Words] = {}
        self._now_us = opening.start_us
        self._day = 0
        self._day_counts: Counter[str] = Counter()

    def __enter__(self) -> DemoView:
        name = "BULKHEAD 隔舱" if self._style.unicode else "BULKHEAD"
        title = Text.assemble((name, "bold"), "  ", self._opening.title[self._style.language])
        told = self._say("opening", movements=f"{self._opening.movements:,}", days=self._opening.days)
        for line in (Text(), title, Text(told, "dim"), Text()):
            self._console.print(line)
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
        elif kind is None:
            self._tell_day()

    def wants_reason(self, leaf: MovementLeaf) -> bool:
        """Whether ``decision`` would show the reason of this movement; making one costs time."""
        return fate(leaf) in NOTABLE

    def decision(self, leaf: MovementLeaf, reason: Reason | None) -> None:
        """Show one decided movement. ``reason`` may be None where ``wants_reason`` says no."""
        what = fate(leaf)
        self._turn_days(leaf.fixed["effective_us"])
        self._now_us = leaf.fixed["effective_us"]
        self._counts[what] += 1
        self._day_counts[what] += 1
        self._amounts[what] += leaf.fixed["amount_minor"]
        self._titles.update((rule.code, rule.label) for rule in rules_against(reason))
        line = movement_line(leaf, self._style)
        if what in NOTABLE:
            self._tell(leaf, reason, line)
        self._lines.append(line)
        if self._live is not None and self._pace.frame_due(self._now_us, linger=what in NOTABLE):
            self._live.update(Group(*self._screen()), refresh=True)
            self._pace.wait()

    def summary(self, ending: DemoEnding) -> None:
        """Show how it ended; call it after the ``with`` block."""
        summary = Summary(
            self._console, self._style, self._opening.currency, self._counts, self._amounts, self._titles
        )
        for part in summary.parts(ending):
            self._console.print(part)
        self._console.print()

    def _screen(self) -> list[RenderableType]:
        """The live part: a header that counts, and the latest movements."""
        opening = self._opening
        now = self._style.local(self._now_us)
        days_gone = (self._now_us - opening.start_us) // DAY_US + 1
        weekday = WEEKDAYS[now.weekday()][self._style.language]
        clock = Text.assemble((f"{now:%Y-%m-%d} {weekday} {now:%H:%M}", "bold"))
        done = self._counts.total()
        top = Table.grid(padding=(0, 2), expand=True)
        for ratio in (None, None, 1, None):
            top.add_column(ratio=ratio, no_wrap=True, overflow=self._style.overflow)
        top.add_row(
            clock,
            self._say("day_of", day=min(days_gone, opening.days), days=opening.days),
            ProgressBar(total=max(opening.movements, 1), completed=done),
            f"{done:,}/{opening.movements:,}",
        )
        passed, stopped = (self._tally(self._counts, fates) for fates in (PASSED, NOTABLE))
        panel = Panel(Group(top, passed, stopped), title=self._title(), title_align="left")
        return [panel, *self._lines]

    def _title(self) -> str:
        title = self._opening.title[self._style.language]
        return self._say("title", title=title, seed=self._opening.seed)

    def _tally(self, counts: Counter[str], fates: tuple[str, ...]) -> Text:
        """Every fate that has occurred: mark, count, word."""
        line = Text(no_wrap=True, overflow=self._style.overflow)
        for code in fates:
            if counts[code]:
                word = FATES[code][self._style.language]
                line.append(f"{self._style.mark(code)} {counts[code]:,} ", SIGNS[code].style).append(f"{word}  ")
        return line

    def _tell(self, leaf: MovementLeaf, reason: Reason | None, line: Text) -> None:
        """Write what is to stay. Reasons that stand right above, for the same payer, are not said again."""
        self._print_line(line)
        told = [leaf.strings["payer"], str(leaf.fixed["refusal"])]
        told += [rule.code for rule in rules_against(reason)]
        if told != self._last_told:
            for text in reason_lines(leaf, reason, self._style):
                for folded in indented(text, REASONS_LEFT, self._console):
                    self._console.print(folded)
        self._last_told = told

    def _turn_days(self, now_us: int) -> None:
        day = (now_us - self._opening.start_us) // DAY_US
        if day != self._day:
            if self._live is None:
                self._tell_day()
                self._last_told = []
            self._day_counts.clear()
            self._day = day

    def _tell_day(self) -> None:
        """Outside a terminal a day is one line."""
        date = self._style.local(self._opening.start_us + self._day * DAY_US)
        weekday = WEEKDAYS[date.weekday()][self._style.language]
        line = Text(f"{date:%Y-%m-%d} {weekday}  ", "bold").append_text(
            self._tally(self._day_counts, PASSED + NOTABLE)
        )
        self._print_line(line)

    def _print_line(self, line: Text) -> None:
        """One line, cut rather than folded."""
        line.rstrip()
        self._console.print(line, no_wrap=True, overflow=self._style.overflow)

    def _say(self, key: str, **values: object) -> str:
        return WORDS[key][self._style.language].format(**values)


class _Pace:
    """Turns the world's time into waiting, a frame at a time."""

    def __init__(self, seconds_a_day: float, start_us: int, sleep: Callable[[float], None]) -> None:
        self._seconds_a_day = seconds_a_day
        self._sleep = sleep
        self._last_us = start_us
        self._owed_s = 0.0
        self._unpaced = 0
        self._linger_left_s = LINGER_ALL_S

    def frame_due(self, now_us: int, *, linger: bool) -> bool:
        """Whether enough has gathered to draw a frame; at no pace a frame is drawn every so many movements."""
        if not self._seconds_a_day:
            self._unpaced = (self._unpaced + 1) % 100
            return self._unpaced == 0
        gap_s = (now_us - self._last_us) / DAY_US * self._seconds_a_day
        self._last_us = now_us
        pause_s = min(LINGER_S, self._linger_left_s) if linger else 0.0
        self._linger_left_s -= pause_s
        self._owed_s += min(gap_s, GAP_S_MAX) + pause_s
        return self._owed_s >= FRAME_S

    def wait(self) -> None:
        if self._owed_s:
            self._sleep(self._owed_s)
            self._owed_s = 0.0
