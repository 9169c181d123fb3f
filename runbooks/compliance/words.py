"""Numbers and moments as people read them, the same in every format."""

from datetime import UTC, date, datetime

from runbooks.compliance.figures import Figure
from runbooks.timeline import exact

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
NOT_MEASURED = "not measured"


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(at: date) -> str:
    return f"{at:%Y-%m-%d}"


def value(figure: Figure) -> str:
    return NOT_MEASURED if figure.value is None else measured(figure.value, figure.unit)


def objective(figure: Figure) -> str:
    if figure.objective is None:
        return ""
    said = measured(figure.objective, figure.unit)
    return f"at least {said}" if figure.unit == "percent" else f"within {said}"


def measured(number: float, unit: str) -> str:
    match unit:
        case "percent":
            return f"{number:.2f} %".replace(".00 %", " %")
        case "seconds":
            return exact(number)
        case "bytes":
            return size(number)
        case _:
            return f"{number:,.0f}"


def size(number: float) -> str:
    """Return bytes as people read them, in the largest unit that leaves one before the point."""
    for unit in UNITS:
        if number < 1024 or unit == UNITS[-1]:
            break
        number /= 1024
    return f"{number:,.0f} {unit}" if unit == "B" else f"{number:,.1f} {unit}"
