"""Files of the user's: found in given folders, and never written over what others wrote."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tuneboard.engine.errors import DataError
from tuneboard.engine.source.code_file import CodeFolders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name in ("train.py", "lib/model.py", ".hidden/x.py", "__pycache__/y.py", "notes.txt"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("lr = 1e-3\n", encoding="utf-8")
    (folder / "env" / "lib").mkdir(parents=True)
    (folder / "env" / "pyvenv.cfg").touch()
    (folder / "env" / "lib" / "z.py").touch()
    return folder


def test_own_python_files_are_listed(folder: Path) -> None:
    assert list(CodeFolders([folder]).files()) == ["train.py", "lib/model.py"]


def test_files_of_two_folders_have_different_names(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "project"
    other.mkdir(parents=True)
    (other / "train.py").touch()
    names = list(CodeFolders([folder, other]).files())
    assert names == ["project/train.py", "project/lib/model.py", str(other / "train.py")]


def test_a_folder_must_exist(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a folder of code must exist, not"):
        CodeFolders([tmp_path / "none"])


def test_nothing_outside_of_the_folders_is_opened(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secret.py"
    outside.write_text("password = 1", encoding="utf-8")
    link = folder / "link.py"
    link.symlink_to(outside)
    code = CodeFolders([folder])
    for path in (outside, link, folder / ".." / "secret.py", folder / "notes.txt"):
        with pytest.raises(DataError, match="must be a .py file in a folder that the server"):
            code.open(path)


def test_a_write_keeps_the_file_as_it_was_beside_it_and_can_be_undone(folder: Path) -> None:
    path = folder / "train.py"
    path.write_bytes(b"# -*- coding: latin-1 -*-\r\nname = '\xe9'\r\n")
    path.chmod(0o640)
    file = CodeFolders([folder]).open(path)
    assert not file.can_undo
    backup = file.write(file.text.replace("é", "ü"))
    assert path.read_bytes() == b"# -*- coding: latin-1 -*-\r\nname = '\xfc'\r\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert backup.read_bytes() == b"# -*- coding: latin-1 -*-\r\nname = '\xe9'\r\n"
    assert backup.name == "train.py.before-tuneboard"
    assert not file.has_changed()
    file.undo()
    assert path.read_bytes() == backup.read_bytes()
    assert not file.can_undo
    assert sorted(one.name for one in folder.iterdir() if "train" in one.name) == [
        "train.py",
        "train.py.before-tuneboard",
    ]


def test_a_file_that_has_changed_on_the_disk_is_left_as_it_is(folder: Path) -> None:
    file = CodeFolders([folder]).open(folder / "train.py")
    file.path.write_text("lr = 5\n", encoding="utf-8")
    assert file.has_changed()
    with pytest.raises(DataError, match="train.py has changed on the disk since it was read"):
        file.write("lr = 2\n")
    assert file.path.read_text(encoding="utf-8") == "lr = 5\n"
    file.read()
    assert file.text == "lr = 5\n"
    file.write("lr = 2\n")
    file.path.write_text("lr = 7\n", encoding="utf-8")
    with pytest.raises(DataError, match="has changed on the disk"):
        file.undo()
    assert file.path.read_text(encoding="utf-8") == "lr = 7\n"


def test_a_save_without_a_change_is_no_change(folder: Path) -> None:
    file = CodeFolders([folder]).open(folder / "train.py")
    os.utime(file.path, ns=(1, 1))
    assert not file.has_changed()


def test_a_file_that_is_gone_or_no_text_is_told(folder: Path) -> None:
    path = folder / "train.py"
    file = CodeFolders([folder]).open(path)
    path.unlink()
    assert file.has_changed
    with pytest.raises(DataError, match="train.py cannot be read: No such file"):
        file.write("lr = 2")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="cannot be read as text: .* Save it as UTF-8"):
        CodeFolders([folder]).open(path)


def test_a_file_that_is_too_large_is_told(folder: Path) -> None:
    path = folder / "train.py"
    path.write_bytes(b"#" * 2_000_001)
    with pytest.raises(DataError, match="train.py must have at most 2 MB, not 2000001"):
        CodeFolders([folder]).open(path)
