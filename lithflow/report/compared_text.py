"""How figures laid beside a run are printed: cells of a row, lines below it, marks and counts."""

from __future__ import annotations

import textwrap

from lithflow.report.comparing import TOLERANCE, Compared, counts, in_digits
from lithflow.report.statements import Role

__all__ = ["closing_line", "fed_line", "figure_cell", "legend", "moved_by", "result_cells", "wrapped"]

WIDTH = 120
"""Characters of a line."""
MARKS: dict[Role, str] = {"input": "*", "calibrated": "c", "other count": "*", "hold-out": "h", "": ""}
"""How a role is printed behind the ratio."""


def figure_cell(compared: Compared) -> str:
    """Print the figure."""
    return ("> " if compared.row.stated == "more than" else "") + in_digits(compared.figure)


def result_cells(compared: Compared, marks: int = 1) -> list[str]:
    """Print what the run gives: value, unit, ratio with its marks, ratio after the corrections, verdict."""
    corrected = compared.corrected_ratio
    mark = MARKS[compared.role] + ("m" if compared.moved_by else "")
    return [
        in_digits(compared.found),
        compared.row.unit,
        f"{compared.ratio:.2f}" + mark.ljust(marks),
        "–" if corrected is None else f"{corrected:.2f}",
        "not followed" if compared.role == "other count" else compared.verdict,
    ]


def legend(rows: list[Compared], scenario: str) -> tuple[str, ...]:
    """Say what the corrected ratio and the marks mean."""
    return (
        "corrected: ratio after the published flows and boundaries below a row",
        f"* an input of {scenario}, c a parameter was calibrated to it: these prove nothing",
        *(
            f"m {name}, calibrated to other figures, moves it: it agrees, or not, because of that too"
            for name in moved_by(rows)
        ),
    )


def moved_by(rows: list[Compared]) -> list[str]:
    """Name the calibrated parameters that move rows."""
    return list(dict.fromkeys(compared.moved_by for compared in rows if compared.moved_by))


def wrapped(text: str) -> list[str]:
    """Break a text into lines that stand below a row of a table; none for an empty one."""
    return textwrap.wrap(text, WIDTH, initial_indent="      ", subsequent_indent="        ")


def closing_line(rows: list[Compared]) -> str:
    """Count rows by verdict in words."""
    counted = counts(rows)
    share = 100 * counted["unexplained"] / max(len(rows), 1)
    return (
        f"{len(rows)} row{'' if len(rows) == 1 else 's'}: {counted['agrees']} agree within {100 * TOLERANCE:.0f} %, "
        f"{counted['explained']} explained, {counted['unexplained']} unexplained ({share:.0f} %)"
    )


def fed_line(rows: list[Compared]) -> str:
    """Count the rows that set or calibrated a parameter by verdict in words."""
    fed = counts([compared for compared in rows if compared.role in ("input", "calibrated")])
    return (
        f"{sum(fed.values())} inputs and calibrations: {fed['agrees']} agree, {fed['explained']} explained, "
        f"{fed['unexplained']} unexplained"
    )
