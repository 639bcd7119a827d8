from __future__ import annotations

import pytest
from tuneboard.engine.analysis.lineage import Flow, Gene, Lineage, ValueFlow
from tuneboard.engine.errors import AnalysisError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.trial import Provenance

SPACE = SpaceVersion(
    1,
    (
        HyperParameter("a", "real", 0.5, 0.0, 1.0),
        HyperParameter("b", "int", 1, 1, 9),
        HyperParameter("c", "choice", "x", choices=("x", "y"), active_when="b > 2"),
    ),
)


@pytest.fixture
def family(trial):
    def child(number, config, *parents, operator="crossover"):
        made = Provenance("evolutionary", "", parents, operator)
        return trial(number, config, provenance=made)

    return Lineage(
        [
            trial(1, {"a": 0.1, "b": 3, "c": "x"}),
            trial(2, {"a": 0.2, "b": 1}),
            child(3, {"a": 0.1, "b": 1}, 1, 2),
            child(4, {"a": 0.9, "b": 1}, 3, operator="mutation"),
            child(5, {"a": 0.9, "b": 3, "c": "x"}, 4, 1),
            child(6, {"a": 0.3, "b": 3, "c": "y"}, 77),
        ]
    )


def test_ancestors_and_descendants_reach_all_generations(family):
    assert family.ancestors(5) == {1, 2, 3, 4}
    assert family.descendants(2) == {3, 4, 5}
    assert family.ancestors(1) == family.descendants(5) == frozenset()


def test_generations_count_from_the_youngest_parent(family):
    assert family.generations == {1: 0, 2: 0, 3: 1, 4: 2, 5: 3, 6: 0}


def test_every_gene_is_traced_to_its_parent(family):
    assert family.genes(3, SPACE) == (
        Gene("a", 0.1, True, (1,)),
        Gene("b", 1, True, (2,)),
        Gene("c", None, False, (2,)),
    )


def test_a_mutated_gene_is_new_and_one_of_both_parents_has_both(family):
    a, b, _ = family.genes(4, SPACE)
    assert a.is_new
    assert not b.is_new
    assert family.genes(5, SPACE)[0].parents == (4,)


def test_parents_of_elsewhere_are_left_out(family):
    assert family.parents[6] == ()
    assert all(gene.is_new for gene in family.genes(6, SPACE))


def test_a_circle_in_damaged_data_is_no_endless_loop(trial):
    made = Provenance("evolutionary", "", (2,), "crossover")
    broken = Lineage([trial(1, {}, provenance=made), trial(2, {}, provenance=made)])
    assert broken.ancestors(1) == broken.ancestors(2) == frozenset()


def test_flows_count_children_by_operator(family):
    assert family.flows() == (
        Flow(0, 1, "crossover", 2),
        Flow(0, 3, "crossover", 1),
        Flow(1, 2, "mutation", 1),
        Flow(2, 3, "crossover", 1),
    )


def test_value_flows_tell_from_which_part_to_which(family):
    assert family.value_flows(SPACE, "a", n_parts=2) == (
        ValueFlow(0, 0, 1, 0, 2),
        ValueFlow(0, 0, 3, 1, 1),
        ValueFlow(1, 0, 2, 1, 1),
        ValueFlow(2, 1, 3, 1, 1),
    )


def test_inactive_values_flow_from_and_to_a_place_of_their_own(family):
    parts = {(one.source_part, one.target_part) for one in family.value_flows(SPACE, "c")}
    assert parts == {(0, -1), (-1, -1), (-1, 0), (0, 0)}


def test_an_unknown_trial_is_refused(family):
    with pytest.raises(AnalysisError, match="Lineage.number must be that of a trial, not 99."):
        family.ancestors(99)
