"""The end of the demo: outcomes, money by account class, the crimes against the truth, the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.console import Console, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from bulkhead.cli.demo_row import SIGNS, Style, indented, separator
from bulkhead.cli.demo_words import CLASSES, FATES, REFUSALS, WORDS
from bulkhead.kernel.money import Money, format_minor
from bulkhead.kernel.movements import AccountClass
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.truth import Assessment, Verdict

GROUNDS_SHOWN = 4  # rules named for one crime
SPANS_US = (("days", 86_400_000_000), ("hours", 3_600_000_000), ("minutes", 60_000_000))
HEAD_SHOWN = 16  # hexadecimal digits of the journal's root


@dataclass(frozen=True, slots=True)
class ClassTotal:
    """The money of all accounts of one class, in minor units."""

    account_class: AccountClass
    accounts: int
    posted_minor: int
    held_minor: int


@dataclass(frozen=True, slots=True)
class DemoEnding:
    """What the run has to tell at its end."""

    totals: tuple[ClassTotal, ...]
    assessment: Assessment
    journal_size: int
    journal_root: bytes
    verified: bool
    movements_per_s: int | None = None  # None: not measured


@dataclass(frozen=True, slots=True)
class Summary:
    """Writes the ending. ``titles`` are those of the rules that hit, by code."""

    console: Console
    style: Style
    currency: str
    counts: Counter[str]  # fate -> movements
    amounts: Counter[str]  # fate -> minor units
    titles: Mapping[str, Words]

    def parts(self, ending: DemoEnding) -> Iterator[RenderableType]:
        """The summary from top to bottom."""
        yield from self._heading(self._say("outcomes"))
        yield self._outcomes()
        yield from self._heading(self._say("money"))
        yield self._money(ending.totals)
        assessment = ending.assessment
        count = len(assessment.verdicts)
        yield from self._heading(self._say("crimes", found=assessment.found_count, count=count))
        for verdict in assessment.verdicts:
            yield from self._verdict(verdict)
        yield Text()
        yield from self._honest(assessment)
        yield from self._journal(ending)

    def _outcomes(self) -> Table:
        table = self._table("", self._say("movements"), f"{self._say('amount')} {self.currency}")
        for fate, sign in SIGNS.items():
            if self.counts[fate]:
                name = Text(f"{self.style.mark(fate)} {FATES[fate][self.style.language]}", sign.style)
                table.add_row(name, f"{self.counts[fate]:,}", self._plain(self.amounts[fate]))
        return table

    def _money(self, totals: tuple[ClassTotal, ...]) -> Table:
        columns = self._say("accounts"), f"{self._say('balance')} {self.currency}", self._say("set_aside")
        table = self._table("", *columns)
        for total in sorted(totals, key=lambda each: list(CLASSES).index(each.account_class)):
            held = self._plain(total.held_minor) if total.held_minor else ""
            name = CLASSES[total.account_class][self.style.language]
            table.add_row(name, f"{total.accounts:,}", self._plain(total.posted_minor), held)
        balance = sum(total.posted_minor for total in totals)
        line = Text(self._say("sums_to_zero"), "green") if balance == 0 else self._bad("sums_not_to_zero")
        table.add_row(line, "", self._plain(balance), "")
        return table

    def _verdict(self, verdict: Verdict) -> Iterator[Text]:
        incident, language = verdict.incident, self.style.language
        head = Text.assemble(
            (self.style.mark("booked") + " " + self._say("found"), "bold green")
            if verdict.found
            else (self.style.mark("declined") + " " + self._say("missed"), "bold red"),
            "  ",
            (incident.title[language], "bold"),
        )
        yield Text()
        yield from indented(head, 1, self.console)
        yield from self._indented(Text(incident.story[language], "italic"))
        stopped = self._say("stopped", stopped=verdict.stopped_count, count=len(incident.movement_ids))
        yield from self._indented(Text(f"{self._when(verdict)}{self._gap}{stopped}{self._stop}"))
        per_cent = verdict.prevented_minor * 100 // incident.amount_minor if incident.amount_minor else 0
        prevented, total = self._money_text(verdict.prevented_minor), self._money_text(incident.amount_minor)
        style = "green" if per_cent >= 50 else "yellow"
        saved = self._say("prevented", prevented=prevented, total=total, per_cent=per_cent)
        yield from self._indented(Text(saved + self._stop, style))
        grounds = self._grounds(verdict)
        if grounds:
            yield from self._indented(
                Text(self._say("by") + separator(language).join(grounds) + self._stop, "dim")
            )

    def _when(self, verdict: Verdict) -> str:
        began = f"{self.style.local(verdict.incident.first_us):%m-%d %H:%M}"
        if verdict.delay_us is None:
            return self._say("began_unseen", time=began)
        hint_us = verdict.incident.first_us - verdict.hint_us if verdict.hint_us is not None else 0
        hint = self._gap + self._say("hint", ahead=self._span(hint_us)) if hint_us else ""
        if verdict.delay_us == 0:
            return self._say("began", time=began) + hint
        return self._say("began_later", time=began, delay=self._span(verdict.delay_us)) + hint

    def _span(self, span_us: int) -> str:
        """A length of time in its natural unit."""
        for unit, length_us in SPANS_US:
            if span_us >= 2 * length_us:
                return self._say(unit, n=span_us // length_us)
        return self._say("seconds", n=span_us // 1_000_000)

    def _grounds(self, verdict: Verdict) -> list[str]:
        """Rules and refusals with how many of the incident's movements each concerned."""
        language = self.style.language
        rules = [(self.titles[c][language] if c in self.titles else c, n) for c, n in verdict.rules]
        refusals = [(REFUSALS[refusal][language], n) for refusal, n in verdict.refusals]
        more = [self._say("more_rules", n=len(rules) - GROUNDS_SHOWN)] if len(rules) > GROUNDS_SHOWN else []
        named = [self._say("times", name=name, n=n) for name, n in (*rules[:GROUNDS_SHOWN], *refusals)]
        return named[:GROUNDS_SHOWN] + more + named[GROUNDS_SHOWN:]

    def _honest(self, assessment: Assessment) -> Iterator[Text]:
        hundredths = assessment.honest_stopped * 10_000 // max(assessment.honest_count, 1)
        return self._indented(
            Text(
                self._say(
                    "honest",
                    count=f"{assessment.honest_count:,}",
                    stopped=f"{assessment.honest_stopped:,}",
                    share=f"{hundredths // 100}.{hundredths % 100:02d}",
                    alerts=f"{assessment.honest_noticed - assessment.honest_stopped:,}",
                )
            )
        )

    def _journal(self, ending: DemoEnding) -> Iterator[Text]:
        if ending.movements_per_s is not None:
            yield from self._indented(Text(self._say("speed", rate=f"{ending.movements_per_s:,}")))
        head = ending.journal_root.hex()[:HEAD_SHOWN]
        line = Text(self._say("journal", size=f"{ending.journal_size:,}", head=head) + "  ")
        if ending.verified:
            line.append(f"{self.style.mark('booked')} {self._say('verified')}", "bold green")
        else:
            line.append_text(self._bad("not_verified"))
        yield from self._indented(line)

    def _table(self, *columns: str) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 1), header_style="dim")
        for i, column in enumerate(columns):
            justify: JustifyMethod = "right" if i else "left"
            table.add_column(column, justify=justify, no_wrap=True, overflow=self.style.overflow)
        return table

    def _heading(self, text: str) -> Iterator[Text]:
        yield Text()
        yield Text(text, "bold underline")

    def _indented(self, text: Text) -> Iterator[Text]:
        return indented(text, 3, self.console)

    def _bad(self, key: str) -> Text:
        return Text(f"{self.style.mark('declined')} {self._say(key)}", "bold red")

    def _money_text(self, minor: int) -> str:
        return str(Money(minor, self.currency))

    def _plain(self, minor: int) -> str:
        return format_minor(minor, self.currency)

    @property
    def _gap(self) -> str:
        return "" if self.style.language == "zh" else " "

    @property
    def _stop(self) -> str:
        return "。" if self.style.language == "zh" else "."

    def _say(self, key: str, **values: object) -> str:
        return WORDS[key][self.style.language].format(**values)
