"""The command line: run, watch and steer stored studies."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .engine.errors import StudyError, TuneboardError

if TYPE_CHECKING:
    import pandas as pd

    from .engine.history import History, StudyRecord
    from .engine.study import Study

app = typer.Typer(
    help="See and steer hyper-parameter tuning.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

StudyName = Annotated[str, typer.Argument(help="Id of the study, the start of it, or its name.")]
Place = Annotated[
    str | None,
    typer.Option("--history", help="The store: a file or an URL; the default place otherwise."),
]


class Format(StrEnum):
    """What `export` writes."""

    CSV = "csv"
    JSON = "json"
    HTML = "html"
    PARQUET = "parquet"
    OPTUNA = "optuna"
    SCRIPT = "script"
    NOTEBOOK = "notebook"


def main() -> None:
    """Run the command line; what is refused is said in words, with exit code 1."""
    try:
        app()
    except TuneboardError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(1)


@app.command()
def labextension() -> None:
    """Put the JupyterLab extension where JupyterLab looks, after an editable install."""
    from .dashboard.extension_files import install

    typer.echo(f"Installed in {install()}")


@app.command("list")
def list_studies(history: Place = None) -> None:
    """List all studies, newest first."""
    records = _store(history).studies()
    for one in records:
        best = "" if one.best_score is None else f"  best {one.best_score:.6g}"
        typer.echo(
            f"{one.id[:8]}  {one.shown_state:<11}  {one.n_finished:>6} trials  {one.name}{best}"
        )
    if not records:
        typer.echo("There is no study yet.")


@app.command()
def status(study: StudyName, history: Place = None) -> None:
    """Say how a study stands."""
    opened = _open(study, history)
    typer.echo(f"{opened.name} ({opened.id}): {opened.state}")
    if opened.message:
        typer.echo(opened.message)
    done = opened.progress()
    typer.echo(
        f"{done.n_finished} of {done.n_trials} trials done, {done.n_running} running, "
        f"{done.n_failed} failed, {done.n_stopped} stopped early"
    )
    if done.best is not None and done.best.score is not None:
        spread = "" if done.best_spread is None else f" ± {done.best_spread:.2g}"
        typer.echo(f"best: trial {done.best.number}, score {done.best.score:.6g}{spread}")
    if done.n_finished < done.n_trials:
        typer.echo(f"to come: {opened.preview()}")


@app.command()
def show(
    study: StudyName,
    number: Annotated[int | None, typer.Argument(help="One trial; all without it.")] = None,
    history: Place = None,
) -> None:
    """Show the trials of a study, or all of one trial."""
    opened = _open(study, history)
    if number is None:
        for one in opened.trials:
            score = "" if one.score is None else f"{one.score:.6g}"
            typer.echo(f"{one.number:>5}  {one.state:<13}  {score:>12}  {one.config}")
        return
    for one in opened.trials:
        if one.number == number:
            typer.echo(f"trial {one.number}: {one.state}, score {one.score}")
            typer.echo(f"config: {one.config}")
            typer.echo(f"why: {one.provenance.reason}")
            for text in (one.error, one.details.note, one.details.log):
                typer.echo(text, nl=bool(text))
            return
    raise StudyError.must("show", "be given a trial of the study", number, "See all with show.")


@app.command()
def run(
    study: StudyName,
    objective: Annotated[
        str | None,
        typer.Option(help="script.py:function, for a study of a function of your own."),
    ] = None,
    dask: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, to run the trials there.")
    ] = None,
    history: Place = None,
) -> None:
    """Run a stored study until its end; Ctrl-C stops it and keeps what has finished."""
    record = _find(_store(history), study)
    opened = _open(record.id, history, None if objective is None else _function(objective))
    opened.run(dask)
    typer.echo(opened.message or f"{opened.name}: {opened.state}")


@app.command()
def pause(study: StudyName, history: Place = None) -> None:
    """Start no more trials; running ones finish."""
    typer.echo(_open(study, history).request("pause"))


@app.command()
def resume(study: StudyName, history: Place = None) -> None:
    """Go on after a pause; a study that no process runs is taken up by `run`."""
    typer.echo(_open(study, history).request("resume"))


@app.command()
def stop(study: StudyName, history: Place = None) -> None:
    """Cancel the running trials and end the run."""
    typer.echo(_open(study, history).request("stop"))


@app.command()
def kill(
    study: StudyName,
    number: Annotated[int, typer.Argument(help="The running trial.")],
    history: Place = None,
) -> None:
    """End one running trial."""
    _open(study, history).request("kill", number=number)
    typer.echo(f"Trial {number} is being ended.")


@app.command()
def enqueue(
    study: StudyName,
    file: Annotated[Path, typer.Argument(help="CSV file, one configuration a row.")],
    history: Place = None,
) -> None:
    """Run configurations of your own next."""
    typer.echo(f"{_open(study, history).enqueue(file)} configurations are in line.")


@app.command()
def change(
    study: StudyName,
    trials: Annotated[int | None, typer.Option(help="Number of trials.")] = None,
    workers: Annotated[int | None, typer.Option(help="Number of workers.")] = None,
    optimizer: Annotated[str | None, typer.Option(help="Name of the optimizer.")] = None,
    seconds: Annotated[
        float | None, typer.Option(help="No trial starts later than this after the start.")
    ] = None,
    target: Annotated[
        float | None, typer.Option(help="End with the first score this high, as `show` has it.")
    ] = None,
    patience: Annotated[
        int | None, typer.Option(help="End after so many trials without a new best.")
    ] = None,
    history: Place = None,
) -> None:
    """Change the budget, the workers, the optimizer or a stop rule, whether it runs or not."""
    given = {
        "n_trials": trials,
        "n_workers": workers,
        "optimizer": optimizer,
        "max_seconds": seconds,
        "target_score": target,
        "patience": patience,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if not changes:
        advice = "Add --trials, --workers, --optimizer, --seconds, --target or --patience."
        raise StudyError.must("change", "be told what to change", None, advice)
    store = _store(history)
    opened = _open(study, history)
    if store.study(opened.id).is_owned:
        opened.request("change", **changes)
    else:
        opened.change(**changes)
    typer.echo("Changed " + ", ".join(f"{name} to {value}" for name, value in changes.items()))


@app.command()
def export(
    study: StudyName,
    to: Annotated[Path | None, typer.Option(help="The file; the terminal otherwise.")] = None,
    format: Annotated[Format, typer.Option(help="What to write.")] = Format.CSV,
    history: Place = None,
) -> None:
    """Write all trials of a study: as a table, a report in one HTML file, a script and more."""
    opened = _open(study, history)
    if format in (Format.CSV, Format.JSON):
        _export_table(opened, to, format)
        return
    if to is None:
        advice = "Add --to with a name."
        raise StudyError.must("--to", f"name the file of the {format}", None, advice)
    _check_writable(to)
    if format is Format.HTML:
        opened.report(to)
    else:
        from .engine.interchange.formats import FORMATS

        FORMATS[format].write(opened.data(), to, str(_store(history).folder), None)
    typer.echo(f"{opened.name} written to {to}.")


def _export_table(opened: Study, to: Path | None, format: Format) -> None:
    frame = opened.to_frame().reset_index()
    text = frame.to_csv(index=False) if format is Format.CSV else _json(frame)
    if to is None:
        typer.echo(text.rstrip("\n"))
        return
    try:
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritable(to, error) from error
    typer.echo(f"{len(frame)} trials written to {to}.")


def _check_writable(to: Path) -> None:
    try:
        with to.open("ab"):
            pass
        if not to.stat().st_size:
            to.unlink()
    except OSError as error:
        raise _unwritable(to, error) from error


def _unwritable(to: Path, error: OSError) -> TuneboardError:
    message = f"{str(to)!r} cannot be written: {error.strerror}. Choose another file."
    return TuneboardError(message, name=str(to))


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port of the page.")] = 5006,
    show_page: Annotated[bool, typer.Option("--show", help="Open it in a browser.")] = False,
) -> None:
    """Serve the page."""
    # Panel serves a folder's main.py only if told so: the package's own is meant.
    page = Path(__file__).with_name("dashboard") / "main.py"
    if not page.exists():  # an editable install keeps the package elsewhere
        from . import dashboard

        page = Path(next(iter(dashboard.__path__))) / "main.py"
    command = [sys.executable, "-m", "panel", "serve", str(page), "--port", str(port)]
    done = subprocess.run([*command, *(["--show"] * show_page)], check=False)  # noqa: S603
    raise typer.Exit(done.returncode)


def _json(frame: pd.DataFrame) -> str:
    # Not by pandas, which rounds numbers; NaN is no JSON.
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return json.dumps(rows, indent=1, ensure_ascii=False, default=str)


def _store(place: str | None) -> History:
    """Open a store that is there: a command that looks makes none."""
    from .engine.history import History, default_path

    meant = str(default_path()) if place is None else place
    if "://" not in meant and not Path(meant).exists():
        raise StudyError.must("--history", "name a store that exists", meant, "Check the place.")
    return History(meant)


def _find(store: History, wanted: str) -> StudyRecord:
    records = store.studies()
    found = [one for one in records if one.id == wanted]
    found = found or [one for one in records if one.id.startswith(wanted) or one.name == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(one.id[:8] for one in found)
        raise StudyError.must("STUDY", f"mean one study ({ids})", wanted, "Give the id.")
    raise StudyError.must("STUDY", "be in the history", wanted, "See `tuneboard list`.")


def _open(study: str, place: str | None, model: Any = None) -> Study:
    from .engine.study import Study

    store = _store(place)
    return Study.open(_find(store, study).id, store, model=model)


def _function(where: str) -> Any:
    path, _, name = where.rpartition(":")
    if not path or not Path(path).is_file():
        advice = "The script must exist."
        raise StudyError.must("--objective", "be script.py:function", where, advice)
    try:
        names = runpy.run_path(path)
    except Exception as error:
        message = f"{path} cannot be run: {type(error).__name__}: {error}."
        raise StudyError(message, name="--objective") from error
    if not callable(names.get(name)):
        raise StudyError.must("--objective", f"name a function of {path}", name, "Check it.")
    return names[name]
