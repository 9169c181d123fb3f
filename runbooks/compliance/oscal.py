"""The report as OSCAL assessment results. The same evidence gives the same UUIDs, and so the same bytes.

Source: NIST's model "assessment-results", 1.1.3. It knows satisfied and not-satisfied alone: what has no evidence, or is excepted, is not
satisfied, and its remarks say so. It asks for an assessment plan; there is none, and a resource in the back matter says that.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

from runbooks.compliance.bundle import Manifest
from runbooks.compliance.case import Verdict
from runbooks.compliance.findings import Finding
from runbooks.compliance.mapping import Answered
from runbooks.compliance.record import Report, last_seen

VERSION = "1.1.3"
PLAN, BUNDLE = "assessment plan", "evidence"
Content = dict[str, object]
METHOD: dict[Verdict, str] = {"pass": "TEST", "fail": "TEST", "no evidence": "UNKNOWN"}


def render(made: Report, manifest: Manifest) -> bytes:
    space = uuid5(NAMESPACE_URL, f"urn:solemate-dr:{made.sha256}")
    results: Content = {
        "uuid": _uuid(space, "results"),
        "metadata": {
            "title": f"Backup and recovery of {_line(made.about.environment)}, {made.about.period.name}",
            "last-modified": _moment(made.about.collected),
            "version": made.bundle,
            "oscal-version": VERSION,
        },
        "import-ap": {"href": f"#{_uuid(space, PLAN)}", "remarks": "There is no assessment plan in OSCAL; the mapping is in the evidence."},
        "results": [_result(made, space)],
        "back-matter": {"resources": [*_resources(manifest, space)]},
    }
    return orjson.dumps({"assessment-results": results}, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n"


def token(framework: str, control: str) -> str:
    """Return a control's id as OSCAL takes it: letters, digits, dots, hyphens and underscores, a letter first."""
    return f"{framework}_{re.sub(r'[^A-Za-z0-9.]+', '-', control).strip('-')}"


def _result(made: Report, space: UUID) -> Content:
    about = made.about
    selections = [
        {
            "description": framework.name,
            "include-controls": [{"control-id": token(framework.id, control.id)} for control in framework.controls],
        }
        for framework in made.frameworks
    ]
    return {
        "uuid": _uuid(space, "result"),
        "title": f"Period {about.period.name}",
        "description": f"{', '.join(f'{count} {verdict}' for verdict, count in made.counts.items())}, of {len(made.controls)} controls.",
        "start": _moment(about.period.since),
        "end": _moment(last_seen(about)),
        "props": [
            {"name": "evidence-sha256", "value": made.sha256},
            {"name": "measured-on", "value": "sandbox" if about.sandbox else "aws"},
        ],
        "reviewed-controls": {"control-selections": selections},
        "observations": [_observation(made, each, space) for each in made.findings],
        "findings": [_finding(each, space) for each in made.controls],
    }


def _observation(made: Report, each: Finding, space: UUID) -> Content:
    counted = ", ".join(f"{source.file}: {len(source.ids)} records" for source in each.sources if source.ids)
    evidence = [{"href": f"#{_uuid(space, BUNDLE)}", "description": counted}] if counted else []
    return {
        "uuid": _uuid(space, f"observation {each.name}"),
        "title": each.title,
        "description": each.says or each.verdict,
        "props": [{"name": "finding", "value": each.name}, {"name": "verdict", "value": each.verdict}],
        "methods": [METHOD[each.verdict]],
        "collected": _moment(made.about.collected),
        **({"relevant-evidence": evidence} if evidence else {}),
    }


def _finding(each: Answered, space: UUID) -> Content:
    name = token(each.framework, each.control.id)
    accepted = "; ".join(f"accepted by {one.owner} until {one.until}: {one.reason}" for one in each.exceptions)
    said = {"pass": "pass", "fail": "fail"}.get(each.verdict, "other")
    status: Content = {"state": "satisfied" if each.verdict == "pass" else "not-satisfied", "reason": said}
    if said == "other":
        status["remarks"] = accepted or each.verdict
    return {
        "uuid": _uuid(space, f"finding {name}"),
        "title": f"{name}: {each.verdict}",
        "description": each.control.asks,
        "target": {"type": "objective-id", "target-id": name, "status": status},
        "related-observations": [{"observation-uuid": _uuid(space, f"observation {one.name}")} for one in each.findings],
    }


def _resources(manifest: Manifest, space: UUID) -> Iterator[Content]:
    yield {
        "uuid": _uuid(space, PLAN),
        "title": "No assessment plan",
        "description": "What is asked is in documents/frameworks.yaml.",
    }
    files = [{"href": f"evidence/{each.path}", "hashes": [{"algorithm": "SHA-256", "value": each.sha256}]} for each in manifest.files]
    yield {"uuid": _uuid(space, BUNDLE), "title": f"Evidence {manifest.name}", "description": "Signed; one record a line.", "rlinks": files}


def _uuid(space: UUID, name: str) -> str:
    return str(uuid5(space, name))


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _line(text: str) -> str:
    return " ".join(text.split())
