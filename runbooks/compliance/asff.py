"""What failed, as findings of AWS Security Hub: ``aws securityhub batch-import-findings --findings file://PART`` takes a hundred at a time.

The id of a finding stays the same from month to month, so that an import changes it instead of adding another.
Source: the AWS Security Finding Format, "Required top-level attributes".
"""

import orjson

from runbooks.compliance.findings import Finding
from runbooks.compliance.record import Report

TITLE, DESCRIPTION, REQUIREMENTS = 256, 1024, 32
"""The most characters, and the most requirements, that Security Hub takes."""


def render(made: Report) -> bytes:
    return orjson.dumps([_finding(made, each) for each in made.findings if each.verdict == "fail"], option=orjson.OPT_INDENT_2) + b"\n"


def _finding(made: Report, each: Finding) -> dict[str, object]:
    about, moment = made.about, made.about.collected.isoformat().replace("+00:00", "Z")
    asks = [control for control in made.controls if any(one.name == each.name for one in control.findings)]
    product = f"arn:aws:securityhub:{about.active_region}:{about.account}:product/{about.account}/default"
    return {
        "SchemaVersion": "2018-10-08",
        "Id": f"solemate-dr/{about.environment}/{each.name}",
        "ProductArn": product,
        "GeneratorId": f"solemate-dr/{each.name}",
        "AwsAccountId": about.account,
        "Types": ["Software and Configuration Checks/Industry and Regulatory Standards"],
        "CreatedAt": moment,
        "UpdatedAt": moment,
        "Severity": {"Label": "HIGH"},
        "Title": f"{about.environment}, {about.period.name}: not so: {each.title}"[:TITLE],
        "Description": each.says[:DESCRIPTION],
        "Resources": [{"Type": "AwsAccount", "Id": f"AWS::::Account:{about.account}", "Region": about.active_region}],
        "Compliance": {
            "Status": "FAILED",
            "RelatedRequirements": [f"{control.framework} {control.control.id}" for control in asks][:REQUIREMENTS],
        },
        "RecordState": "ACTIVE",
        "ProductFields": {"EvidenceSha256": made.sha256, "Bundle": made.bundle},
    }
