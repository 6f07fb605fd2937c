"""Numbers over time: forecasts, and the next action of an agent."""

import inspect
import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_count, given_word
from hugginggpt.tools.endpoints.local.families import Loaded, Weights
from hugginggpt.tools.endpoints.local.loading import auto_class, load_model
from hugginggpt.tools.errors import TaskError

if TYPE_CHECKING:
    import pandas as pd

_FEWEST = 4
"""Values that a forecast is made from, at least."""


def load_forecaster(weights: Weights) -> Loaded:
    """A model of time series: of the class that its config names, else of the Auto class.

    Raises:
        TaskError: it is none, or needs more than numbers.

    """
    import transformers

    named = next(iter(weights.config.get("architectures") or []), "")
    if not named.endswith("ForPrediction") or not hasattr(transformers, named):
        return Loaded(weights, load_model(weights, auto_class("AutoModelForTimeSeriesPrediction")))
    kind = getattr(transformers, named)
    if "past_time_features" in inspect.signature(kind.forward).parameters:
        raise TaskError(
            f"{weights.model} is a {named}, which wants facts about each date; take a model that "
            "reads numbers alone, such as a TimesFM or PatchTST"
        )
    return Loaded(weights, load_model(weights, kind))


def forecast(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The table with the rows that follow, and the forecast as data.

    The setting `target` names the column, `steps` says how many rows.

    Raises:
        TaskError: there is no such column, it holds no numbers, or too few.

    """
    from hugginggpt.tools.media import read_table

    table = read_table(arguments["table"])
    column = _column(table, given_word(arguments, "target"))
    values = table[column].dropna().astype(float).tolist()
    if len(values) < _FEWEST:
        raise TaskError(f"the column {column!r} holds {len(values)} numbers; {_FEWEST} are needed")
    steps = given_count(arguments, "steps", 1, 10_000)
    call.progress("looking ahead", None)
    ahead = _ahead(loaded, values)
    if steps is not None and steps > len(ahead):
        raise TaskError(f"{loaded.weights.model} looks {len(ahead)} steps ahead, not {steps}")
    rows = [{"step": n + 1, column: round(v, 6)} for n, v in enumerate(ahead[:steps])]
    file = io.StringIO()
    pd_frame(rows).to_csv(file, index=False)
    content = file.getvalue().encode()
    return [
        call.workspace.write(content, ".csv", "table", "forecast", rows=len(rows), columns=2),
        Artifact.of_data(rows),
    ]


def pd_frame(rows: list[dict[str, Any]]) -> "pd.DataFrame":
    """The rows as a data frame."""
    import pandas as pd

    return pd.DataFrame(rows)


def _column(table: "pd.DataFrame", target: str | None) -> str:
    numbers = [str(name) for name in table.select_dtypes("number").columns]
    if target is None and numbers:
        return numbers[-1]
    if target in numbers:
        return str(target)
    raise TaskError(
        f"the table has no column of numbers {target!r}; it has {', '.join(numbers) or 'none'}"
    )


def _ahead(loaded: Loaded, values: list[float]) -> list[float]:
    """What the model says comes next."""
    import torch

    model, config = loaded.model, loaded.model.config
    known = torch.tensor(values, dtype=model.dtype, device=loaded.weights.device)
    with torch.inference_mode():
        if config.model_type.startswith("timesfm"):
            ahead = model(past_values=[known]).mean_predictions[0]
        else:
            past = _last(known, config.context_length, config.num_input_channels)
            if config.loss == "nll":  # it tells a distribution: the mean of what is drawn from it
                ahead = model.generate(past).sequences.mean(1)[0, :, 0]
            else:
                ahead = model(past_values=past).prediction_outputs[0, :, 0]
    return [float(value) for value in ahead.float()]


def _last(known: Any, length: int, channels: int) -> Any:
    """The latest values, the first one repeated where there are too few; one for each channel."""
    import torch

    missing = max(0, length - len(known))
    whole = torch.cat([known[:1].repeat(missing), known])[-length:]
    return whole.reshape(1, length, 1).repeat(1, 1, channels)


# --- agents ---------------------------------------------------------------------------------


def load_agent(weights: Weights) -> Loaded:
    """A Decision Transformer.

    Raises:
        TaskError: the model is of another kind.

    """
    if weights.config.get("model_type") != "decision_transformer":
        raise TaskError(
            f"{weights.model} is no Decision Transformer, the only kind of agent that runs here"
        )
    return Loaded(weights, load_model(weights, auto_class("AutoModel")))


def act(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:  # noqa: ARG001
    """The action that the agent takes in the given state: a list of numbers.

    Raises:
        TaskError: the state is not the list of numbers that the agent was trained on.

    """
    import torch

    config, state = loaded.model.config, _state(arguments["state"])
    if len(state) != config.state_dim:
        raise TaskError(
            f"{loaded.weights.model} takes a state of {config.state_dim} numbers, not {len(state)}"
        )
    empty = {"device": loaded.weights.device, "dtype": loaded.model.dtype}
    with torch.inference_mode():
        found = loaded.model(
            states=torch.tensor([[state]], **empty),
            actions=torch.zeros((1, 1, config.act_dim), **empty),
            rewards=torch.zeros((1, 1, 1), **empty),
            returns_to_go=torch.zeros((1, 1, 1), **empty),
            timesteps=torch.zeros((1, 1), dtype=torch.long, device=empty["device"]),
            attention_mask=torch.ones((1, 1), device=empty["device"]),
        )
    return [Artifact.of_data({"action": [round(float(n), 6) for n in found.action_preds[0, -1]]})]


def _state(value: Any) -> list[float]:
    try:
        read = json.loads(value) if isinstance(value, str) else value
        return [float(number) for number in read]
    except (TypeError, ValueError) as error:
        raise TaskError(f"the state must be a list of numbers, not {value!r}") from error
