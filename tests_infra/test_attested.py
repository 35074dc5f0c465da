"""What only a person can say. Their word lies in the target's attestations.toml; `acceptance attest` writes it."""


def test_attested(signed, sentence):
    """Do it, then sign it with `acceptance attest`."""
    assert signed.require(), sentence
