"""Finding an earlier study by other words than its own: likeness against substring search.

The studies are made here: models, data and notes as people write them. Each query is what
somebody might type two weeks later, and is labelled with the studies that are meant.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from tuneboard.engine.history import History
from tuneboard.engine.history_search import LikenessIndex, search_studies
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.settings import Settings
from tuneboard.engine.study_data import StudyData

STUDIES = {
    "churn-rf": ("RandomForestClassifier", "n_estimators max_features", "customers leaving"),
    "churn-gb": ("GradientBoostingClassifier", "learning_rate max_depth", "customers leaving"),
    "churn-lr": ("LogisticRegression", "C penalty", "baseline for customers leaving"),
    "prices-svr": ("SVR", "C gamma epsilon kernel", "house prices, log target"),
    "prices-gb": ("HistGradientBoostingRegressor", "learning_rate max_leaf_nodes", "house prices"),
    "prices-enet": ("ElasticNet", "alpha l1_ratio", "house prices, linear baseline"),
    "digits-svc": ("SVC", "C gamma kernel", "handwritten digits"),
    "digits-knn": ("KNeighborsClassifier", "n_neighbors weights", "handwritten digits"),
    "digits-mlp": ("MLPClassifier", "hidden_layer_sizes alpha", "handwritten digits, early stop"),
    "spam-nb": ("MultinomialNB", "alpha", "TfidfVectorizer on e-mail text"),
    "spam-svm": ("LinearSVC", "C loss", "TfidfVectorizer on e-mail text, word pairs"),
    "fraud-xgb": ("XGBClassifier", "max_depth eta scale_pos_weight", "card fraud, imbalanced"),
    "fraud-iso": ("IsolationForest", "contamination max_samples", "card fraud, anomalies"),
    "demand-lgbm": ("LGBMRegressor", "num_leaves min_child_samples", "weekly demand, time split"),
    "demand-ridge": ("Ridge", "alpha", "weekly demand, lags as features, time split"),
    "cancer-tree": ("DecisionTreeClassifier", "max_depth min_samples_leaf", "breast cancer"),
}
QUERIES = {
    "random forest churn": {"churn-rf"},
    "gradient boosting classifier": {"churn-gb"},
    "customer leaves": {"churn-rf", "churn-gb", "churn-lr"},
    "support vector regression house price": {"prices-svr"},
    "boosting house prices": {"prices-gb"},
    "elastic net": {"prices-enet"},
    "nearest neighbours digits": {"digits-knn"},
    "svc digit images": {"digits-svc"},
    "hidden layers": {"digits-mlp"},
    "emails tfidf": {"spam-nb", "spam-svm"},
    "naive bayes multinomial": {"spam-nb"},
    "linear svc text": {"spam-svm"},
    "imbalanced fraud": {"fraud-xgb"},
    "anomaly isolation": {"fraud-iso"},
    "demand weekly lag feature": {"demand-ridge"},
    "lightgbm leaves demand": {"demand-lgbm"},
    "decision tree": {"cancer-tree"},
    "time splits": {"demand-lgbm", "demand-ridge"},
    "logistic regression penalty": {"churn-lr"},
    "xgb scale pos weight": {"fraud-xgb"},
}


def filled(path: Path) -> History:
    """Store the studies."""
    history = History(path)
    for name, (model, names, note) in STUDIES.items():
        records = tuple(HyperParameter(one, "real", 0.5, 0.0, 1.0) for one in names.split())
        code = f"model = {model}()\n" + "\n".join(f"model.{one} = 0.5" for one in names.split())
        data = StudyData(
            name.partition("-")[0],
            Settings(model=f"{model}()"),
            (SpaceVersion(1, records),),
            (),
            {"code": code, "code_name": f"{name}.ipynb"},
        )
        history.mark(history.add(data), note=note)
    return history


def names_of(records: list[object]) -> list[str]:
    """Return the labels of studies, which are their notebooks' names."""
    return [str(one.about["code_name"]).removesuffix(".ipynb") for one in records]  # type: ignore[attr-defined]


def scores(find: Callable[[str], list[str]]) -> tuple[float, float]:
    """Return recall@5 and the mean reciprocal rank."""
    recalls, ranks = [], []
    for query, meant in QUERIES.items():
        found = find(query)
        recalls.append(len(meant & set(found[:5])) / min(5, len(meant)))
        places = [place for place, name in enumerate(found, 1) if name in meant]
        ranks.append(1 / places[0] if places else 0.0)
    return sum(recalls) / len(recalls), sum(ranks) / len(ranks)


def main() -> None:
    """Print the table."""
    history = filled(Path(tempfile.mkdtemp()) / "history.db")
    index = LikenessIndex(history)
    quoted = '"{}"'.format
    ways: dict[str, Callable[[str], list[str]]] = {
        "likeness (TF-IDF)": lambda text: names_of([one.record for one in index.find(text)]),
        "substring, whole query": lambda text: names_of(search_studies(history, quoted(text))),  # type: ignore[arg-type]
        "substring, every word": lambda text: names_of(search_studies(history, text)),  # type: ignore[arg-type]
    }
    print(f"{len(QUERIES)} queries on {len(STUDIES)} studies{'recall@5':>20}{'MRR':>8}")
    for title, find in ways.items():
        recall, rank = scores(find)
        print(f"{title:<32}{recall:>18.2f}{rank:>8.2f}")


if __name__ == "__main__":
    main()
