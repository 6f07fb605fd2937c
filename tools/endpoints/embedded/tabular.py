"""Predicting one column of a table from the others, with scikit-learn, from that table alone."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_word
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.media import read_table

if TYPE_CHECKING:
    import pandas as pd

Goal = Literal["category", "number"]

FEWEST_ROWS = 10
"""Rows with a known target that learning needs."""
_FOLDS = 5
_MOST_CATEGORIES = 50
_ALIKE = 0.85
"""How alike a word and a column name must be to be taken for the same (difflib ratio)."""
_MOST_LISTED = 20
_FOREST_ROWS = 2_000
"""Above this many rows, boosting on binned values takes the forest's place: it is faster."""


@dataclass(frozen=True)
class Table:
    """A table made ready for learning."""

    frame: pd.DataFrame
    """As it was read."""
    target: str
    features: pd.DataFrame
    values: pd.Series[Any]
    """The target, missing where it is to be predicted."""


class Trained(NamedTuple):
    """A model, and how well its like did on rows that it had not seen."""

    name: str
    model: Any
    score: float
    unseen: Any
    """For each row with a known target, what was predicted without knowing it."""


def predict_category(arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The table with a category predicted where `target` is missing, and how far to trust it."""
    return _predict(arguments, call, "category")


def predict_number(arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The table with a number predicted where `target` is missing, and how far to trust it."""
    return _predict(arguments, call, "number")


def _predict(arguments: Mapping[str, Any], call: Call, goal: Goal) -> list[Artifact]:
    """The table with the column `<target>_predicted`, and facts with the first predictions.

    Where no row misses its target, each row's prediction comes from a model that has not seen
    that row. The score is measured on such rows too: accuracy, or the coefficient of
    determination (1 perfect, 0 no better than the average). Rows are counted from 1.
    """
    table = _prepare(arguments["table"], given_word(arguments, "target"), goal)
    trained = _train(table, goal, call)
    missing = table.values.isna()
    if missing.any():
        predicted = trained.model.predict(table.features[missing])
    else:
        missing, predicted = ~missing, trained.unseen
    whole = table.frame.copy()
    column = f"{table.target}_predicted"
    whole[column] = None
    whole.loc[missing, column] = [_plain(value) for value in predicted]
    rows = [number + 1 for number, wanted in enumerate(missing) if wanted]
    facts = {
        "target": table.target,
        "rows_predicted": len(rows),
        "model": trained.name,
        "metric": "accuracy" if goal == "category" else "r2",
        "score": round(trained.score, 4),
        "folds": _FOLDS,
        "predictions": [
            {"row": row, "prediction": _plain(value)}
            for row, value in list(zip(rows, predicted, strict=True))[:_MOST_LISTED]
        ],
    }
    # convert_dtypes: a column of whole numbers with gaps was read as floats, 7 as 7.0.
    content = whole.convert_dtypes().to_csv(index=False).encode()
    written = call.workspace.write(
        content, ".csv", "table", "predictions", rows=len(whole), columns=len(whole.columns)
    )
    return [written, Artifact.of_data(facts)]


def _plain(value: Any) -> Any:
    """The value as JSON has it; numbers with four significant digits or to the unit."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float):
        return round(value) if abs(value) >= 1000 else float(f"{value:.4g}")
    return value


def _prepare(path: Path, wanted: str | None, goal: Goal) -> Table:
    frame = read_table(path)
    target = _find_column(frame, wanted, path)
    values = frame[target]
    if goal == "number":
        values = _as_numbers(values, target, path)
    else:
        values = values.convert_dtypes().astype("string").astype(object)
    known = values.dropna()
    if len(known) < FEWEST_ROWS:
        raise TaskError(
            f"{path.name!r} has {len(known)} rows with a known {target!r}; "
            f"learning from them needs at least {FEWEST_ROWS}"
        )
    _check_variety(known, target, goal)
    features = _features(frame.drop(columns=[target, f"{target}_predicted"], errors="ignore"))
    if features.empty:
        raise TaskError(f"{path.name!r} has no column besides {target!r} that says anything")
    return Table(frame, target, features, values)


def _find_column(frame: pd.DataFrame, wanted: str | None, path: Path) -> str:
    names = {str(name).strip().lower(): str(name) for name in frame.columns}
    if wanted is None:
        return str(frame.columns[-1])
    if wanted.lower() not in names:
        close = difflib.get_close_matches(wanted.lower(), names, n=1, cutoff=_ALIKE)
        if close:  # "prices" for the column "price"
            return names[close[0]]
        listed = ", ".join(str(name) for name in frame.columns[:_MOST_LISTED])
        raise TaskError(f"{path.name!r} has no column {wanted!r}; its columns are {listed}")
    return names[wanted.lower()]


def _as_numbers(values: pd.Series[Any], target: str, path: Path) -> pd.Series[Any]:
    import pandas as pd

    if pd.api.types.is_numeric_dtype(values):
        return values.astype(float)
    bare = values.astype("string").str.replace(r"[$€£¥%,\s]", "", regex=True)
    numbers: pd.Series[Any] = pd.to_numeric(bare, errors="coerce")
    wrong = values[numbers.isna() & values.notna() & (bare != "")]
    if len(wrong):
        raise TaskError(
            f"the column {target!r} of {path.name!r} holds {str(wrong.iloc[0])!r}, which is no "
            "number; use tabular-classification for categories"
        )
    return numbers.astype(float)


def _check_variety(known: pd.Series[Any], target: str, goal: Goal) -> None:
    kinds = known.nunique()
    if kinds < 2:
        raise TaskError(f"every known {target!r} is {known.iloc[0]!r}: there is nothing to learn")
    if goal == "category" and (kinds > _MOST_CATEGORIES or kinds > len(known) / 2):
        raise TaskError(
            f"the column {target!r} has {kinds} different values in {len(known)} rows, which are "
            "too many for categories; use tabular-regression for numbers"
        )


def _features(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns worth learning from: numbers, and words that come back in other rows."""
    import pandas as pd

    kept: dict[str, pd.Series[Any]] = {}
    for name in frame.columns:
        column = frame[name]
        if column.nunique() < 2:
            continue
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            kept[str(name)] = column.astype(float)
        elif column.nunique() <= max(2, min(_MOST_CATEGORIES, len(column) / 2)):
            kept[str(name)] = column.astype(object).where(column.notna(), "(missing)").astype(str)
    return pd.DataFrame(kept)


def _train(table: Table, goal: Goal, call: Call) -> Trained:
    """The better of two models in cross-validation, trained on all rows with a known target."""
    from sklearn.metrics import accuracy_score, r2_score
    from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict

    known = table.values.notna()
    features, values = table.features[known], table.values[known]
    stratified = goal == "category" and values.value_counts().min() >= _FOLDS
    splitter = StratifiedKFold if stratified else KFold
    folds = splitter(_FOLDS, shuffle=True, random_state=0)
    measure = accuracy_score if goal == "category" else r2_score
    tried = []
    models = _models(goal, table.features, len(values))
    for number, (name, model) in enumerate(models.items()):
        call.progress(f"trying a {name} on {len(values):,} rows", number / len(models))
        unseen = cross_val_predict(model, features, values, cv=folds)
        tried.append(Trained(name, model, float(measure(values, unseen)), unseen))
    best = max(tried, key=lambda each: each.score)
    best.model.fit(features, values)
    return best


def _models(goal: Goal, features: pd.DataFrame, rows: int) -> dict[str, Any]:
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import (
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
        RandomForestClassifier,
        RandomForestRegressor,
    )
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [name for name in features if features[name].dtype == float]
    words = [name for name in features if features[name].dtype != float]

    def pipeline(model: Any) -> Any:
        filled = make_pipeline(
            SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()
        )
        coded = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        return make_pipeline(make_column_transformer((filled, numbers), (coded, words)), model)

    category = goal == "category"
    linear = LogisticRegression(max_iter=2000) if category else Ridge()
    if rows > _FOREST_ROWS:
        boosting = HistGradientBoostingClassifier if category else HistGradientBoostingRegressor
        other = ("boosted forest", boosting(random_state=0))
    else:
        forest = RandomForestClassifier if category else RandomForestRegressor
        other = ("random forest", forest(100, random_state=0))
    return {"linear model": pipeline(linear), other[0]: pipeline(other[1])}
