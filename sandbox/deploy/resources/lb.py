"""Load balancers, target groups and listeners."""

from typing import Any

from sandbox.deploy.monitor import Made
from sandbox.deploy.registry import Wanted, answers, makes
from sandbox.deploy.wire import Values


@makes("aws:lb/loadBalancer:LoadBalancer")
def load_balancer(wanted: Wanted) -> Made:
    elb, inputs = wanted.client("elbv2"), wanted.inputs
    given = inputs.given(Name="name", Type="loadBalancerType", Subnets="subnets", SecurityGroups="securityGroups")
    made = elb.create_load_balancer(**given, Tags=wanted.tag_list())["LoadBalancers"][0]
    attributes = inputs.given(
        **{
            "deletion_protection.enabled": "enableDeletionProtection",
            "routing.http.drop_invalid_header_fields.enabled": "dropInvalidHeaderFields",
        }
    )
    elb.modify_load_balancer_attributes(LoadBalancerArn=made["LoadBalancerArn"], Attributes=_attributes(attributes))
    return Made(made["LoadBalancerArn"], _address(made))


@makes("aws:lb/targetGroup:TargetGroup")
def target_group(wanted: Wanted) -> Made:
    elb, inputs = wanted.client("elbv2"), wanted.inputs
    given = inputs.given(Name="name", Port="port", Protocol="protocol", TargetType="targetType", VpcId="vpcId")
    check = inputs["healthCheck"]
    made = elb.create_target_group(
        **given,
        HealthCheckPath=check["path"],
        Matcher={"HttpCode": check["matcher"]},
        HealthCheckIntervalSeconds=check["interval"],
        HealthCheckTimeoutSeconds=check["timeout"],
        HealthyThresholdCount=check["healthyThreshold"],
        UnhealthyThresholdCount=check["unhealthyThreshold"],
        Tags=wanted.tag_list(),
    )["TargetGroups"][0]
    delay = inputs.given(**{"deregistration_delay.timeout_seconds": "deregistrationDelay"})
    elb.modify_target_group_attributes(TargetGroupArn=made["TargetGroupArn"], Attributes=_attributes(delay))
    return Made(made["TargetGroupArn"], {"arn": made["TargetGroupArn"]})


@makes("aws:lb/listener:Listener")
def listener(wanted: Wanted) -> Made:
    inputs = wanted.inputs
    given = inputs.given(LoadBalancerArn="loadBalancerArn", Port="port", Protocol="protocol", SslPolicy="sslPolicy")
    if certificate := inputs.get("certificateArn"):
        given["Certificates"] = [{"CertificateArn": certificate}]
    actions = [{"Type": action["type"], "TargetGroupArn": action["targetGroupArn"]} for action in inputs["defaultActions"]]
    made = wanted.client("elbv2").create_listener(**given, DefaultActions=actions, Tags=wanted.tag_list())["Listeners"][0]
    return Made(made["ListenerArn"], {"arn": made["ListenerArn"]})


@answers("aws:lb/getLoadBalancer:getLoadBalancer")
def find_load_balancer(wanted: Wanted) -> Values:
    found = wanted.client("elbv2").describe_load_balancers(Names=[wanted.inputs["name"]])["LoadBalancers"][0]
    return _address(found)


def _address(balancer: dict[str, Any]) -> Values:
    return {
        "id": balancer["LoadBalancerArn"],
        "arn": balancer["LoadBalancerArn"],
        "name": balancer["LoadBalancerName"],
        "dnsName": balancer["DNSName"],
        "zoneId": balancer["CanonicalHostedZoneId"],
    }


def _attributes(values: dict[str, Any]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": str(value).lower()} for key, value in values.items()]
