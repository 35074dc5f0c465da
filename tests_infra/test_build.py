"""What was built and deployed is the release. Facts: work tree, images, containers, release file."""

from acceptance import item


@item("INFRA-BUILD-01")
def test_repository_is_on_the_server(deployed):
    """Deploy by git clone."""
    assert not deployed.not_a_work_tree()


@item("INFRA-BUILD-02")
def test_release_tag_is_checked_out_unmodified(deployed, release):
    """Check out the release's tag; what is changed on the server belongs into a commit."""
    assert not deployed.not_at_tag(release)


@item("INFRA-BUILD-03")
def test_commit_is_the_recorded_one(deployed, release):
    """Check out the commit of the release file, or correct the file."""
    assert not deployed.not_at_commit(release)


@item("INFRA-BUILD-04")
def test_production_env_is_in_place(deployed):
    """Lay the production .env into the deployed directory."""
    assert not deployed.without_env()


@item("INFRA-BUILD-05")
def test_secrets_are_of_this_environment(deployed):
    """Generate the secrets for this environment alone."""
    assert not deployed.secrets_not_of_this_environment()


@item("INFRA-BUILD-06")
def test_every_needed_variable_is_set(deployed, containers):
    """Set the variable in the deployed .env."""
    assert not deployed.names_missing()
    assert not containers.variables_unset()


@item("INFRA-BUILD-07")
def test_images_are_built_from_the_release(containers, release):
    """Build again from the release's commit, with its revision as label."""
    assert not containers.images_of_another_commit(release)


@item("INFRA-BUILD-09")
def test_no_image_is_larger_than_1_gib(containers, release):
    """Build in stages, and leave build tools out of the last one."""
    assert not containers.images_larger_than(gib=1)
    assert not containers.images_grown_beyond(percent=120, release=release)


@item("INFRA-BUILD-10")
def test_containers_run_the_release_images(containers, release):
    """Recreate the container from the image that carries the version's tag."""
    assert not containers.images_of_another_version(release)
