"""A cluster that lets in who has a login, and lets each do what its role needs: our processes there, and strangers."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
import uvloop
from aiokafka.errors import TopicAuthorizationFailedError as Refused
from kafka import KafkaAdminClient
from kafka.admin import ACLFilter, ACLOperation, ACLPermissionType, ACLResourcePatternType, ResourcePatternFilter

from rules.alert import Alert
from streams import topics
from streams.acls import TYPES, apply, held
from streams.admission import admit, said
from streams.board.access.passwords import hashed
from streams.clients import connect, look
from streams.commanding import command_about, send
from streams.configuration.checking import Report
from streams.configuration.cluster import check_cluster
from streams.errors import BrokerUnavailable
from streams.feed import Parcel, feed_reports
from streams.producing import new_producer
from streams.rights import ROLES, TOPIC, Right, implied, rights
from streams.settings import Settings
from streams.state import read_partition
from streams.tail import Tail
from streams.topicadmin import asking, create_topics
from streams.topics import specs
from tests.certificates import Authority
from tests.counterparts import HttpCounterpart, ok
from tests.integration.securing import (
    FREE,
    Running,
    Secured,
    a_secured_cluster,
    ended,
    environment,
    is_well,
    start,
    until,
)
from tests.streams.board.access.behind import sign_in

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with a_secured_cluster(tmp_path_factory.mktemp("secured")) as made:
        yield made


def test_each_role_may_do_what_it_is_for_and_nothing_else(cluster: Secured) -> None:
    """As the cluster itself says, of every topic."""
    for role, one in ROLES.items():
        settings = cluster.settings(role)
        admit(settings, role)
        names = [settings.topic(spec.name) for spec in specs()]
        client = connect(KafkaAdminClient, settings)
        try:
            found = look(client, names)
        finally:
            client.close()
        wanted = {r.name: set(r.operations) | implied(r.operations) for r in rights(role, settings) if r.kind == TOPIC}
        assert set(found.hidden) == set(names) - wanted.keys(), role
        allowed = {name: set(topic["authorized_operations"]) for name, topic in found.there.items()}
        assert allowed == wanted, role
        assert one.manages == any("CREATE" in operations for operations in wanted.values())


READS = {
    "feeder": "events",
    "deliver": "hotline.calls",
    "links": "alerts.current",
    "worker": "audit",
    "board": "state.intake",
}
WRITES = {"board": "alerts", "feeder": "events", "links": "alerts", "worker": "hotline.calls", "deliver": "commands"}


@pytest.mark.parametrize("role", READS)
def test_what_a_role_must_not_read_or_write_it_cannot(cluster: Secured, role: str) -> None:
    settings = cluster.settings(role)
    with (
        pytest.raises(BrokerUnavailable, match=f"does not allow {role}: "),
        Tail(settings, [READS[role]], from_beginning=True) as tail,
    ):
        tail.poll(5.0)
    with pytest.raises(Refused):
        asyncio.run(_write(settings, WRITES[role]))


async def _write(settings: Settings, topic: str) -> None:
    producer = new_producer(settings.client())
    await producer.start()
    try:
        await producer.send_and_wait(settings.topic(topic), b"{}", partition=0)
    finally:
        await producer.stop()


def test_nobody_waits_for_a_goodbye_under_tls(cluster: Secured) -> None:
    """A broker that is asked for records it does not have gives none for 30 s, each time a state is read."""

    async def read() -> float:
        began = time.monotonic()
        for number in range(6):
            await read_partition(settings.client(), settings.topic(topics.INTAKE_STATE), number % 2)
        return time.monotonic() - began

    settings = cluster.settings("worker")
    for loop in (uvloop.new_event_loop, asyncio.new_event_loop):
        with asyncio.Runner(loop_factory=loop) as runner:
            assert runner.run(read()) < 25.0


READ = re.compile(r'^fenghuo_board_records_total\{topic="alerts\.current"\} [1-9]', re.MULTILINE)


def test_every_process_works_with_its_own_rights_and_shows_no_secret_anywhere(cluster: Secured, tmp_path: Path) -> None:
    with HttpCounterpart(ok(errcode=0, errmsg="ok")) as robot:
        city = _City(cluster, tmp_path, robot.url)
        with ended(city.running):
            city.begin()
            until(lambda: all(map(is_well, city.running)), city.running)
            city.feed()
            until(lambda: robot.requests, city.running)
            alert = city.standing()
            with city.browser() as browser:
                assert sign_in(browser, "li", city.secrets["board password"]).status_code == 303
                until(lambda: READ.search(city.running[2].get("/metrics")), city.running)
                seen = [browser.get(path).text for path in ("/", "/city", "/system", "/rules", "/shift", "/none")]
                seen.append(browser.get(f"/alert/{alert.id}").text)
            with city.browser() as browser:
                seen.append(sign_in(browser, "li", city.secrets["a wrong password"]).text)
            answers = [
                send(cluster.settings(role), command_about(alert, action, by=role))
                for role, action in (("links", "sign"), ("board", "arrive"))
            ]
            assert [one is not None and one.reason for one in answers] == ["", ""]
            seen += [one.get(path) for one in city.running for path in ("/metrics", "/health")]
            seen += [Path(f"/proc/{one.process.pid}/cmdline").read_text() for one in city.running]
        failed = city.failing_starts()
        seen += [one.said() for one in (*city.running, *failed)]
        assert all(one.process.returncode == 0 for one in city.running), seen[-10:]
        seen += cluster.everything()
        seen += [repr(cluster.settings("worker")), repr(cluster.settings("worker").login())]
        assert city.secrets["robot"] in robot.requests[0].target  # it was there to be shown
        assert sum(alert.id in text for text in seen) > 2, "what was looked through was not there"
    for name, secret in city.secrets.items():
        assert not [text for text in seen if secret in text], name


class _City:
    """Its processes, each logged in as its role, with a secret wherever one can be."""

    def __init__(self, cluster: Secured, folder: Path, robot: str) -> None:
        self.cluster, self.folder = cluster, folder
        self.running: list[Running] = []
        names = ("reporter key", "robot", "webhook key", "token key", "client secret", "board password")
        self.secrets = {name: f"planted-{name.replace(' ', '-')}-of-31-letters" for name in names}
        self.secrets["a wrong password"] = "planted-and-wrong-password"
        self.secrets |= {f"kafka {user}": password for user, password in cluster.passwords.items()}
        self._robot = f"{robot}/send?key={self.secrets['robot']}"
        self._write()

    def _write(self) -> None:
        for name, text in {
            "channels.yaml": "channels:\n  robot: {type: wecom, url_from: ROBOT_URL, timeout_s: 2}\n"
            "  hook: {type: webhook, url_from: ROBOT_URL, key_from: HOOK_KEY, allow_private: true}\n",
            "oncall.yaml": "people:\n  desk: {name: 值班室, desk: true, reach: [{channel: robot}]}\n"
            "fallback: [desk]\nconfirm: [desk]\nrosters: {}\nroutes:\n  - {name: all, to: [desk]}\n",
            "people.yaml": "people:\n  li: {name: 李, roles: [commander]}\n",
            "passwords.yaml": f"li: {hashed(self.secrets['board password'])}\n",
            "access.yaml": "oidc:\n  issuer: http://127.0.0.1:9/realm\n  client_id: fenghuo\n"
            "  client_secret_file: oidc\n",
            "oidc": self.secrets["client secret"],
            "reporter-key": self.secrets["reporter key"],
            **{f"kafka-{user}": password for user, password in self.cluster.passwords.items()},
        }.items():
            (self.folder / name).write_text(text, encoding="utf-8")
            (self.folder / name).chmod(0o600)

    def env(self, role: str, **more: str) -> dict[str, str]:
        """Variables of a process of a role; its password comes from a file."""
        own = {"FENGHUO_KAFKA_PASSWORD_FILE": str(self.folder / f"kafka-{role}")}
        files = {f"FENGHUO_{name.upper()}": str(self.folder / f"{name}.yaml") for name in more.pop("files", "").split()}
        return environment(self.cluster.settings(role, kafka_password=""), **own, **files, **more)

    def begin(self) -> None:
        """Start them."""
        key = {"FENGHUO_REPORTER_KEY_FILE": str(self.folder / "reporter-key")}
        channels = {"ROBOT_URL": self._robot, "HOOK_KEY": self.secrets["webhook key"]}
        links = {"FENGHUO_LINKS": "http://127.0.0.1:9", "FENGHUO_TOKEN_KEY": self.secrets["token key"]}
        board = self.env("board", files="people passwords access", FENGHUO_BOARD_PORT="0")
        for role, env in {
            "worker": self.env("worker", FENGHUO_SNAPSHOT_S="1", **key),
            "deliver": self.env("deliver", files="channels oncall", **channels, **links),
            "board": board,
        }.items():
            self.running.append(start(self.folder, role, (role,), env))

    def feed(self) -> None:
        """Send a call that is red at once, with ``fenghuo feed``."""
        at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
        call = {"source": "hotline", "id": "GD1", "occurred_at": at, "title": "煤气味", "caller": "13800138000"}
        call |= {"text": "有人在检修井下中毒晕倒，燃气泄漏，浓烈煤气味", "district": "440507", "street": "金霞街道"}
        (self.folder / "calls.jsonl").write_bytes(msgspec.json.encode(call) + b"\n")
        command = ("feed", "fenghuo", str(self.folder / "calls.jsonl"))
        fed = start(self.folder, "feed", command, self.env("feeder"))
        assert fed.end() == 0, fed.said()

    def standing(self) -> Alert:
        """Return what stands, read as a person at the command line does."""
        with Tail(self.cluster.settings("operator"), [topics.CURRENT], from_beginning=True) as tail:
            found = [msgspec.json.decode(record.value, type=Alert) for record in tail.to_end() if record.value]
        return found[-1]

    def browser(self) -> httpx.Client:
        """Return a browser."""
        said = re.search(r"board at (http://[\d.:]+)", self.running[2].said())
        assert said is not None
        return httpx.Client(base_url=said[1], headers={"Origin": said[1]}, timeout=30)

    def failing_starts(self) -> list[Running]:
        """Start each once more with something wrong in it, and return what was said to that."""
        short = {"FENGHUO_REPORTER_KEY": self.secrets["reporter key"], "FENGHUO_PARTITIONS": "none"}
        both = {"FENGHUO_KAFKA_PASSWORD": self.cluster.passwords["deliver"]}
        channels = {"ROBOT_URL": "ftp://" + self.secrets["robot"], "HOOK_KEY": self.secrets["webhook key"][:12]}
        wrong = {"FENGHUO_TOKEN_KEY": self.secrets["token key"], "FENGHUO_TOKEN_KEY_OLD": "x"}
        commands = {
            "worker": (("worker",), self.env("worker", **short)),
            "deliver": (("deliver",), self.env("deliver", files="channels oncall", **channels, **wrong)),
            "board": (("board",), self.env("board", files="passwords access people oncall", **both)),
            "print": (("config", "print", "--json"), self.env("worker", **short, **wrong)),
        }
        failing = [start(self.folder, f"failing-{name}", *one) for name, one in commands.items()]
        assert all(one.end() for one in failing), [one.said() for one in failing]
        return failing


FAULTS = {
    "plain": "ends a connection that is plaintext: set FENGHUO_KAFKA_SECURITY",
    "untrusted": "its certificate is not vouched for by .*: set FENGHUO_KAFKA_CA",
    "name": "its certificate is for another name .*: connect by a name that stands in it",
    "password": "does not let 'worker' in: look at FENGHUO_KAFKA_USER",
    "rights": "does not allow nobody: .* on city-events, .*READ on group city-group, .*`fenghuo topics acls",
}
FEED = ("feed", "fenghuo")
TURNED_AWAY = (
    ("plain", FEED),
    ("untrusted", FEED),
    ("name", FEED),
    ("password", FEED),
    ("password", ("alerts", "tail")),
    ("password", ("links",)),
    ("password", ("topics", "create")),
    ("password", ("board",)),
    ("rights", ("worker",)),
)


def test_who_is_turned_away_is_told_why_at_once_and_leaves(cluster: Secured, tmp_path: Path) -> None:
    stranger, own = Authority(tmp_path, "another authority"), cluster.settings("worker")
    wrong = {
        "plain": Settings(bootstrap=own.bootstrap, prefix=own.prefix),
        "untrusted": cluster.settings("worker", kafka_ca=str(stranger.file)),
        "name": cluster.settings("worker", bootstrap=own.bootstrap.replace("127.0.0.1", "localhost")),
        "password": cluster.settings("worker", kafka_password="planted-wrong-password"),  # noqa: S106 - it is nobody's
        "rights": cluster.settings(FREE),
    }
    key = {"FENGHUO_REPORTER_KEY": "k" * 16, "FENGHUO_TOKEN_KEY": "k" * 16, "FENGHUO_BOARD_PORT": "0"}
    calls = (str(tmp_path / "calls.jsonl"),)
    Path(calls[0]).touch()
    turned = [
        (
            FAULTS[fault],
            start(
                tmp_path, f"{fault}-{number}", (*command, *calls * (command == FEED)), environment(wrong[fault], **key)
            ),
        )
        for number, (fault, command) in enumerate(TURNED_AWAY)
    ]
    with ended([one for _, one in turned]):
        for said, one in turned:
            assert one.end() == 3, (one.command, one.said())
            assert re.search(said, one.said()), (one.command, one.said())
            assert len(one.said().splitlines()) == 1, one.said()
            assert "planted" not in one.said()


@contextmanager
def without(cluster: Secured, role: str, right: Right) -> Iterator[None]:
    """Take one right from a role, and give it back."""
    kind = ACLResourcePatternType.PREFIXED if right.prefixed else ACLResourcePatternType.LITERAL
    where = ResourcePatternFilter(TYPES[right.kind], right.name, kind)
    one = ACLFilter(f"User:{role}", "*", ACLOperation.ANY, ACLPermissionType.ALLOW, where)
    with asking(cluster.settings("admin")) as client:
        taken = client.delete_acls([one])[0][1]
        assert taken
        until(lambda: not held(client, f"User:{role}").intersection(taken), [])
    try:
        yield
    finally:
        apply(cluster.settings("admin"), f"User:{role}", [right])


@pytest.mark.parametrize("role", ["worker", "deliver", "board"])
def test_a_right_that_is_missing_is_named_before_a_process_begins(cluster: Secured, role: str) -> None:
    settings = cluster.settings(role)
    wanted = rights(role, settings)
    chosen = [next(one for one in wanted if one.kind == kind) for kind in {one.kind for one in wanted}]
    for right in chosen:
        with without(cluster, role, right):
            with pytest.raises(BrokerUnavailable) as caught:
                admit(settings, role)
            assert f"does not allow {role}: {said(right)}; `fenghuo topics acls {role}" in str(caught.value)
    admit(settings, role)


def test_a_certificate_of_ones_own_is_a_way_in_too(cluster: Secured) -> None:
    pair = cluster.broker.authority.issue("feeder-of-the-hotline")
    settings = Settings(
        bootstrap=f"127.0.0.1:{cluster.broker.mutual_port}",
        prefix=cluster.prefix,
        group=f"{cluster.prefix}group",
        kafka_security="ssl",
        kafka_ca=str(cluster.broker.authority.file),
        kafka_certificate=str(pair.certificate),
        kafka_key_file=str(pair.key),
    )
    with pytest.raises(BrokerUnavailable, match="WRITE on city-dead-letters"):
        admit(settings, "feeder", partitions=False)
    apply(cluster.settings("admin"), "User:CN=feeder-of-the-hotline", rights("feeder", settings))
    letter = Parcel(None, topics.DEAD, b"{}", bad=True)
    assert feed_reports([letter], settings).rows == 1
    with pytest.raises(BrokerUnavailable, match="it may want a certificate, too: FENGHUO_KAFKA_CERTIFICATE"):
        admit(msgspec.structs.replace(settings, kafka_certificate="", kafka_key_file=""), "feeder")


def test_a_check_of_the_configuration_tells_what_the_user_may_not_do(cluster: Secured) -> None:
    report = Report()
    check_cluster(cluster.settings("feeder"), report, ["feeder", "links"])
    (fault,) = report.faults
    assert "does not allow feeder: WRITE on city-commands, READ on city-commands.answers; `fenghuo topics" in str(fault)
    assert report.skipped == ["kafka: how topics are kept: the user may not see all of it; ask as `admin`"]
    report = Report()
    check_cluster(cluster.settings("admin"), report)
    assert (report.faults, report.skipped) == ([], [])


def test_who_may_not_give_rights_or_make_topics_is_told_so(cluster: Secured) -> None:
    settings = cluster.settings("feeder")
    with pytest.raises(BrokerUnavailable, match="does not allow feeder: ClusterAuthorization"):
        apply(settings, "User:feeder", rights("admin", settings))
    with pytest.raises(BrokerUnavailable, match="does not allow feeder: TopicAuthorization"):
        create_topics(settings)
