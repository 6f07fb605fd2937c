"""What is mended in a faulty draft, beyond what every draft is, before its good part is kept.

None of it is a guess: entries that say the same, ids used twice that nothing refers to, and
tasks that wait for themselves without using their own result. Pure.
"""

from collections.abc import Iterable, Iterator, Set

from hugginggpt.graph.arguments import referred
from hugginggpt.graph.dependencies import LEFT_OUT, imply_dependencies
from hugginggpt.graph.unfolding import Row, fresh_keys


def mend(rows: Iterable[Row], lost: Set[str], taken: Set[str]) -> list[Row]:
    """The rows, mended where there is one way to; those with a fault can't be kept.

    `lost` are ids of entries that can't be read; no row gets a new id of `taken`.
    """
    rows = _merge_twins(rows)
    doubled = _part_doubles(rows, taken)
    for row in rows:
        _cut_loop(row)
    imply_dependencies(rows)
    names = {row.key for row in rows}
    unclear = doubled | lost
    for row in rows:
        for key in (d for d in row.dependencies if d in unclear):
            why = "and two tasks have that id" if key in names else LEFT_OUT
            row.faults.append(f"{row.label} needs task {key}, {why}")
    return rows


def repeated(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows whose id an earlier one has."""
    seen: set[str] = set()
    for row in rows:
        if row.key in seen:
            yield row
        seen.add(row.key)


def blame_double(row: Row) -> None:
    """Complain that another row has the id too."""
    row.faults.append(f"two tasks have the id {row.key}; ids must differ")


def _merge_twins(rows: Iterable[Row]) -> list[Row]:
    """The rows without those that say the same as an earlier one."""
    firsts: dict[tuple[str, ...], Row] = {}
    for row in rows:
        first = firsts.setdefault(_content(row), row)
        if first is not row:
            first.notes.append(f"{first.label}: left out entry {row.position}, which says the same")
    return list(firsts.values())


def _content(row: Row) -> tuple[str, ...]:
    # As text, since 1 and True are equal, and not-a-number not even to itself.
    arguments = repr(sorted(row.arguments.items(), key=lambda item: item[0]))
    return row.key, row.kind.name, *sorted(row.dependencies), arguments


def _part_doubles(rows: list[Row], taken: Set[str]) -> set[str]:
    """Ids that mean more than one row; where nothing refers to the id, later rows get another."""
    wanted = {key for row in rows for key in (*row.dependencies, *referred(row))}
    fresh = fresh_keys(taken | wanted)
    doubled: set[str] = set()
    for row in list(repeated(rows)):
        if row.key in wanted:
            blame_double(row)
            doubled.add(row.key)
        else:
            old, row.key = row.key, next(fresh)
            row.notes.append(f"{row.label}: its id was {old}, which an earlier entry has")
    return doubled


def _cut_loop(row: Row) -> None:
    """Remove the dependency on itself of a row that does not use its own result."""
    if row.key in row.dependencies and row.key not in referred(row):
        row.dependencies.remove(row.key)
        row.notes.append(f"{row.label}: removed the dependency on itself")
