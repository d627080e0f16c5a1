"""Searches the settings of a recipe with Optuna: its space, its study, one tracked run a trial."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from filelock import FileLock, Timeout
from rich.console import Console

from train.config import ConfigError, TrainConfig, is_whole, read_config, read_search
from train.experiment import WORK, AlreadyRunning, run_experiment
from train.loop import Epoch
from train.metrics import SELECTION_METRIC
from train.source import Source
from train.tracking import Pruned, experiment_name, sweep_run

if TYPE_CHECKING:
    import optuna

_WARM_UP = 4  # trials that are never pruned, and the epochs that no trial is pruned before are half of that


@dataclass(frozen=True, slots=True)
class Dimension:
    """A setting that is searched: between two numbers, or among values.

    Attributes:
        name: The setting; `corpus_weights.dse` reaches inside.
        low: Least number.
        high: Greatest number.
        log: Whether numbers are drawn by their logarithm.
        values: What to choose from, instead of numbers.
    """

    name: str
    low: float = 0
    high: float = 0
    log: bool = False
    values: tuple[Any, ...] = ()

    def draw(self, trial: optuna.Trial) -> str:
        """Draws a value for a trial and returns it as `name=value`."""
        if self.values:
            value = trial.suggest_categorical(self.name, list(self.values))
        elif is_whole(self.name):
            value = trial.suggest_int(self.name, int(self.low), int(self.high), log=self.log)
        else:
            value = trial.suggest_float(self.name, self.low, self.high, log=self.log)
        return f"{self.name}={json.dumps(value)}"

    def ends(self) -> list[str]:
        """Returns what has to be possible, as `name=value`."""
        return [f"{self.name}={json.dumps(value)}" for value in self.values or (self.low, self.high)]


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is searched, and on what.

    Attributes:
        recipe: Name or file of the recipe.
        settings: Settings laid over it in every trial, `key=value`.
        source: The data.
        space: What is searched.
    """

    recipe: str
    settings: Sequence[str]
    source: Source
    space: Sequence[Dimension] = field(default_factory=tuple)

    @property
    def name(self) -> str:
        """Names the study: the same for the same recipe, settings, space and data."""
        text = f"{read_config(self.recipe, self.settings).resolved()} {self.space} {self.source.digest}"
        return f"{Path(self.recipe).stem}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def config(self, chosen: Sequence[str]) -> TrainConfig:
        """Returns the settings of a trial."""
        return read_config(self.recipe, [*self.settings, *chosen])


def read_space(recipe: str, settings: Sequence[str] = ()) -> tuple[Dimension, ...]:
    """Reads the search space of a recipe: its key `search`.

    Raises:
        ConfigError: If there is none, or it has another form or values that a training would refuse.
    """
    raw = read_search(recipe)
    if not raw:
        raise ConfigError(
            f"recipe {recipe} has no search space: expected `search:` and under it a setting a line, such as "
            "`dropout: {low: 0.0, high: 0.3}` or `reader_layers: [1, 2]`"
        )
    space = tuple(_dimension(name, value) for name, value in raw.items())
    for end in (end for dimension in space for end in dimension.ends()):
        read_config(recipe, [*settings, end])
    return space


def run_sweep(sweep: Sweep, trials: int) -> optuna.Study:
    """Runs trials until so many have ended, going on with an interrupted sweep, and says which was best.

    Args:
        sweep: What is searched.
        trials: Trials that end, pruned ones included.

    Raises:
        AlreadyRunning: If the same sweep or one of its trainings is running.
        Unreachable: If the tracking server does not answer for too long.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folder = WORK / "sweeps"
    folder.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{folder / 'sweeps.db'}",
        study_name=sweep.name,
        load_if_exists=True,
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=_WARM_UP, n_warmup_steps=_WARM_UP // 2),
    )
    study.sampler = optuna.samplers.TPESampler(seed=len(study.trials), n_startup_trials=_WARM_UP)
    lock = folder / f"{sweep.name}.lock"
    try:
        with FileLock(lock, blocking=False):
            _run(sweep, study, trials)
    except Timeout:
        raise AlreadyRunning(f"the same sweep is running, it holds {lock}: wait for it, or change a setting") from None
    return study


def _run(sweep: Sweep, study: optuna.Study, trials: int) -> None:
    console = Console()
    with _parent(sweep, study) as parent:
        study.set_user_attr("run_id", parent.run_id)
        _requeue(study)
        while (ended := len(_ended(study))) < trials:
            console.print(f"trial {ended + 1} of {trials}", style="bold")
            _try(sweep, study)
            parent.log_best(ended + 1, study.best_value if _complete(study) else None)
        if _complete(study):
            parent.log_recipe(_best_recipe(sweep, study))


def best_settings(study: optuna.Study) -> list[str]:
    """Returns the settings of the best trial, as `key=value`."""
    return [f"{name}={json.dumps(value)}" for name, value in study.best_params.items()]


def _try(sweep: Sweep, study: optuna.Study) -> None:
    """Runs one trial; what is pruned is told to the study, what is interrupted is tried again next time."""
    import optuna

    trial = study.ask()
    try:
        config = sweep.config([dimension.draw(trial) for dimension in sweep.space])
    except ConfigError:
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
        raise

    def judge(epoch: Epoch) -> None:
        trial.report(epoch.metrics[SELECTION_METRIC], epoch.number)
        if trial.should_prune():
            raise Pruned(f"epoch {epoch.number} is below the median of the trials before")

    try:
        outcome = run_experiment(config, sweep.source, sweep.recipe, on_epoch=judge, keep_model=False)
    except Pruned:
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    else:
        if outcome:
            study.tell(trial, outcome.results.reports["dev"]["all"][SELECTION_METRIC])


def _requeue(study: optuna.Study) -> None:
    """Has the trials that were interrupted tried again; their trainings go on from their checkpoints."""
    import optuna

    for trial in study.get_trials(states=[optuna.trial.TrialState.RUNNING]):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        study.enqueue_trial(trial.params)


def _parent(sweep: Sweep, study: optuna.Study) -> AbstractContextManager[Any]:
    run_id = study.user_attrs.get("run_id")
    return sweep_run(sweep.name, experiment_name(sweep.source), sweep.source.description, run_id)


def _ended(study: optuna.Study) -> list[Any]:
    import optuna

    states = optuna.trial.TrialState
    return study.get_trials(states=[states.COMPLETE, states.PRUNED])


def _complete(study: optuna.Study) -> bool:
    import optuna

    return bool(study.get_trials(states=[optuna.trial.TrialState.COMPLETE]))


def _best_recipe(sweep: Sweep, study: optuna.Study) -> str:
    """The settings of the best trial that are not the defaults, as a recipe."""
    return yaml.safe_dump(sweep.config(best_settings(study)).chosen(), sort_keys=False)


def _dimension(name: str, value: Any) -> Dimension:
    if isinstance(value, list) and value:
        return Dimension(name, values=tuple(value))
    if isinstance(value, Mapping) and {"low", "high"} <= set(value) <= {"low", "high", "log"}:
        low, high = (_number(name, value[end]) for end in ("low", "high"))
        if value.get("log") and low <= 0:
            raise ConfigError(f"search.{name}: expected a low above 0, of which there is a logarithm, found {low!r}")
        if low < high:
            return Dimension(name, low, high, bool(value.get("log", False)))
    raise ConfigError(f"search.{name}: expected a list of values, or low and high (and log), found {value!r}")


def _number(name: str, value: Any) -> float:
    try:
        return value if isinstance(value, int) else float(value)  # YAML 1.1 reads 1e-4 as a string
    except (TypeError, ValueError):
        raise ConfigError(f"search.{name}: expected a number, found {value!r}") from None
