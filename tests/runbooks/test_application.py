"""What a backup builds on, what a manifest is, and what git may tell."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from names import Names
from runbooks.application.archive import Archive
from runbooks.application.backup import decided
from runbooks.application.configuration import Configuration, differences
from runbooks.application.git import Git
from runbooks.application.manifest import Manifest, parsed
from runbooks.application.place import place
from runbooks.aws.ssm import Parameter
from runbooks.errors import BackupBroken, GitFailed, Refused
from runbooks.signed import Kind, kind_of, named
from settings import HERE, load

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RETENTION = timedelta(days=90)


def made(days_ago: int, kind: Kind = "full", *chain: Manifest) -> Manifest:
    at = NOON - timedelta(days=days_ago)
    return Manifest(
        name=named(at),
        created=at.isoformat(),
        kind=kind,
        asked=kind,
        why="",
        environment="prod",
        region="us-east-1",
        key="arn",
        chain=tuple(each.link for each in chain),
        repositories=(),
        configuration="",
        parts=(),
    )


class Shelved(Archive):
    """An archive of manifests whose signatures fit."""

    def __init__(self, *manifests: Manifest) -> None:
        super().__init__(place(Names(load(HERE / "Pulumi.prod.yaml")), ""))
        self.manifests = {each.name: each for each in manifests}

    def manifest(self, name: str) -> Manifest:
        if name not in self.manifests:
            raise BackupBroken(f"the backup {name} has no manifest.json")
        return self.manifests[name]


def decide(kind: Kind, *manifests: Manifest) -> tuple[str, str, list[str]]:
    basis = decided(Shelved(*manifests), sorted(each.name for each in manifests), kind, NOON, RETENTION)
    return basis.kind, basis.why, [each.name for each in basis.chain]


def test_a_backup_builds_on_the_last_full_one_or_on_the_last_of_all() -> None:
    """A differential one needs one other, whatever came between."""
    full = made(3)
    first = made(2, "incremental", full)
    second = made(1, "incremental", full, first)
    assert decide("full", full, first, second) == ("full", "", [])
    assert decide("differential", full, first, second) == ("differential", "", [full.name])
    assert decide("incremental", full, first, second) == ("incremental", "", [full.name, first.name, second.name])


def test_a_full_backup_past_half_its_retention_is_no_basis() -> None:
    """What builds on it would be worth nothing once it is gone."""
    assert decide("incremental", made(45))[0] == "incremental"
    assert decide("incremental", made(46)) == ("full", f"{made(46).name} has passed half of its retention", [])


def test_a_chain_with_another_backup_in_its_place_is_broken() -> None:
    """A link is the digest of what was there, not its name alone."""
    full = made(2)
    newest = made(1, "incremental", full)
    other = replace(full, environment="other")
    assert decide("incremental", other, newest)[1] == f"the chain of {newest.name} is broken: {full.name} is not the backup it was made on"


@pytest.mark.parametrize("change", [b" ", b"\n"])
def test_a_manifest_has_one_form(change: bytes) -> None:
    """One byte more is another manifest, and so is another name."""
    manifest = made(1)
    assert parsed(manifest.body, manifest.name) == manifest
    with pytest.raises(BackupBroken, match="not in the form"):
        parsed(manifest.body + change, manifest.name)
    with pytest.raises(BackupBroken, match="not in the form"):
        parsed(manifest.body, "another")


def test_a_manifest_of_another_schema_is_not_guessed_at() -> None:
    """A later program may mean something else by the same words."""
    with pytest.raises(BackupBroken, match="has schema 4, this is 3"):
        parsed(replace(made(1), schema=4).body, made(1).name)


@pytest.mark.parametrize(("schema", "images"), [(1, False), (2, True)])
def test_a_manifest_of_an_earlier_schema_is_read_as_it_was_written(schema: int, images: bool) -> None:
    """Byte by byte, for it was signed so: what was kept before images, or files, is not lost with the program that wrote it."""
    earlier = replace(made(1), schema=schema)
    assert (b'"images"' in earlier.body, b'"files"' in earlier.body) == (images, False)
    assert parsed(earlier.body, earlier.name) == earlier


def test_an_unknown_kind_is_refused() -> None:
    """With the kinds that there are."""
    with pytest.raises(Refused, match="--type weekly is unknown"):
        kind_of("weekly")


def test_git_never_tells_its_token(tmp_path: Path) -> None:
    """Neither in its own words, when it is made to say it, nor as an object that is shown."""
    git = Git("https://github.com", "ghp_secret")
    with pytest.raises(GitFailed, match=r"\*\*\*") as caught:
        git("clone", tmp_path / "ghp_secret")
    assert "ghp_secret" not in f"{caught.value.message}{caught.value.hint}{git}"


def test_differences_name_variables_and_parameters_and_no_values() -> None:
    """What a restore shows may be read by everybody in the room."""

    def definition(number: int, **environment: str) -> dict[str, object]:
        container = {"name": "shop", "environment": [{"name": name, "value": value} for name, value in environment.items()]}
        return {"taskDefinitionArn": f"arn:aws:ecs:us-east-1:1:task-definition/shop:{number}", "containerDefinitions": [container]}

    before = {
        "parameters": {"/a": {"type": "String", "version": 1, "modified": NOON.isoformat()}, "/b": {}},
        "services": {"shop": definition(1, THEME="dark", OLD="x")},
    }
    now = Configuration((Parameter("/a", "String", 2, NOON, "bright"),), {"shop": definition(2, THEME="bright", NEW="y")})
    assert differences(before, now) == (
        "/b is gone",
        "/a is String version 2, was String version 1",
        "shop runs shop:2, ran shop:1",
        "shop: shop/NEW is new",
        "shop: shop/OLD is gone",
        "shop: shop/THEME has changed",
    )
