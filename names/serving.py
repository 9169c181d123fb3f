"""The shop as it is served: service, routing, alarms, roles."""

from names.base import Base

TAKEOVER_METRIC = "Takeover"
DRILL_OVERDUE = "DrillOverdue"
COST_TAG, COST_CENTRE = "cost-center", "disaster-recovery"
GITHUB = "token.actions.githubusercontent.com"


class Serving(Base):
    __slots__ = ()

    @property
    def cluster(self) -> str:
        """The ECS cluster, the same name in both regions."""
        return self.settings.workload.service.cluster

    @property
    def service(self) -> str:
        return self.settings.workload.service.name

    @property
    def load_balancer(self) -> str:
        """The load balancer, the same name in both regions."""
        return self.settings.workload.load_balancer

    @property
    def target_group(self) -> str:
        return f"{self.prefix}-shop"[:32]

    @property
    def shop_domain(self) -> str:
        """The name shoppers resolve, such as ``shop.solemate.example``."""
        return f"{self.settings.routing.record}.{self.settings.routing.zone}"

    @property
    def shop_url(self) -> str:
        shop = self.settings.workload.shop
        return f"{shop.scheme}://{self.shop_domain}:{shop.port}"

    def region_domain(self, region: str) -> str:
        """The name that always leads to *region*'s load balancer; how a runbook tells which region an answer belongs to."""
        return f"{self.settings.routing.record}-{region}.{self.settings.routing.zone}"

    @property
    def metrics(self) -> str:
        """The CloudWatch namespace of our own metrics: one for each environment, or one's drill would throw another's switch."""
        return f"{self.prefix}/recovery"

    def takeover_alarm(self, region: str) -> str:
        """The alarm in *region* that is the switch "this region has taken over": its metric at 1 turns the other region's record away."""
        return f"{self.prefix}-takeover-{region}"

    @property
    def control_cluster(self) -> str:
        """The ARC cluster that keeps the routing controls, and the one control panel on it."""
        return f"{self.prefix}-routing"

    def routing_control(self, region: str) -> str:
        """The routing control "shoppers may be led to *region*"."""
        return f"{self.prefix}-{region}"

    @property
    def region_switch(self) -> str:
        """The plan of ARC Region switch, which takes 32 letters, digits and hyphens."""
        return f"{self.prefix}-recovery"

    @property
    def region_switch_arn(self) -> str:
        """The plan's ARN, but for the six characters at its end that AWS chooses."""
        return f"arn:aws:arc-region-switch::{self.settings.account}:plan/{self.region_switch}:*"

    def cluster_arn(self, region: str) -> str:
        return self.arn("ecs", region, f"cluster/{self.cluster}")

    def service_arn(self, region: str) -> str:
        return self.arn("ecs", region, f"service/{self.cluster}/{self.service}")

    def alarm_arn(self, what: str, region: str) -> str:
        return self.arn("cloudwatch", region, f"alarm:{self.alarm(what)}")

    @property
    def safety_rule(self) -> str:
        """The rule that one region at least is on."""
        return f"{self.prefix}-one-region-on"

    def alarm(self, what: str) -> str:
        return f"{self.prefix}-{what}"

    def dashboard(self, region: str) -> str:
        """The CloudWatch dashboard of *region*. Dashboards belong to the account: under one name the second would replace the first."""
        return f"{self.prefix}-{region}"

    @property
    def costs(self) -> str:
        """The budget of what recovery costs, and the monitor and the subscription that notice when it costs more than usual."""
        return f"{self.prefix}-recovery-costs"

    @property
    def schedule_group(self) -> str:
        """The group of all our schedules in EventBridge Scheduler, the same name in both regions."""
        return f"{self.prefix}-recovery"

    def schedule(self, what: str) -> str:
        """The schedule of EventBridge Scheduler for *what*."""
        return f"{self.prefix}-{what}"

    def event_rule(self, what: str) -> str:
        """The EventBridge rule about *what*, the same name in both regions."""
        return f"{self.prefix}-{what}"

    def event_bus_arn(self, region: str) -> str:
        """The default bus, on which AWS's own events arrive."""
        return self.arn("events", region, "event-bus/default")

    def topic_arn(self, region: str) -> str:
        return self.arn("sns", region, self.topic)

    @property
    def topic(self) -> str:
        """The topic for announcements and alarms, the same name in both regions."""
        return f"{self.prefix}-recovery"

    def alert_test(self, token: str) -> str:
        """The queue that hears of alarms while one test of them lasts."""
        return f"{self.prefix}-alert-test-{token}"

    def role(self, purpose: str) -> str:
        return f"{self.prefix}-{purpose}"

    def role_arn(self, purpose: str) -> str:
        return f"arn:aws:iam::{self.settings.account}:role/{self.role(purpose)}"

    @property
    def mfa_tag(self) -> str:
        """The tag by which a role vouches that nobody enters it without a second factor."""
        return f"{self.prefix}-mfa"

    @property
    def github_provider_arn(self) -> str:
        """The account's trust in what GitHub says of its workflows."""
        return f"arn:aws:iam::{self.settings.account}:oidc-provider/{GITHUB}"

    @property
    def reporter_arn(self) -> str:
        """The role that AWS Backup makes for itself, with the first framework, to deliver reports."""
        return f"arn:aws:iam::{self.settings.account}:role/aws-service-role/reports.backup.amazonaws.com/AWSServiceRoleForBackupReports"
