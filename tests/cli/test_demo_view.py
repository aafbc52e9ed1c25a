"""The demo as a person sees it, in both languages, in a terminal and in a pipe, with a clock that only counts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from unicodedata import east_asian_width

import pytest
from rich.cells import cell_len
from rich.console import Console

from bulkhead.cli.demo_row import SIGNS, fate, party
from bulkhead.cli.demo_summary import ClassTotal, DemoEnding
from bulkhead.cli.demo_view import DemoOpening, DemoView
from bulkhead.cli.demo_words import CLASSES, FATES, KINDS, PLACES, REFUSALS, WORDS
from bulkhead.kernel.leaves import LEAF_FIXED, LEAF_STRINGS, MovementLeaf
from bulkhead.kernel.memory import MemoryTables, MemoryVault
from bulkhead.kernel.movements import AccountClass, MovementKind, Outcome, Phase, Refusal, Status
from bulkhead.kernel.reasons import Fact, Language, Reason, Words
from bulkhead.simulation.truth import Assessment, assess, sighting
from bulkhead.simulation.world import World, WorldMovement, tokens_of
from bulkhead.simulation.worlds.lending import WORLD

LANGUAGES: tuple[Language, ...] = ("en", "zh")
RULES = ("takeover.new_device", "mules.relay")
TITLES = {
    RULES[0]: Words("New device empties the account", "新设备短时密集转出"),
    RULES[1]: Words("Money passes straight through", "资金快进快出"),
}
Run = list[tuple[MovementLeaf, Reason | None]]


@cache
def world() -> World:
    return WORLD.build(7)


def reason_of(rule: int) -> Reason:
    """What a decider says of one rule that hit and one that could not be known."""
    burst = Fact("payer.count_1h", Words("payments in 1 h", "近 1 小时笔数"), 4.0)
    sum_of = Fact("payer.sum_1h - amount", Words("never shown", "不显示"), 4.0)
    condition = Reason("when", Words("when", "条件"), True, facts=(sum_of, burst))
    hit = Reason(RULES[rule], TITLES[RULES[rule]], True, "hold", "high", children=(condition,))
    unknown = Reason("device.x", Words("Unknown device rule", "未知设备规则"), None, "hold")
    return Reason("decision", Words("held", "暂缓"), True, "hold", children=(hit, unknown))


def leaf_of(movement: WorldMovement, tokens: dict[str, str], **fixed: int) -> MovementLeaf:
    values = dict.fromkeys(LEAF_FIXED.names or (), 0)
    values |= {"kind": movement.kind, "phase": movement.phase, "settled": movement.settled, "currency": 156}
    values |= {"amount_minor": movement.amount_minor, "effective_us": movement.event_us}
    values["status"] = {Phase.PLACE: Status.HELD, Phase.VOID: Status.VOIDED}.get(movement.phase, Status.BOOKED)
    names = {s: tokens.get(getattr(movement, s), "") for s in LEAF_STRINGS if s not in ("movement_id", "hold")}
    strings = names | {"movement_id": movement.movement_id, "hold": movement.hold}
    rule = fixed.pop("rule", None)
    hits = (rule == 0, rule == 1)
    return MovementLeaf(values | fixed, hits, (False, False), (), strings)


@cache
def run() -> Run:
    """The world as an engine might decide it: the takeover held, the mule alerted, the platform refused."""
    vault = MemoryVault(MemoryTables())
    names = sorted({n for m in world().movements for n in (m.payer, m.payee, m.device, m.debit_account) if n})
    tokens = tokens_of(vault, names)
    codes = {each: i.code for i in world().truth.incidents for each in i.movement_ids}
    decided: Run = []
    for movement in world().movements:
        match codes.get(movement.movement_id):
            case "account-takeover":
                held = {"outcome": Outcome.HOLD, "status": Status.HELD, "rule": 0}
                decided.append((leaf_of(movement, tokens, **held), reason_of(0)))
            case "mule-fan-out":
                decided.append((leaf_of(movement, tokens, rule=1), reason_of(1)))
            case "own-account":
                refused = {"status": Status.REFUSED, "refusal": Refusal.SEGREGATION}
                decided.append((leaf_of(movement, tokens, **refused), None))
            case _:
                decided.append((leaf_of(movement, tokens), None))
    return decided


@cache
def assessment() -> Assessment:
    return assess(world().truth, (sighting(leaf, RULES) for leaf, _ in run()))


def opening() -> DemoOpening:
    calendar = world().calendar
    return DemoOpening(
        title=world().title,
        seed=7,
        start_us=calendar.start_us,
        days=calendar.days,
        timezone_offset_minutes=calendar.timezone_offset_minutes,
        movements=len(world().movements),
        currency="CNY",
    )


def ending(*, verified: bool = True, off_minor: int = 0, found: Assessment | None = None) -> DemoEnding:
    totals = (
        ClassTotal(AccountClass.SUMMARY, 1, -12_345_678, 0),
        ClassTotal(AccountClass.CLIENT, 316, 12_345_678 + off_minor, 5_000),
    )
    root = bytes.fromhex("3f9a" * 16)
    return DemoEnding(totals, found or assessment(), 6_789, root, verified, movements_per_s=120_000)


def shown(language: Language, end: DemoEnding | None = None, encoding: str = "utf-8") -> str:
    """Everything the demo writes into a pipe."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    console = Console(file=file, width=80)
    with DemoView(opening(), language, console, sleep=never) as view:
        for leaf, reason in run():
            view.decision(leaf, reason)
    view.summary(end or ending())
    file.flush()
    return raw.getvalue().decode(encoding)


def never(seconds: float) -> None:
    raise AssertionError(f"waited {seconds} s outside a terminal")


@cache
def text(language: Language) -> str:
    return shown(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_wider_than_eighty_cells_or_coloured_in_a_pipe(language: Language) -> None:
    assert max(cell_len(line) for line in text(language).splitlines()) <= 80
    assert "\x1b" not in text(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summary_names_every_crime_with_time_and_money(language: Language) -> None:
    for verdict in assessment().verdicts:
        assert verdict.incident.title[language] in text(language)
    takeover, mule, own = assessment().verdicts
    assert (takeover.found, mule.found, own.found) == (True, True, True)
    flat = "".join(text(language).split())
    assert "124,950.00" in flat
    assert ("6,789entries" if language == "en" else "日志：6,789条") in flat
    assert "3f9a3f9a3f9a3f9a" in flat
    assert WORDS["verified"][language] in text(language)


def test_what_was_stopped_stands_there_with_its_reason() -> None:
    lines = text("en").splitlines()
    first = next(i for i, line in enumerate(lines) if "held" in line and "withdrawal" in line and "50.00" in line)
    assert "New device empties the account  [high risk]" in lines[first + 1]
    assert "payments in 1 h: 4" in lines[first + 2]
    assert "Unknown device rule" not in text("en")  # where a rule hit, what is unknown would only distract
    assert "never shown" not in text("en")
    assert "client money has no way to this account" in text("en")


def test_reasons_that_stand_right_above_are_not_said_again() -> None:
    theft = text("en").split("2026-03-18")[1].split("03-19 03:")[0]
    assert theft.count("❖ held") >= 5
    assert theft.count("New device empties the account") == 1


def test_a_day_outside_a_terminal_is_one_line() -> None:
    days = [line for line in text("zh").splitlines() if line.startswith("2026-03-") and "✓" in line]
    assert len(days) == 30
    assert days[0].startswith("2026-03-01 周日")


def test_chinese_is_chinese() -> None:
    """No English sentence is left: the only Latin words are codes, names and the currency."""
    words = {word.strip("（），。：；") for line in text("zh").splitlines() for word in line.split()}
    latin = {word for word in words if word.isascii() and word.isalpha() and len(word) > 4}
    assert latin <= {"BULKHEAD"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_personal_is_shown(language: Language) -> None:
    personal = {n.partition(":")[2] for m in world().movements for n in (m.payer, m.payee, m.device)}
    personal = {value for value in personal if any(c.isdigit() for c in value)}
    assert len(personal) > 500
    assert not [value for value in personal if value in text(language)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_terminal_without_unicode_gets_plain_english(language: Language) -> None:
    plain = shown(language, encoding="ascii")
    assert "? held" in plain
    assert "! refused" in plain
    assert "+ FOUND" in plain


def test_a_missed_crime_a_broken_book_and_an_unverified_journal_are_said_aloud() -> None:
    blind = assess(world().truth, ())
    output = shown("en", ending(verified=False, off_minor=1, found=blind))
    assert output.count("MISSED") == 3
    assert "The hidden crimes: 0 of 3 found" in output
    assert "THE BOOK DOES NOT SUM TO ZERO" in output
    assert "NOT VERIFIED" in output
    assert "nothing noticed it" in output


def test_a_poor_terminal_is_written_to_as_well() -> None:
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding="ascii"), width=60, height=10, force_terminal=True)
    with DemoView(opening(), "zh", console, seconds_a_day=0) as view:
        for leaf, reason in run():
            view.decision(leaf, reason)
    view.summary(ending())
    console.file.flush()
    assert b"+ verified" in raw.getvalue()


def waits(seconds_a_day: float | None) -> list[float]:
    """How long the demo waits in a terminal; None is its own pace."""
    waited: list[float] = []
    console = Console(file=io.StringIO(), width=80, height=24, force_terminal=True)
    pace = {} if seconds_a_day is None else {"seconds_a_day": seconds_a_day}
    with DemoView(opening(), "en", console, sleep=waited.append, **pace) as view:
        for leaf, reason in run():
            view.decision(leaf, reason)
    return waited


def test_in_a_terminal_the_month_takes_about_half_a_minute() -> None:
    waited = waits(None)
    assert 20 < sum(waited) < 40
    assert max(waited) < 1
    assert len(waited) > 150  # frames enough to look alive


def test_fast_never_waits() -> None:
    assert waits(0) == []


def test_the_screen_fits_and_counts() -> None:
    file = io.StringIO()
    console = Console(file=file, width=80, height=24, force_terminal=True)
    with DemoView(opening(), "zh", console, sleep=lambda seconds: None) as view:
        for leaf, reason in run()[:900]:
            view.decision(leaf, reason)
    screen = file.getvalue()
    assert "第 2 天，共 30 天" in screen
    assert f"/{len(world().movements):,}" in screen


def decided(**fixed: int) -> MovementLeaf:
    movement = world().movements[0]
    return leaf_of(movement, {}, **fixed)


def test_fates() -> None:
    held = {"outcome": Outcome.HOLD, "status": Status.HELD}
    assert fate(decided()) == "booked"
    assert fate(decided(status=Status.HELD)) == "set_aside"
    assert fate(decided(status=Status.VOIDED)) == "given_back"
    assert fate(decided(rule=1)) == "alert"
    assert fate(decided(outcome=Outcome.HOLD)) == "alert"  # settled: it has happened, the decision can only say so
    assert fate(decided(**held)) == "held"
    assert fate(decided(status=Status.REFUSED, refusal=Refusal.DECLINED)) == "declined"
    assert fate(decided(status=Status.REFUSED, refusal=Refusal.INSUFFICIENT_FUNDS)) == "refused"


def test_parties_are_masked() -> None:
    assert party("client:abcdefgh", "en") == "abcd"
    assert party("bank:abcdefgh", "zh") == "银行 abcd"
    assert party("book:own", "en") == "own account"
    assert party("merchant:harbour-tower", "en") == "harbour-tower"


def test_outcomes_differ_in_shape_and_word_not_only_in_colour() -> None:
    for looks in ([s.mark for s in SIGNS.values()], [s.plain for s in SIGNS.values()]):
        assert len(set(looks)) == len(SIGNS)
    assert all(east_asian_width(sign.mark) in "NWNa" for sign in SIGNS.values())
    for language in LANGUAGES:
        assert len({FATES[code][language] for code in SIGNS}) == len(SIGNS)


def catalogues() -> Iterator[Words]:
    for catalogue in (WORDS, FATES, KINDS, CLASSES, REFUSALS, PLACES):
        yield from catalogue.values()


def test_the_catalogues_cover_the_kernel_and_agree_on_their_gaps() -> None:
    assert set(KINDS) == set(MovementKind)
    assert set(REFUSALS) == set(Refusal) - {Refusal.NONE}
    assert set(CLASSES) == set(AccountClass) - {AccountClass.NONE}
    for words in catalogues():
        assert gaps(words.en) == gaps(words.zh), words


def gaps(template: str) -> set[str]:
    return {part.split("}")[0] for part in template.split("{")[1:]}
