"""Which value of a trial came from which parent, as a table."""

from __future__ import annotations

from html import escape

from ..engine.analysis.lineage import Lineage
from ..engine.trial import Trial
from .axis import INACTIVE, titles, value_text
from .trial_source import TrialSource


def gene_table(trial: Trial, lineage: Lineage, trials: TrialSource) -> str:
    """Return HTML that tells of each hyper-parameter of a trial from whom its value is.

    Empty where the trial has no parents, or is not in the lineage.
    """
    parents = lineage.parents.get(trial.number, ())
    if not parents:
        return ""
    space = trials.space
    shown = titles(space.hyper_parameters)
    rows = []
    for gene in lineage.genes(trial.number, space):
        value = value_text(gene.value) if gene.is_active else INACTIVE
        origin = "new" if gene.is_new else ", ".join(f"trial {one}" for one in gene.parents)
        cells = (shown.get(gene.name, gene.name), value, origin)
        rows.append(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>")
    who = " and ".join(f"trial {one}" for one in parents)
    made = trial.provenance.operator or "made"
    head = f"<h4>Trial {trial.number}: {escape(made)} of {who}</h4>"
    heads = "<tr><th>hyper-parameter</th><th>value</th><th>from</th></tr>"
    n_kin = (len(lineage.ancestors(trial.number)), len(lineage.descendants(trial.number)))
    said = f"<p>{n_kin[0]} ancestors, {n_kin[1]} descendants.</p>"
    return f"{head}{said}<table>{heads}{''.join(rows)}</table>"
