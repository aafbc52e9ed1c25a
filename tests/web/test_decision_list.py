"""The list of decisions against a plain filter over the same movements, page by page as a person walks it."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client

from bulkhead.kernel.movements import Finding, MovementKind, Outcome, Refusal, Status
from bulkhead.runtime.projections.movement_query import MovementRow, reading
from bulkhead.runtime.projections.movement_search import movements_since
from bulkhead.web.books import book
from web_fixtures import OTHER, Staff, entered

Wanted = Callable[[MovementRow], bool]
ROW = re.compile(r'class="row-link" href="/i/[a-z]+/decisions/(\d+)/"')
LOCAL = timedelta(hours=8)


@dataclass(frozen=True)
class Question:
    """Some filters as the address has them, and what they mean in plain words."""

    pairs: list[tuple[str, str]]
    wanted: Wanted


def all_rows(town: str) -> list[MovementRow]:
    """Every movement of the town, newest first."""
    with reading(book(town).stores) as each:
        rows: list[MovementRow] = []
        while batch := movements_since(each, rows[-1].sequence + 1 if rows else 0):
            rows += batch
    return rows[::-1]


def code(name: str | None) -> str:
    return str(name).lower().replace("_", "-")


def choices(chance: random.Random, rows: list[MovementRow]) -> list[Question]:
    """One question of each kind, its values taken from a movement that there is."""
    row = chance.choice(rows)
    kinds = {row.kind, chance.choice(list(MovementKind))}
    low, high = sorted((row.amount_minor, chance.choice(rows).amount_minor))
    since, until = sorted((row.effective_us, chance.choice(rows).effective_us))
    first, last = sorted((row.sequence, chance.choice(rows).sequence))
    party = row.payer or row.payee
    parties = ("payer", "payee", "device", "instructed_by", "debit_account", "credit_account")
    refusal = chance.choice([one for one in Refusal if one])
    finding = chance.choice(list(Finding))
    rule = chance.choice([rule for each in rows for rule in each.rules] or [""])
    return [
        Question([("outcome", code(row.outcome.name))], lambda r: r.outcome == row.outcome),
        Question([("status", code(Status.REFUSED.name))], lambda r: r.status == Status.REFUSED),
        Question([("kind", code(kind.name)) for kind in kinds], lambda r: r.kind in kinds),
        Question(
            [("amount_from", f"{low / 100:.2f}"), ("amount_to", f"{high / 100:.2f}")],
            lambda r: low <= r.amount_minor <= high,
        ),
        Question(
            [("time_from", exact(since)), ("time_to", exact(until))], lambda r: since <= r.effective_us <= until
        ),
        Question(
            [("position_from", str(first)), ("position_to", str(last))], lambda r: first <= r.sequence <= last
        ),
        Question([("party", party)], lambda r: party in [getattr(r, name) for name in parties]),
        Question([("refusal", code(refusal.name))], lambda r: r.refusal == refusal),
        Question(
            [("finding", code(finding.name))],
            lambda r: bool(r.findings & finding) if finding else r.findings == Finding.NONE,
        ),
        Question([("rule", rule)], lambda r: rule in r.rules),
        Question([("settled", "settled")], lambda r: r.settled),
        Question([("settled", "requested")], lambda r: not r.settled),
        Question([("alarms", "1")], alarming),
    ]


def alarming(row: MovementRow) -> bool:
    return (
        row.outcome != Outcome.ALLOW
        or row.status == Status.REFUSED
        or row.refusal != Refusal.NONE
        or row.findings != Finding.NONE
    )


def exact(at_us: int) -> str:
    """A moment by the town's clocks, to the microsecond."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us) + LOCAL
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")


def link(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]*)"', page)
    return html.unescape(found[1]) if found else ""


def walked(client: Client, address: str, rel: str) -> list[list[int]]:
    """Sequences of each page from ``address`` on, by its own links."""
    pages: list[list[int]] = []
    while address:
        answer = client.get(address)
        assert answer.status_code == 200
        pages.append([int(sequence) for sequence in ROW.findall(answer.text)])
        address = link(answer.text, rel)
    return pages


@pytest.mark.parametrize("seed", range(3))
def test_walking_the_pages_gives_what_a_plain_filter_gives(staff: Staff, town: str, seed: int) -> None:
    client, chance, rows = entered(staff("risk-officer")), random.Random(seed), all_rows(town)
    questions = choices(chance, rows)
    for asked in [[], *([one] for one in questions), chance.sample(questions, 2), chance.sample(questions, 3)]:
        pairs = [pair for one in asked for pair in one.pairs]
        names = [name for name, _ in pairs]
        if len({one.pairs[0][0] for one in asked}) < len(asked):
            continue  # the same filter twice
        expected = [row.sequence for row in rows if all(one.wanted(row) for one in asked)]
        found = walked(client, f"/i/{town}/decisions/?{urlencode([*pairs, ('rows', '200')])}", "next")
        assert [sequence for page in found for sequence in page] == expected, names


def test_the_way_back_shows_the_same_rows(staff: Staff, town: str) -> None:
    client = entered(staff("risk-officer"))
    start = f"/i/{town}/decisions/?kind=payment&rows=25"
    forth = [sequence for page in walked(client, start, "next") for sequence in page]
    last = f"{start}&before={forth[25]}"
    while following := link(client.get(last).text, "next"):
        last = following
    back = walked(client, last, "prev")
    assert [sequence for page in reversed(back) for sequence in page] == forth


def test_a_link_is_the_view(staff: Staff, town: str) -> None:
    query = "outcome=hold&outcome=decline&amount_from=10.00&column=amount&column=time&density=compact&rows=25"
    client = entered(staff("risk-officer"))
    page = client.get(f"/i/{town}/decisions/?{query}").text
    again = html.unescape(re.findall(r'href="([^"]*)" data-refresh', page)[0])
    assert set(parse_qsl(urlsplit(again).query)) == {*parse_qsl(query), ("column", "position")}
    assert rows_part(entered(staff("risk-officer")).get(again).text) == rows_part(page)
    heads = re.findall(r"<th scope=\"col\"[^>]*>([^<]*)", page)
    assert heads == ["Position", "Amount", "Time"]
    assert "query-table is-dense" in page


def rows_part(page: str) -> str:
    return page[page.index("<tbody>") : page.index("</tbody>")]


def test_the_place_in_the_list_is_part_of_the_link(staff: Staff, town: str) -> None:
    client = entered(staff("risk-officer"))
    second = link(client.get(f"/i/{town}/decisions/").text, "next")
    assert rows_part(client.get(second).text) == rows_part(
        entered(staff("auditor", "risk-officer")).get(second).text
    )


BAD_VALUES = [
    ("kind=nonsense", "“nonsense” is none of its choices", "“nonsense”不在可选范围内"),
    ("amount_from=abc", "“abc” is not an amount in CNY", "“abc”不是有效的 CNY 金额"),
    ("amount_from=1.005", "is not an amount in CNY", "不是有效的 CNY 金额"),
    ("amount_from=9&amount_to=3", "it ends before it begins", "起始值大于结束值"),
    ("time_from=yesterday", "“yesterday” is not a time", "“yesterday”不是有效时间"),
    ("time_to=2026-02-30", "“2026-02-30” is not a time", "“2026-02-30”不是有效时间"),
    ("position_from=-4", "“-4” is not a whole number", "“-4”不是整数"),
    ("position_from=99999999999999999999", "is not a whole number", "不是整数"),
    ("alarms=maybe", "neither yes (1) nor absent", "应为 1 或留空"),
    ("rule=no.such.rule", "is none of its choices", "不在可选范围内"),
    ("settled=settled&settled=requested", "only one can be chosen", "只能选择一项"),
    ("party=" + "x" * 200, "not a text of up to 128 characters", "不超过 128 个字符"),
    ("before=then", "it is not one of this list", "不属于本列表"),
    ("before=3&after=4", "it is not one of this list", "不属于本列表"),
]


@pytest.mark.parametrize(("query", "english", "chinese"), BAD_VALUES)
def test_a_bad_value_is_told_and_left_out(staff: Staff, town: str, query: str, english: str, chinese: str) -> None:
    client = entered(staff("risk-officer"))
    page = client.get(f"/i/{town}/decisions/?{query}")
    assert page.status_code == 200
    assert english in html.unescape(page.text)
    assert "it is left out" in page.text
    assert len(ROW.findall(page.text)) == 50
    client.cookies["bulkhead_language"] = "zh-hans"
    assert chinese in html.unescape(client.get(f"/i/{town}/decisions/?{query}").text)


def test_a_written_day_or_minute_is_taken_in_whole(staff: Staff, town: str) -> None:
    rows = all_rows(town)
    local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=rows[700].effective_us) + LOCAL
    client = entered(staff("risk-officer"))
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"):
        text = local.strftime(form)
        expected = [
            row.sequence
            for row in rows
            if exact(row.effective_us).replace("T", " ").startswith(text.replace("T", " "))
        ]
        query = urlencode([("time_from", text), ("time_to", text), ("rows", "200")])
        found = walked(client, f"/i/{town}/decisions/?{query}", "next")
        assert [sequence for page in found for sequence in page] == expected
        assert expected


def test_a_movement_is_found_by_its_id_and_a_party_by_its_name(staff: Staff, town: str) -> None:
    client, rows = entered(staff("risk-officer")), all_rows(town)
    page = client.get(f"/i/{town}/decisions/?id=m-11-40").text
    assert len(ROW.findall(page)) == 1
    assert "Nothing meets these conditions" in client.get(f"/i/{town}/decisions/?id=never-was").text
    token = book(town).stores.vault.name_of("client", "3")
    expected = [row.sequence for row in rows if token in (row.payer, row.payee, row.instructed_by)][:200]
    for written in ("client:3", "3", token):
        page = client.get(f"/i/{town}/decisions/?party={written}&rows=200").text
        assert [int(sequence) for sequence in ROW.findall(page)] == expected
        assert f"party={token}".replace(":", "%3A") in page  # what links hold is never the name
        assert "<strong>client:3</strong>" in page


def test_names_are_masked_and_cannot_be_guessed_without_the_right(staff: Staff, town: str) -> None:
    client = entered(staff("auditor"))
    page = client.get(f"/i/{town}/decisions/?rows=200").text
    assert not re.search(r">client:\d+<", page)
    assert re.search(r">client:\d\*\*\*·[a-z2-7]{4}<", page)
    guess = client.get(f"/i/{town}/decisions/?party=client:3").text
    nobody = client.get(f"/i/{town}/decisions/?party=client:30000").text
    assert "your role does not see names" in guess
    assert rows_part(guess).replace("party=client%3A30000", "") == rows_part(nobody).replace(
        "party=client%3A30000", ""
    )
    token = book(town).stores.vault.name_of("client", "3")
    followed = client.get(f"/i/{town}/decisions/?party={token}").text
    assert ROW.findall(followed)
    assert "your role does not see names" not in followed


def test_the_count_comes_apart_from_the_page(staff: Staff, town: str) -> None:
    client, rows = entered(staff("risk-officer")), all_rows(town)
    assert f'hx-get="/i/{town}/decisions/table/count/?' in client.get(f"/i/{town}/decisions/").text
    assert f"{len(rows):,} rows" in client.get(f"/i/{town}/decisions/table/count/").text
    held = sum(row.outcome == Outcome.HOLD for row in rows)
    assert f"{held:,} row" in client.get(f"/i/{town}/decisions/table/count/?outcome=hold").text


def test_who_may_not_see_decisions_sees_none(staff: Staff, town: str) -> None:
    for part in ("", "table/count/"):
        assert entered(staff("administrator")).get(f"/i/{town}/decisions/{part}").status_code == 403
        assert entered(staff("risk-officer")).get(f"/i/{OTHER}/decisions/{part}").status_code == 404
        assert Client().get(f"/i/{town}/decisions/{part}").status_code == 302
