"""One decided movement as a line of the demo: its fate, its masked parties, the reasons against it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rich.cells import set_cell_size
from rich.console import Console, OverflowMethod
from rich.text import Text

from bulkhead.cli.demo_words import FATES, KINDS, PLACES, REFUSALS, WORDS
from bulkhead.kernel.leaves import MovementLeaf
from bulkhead.kernel.money import currency_code, format_minor
from bulkhead.kernel.movements import MovementKind, Outcome, Refusal, Status
from bulkhead.kernel.reasons import Fact, Language, Reason, fact_text, word

TOKEN_SHOWN = 4  # characters of a vault token: enough to follow somebody with the eye, no more
RULES_SHOWN = 3
FACTS_SHOWN = 2
PARTY_FACT = re.compile(r"(payer|payee|device)\.\w+")  # a plain value, not a sum or a quotient of several


@dataclass(frozen=True, slots=True)
class Sign:
    """How a fate looks. Marks differ in shape; ``plain`` is for terminals without Unicode."""

    mark: str
    plain: str
    style: str


SIGNS: dict[str, Sign] = {
    "booked": Sign("✓", "+", "green"),
    "set_aside": Sign("⊡", "=", "cyan"),
    "given_back": Sign("↩", "<", "cyan"),
    "alert": Sign("⚑", "*", "bold yellow"),
    "held": Sign("❖", "?", "bold magenta"),
    "declined": Sign("✖", "x", "bold red"),
    "refused": Sign("⊘", "!", "bold red"),
}
PASSED = ("booked", "set_aside", "given_back")
NOTABLE = ("alert", "held", "declined", "refused")


@dataclass(frozen=True, slots=True)
class Style:
    """How lines are written for this person at this terminal."""

    language: Language
    timezone_offset_minutes: int
    unicode: bool = True

    def mark(self, fate: str) -> str:
        return SIGNS[fate].mark if self.unicode else SIGNS[fate].plain

    @property
    def arrow(self) -> str:
        return "→" if self.unicode else "->"

    @property
    def overflow(self) -> OverflowMethod:
        """How a line that is too long ends."""
        return "ellipsis" if self.unicode else "crop"

    @property
    def bullet(self) -> str:
        return "▸" if self.unicode else ">"

    def local(self, at_us: int) -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
            microseconds=at_us, minutes=self.timezone_offset_minutes
        )


def fate(leaf: MovementLeaf) -> str:
    """What became of a movement, as a key of ``SIGNS``."""
    status, outcome = leaf.fixed["status"], leaf.fixed["outcome"]
    if status == Status.REFUSED:
        return "declined" if leaf.fixed["refusal"] == Refusal.DECLINED else "refused"
    if status == Status.HELD and outcome == Outcome.HOLD:
        return "held"
    if any(leaf.hits) or outcome != Outcome.ALLOW:  # settled elsewhere, so the decision can only speak up
        return "alert"
    return {Status.HELD: "set_aside", Status.VOIDED: "given_back"}.get(Status(status), "booked")


def party(name: str, language: Language) -> str:
    """A party without what would name a person: ``bank 9f3a`` for a bank account behind a token."""
    if name in PLACES:
        return PLACES[name][language]
    entity, _, value = name.partition(":")
    if entity in PLACES:
        shown = value[:TOKEN_SHOWN]
        return shown if entity == "client" else f"{PLACES[entity][language]} {shown}"
    return value


def movement_line(leaf: MovementLeaf, style: Style) -> Text:
    """Time, mark and word, kind, amount and parties in columns; about 76 cells wide."""
    language, what = style.language, fate(leaf)
    amount = format_minor(leaf.fixed["amount_minor"], currency_code(leaf.fixed["currency"]))
    payer, payee = party(leaf.strings["payer"], language), party(leaf.strings["payee"], language)
    line = Text(no_wrap=True, overflow=style.overflow)
    line.append(f"{style.local(leaf.fixed['effective_us']):%m-%d %H:%M:%S} ", "dim")
    line.append(f"{style.mark(what)} {set_cell_size(FATES[what][language], 10)} ", SIGNS[what].style)
    line.append(f"{set_cell_size(KINDS[MovementKind(leaf.fixed['kind'])][language], 12)} ")
    line.append(f"{amount:>12}  ", "bold")
    line.append(f"{payer} {style.arrow} {payee}")
    return line


def reason_lines(leaf: MovementLeaf, reason: Reason | None, style: Style) -> Iterator[Text]:
    """Why a movement did not simply pass: each rule and, if it stopped, what it read; the book's own ground."""
    language, stopped = style.language, fate(leaf) != "alert"
    rules = rules_against(reason)
    for rule in rules[:RULES_SHOWN]:
        line = Text(f"{style.bullet} {rule.label[language]}")
        line.append(f"  [{word(rule.grade, language)}]" if rule.grade else "", "dim")
        yield line
        facts = list(_telling_facts(rule, set()))[:FACTS_SHOWN] if stopped else []
        if facts:
            yield Text("  " + separator(language).join(_fact_line(fact, language) for fact in facts), "dim")
    if len(rules) > RULES_SHOWN:
        yield Text(f"  {WORDS['more_rules'][language].format(n=len(rules) - RULES_SHOWN)}", "dim")
    refusal = Refusal(leaf.fixed["refusal"])
    if refusal not in (Refusal.NONE, Refusal.DECLINED):
        yield Text(f"{style.bullet} {REFUSALS[refusal][language]}")


def separator(language: Language) -> str:
    """Between the items of a list in a sentence."""
    return "；" if language == "zh" else "; "


def indented(text: Text, left: int, console: Console) -> Iterator[Text]:
    """The text folded to the console's width, every line ``left`` cells in and nothing trailing."""
    for line in text.wrap(console, max(console.width - left, 20)):
        line.rstrip()
        line.pad_left(left)
        yield line


def rules_against(reason: Reason | None) -> list[Reason]:
    """The rules that hit, weightiest first; where none did, those that hold because they could not be known."""
    rules = reason.children if reason is not None else ()
    return [r for r in rules if r.outcome] or [r for r in rules if r.outcome is None and r.value == "hold"]


def _telling_facts(reason: Reason, told: set[str]) -> Iterator[Fact]:
    """What a rule read about the parties; kind and amount stand in the movement's own line."""
    for fact in reason.facts:
        if fact.code not in told and PARTY_FACT.fullmatch(fact.code):
            told.add(fact.code)
            yield fact
    for child in reason.children:
        if child.outcome is not False:
            yield from _telling_facts(child, told)


def _fact_line(fact: Fact, language: Language) -> str:
    colon = "：" if language == "zh" else ": "
    return f"{fact.label[language]}{colon}{fact_text(fact, language)}"
