"""The tables of the store, and what turns those of earlier versions into them."""

from __future__ import annotations

import sqlalchemy as sa

SCHEMA_VERSION = 4
schema = sa.MetaData()

about = sa.Table(
    "tuneboard",
    schema,
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
studies = sa.Table(
    "studies",
    schema,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("heartbeat_at", sa.Float),
    sa.Column("about", sa.Text),
)
versions = sa.Table(
    "space_versions",
    schema,
    sa.Column("study_id", sa.ForeignKey("studies.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("definition", sa.Text, nullable=False),
)
trials = sa.Table(
    "trials",
    schema,
    sa.Column("study_id", sa.ForeignKey("studies.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("space_version", sa.Integer, nullable=False),
    sa.Column("config", sa.Text, nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("fold_scores", sa.Text, nullable=False),
    sa.Column("provenance", sa.Text, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("duration_s", sa.Float, nullable=False),
    sa.Column("worker", sa.Text, nullable=False),
    sa.Column("fidelity", sa.Float),
    sa.Column("scores", sa.Text),
    sa.Column("details", sa.Text),
    sa.Index("trials_by_revision", "study_id", "revision"),
)
actions = sa.Table(
    "actions",
    schema,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("study_id", sa.ForeignKey("studies.id"), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)

marks = sa.Table(
    "marks",
    schema,
    sa.Column("study_id", sa.ForeignKey("studies.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("is_starred", sa.Boolean, nullable=False),
    sa.Column("is_archived", sa.Boolean, nullable=False),
    sa.Column("is_excluded", sa.Boolean, nullable=False),
    sa.Column("tags", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
"""What the user says of trials, and, as number 0, of the study."""

MIGRATIONS: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE trials ADD COLUMN fidelity FLOAT",
        "ALTER TABLE trials ADD COLUMN scores TEXT",
    ),
    2: ("ALTER TABLE trials ADD COLUMN details TEXT",),
    3: (
        "ALTER TABLE studies ADD COLUMN about TEXT",
        "CREATE TABLE marks (study_id VARCHAR(32) NOT NULL REFERENCES studies (id), "
        "number INTEGER NOT NULL, is_starred BOOLEAN NOT NULL, is_archived BOOLEAN NOT NULL, "
        "is_excluded BOOLEAN NOT NULL, tags TEXT NOT NULL, note TEXT NOT NULL, "
        "PRIMARY KEY (study_id, number))",
    ),
}
"""What turns each earlier schema into the next one."""
