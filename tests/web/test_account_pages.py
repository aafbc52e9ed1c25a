"""Accounts in the console: the check of segregation, one account now and then, and who may see what."""

from __future__ import annotations

import html
import json
import re

import pytest

from bulkhead.kernel.movements import AccountClass
from bulkhead.runtime.projections.balances import balances_at
from bulkhead.runtime.projections.movement_query import reading
from bulkhead.web.books import book
from web_fixtures import OTHER, Staff, entered

pytestmark = pytest.mark.usefixtures("town")


def found(pattern: str, page: str) -> str:
    """The first group of what is looked for, or all of it."""
    match = re.search(pattern, page, re.S)
    assert match, pattern
    return match[1] if match.re.groups else match[0]


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def number_of(town: str, name: str) -> int:
    with reading(book(town).stores) as open_reading:
        number = open_reading.number_of(name)
    assert number is not None
    return number


def yuan(minor: int) -> str:
    return f"{'−' if minor < 0 else ''}¥{abs(minor) / 100:,.2f}"


def test_the_totals_say_that_client_money_is_all_there(staff: Staff, town: str) -> None:
    client = entered(staff("custody-operations"))
    accounts = balances_at(book(town).stores).accounts
    owed = sum(row.posted_minor for row in accounts if row.account_class == AccountClass.CLIENT)
    text = text_of(client.get(f"/i/{town}/accounts/totals/").text)
    assert "The book sums to zero: the money of clients is all there." in text
    assert yuan(owed) in text
    assert f"{len(accounts)} accounts" in text


def test_totals_of_the_past_are_those_of_the_past(staff: Staff, town: str) -> None:
    client = entered(staff("auditor"))
    accounts = balances_at(book(town).stores, 600).accounts
    summary = sum(row.posted_minor for row in accounts if row.account_class == AccountClass.SUMMARY)
    text = text_of(client.get(f"/i/{town}/accounts/totals/?at=600").text)
    assert yuan(summary) in text
    assert "after leaf #600" in text


def test_the_list_has_every_account_with_its_balance(staff: Staff, town: str) -> None:
    page = text_of(entered(staff("risk-officer")).get(f"/i/{town}/accounts/?rows=100").text)
    for row in balances_at(book(town).stores).accounts:
        assert yuan(row.posted_minor) in page, row.name
    assert "client:0" in page
    assert "at the custodian" in page


def test_an_account_shows_what_it_had_at_a_position_and_at_a_time(staff: Staff, town: str) -> None:
    stores = book(town).stores
    then = next(row for row in balances_at(stores, 500).accounts if row.held_minor)
    client = entered(staff("auditor"))
    address = f"/i/{town}/accounts/{number_of(town, then.name)}/"
    page = client.get(f"{address}?at=500").text
    text = text_of(page)
    assert "As it was after leaf #500" in text
    assert yuan(then.posted_minor) in text
    assert yuan(then.posted_minor - then.held_minor) in text
    data = json.loads(found(r'<script id="balance-chart" type="application/json">(.*?)</script>', page))
    assert data["series"][0]["points"][-1][1] == then.posted_minor
    late = client.get(f"{address}?at=2026-01-05 20:00")
    assert late.status_code == 200
    assert re.search(r"As it was after leaf #\d+", text_of(late.text))


def test_nonsense_for_a_position_is_told_in_a_sentence(staff: Staff, town: str) -> None:
    client = entered(staff("auditor"))
    for asked, words in (("soon", "neither a position"), ("99999999", "tables end at"), ("2026-13-01", "neither")):
        answer = client.get(f"/i/{town}/accounts/", {"at": asked})
        assert answer.status_code == 200
        assert words in text_of(answer.text), asked


def test_names_are_masked_where_the_role_sees_none(staff: Staff, town: str) -> None:
    name = next(row.name for row in balances_at(book(town).stores).accounts if row.name.startswith("client:"))
    (value,) = book(town).stores.vault.reveal([name])
    assert value
    address = f"/i/{town}/accounts/{number_of(town, name)}/"
    assert f"<title>client:{value} ·" in entered(staff("risk-officer")).get(address).text
    masked = entered(staff("auditor")).get(address).text
    assert f"<title>client:{value[0]}***" in masked
    assert f"client:{value}<" not in masked


def test_the_statement_adds_up(staff: Staff, town: str) -> None:
    """Each balance is the one before it, changed by what the line says; the marks are those of the book."""
    name = next(row.name for row in balances_at(book(town).stores).accounts if row.name.startswith("client:"))
    client = entered(staff("custody-operations"))
    page = client.get(f"/i/{town}/accounts/{number_of(town, name)}/?rows=200").text
    rows = re.findall(r"<tr data-row>(.*?)</tr>", page, re.S)
    lines = [[text_of(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)] for row in rows]
    assert len(lines) > 20
    changes = [_minor(line[4]) for line in lines]
    balances = [_minor(line[5]) for line in lines]
    for newer in range(len(lines) - 1):
        assert balances[newer] == balances[newer + 1] + changes[newer], lines[newer]
    assert {line[6] for line in lines} <= {"booked", "set aside", "refused", "given back"}


def _minor(text: str) -> int:
    digits = re.sub(r"[^0-9]", "", text)
    return (-1 if "−" in text else 1) * int(digits or 0)


def test_accounts_of_others_are_not_there(staff: Staff, town: str) -> None:
    client = entered(staff("risk-officer"))
    for path in ("accounts/", "accounts/5/", "accounts/totals/"):
        assert client.get(f"/i/{OTHER}/{path}").status_code == 404
        assert entered(staff("rule-analyst")).get(f"/i/{town}/{path}").status_code == 403
    for number in (999_999, 2**40, 2**70):
        assert client.get(f"/i/{town}/accounts/{number}/").status_code == 404
