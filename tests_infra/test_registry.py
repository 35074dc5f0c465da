"""The release's images in their registry. Facts: the registry's own API, asked as a stranger and as the account."""

from acceptance import item


@item("INFRA-IMAGE-01")
def test_registry_speaks_the_distribution_protocol(registry):
    """Let [registry] url name the registry itself, and let its proxy pass /v2/ on."""
    assert not registry.silence


@item("INFRA-IMAGE-02")
def test_account_sees_the_repositories(registry):
    """Give the account the right to pull from each repository."""
    assert not registry.repositories_unreadable()


@item("INFRA-IMAGE-03")
def test_registry_refuses_strangers(registry):
    """Make the repository private."""
    assert not registry.repositories_open()
    assert not registry.repositories_unreadable()


@item("INFRA-IMAGE-04")
def test_every_service_has_an_image(registry):
    """Build and push the image of the service, for every platform of production."""
    assert not registry.images_missing()


@item("INFRA-IMAGE-05")
def test_every_image_is_tagged_with_the_version(registry):
    """Push the tag again for the digest that the release file records, and forbid moving tags."""
    assert not registry.tags_wrong()


@item("INFRA-IMAGE-07")
def test_all_layers_are_in_the_registry(registry):
    """Push the image again from where it was built."""
    assert not registry.layers_missing()


@item("INFRA-IMAGE-06")
def test_every_image_was_scanned_and_has_no_critical_finding(image_scans, ci):
    """Scan the digest again; mend what is critical, or accept it with reason, approver and end."""
    assert not image_scans.not_scanned(within_days=7)
    assert not ci.vulnerabilities("critical", kinds=("image",))


@item("INFRA-IMAGE-08")
def test_production_can_pull_every_image(pulls):
    """Log the deploy user of the host in to the registry, and open the way to it."""
    assert not pulls.refused()
