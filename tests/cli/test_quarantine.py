"""The quarantine from the command line: what came in wrong is found, mended and booked, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Answer, CommandLine

ROWS = """id,time,kind,amount,payee,settled
d-1,2026-03-02 09:00:00,deposit,100.00,client:ann,true
d-2,2026-03-02 09:01:00,deposit,8O.00,client:bo,true
d-3,2026-03-02 09:02:00,deposit,1,000.00,client:bo,true
d-4,2026-03-01 09:03:00,deposit,7.00,client:bo,true
"""


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """An installation with three rows in quarantine."""
    command = CommandLine(tmp_path_factory.mktemp("quarantine"))
    rows = command.folder / "rows.csv"
    rows.write_text(ROWS, encoding="utf-8")
    watched = command.run("watch", rows, "--json")
    assert (watched.exit_code, watched.json["quarantined"]) == (1, 3)
    return command


def numbers(command: CommandLine) -> dict[int, int]:
    """Quarantine number by row of the file."""
    rows = command.run("quarantine", "list", "--state", "all", "--json").json["rows"]
    return {row["row"]: row["number"] for row in rows}


def refused(answer: Answer, sentence: str) -> None:
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert sentence in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_rows_are_listed_shown_corrected_replayed_and_dismissed(command: CommandLine) -> None:
    listed = command.run("quarantine")
    assert listed.exit_code == 1, "rows wait"
    assert "rows.csv, row 3" in listed.stdout
    assert "amount: found '8O.00'" in listed.stdout
    row = numbers(command)
    refused(command.run("quarantine", "correct", str(row[3])), "--set COLUMN=VALUE, --line TEXT or --as-it-stands")
    refused(command.run("quarantine", "correct", str(row[3]), "--set", "amount"), "--set wants COLUMN=VALUE")
    refused(command.run("quarantine", "correct", str(row[3]), "--set", "sum=1"), "no column 'sum'")
    refused(command.run("quarantine", "correct", str(row[3]), "--set", "amount=x"), "amount: found 'x'")
    refused(command.run("quarantine", "replay", str(row[3])), "is open: cannot replay")
    corrected = command.run("quarantine", "correct", str(row[3]), "--set", "amount=80.00", "--json")
    assert (corrected.exit_code, corrected.json["state"]) == (0, "corrected")
    assert [change["note"] for change in corrected.json["changes"]] == ["amount"]
    assert command.run("quarantine", "correct", str(row[5]), "--as-it-stands").exit_code == 0
    replayed = command.run("quarantine", "replay", "--json")
    assert replayed.exit_code == 0
    assert [(one["movement"], one["status"]) for one in replayed.json["replays"]] == [
        ("d-2", "booked"),
        ("d-4", "booked"),
    ]
    refused(command.run("quarantine", "dismiss", str(row[4]), "--reason", " "), "--reason is empty")
    assert command.run("quarantine", "dismiss", str(row[4]), "--reason", "sent twice").exit_code == 0
    shown = command.run("quarantine", "show", str(row[4]), "--lang", "zh")
    assert "已剔除" in shown.stdout
    assert "sent twice" in shown.stdout
    empty = command.run("quarantine", "list", "--json")
    assert (empty.exit_code, empty.json["rows"]) == (0, [])
    assert empty.json["counts"] == {"dismissed": 1, "replayed": 2}
    balances = command.run("balances", "--account", "client:bo", "--json")
    assert [account["posted_minor"] for account in balances.json["accounts"]] == [8_700]
    assert command.run("verify").exit_code == 0


def test_what_is_not_there_is_one_sentence(command: CommandLine) -> None:
    refused(command.run("quarantine", "show", "999"), "There is no quarantined row 999")
    refused(command.run("quarantine", "replay", "999"), "There is no quarantined row 999")
    refused(command.run("quarantine", "replay", "some"), "'some' is neither the number of a row nor 'all'")
    refused(command.run("quarantine", "list", "--state", "lost"), "There is no state 'lost'")
    refused(command.run("quarantine", "list", "--institution", "other"), "There is no institution 'other' here")
    refused(command.run("balances", "--at", "77"), "there is no position 77")
    refused(command.run("balances", "--account", "client:zoe"), "has no account 'client:zoe'")


def test_balances_and_institutions_say_where_the_journal_stands(command: CommandLine) -> None:
    balances = command.run("balances", "--at", "4", "--json").json
    assert (balances["at"], balances["sums_minor"]) == (4, {"CNY": 0})
    assert {each["class"]: each["posted_minor"] for each in balances["classes"]}["summary"] == -10_000
    [institution] = command.run("institutions", "--json").json["institutions"]
    assert (institution["code"], institution["currency"], institution["writer"]) == ("main", "CNY", None)
    assert institution["journal"]["size"] == balances["size"]


@pytest.mark.parametrize(
    "arguments", [("verify",), ("explain", "d-1"), ("balances",), ("institutions",), ("quarantine",)], ids=" ".join
)
def test_verbs_that_only_look_make_no_database(arguments: tuple[str, ...], tmp_path: Path) -> None:
    refused(CommandLine(tmp_path).run(*arguments), "There is nothing in")
    assert not (tmp_path / "home").exists()
    assert not (tmp_path / "keys").exists()
