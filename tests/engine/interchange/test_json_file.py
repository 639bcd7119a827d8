from __future__ import annotations

from pathlib import Path

import pytest
from tuneboard.engine.errors import DataError
from tuneboard.engine.interchange import export_json, import_json
from tuneboard.engine.study_data import StudyData


def test_a_study_comes_back_whole(study: StudyData, tmp_path: Path) -> None:
    assert import_json(export_json(study, tmp_path / "study.json")) == study


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"'study\.json' must be whole JSON"),
        ("[1]", r"'study\.json' must be a study that tuneboard has exported"),
        ('{"tuneboard": 99}', r"'study\.json' must be of version 1, not 99. Update tuneboard."),
        ('{"tuneboard": 1}', "StudyData must have an entry name"),
        (
            '{"tuneboard": 1, "name": "x", "settings": {}, "versions": [], "trials": []}',
            r"StudyData\.settings must be a set-up",
        ),
        (
            '{"tuneboard": 1, "name": "x", "settings": {}, "versions": [], "trials": [{}]}',
            r"trials\[0\]\.number must be a whole number, not None",
        ),
        (
            '{"tuneboard": 1, "name": "x", "settings": {}, "versions": [],'
            ' "trials": [{"number": 1, "config": {}, "state": "odd"}]}',
            r"trials\[0\]\.state must be one of",
        ),
        (
            '{"tuneboard": 1, "name": "x", "settings": {}, "versions": [],'
            ' "trials": [{"number": 1, "config": {}, "state": "failed", "odd": 1}]}',
            r"trials\[0\] must have a trial's entries",
        ),
        (
            '{"tuneboard": 1, "name": "x", "settings": {}, "versions": [], "trials": [3]}',
            r"trials\[0\] must be a dict, not 3",
        ),
    ],
)
def test_a_bad_file_is_refused_with_the_name_of_the_entry(
    text: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "study.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(DataError, match=message):
        import_json(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.json' cannot be read: No such file"):
        import_json(tmp_path / "nowhere.json")
