"""Images kept with the application: by digest, each layer once in a chain, and restored as they were; and what a registry may do wrong."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from names import Names
from sandbox import kms, s3
from sandbox.lab import Lab
from settings import load
from tests.sandbox.kept import SHOP, TOKEN, Shop, configured, prepare, tampered
from tests.sandbox.parts import client, emptied, running
from tests.sandbox.registries import SECRET, USER, Registry
from tests.sandbox.registries import running as serving_images
from tests.sandbox.repositories import commit, contents, make_repository, served

IMAGE = "solemate/storefront:1"
LAYERS = [os.urandom(40_000), os.urandom(30_000), os.urandom(20_000)]


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("lab"), kms, s3) as lab:
        yield lab


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving_images(Registry()) as registry:
        registry.push("1", LAYERS, platforms=2)
        yield registry


@pytest.fixture
def commits() -> int:
    return 10


@pytest.fixture
def shop(serving: Lab, registry: Registry, commits: int, tmp_path: Path) -> Iterator[Shop]:
    lab = emptied(serving)
    source = tmp_path / "github" / f"{SHOP}.git"
    make_repository(source, commits)
    with served(tmp_path / "github", TOKEN) as address:
        config = configured(lab, tmp_path, address)
        document = yaml.safe_load(config.read_text(encoding="utf-8"))
        document["config"]["solemate-dr:application"]["dockerHub"] = registry.address
        config.write_text(yaml.safe_dump(document), encoding="utf-8")
        names = Names(load(config))
        prepare(lab, names)
        login = json.dumps({"username": USER, "accessToken": SECRET})
        client(lab, "secretsmanager").create_secret(Name=names.docker_hub_secret, SecretString=login)
        yield Shop(lab, names, config, source, tmp_path)


def layout(to: Path) -> dict[str, bytes]:
    """Return all that a restored image holds, by digest."""
    folder = to / "images" / "solemate" / "storefront-1" / "blobs" / "sha256"
    return {f"sha256:{file.name}": file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("commits", [1000])
def test_a_chain_of_a_thousand_commits_three_layers_and_a_hundred_parameters_restores_identically(shop: Shop, registry: Registry) -> None:
    """Full, incremental and differential, each at its own moment: refs and objects, every blob, every parameter; no layer is kept twice."""
    ssm = client(shop.lab, "ssm")
    for number in range(100):
        ssm.put_parameter(Name=f"/solemate/sandbox/many/{number:03}", Value=f"value {number}", Type="String")
    shots: dict[str, tuple[Any, dict[str, bytes], str]] = {}

    def keep(kind: str, theme: str) -> dict[str, Any]:
        ssm.put_parameter(Name="/solemate/sandbox/many/000", Value=theme, Type="String", Overwrite=True)
        made: dict[str, Any] = shop.backup(kind)["manifest"]
        shots[made["created"]] = contents(shop.source), registry.everything("1"), theme
        return made

    full = keep("full", "white")
    commit(shop.source, "main", *(f"more {number}" for number in range(20)))
    registry.push("1", [*LAYERS[:2], b"a new last layer"], platforms=2)
    first = keep("incremental", "red")
    commit(shop.source, "main", "last")
    second = keep("differential", "blue")

    assert [each["kind"] for each in (full, first, second)] == ["full", "incremental", "differential"]
    kept = [[part["name"] for part in each["parts"] if part["name"].startswith("images/")] for each in (full, first, second)]
    assert [len(names) for names in kept] == [8, 6, 6]  # index, two manifests, two configurations, three layers; then what is new
    for number, (created, (refs, image, theme)) in enumerate(shots.items()):
        to = shop.restored(created, f"restored-{number}")
        assert contents(to / "repositories" / f"{SHOP}.git") == refs
        assert layout(to) == image
        parameters = json.loads((to / "configuration" / "parameters.json").read_text())
        assert parameters["/solemate/sandbox/many/000"]["value"] == theme
        assert parameters["/solemate/sandbox/many/099"]["value"] == "value 99"
    index = json.loads((shop.folder / "restored-2" / "images" / "solemate" / "storefront-1" / "index.json").read_text())
    assert index["manifests"][0]["digest"] == registry.tags["1"]
    code, out, _ = shop.invoke("verify", "--json")
    assert code == 0, out
    assert f"{registry.tags['1']}: 8 manifests and blobs fit their digests" in [each["says"] for each in json.loads(out)]
    assert SECRET not in "".join(shop.said)


def test_an_altered_layer_of_an_earlier_backup_is_refused_by_name(shop: Shop, registry: Registry) -> None:
    """The incremental one needs the full one's layer; verification and restore both name it."""
    full = shop.backup("full")["manifest"]
    registry.push("1", [*LAYERS, b"one more"])
    shop.backup("incremental")
    part = next(part for part in full["parts"] if part["size"] == 40_000)
    tampered(shop, part["key"], b"0" * 40_000)
    code, out, _ = shop.invoke("verify", "--json")
    wrong = [each for each in json.loads(out) if not each["well"]]
    assert (code, [each["name"] for each in wrong]) == (1, [f"{full['name']}/{part['name']}"])
    code, _, err = shop.invoke("restore", "--at", datetime.now(UTC).isoformat(), "--to", str(shop.folder / "to"))
    assert (code, f"the part {part['name']} of {full['name']} was altered" in err) == (1, True), err
    assert not (shop.folder / "to").exists()


def test_a_busy_registry_is_waited_for(shop: Shop, registry: Registry) -> None:
    """It says when to come back; and it is asked for one token, not for one a blob."""
    registry.busy = 2
    shop.backup("full")
    assert registry.asked.count("/token") == 1


@pytest.mark.parametrize("wrong", ["lie", "cut", "gone", "login"])
def test_what_a_registry_does_wrong_makes_no_backup(shop: Shop, registry: Registry, wrong: str) -> None:
    """Other bytes for a digest, an answer that breaks off, an image that is not there, a refused sign-in: one error, one way out."""
    layer = next(digest for digest, body in registry.blobs.items() if len(body) == 40_000)
    match wrong:
        case "lie":
            registry.lies.add(layer)
        case "cut":
            registry.cut.add(layer)
        case "gone":
            registry.tags.clear()
        case _:
            login = json.dumps({"username": USER, "accessToken": "another"})
            client(shop.lab, "secretsmanager").put_secret_value(SecretId=shop.names.docker_hub_secret, SecretString=login)
    code, _, err = shop.invoke("backup")
    says = {
        "lie": f"solemate/storefront@{layer} with other bytes",
        "cut": f"broke off in solemate/storefront@{layer}",
        "gone": "solemate/storefront manifests/1 with 404",
        "login": "gives no token for solemate/storefront: 401",
    }[wrong]
    assert (code, says in err, err.count("Error: "), err.count("Try: ")) == (1, True, 1, 1), err
    assert not [key for key in shop.stored() if key.endswith("/manifest.json")]
    assert SECRET not in err
