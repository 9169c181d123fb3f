"""Images that a registry gives, gives wrongly, or does not give: backups say what they lack, and are whole in everything else."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runbooks.application.images import fetched, look
from runbooks.application.registry import Credentials, Registry
from runbooks.application.web import Web
from runbooks.aws import ecr
from runbooks.aws.session import Door
from runbooks.clock import RealClock
from runbooks.errors import FetchFailed
from sandbox.client import Client
from sandbox.lab import Lab
from tests.sandbox.kept import SHOP, Shop, tampered
from tests.sandbox.parts import EAST, until
from tests.sandbox.registries import PASSWORD, TOKEN, USER, Hub, basic, digest_of, layer, registry
from tests.sandbox.web import Trouble

LAYERS = (layer(1), layer(2), layer(3))


@pytest.fixture
def hub() -> Iterator[Hub]:
    with registry() as made:
        made.push(SHOP, "1", *LAYERS)
        yield made


class Restless(RealClock):
    """Notes how long it was asked to sleep, and does not."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def pulled(hub: Hub, to: Path, clock: RealClock | None = None, image: str = f"{SHOP}:1", password: str = PASSWORD) -> dict[str, bytes]:
    """Return every blob of *image* by digest, as a client of ours got it."""
    from_hub = Registry(Web(clock or Restless()), hub.site.address, Credentials(USER, password))
    return {digest: file.read_bytes() for digest, file in fetched(from_hub, look(from_hub, image, SHOP), set(), to)}


def told(hub: Hub, to: Path, *troubles: Trouble, clock: RealClock | None = None, password: str = PASSWORD) -> str:
    """Return the one error that a pull ends with; nothing may be left of it, and no secret may be in it."""
    (hub.storage if "sha256" in troubles[0].path else hub.site).troubles.extend(troubles)
    with pytest.raises(FetchFailed) as caught:
        pulled(hub, to, clock, password=password)
    said = f"{caught.value.message} Try: {caught.value.hint}"
    assert [secret for secret in (PASSWORD, TOKEN, basic(USER, PASSWORD)[6:], "X-Amz-Signature") if secret in said] == []
    assert caught.value.hint
    return said


def test_an_image_arrives_byte_for_byte_with_a_token_and_without_it_at_the_storage(hub: Hub, tmp_path: Path) -> None:
    """The storage answers 400 to whoever shows it a token beside a signed address, as S3 does."""
    found = pulled(hub, tmp_path)
    digest = hub.tags[SHOP, "1"]
    assert found == {digest: hub.documents[digest][1], **hub.blobs}
    assert hub.site.asked.count("GET /token") == 1


def test_an_index_of_platforms_is_kept_whole(hub: Hub, tmp_path: Path) -> None:
    """Both platforms' manifests, configs and layers, and the index that names them; by digest, too."""
    digest = hub.push_index(SHOP, "2", amd64=LAYERS, arm64=(layer(5),))
    found = pulled(hub, tmp_path, image=f"{SHOP}:2")
    assert (len(found), found[digest]) == (1 + 2 + 2 + 4, hub.documents[digest][1])
    assert pulled(hub, tmp_path, image=f"{SHOP}@{digest}") == found


def test_ecr_is_signed_in_at_with_its_own_password(serving: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS says where the registry is and who may pull; the registry wants that at each request."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tester")
    found = ecr.sign_in(Door(EAST, endpoint=serving.endpoint))
    assert found.address == f"https://123456789012.dkr.ecr.{EAST}.amazonaws.com"
    assert (found.username, bool(found.password), found.password in repr(found)) == ("AWS", True, False)
    with registry(basic=True) as hub:
        hub.push(SHOP, "1", *LAYERS)
        assert len(pulled(hub, tmp_path)) == 5
        assert "/token" not in " ".join(hub.site.asked)


def test_a_layer_that_is_cut_off_is_carried_on_where_it_broke(hub: Hub, tmp_path: Path) -> None:
    """Not from its start: large layers over bad links would never arrive."""
    first = digest_of(LAYERS[0])
    hub.storage.troubles.append(Trouble("cut", first, times=2))
    assert pulled(hub, tmp_path)[first] == LAYERS[0]
    assert hub.storage.asked.count(f"GET /{first}") == 3


def test_a_busy_registry_is_left_alone_for_as_long_as_it_asks(hub: Hub, tmp_path: Path) -> None:
    """By Retry-After; if that is longer than a backup waits, it is said at once."""
    clock = Restless()
    hub.site.troubles.append(Trouble("busy", "/manifests/1", times=2, wait=7))
    assert len(pulled(hub, tmp_path, clock)) == 5
    assert clock.slept == [7, 7]
    said = told(hub, tmp_path / "again", Trouble("busy", "/manifests/1", wait=3600), clock=clock)
    assert "answers 429: too many requests; it asks to wait 3600 s" in said
    assert clock.slept == [7, 7]


def test_a_registry_that_gives_something_else_is_not_believed(hub: Hub, tmp_path: Path) -> None:
    """A layer by its own digest, a manifest by the one that was asked for or is claimed; nothing of either is left."""
    first = digest_of(LAYERS[0])
    assert f"{first} is not what it must be: its digest is sha256:" in told(hub, tmp_path, Trouble("altered", first))
    assert not (tmp_path / first.removeprefix("sha256:")).exists()
    assert "/manifests/1 is not what it must be: its digest is sha256:" in told(hub, tmp_path, Trouble("altered", "/manifests/1"))


def test_a_registry_that_refuses_or_breaks_off_is_one_error(hub: Hub, tmp_path: Path) -> None:
    """A wrong password, a name that is not there, a connection that is cut every time."""
    assert "/token answers 401 Try: check the sign-in" in told(hub, tmp_path, Trouble("busy", "no such path"), password="wrong")
    first = digest_of(LAYERS[0])
    hub.blobs[first] = layer(1, 9_000_000)
    assert f"/{first}" in told(hub, tmp_path, Trouble("cut", first))
    hub.tags.clear()
    assert "/manifests/1 answers 404 Try: check the name and the tag" in told(hub, tmp_path, Trouble("busy", "no such path"))


def test_a_backup_that_lacks_an_image_is_made_and_is_no_success(shop: Shop) -> None:
    """Code and configuration are kept all the same, nothing of the image is, and it is said by backup, verify and restore."""
    second = digest_of(LAYERS[1])
    shop.hub.storage.troubles.append(Trouble("altered", second))
    code, out, err = shop.invoke("backup", "--json")
    made = json.loads(out)["manifest"]
    lack = f"image {SHOP}:1 is not in the backup: {shop.hub.site.address}/v2/{SHOP}/blobs/{second} is not what it must be"
    assert (code, f"Error: {lack}" in err) == (1, True), err
    assert err.count("Error:") == err.count("Try:") == 1
    assert [each["what"] for each in made["lacks"]] == [f"image {SHOP}:1"]
    assert (made["images"], [each["name"] for each in made["parts"]]) == ([], [f"code/{SHOP}.bundle", "configuration.json"])
    code, out, _ = shop.invoke("verify")
    assert (code, f"✗ image {SHOP}:1  not kept: " in out) == (1, True)
    code, out, _ = shop.invoke("restore", "--at", datetime.now(UTC).isoformat(), "--to", str(shop.folder / "to"))
    assert (code, f"Not in it: image {SHOP}:1" in out, (shop.folder / "to/images").exists()) == (0, True, False)
    shop.hub.storage.troubles.clear()
    again = shop.backup("incremental")
    assert (again["there"], len(again["manifest"]["images"]), again["manifest"]["kind"]) == (False, 1, "incremental")


def test_a_backup_killed_among_its_layers_is_repeated_whole(shop: Shop) -> None:
    """What it left is no backup; the next one needs none of it."""
    shop.next_second()
    aws = Client(shop.lab.endpoint)
    aws.fault("hang", service="s3", operation="PutObject", after=4)
    process = shop.command("backup")
    until(lambda: len(shop.stored()) == 4)
    process.kill()
    aws.clear_faults()
    assert "has no backup of the application" in shop.invoke("verify")[2]
    assert "has 4 parts and no manifest: interrupted, or under way" in shop.backup("full")["notes"][0]
    code, out, _ = shop.invoke("verify")
    assert (code, f"✓ image {SHOP}:1" in out) == (0, True)


def test_two_backups_at_once_are_two_whole_ones_or_one(shop: Shop) -> None:
    """Neither takes anything from the other; the second of one second is refused, and told so."""
    shop.next_second()
    both = [shop.command("backup", "--json") for _ in range(2)]
    said = [process.ends() for process in both]
    refused = [ended.err for ended in said if ended.code]
    assert [
        err for err in refused if "Error: another backup is being made under the name" not in err or "Try: wait for it" not in err
    ] == []
    whole = [key.split("/")[1] for key in shop.stored() if key.endswith("/manifest.json")]
    assert {json.loads(out)["manifest"]["name"] for out in (ended.out for ended in said) if out} == set(whole)
    assert len(refused) < 2
    assert shop.invoke("verify")[0] == 0


def test_an_altered_layer_is_named(shop: Shop) -> None:
    """By verify, with the image that is not whole any more, and by restore, which leaves nothing behind."""
    made = shop.backup("full")["manifest"]
    part = f"blobs/sha256/{digest_of(LAYERS[2]).removeprefix('sha256:')}"
    tampered(shop, f"application/{made['name']}/{part}", b"another layer")
    code, out, _ = shop.invoke("verify", "--json")
    wrong = [(each["name"], each["says"]) for each in json.loads(out) if not each["well"]]
    assert (code, wrong) == (1, [(f"image {SHOP}:1", f"{SHOP}:1: the part {part} of {made['name']} was altered")])
    code, _, err = shop.invoke("restore", "--at", made["created"], "--to", str(shop.folder / "to"))
    assert (code, f"Error: the part {part} of {made['name']} was altered" in err) == (1, True)
    assert not (shop.folder / "to").exists()
