"""Binance, OpenAI and what flows through the engine. Facts: upstreams.py (from inside), integrations.py, paper_orders.py."""

from acceptance import item


@item("FUNC-EXT-01")
def test_exchange_is_reachable_from_the_services(upstreams):
    """Open egress to the exchange for the engine, and synchronise the host's clock."""
    assert not upstreams.exchange_faults()


@item("FUNC-EXT-02")
def test_exchange_stream_is_connected(integrations):
    """Let the engine reconnect to the exchange's stream, also after a clean close."""
    assert not integrations.stream_faults()


@item("FUNC-EXT-03")
def test_openai_answers(upstreams, integrations):
    """Put a valid key with quota into the AI service; its log says what OpenAI answered."""
    assert not upstreams.models_faults()
    assert not upstreams.quota_faults(integrations.completion_age_s)
    assert not integrations.completion_older_than(hours=24, asked_now=upstreams.completed())


@item("FUNC-EXT-04")
def test_market_data_flows_end_to_end(integrations, upstreams):
    """Compare the exchange's price with the API's and /ws's: the part that stands still is the one to mend."""
    assert not integrations.flow_faults(upstreams.price())


@item("FUNC-EXT-05")
def test_a_paper_order_can_be_placed(paper_order):
    """Keep the order, answer 201 with its id, list it among the open ones; answer an order that fails with 4xx."""
    assert not paper_order.placing_failed()


@item("FUNC-EXT-06")
def test_a_paper_order_can_be_cancelled(paper_order):
    """Let cancel take the order off the list of open ones; remove by hand the one that is named."""
    assert not paper_order.cancelling_failed()


@item("FUNC-EXT-07")
def test_account_balance_can_be_read(integrations):
    """Answer 200 with a finite number, read from the ledger at each call."""
    assert not integrations.balance_faults()


@item("FUNC-EXT-08")
def test_historical_data_has_no_gaps(integrations):
    """Fill the series from the exchange, newest candle too; answer 404 for symbols that are not known."""
    assert not integrations.candle_faults()


@item("FUNC-GATE-01")
def test_binance_and_openai_respond(upstreams, integrations):
    """Mend FUNC-EXT-01, -02 and -03 first."""
    assert not upstreams.exchange_faults()
    assert not integrations.stream_faults()
    assert not upstreams.models_faults()
    assert not upstreams.quota_faults(integrations.completion_age_s)
    assert not integrations.completion_older_than(hours=24, asked_now=upstreams.completed())
