"""DB parameter groups: which parameters PostgreSQL gets, and when each takes hold.

PostgreSQL's own list says what exists and what needs a restart. RDS's own parameters (``rds.*``), formulas
(``{DBInstanceClassMemory/...}``) and preloaded libraries are kept and shown, but not passed on: the server here has none of that.
"""

from collections.abc import Iterable, Mapping

from moto.rds.models import DBParameterGroup

from sandbox.postgres_programs import Programs
from sandbox.rds.errors import InvalidCombination, InvalidValue

READ_ONLY = "default_transaction_read_only"
_THE_SERVICES = """
allow_alter_system archive_cleanup_command archive_command archive_library archive_mode archive_timeout config_file data_directory
external_pid_file fsync full_page_writes hba_file hot_standby ident_file listen_addresses port primary_conninfo primary_slot_name
recovery_end_command recovery_target recovery_target_action recovery_target_inclusive recovery_target_lsn recovery_target_name
recovery_target_time recovery_target_timeline recovery_target_xid restore_command unix_socket_directories wal_level
"""
_SHOWN_ONLY = frozenset({"shared_preload_libraries"})


def check(programs: Programs, asked: Iterable[Mapping[str, str]]) -> None:
    """Refuse, in RDS's words, what RDS refuses: unknown, unmodifiable, and static parameters at once."""
    for entry in asked:
        name = entry["ParameterName"]
        if name.startswith("rds."):
            continue
        if name not in programs.parameters:
            raise InvalidValue(f"Could not find parameter with name: {name}")
        if name in _THE_SERVICES.split():
            raise InvalidValue(f"The parameter {name} cannot be modified.")
        if programs.parameters[name].static and entry.get("ApplyMethod") == "immediate":
            raise InvalidCombination("cannot use immediate apply method for static parameter")


def dynamic(programs: Programs, names: Iterable[str]) -> set[str]:
    """Return those of *names* that take hold without a restart."""
    return {name for name in names if name in programs.parameters and not programs.parameters[name].static}


def values(programs: Programs, group: DBParameterGroup) -> dict[str, str]:
    """Return what *group* sets and PostgreSQL can be told."""
    given = {name: str(entry.get("ParameterValue") or "") for name, entry in group.parameters.items()}
    return {name: value for name, value in given.items() if value and "{" not in value and name in programs.parameters.keys() - _SHOWN_ONLY}


def is_on(value: str | None) -> bool:
    return (value or "").lower() in {"1", "on", "true", "yes"}
