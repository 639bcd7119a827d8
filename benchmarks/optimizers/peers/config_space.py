"""A space as ConfigSpace's, for the peers that take these."""

import ConfigSpace as Cs


def config_space(space, seed):
    """Build the space with its conditions."""
    built = Cs.ConfigurationSpace(seed=seed)
    known = {one["name"]: hyper_parameter(one) for one in space}
    built.add(list(known.values()))
    for one in space:
        if one["when"]:
            parent, *values = one["when"]
            child = known[one["name"]]
            condition = Cs.InCondition(child, known[parent], [str(value) for value in values])
            built.add(condition)
    return built


def hyper_parameter(one):
    """Build one hyper-parameter; its default is the middle of the range."""
    if one["kind"] == "choice":
        choices = [str(place) for place in range(one["n_choices"])]
        return Cs.CategoricalHyperparameter(one["name"], choices)
    names = {"int": "UniformIntegerHyperparameter", "real": "UniformFloatHyperparameter"}
    make = getattr(Cs, names[one["kind"]])
    return make(one["name"], one["low"], one["high"], log=one["log"])


def plain(space, configuration):
    """Return a configuration of ConfigSpace's as a plain one, what is active only."""
    values = dict(configuration)
    config = {}
    for one in space:
        name = one["name"]
        if values.get(name) is not None:
            cast = {"choice": int, "int": int, "real": float}[one["kind"]]
            config[name] = cast(values[name])
    return config
