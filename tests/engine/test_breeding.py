from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers.breeding import Breeder
from tuneboard.engine.sampling import Sampler
from tuneboard.engine.trial import Provenance, Trial, TrialState

SPACE = SpaceVersion(
    1,
    (
        HyperParameter("lr", "real", 0.1, 1e-4, 1.0, log=True),
        HyperParameter("depth", "int", 3, 1, 5),
        HyperParameter("kernel", "choice", "a", choices=("a", "b", "c", None)),
        HyperParameter("size", "choice", "s", choices=("s", "m", "l", "xl"), ordered=True),
        HyperParameter("momentum", "real", 0.5, 0.0, 1.0),
    ),
)


def parents_of(configs, space=SPACE, facts=None):
    encoding = Encoding(space)
    breeder = Breeder(encoding, Sampler(encoding))
    made = Provenance("evolutionary", "", facts=facts or {})
    trials = [
        Trial(n, config, TrialState.COMPLETED, made, score=0.0)
        for n, config in enumerate(configs, start=1)
    ]
    points = encoding.encode(configs)
    return breeder, breeder.parents(trials, points, np.random.default_rng(0)), encoding


def drawn(n, space=SPACE):
    rng = np.random.default_rng(1)
    encoding = Encoding(space)
    return encoding.decode(rng.random((n, encoding.n_dims)))


def brood(n_parents=8, n_children=300, **more):
    breeder, parents, encoding = parents_of(drawn(n_parents), **more)
    return breeder.brood(parents, n_children, np.random.default_rng(2)), encoding


def test_a_crossover_takes_every_value_from_one_of_its_parents():
    children, encoding = brood()
    crossed = [child for child in children if child.operator == "crossover"]
    assert crossed
    for child in crossed:
        for name, value in encoding.decode_point(child.genes).items():
            assert any(parent.config[name] == pytest.approx(value) for parent in child.parents)


def test_of_one_parent_all_children_are_mutants_and_differ_from_it():
    children, encoding = brood(n_parents=1)
    assert {child.operator for child in children} == {"mutation"}
    changed = [encoding.decode_point(child.genes) != drawn(1)[0] for child in children]
    assert np.mean(changed) > 0.9


def test_whole_numbers_move_by_one_value_at_least_and_ordered_choices_to_their_neighbours():
    children, encoding = brood(n_parents=1, facts={"step": 0.02, "rate": 0.5})
    (first,) = drawn(1)
    depths = {encoding.decode_point(child.genes)["depth"] - first["depth"] for child in children}
    sizes = SPACE["size"].choices
    moves = {
        sizes.index(encoding.decode_point(child.genes)["size"]) - sizes.index(first["size"])
        for child in children
    }
    assert depths <= {-1, 0, 1}
    assert len(depths) > 1
    assert moves <= {-1, 0, 1}
    assert len(moves) > 1


def test_choices_without_order_become_any_other():
    children, encoding = brood(n_parents=1)
    kernels = [encoding.decode_point(child.genes)["kernel"] for child in children]
    assert set(kernels) == {"a", "b", "c", None}


def test_short_steps_stay_short_and_are_passed_on():
    children, encoding = brood(n_parents=1, facts={"step": 0.02, "rate": 0.4})
    (first,) = encoding.encode(drawn(1))
    momentum = np.array([child.genes[4] for child in children]) - first[4]
    assert 0.005 < momentum[momentum != 0].std() < 0.05
    steps = [child.factors["step"] for child in children]
    # A log-normal factor of spread 0.3 (Schwefel 1981), whose median is 1.
    assert np.median(steps) == pytest.approx(0.02, rel=0.1)
    assert np.std(np.log(steps)) == pytest.approx(0.3, abs=0.08)


def test_genes_stay_inside_the_cube():
    children, _ = brood(facts={"step": 0.3, "rate": 0.5})
    genes = np.array([child.genes for child in children])
    assert genes.min() >= 0
    assert genes.max() <= 1


def test_the_better_of_three_becomes_a_parent():
    children, _ = brood(n_parents=8, n_children=2000)
    first = np.bincount([child.parents[0].number for child in children], minlength=9)[1:] / 2000
    # Blickle and Thiele 1996, "A comparison of selection schemes": for a tournament of three
    # the k-th of n wins with probability ((n - k + 1)^3 - (n - k)^3) / n^3.
    expected = [((8 - k + 1) ** 3 - (8 - k) ** 3) / 8**3 for k in range(1, 9)]
    assert first == pytest.approx(expected, abs=0.04)


def test_a_child_that_breaks_a_constraint_takes_back_genes_of_its_first_parent():
    space = SpaceVersion(1, SPACE.hyper_parameters, ("depth > 4", "momentum > 0.9"))
    configs = [{**config, "depth": 5, "momentum": 0.95} for config in drawn(5)]
    breeder, parents, encoding = parents_of(configs, space)
    for child in breeder.brood(parents, 50, np.random.default_rng(3)):
        assert encoding.is_feasible(encoding.decode_point(child.genes))


def test_a_childs_provenance_tells_values_before_and_after():
    breeder, parents, _ = parents_of(drawn(1))
    (child,) = breeder.brood(parents, 1, np.random.default_rng(2))
    before = parents[0].trial.config
    after = {**before, "depth": 9, "lr": 0.01234567, "kernel": None}
    after.pop("momentum")
    made = child.provenance("evolutionary", after)
    assert made.reason.startswith("child of trial 1 by mutation: lr ")
    assert f"depth {before['depth']} -> 9" in made.reason
    assert made.reason.endswith(" and 1 more")
    assert made.facts["changed"]["momentum"] == [before["momentum"], None]
    assert made.facts["changed"]["lr"] == [before["lr"], 0.01234567]
    same = child.provenance("evolutionary", before)
    assert same.reason == "child of trial 1 by mutation: fixed values changed"
