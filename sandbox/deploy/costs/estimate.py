"""What the declared resources cost a month, as an estimate: from what the program registers, and from prices that each name their source.

Nothing is silently free. A type is estimated, or known to cost nothing by itself, or named as not estimated; a quantity whose price is
not known is shown without one, and the total is then the least that it can be.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from runbooks.errors import Refused
from sandbox.deploy.costs.amounts import Declared, Sizes
from sandbox.deploy.costs.kinds import COUNTED, FREE
from sandbox.deploy.monitor import Registration
from sandbox.deploy.preview import component

PRICES = Path(__file__).with_name("prices.yaml")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one *per*. ``page`` is AWS's own, ``read`` says where and of when the number was read."""

    usd: float
    per: str
    page: str
    read: str


@dataclass(frozen=True, slots=True)
class Line:
    """What one component's resources cost for one thing. ``month`` and ``price`` are None when no price is known."""

    component: str
    what: str
    quantity: float
    per: str
    price: float | None
    month: float | None
    page: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """``least`` is the sum of the lines that have a price. ``not_estimated`` counts the types that nobody has looked at, and ``budgets``
    are the monthly ones that the program itself declares.
    """

    lines: tuple[Line, ...]
    least: float
    unpriced: int
    not_estimated: Mapping[str, int]
    free: Mapping[str, str]
    assumptions: tuple[str, ...]
    budgets: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Prices:
    regions: tuple[str, ...]
    prices: Mapping[str, Price]
    assumptions: Mapping[str, float]
    newest: date
    oldest: date


@cache
def known_prices() -> Prices:
    """Return the prices that the repository holds."""
    data = yaml.safe_load(PRICES.read_text(encoding="utf-8"))
    sources = data["sources"]
    used = [sources[price["read"]] for price in data["prices"].values()]
    return Prices(
        regions=tuple(data["regions"]),
        prices={name: Price(**{**price, "read": _of(sources[price["read"]])}) for name, price in data["prices"].items()},
        assumptions=data["assumptions"],
        oldest=min(source["of"] for source in used),
        newest=max(source["of"] for source in used),
    )


def sizes(typed: Mapping[str, str]) -> dict[str, float]:
    """Return what was *typed* for the command's options, under the names of the assumptions that it replaces; empty text replaces none."""
    given = {}
    for option, text in typed.items():
        if not text:
            continue
        if not re.fullmatch(r"\d{1,9}(\.\d{1,3})?", text) or (option == "daily-change" and float(text) > 100):
            what = "per cent, 0 to 100" if option == "daily-change" else "gigabytes"
            raise Refused(f"--{option} {text} is not an amount", f"write a number of {what}")
        name, unit = option.split("-")
        given[name + unit.capitalize()] = float(text)
    return given


def _of(source: Mapping[str, Any]) -> str:
    return f"{source['what']} ({source['of']})"


def estimate(registrations: Iterable[Registration], known: Prices, given: Mapping[str, float]) -> Estimate:
    """Return what *registrations* cost a month at the *known* prices; what is *given* replaces their assumptions."""
    declared = Declared(tuple(registrations), Sizes.of({**known.assumptions, **given}))
    amounts: defaultdict[tuple[str, str, str], float] = defaultdict(float)
    unknown: defaultdict[str, int] = defaultdict(int)
    free = {}
    for each in declared.all:
        kind = each.type.removeprefix("aws:").partition(":")[0]
        if kind in COUNTED:
            for what, price, quantity in COUNTED[kind](each, declared):
                amounts[component(each), what, price] += quantity
        elif kind in FREE:
            free[kind] = FREE[kind]
        else:
            unknown[kind] += 1
    lines = tuple(_line(where, what, price, quantity, known) for (where, what, price), quantity in sorted(amounts.items()) if quantity)
    return Estimate(
        lines=lines,
        least=round(sum(line.month or 0 for line in lines), 2),
        unpriced=sum(line.month is None for line in lines),
        not_estimated=dict(sorted(unknown.items())),
        free=dict(sorted(free.items())),
        assumptions=_assumptions(declared, known, given),
        budgets={str(each.inputs["name"]): float(each.inputs["limitAmount"]) for each in declared.of("budgets/budget")},
    )


def _line(where: str, what: str, price: str, quantity: float, known: Prices) -> Line:
    name, _, per = price.partition("/")
    found = known.prices.get(name)
    if found is None:
        return Line(where, what, round(quantity, 2), per, None, None, "")
    return Line(where, what, round(quantity, 2), found.per, found.usd, round(quantity * found.usd, 2), found.page)


def _assumptions(declared: Declared, known: Prices, given: Mapping[str, float]) -> tuple[str, ...]:
    """Return every assumption in words: what was given is none of ours, but shapes the numbers as much."""
    sizes = declared.sizes
    regions = sorted({str(each.inputs["region"]) for each in declared.all if each.inputs.get("region")} - set(known.regions))
    hint = "" if given else " (change with --database-gb, --files-gb, --application-gb, --daily-change)"
    data = f"database {sizes.database_gb:g} GB, files {sizes.files_gb:g} GB, what else is backed up {sizes.application_gb:g} GB"
    evidence = f"{sizes.evidence_gb:g} GB in each bucket of evidence, {sizes.logs_gb:g} GB of logs a month in each log group"
    said = [
        f"{data}; a day changes {sizes.daily_change * 100:g} % of each{hint}",
        f"{evidence}, {sizes.build_minutes:g} minutes of building a month, {sizes.hours:g} hours in a month",
        "full retention is reached: every recovery point that the schedules keep is there, the oldest whole, the others what changed since",
        "the standby idles at its pilot light; a failover, a drill and what shoppers ask for come on top",
        "no requests, messages or restores; no free tier, discount or tax",
        f"prices of {' and '.join(known.regions)}, of {known.oldest} to {known.newest}; sandbox/deploy/costs/prices.yaml has each source",
    ]
    if regions:
        said.append(f"{', '.join(regions)} may cost more: the prices are not of there")
    return tuple(said)


def show(out: Console, estimated: Estimate) -> None:
    """Print the estimate, what it rests on, and what is not in it."""
    table = Table("component", "what", "a month", "price", "US$", box=None, header_style="dim")
    for place in (2, 3, 4):
        table.columns[place].justify = "right"
    last = ""
    for line in estimated.lines:
        price = "no price known" if line.price is None else f"{line.price:g}"
        month = "" if line.month is None else f"{line.month:,.2f}"
        table.add_row(line.component if line.component != last else "", line.what, f"{line.quantity:,.10g} {line.per}", price, month)
        last = line.component
    out.print("\n[bold]Estimate[/] of what this costs in a month, once everything is full; not an offer, and not what AWS will charge")
    out.print(table)
    out.print(f"[bold]{_total(estimated)}[/]")
    for name, budget in estimated.budgets.items():
        if budget < estimated.least:
            out.print(f"[yellow]That is more than the budget {name} of US$ {budget:,.0f}: AWS would tell of it every month.[/]")
    out.print("Assumed:")
    for assumption in estimated.assumptions:
        out.print(f"  {escape(assumption)}")
    for kind, count in estimated.not_estimated.items():
        out.print(f"[yellow]not estimated: {kind}[/] ({count})")


def _total(estimated: Estimate) -> str:
    """Return the total in words: with a price missing, or a type that nobody looked at, it is only the least."""
    missing = [f"{estimated.unpriced} of the lines without a known price"] * bool(estimated.unpriced)
    missing += [f"{sum(estimated.not_estimated.values())} resources that are not estimated"] * bool(estimated.not_estimated)
    total = f"US$ {estimated.least:,.2f} a month"
    return f"at least {total}, and what {' and '.join(missing)} cost" if missing else f"about {total}"
