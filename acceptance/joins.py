"""Joins: pure functions of what several probes saw. Parameters are named for probes or other joins."""

from __future__ import annotations

from datetime import timedelta

from acceptance.facts import ProbeError, Unseen, seen
from acceptance.grading import observatory, ssl_labs
from acceptance.grading.alerting import Alerting
from acceptance.grading.backups import AgainstLive
from acceptance.grading.image_scans import ImageScans
from acceptance.grading.memory import Memory
from acceptance.grading.metrics_beside import MetricsBesideDocker
from acceptance.grading.outages import Outages
from acceptance.grading.release_scans import ReleaseScans
from acceptance.grading.running import Running
from acceptance.grading.weaknesses import WeakerThanBefore, weaknesses
from acceptance.grading.went_back import Snapshot, WentBack
from acceptance.probes import headers as header_facts
from acceptance.probes.alert_path import AlertPath
from acceptance.probes.alertmanager import Alertmanager
from acceptance.probes.backup_facts import Backup
from acceptance.probes.baseline import Before
from acceptance.probes.ci_facts import Ci
from acceptance.probes.configuration import Configuration
from acceptance.probes.containers import Containers
from acceptance.probes.defaults import Defaults
from acceptance.probes.deployed import Deployed
from acceptance.probes.entrances import Entrances
from acceptance.probes.forgeries import Tokens
from acceptance.probes.guards import Guards
from acceptance.probes.health import StatusDocument
from acceptance.probes.hosts import Hosts
from acceptance.probes.machine import Machines
from acceptance.probes.metrics import Metrics
from acceptance.probes.mongo import Mongo
from acceptance.probes.planned import Plan
from acceptance.probes.prometheus import Prometheus
from acceptance.probes.registry import Registry
from acceptance.probes.release import ReleaseFile
from acceptance.probes.renewal import CertificateRenewal, Renewal
from acceptance.probes.service_health import ServiceHealth
from acceptance.probes.services import Services
from acceptance.probes.software import Installed
from acceptance.probes.tls import Tls
from acceptance.probes.usage import Usage
from acceptance.probes.watch import Watch


def header_grade(headers: header_facts.Headers) -> observatory.HeaderGrade:
    """The page's headers as Mozilla's HTTP Observatory scores them."""
    return observatory.grade(headers.site)


def alerting(prometheus: Prometheus, alertmanager: Alertmanager) -> Alerting:
    """Where each alerting rule's alerts end, by the routes that are loaded."""
    return Alerting.of(prometheus, alertmanager)


def sent_alert(alert_path: AlertPath) -> AlertPath:
    """The test alert of this run; pending where the loaded routes might have paged a person with it."""
    from acceptance.judge import Settled
    from acceptance.verdict import Status

    if alert_path.might_page:
        receivers = ", ".join(alert_path.might_page)
        why = f"not sent: the loaded routes lead it to {receivers}, not only to {alert_path.receiver}"
        raise Settled(Status.PENDING, f"{why}; it might page a person, which needs --allow disrupts")
    return alert_path


def last_alert(alert_path: AlertPath) -> AlertPath:
    """The last test alert, of this run or an earlier one; pending as `sent_alert` when there was none."""
    return alert_path if alert_path.sent else sent_alert(alert_path)


def tls_grade(tls: Tls) -> ssl_labs.TlsGrade:
    """Every endpoint as SSL Labs' guide grades it."""
    return ssl_labs.TlsGrade(
        tuple(ssl_labs.grade(each) for each in tls.endpoints if not isinstance(each, Unseen)),
        tuple(each for each in tls.endpoints if isinstance(each, Unseen)),
    )


def release_scans(ci: Ci, release: ReleaseFile) -> ReleaseScans:
    """Which of the release's images were scanned, and when."""
    return ReleaseScans(ci, release)


def machines(hosts: Hosts) -> Machines:
    """The hosts as machines."""
    return Machines(hosts)


def installed(hosts: Hosts) -> Installed:
    """The software on the hosts."""
    return Installed(hosts)


def plan(hosts: Hosts) -> Plan:
    """What the compose file plans on the hosts."""
    return Plan(hosts)


def containers(hosts: Hosts) -> Containers:
    """The containers on the hosts."""
    return Containers(hosts)


def service_health(hosts: Hosts, services: Services) -> ServiceHealth:
    """What the containers' flags and the services' own protocols say together."""
    return ServiceHealth(hosts, services)


def memory(watch: Watch) -> Memory:
    """Memory over the time watched."""
    return Memory(watch)


def outages(watch: Watch, containers: Containers) -> Outages:
    """How long services have been down on end."""
    return Outages(watch, containers)


def running(release: ReleaseFile, status_document: StatusDocument) -> Running:
    """What says that it runs, beside what was recorded."""
    return Running(release, status_document)


def image_scans(registry: Registry, ci: Ci) -> ImageScans:
    """Which of the images in the registry were scanned, and when."""
    return ImageScans(registry, ci)


def certificate_renewal(tls: Tls, renewal: Renewal) -> CertificateRenewal:
    """The served certificates against the hosts that renew them."""
    return CertificateRenewal(tls, renewal)


def newest_backup(backup: Backup, mongo: Mongo) -> AgainstLive:
    """The newest backup beside the live database."""
    return AgainstLive(backup.database, seen(backup.newest), mongo.content.counts)


def first_backup(backup: Backup, mongo: Mongo) -> AgainstLive:
    """The first backup after the deployment that is still kept; until it is due the item is pending."""
    from acceptance.judge import Settled
    from acceptance.verdict import Status

    if backup.deployed is None:
        raise Settled(Status.PENDING, "the release file does not say when it was deployed")
    if backup.first_after is None:
        if backup.now - backup.deployed > timedelta(days=1):
            raise ProbeError("the first backup after the deployment", "a day has passed, and none carries a later time")
        raise Settled(Status.PENDING, "no backup was due since the deployment")
    return AgainstLive(backup.database, seen(backup.first_after), mongo.content.counts)


def deployed(configuration: Configuration) -> Deployed:
    """The deployed directories."""
    return Deployed(configuration)


def entrances(configuration: Configuration) -> Entrances:
    """The hosts' entrances by their own daemons' word."""
    return Entrances(configuration)


def metrics_beside_docker(metrics: Metrics, usage: Usage) -> MetricsBesideDocker:
    """What Prometheus says of containers, and what Docker says."""
    return MetricsBesideDocker(metrics, usage)


def snapshot(containers: Containers, status_document: StatusDocument) -> Snapshot:
    """What runs now, before anything is changed."""
    return Snapshot(containers, status_document)


def went_back(release: ReleaseFile, containers: Containers) -> WentBack:
    """What runs after a rollback."""
    return WentBack(release, containers)


def watch_after_rollback(watch: Watch, release: ReleaseFile) -> Watch:
    """The watch from the rollback on: what was seen of the failed version says nothing of the one that runs again."""
    if release.rolled_back is None:
        raise ProbeError("the watch after the rollback", "the release file does not say when it was")
    return watch.after(release.rolled_back)


def security(
    guards: Guards,
    forgeries: Tokens,
    defaults: Defaults,
    services: Services,
    ci: Ci,
    baseline: Before,
    release: ReleaseFile,
) -> WeakerThanBefore:
    """Critical weaknesses, beside those of the version to go back to."""
    now = weaknesses({"guards": guards, "forgeries": forgeries, "defaults": defaults, "services": services, "ci": ci})
    return WeakerThanBefore(now, baseline, release)
