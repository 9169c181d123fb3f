"""The application restored into a scratch directory and looked into; and a copy of its backup altered, which verification must find."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from shutil import rmtree

from runbooks.application import place
from runbooks.application.archive import Archive
from runbooks.application.blobs import FOLDER
from runbooks.application.git import Git
from runbooks.application.manifest import MANIFEST, PUBLIC_KEY, SIGNATURE, Part, Repository, key_of
from runbooks.application.mirror import check_out, refs
from runbooks.application.place import Place
from runbooks.application.restore import restore
from runbooks.application.verify import verify
from runbooks.aws.objects import Shelf, digest_of
from runbooks.checked import Checked
from runbooks.clock import spoken
from runbooks.commands import Desk
from runbooks.drills import scratch
from runbooks.drills.drill import Drill, as_facts
from runbooks.errors import GitFailed, NotFound, Refused
from runbooks.journal import Fact
from runbooks.objectives import Loss
from runbooks.plan import Step
from runbooks.readiness import BACKUP_AGE

REBUILT = "application-rebuilt"
FOUND = "what was altered is found"


@dataclass(frozen=True, slots=True)
class Copied(Shelf):
    """A shelf whose files lie in a directory of this machine."""

    root: Path = Path()

    @property
    def where(self) -> str:
        return str(self.root)

    def keys(self, prefix: str) -> list[str]:
        found = (path for path in (self.root / prefix).rglob("*") if path.is_file())
        return sorted(str(path.relative_to(self.root)) for path in found)

    def read(self, key: str) -> bytes | None:
        path = self.root / key
        return path.read_bytes() if path.is_file() else None

    def fetch(self, key: str, version: str, to: Path) -> str:
        body = self.read(key)
        if body is None:
            raise NotFound(f"{self.where}/{key} is not there, version {version}")
        to.write_bytes(body)
        return digest_of(to)


@dataclass(frozen=True)
class Beside(Place):
    """The same place, but for the artifacts, which are read from a directory."""

    root: Path = Path()

    @cached_property
    def shelf(self) -> Shelf:
        return Copied(self.door, self.names.artifacts_bucket(self.region), self.root)


def decide(at: Desk, scenario: str, run: str, declared: datetime) -> Drill:
    """Return the drill on the newest backup; raise :class:`Refused` when there is none."""
    where = place.place(at.names, "")
    newest = Archive(where).at(None)
    return drill(where, scenario, run, newest.name, newest.at, declared)


def decided(at: Desk, scenario: str, run: str, kept: Mapping[str, Fact], declared: datetime) -> Drill:
    """Return the drill as it was decided. What another machine holds in its scratch directory is made anew."""
    made = datetime.fromisoformat(str(kept["created"]))
    return drill(Place(at.names, str(kept["region"])), scenario, run, str(kept["backup"]), made, declared)


def drill(where: Place, scenario: str, run: str, backup: str, made: datetime, declared: datetime) -> Drill:
    to = scratch.directory(run)
    rebuilt = scenario == REBUILT

    def look() -> tuple[Checked, ...]:
        return _rebuilt(where, made, to) if rebuilt else _altered(where, backup, to)

    says = f"Restore it into {to}, and verify it whole" if rebuilt else f"Alter a copy of it in {to}, and see whether that is found"
    old = Checked("age", declared - made <= BACKUP_AGE, f"{backup} was made {spoken(max(declared - made, timedelta(0)))} before the start")
    step = Step(
        name="validate",
        says=says,
        region=where.region,
        act=lambda: {"checks": as_facts((old, *look()))},
        done=lambda: False,  # what is on this machine is made anew on another
        estimate=timedelta(minutes=5),
        deadline=timedelta(hours=6),
    )
    return Drill(
        scenario=scenario,
        run=run,
        region=where.region,
        title=f"restore {backup} into {to}" if rebuilt else f"alter a copy of {backup} in {to}",
        why=f"the backup {backup} in {where.shelf.where}",
        acts=(step,),
        validated=step.name,
        clear=scratch.clear(where.region),
        left=scratch.left,
        loss=Loss(None, None, "the objective is one of orders, and the application holds none"),
        kept={"region": where.region, "backup": backup, "created": made.isoformat()},
    )


def _rebuilt(where: Place, made: datetime, to: Path) -> tuple[Checked, ...]:
    """Restore, then verify the backup as `invoke verify` does, and each repository where it was restored."""
    archive = Archive(where)
    done = restore(archive, made, to, replace=True)
    return (*(_repository(each, to) for each in done.manifest.repositories), *verify(archive, made))


def _repository(kept: Repository, to: Path) -> Checked:
    """Compare the refs of a restored repository with the manifest's, and check its default branch out."""
    git, bare, name = Git(), to / "repositories" / f"{kept.name}.git", f"restored {kept.name}"
    try:
        if refs(git, bare) != dict(kept.refs):
            return Checked(name, well=False, says="its refs are not those of the manifest")
        out = check_out(git, bare, kept.head, to / "checked-out" / kept.name)
    except GitFailed as error:
        return Checked(name, well=False, says=error.message)
    return Checked(name, well=True, says=f"{len(kept.refs)} refs as they were, {'checked out' if out else 'no default branch'}")


def _altered(where: Place, backup: str, to: Path) -> tuple[Checked, ...]:
    """Verify an untouched copy, then one with a byte of a part changed, then one with a byte of its manifest changed."""
    if to.exists():
        rmtree(to)
    part = _copied(where, backup, to)
    beside = Archive(Beside(where.names, where.region, to))
    wrong = [each for each in verify(beside, None) if not each.well]
    says = "; ".join(f"{each.name}: {each.says}" for each in wrong) or "it verifies as it is"
    found = [Checked("an untouched copy", not wrong, says)]
    for key, named in ((part.key, part.name), (key_of(backup, MANIFEST), backup)):
        with _one_byte_apart(to / key):
            found.append(noticed(verify(Archive(beside.place), None), named))
    return tuple(found)


def _copied(where: Place, backup: str, to: Path) -> Part:
    """Copy a backup and all that it needs into *to*, and return the part of it that is to be altered: the smallest."""
    archive = Archive(where)
    chain = archive.chain(archive.manifest(backup))
    for each in chain:
        for name in (MANIFEST, SIGNATURE, PUBLIC_KEY):
            file = to / key_of(each.name, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(where.shelf.read(key_of(each.name, name)) or b"")
        for part in each.parts:
            archive.fetch(each.name, part, to / part.key)
    parts = [part for each in chain for part in each.parts if not part.name.startswith(FOLDER)]
    if not parts:
        raise Refused(f"{backup} has no part that could be altered", "make a full backup: invoke backup --target application --type full")
    return min(parts, key=lambda part: part.size)


@contextmanager
def _one_byte_apart(file: Path) -> Iterator[None]:
    """Change one bit in the middle of *file* meanwhile."""
    before = file.read_bytes()
    middle = len(before) // 2
    file.write_bytes(before[:middle] + bytes([before[middle] ^ 1]) + before[middle + 1 :])
    yield
    file.write_bytes(before)


def noticed(found: tuple[Checked, ...], named: str) -> Checked:
    """Return whether verification has found what was altered, and says its name."""
    wrong = [f"{each.name}: {each.says}" for each in found if not each.well]
    noticed = any(named in said for said in wrong)
    return Checked(f"{FOUND}: {named}", noticed, "; ".join(wrong) or "verification found nothing wrong")
