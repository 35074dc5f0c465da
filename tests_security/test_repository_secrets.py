"""Secrets in the release and in all history. Facts: the git clone, acceptance/probes/secrets.py and repo.py."""

from acceptance import item


@item("SEC-SECRET-01")
def test_no_secret_is_hard_coded(secrets, containers, plan, nothing_runs):
    """Rotate the secret, take it out, and record it in the baseline with the date of its rotation."""
    assert not secrets.new()
    services = plan if nothing_runs else containers
    assert not services.secrets_in_images()


@item("SEC-SECRET-02")
def test_env_file_was_never_committed(repo):
    """Ignore .env in .gitignore; if it was committed once, rotate all that it held."""
    assert not repo.secret_files_unsafe()
