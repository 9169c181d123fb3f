"""A chain of a full, an incremental and a differential backup of a real shop: a thousand commits, an image of three layers, a hundred
parameters, a lock file. Each link restores to exactly what was there, and a broken one is refused by name.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from moto.s3.models import s3_backends

from sandbox import kms, s3
from tests.sandbox.kept import SHOP, Shop, kept_shop
from tests.sandbox.parts import EAST, client, running
from tests.sandbox.registries import digest_of, layer
from tests.sandbox.repositories import commit, contents, put

PATH = "/solemate/sandbox/feature"


@dataclass(frozen=True, slots=True)
class Shot:
    """A backup's manifest, and what there was when it was made."""

    manifest: dict[str, Any]
    repository: tuple[dict[str, str], set[str]]
    image: dict[str, bytes]
    parameters: dict[str, str]
    wheels: dict[str, bytes]

    @property
    def name(self) -> str:
        return str(self.manifest["name"])


@dataclass(frozen=True, slots=True)
class Chain:
    shop: Shop
    full: Shot
    incremental: Shot
    differential: Shot


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    folder = tmp_path_factory.mktemp("shop")
    with running(tmp_path_factory.mktemp("lab"), kms, s3) as lab, kept_shop(lab, folder, 1000) as shop:
        for number in range(100):
            client(lab, "ssm").put_parameter(Name=f"{PATH}/{number}", Value=f"value {number}", Type="String")
        put(shop.source, "main", requirements__lock=shop.offered.publish("laces", "1.0"))
        full = shot(shop, "full")
        shop.hub.push(SHOP, "1", layer(1), layer(2), layer(4))
        put(shop.source, "main", requirements__lock=shop.offered.publish("laces", "1.0") + shop.offered.publish("soles", "2.0"))
        client(lab, "ssm").put_parameter(Name=f"{PATH}/7", Value="another", Type="String", Overwrite=True)
        incremental = shot(shop, "incremental")
        commit(shop.source, "main", *(f"sale {number}" for number in range(20)))
        client(lab, "ssm").delete_parameter(Name=f"{PATH}/8")
        yield Chain(shop, full, incremental, shot(shop, "differential"))


def shot(shop: Shop, kind: str) -> Shot:
    hub = shop.hub
    digest = hub.tags[SHOP, "1"]
    document = hub.documents[digest][1]
    content = json.loads(document)
    image = {each["digest"]: hub.blobs[each["digest"]] for each in (content["config"], *content["layers"])}
    found = client(shop.lab, "ssm").get_paginator("get_parameters_by_path").paginate(Path=PATH)
    parameters = {each["Name"]: each["Value"] for page in found for each in page["Parameters"]}
    wheels = {name: body for files in shop.offered.python.values() for name, body in files.items()}
    return Shot(shop.backup(kind)["manifest"], contents(shop.source), {digest: document, **image}, parameters, wheels)


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("which", ["full", "incremental", "differential"])
def test_each_backup_restores_to_exactly_what_was_there(chain: Chain, which: str) -> None:
    """Refs and objects, every blob byte for byte, every parameter, every wheel."""
    was: Shot = getattr(chain, which)
    to = chain.shop.restored(was.manifest["created"], which)
    assert contents(to / "repositories" / f"{SHOP}.git") == was.repository
    assert len(was.repository[1]) > 1000
    assert {f"sha256:{name}": body for name, body in files(to / "images/blobs/sha256").items()} == was.image
    kept = json.loads((to / "configuration/parameters.json").read_text())
    assert {name: each["value"] for name, each in kept.items() if name.startswith(PATH)} == was.parameters
    assert files(to / "packages" / SHOP / "requirements.lock") == was.wheels
    assert len(was.parameters) >= 99


def test_what_the_chain_holds_is_not_written_again(chain: Chain) -> None:
    """Of the second image one layer and its manifest are new, of its packages one wheel; a differential one holds both again."""

    def blobs(made: Shot) -> set[str]:
        return {f"sha256:{each['sha256']}" for each in made.manifest["parts"] if each["name"].startswith("blobs/")}

    wheels = {digest_of(body) for body in chain.incremental.wheels.values()}
    added = {digest_of(layer(4)), next(iter(chain.incremental.image))} | (wheels - blobs(chain.full))
    assert blobs(chain.full) == chain.full.image.keys() | {digest_of(body) for body in chain.full.wheels.values()}
    assert len(blobs(chain.full)) == 6
    assert (blobs(chain.incremental), blobs(chain.differential)) == (added, added)


def test_verify_follows_images_and_resolves_locks_offline(chain: Chain) -> None:
    """pip itself resolves the lock from what is kept, with no index to ask."""
    code, out, err = chain.shop.invoke("verify", "--json")
    said = {each["name"]: each["says"] for each in json.loads(out)}
    assert (code, err) == (0, "")
    assert said[f"image {SHOP}:1"].endswith("5 blobs, 3 layers among them, fit their digests")
    assert said[f"packages of {SHOP} requirements.lock"].startswith("2 pinned, 2 files fit the lock; resolves offline with Python 3.")


@contextmanager
def damaged(chain: Chain, key: str, body: bytes | None) -> Iterator[None]:
    """Alter what lies under *key*, or take it away, for as long as a test looks."""
    keys = s3_backends["123456789012"]["aws"].buckets[chain.shop.names.artifacts_bucket(EAST)].keys
    [stored] = keys.getlist(key)
    before = stored.value, stored.checksum_value, stored.checksum_algorithm
    if body is None:
        dict.pop(keys, key)  # its own would close what it takes away
    else:
        stored.value, stored.checksum_value, stored.checksum_algorithm = body, None, None
    yield
    stored.value, stored.checksum_value, stored.checksum_algorithm = before
    keys.setlist(key, [stored])


@pytest.mark.parametrize("kind", ["altered", "missing"])
@pytest.mark.parametrize("part", ["manifest", "bundle", "blob"])
def test_a_broken_chain_is_refused_by_name(chain: Chain, part: str, kind: str) -> None:
    """Whatever is gone or altered in the full backup, what builds on it is not restored, the thing is named, and nothing is left behind."""
    full, newest = chain.full, chain.differential
    blob = f"blobs/sha256/{digest_of(layer(1)).removeprefix('sha256:')}"
    name = {"manifest": "manifest.json", "bundle": f"code/{SHOP}.bundle", "blob": blob}[part]
    says = {
        ("manifest", "altered"): f"the chain of {newest.name} is broken: the signature of {full.name} does not fit its manifest",
        ("manifest", "missing"): f"the chain of {newest.name} is broken: the backup {full.name} has no manifest.json",
    }.get((part, kind), f"the part {name} of {full.name} {'was altered' if kind == 'altered' else 'is missing'}")
    body = json.dumps({**full.manifest, "environment": "other"}, sort_keys=True, separators=(",", ":")).encode()
    to = chain.shop.folder / f"broken-{part}-{kind}"
    with damaged(chain, f"application/{full.name}/{name}", None if kind == "missing" else body):
        code, _, err = chain.shop.invoke("restore", "--at", newest.manifest["created"], "--to", str(to))
        assert (code, says in err, "Try:" in err) == (1, True, True), err
        assert not to.exists()
        if part == "blob":
            code, out, _ = chain.shop.invoke("verify")
            assert (code, f"✗ image {SHOP}:1  {SHOP}:1: {says}" in out.replace("\n", " ")) == (1, True), out
