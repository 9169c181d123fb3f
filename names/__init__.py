"""Every physical name and ARN, derived from settings and never looked up.

In a disaster a runbook needs the repository, credentials and the surviving region: no state backend, no stack outputs.
"""

from dataclasses import dataclass

from names.application import DOCKER_HUB, Application
from names.data import DRILLED, Data
from names.evidence import Evidence
from names.serving import COST_CENTRE, COST_TAG, DRILL_OVERDUE, GITHUB, TAKEOVER_METRIC, Serving
from names.vaults import Vaults


@dataclass(frozen=True, slots=True)
class Names(Data, Vaults, Evidence, Application, Serving):
    """The names of one stack, by their subject in the files of this package."""


__all__ = ["COST_CENTRE", "COST_TAG", "DOCKER_HUB", "DRILLED", "DRILL_OVERDUE", "GITHUB", "TAKEOVER_METRIC", "Names"]
