"""Two regions' databases, asked as the runbooks ask them: boto3 over HTTP, psycopg at the endpoint it names."""

import time
from typing import Any, LiteralString

import psycopg
import pytest
from botocore.exceptions import ClientError

from sandbox.client import Client
from sandbox.lab import Lab
from tests.sandbox.parts import EAST, WEST, client, until

USER, PASSWORD = "solemate", "correct-horse"
FENCE = "default_transaction_read_only"


class Shop:
    """Two regions' databases, and one client for each."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.control = lab, Client(lab.endpoint)
        self.rds = {region: client(lab, "rds", region) for region in (EAST, WEST)}
        for region in (EAST, WEST):
            for group in ("orders", "other"):
                self.rds[region].create_db_parameter_group(
                    DBParameterGroupName=group, DBParameterGroupFamily="postgres18", Description="of the tests"
                )

    def create(self, name: str, **more: object) -> None:
        self.rds[EAST].create_db_instance(
            DBInstanceIdentifier=name,
            Engine="postgres",
            DBInstanceClass="db.t4g.medium",
            AllocatedStorage=20,
            MasterUsername=USER,
            MasterUserPassword=PASSWORD,
            DBName="orders",
            DBParameterGroupName="orders",
            BackupRetentionPeriod=7,
            **more,
        )
        self.settle(EAST, name)
        self.sql(EAST, name, "create table orders (id int primary key)")

    def replicate(self, name: str, source: str = EAST, target: str = WEST, **more: object) -> None:
        arn = self.look(source, name)["DBInstanceArn"]
        self.rds[target].create_db_instance_read_replica(
            DBInstanceIdentifier=name, SourceDBInstanceIdentifier=arn, DBParameterGroupName="orders", **more
        )
        self.settle(target, name)

    def rename(self, region: str, name: str, new: str, **more: object) -> None:
        self.rds[region].modify_db_instance(DBInstanceIdentifier=name, NewDBInstanceIdentifier=new, ApplyImmediately=True, **more)
        self.settle(region, new)

    def look(self, region: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.rds[region].describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
        return found

    def settle(self, region: str, name: str) -> None:
        """Wait until the instance is available under *name*."""

        def available() -> bool:
            time.sleep(0.1)  # gently: asking costs more than what is waited for
            found = self.rds[region].describe_db_instances(Filters=[{"Name": "db-instance-id", "Values": [name]}])["DBInstances"]
            return bool(found and found[0]["DBInstanceStatus"] == "available")

        until(available, within=60)

    def connect(self, region: str, name: str, user: str = USER, password: str = PASSWORD) -> psycopg.Connection[Any]:
        endpoint = self.look(region, name)["Endpoint"]
        where = {"host": endpoint["Address"], "port": endpoint["Port"], "dbname": "orders"}
        return psycopg.connect(**where, user=user, password=password, autocommit=True, connect_timeout=5)

    def sql(self, region: str, name: str, query: LiteralString) -> list[tuple[Any, ...]]:
        with self.connect(region, name) as session:
            answer = session.execute(query)
            return answer.fetchall() if answer.description else []

    def ids(self, region: str, name: str) -> list[int]:
        return [number for (number,) in self.sql(region, name, "select id from orders order by id")]

    def set(self, region: str, parameter: str, value: str, how: str = "immediate", group: str = "orders") -> None:
        asked = {"ParameterName": parameter, "ParameterValue": value, "ApplyMethod": how}
        self.rds[region].modify_db_parameter_group(DBParameterGroupName=group, Parameters=[asked])

    def apply_status(self, region: str, name: str) -> str:
        return str(self.look(region, name)["DBParameterGroups"][0]["ParameterApplyStatus"])

    def fence(self, region: str, name: str, on: bool) -> None:
        self.set(region, FENCE, "1" if on else "0")
        until(lambda: self.apply_status(region, name) == "in-sync")


def refused(code: str) -> pytest.RaisesExc[ClientError]:
    return pytest.raises(ClientError, match=rf"\({code}\)")
