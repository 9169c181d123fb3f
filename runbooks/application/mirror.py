"""A repository: mirrored as it is, bundled since a basis, and rebuilt from bundles to exactly the refs that it had."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runbooks.application.git import Git
from runbooks.errors import BackupBroken, GitFailed

Refs = Mapping[str, str]
"""Full names of refs, such as ``refs/heads/main``, and the objects that they name."""

EMPTY = "Refusing to create empty bundle"


@dataclass(frozen=True, slots=True)
class Mirror:
    """A repository as it was in one moment; ``head`` is the ref that its default branch is, existing or not."""

    repository: str
    directory: Path
    head: str
    refs: Refs


@dataclass(frozen=True, slots=True)
class Layer:
    """What one backup adds to a repository: a bundle, if there was anything new, and the refs as they were then."""

    backup: str
    bundle: Path | None
    refs: Refs


def mirrored(git: Git, host: str, repository: str, to: Path) -> Mirror:
    """Return a mirror of *repository* in *to*: every branch, tag and other ref that *host* shows."""
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        git("clone", "--quiet", "--mirror", f"{host}/{repository}.git", to)
    except GitFailed as error:
        raise GitFailed(f"{repository} could not be read from {host}: {error.message}", error.hint) from None
    return Mirror(repository, to, git("symbolic-ref", "HEAD", at=to).strip(), refs(git, to))


def refs(git: Git, at: Path) -> Refs:
    lines = git("for-each-ref", "--format=%(objectname) %(refname)", at=at).splitlines()
    return {name: target for target, _, name in (line.partition(" ") for line in lines)}


def bundled(git: Git, mirror: Mirror, basis: Refs, to: Path) -> bool:
    """Write to *to* the objects that *mirror* has and *basis* had not; return whether there are any.

    git leaves a ref out of a bundle when it names an old commit, so the refs themselves are in the manifest. What was in the basis
    and has since been collected cannot be excluded, nor need it be.
    """
    if not mirror.refs:
        return False
    asked = "".join(f"{target}\n" for target in sorted(set(basis.values())))
    known = (
        [
            line.split()[0]
            for line in git("cat-file", "--batch-check", at=mirror.directory, given=asked).splitlines()
            if not line.endswith(" missing")
        ]
        if asked
        else []
    )
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        git("bundle", "create", "--quiet", to, "--all", "--stdin", at=mirror.directory, given="".join(f"^{each}\n" for each in known))
    except GitFailed as error:
        if EMPTY in error.message:
            return False
        raise
    return True


def rebuilt(git: Git, repository: str, layers: Sequence[Layer], head: str, to: Path) -> None:
    """Make the bare repository *to* from *layers*, the full one first; raise :class:`BackupBroken` naming the one that does not fit.

    Each layer's refs are set before the next is unpacked: git takes a bundle only if its basis is reachable.
    """
    to.mkdir(parents=True)
    git("init", "--quiet", "--bare", at=to)
    for layer in layers:
        try:
            if layer.bundle:
                git("bundle", "verify", "--quiet", layer.bundle, at=to)
                git("bundle", "unbundle", layer.bundle, at=to)
            _set_refs(git, layer.refs, to)
        except GitFailed as error:
            raise BackupBroken(f"{repository} cannot be rebuilt: {layer.backup} does not follow: {error.message}", OLDER) from None
    git("symbolic-ref", "HEAD", head, at=to)
    try:
        git("fsck", "--connectivity-only", "--no-dangling", at=to)
    except GitFailed as error:
        raise BackupBroken(f"{repository} is not whole after {layers[-1].backup}: {error.message}", OLDER) from None


OLDER = "restore an older backup with --at, and make a new one: invoke backup --target application --type full"


def _set_refs(git: Git, wanted: Refs, at: Path) -> None:
    """Make the refs exactly *wanted*. First what goes: ``a`` may make room for ``a/b``."""
    gone = [name for name in refs(git, at) if name not in wanted]
    git("update-ref", "--stdin", at=at, given="".join(f"delete {name}\n" for name in gone))
    git("update-ref", "--stdin", at=at, given="".join(f"update {name} {target}\n" for name, target in wanted.items()))


def check_out(git: Git, at: Path, head: str, to: Path) -> bool:
    """Check the default branch of the repository *at* out into *to*; return whether there is one."""
    try:
        git("rev-parse", "--quiet", "--verify", head, at=at)
    except GitFailed:
        return False
    git("worktree", "add", "--quiet", "--detach", to, head, at=at)
    return True
