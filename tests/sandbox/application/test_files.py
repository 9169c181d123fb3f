"""Deployment bundles and configuration files that lie in buckets: kept once, restored byte for byte, and named when they cannot be had."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from names import Names
from runbooks.application import files
from runbooks.application.place import Place
from settings import load
from tests.commands import operator
from tests.sandbox.kept import Shop, tampered
from tests.sandbox.parts import EAST, client

DEPLOYMENTS = "solemate-deployments"
BUNDLE, FLAGS = b"PK\x03\x04 release 1", b"checkout: true\n"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """With two bundles and a configuration file, of which the settings name a folder and an object."""
    client(shop.lab, "s3").create_bucket(Bucket=DEPLOYMENTS)
    put(shop, "storefront/1.zip", BUNDLE)
    put(shop, "storefront/für/2.zip", b"PK\x03\x04 release 2")
    put(shop, "storefront/empty/", b"")
    put(shop, "config/flags.yaml", FLAGS)
    put(shop, "config/flags.yaml.old", b"nobody asked for this")
    named(shop, bundles=[f"s3://{DEPLOYMENTS}/storefront/"], configFiles=[f"s3://{DEPLOYMENTS}/config/flags.yaml"])
    return shop


def put(shop: Shop, key: str, body: bytes) -> None:
    client(shop.lab, "s3").put_object(Bucket=DEPLOYMENTS, Key=key, Body=body)


def named(shop: Shop, **places: list[str]) -> None:
    document = yaml.safe_load(shop.config.read_text(encoding="utf-8"))
    document["config"]["solemate-dr:application"] |= places
    shop.config.write_text(yaml.safe_dump(document), encoding="utf-8")


def below(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def lacking(shop: Shop) -> tuple[dict[str, str], dict[str, Any]]:
    """Make a backup that lacks something, and return what it says of that, and its manifest."""
    shop.next_second()
    code, out, err = shop.invoke("backup", "--json")
    made = json.loads(out)["manifest"]
    assert (code, err.count("Error:") > 0, err.count("Try:")) == (1, True, err.count("Error:")), err
    return {each["what"]: each["why"] for each in made["lacks"]}, made


def test_they_come_back_as_they_were_and_what_differs_now_is_said(shop: Shop) -> None:
    """From the folder all that is below it, from the other place the one object; afterwards one is gone, one new, one changed."""
    made = shop.backup("full")["manifest"]
    assert len(made["files"]) == 3
    client(shop.lab, "s3").delete_object(Bucket=DEPLOYMENTS, Key="storefront/1.zip")
    put(shop, "storefront/3.zip", b"PK\x03\x04 release 3")
    put(shop, "config/flags.yaml", b"checkout: false\n")
    to = shop.restored(made["created"], "to")
    assert below(to / "bundles") == {
        f"{DEPLOYMENTS}/storefront/1.zip": BUNDLE,
        f"{DEPLOYMENTS}/storefront/für/2.zip": b"PK\x03\x04 release 2",
    }
    assert below(to / "config-files") == {f"{DEPLOYMENTS}/config/flags.yaml": FLAGS}
    assert (to / "differences.txt").read_text(encoding="utf-8").splitlines() == [
        f"s3://{DEPLOYMENTS}/storefront/1.zip is gone",
        f"s3://{DEPLOYMENTS}/storefront/3.zip is new",
        f"s3://{DEPLOYMENTS}/config/flags.yaml has changed",
    ]
    _, out, _ = shop.invoke("restore", "--at", made["created"], "--to", str(to), "--replace")
    assert f"Files: aws s3 cp --recursive {to}/bundles/{DEPLOYMENTS} s3://{DEPLOYMENTS}" in out


def test_what_a_chain_holds_is_neither_read_nor_kept_again(shop: Shop) -> None:
    """The next backup has the one file that is new; nothing changed within the hour makes none at all."""
    shop.backup("full")
    put(shop, "storefront/3.zip", b"PK\x03\x04 release 3")
    second = shop.backup("incremental")["manifest"]
    assert [each["size"] for each in second["parts"] if each["name"].startswith("blobs/")] == [len(b"PK\x03\x04 release 3")]
    assert len(second["files"]) == 4
    assert shop.backup("incremental")["there"] is True
    assert set(below(shop.restored(second["created"], "to") / "bundles" / DEPLOYMENTS / "storefront")) == {"1.zip", "3.zip", "für/2.zip"}


def test_what_cannot_be_had_is_named_and_the_rest_is_kept(shop: Shop) -> None:
    """A folder with nothing in it, a bucket that is not there, keys that no disk takes; the backup exits 1."""
    put(shop, "storefront/../../etc/passwd", b"up")
    put(shop, "storefront/1.zip/readme", b"below a file")
    empty, gone = f"s3://{DEPLOYMENTS}/nothing/", "s3://solemate-nowhere/x"
    named(shop, bundles=[f"s3://{DEPLOYMENTS}/storefront/", empty, gone])
    lacks, made = lacking(shop)
    assert lacks.pop(gone).startswith("s3 list-objects-v2")
    assert lacks == {
        empty: "nothing is there",
        f"s3://{DEPLOYMENTS}/storefront/../../etc/passwd": "its key is no path of a file",
        f"s3://{DEPLOYMENTS}/storefront/1.zip": "its key is that of a file and of a folder",
    }
    assert {each["key"] for each in made["files"]} == {"storefront/für/2.zip", "storefront/1.zip/readme", "config/flags.yaml"}
    code, out, _ = shop.invoke("verify", "--json")
    wrong = {each["name"] for each in json.loads(out) if not each["well"]}
    assert (code, wrong) == (1, {gone, *lacks})


def test_more_than_a_place_may_hold_is_refused_by_name(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than the limit: nothing of that place is kept."""
    for name, value in operator(shop.lab.endpoint, shop.config).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(files, "MOST", 1)
    looked = files.look(Place(Names(load(shop.config)), EAST))
    place = f"s3://{DEPLOYMENTS}/storefront/"
    assert [(each.what, each.why) for each in looked.lacks] == [(place, "more than 1 files are there")]
    assert [each.where for each in looked.found] == [f"s3://{DEPLOYMENTS}/config/flags.yaml"]


def test_an_altered_one_is_named(shop: Shop) -> None:
    """By verify; and a restore leaves nothing behind."""
    made = shop.backup("full")["manifest"]
    [flags] = [each for each in made["files"] if each["kind"] == "config"]
    tampered(shop, f"application/{made['name']}/blobs/sha256/{flags['digest'].removeprefix('sha256:')}", b"checkout: evil\n")
    code, out, _ = shop.invoke("verify", "--json")
    assert (code, [each["name"] for each in json.loads(out) if not each["well"]]) == (1, [f"s3://{DEPLOYMENTS}/config/flags.yaml"])
    assert shop.invoke("restore", "--at", made["created"], "--to", str(shop.folder / "to"))[0] == 1
    assert not (shop.folder / "to").exists()


def test_files_of_variables_that_no_place_holds_are_said(shop: Shop) -> None:
    """ECS reads them from S3 when a container starts: without them it would not start again."""
    ecs = client(shop.lab, "ecs")
    there = [{"type": "s3", "value": f"arn:aws:s3:::{DEPLOYMENTS}/{key}"} for key in ("config/flags.yaml", "secret/live.env")]
    container = {"name": "web", "image": "solemate/storefront:1", "memory": 128, "environmentFiles": there}
    arn = ecs.register_task_definition(family=shop.names.service, containerDefinitions=[container])["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster=shop.names.cluster, service=shop.names.service, taskDefinition=arn)
    notes = shop.backup("full")["manifest"]["notes"]
    said = f"{shop.names.service} reads s3://{DEPLOYMENTS}/secret/live.env, which is not kept: add it to application.configFiles"
    assert [note for note in notes if DEPLOYMENTS in note] == [said]


def test_without_code_no_bundle_is_kept_and_without_config_no_configuration(shop: Shop) -> None:
    """Each goes with its switch."""
    named(shop, bundles=[f"s3://{DEPLOYMENTS}/storefront/1.zip"])
    document = yaml.safe_load(shop.config.read_text(encoding="utf-8"))
    document["config"]["solemate-dr:application"]["includeCode"] = False
    shop.config.write_text(yaml.safe_dump(document), encoding="utf-8")
    assert [each["kind"] for each in shop.backup("full")["manifest"]["files"]] == ["config"]
