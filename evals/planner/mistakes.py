"""The mistakes that say the most: those that the planner made with the most confidence. Pure."""

from hugginggpt.evals.record import Report, Row

_WORST = 20


def worst(report: Report, count: int = _WORST) -> list[Row]:
    """The wrong rows of the first part, those of the highest chance first."""
    wrong = [row for row in report.main if row.chance is not None and not row.is_right]
    return sorted(wrong, key=lambda row: (-(row.chance or 0.0), row.id))[:count]
