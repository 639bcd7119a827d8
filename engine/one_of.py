"""Alternatives for one place in a model: which of them is used becomes a hyper-parameter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

from sklearn.base import clone
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.metaestimators import _BaseComposition, available_if
from sklearn.utils.validation import check_is_fitted

from .errors import SpaceError

PASSTHROUGH = "passthrough"
OWNER = "OneOf"

_Method = TypeVar("_Method", bound=Callable[..., Any])


def _has(method: str) -> Callable[[OneOf], bool]:
    """Return the check whether the estimator in use has a method; an AttributeError if not."""

    def check(one_of: OneOf) -> bool:
        # What cannot be used has every method, for fitting it to say what is wrong.
        if one_of.chosen_name in one_of.named_alternatives:
            getattr(one_of._in_use, method)
        return True

    return check


def _only_where(method: str) -> Callable[[_Method], _Method]:
    """Return the decorator of what is there only where the estimator in use has a method."""
    decorator: Callable[[_Method], _Method] = available_if(_has(method))
    return decorator


def _delegated(method: str) -> Any:
    """Return a method that asks the fitted estimator, and is there only where that has it."""

    def ask(self: OneOf, *args: Any, **kwargs: Any) -> Any:
        check_is_fitted(self)
        return getattr(self._in_use, method)(*args, **kwargs)

    ask.__name__ = method
    ask.__doc__ = f"Call `{method}` of the chosen alternative."
    return _only_where(method)(ask)


class OneOf(_BaseComposition):
    """One of several named estimators, whichever is chosen.

    It stands wherever one of them could: as a step of a Pipeline, inside a ColumnTransformer,
    in another `OneOf`, or alone. `SearchSpace.from_estimator` makes a choice of it, so that
    one study selects the model and tunes it: the hyper-parameters of an alternative are named
    ``svc__C`` and are active only when it is chosen. The model without `OneOf` in it, to take
    elsewhere, is `resolved(model)`.

    Parameters
    ----------
    alternatives : sequence of (str, estimator)
        Names and estimators; ``"passthrough"`` among transformers hands on what it gets.
    chosen : str, optional
        The name of the one to use; the first if it is not given.
    **named
        Alternatives by name, in place of the list or behind it.

    Attributes
    ----------
    estimator_ : estimator
        A clone of the chosen one, fitted; other attributes that end in ``_`` are its own.
    chosen_ : str
        Which one that was.

    Raises
    ------
    SpaceError
        On fitting: the names are not usable, `chosen` is none of them, or classifiers and
        regressors are mixed.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn.svm import SVC
    >>> model = OneOf(svc=SVC(), bayes=GaussianNB())
    >>> X, y = load_wine(return_X_y=True)
    >>> model.set_params(chosen="bayes", svc__C=10.0).fit(X, y).estimator_
    GaussianNB()
    """

    def __init__(
        self,
        alternatives: Sequence[tuple[str, Any]] | None = None,
        *,
        chosen: str | None = None,
        **named: Any,
    ) -> None:
        # As given where nothing is named: a clone must hold the very list that it is made with.
        self.alternatives = [*(alternatives or ()), *named.items()] if named else alternatives
        self.chosen = chosen

    @property
    def named_alternatives(self) -> dict[str, Any]:
        """The alternatives by name."""
        return dict(self.alternatives or ())

    @property
    def chosen_name(self) -> str:
        """The name of the alternative in use: `chosen`, or the first."""
        return self.chosen if self.chosen is not None else next(iter(self.named_alternatives), "")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return `alternatives` and `chosen`; if deep, each alternative and what it has."""
        params: dict[str, Any] = self._get_params("alternatives", deep=deep)
        return params

    def set_params(self, **params: Any) -> Self:
        """Set `chosen`, an alternative by its name, or its own by ``name__parameter``."""
        self._set_params("alternatives", **params)
        return self

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Fit a clone of the chosen alternative."""
        self._begin().fit(X, y, **params)
        return self

    @_only_where("transform")
    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit a clone of the chosen alternative, and transform with it."""
        estimator = self._begin()
        # Not always the same as first one, then the other: a target encoder fits in folds here.
        if hasattr(estimator, "fit_transform"):
            return estimator.fit_transform(X, y, **params)
        return estimator.fit(X, y, **params).transform(X)

    @_only_where("fit_predict")
    def fit_predict(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit a clone of the chosen alternative, and predict the same rows."""
        return self._begin().fit_predict(X, y, **params)

    @_only_where("partial_fit")
    def partial_fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Go on fitting; afresh where another alternative was chosen in between."""
        is_same = self.__sklearn_is_fitted__() and self.chosen_ == self.chosen_name
        (self.estimator_ if is_same else self._begin()).partial_fit(X, y, **params)
        return self

    @_only_where("score")
    def score(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Score the chosen alternative in its own way."""
        check_is_fitted(self)
        return self._in_use.score(X, y, **params)

    predict = _delegated("predict")
    predict_proba = _delegated("predict_proba")
    predict_log_proba = _delegated("predict_log_proba")
    decision_function = _delegated("decision_function")
    score_samples = _delegated("score_samples")
    transform = _delegated("transform")
    inverse_transform = _delegated("inverse_transform")
    get_feature_names_out = _delegated("get_feature_names_out")

    def set_output(self, *, transform: str | None = None) -> Self:
        """Have all alternatives that transform return "pandas", "polars" or "default"."""
        for alternative in self.named_alternatives.values():
            if hasattr(alternative, "set_output"):
                alternative.set_output(transform=transform)
        return self

    def get_metadata_routing(self) -> Any:
        """Ask for the metadata that the chosen alternative asks for; all of it is handed on."""
        return get_routing_for_object(self._in_use)

    def check(self) -> None:
        """Check what is fitted only together.

        Raises
        ------
        SpaceError
            As the class says.
        """
        self._check_names()
        alternatives = self.named_alternatives.values()
        if self.chosen_name not in self.named_alternatives:
            rule = f"be one of {list(self.named_alternatives)}"
            raise SpaceError.must(f"{OWNER}.chosen", rule, self.chosen, "Check the spelling.")
        if {"classifier", "regressor"} <= set(map(_task, alternatives)):
            rule = "be all classifiers or all regressors"
            advice = "Make one OneOf for each task."
            found = [type(one).__name__ for one in alternatives]
            raise SpaceError.must(f"{OWNER}.alternatives", rule, found, advice)

    def _check_names(self) -> None:
        pairs = self.alternatives
        if not pairs or not all(isinstance(one, tuple) and len(one) == 2 for one in pairs):
            advice = "Write OneOf(svc=SVC(), tree=DecisionTreeClassifier())."
            raise SpaceError.must(f"{OWNER}.alternatives", "be named estimators", pairs, advice)
        names = [name for name, _ in pairs]
        for place, (name, alternative) in enumerate(pairs):
            is_taken = name in names[:place] or name in ("alternatives", "chosen")
            if not isinstance(name, str) or is_taken or "__" in name:
                rule = "be named once each, without __ and not alternatives or chosen"
                raise SpaceError.must(f"{OWNER}.alternatives", rule, name, "Rename that one.")
            is_estimator = hasattr(alternative, "fit") and not isinstance(alternative, type)
            if not is_estimator and not _is_passthrough(alternative):
                rule = 'be an estimator or "passthrough"'
                raise SpaceError.must(f"{OWNER}.{name}", rule, alternative, "Make it an object.")

    def _begin(self) -> Any:
        """Check, and put an unfitted clone of the chosen alternative in place."""
        self.check()
        self.chosen_, self.estimator_ = self.chosen_name, clone(self._alternative)
        return self.estimator_

    @property
    def _alternative(self) -> Any:
        """The chosen alternative as it was given, with an object for "passthrough"."""
        found = self.named_alternatives[self.chosen_name]
        if _is_passthrough(found):
            return FunctionTransformer(feature_names_out="one-to-one")
        return found

    @property
    def _in_use(self) -> Any:
        """The fitted estimator, or the alternative that would be fitted."""
        return self.estimator_ if self.__sklearn_is_fitted__() else self._alternative

    def __getattr__(self, name: str) -> Any:
        """Find what fitting left on the estimator, such as ``classes_``."""
        if name.endswith("_") and not name.startswith("_") and "estimator_" in vars(self):
            return getattr(self.estimator_, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __sklearn_is_fitted__(self) -> bool:
        """Whether `fit` was called; what scikit-learn asks."""
        return "estimator_" in vars(self)

    def __sklearn_tags__(self) -> Any:
        """Describe the chosen alternative, as whose stand-in this one goes."""
        try:
            return self._alternative.__sklearn_tags__()
        except (AttributeError, KeyError, TypeError, ValueError):  # not usable, or no tags
            return super().__sklearn_tags__()


def _task(alternative: Any) -> str | None:
    """Return "classifier", "regressor" or another of scikit-learn's words, where there is one."""
    if not hasattr(alternative, "__sklearn_tags__"):
        return getattr(alternative, "_estimator_type", None)
    task: str | None = get_tags(alternative).estimator_type
    return task


def _is_passthrough(alternative: Any) -> bool:
    return isinstance(alternative, str) and alternative == PASSTHROUGH


def resolved(model: Any) -> Any:
    """Return an unfitted copy of a model with what was chosen in the place of each `OneOf`.

    Parameters
    ----------
    model : estimator
        Not changed; set the best configuration first, with `set_params`.

    Returns
    -------
    estimator
        Of scikit-learn's own classes; the text "passthrough" where just that was chosen.

    Examples
    --------
    >>> from sklearn.pipeline import Pipeline
    >>> from sklearn.preprocessing import MinMaxScaler, StandardScaler
    >>> scale = OneOf(standard=StandardScaler(), minmax=MinMaxScaler(), chosen="minmax")
    >>> resolved(Pipeline([("scale", scale)]))
    Pipeline(steps=[('scale', MinMaxScaler())])
    """
    return _without_choices(clone(model))


def _without_choices(model: Any) -> Any:
    """Put what was chosen in place, changing the model."""
    if isinstance(model, OneOf):
        model.check()
        return _without_choices(model.named_alternatives[model.chosen_name])
    if isinstance(model, type) or not hasattr(model, "get_params"):
        return model
    for name, part in model.get_params(deep=True).items():
        if "__" not in name and hasattr(part, "fit") and not isinstance(part, type):
            plain = _without_choices(part)
            if plain is not part:
                model.set_params(**{name: plain})
    return model
