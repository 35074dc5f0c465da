"""What http:// still does. Facts: acceptance/probes/plain.py, answers of the plain address to reads and a write."""

from acceptance import item


@item("SEC-WEB-03")
def test_nothing_is_served_in_clear(plain):
    """Answer every plain request with a redirect to https, and refuse WebSocket upgrades on port 80."""
    assert not plain.served_in_clear()
    assert not plain.cookies_in_clear()
    assert not plain.websocket_in_clear()


@item("SEC-TLS-07")
def test_http_redirects_in_one_hop(plain):
    """Redirect with 301 or 308 to https:// with the same host and path, set Secure on every cookie, and load nothing over http."""
    assert not plain.not_redirected_at_once()
    assert not plain.cookies_in_clear()
    assert not plain.loaded_in_clear()


@item("SEC-GATE-02")
def test_certificate_is_valid_and_https_works(tls, plain):
    """Mend SEC-WEB-01 and SEC-WEB-03 first: each names the certificate, the name or the answer in clear."""
    assert not tls.not_fit_for_browsers(status=200)
    assert not plain.served_in_clear()
    assert not plain.cookies_in_clear()
    assert not plain.websocket_in_clear()
