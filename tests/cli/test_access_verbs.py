"""People and roles on the command line: the first administrators, then two people, with and without an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from test_serve import serving

from bulkhead.runtime.service.engine_client import find_engine
from bulkhead.runtime.settings import Settings
from command_line import Answer, CommandLine
from served_town import CODE

WHY = ("--reason", "night shift")


def access(line: CommandLine, *arguments: str) -> Answer:
    return line.run("access", *arguments)


def people(line: CommandLine) -> dict[str, tuple[str, list[str], bool]]:
    entries: list[dict[str, Any]] = access(line, "--json").json["access"]
    return {entry["account"]: (entry["person"], entry["roles"], entry["suspended"]) for entry in entries}


def refused(answer: Answer, why: str) -> None:
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert why in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_the_first_administrators_then_two_people_for_every_change(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    refused(access(line), "There is nothing in")
    with serving(line):
        assert "Nobody has a role" in access(line).stdout
        for account, person in (("ann", "Ann Li"), ("bob", "Bob Wu")):
            granted = access(line, "grant", account, "administrator", "--person", person, *WHY, "--as", "ops")
            assert "Done: journal leaf" in granted.stdout
        refused(access(line, "grant", "cid", "auditor", *WHY), "say whose it is")
        refused(access(line, "grant", "bob", "Auditor", *WHY), "small letters")
        refused(access(line, "grant", "ann", "auditor", *WHY, "--as", "ann"), "their own access")
        again = access(line, "grant", "ann", "administrator", *WHY, "--as", "bob", "--lang", "zh")
        assert "现状已是如此" in again.stdout
        assert people(line)["ann"] == ("ann li", ["administrator"], False)
    two(line)


def two(line: CommandLine) -> None:
    with serving(line, "--four-eyes"):
        made = access(line, "grant", "cid", "auditor", "--person", "Cid Yu", *WHY, "--as", "ann", "--json").json
        number, seen = str(made["number"]), made["snapshot"]
        english, chinese = (line.run("approve", number, "--lang", language).stdout for language in ("en", "zh"))
        for part in (
            "change access",
            "grant the role auditor to cid yu (account cid)",
            "night shift",
            "so far: no",
        ):
            assert part in " ".join(english.split())
        for part in ("变更权限", "授予角色 auditor：cid yu（账号 cid）", "本机构无此账号"):
            assert part in " ".join(chinese.split())
        refused(line.run("approve", number, "--seen", seen, "--as", "ann"), "cannot approve")
        refused(line.run("approve", number, "--seen", seen, "--as", "cid"), "their own access")
        approved = line.run("approve", number, "--seen", seen, "--as", "bob")
        assert approved.exit_code == 0
        assert "Done" in access(line, "suspend", "cid", *WHY, "--as", "bob").stdout
        shown = access(line, "--lang", "zh").stdout
        assert "已停用" in shown
        assert "正常" in shown
    # No engine now: the same verbs open the institution themselves.
    assert find_engine(Settings(home=line.folder / "home", keys=line.folder / "keys"), CODE) is None
    made = access(line, "restore", "cid", *WHY, "--as", "bob", "--json").json
    listed = line.run("approve").stdout
    assert "restore cid yu" in " ".join(listed.split())
    assert "auditor · suspended" in " ".join(listed.split())
    refused(line.run("approve", str(made["number"]), "--seen", made["snapshot"], "--as", "cid"), "suspended")
    assert line.run("approve", str(made["number"]), "--seen", made["snapshot"], "--as", "ann").exit_code == 0
    made = access(line, "revoke", "cid", "auditor", *WHY, "--as", "ann", "--json").json
    assert line.run("approve", str(made["number"]), "--seen", made["snapshot"], "--as", "bob").exit_code == 0
    assert people(line)["cid"] == ("cid yu", [], False)
    assert line.run("verify", "--json").json["sound"]
