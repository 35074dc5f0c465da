"""The certificate and how it is served, on every public name and address. Facts: acceptance/probes/tls.py."""

from acceptance import item


@item("SEC-TLS-01")
def test_certificate_was_issued_by_a_trusted_authority(tls):
    """Have the certificate issued by a public authority, and send its intermediates along."""
    assert not tls.untrusted()


@item("SEC-TLS-02")
def test_certificate_is_installed_for_every_public_name(tls):
    """Issue the certificate with every public name in subjectAltName, and install it on every address."""
    assert not tls.names_not_covered()


@item("SEC-TLS-03")
def test_certificate_has_more_than_30_days_left(tls):
    """Renew the certificate now, or the intermediate that is about to expire."""
    assert not tls.certificates_not_valid_for_more_than(days=30)


@item("SEC-TLS-04")
def test_certificate_renews_itself(certificate_renewal):
    """Enable the ACME client's timer, let its deploy hook reload the server, and load the newest certificate."""
    assert not certificate_renewal.not_renewing(life=3 / 4)


@item("SEC-TLS-05")
def test_intermediate_certificates_are_sent(tls):
    """Serve fullchain.pem: the certificate, then each intermediate in order, and nothing else."""
    assert not tls.chains_not_sent_whole()


@item("SEC-TLS-06")
def test_configuration_is_graded_a_plus(tls_grade):
    """Remove what caps the grade, and send HSTS of at least six months."""
    assert not tls_grade.below("A+")


@item("SEC-WEB-01")
def test_certificate_is_valid_and_trusted(tls):
    """Install a certificate that is in date, for this host, not revoked and publicly trusted."""
    assert not tls.not_fit_for_browsers(status=200)


@item("SEC-WEB-02")
def test_tls_grade_is_a_or_better(tls_grade):
    """Remove the caps and warnings that the grade names."""
    assert not tls_grade.below("A")
