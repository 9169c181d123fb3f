"""The steps that move the shoppers: scale the storefront, throw the switch, prove an order, tell people."""

from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from names import Names
from runbooks import shop
from runbooks.aws import ecs, sns
from runbooks.errors import Busy, StepFailed
from runbooks.journal import Facts
from runbooks.plan import Step
from runbooks.reach import Reach
from runbooks.switches import switch_of
from runbooks.watch import Aside, until

REPEAT = 5.0  # seconds between two turns of the switch: its metric keeps one datapoint per minute, and Route 53 must find one


def scale(reach: Reach, region: str, tasks: int, needs: tuple[str, ...] = (), *, name: str) -> Step:
    """Bring the storefront in *region* to *tasks* running tasks."""
    names = reach.names
    patience = min(timedelta(minutes=10), names.settings.disaster_recovery.rto)

    def settled(seen: ecs.Service) -> bool:
        return seen.desired == tasks and seen.running == tasks

    def act() -> Facts:
        watched = reach.storefront(region)
        if watched.now().desired != tasks:
            ecs.scale(reach.door(region), names.cluster, names.service, tasks)
        try:
            watched.until(f"{tasks} tasks to run in {region}", lambda seen: settled(seen) or None, patience)
        except StepFailed as error:
            seen = watched.now()
            raise StepFailed(
                f"{error.message}: {seen.running} of {tasks} run. ECS says: {seen.event or 'nothing'}",
                f"free capacity or quota, then --resume; or go on with what runs: --resume --skip {name} --reason WHY",
            ) from error
        return {"tasks": tasks}

    return Step(
        name=name,
        says=f"Run {tasks} storefront tasks in {region}",
        region=region,
        act=act,
        done=lambda: settled(reach.storefront(region).now()),
        needs=needs,
        estimate=timedelta(seconds=90),
        deadline=patience + timedelta(minutes=1),
    )


def switch(reach: Reach, target: str, needs: tuple[str, ...]) -> Step:
    """Turn the shop's name to *target* through the health checks' data plane, and wait until it resolves there."""
    names, thrown = reach.names, switch_of(reach.names)

    def act() -> Facts:
        turning = Aside(lambda: thrown.turn(reach, target), reach.clock, REPEAT)

        def led(_: float) -> bool | None:
            turning.tend()
            return shop.all_lead_to(names, target) or None

        until(f"{names.shop_domain} to lead to {target}", led, timedelta(minutes=10), reach.clock, every=0.25)
        return {"answers": [f"{answer.resolver} -> {answer.region}" for answer in shop.leads_to(names)]}

    return Step(
        name=f"switch-to-{target}",
        says=f"Turn {names.shop_domain} to {target}",
        region=target,
        act=act,
        done=lambda: shop.all_lead_to(names, target),
        needs=needs,
        estimate=timedelta(seconds=100),
        deadline=timedelta(minutes=11),
    )


def verify(reach: Reach, target: str, run: str, needs: tuple[str, ...]) -> Step:
    """Place an order as a shopper would, through DNS, and read it back: the service is back when *target* takes it."""
    names = reach.names
    order = uuid5(NAMESPACE_URL, f"{names.shop_domain}/{run}")

    def placed(_: float) -> str | None:
        region = shop.place_order(names, order)
        if region != target:
            raise Busy(f"the order was taken by {region}", "the name still leads elsewhere")
        return region

    def act() -> Facts:
        region = until(f"an order to be taken in {target}", placed, timedelta(minutes=5), reach.clock, every=0.5)
        return {"order": str(order), "taken_in": region}

    return Step(
        name="verify-order",
        says=f"Place an order at {names.shop_url} and read it back",
        region=target,
        act=act,
        done=lambda: False,  # an order placed a minute ago says nothing about now
        needs=needs,
        estimate=timedelta(seconds=3),
        deadline=timedelta(minutes=6),
    )


def announce(reach: Reach, region: str, run: str, text: str, needs: tuple[str, ...]) -> Step:
    """Tell the topic's subscribers. SNS cannot be asked whether it did, so a run that dies here tells them again on resuming."""
    names = reach.names

    def act() -> Facts:
        message = sns.publish(
            reach.door(region),
            names.topic_arn(region),
            f"SoleMate: {text}",
            f"{text}\nRun: {run}\nEvidence: s3://{_evidence(names)}/runs/{run}/",
        )
        return {"message": message, "topic": names.topic_arn(region)}

    return Step(
        name="announce",
        says=f"Announce it on {names.topic} in {region}",
        region=region,
        act=act,
        done=lambda: False,
        needs=needs,
        estimate=timedelta(seconds=1),
        deadline=timedelta(minutes=1),
        beside=True,
    )


def _evidence(names: Names) -> str:
    return names.journal_bucket(names.settings.recovery_region)
