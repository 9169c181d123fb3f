"""What the program would declare, without an account and without Pulumi's engine; what nobody knows yet stays unknown."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from threading import Lock

from pulumi.runtime.rpc import UNKNOWN
from rich.console import Console
from rich.markup import escape
from rich.table import Table

import settings
from sandbox.deploy import program
from sandbox.deploy.monitor import Made, Registration
from sandbox.deploy.recorded import RECORDED
from sandbox.deploy.wire import Values


@dataclass(frozen=True, slots=True)
class Planned:
    """One resource: in which component and region, of which type, and what AWS will call it, as far as the program says.

    ``protected``: an update that would delete it is refused. ``recorded``: why a sandbox only notes it, empty when it makes it.
    """

    component: str
    region: str
    type: str
    name: str
    physical: str
    protected: bool
    recorded: str


def declared(config_file: Path) -> tuple[Registration, ...]:
    """Return what the program registers with the settings in *config_file*, before the first update.

    Raises :class:`settings.SettingsError` with every fault of the settings.
    """
    settings.load(config_file)
    noted = _Noted()
    program.run(config_file, noted, preview=True)
    return tuple(noted.all)


def preview(registrations: Iterable[Registration]) -> tuple[Planned, ...]:
    """Return *registrations* as a reader sees them, ordered by component, region and type."""
    return tuple(sorted(map(_planned, registrations), key=lambda each: (each.component, each.region, each.type, each.name)))


class _Noted:
    """An engine that makes nothing and knows nothing but what the program says."""

    def __init__(self) -> None:
        self.all: list[Registration] = []
        self._lock = Lock()

    def configure(self, provider: Values) -> None:
        pass

    def create(self, registration: Registration) -> Made:
        with self._lock:
            self.all.append(registration)
        return Made("", {})

    def call(self, function: str, _arguments: Values, _provider: Values) -> Values:
        """Answer with words that nobody takes for an address: what exists already is looked up by the real engine alone."""
        return dict.fromkeys(("id", "arn", "dnsName", "zoneId"), f"(known to {function.rpartition(':')[2]})")


def _planned(registration: Registration) -> Planned:
    said = (registration.inputs.get(key) for key in ("bucket", "identifier", "name"))
    return Planned(
        component=component(registration),
        region=str(registration.inputs.get("region") or "global"),
        type=registration.type.removeprefix("aws:").partition(":")[0],
        name=registration.name,
        physical=next((each for each in said if isinstance(each, str) and each != UNKNOWN), ""),
        protected=registration.protect,
        recorded=RECORDED.get(registration.type, ""),
    )


def component(registration: Registration) -> str:
    """Return the outermost of our components in its urn: Files in ``…Stack$solemate-dr:stacks:Files$solemate-dr:stacks:Bucket::…``."""
    return next((kind.rpartition(":")[2] for kind in registration.parent.split("::")[2].split("$") if ":stacks:" in kind), "")


def show(out: Console, planned: tuple[Planned, ...]) -> None:
    """Print one line for each component, region and type, and how many there are in all."""
    table = Table("component", "region", "type", "what", box=None, header_style="dim")
    last = ""
    for (component, region, kind), group in groupby(planned, key=lambda each: (each.component, each.region, each.type)):
        some = list(group)
        names = ", ".join(dict.fromkeys(escape(each.physical or each.name) for each in some))
        table.add_row(component if component != last else "", region, kind, names + ("  [yellow]protected[/]" if some[0].protected else ""))
        last = component
    out.print(table)
    regions = Counter(each.region for each in planned)
    out.print(f"{len(planned)} resources: " + ", ".join(f"{count} {region}" for region, count in sorted(regions.items())))


def show_recorded(out: Console, planned: tuple[Planned, ...]) -> None:
    """Print the types that a sandbox only records, each with the reason."""
    recorded = {each.type: each.recorded for each in planned if each.recorded}
    if recorded:
        out.print("The sandbox only records, and makes nothing of:")
    for kind, reason in sorted(recorded.items()):
        out.print(f"  {kind}: {reason}")
