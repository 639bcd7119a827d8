"""Every estimator of scikit-learn and every line of presets.toml, tried on small data."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import catboost
import lightgbm
import numpy as np
import pytest
import sklearn
import xgboost
from sklearn.base import BaseEstimator

# They are listed only once somebody has enabled them.
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler
from sklearn.utils.discovery import all_estimators
from threadpoolctl import threadpool_limits
from tuneboard.engine.discovery import discover
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.expression import parse
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.presets import preset_table

DOC = Path(__file__).parents[2] / "docs" / "presets.md"
TABLE = preset_table()
N_CONFIGS = 20


class NeuralNet(BaseEstimator):
    """What skorch's class of that name looks like from outside, with a model that does nothing."""

    def __init__(
        self,
        module: type = object,
        lr: float = 0.01,
        max_epochs: int = 10,
        batch_size: int = 128,
        **module_values: Any,
    ) -> None:
        self.module, self.lr, self.max_epochs, self.batch_size = module, lr, max_epochs, batch_size
        vars(self).update(module_values)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return dict(vars(self))

    def set_params(self, **params: Any) -> NeuralNet:
        vars(self).update(params)
        return self

    def fit(self, X: Any, y: Any = None) -> NeuralNet:
        return self


SCIKIT_LEARN: dict[str, type] = dict(all_estimators())
LIBRARIES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        xgboost.XGBClassifier,
        xgboost.XGBRegressor,
        xgboost.XGBRanker,
        xgboost.XGBRFClassifier,
        xgboost.XGBRFRegressor,
        lightgbm.LGBMClassifier,
        lightgbm.LGBMRegressor,
        lightgbm.LGBMRanker,
        catboost.CatBoostClassifier,
        catboost.CatBoostRegressor,
        NeuralNet,
    )
}
KINDS = SCIKIT_LEARN | LIBRARIES
REGRESSORS = dict(all_estimators(type_filter="regressor"))

REQUIRED = {
    "RandomForestClassifier",
    "RandomForestRegressor",
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
    "GradientBoostingClassifier",
    "GradientBoostingRegressor",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
    "DecisionTreeClassifier",
    "DecisionTreeRegressor",
    "SVC",
    "SVR",
    "LogisticRegression",
    "KNeighborsClassifier",
    "KNeighborsRegressor",
    "MLPClassifier",
    "MLPRegressor",
    "Ridge",
    "Lasso",
    "ElasticNet",
    "LinearSVC",
    "SGDClassifier",
    "SGDRegressor",
}

# Fewer rounds than by default, one core, and no files or words.
QUICK: dict[str, dict[str, Any]] = {
    "XGB": {"n_estimators": 5, "n_jobs": 1},
    "LGBM": {"n_estimators": 5, "n_jobs": 1, "verbosity": -1},
    "CatBoost": {
        "iterations": 5,
        "thread_count": 1,
        "logging_level": "Silent",
        "allow_writing_files": False,
    },
    "SelfTraining": {"estimator": LogisticRegression()},
    "SequentialFeatureSelector": {"estimator": LogisticRegression(), "cv": 2},
    "DictionaryLearning": {"max_iter": 3},
    "MiniBatchDictionaryLearning": {"max_iter": 3},
    "MiniBatchSparsePCA": {"max_iter": 10},
    "SparsePCA": {"max_iter": 10},
    "GradientBoosting": {"n_estimators": 10},
    "HistGradientBoosting": {"max_iter": 10},
    "RandomForest": {"n_estimators": 10},
    "ExtraTrees": {"n_estimators": 10},
    "AdaBoost": {"n_estimators": 10},
    "IsolationForest": {"n_estimators": 10},
}


WITH_MEMBERS = ("Stacking", "RFE", "SequentialFeatureSelector")


def quick(name: str) -> dict[str, Any]:
    return next((params for start, params in QUICK.items() if name.startswith(start)), {})


def built(name: str) -> Any:
    """Make any of the estimators, with members where it wants some."""
    is_regressor = name.endswith(("Regressor", "RegressorChain"))
    inner = Ridge() if is_regressor else LogisticRegression()
    members = [("a", inner), ("b", Ridge() if is_regressor else LogisticRegression(C=2.0))]
    fillings: list[dict[str, Any]] = [
        quick(name),
        {"estimator": inner},
        {"estimators": members},
        {"steps": members},
        {"transformers": [("scale", StandardScaler(), [0])]},
        {"transformer_list": [("scale", StandardScaler())]},
        {"estimator": inner, "param_grid": {}},
        {"estimator": inner, "param_distributions": {}},
        {"dictionary": [[1.0]]},
    ]
    for filling in fillings:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)
                # Copied, for configurations are set on the members.
                return KINDS[name](**deepcopy(filling))
        except TypeError:
            continue
    return pytest.fail(f"no way to make {name}")


def switched_on(one: HyperParameter) -> HyperParameter:
    """Search it, unless nothing can be searched for it."""
    value = one.clamp(one.value)
    return one.edited(value=value, is_searched=True)


def configurations(estimator: Any, *, n: int, everything: bool) -> Iterator[dict[str, Any]]:
    """Draw from what is searched by default, or from all that is listed."""
    found = discover(estimator)
    space = SpaceVersion(1, tuple(map(switched_on, found)) if everything else found)
    encoding = Encoding(space)
    points = np.random.default_rng(0).random((n, encoding.n_dims))
    for config in encoding.decode(points):
        yield space.conditions.active(config)


def data_for(name: str) -> tuple[Any, Any]:
    """Make 60 rows of 8 columns in [0, 1] and a target; texts, gaps or categories where due."""
    rng = np.random.default_rng(1)
    X = rng.random((60, 8))
    y = np.digitize(X[:, 0] + X[:, 1], [0.8, 1.2])
    if name in ("CountVectorizer", "TfidfVectorizer", "HashingVectorizer"):
        words = np.array(["red", "green", "blue", "white", "black", "grey", "brown", "pink"])
        return [" ".join(rng.choice(words, 5)) for _ in X], y
    if name.endswith("Imputer"):
        return np.where(rng.random(X.shape) < 0.1, np.nan, X), y
    if name in ("CategoricalNB", "OneHotEncoder", "OrdinalEncoder", "TargetEncoder"):
        # Every category once at least, in whatever part of the rows.
        return (10 * X).astype(int) % 4, y
    if name in REGRESSORS or name.endswith(("Regressor", "Ranker")):
        return X, 1.0 + X[:, 0] + 0.1 * rng.random(60)
    return X, y


def fits(name: str, config: dict[str, Any]) -> bool:
    X, y = data_for(name)
    groups: dict[str, Any] = {}
    if name.endswith("Ranker"):
        y = np.arange(60) % 3
        groups = {"qid": np.zeros(60, int)} if name.startswith("XGB") else {"group": [60]}
    set_already = quick(name)
    estimator = built(name)
    estimator.set_params(**{one: v for one, v in config.items() if one not in set_already})
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), threadpool_limits(1):
            warnings.simplefilter("ignore")
            estimator.fit(X, y, **groups)
    except (ValueError, ArithmeticError, RuntimeError, np.linalg.LinAlgError):
        return False
    return True


def has_options(name: str) -> bool:
    """Whether any hyper-parameter of its own is a number, a truth value or one of some texts."""
    estimator = built(name)
    values = estimator.get_params(deep=False)
    rules = getattr(estimator, "_parameter_constraints", {})
    return any(
        isinstance(value, (bool, int, float)) or any(map(is_option_rule, rules.get(one, ())))
        for one, value in values.items()
    )


def is_option_rule(rule: Any) -> bool:
    is_boolean = isinstance(rule, str) and rule == "boolean"
    return is_boolean or type(rule).__name__ in ("Interval", "StrOptions")


def shares() -> dict[str, int]:
    """Count scikit-learn's estimators by what is offered for them."""
    spaces = {name: discover(built(name)) for name in SCIKIT_LEARN}
    with_options = [name for name in SCIKIT_LEARN if has_options(name)]
    return {
        "that `all_estimators` lists": len(SCIKIT_LEARN),
        "with a number or options among their hyper-parameters": len(with_options),
        "of these, with a space": sum(bool(spaces[name]) for name in with_options),
        "of these, with lines in the table": sum(
            bool(TABLE.of(built(name))) for name in with_options
        ),
    }


def test_the_table_covers_more_than_forty_estimators_of_scikit_learn() -> None:
    assert set(TABLE.by_estimator) >= REQUIRED
    assert len(set(TABLE.by_estimator) & set(SCIKIT_LEARN)) > 40


def test_every_estimator_of_the_table_exists() -> None:
    assert set(TABLE.by_estimator) <= set(KINDS)


@pytest.mark.parametrize("name", TABLE.by_estimator)
def test_every_line_of_the_table_is_valid_and_names_its_source(name: str) -> None:
    estimator = built(name)
    params = estimator.get_params(deep=False)
    for hyper_parameter, line in TABLE.by_estimator[name].items():
        assert hyper_parameter in params or TABLE.is_silent(estimator)
        assert TABLE.is_tunable(hyper_parameter)
        assert line["source"]
        assert set(line) <= {
            "low", "high", "log", "choices", "on", "start", "fraction", "unset", "aliases",
            "when", "source",
        }  # fmt: skip
        check_range(line)
        for parent in parse(line["when"]).names if "when" in line else ():
            assert parent in TABLE.by_estimator[name] or parent in params


def check_range(line: Mapping[str, Any]) -> None:
    assert ("choices" in line) != ("low" in line and "high" in line)
    assert type(line.get("low")) is type(line.get("high"))
    if "choices" in line:
        assert line.get("start", line["choices"][0]) in line["choices"]
    elif "start" in line:
        assert line["low"] <= line["start"] <= line["high"]
        assert type(line["start"]) is type(line["low"])


@pytest.mark.parametrize("name", TABLE.by_estimator)
def test_every_line_of_the_table_reaches_the_page(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        estimator = KINDS[name]() if not name.startswith(WITH_MEMBERS) else built(name)
    found = {one.name: one for one in discover(estimator)}
    for one, line in TABLE.by_estimator[name].items():
        assert found[one].is_searched == line.get("on", False)
        assert found[one].source == line["source"]
        assert bool(found[one].active_when) == ("when" in line)


def test_no_estimator_of_scikit_learn_makes_it_raise() -> None:
    for name in SCIKIT_LEARN:
        estimator = built(name)
        space = SpaceVersion(1, discover(estimator))
        assert len(space.names) == len(set(space.names))
        assert set(space.names) <= set(estimator.get_params(deep=True))


def test_the_share_of_estimators_with_a_space_is_what_the_documentation_says() -> None:
    counts = shares()
    print(counts)
    _, n_options, n_spaces, _ = counts.values()
    assert n_spaces >= 0.95 * n_options
    text = DOC.read_text(encoding="utf-8")
    # Another version has other estimators.
    if f"| scikit-learn {'.'.join(sklearn.__version__.split('.')[:2])} |" in text:
        for what, n in counts.items():
            assert f"| {what} | {n} |" in text
        assert f"**{n_spaces / n_options:.1%}**" in text


@pytest.mark.parametrize("name", KINDS)
def test_random_configurations_pass_the_estimators_own_checks(name: str) -> None:
    estimator = built(name)
    for config in configurations(estimator, n=N_CONFIGS, everything=True):
        estimator.set_params(**config)
        for part in [estimator, *estimator.get_params(deep=True).values()]:
            if hasattr(part, "_parameter_constraints") and not isinstance(part, type):
                part._validate_params()


@pytest.mark.parametrize("name", TABLE.by_estimator)
def test_random_configurations_fit_a_small_data_set(name: str) -> None:
    searched = {one.name for one in discover(built(name)) if one.is_searched}
    assert not searched & set(quick(name))  # all that is searched is tried
    configs = list(configurations(built(name), n=N_CONFIGS, everything=False))
    assert sum(fits(name, config) for config in configs) >= 0.95 * N_CONFIGS
