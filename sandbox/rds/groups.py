"""Operations on DB parameter groups: a change reaches each running server that uses the group, in this region alone."""

from collections.abc import Iterable
from typing import Any

from moto.rds.exceptions import DBParameterGroupNotFoundError
from moto.rds.models import DBParameterGroup

from sandbox.rds import parameters
from sandbox.rds.base import Base


class GroupOperations(Base):
    def modify_db_parameter_group(
        self, db_parameter_group_name: str, db_parameter_group_parameters: Iterable[dict[str, Any]]
    ) -> DBParameterGroup:
        asked = list(db_parameter_group_parameters)
        parameters.check(self.estate.programs, asked)
        described = [{**entry, "Source": "user", "IsModifiable": True} for entry in asked]
        group = super().modify_db_parameter_group(db_parameter_group_name, described)
        self._take_up(group, [entry["ParameterName"] for entry in asked if entry.get("ApplyMethod") == "immediate"])
        return group

    def reset_db_parameter_group(self, name: str, everything: bool, asked: Iterable[dict[str, Any]]) -> DBParameterGroup:
        """Return parameters to their defaults: dynamic ones now, static ones at the next reboot."""
        if name not in self.db_parameter_groups:
            raise DBParameterGroupNotFoundError(name)
        group = self.db_parameter_groups[name]
        names = list(group.parameters) if everything else [entry["ParameterName"] for entry in asked]
        for each in names:
            group.parameters.pop(each, None)
        self._take_up(group, names)
        return group

    def _take_up(self, group: DBParameterGroup, names: list[str]) -> None:
        for instance in self.estate.within(self.region_name):
            if instance.runs_under(group):
                instance.take_up(names)
