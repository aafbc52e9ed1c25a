"""The console of the demonstration: its people, its log-ins on the screen, and business that goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from bulkhead.cli.output import plain_table
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Language, Words
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.database.account import die_with_parent
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.service.command_port import CommandPort, port_file
from bulkhead.runtime.service.commands import ChangeAccess, DemandFourEyes, Person
from bulkhead.runtime.service.frames import SECRET
from bulkhead.runtime.service.office import carry_out
from bulkhead.runtime.service.serving import Serving
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.wiring import Writer
from bulkhead.runtime.world_run import trade_on
from bulkhead.simulation.lending.passing_trade import PassingTrade
from bulkhead.simulation.world import World

if TYPE_CHECKING:
    from bulkhead.web.people.demo_staff import DemoLogin

CODE_S = 30  # how long a one-time code is good for
FOUNDER = Person("founder", "founder")  # gives the first roles; has none
_HEADINGS = (
    Words("role", "角色"),
    Words("log-in", "登录名"),
    Words("password", "密码"),
)
_OPEN = Words("Console: {address}   (passkeys need {by_name})", "控制台：{address}   （通行密钥请用 {by_name}）")
_CODE = Words(
    "Second factor of all five now: {code}  ({left} s left)   Ctrl-C ends the demonstration.",
    "五个账号当前的第二因素验证码：{code}（剩余 {left} 秒）   按 Ctrl-C 结束演示。",
)
_SECRET = Words("Second factor for an authenticator app: {secret}", "第二因素密钥（可录入验证器应用）：{secret}")
_GONE = Words(
    "The console has ended by itself. Ctrl-C ends the demonstration; make demo begins another.",
    "控制台已意外退出。请按 Ctrl-C 结束演示，再运行 make demo 重新开始。",
)
_REASON = "the demonstration begins"


def hire(settings: Settings, database: Database, writer: Writer) -> list[DemoLogin]:
    """Five people of five roles, in the journal and at the console's door; from then on it takes two of them."""
    from bulkhead.web.starting import start

    start(settings, database)
    from bulkhead.web.people.demo_staff import demo_staff

    now_us = SystemClock().now_us()
    logins = demo_staff(writer.stores.code)
    for login in logins:
        command = ChangeAccess(login.person, login.username, "granted", login.role, _REASON, FOUNDER)
        carry_out(writer.stores.vault, writer.machine, writer.loop.apply, command, now_us)
    carry_out(writer.stores.vault, writer.machine, writer.loop.apply, DemandFourEyes(FOUNDER), now_us)
    return logins


@contextmanager
def console_beside(port: int) -> Iterator[tuple[str, Callable[[], bool]]]:
    """The console in a process of its own until the block ends: its address, and whether it still runs.

    Raises ``BadInput``.
    """
    command = [sys.executable, "-m", "bulkhead.cli.main", "console", "--port", str(port), "--json"]
    # Whatever becomes of the demonstration, its console does not outlive it.
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=partial(die_with_parent, signal.SIGTERM, os.getpid()),
    ) as process:
        assert process.stdout is not None
        try:
            said = []
            for line in process.stdout:  # one JSON object over a few lines, when it is ready
                said.append(line)
                if line.startswith("}"):
                    break
            if not said:
                raise BadInput(
                    f"The console did not start; is something else on port {port}? --port takes another."
                )
            yield str(json.loads("".join(said))["address"]), lambda: process.poll() is None
        finally:
            process.send_signal(signal.SIGTERM)


def show_logins(screen: Console, language: Language, address: str, logins: list[DemoLogin]) -> None:
    """Where the console is and who may enter."""
    from bulkhead.web.rights import ROLES

    table = plain_table(*(heading[language] for heading in _HEADINGS))
    for login in logins:
        table.add_row(ROLES[login.role].title[language], login.username, login.password)
    by_name = address.replace("127.0.0.1", "localhost")
    screen.print(Text("\n" + _OPEN[language].format(address=address, by_name=by_name), style="bold"))
    screen.print(table)
    screen.print(_SECRET[language].format(secret=logins[0].totp_secret), style="dim")


@contextmanager
def business_goes_on(settings: Settings, writer: Writer, world: World) -> Iterator[None]:
    """The institution's engine answers at its port, and its clients go on with what they do."""
    code, stop, clock = writer.stores.code, threading.Event(), SystemClock()
    key = writer.stores.keys.secret(SECRET)
    with (
        Serving(writer, clock) as serving,
        CommandPort(serving, key, code, port_file(settings.home, code)),
    ):
        arguments = (serving, PassingTrade.after(world), stop, clock.now_us)
        thread = threading.Thread(target=trade_on, args=arguments, name="trade", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def wait_for_the_end(screen: Console, language: Language, secret: str, runs: Callable[[], bool]) -> None:
    """Show the one-time code, as it changes, until somebody ends the demonstration.

    ``runs`` says whether the console does.
    """
    stop = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stop.set())
    if not screen.is_terminal:
        shown = -1
        while not stop.is_set():
            number, left_s = _counter()
            if number != shown:
                screen.print(_line(language, secret, runs))
                shown = number
            stop.wait(left_s)
        return
    with screen.status(_line(language, secret, runs)) as status:
        while not stop.wait(1):
            status.update(_line(language, secret, runs))


def _counter() -> tuple[int, int]:
    """Number of the present span of ``CODE_S`` seconds, and how many are left of it."""
    now_s = SystemClock().now_us() // 1_000_000
    return now_s // CODE_S, CODE_S - now_s % CODE_S


def _line(language: Language, secret: str, runs: Callable[[], bool]) -> str:
    return _code_line(language, secret) if runs() else _GONE[language]


def _code_line(language: Language, secret: str) -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    number, left_s = _counter()
    return _CODE[language].format(code=format_hotp_value(hotp_value(secret, number)), left=left_s)
