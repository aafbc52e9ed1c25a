"""``bulkhead people``: the first administrator of a new installation, and links for those who are locked out."""

from __future__ import annotations

from pathlib import Path

from command_line import CommandLine


def test_the_first_administrator_gets_a_link_and_stands_in_the_journal(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    refused = line.run("people", "add", "ann", "--role", "administrator")
    assert refused.exit_code == 2
    file = tmp_path / "payments.csv"
    file.write_text("id,time,kind,amount,payer,payee\n1,2026-03-01T09:00:00+08:00,deposit,5.00,,client:a\n")
    line.run("watch", file, "--institution", "house")

    made = line.run("people", "add", "ann", "--role", "administrator", "--name", "Ann Li", "--json")
    assert made.exit_code == 0, made.stderr
    assert made.json["invitation"].startswith("/invitation/")
    assert made.json["institution"] == "house"
    (entry,) = line.run("access", "list", "--json").json["access"]
    assert (entry["account"], entry["person"], entry["roles"]) == ("ann", "ann", ["administrator"])

    again = line.run("people", "invite", "ann", "--json")
    assert again.exit_code == 0, again.stderr
    assert again.json["invitation"] != made.json["invitation"]
    (person,) = line.run("people", "list", "--json").json["people"]
    assert person == {
        "username": "ann",
        "person": "ann",
        "name": "Ann Li",
        "institution": "house",
        "roles": ["administrator"],
        "state": "invited",
    }
    for wrong in (("add", "Ann Li", "--role", "auditor"), ("add", "bob", "--role", "emperor"), ("invite", "zoe")):
        answer = line.run("people", *wrong)
        assert answer.exit_code == 2, answer.stdout
        assert len(answer.stderr.strip().splitlines()) == 1
