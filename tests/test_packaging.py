"""What is installed is what is in the tree, and the lock files say nothing they should not."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("keys", "credentials", "verifier", "issuer", "templates")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_package_of_the_tree_is_listed() -> None:
    """setuptools is told the packages by hand; a folder that is forgotten would be missing from an installation."""
    in_tree = {
        ".".join(path.parent.relative_to(ROOT).parts) for room in ROOMS for path in (ROOT / room).rglob("__init__.py")
    }
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == in_tree


def test_every_folder_with_python_is_a_package() -> None:
    """A module in a folder without __init__.py would not be installed."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            assert (path.parent / "__init__.py").exists(), f"{path.parent} has no __init__.py"


def test_every_file_that_is_no_module_is_package_data() -> None:
    """Templates, fonts, contexts and demo data are installed with the code that reads them."""
    data = PROJECT["tool"]["setuptools"]["package-data"]
    covered = {
        path
        for package, patterns in data.items()
        for pattern in patterns
        for path in ROOT.joinpath(*package.split(".")).glob(pattern)
    }
    for room in ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.is_file() and path.suffix not in {".py", ".pyc"}:
                assert path in covered, f"{path.relative_to(ROOT)} is not listed under package-data"


def test_the_command_exists() -> None:
    """The console script points at something that can be called."""
    module, name = PROJECT["project"]["scripts"]["voltpass"].split(":")
    assert callable(getattr(__import__(module, fromlist=[name]), name))


def test_dependencies_are_pinned_and_explained() -> None:
    """Each direct dependency has one exact version and a line in DECISIONS.md."""
    decisions = (ROOT / "DECISIONS.md").read_text(encoding="utf-8").lower()
    wanted = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["dev"]
    for requirement in wanted:
        name, pinned, _ = requirement.partition("==")
        assert pinned, f"{requirement} is not pinned"
        assert re.search(rf"(?<![\w-]){re.escape(name.lower())}(?![\w-])", decisions), (
            f"{name} has no line in DECISIONS.md"
        )


def test_lock_files_carry_hashes_and_name_no_host() -> None:
    """Every locked package is bound to its digest, and where it was fetched from is nobody's business."""
    for name in ("requirements-setup.lock", "requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text, name
        for entry in re.split(r"\n(?=[a-z0-9])", text.strip()):
            assert "--hash=sha256:" in entry, f"{name}: {entry.splitlines()[0]}"
