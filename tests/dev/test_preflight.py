import importlib.util
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from dev import preflight


def test_a_machine_that_has_all_is_met_with_silence(tmp_path: Path) -> None:
    assert list(preflight.complaints(tmp_path)) == []


def test_an_old_python_is_told_its_version_and_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    (complaint,) = preflight.complaints(tmp_path)
    assert "Python 3.11 or newer is needed" in complaint
    assert "make PYTHON=" in complaint


def test_a_python_without_venv_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())
    assert list(preflight.complaints(tmp_path)) == [
        "Python's venv module is missing. On Debian: apt-get install python3-venv"
    ]


def test_a_full_disk_is_told_how_much_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=7 * 2**20))
    (complaint,) = preflight.complaints(tmp_path)
    assert complaint == f"1200 MB of disk are needed in {tmp_path}; 7 MB are free."
