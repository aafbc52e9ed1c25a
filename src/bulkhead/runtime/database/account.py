"""The account the server runs under. PostgreSQL refuses root, and rightly: whoever breaks it owns the machine."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
from dataclasses import dataclass
from pathlib import Path

from bulkhead.kernel.errors import BadInput

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged user. ``namespaced``: only the process and its children see themselves as this user;
    to everybody else, and on disk, they are who they were, without the powers of root."""

    uid: int
    gid: int
    namespaced: bool = False

    @property
    def owner(self) -> tuple[int, int]:
        """User and group that must own the server's folder."""
        return (os.geteuid(), os.getegid()) if self.namespaced else (self.uid, self.gid)

    def enter(self) -> None:
        """Become this account for good. Raises ``OSError``; needs a process of one thread."""
        if self.namespaced:
            _enter_namespace(self.uid, self.gid)
        elif self.uid != os.geteuid():
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)  # no set-user-id program gives it powers again


def choose_account(data: Path, binaries: Path) -> Account:
    """The first account that can run the server on this folder.

    An ordinary user's own. For root: the folder's owner, else ``nobody``, if the programs and the folder can
    be reached from it; else a user namespace, in which root's own folders stay open to it. No folder's mode
    is ever changed to make room. Raises ``BadInput`` when no account will do.
    """
    for account in _candidates(data.stat()):
        if _can_run(account, data.parent, binaries):
            return account
    raise BadInput(
        "The embedded database cannot run as root, and here neither the user 'nobody' nor a user namespace can "
        f"run it on {data}: run as an ordinary user, or set BULKHEAD_DATABASE_URL to a server of your own."
    )


def _candidates(folder: os.stat_result) -> list[Account]:
    candidates = []
    if os.geteuid() != 0:
        candidates.append(Account(os.geteuid(), os.getegid()))
    elif folder.st_uid != 0:
        candidates.append(Account(folder.st_uid, folder.st_gid))
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return candidates
    if os.geteuid() == 0:
        candidates.append(Account(nobody.pw_uid, nobody.pw_gid))
    # Also for an ordinary user without a name, as in a container: PostgreSQL wants to know one.
    candidates.append(Account(nobody.pw_uid, nobody.pw_gid, namespaced=True))
    return candidates


def _can_run(account: Account, home: Path, binaries: Path) -> bool:
    """Try it in a child: rights, links and libraries then count as they are, not as we think they are."""
    child = os.fork()
    if child == 0:
        try:
            account.enter()
            os.dup2(2, 1)  # the version goes into the log
            has_name = bool(pwd.getpwuid(os.geteuid()))
            if has_name and os.access(home, os.X_OK) and os.access(binaries / "share/postgresql", os.R_OK):
                program = str(binaries / "bin/postgres")
                os.execv(program, [program, "--version"])
        finally:
            os._exit(1)  # no clean-up of the parent's belongings, whatever went wrong
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def give_folder(folder: Path, account: Account) -> None:
    """Make the account the owner of a folder and all inside it, when it is not. For root only."""
    owner = account.owner
    if folder.stat().st_uid == owner[0]:
        return
    # The top comes last: when this is cut short, the next start sees that it must be done again.
    for _, folders, files, descriptor in os.fwalk(folder, topdown=False):
        for name in (*folders, *files):
            os.chown(name, *owner, dir_fd=descriptor, follow_symlinks=False)
    os.chown(folder, *owner, follow_symlinks=False)


def _enter_namespace(uid: int, gid: int) -> None:
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    if _libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are not allowed here")
    Path("/proc/self/setgroups").write_text("deny")  # the kernel's condition for the group's line
    Path("/proc/self/uid_map").write_text(f"{uid} {outside_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outside_gid} 1")


def die_with_parent(signal_number: signal.Signals, parent: int) -> None:
    """Have the kernel send this process a signal when its parent, of this id, dies. Survives ``exec``."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), signal_number)
