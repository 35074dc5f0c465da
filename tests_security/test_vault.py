"""Whether secrets live in a vault. Facts: the vault's own API; values are compared by hash and dropped."""

from acceptance import item


@item("SEC-SECRET-04")
def test_secrets_live_in_a_vault(vault):
    """Put the secret into the vault, change it when it is due, and deploy from there."""
    assert not vault.secrets_missing()
    assert not vault.secrets_overdue()
    assert not vault.values_from_elsewhere()
