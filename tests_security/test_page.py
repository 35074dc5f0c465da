"""What the page does with foreign input, and what it leaves in the browser. Facts: acceptance/probes/browser.py."""

from acceptance import item


@item("SEC-WEB-09")
def test_markup_in_inputs_is_escaped(browser, headers):
    """Put user input into the page as text, never as HTML, and keep inline scripts out of the policy."""
    assert not browser.markup_not_escaped()
    assert not headers.pages_that_run_inline_scripts()


@item("SEC-WEB-16")
def test_browser_storage_holds_nothing_sensitive(browser):
    """Keep the token in memory or in an HttpOnly cookie."""
    assert not browser.secrets_in_storage()
