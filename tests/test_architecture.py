"""The house keeps its walls: who may import whom, how large a module may be, what the pure rooms may not touch."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("keys", "credentials", "verifier", "issuer", "templates")
STDLIB_ONLY = "the standard library"

# Our own rooms that each room may import, itself aside.
ROOMS_ALLOWED = {
    "keys": set(),
    "credentials": {"keys"},
    "verifier": {"credentials", "keys", "templates"},
    "issuer": {"credentials", "keys", "verifier", "templates"},
    "templates": set(),
}

# Packages from the registry that each room may import.
PACKAGES_ALLOWED = {
    "keys": {"cryptography", "pkcs11"},
    "credentials": {"jwt", "pyld", "pyoxigraph", "defusedxml", "rfc8785"},
    "verifier": {
        "click", "flask", "werkzeug", "jinja2", "markupsafe",
        "pikepdf", "pypdfium2", "PIL", "zxingcpp", "urllib3", "defusedxml",
    },
    "issuer": {
        "alembic", "click", "flask", "werkzeug", "jinja2", "markupsafe", "fontTools", "gunicorn",
        "pydantic", "pydantic_core", "argon2", "pyotp", "webauthn", "flask_wtf", "wtforms", "celery", "kombu",
        "psycopg", "rfc8785",
        "pikepdf", "PIL", "python_calamine", "qrcode", "resvg_py", "sqlalchemy", "weasyprint", "defusedxml",
    },
    "templates": set(),
}  # fmt: skip

# Inside the verifier only its web room and its command line know Flask and click: a gate is a library first.
VERIFIER_DOORS = {"flask": "verifier/web/", "werkzeug": "verifier/web/", "click": "verifier/cli"}

# Wiring: may import anything, is imported by nothing but a test or another piece of wiring.
WIRING = (
    "issuer.__main__",
    "issuer.app",
    "issuer.cli",
    "issuer.commands",
    "issuer.wsgi",
    "verifier.cli",
    "verifier.__main__",
    "verifier.web.app",
)

# A room without I/O or clock: none of these modules and calls. Reading our own shipped files is the exception.
IMPURE_MODULES = {
    "os",
    "socket",
    "ssl",
    "subprocess",
    "urllib",
    "http",
    "random",
    "secrets",
    "time",
    "tempfile",
    "shutil",
}
IMPURE_CALLS = {"now", "utcnow", "today", "open"}
SHIPPED_FILES = {"credentials/contexts.py"}

LARGEST_MODULE = 400


def is_wiring(module: str) -> bool:
    return any(module == wiring or module.startswith(f"{wiring}.") for wiring in WIRING)


def modules(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from sorted((ROOT / room).rglob("*.py"))


def dotted(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, absolute, with the line; imports inside functions count too."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            prefix = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (prefix, node.module)))
            yield module, node.lineno
            for alias in node.names:
                yield f"{module}.{alias.name}", node.lineno


def names(paths: Iterator[Path]) -> list[pytest.param]:  # type: ignore[valid-type]
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


@pytest.mark.parametrize("path", names(modules(*ROOMS)))
def test_a_room_imports_only_what_the_table_allows(path: Path) -> None:
    """A room imports the rooms below it, the packages chosen for it and the standard library, nothing else."""
    import sys

    room = path.relative_to(ROOT).parts[0]
    wrong = []
    for module, line in imports(path):
        top = module.split(".")[0]
        if top == room or top in sys.stdlib_module_names or top in ROOMS_ALLOWED[room] or top in PACKAGES_ALLOWED[room]:
            continue
        wrong.append(f"line {line}: {module}")
    assert not wrong, f"{path.relative_to(ROOT)} reaches outside its room: {wrong}"


@pytest.mark.parametrize("path", names(modules("verifier")))
def test_only_the_doors_of_the_gate_know_flask_and_click(path: Path) -> None:
    """The gate is a library; its web pages and its command line are doors to it."""
    here = path.relative_to(ROOT).as_posix()
    for module, line in imports(path):
        door = VERIFIER_DOORS.get(module.split(".")[0])
        assert door is None or here.startswith(door), f"{here}:{line} imports {module}"


@pytest.mark.parametrize("path", names(modules("keys", "credentials", "verifier", "issuer")))
def test_nothing_imports_the_wiring(path: Path) -> None:
    """Front doors are imported by nobody, so that no room can depend on how it was put together."""
    if is_wiring(dotted(path)):
        return
    reached = {module for module, _ in imports(path) if is_wiring(module)}
    assert not reached, f"{dotted(path)} imports {reached}"


@pytest.mark.parametrize("path", names(modules("credentials")))
def test_the_desk_has_no_clock_no_network_and_no_chance(path: Path) -> None:
    """credentials/ is pure: times, salts and bytes come in as arguments, so the same input gives the same document."""
    here = path.relative_to(ROOT).as_posix()
    reached = {module for module, _ in imports(path) if module.split(".")[0] in IMPURE_MODULES}
    assert not reached, f"{here} imports {reached}"
    if here in SHIPPED_FILES:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in IMPURE_CALLS, f"{here}:{node.lineno} calls {called}()"


@pytest.mark.parametrize("path", names(modules(*ROOMS, "tests")))
def test_modules_stay_readable_in_one_sitting(path: Path) -> None:
    """No module is longer than 400 lines: split by domain, not by layer."""
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LARGEST_MODULE, f"{path.relative_to(ROOT)} has {lines} lines"


@pytest.mark.parametrize("path", names(modules(*ROOMS)))
def test_a_module_is_a_noun_you_can_point_at(path: Path) -> None:
    """No drawer for everything: such names hide what a module is for."""
    assert path.stem not in {"utils", "util", "helpers", "common", "misc", "manager", "base", "core"}


def issuer_folders() -> dict[str, set[str]]:
    """For each folder of the office, the other folders that it imports. Views sit on top and are left out."""
    reached: dict[str, set[str]] = {}
    for path in modules("issuer"):
        parts = path.relative_to(ROOT).parts
        if len(parts) < 3 or path.stem == "views":
            continue
        folder = reached.setdefault(parts[1], set())
        for module, _ in imports(path):
            names_ = module.split(".")
            if (
                names_[0] == "issuer"
                and len(names_) > 1
                and (ROOT / "issuer" / names_[1]).is_dir()
                and names_[1] != parts[1]
            ):
                folder.add(names_[1])
    return reached


def test_the_folders_of_the_office_form_a_line_without_circles() -> None:
    """Each folder of issuer/ is understood with those below it: an order exists in which none looks up."""
    waiting = issuer_folders()
    order: list[str] = []
    while waiting:
        free = sorted(folder for folder, needs in waiting.items() if not needs - set(order))
        assert free, f"a circle among {waiting}"
        order += free
        waiting = {folder: needs for folder, needs in waiting.items() if folder not in order}
    print("order of the office:", " < ".join(order))
    assert "templates" not in order
