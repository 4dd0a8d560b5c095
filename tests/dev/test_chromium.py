import os
from pathlib import Path

import pytest

from dev.chromium import find_chromium, main
from dev.processes import StackError


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All that is on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def install(programs: Path, name: str, code: str = "") -> Path:
    program = programs / name
    program.write_text(f"#!/bin/sh\n{code}\n")
    program.chmod(0o755)
    return program


def test_a_browser_that_is_there_is_taken(programs: Path) -> None:
    chromium = install(programs, "chromium")
    main()
    assert find_chromium() == str(chromium)


def test_root_has_it_installed_from_debian(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    install(programs, "apt-get", f'[ "$1" = update ] || /bin/ln -s /bin/true {programs}/chromium')
    main()
    assert find_chromium() == str(programs / "chromium")


def test_anybody_else_is_told_what_to_install(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    install(programs, "apt-get", "exit 1")
    with pytest.raises(StackError, match="as root: apt-get install chromium"):
        main()


def test_an_installation_that_fails_is_reported(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    install(programs, "apt-get", "exit 100")
    with pytest.raises(StackError, match=r"could not be installed(.|\n)*status 100"):
        main()
