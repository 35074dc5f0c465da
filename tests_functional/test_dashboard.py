"""The dashboard as a user meets it in a browser. Facts: acceptance/probes/browser.py."""

from acceptance import item


@item("FUNC-UI-01")
def test_the_dashboard_opens(browser):
    """Open the address by hand and read the console; the first error names what keeps the page from its content."""
    assert not browser.pages_that_are_no_page()
    assert not browser.pages_without_content_within(seconds=2)


@item("FUNC-UI-02")
def test_the_log_in_page_renders(browser):
    """Give each field of the log-in form a label (for/id or aria-label)."""
    assert browser.form_has("password")
    assert not browser.fields_without_label()


@item("FUNC-UI-03")
def test_a_user_can_log_in(browser):
    """Try the account by hand; keep the wanted address over the log-in and go back to it."""
    assert not browser.logins_that_failed()
    assert not browser.deep_links_lost()


@item("FUNC-UI-04")
def test_live_cards_follow_the_pushed_price(browser):
    """Bind the card to the WebSocket's messages instead of to a constant or to the first answer."""
    assert not browser.cards_that_stand_still()


@item("FUNC-UI-05")
def test_charts_draw_their_data(browser):
    """Compare the API's candles with what the chart is given; axes without series draw nothing."""
    assert not browser.charts_without_data()


@item("FUNC-UI-06")
def test_the_page_holds_a_websocket(browser):
    """Open the WebSocket after log-in, and open it again when it closes."""
    assert not browser.socket_faults(back_within_s=30)


@item("FUNC-UI-07")
def test_the_console_shows_no_error(browser):
    """Mend the named error, or name it with a reason in [browser] console_allowed."""
    assert not browser.trouble_not_allowed()


@item("FUNC-UI-08")
def test_the_layout_fits_a_phone(browser):
    """Let tables scroll inside their card, and give controls 24 px and text 12 px at least."""
    assert browser.widths_px() == (360, 390, 768)
    assert not browser.layout_faults()


@item("FUNC-UI-09")
def test_every_navigation_link_works(browser):
    """Remove the link, or give its address a page."""
    assert not browser.links_to_nowhere()


@item("FUNC-UI-10")
def test_log_out_ends_the_session(browser):
    """Revoke the token at log-out, clear storage and cookies, and draw nothing from a session that is gone."""
    assert not browser.left_after_logout()
    assert not browser.old_tokens_accepted()
