"""Where backups of the database lie, what runs them, how long they are kept, and where restores are recorded."""

from __future__ import annotations

from pydantic import AwareDatetime

from acceptance.tables import Table


class Bucket(Table):
    """A bucket that speaks S3. `access_key` names a credential: its user is the key's id, its secret the key."""

    bucket: str
    prefix: str = ""
    region: str
    endpoint: str = ""
    access_key: str = ""


class Backup(Table):
    """`folder` is a path that the suite can read, or one on `host`; `s3` the remote copy. Names carry the time (UTC).

    `restore` names a credential with a URI that may write into `scratch`, a database of its own.
    """

    folder: str = ""
    host: str = ""  # a name of [hosts]: folder, schedule and retention are there, not here
    s3: Bucket | None = None
    oplog: str = (
        ""  # prefix in the bucket, else below the folder, of slices named START-n.END-n, as Percona's PBM has them
    )
    home_region: str = ""  # region or provider of the database itself: the remote copy must be elsewhere
    schedule: str = ""  # a crontab
    job: str = "mongodump"  # word by which the job is known in it
    retention: str = ""  # a file with KEY=DAYS
    retention_key: str = "BACKUP_RETENTION_DAYS"
    since: AwareDatetime | None = None  # when backups began, for a system younger than the retention
    restore_tests: str = ""  # JSON lines, one a restore
    runbook: str = ""  # a Markdown file with the procedure of a restore
    restore: str = ""
    scratch: str = "acceptance_restore"
    back_migration: str = ""  # newest migration that the rollback target knows; "" where any is fine
    read_at_most_mb: int = 4096
