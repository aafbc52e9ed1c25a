"""What an operator asks first: does everything this installation needs work, and if not, what is to be done."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.database.binaries import server_binaries
from bulkhead.runtime.database.connect import Database, open_database
from bulkhead.runtime.database.folders import Folders, processes_in
from bulkhead.runtime.database.locks import is_held
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.store.keys import Keys
from bulkhead.runtime.store.lease import EXPIRES_S
from bulkhead.runtime.store.migrate import migrations, schema_version

PYTHON_MIN = (3, 11)
DISK_BYTES_WARN = 10 * 1024**3
DISK_BYTES_FAIL = 1 * 1024**3


class State(StrEnum):
    """WARN: it works, but somebody should look. What could not be examined is never OK."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check and the sentence that explains it."""

    check: str
    state: State
    words: Words

    @property
    def sentence(self) -> str:
        """The explanation in English, for programs."""
        return self.words.en


def examine(settings: Settings) -> tuple[Finding, ...]:
    """All findings, in a fixed order. Never raises; makes no database where there is none."""
    findings = [check(settings) for check in (_python, _cache, _disk, _keys)]
    if not settings.database_url:
        findings += [_binaries(settings), _orphans(settings)]
        if not Folders(settings.home).cluster.exists():
            return (*findings, _ok("database", *_none_yet(settings.home)))
    return (*findings, *_examine_database(settings))


def _ok(check: str, en: str, zh: str) -> Finding:
    return Finding(check, State.OK, Words(en, zh))


def _warn(check: str, en: str, zh: str) -> Finding:
    return Finding(check, State.WARN, Words(en, zh))


def _fail(check: str, en: str, zh: str) -> Finding:
    return Finding(check, State.FAIL, Words(en, zh))


def _none_yet(folder: Path) -> tuple[str, str]:
    return f"{folder} has none yet; the first command makes it.", f"{folder} 尚未建立，首个命令会自动创建。"


def _python(_: Settings) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < PYTHON_MIN:
        return _fail(
            "python",
            f"This is Python {version}; Bulkhead needs 3.11 or later.",
            f"当前为 Python {version}，需要 3.11 或更高版本。",
        )
    return _ok("python", f"Python {version} at {sys.executable}.", f"Python {version}，位于 {sys.executable}。")


def _cache(_: Settings) -> Finding:
    folder = os.environ.get("NUMBA_CACHE_DIR")
    if not folder:
        return _warn(
            "compiled code",
            "NUMBA_CACHE_DIR is not set: compiled code may lie beside the source.",
            "未设置 NUMBA_CACHE_DIR：编译结果可能与源码放在一起。",
        )
    if not os.access(_existing(Path(folder)), os.W_OK):
        return _warn(
            "compiled code",
            f"{folder} cannot be written: every start compiles anew.",
            f"{folder} 不可写：每次启动都要重新编译。",
        )
    return _ok("compiled code", f"Compiled code is kept in {folder}.", f"编译结果保存在 {folder}。")


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(_existing(settings.home)).free
    gib = f"{free / 1024**3:.1f} GiB"
    sentences = f"{gib} are free for {settings.home}.", f"{settings.home} 可用空间 {gib}。"
    if free < DISK_BYTES_FAIL:
        return _fail("disk", *sentences)
    return _warn("disk", *sentences) if free < DISK_BYTES_WARN else _ok("disk", *sentences)


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _keys(settings: Settings) -> Finding:
    try:
        problems = Keys(settings.keys).problems()
    except OSError as error:
        return _fail(
            "keys",
            f"{settings.keys} cannot be read: {error.strerror}.",
            f"{settings.keys} 无法读取：{error.strerror}。",
        )
    if problems:
        return _fail("keys", " ".join(problems), f"密钥文件夹有问题：{' '.join(problems)}")
    if settings.keys.exists():
        return _ok(
            "keys",
            f"The keys in {settings.keys} are private to this account; back them up apart.",
            f"{settings.keys} 中的密钥仅本账户可读；请单独备份。",
        )
    if Folders(settings.home).cluster.exists():
        return _fail(
            "keys",
            f"{settings.keys} is missing, but {settings.home} was made with keys: restore them.",
            f"{settings.keys} 不存在，但 {settings.home} 由密钥创建：请恢复密钥。",
        )
    return _ok("keys", *_none_yet(settings.keys))


def _binaries(_: Settings) -> Finding:
    try:
        folder = server_binaries()
    except BadInput as error:
        return _fail("server programs", str(error), f"缺少数据库程序：{error}")
    return _ok("server programs", f"The embedded PostgreSQL is in {folder}.", f"内嵌 PostgreSQL 位于 {folder}。")


def _orphans(settings: Settings) -> Finding:
    folders = Folders(settings.home)
    try:
        orphans = [] if is_held(folders.server_lock) else processes_in(folders.cluster)
    except OSError as error:
        what = f"{folders.run} cannot be read: {error.strerror}.", f"{folders.run} 无法读取：{error.strerror}。"
        return _fail("orphan servers", *what)
    if orphans:
        numbers = ", ".join(map(str, orphans))
        return _fail(
            "orphan servers",
            f"A server without an owner works in {folders.cluster}: process {numbers}.",
            f"{folders.cluster} 中有无主的数据库进程：{numbers}。",
        )
    return _ok("orphan servers", "No server runs without its owner.", "没有遗留的数据库进程。")


def _examine_database(settings: Settings) -> Iterator[Finding]:
    try:
        with open_database(settings) as database, database.connect(autocommit=True) as connection:
            yield from _examine_connection(database, connection)
    except (BadInput, psycopg.OperationalError) as error:
        yield _fail("database", str(error).strip(), f"无法连接数据库：{str(error).strip()}")


def _examine_connection(database: Database, connection: Connection[TupleRow]) -> Iterator[Finding]:
    version = connection.info.server_version
    server = f"PostgreSQL {version // 10000}.{version % 10000}"
    yield _ok("database", f"{server} answers from {database.place}.", f"{server} 运行正常（{database.place}）。")
    yield _durability(connection)
    yield _schema(connection)
    checks: dict[str, Callable[[Connection[TupleRow]], Finding]] = {"leases": _leases, "quarantine": _quarantine}
    for name, check in checks.items():
        try:
            yield check(connection)
        except psycopg.ProgrammingError as error:  # the schema, or the right to read, is missing
            said = str(error).splitlines()[0]
            yield _warn(name, f"Not examined: {said}.", f"未能检查：{said}。")


def _durability(connection: Connection[TupleRow]) -> Finding:
    """An acknowledged movement must survive a power cut: three settings of the server decide that."""
    rows = connection.execute(
        "SELECT name FROM pg_settings WHERE setting = 'off'"
        " AND name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name"
    ).fetchall()
    if rows:
        names = " and ".join(name for (name,) in rows)
        return _fail(
            "durability",
            f"The server has {names} off: a power cut can lose what was acknowledged.",
            f"服务器关闭了 {names}：断电可能丢失已确认的数据。",
        )
    return _ok("durability", "Commits are on disk when the server acknowledges them.", "已确认的提交均已落盘。")


def _schema(connection: Connection[TupleRow]) -> Finding:
    has, knows = schema_version(connection), len(migrations())
    if has > knows:
        return _fail(
            "schema",
            f"The database has schema {has}, but this version knows only {knows}: upgrade.",
            f"数据库结构版本为 {has}，本程序只支持到 {knows}：请升级程序。",
        )
    if has < knows:
        return _warn(
            "schema",
            f"The database has schema {has} of {knows}: run bulkhead migrate.",
            f"数据库结构版本为 {has}，最新为 {knows}：请运行 bulkhead migrate。",
        )
    return _ok("schema", f"The database has schema {has}, the newest.", f"数据库结构版本 {has}，已是最新。")


def _leases(connection: Connection[TupleRow]) -> Finding:
    rows = connection.execute(
        "SELECT code, holder, extract(epoch FROM clock_timestamp() - heartbeat_at)::integer"
        " FROM lease JOIN institution ON number = institution WHERE holder IS NOT NULL ORDER BY code"
    ).fetchall()
    if not rows:
        return _ok("leases", "Nobody is writing.", "当前无写入方。")
    en = " ".join(f"{code} is written by {holder}, last heard {age} s ago." for code, holder, age in rows)
    zh = "".join(f"{code} 由 {holder} 写入，{age} 秒前有心跳。" for code, holder, age in rows)
    if any(age > EXPIRES_S for _, _, age in rows):
        return _warn("leases", f"{en} The next writer takes over.", f"{zh}下一个写入方将接管。")
    return _ok("leases", en, zh)


def _quarantine(connection: Connection[TupleRow]) -> Finding:
    rows = connection.execute("SELECT count(*) FROM quarantine WHERE state = 'open'").fetchall()
    waiting = rows[0][0]
    if waiting:
        return _warn(
            "quarantine",
            f"Rows that wait to be corrected or dismissed: {waiting:,}.",
            f"有 {waiting:,} 行等待更正或剔除。",
        )
    return _ok("quarantine", "No row is waiting.", "没有待处理的行。")
