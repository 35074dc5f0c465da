"""Whether all that the target calls optional works, as its own items say."""

from acceptance import item


@item(
    "FUNC-GATE-02",
    of="INFRA-CLOUD-* INFRA-HOST-11 INFRA-SOFT-12 INFRA-SOFT-14 INFRA-ENV-07 INFRA-ENV-14 SEC-ACCESS-05 SEC-ACCESS-06 "
    "SEC-TLS-04 INFRA-MONGO-18 INFRA-MONGO-20 INFRA-READY-06 INFRA-HEALTH-0[4-6] INFRA-DATA-02 INFRA-DATA-03 "
    "INFRA-NET-03 FUNC-API-06 PERF-LOAD-03 PERF-LOAD-04 SEC-WEB-14 INFRA-LOG-07",
)
def test_all_optional_features_work(judged):
    """Mend the feature's own item, or say in [features] why the target lacks it."""
    assert not judged.not_passed()
