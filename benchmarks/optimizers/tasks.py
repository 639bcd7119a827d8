"""The real tasks: models of scikit-learn on bundled or generated data, and their ranges.

A task's half is its place in the list: the first, third, fifth ... are for design, the others for
report. Append, never insert.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dimension import Dimension, choice, real, whole

Config = dict[str, Any]
Data = tuple[Any, Any]


@dataclass(frozen=True)
class Task:
    """One real task.

    Parameters
    ----------
    name : str
        Its name, and that of its table.
    dimensions : tuple of Dimension
        What is tuned.
    load : callable
        Returns the features, shape (n rows, n features), and the target, shape (n rows,).
    build : callable
        Makes the estimator of a configuration.
    scoring : str
        scikit-learn's scorer. The loss is the scorer's value turned round, and 1 minus it for
        those that are best at 1.
    """

    name: str
    dimensions: tuple[Dimension, ...]
    load: Callable[[], Data]
    build: Callable[[Config], Any]
    scoring: str

    def loss(self, config: Config, data: Data) -> float:
        """Cross-validate a configuration in three parts; lower is better."""
        from sklearn.model_selection import cross_val_score

        score = cross_val_score(
            self.build(config), *data, scoring=self.scoring, cv=3, error_score="raise"
        ).mean()
        return -float(score) if self.scoring.startswith("neg_") else 1 - float(score)


def bundled(name: str, n_rows: int) -> Callable[[], Data]:
    """Return what loads the first rows of a bundled data set, shuffled."""

    def load() -> Data:
        from sklearn import datasets
        from sklearn.utils import shuffle

        features, target = getattr(datasets, f"load_{name}")(return_X_y=True)
        return tuple(shuffle(features, target, random_state=0, n_samples=n_rows))

    return load


def made(name: str, n_rows: int, **more: Any) -> Callable[[], Data]:
    """Return what generates data."""

    def load() -> Data:
        from sklearn import datasets

        features, target = getattr(datasets, f"make_{name}")(n_rows, random_state=0, **more)
        return features, target

    return load


def noisy_moons() -> Data:
    """Return two moons, and four features that say nothing."""
    import numpy as np

    features, target = made("moons", 240, noise=0.3)()
    return np.hstack([features, np.random.default_rng(0).normal(size=(240, 4))]), target


def scaled(model: Any, *before: Any) -> Any:
    """Return a pipeline of a scaler, what comes before the model, and the model."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), *before, model)


def svc(config: Config) -> Any:
    """Build a support vector classifier."""
    from sklearn.svm import SVC

    return scaled(SVC(**config, max_iter=3000))


def svr(config: Config) -> Any:
    """Build a support vector regressor."""
    from sklearn.svm import SVR

    return scaled(SVR(**config, max_iter=3000))


def random_forest(config: Config) -> Any:
    """Build a random forest for regression."""
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(**config, random_state=0)


def extra_trees(config: Config) -> Any:
    """Build extremely randomised trees for classification."""
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(**config, random_state=0)


def gradient_boosting(config: Config) -> Any:
    """Build gradient boosting for regression."""
    from sklearn.ensemble import GradientBoostingRegressor

    return GradientBoostingRegressor(**config, random_state=0)


def hist_gradient_boosting(config: Config) -> Any:
    """Build histogram gradient boosting for classification."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(**config, early_stopping=False, random_state=0)


def mlp_classifier(config: Config) -> Any:
    """Build a network of one hidden layer for classification."""
    from sklearn.neural_network import MLPClassifier

    rest = {**config}
    hidden = (rest.pop("n_hidden"),)
    return scaled(MLPClassifier(hidden_layer_sizes=hidden, **rest, max_iter=15, random_state=0))


def mlp_regressor(config: Config) -> Any:
    """Build a network of one or two hidden layers for regression."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPRegressor
    from sklearn.preprocessing import StandardScaler

    rest = {**config}
    hidden = (rest.pop("n_hidden"),) * rest.pop("n_layers")
    network = MLPRegressor(hidden_layer_sizes=hidden, **rest, batch_size=32, random_state=0)
    return scaled(TransformedTargetRegressor(network, transformer=StandardScaler()))


def knn_selected(config: Config) -> Any:
    """Build nearest neighbours on the best features."""
    from sklearn.feature_selection import SelectKBest
    from sklearn.neighbors import KNeighborsClassifier

    rest = {**config}
    before = SelectKBest(k=rest.pop("n_features"))
    return scaled(KNeighborsClassifier(**rest), before)


def knn_projected(config: Config) -> Any:
    """Build nearest neighbours on principal components."""
    from sklearn.decomposition import PCA
    from sklearn.neighbors import KNeighborsClassifier

    rest = {**config}
    before = PCA(rest.pop("n_components"), whiten=rest.pop("whiten"))
    return scaled(KNeighborsClassifier(**rest), before)


def logistic(config: Config) -> Any:
    """Build logistic regression on the best features."""
    from sklearn.feature_selection import SelectPercentile
    from sklearn.linear_model import LogisticRegression

    rest = {**config}
    before = SelectPercentile(percentile=rest.pop("percentile"))
    return scaled(LogisticRegression(**rest, solver="saga", max_iter=40, random_state=0), before)


def sgd(config: Config) -> Any:
    """Build a linear classifier fitted by stochastic gradients."""
    from sklearn.linear_model import SGDClassifier

    return scaled(SGDClassifier(**config, max_iter=20, tol=None, random_state=0))


def kernel_ridge(config: Config) -> Any:
    """Build kernel ridge regression."""
    from sklearn.kernel_ridge import KernelRidge

    return scaled(KernelRidge(**config))


def tree(config: Config) -> Any:
    """Build a decision tree for classification."""
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(**config, random_state=0)


def elastic_net(config: Config) -> Any:
    """Build an elastic net."""
    from sklearn.linear_model import ElasticNet

    return scaled(ElasticNet(**config, max_iter=300))


def one_of_three(config: Config) -> Any:
    """Build the model that the configuration names, of three."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    models = {
        "svc": lambda **rest: SVC(**rest, max_iter=3000),
        "knn": KNeighborsClassifier,
        "forest": lambda **rest: RandomForestClassifier(**rest, n_estimators=10, random_state=0),
    }
    rest = {**config}
    return scaled(models[rest.pop("model")](**rest))


TASKS = (
    Task(
        "svc_digits",
        (
            real("C", 1e-2, 1e3, 11, log=True),
            choice("kernel", "rbf", "poly", "sigmoid", "linear"),
            real("gamma", 1e-5, 1.0, 11, log=True, when=("kernel", "rbf", "poly", "sigmoid")),
            whole("degree", 2, 5, when=("kernel", "poly")),
            real("coef0", 0.0, 1.0, 3, when=("kernel", "poly", "sigmoid")),
        ),
        bundled("digits", 240),
        svc,
        "accuracy",
    ),
    Task(
        "svc_breast_cancer",
        (
            real("C", 1e-3, 1e3, 19, log=True),
            choice("kernel", "poly", "rbf"),
            real("gamma", 1e-5, 1e1, 19, log=True),
            whole("degree", 2, 4, when=("kernel", "poly")),
            choice("class_weight", None, "balanced"),
        ),
        bundled("breast_cancer", 300),
        svc,
        "roc_auc",
    ),
    Task(
        "random_forest_friedman",
        (
            whole("n_estimators", 4, 24, 3, log=True),
            whole("max_depth", 2, 12, 5),
            whole("min_samples_leaf", 1, 20, 5, log=True),
            real("max_features", 0.1, 1.0, 8),
            choice("bootstrap", True, False),
            real("max_samples", 0.2, 1.0, 3, when=("bootstrap", True)),
        ),
        made("friedman1", 200, noise=1.0),
        random_forest,
        "neg_root_mean_squared_error",
    ),
    Task(
        "extra_trees_classification",
        (
            whole("n_estimators", 4, 24, 3, log=True),
            whole("max_depth", 2, 14, 5),
            whole("min_samples_split", 2, 40, 5, log=True),
            real("max_features", 0.1, 1.0, 8),
            choice("criterion", "gini", "entropy"),
            choice("class_weight", None, "balanced"),
        ),
        made("classification", 240, n_features=14, n_informative=6, weights=[0.7], flip_y=0.05),
        extra_trees,
        "neg_log_loss",
    ),
    Task(
        "gradient_boosting_diabetes",
        (
            real("learning_rate", 0.01, 0.5, 9, log=True),
            whole("n_estimators", 8, 64, 4, log=True),
            whole("max_depth", 1, 7, 4),
            real("subsample", 0.3, 1.0, 5),
            whole("min_samples_leaf", 1, 32, 4, log=True),
        ),
        bundled("diabetes", 200),
        gradient_boosting,
        "r2",
    ),
    Task(
        "hist_gradient_boosting_classification",
        (
            real("learning_rate", 0.01, 1.0, 9, log=True),
            whole("max_iter", 6, 48, 4, log=True),
            whole("max_leaf_nodes", 2, 24, 4, log=True),
            whole("min_samples_leaf", 2, 40, 4, log=True),
            real("l2_regularization", 1e-4, 1e2, 4, log=True),
        ),
        made("classification", 240, n_features=12, n_informative=5, n_classes=3, flip_y=0.05),
        hist_gradient_boosting,
        "neg_log_loss",
    ),
    Task(
        "mlp_digits",
        (
            whole("n_hidden", 4, 64, 4, log=True),
            real("alpha", 1e-5, 10.0, 4, log=True),
            real("learning_rate_init", 1e-4, 1e-1, 9, log=True),
            choice("activation", "relu", "tanh", "logistic"),
            whole("batch_size", 16, 64, 2, log=True),
            choice("solver", "adam", "sgd"),
            real("momentum", 0.0, 0.95, 2, when=("solver", "sgd")),
        ),
        bundled("digits", 150),
        mlp_classifier,
        "neg_log_loss",
    ),
    Task(
        "mlp_friedman",
        (
            whole("n_hidden", 4, 64, 4, log=True),
            whole("n_layers", 1, 2),
            real("alpha", 1e-5, 10.0, 5, log=True),
            real("learning_rate_init", 1e-4, 1e-1, 9, log=True),
            choice("activation", "relu", "tanh"),
            whole("max_iter", 5, 40, 3, log=True),
        ),
        made("friedman2", 200, noise=50.0),
        mlp_regressor,
        "neg_root_mean_squared_error",
    ),
    Task(
        "knn_moons",
        (
            whole("n_features", 1, 6),
            whole("n_neighbors", 1, 60, 25, log=True),
            choice("weights", "uniform", "distance"),
            real("p", 1.0, 5.0, 9),
        ),
        noisy_moons,
        knn_selected,
        "neg_log_loss",
    ),
    Task(
        "knn_wine",
        (
            whole("n_components", 1, 13),
            choice("whiten", True, False),
            whole("n_neighbors", 1, 50, 12, log=True),
            choice("weights", "uniform", "distance"),
            choice("metric", "minkowski", "chebyshev", "cosine"),
            real("p", 1.0, 4.0, 2, when=("metric", "minkowski")),
        ),
        bundled("wine", 178),
        knn_projected,
        "neg_log_loss",
    ),
    Task(
        "logistic_breast_cancer",
        (
            real("C", 1e-4, 1e3, 19, log=True),
            real("l1_ratio", 0.0, 1.0, 6),
            real("percentile", 4.0, 100.0, 11, log=True),
            choice("class_weight", None, "balanced"),
        ),
        bundled("breast_cancer", 240),
        logistic,
        "neg_log_loss",
    ),
    Task(
        "sgd_classification",
        (
            choice("loss", "hinge", "log_loss", "modified_huber", "squared_hinge"),
            choice("penalty", "l2", "l1", "elasticnet"),
            real("l1_ratio", 0.1, 0.9, 3, when=("penalty", "elasticnet")),
            real("alpha", 1e-6, 1.0, 9, log=True),
            choice("learning_rate", "optimal", "constant", "adaptive", "invscaling"),
            real(
                "eta0",
                1e-4,
                1.0,
                5,
                log=True,
                when=("learning_rate", "constant", "adaptive", "invscaling"),
            ),
        ),
        made("classification", 600, n_features=24, n_informative=6, flip_y=0.05, class_sep=0.7),
        sgd,
        "accuracy",
    ),
    Task(
        "kernel_ridge_friedman",
        (
            real("alpha", 1e-5, 1e2, 12, log=True),
            choice("kernel", "polynomial", "rbf", "laplacian"),
            real("gamma", 1e-4, 1e1, 12, log=True),
            whole("degree", 1, 4, when=("kernel", "polynomial")),
            real("coef0", 0.0, 2.0, 3, when=("kernel", "polynomial")),
        ),
        made("friedman3", 200, noise=0.1),
        kernel_ridge,
        "neg_root_mean_squared_error",
    ),
    Task(
        "svr_diabetes",
        (
            real("C", 1e-2, 1e4, 11, log=True),
            real("epsilon", 0.1, 100.0, 5, log=True),
            choice("kernel", "linear", "rbf", "poly", "sigmoid"),
            real("gamma", 1e-5, 1.0, 9, log=True, when=("kernel", "rbf", "poly", "sigmoid")),
            whole("degree", 2, 3, when=("kernel", "poly")),
        ),
        bundled("diabetes", 200),
        svr,
        "neg_root_mean_squared_error",
    ),
    Task(
        "tree_digits",
        (
            whole("max_depth", 1, 15, 6, log=True),
            whole("min_samples_split", 2, 40, 4, log=True),
            whole("min_samples_leaf", 1, 20, 4, log=True),
            real("max_features", 0.1, 1.0, 4),
            real("ccp_alpha", 1e-5, 1e-1, 4, log=True),
            choice("criterion", "gini", "entropy"),
        ),
        bundled("digits", 400),
        tree,
        "accuracy",
    ),
    Task(
        "models_classification",
        (
            choice("model", "svc", "knn", "forest"),
            real("C", 1e-3, 1e3, 19, log=True, when=("model", "svc")),
            real("gamma", 1e-5, 1e1, 19, log=True, when=("model", "svc")),
            choice("class_weight", None, "balanced", when=("model", "svc")),
            whole("n_neighbors", 1, 60, 14, log=True, when=("model", "knn")),
            choice("weights", "uniform", "distance", when=("model", "knn")),
            real("p", 1.0, 4.0, 4, when=("model", "knn")),
            whole("max_depth", 1, 12, 6, log=True, when=("model", "forest")),
            real("max_features", 0.1, 1.0, 5, when=("model", "forest")),
            whole("min_samples_leaf", 1, 30, 5, log=True, when=("model", "forest")),
        ),
        made(
            "classification",
            450,
            n_features=10,
            n_informative=4,
            n_classes=4,
            n_clusters_per_class=2,
            flip_y=0.05,
        ),
        one_of_three,
        "accuracy",
    ),
    Task(
        "elastic_net_regression",
        (real("alpha", 1e-4, 1e2, 61, log=True), real("l1_ratio", 0.0, 1.0, 31)),
        made("regression", 120, n_features=90, n_informative=20, noise=20.0),
        elastic_net,
        "r2",
    ),
    Task(
        "svc_moons",
        (real("C", 1e-3, 1e4, 45, log=True), real("gamma", 1e-4, 1e3, 45, log=True)),
        noisy_moons,
        svc,
        "accuracy",
    ),
)
