"""The recovery as a plan of ARC Region switch: well formed by AWS's own model, and with leave for its blocks and no more."""

import json
import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator

from names import Names
from tests.stacks.declared import ACCOUNT, EAST, WEST, Declared, by_arc, declare, region


@pytest.fixture(scope="module")
def request_of_plan(switched: Declared) -> dict[str, Any]:
    """What the provider would ask AWS for: the declared plan as a CreatePlan request."""
    declared = dict(switched.one("arcregionswitch/plan:Plan", "recovery"))
    del declared["region"]  # where the provider asks
    alarms = {alarm.pop("mapBlockKey"): alarm for alarm in map(dict, declared.pop("associatedAlarms"))}
    [report] = declared.pop("reportConfigurations")
    outputs = [{"s3Configuration": output["s3Configurations"][0]} for output in report["reportOutputs"]]
    workflows = [workflow | {"steps": [as_asked(step) for step in workflow["steps"]]} for workflow in declared.pop("workflows")]
    return declared | {"associatedAlarms": alarms, "reportConfiguration": {"reportOutput": outputs}, "workflows": workflows}


def as_asked(step: dict[str, Any]) -> dict[str, Any]:
    """Return a step as AWS takes it: a union of blocks, where the provider has a list for each."""
    [block] = [name for name in step if name.endswith("Configs")]
    [config] = step[block]
    if block == "parallelConfigs":
        config = {"steps": [as_asked(each) for each in config["steps"]]}
    if block == "arcRoutingControlConfigs":
        config = config | {
            "regionAndRoutingControls": {each["region"]: each["routingControls"] for each in config["regionAndRoutingControls"]}
        }
    rest = {name: value for name, value in step.items() if name != block}
    return rest | {"executionBlockConfiguration": {block.removesuffix("s"): config}}


def faults(value: Any, shape: Shape, path: str = "") -> list[str]:  # noqa: ANN401 - whatever stands in a request
    """Return what AWS's model says against *value* that botocore itself does not check: words, patterns and unknown names."""
    if isinstance(shape, StructureShape):
        unknown = [f"{path}.{name} is unknown" for name in value if name not in shape.members]
        return unknown + [
            fault for name in value.keys() & shape.members for fault in faults(value[name], shape.members[name], f"{path}.{name}")
        ]
    if isinstance(shape, ListShape):
        return [fault for number, each in enumerate(value) for fault in faults(each, shape.member, f"{path}[{number}]")]
    if isinstance(shape, MapShape):
        entries = [(key, shape.key) for key in value] + [(each, shape.value) for each in value.values()]
        return [fault for each, kind in entries for fault in faults(each, kind, f"{path}{{}}")]
    found = [] if not getattr(shape, "enum", ()) or value in shape.enum else [f"{path}: {value} is none of {shape.enum}"]
    pattern = shape.metadata.get("pattern")
    # An ARN that the tests' engine made up cannot have the form of AWS's.
    if pattern and "aws:iam/" not in str(value) and not re.fullmatch(pattern, value):
        found.append(f"{path}: {value} is not {pattern}")
    return found


def test_the_plan_is_what_aws_takes(request_of_plan: dict[str, Any]) -> None:
    """Types, required members, ranges, words, patterns and names, against the model of CreatePlan itself."""
    shape = botocore.session.get_session().get_service_model("arc-region-switch").operation_model("CreatePlan").input_shape
    report = ParamValidator().validate(request_of_plan, shape)
    assert not report.has_errors(), report.generate_report()
    assert faults(request_of_plan, shape) == []


def test_the_check_against_the_model_finds_what_is_wrong(request_of_plan: dict[str, Any]) -> None:
    """A misspelt block, action, member or name is seen."""
    shape = botocore.session.get_session().get_service_model("arc-region-switch").operation_model("CreatePlan").input_shape
    text = json.dumps(request_of_plan)
    for right, wrong in (
        ("ECSServiceScaling", "ECSScaling"),
        ("postRecovery", "recover"),
        ("timeoutMinutes", "timeout"),
        (":db:", ":rds:"),
    ):
        assert faults(json.loads(text.replace(right, wrong)), shape) != [], wrong


def test_each_type_of_block_has_its_own_configuration(request_of_plan: dict[str, Any]) -> None:
    """AWS refuses a block whose type and configuration differ, which no model says."""
    belongs = {
        "ARCRoutingControl": "arcRoutingControlConfig",
        "ECSServiceScaling": "ecsCapacityIncreaseConfig",
        "ManualApproval": "executionApprovalConfig",
        "Parallel": "parallelConfig",
        "RdsCreateCrossRegionReplica": "rdsCreateCrossRegionReadReplicaConfig",
        "RdsPromoteReadReplica": "rdsPromoteReadReplicaConfig",
    }
    steps = [step for workflow in request_of_plan["workflows"] for step in workflow["steps"]]
    steps += [each for step in steps for each in step["executionBlockConfiguration"].get("parallelConfig", {}).get("steps", [])]
    assert {step["executionBlockType"]: next(iter(step["executionBlockConfiguration"])) for step in steps} == belongs


def test_either_region_is_activated_in_the_order_of_the_commands(request_of_plan: dict[str, Any]) -> None:
    """Nothing is promoted before somebody decided what is lost, and no shopper is led to a database that takes no writes."""
    workflows = {(each["workflowTargetAction"], each["workflowTargetRegion"]): each["steps"] for each in request_of_plan["workflows"]}
    assert set(workflows) == {(action, where) for action in ("activate", "postRecovery") for where in (EAST, WEST)}
    for where in (EAST, WEST):
        names = [step["name"] for step in workflows["activate", where]]
        assert names == ["prepare", "promote", "switch-traffic"]
        prepare = workflows["activate", where][0]["executionBlockConfiguration"]["parallelConfig"]["steps"]
        assert [step["name"] for step in prepare] == ["scale-up", "approve-promotion"]
        assert [step["name"] for step in workflows["postRecovery", where]] == ["build-replica"]


def test_the_traffic_goes_to_the_region_that_is_activated(request_of_plan: dict[str, Any], names: Names) -> None:
    """Its own control on, the other's off: the safety rule takes no less."""
    [turn] = [step for step in request_of_plan["workflows"][0]["steps"] if step["name"] == "switch-traffic"]
    turned = turn["executionBlockConfiguration"]["arcRoutingControlConfig"]["regionAndRoutingControls"]
    for where, states in turned.items():
        on = {names.routing_control(each): "On" if each == where else "Off" for each in (EAST, WEST)}
        assert {state["routingControlArn"].rpartition("/")[2]: state["state"] for state in states} == on


def test_the_plan_says_the_objective_and_where_its_reports_are(request_of_plan: dict[str, Any], names: Names) -> None:
    """The time from the settings; a bucket that outlives the primary region; an alarm on each storefront."""
    assert request_of_plan["recoveryTimeObjectiveMinutes"] == 30
    assert (request_of_plan["primaryRegion"], request_of_plan["regions"]) == (EAST, [EAST, WEST])
    [output] = request_of_plan["reportConfiguration"]["reportOutput"]
    assert output["s3Configuration"] == {"bucketOwner": ACCOUNT, "bucketPath": f"{names.reports_bucket(WEST)}/region-switch"}
    assert {alarm["resourceIdentifier"] for alarm in request_of_plan["associatedAlarms"].values()} == {
        f"arn:aws:cloudwatch:{where}:{ACCOUNT}:alarm:solemate-prod-storefront-{where}" for where in (EAST, WEST)
    }


@pytest.mark.parametrize("where", [EAST, WEST])
def test_a_storefront_without_tasks_is_ill(switched: Declared, names: Names, where: str) -> None:
    """Each task reports once a minute: none is no report."""
    alarm = switched.of("cloudwatch/metricAlarm:MetricAlarm")[f"storefront-{where}"]
    assert (alarm.inputs["name"], region(alarm)) == (names.alarm(f"storefront-{where}"), where)
    assert alarm.inputs["dimensions"] == {"ClusterName": names.cluster, "ServiceName": names.service}
    assert (alarm.inputs["statistic"], alarm.inputs["treatMissingData"]) == ("SampleCount", "breaching")
    assert "alarmActions" not in alarm.inputs


def test_the_plans_reports_lie_in_a_bucket_that_is_declared(switched: Declared, names: Names) -> None:
    """The plan could not be executed with a report that goes nowhere."""
    assert names.reports_bucket(WEST) in {each.inputs["bucket"] for each in switched.of("s3/bucket:Bucket").values()}


def test_the_plan_may_do_its_blocks_on_what_is_ours(switched: Declared) -> None:
    """Nothing is deleted, and only Region switch takes the role on."""
    policy = json.loads(switched.one("iam/rolePolicy:RolePolicy", "region-switch")["policy"])["Statement"]
    for statement in policy:
        assert not [action for action in statement["Action"] if "*" in action or "Delete" in action]
    [trust] = json.loads(switched.one("iam/role:Role", "region-switch")["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "arc-region-switch.amazonaws.com"}


def test_an_operator_runs_this_plan_and_no_other(switched: Declared, names: Names) -> None:
    """The plan asks the operator's own role to approve, and the role may."""
    policy = switched.one("iam/rolePolicy:RolePolicy", "run-region-switch")
    assert policy["role"] == names.role("operator")
    [statement] = json.loads(policy["policy"])["Statement"]
    assert "arc-region-switch:ApprovePlanExecutionStep" in statement["Action"]
    assert statement["Resource"] == [f"arn:aws:arc-region-switch::{ACCOUNT}:plan/solemate-prod-recovery:*"]


def test_nothing_of_it_is_there_unless_it_is_asked_for(prod: Declared, controlled: Declared) -> None:
    """The commands alone recover, by default."""
    for declared in (prod, controlled):
        assert not [each.urn for each in declared.all if "RegionSwitch" in each.urn]


def test_a_preview_knows_no_arn_and_declares_the_same(switched: Declared, tmp_path: Path) -> None:
    """Nothing of a first update is made up."""
    first = declare(tmp_path, change=by_arc, preview=True)
    assert {each.urn for each in first.all} == {each.urn for each in switched.all}
    assert "Calling __str__" not in json.dumps([each.inputs for each in first.all])
