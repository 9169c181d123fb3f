"""A command with its clients ready: six services in two regions through our doors, against one shared boto3 Session making the same.

Each is a fresh process, its imports included, and is timed until its last client is made. Run it with

    .venv/bin/python -m benchmarks.clients
"""

import os
import statistics
import subprocess
import sys
import time
from functools import partial

from benchmarks.rounds import Spent, interleaved, machine, print_table, print_verdict, ratios
from settings import HERE

ROUNDS = 25
SERVICES = ("rds", "backup", "ecs", "cloudwatch", "s3", "sns")
REGIONS = ("us-east-1", "us-west-2")
AT_MOST = 0.75

READY = "import time; print(time.process_time(), flush=True)"
DOORS = f"from runbooks.aws.session import Door; doors = [Door(region) for region in {REGIONS}]"
CASES = {
    "one shared boto3 Session, 12 clients": (
        "import boto3; session = boto3.Session();"
        f"clients = [session.client(service, region_name=region) for region in {REGIONS} for service in {SERVICES}]"
    ),
    "our doors, 12 clients": f"{DOORS}; clients = [door.client(service) for door in doors for service in {SERVICES}]",
    "our doors, the first client": f"{DOORS}; clients = [doors[0].client('rds')]",
    "our doors, no client yet": DOORS,
}
MODELS_READ = (
    "import sys; opened = [];"
    "sys.addaudithook(lambda event, given: event == 'open' and 'service-2.json' in str(given[0]) and opened.append(given[0]));"
    f"{DOORS}; made = len(opened);"
    "doors[0].client('rds'); first = len(opened);"
    "doors[1].client('rds'); print(made, first, len(opened))"
)


def until_ready(code: str) -> Spent:
    """Run *code* in a fresh Python and return what it took until it said that it was ready."""
    began = time.monotonic()
    with _python(f"{code}; {READY}") as process:
        said = process.stdout.readline() if process.stdout else ""
        wall = time.monotonic() - began
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, code)
    return Spent(wall, float(said))


def _python(code: str) -> subprocess.Popen[str]:
    credentials = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_EC2_METADATA_DISABLED": "true"}
    return subprocess.Popen([sys.executable, "-c", code], cwd=HERE, env=os.environ | credentials, stdout=subprocess.PIPE, text=True)


def main() -> None:
    print(f"Making clients for {', '.join(SERVICES)} in {' and '.join(REGIONS)}, {ROUNDS} rounds. {machine()}\n", flush=True)
    spent = interleaved({name: partial(until_ready, code) for name, code in CASES.items()}, ROUNDS)
    shared, ours, *_ = CASES
    print_table(spent, shared)
    with _python(MODELS_READ) as process:
        made, first, again = (process.stdout.read() if process.stdout else "").split()
    print(f"\nService models read: {made} for two doors, {first} for the first client of a service, {again} with its second region's.")
    print_verdict("clients ready, against one shared boto3 Session", statistics.median(ratios(spent[ours], spent[shared], "wall")), AT_MOST)


if __name__ == "__main__":
    main()
