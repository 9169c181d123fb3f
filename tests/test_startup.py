"""Starting is quick because little is loaded: a listing needs no library of ours, and a client is made when it is first used."""

import os
import subprocess
import sys

import pytest

from settings import HERE

HEAVY = {"boto3", "botocore", "pulumi", "pulumi_aws", "pydantic", "rich", "psycopg", "httpx", "jinja2", "dns", "moto"}

MODELS_READ = """
import sys
opened = []
sys.addaudithook(lambda event, given: event == "open" and "service-2.json" in str(given[0]) and opened.append(given[0]))
from runbooks.commands import desk
from settings import load, stack_file
at = desk(load(stack_file("prod")))
read = [len(opened)]
for region in at.names.settings.regions:
    at.reach.door(region).client("sns")
    read.append(len(opened))
print(*read)
"""


@pytest.mark.parametrize("words", [("--list",), ("--help", "failover")])
def test_a_listing_loads_no_library_of_ours(words: tuple[str, ...]) -> None:
    """Neither AWS's SDK nor Pulumi's, nor what settings, terminal and databases need, is imported to say what commands there are."""
    said = _python("-X", "importtime", "-m", "invoke", *words).stderr
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in said.splitlines() if line.startswith("import time:")}
    assert "invoke" in imported
    assert not imported & HEAVY


def test_a_client_is_made_when_it_is_first_used() -> None:
    """A desk with doors to both regions has read no service's model; the first client reads its own, which serves both regions."""
    read = _python("-c", MODELS_READ).stdout.split()
    assert read == ["0", "1", "1"]


def test_what_a_command_has_compiled_is_kept() -> None:
    """invoke asks Python to write no bytecode; ours is written all the same, unless the environment says otherwise."""
    asked = "import sys; sys.dont_write_bytecode = True; import tasks; print(sys.dont_write_bytecode)"
    assert _python("-c", asked).stdout.split() == [str(bool(os.environ.get("PYTHONDONTWRITEBYTECODE")))]


def _python(*words: str) -> subprocess.CompletedProcess[str]:
    credentials = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing"}
    return subprocess.run([sys.executable, *words], cwd=HERE, env=os.environ | credentials, capture_output=True, text=True, check=True)
