"""Secrets are made once, stay the same, and are never readable by others."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.store.keys import Keys, SigningKey, VerifyingKey


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home of keys 密钥" / "keys"


def test_a_secret_stays_the_same_and_differs_by_name(folder: Path) -> None:
    first = Keys(folder).secret("vault-master")
    assert len(first) == 32
    assert Keys(folder).secret("vault-master") == first
    assert Keys(folder).secret("vault-token") != first
    assert bytes.fromhex(Keys(folder).text_secret("vault-master")) == first


def test_only_the_owner_can_read_folder_and_files(folder: Path) -> None:
    Keys(folder).secret("vault-master")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


@pytest.mark.parametrize(("target", "mode"), [("", 0o750), ("vault-master", 0o644)])
def test_what_others_can_read_is_refused(folder: Path, target: str, mode: int) -> None:
    keys = Keys(folder)
    keys.secret("vault-master")
    (folder / target).chmod(mode)
    with pytest.raises(BadInput, match="chmod"):
        keys.secret("vault-master")
    with pytest.raises(BadInput, match="chmod"):
        keys.secret("vault-master" if target else "never-made")
    assert len(keys.problems()) == 1


@pytest.mark.parametrize("content", [b"", b"abcd\n", b"zz" * 32, b"\xff" * 64, b"ab" * 33])
def test_a_damaged_secret_is_never_replaced(folder: Path, content: bytes) -> None:
    keys = Keys(folder)
    keys.secret("vault-master")
    (folder / "vault-master").write_bytes(content)
    with pytest.raises(BadInput, match="restore it"):
        keys.secret("vault-master")
    assert (folder / "vault-master").read_bytes() == content
    assert "restore it" in keys.problems()[0]


@pytest.mark.parametrize("name", ["", "../escape", "UPPER", ".new", "a/b", "x" * 200])
def test_a_name_cannot_leave_the_folder(folder: Path, name: str) -> None:
    with pytest.raises(BadInput):
        Keys(folder).secret(name)
    assert not folder.exists()


def test_a_folder_that_is_a_file_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("not a folder")
    with pytest.raises(BadInput, match="cannot be used"):
        Keys(tmp_path / "keys").secret("vault-master")


def test_problems_creates_nothing(folder: Path) -> None:
    assert Keys(folder).problems() == ()
    assert not folder.exists()
    Keys(folder).secret("vault-master")
    assert Keys(folder).problems() == ()


def _secret_in_a_process(folder: Path) -> str:
    return Keys(folder).text_secret("race")


def test_processes_that_race_get_one_secret(folder: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        made = pool.map(_secret_in_a_process, [folder] * 16, chunksize=1)
    assert len(set(made)) == 1


def test_what_a_crash_left_behind_does_no_harm(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o700)
    (folder / ".new").write_text("half a secr")
    (folder / ".new").chmod(0o600)
    assert len(Keys(folder).secret("vault-master")) == 32
    assert not (folder / ".new").exists()


def test_signatures_verify_and_forgeries_do_not(folder: Path) -> None:
    key = Keys(folder).signing_key("lending")
    public = VerifyingKey(key.public_key)
    signature = key.sign(b"head")
    assert public.verify(b"head", signature)
    assert not public.verify(b"tail", signature)
    assert not public.verify(b"head", signature[:-1])
    other = VerifyingKey(Keys(folder).signing_key("custody").public_key)
    assert not other.verify(b"head", signature)
    with pytest.raises(BadInput):
        VerifyingKey(b"short")


def test_signing_follows_rfc_8032() -> None:
    """Test 1 of RFC 8032, section 7.1."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = SigningKey(seed)
    assert key.public_key.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert key.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b"
    )
