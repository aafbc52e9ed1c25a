"""What leaves the console as a file: exactly what is seen, stamped, harmless in a spreadsheet, and written down."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import re
from collections.abc import AsyncIterator, Iterable
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client, RequestFactory
from django.utils import translation

from bulkhead.kernel.reasons import Words
from bulkhead.web import rights
from bulkhead.web.components import export
from bulkhead.web.components.export import export_answer
from bulkhead.web.components.table import Cell, Cells, Column, Cursor, Query, Rows, Table
from bulkhead.web.page import Visit
from bulkhead.web.people.models import SavedView, Trail
from bulkhead.web.rights import Right, Role
from web_fixtures import OTHER, Staff, entered

FILTER = "outcome=hold&outcome=decline&amount_from=20.00"
CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)


def exported(client: Client, town: str, form: str, query: str = FILTER) -> bytes:
    answer = client.post(f"/i/{town}/decisions/table/export/?{query}", {"format": form})
    assert answer.status_code == 200, answer.content
    assert f"{town}-decisions-" in answer["Content-Disposition"]
    data: bytes = answer.getvalue()
    return data


def read_csv(data: bytes) -> tuple[list[str], list[list[str]], dict[str, str]]:
    """Header, rows and stamp."""
    assert data.startswith(b"\xef\xbb\xbf"), "without it Excel reads Chinese as something else"
    lines = list(csv.reader(io.StringIO(data[3:].decode())))
    end = lines.index([])
    return lines[0], lines[1:end], {line[0]: line[1] for line in lines[end + 1 :]}


def seen(client: Client, town: str, query: str) -> list[list[str]]:
    """The text of every cell of every page."""
    rows: list[list[str]] = []
    address = f"/i/{town}/decisions/?{query}"
    while address:
        page = client.get(address).text
        body = page[page.index("<tbody>") : page.index("</tbody>")]
        rows += [
            [html.unescape(re.sub(r"<[^>]*>", "", cell)).strip() for cell in CELL.findall(row)]
            for row in body.split("<tr")[1:]
        ]
        following = re.search(r'rel="next" href="([^"]*)"', page)
        address = html.unescape(following[1]) if following else ""
    return rows


def as_seen(header: list[str], row: Iterable[object]) -> list[str]:
    """A row of a file as the page writes it: money with its sign, positions with theirs."""
    texts = []
    for title, value in zip(header, row, strict=True):
        text = "" if value is None else str(value)
        if title in ("Position", "日志序号"):
            text = f"#{text}"
        elif title in ("Amount", "金额", "Debited account after"):
            amount = Decimal(text)
            text = f"{'−' if amount < 0 else ''}¥{abs(amount):,.2f}"
        texts.append(text)
    return texts


@pytest.mark.parametrize("role", ["risk-officer", "auditor"])
def test_a_file_holds_what_the_pages_show(staff: Staff, town: str, role: str) -> None:
    client = entered(staff(role))
    query = f"{FILTER}&column=payee&column=amount&column=outcome&column=status&column=rules&column=debit_balance"
    pages = seen(client, town, query)
    assert len(pages) > 50
    data = exported(client, town, "csv", query)
    header, rows, stamp = read_csv(data)
    assert header == ["Position", "Payee", "Amount", "Outcome", "Status", "Rules hit", "Debited account after"]
    assert [as_seen(header, row) for row in rows] == pages
    assert stamp["Institution"] == town
    assert stamp["Filters"] == "Outcome: held for review, declined; Amount: ≥ 20.00"
    assert (stamp["Rows"], stamp["Complete"]) == (str(len(rows)), "yes")
    body = data[3 : data.rindex(b"\r\n\r\n") + 2]
    assert stamp["SHA-256 of the rows as CSV"] == hashlib.sha256(body).hexdigest()
    book = openpyxl.load_workbook(io.BytesIO(exported(client, town, "xlsx", query)))
    sheet, about = book.worksheets
    first, *others = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert first == header
    assert [as_seen(header, row) for row in others] == pages
    digest = "SHA-256 of the rows as CSV"
    assert [text for name, text in about.iter_rows(values_only=True) if name == digest] == [stamp[digest]]
    clear = [name for row in rows for name in row if re.fullmatch(r"client:\d+", name)]
    assert bool(clear) == (role == "risk-officer")


def test_a_file_comes_piece_by_piece_from_the_server_that_serves(staff: Staff, town: str) -> None:
    account = staff("risk-officer")
    browser = AsyncClient()
    browser.force_login(account)
    browser.cookies["bulkhead_language"] = "zh-hans"

    async def download() -> list[bytes]:
        answer: Any = await browser.post(f"/i/{town}/decisions/table/export/", {"format": "csv"})
        pieces = answer.streaming_content
        assert isinstance(pieces, AsyncIterator)
        return [piece async for piece in pieces]

    pieces = async_to_sync(download)()
    assert len(pieces) >= 3
    client = entered(account)
    client.cookies["bulkhead_language"] = "zh-hans"
    header, rows, stamp = read_csv(b"".join(pieces))
    again = read_csv(exported(client, town, "csv", ""))
    assert (header, rows) == again[:2]
    assert stamp["数据行（CSV）SHA-256"] == again[2]["数据行（CSV）SHA-256"]


def test_a_file_speaks_the_language_of_the_page(staff: Staff, town: str) -> None:
    client = entered(staff("risk-officer"))
    client.cookies["bulkhead_language"] = "zh-hans"
    header, rows, stamp = read_csv(exported(client, town, "csv"))
    assert header[:4] == ["日志序号", "时间", "交易类型", "金额"]
    assert stamp["筛选条件"] == "处置：暂缓、拒绝；金额：≥ 20.00"
    assert stamp["是否完整"] == "完整"
    assert {row[header.index("处置")] for row in rows} <= {"暂缓", "拒绝"}


def test_an_export_leaves_one_line_in_the_trail(staff: Staff, town: str) -> None:
    account = staff("auditor")
    exported(entered(account), town, "csv")
    (line,) = Trail.objects.filter(account=account.username, act="exported")
    assert line.institution == town
    assert line.subject.startswith("decisions csv ?outcome=hold&outcome=decline&amount_from=20.00")


def test_a_file_that_was_cut_says_so(staff: Staff, town: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "EXPORT_ROWS_MAX", 30)
    _, rows, stamp = read_csv(exported(entered(staff("auditor")), town, "csv", ""))
    assert len(rows) == 30
    assert stamp["Complete"] == "no: the newest 30 only; older rows were left out"


@pytest.mark.parametrize(("query", "form"), [("amount_from=abc", "csv"), ("kind=nonsense", "xlsx"), ("", "pdf")])
def test_nothing_is_exported_where_the_question_is_unclear(staff: Staff, town: str, query: str, form: str) -> None:
    account = staff("risk-officer")
    answer = entered(account).post(f"/i/{town}/decisions/table/export/?{query}", {"format": form})
    assert answer.status_code == 400
    assert "Nothing was exported" in answer.text
    assert not Trail.objects.filter(account=account.username, act="exported").exists()


def test_exports_need_their_own_right_and_that_of_the_page(
    staff: Staff, town: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = Words("Sees", "查看")
    seeing, exporting = frozenset({Right.ANY_ROLE, Right.SEE_DECISIONS}), frozenset({Right.ANY_ROLE, Right.EXPORT})
    monkeypatch.setitem(rights.ROLES, "seer", Role("seer", words, words, seeing))
    monkeypatch.setitem(rights.ROLES, "exporter", Role("exporter", words, words, exporting))
    assert "table/export/" not in entered(staff("seer")).get(f"/i/{town}/decisions/").text
    for role in ("seer", "exporter", "administrator"):
        answer = entered(staff(role)).post(f"/i/{town}/decisions/table/export/", {"format": "csv"})
        assert answer.status_code == 403
        assert answer["Content-Type"].startswith("text/html")
    foreign = entered(staff("risk-officer")).post(f"/i/{OTHER}/decisions/table/export/", {"format": "csv"})
    assert foreign.status_code == 404
    assert entered(staff("risk-officer")).get(f"/i/{town}/decisions/table/export/").status_code == 405


HOSTILE = [
    "=HYPERLINK(1)",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "a\r\nb",
    'say "so", please',
    "<b>x",
]


def hostile_table() -> Table[str]:
    def rows_of(visit: Visit, query: Query, cursor: Cursor, limit: int) -> Rows[str]:
        return Rows(HOSTILE)

    def cells(visit: Visit, rows: Any) -> list[Cells]:
        return [{"text": Cell(text), "amount": Cell(Decimal("-1234.50"))} for text in rows]

    columns = (Column("text", Words("Text", "文本")), Column("amount", Words("Amount", "金额"), number=True))
    return Table("hostile", columns, rows_of, cells)


def test_nothing_in_a_file_is_a_formula(staff: Staff, town: str) -> None:
    account = staff("risk-officer")
    for form in ("csv", "xlsx"):
        request = RequestFactory().post("/", {"format": form})
        visit = Visit(request, account, town, frozenset(Right))
        with translation.override("en"):
            data: bytes = b"".join(export_answer(visit, hostile_table(), Words("Hostile", "恶意"), {}))
        if form == "csv":
            _, rows, _ = read_csv(data)
            assert [row[1] for row in rows] == ["-1234.50"] * len(HOSTILE), "a number is no formula"
        else:
            sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
            cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
            assert {cell.data_type for cell in cells} == {"s", "n"}
            # What the reader leaves as the file writes it.
            rows = [
                [str(cell.value).replace("_x000D_", "\r") for cell in row] for row in sheet.iter_rows(min_row=2)
            ]
        assert [text.lstrip("'").strip() for text, _ in rows] == [text.strip() for text in HOSTILE]
        assert not [text for text, _ in rows if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))]


def test_a_view_is_kept_applied_and_deleted_by_whom_it_belongs_to(staff: Staff, town: str) -> None:
    account = staff("risk-officer")
    client, address = entered(account), f"/i/{town}/decisions/table/views/"
    answer = client.post(
        address, {"name": " Large  holds ", "query": f"?{FILTER}&density=compact&evil=1&before=7"}
    )
    assert (answer.status_code, SavedView.objects.get(account=account).name) == (302, "Large holds")
    kept = SavedView.objects.get(account=account).query
    assert kept == f"?{FILTER}&density=compact"
    page = html.unescape(client.get(f"/i/{town}/decisions/").text)
    assert f'href="/i/{town}/decisions/{kept}">Large holds' in page
    assert "Large holds" not in entered(staff("risk-officer")).get(f"/i/{town}/decisions/").text
    client.post(address, {"name": "Large holds", "query": "?kind=bid"})
    assert SavedView.objects.get(account=account).query == "?kind=bid"
    client.post(address, {"act": "delete", "name": "Large holds"})
    assert not SavedView.objects.filter(account=account).exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "two\x00lines"])
def test_a_view_without_a_proper_name_is_not_kept(staff: Staff, town: str, name: str) -> None:
    account = staff("risk-officer")
    client = entered(account)
    answer = client.post(f"/i/{town}/decisions/table/views/", {"name": name, "query": "?kind=bid"}, follow=True)
    assert "A view needs a name of 1 to 60 characters." in answer.text
    assert not SavedView.objects.filter(account=account).exists()
