"""Which program this is."""

from pathlib import Path

from config.version import commit, version

NAME = "0123456789abcdef0123456789abcdef01234567"


def test_the_commit_is_told_however_the_program_came_here(tmp_path: Path) -> None:
    history = tmp_path / ".git"
    (history / "refs" / "heads").mkdir(parents=True)
    (history / "HEAD").write_text(f"{NAME}\n")
    assert commit(tmp_path) == NAME[:10]

    (history / "HEAD").write_text("ref: refs/heads/main\n")
    (history / "packed-refs").write_text(f"# pack-refs\n{NAME[::-1]} refs/heads/main\n")
    assert commit(tmp_path) == NAME[::-1][:10]

    (history / "refs" / "heads" / "main").write_text(f"{NAME}\n")
    assert commit(tmp_path) == NAME[:10]

    (tmp_path / "COMMIT").write_text("fedcba9876543210\n")
    assert commit(tmp_path) == "fedcba9876"


def test_a_program_without_its_history_has_no_commit_but_a_version(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "9.8.7"\n')

    assert (commit(tmp_path), version(tmp_path)) == ("", "9.8.7")
