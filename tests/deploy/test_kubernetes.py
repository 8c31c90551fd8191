"""deploy/k8s: every pod hardened, probed and limited; every name referred to is there; topics as the code says."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.board.access.config import load_access
from streams.configuration import strimzi
from streams.rights import rights
from streams.settings import Settings
from streams.topics import specs
from tests.deploy.facts import ALIVE, DEPLOY, METRICS, PORTS, ROOT, SECRET, VARIABLES, is_pinned, parsed

K8S = DEPLOY / "k8s"
FOLDERS = sorted(path.parent for path in K8S.rglob("kustomization.yaml"))
NOT_RESOURCES = {"secrets.example.yaml", "prometheus-adapter-values.yaml", "kustomization.yaml"}
NAME = "app.kubernetes.io/name"
Resource = dict[str, Any]


def documents(path: Path) -> list[Resource]:
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


def kustomization(folder: Path) -> dict[str, Any]:
    (found,) = documents(folder / "kustomization.yaml")
    return found


def resources() -> Iterator[Resource]:
    for folder in FOLDERS:
        for name in kustomization(folder)["resources"]:
            if name.endswith(".yaml"):
                yield from documents(folder / name)


ALL = list(resources())
BASE = K8S / "base"
PODS = {one["metadata"]["name"]: one for one in ALL if one["kind"] in {"StatefulSet", "Deployment"}}
EXAMPLES = {one["metadata"]["name"]: one for one in documents(BASE / "secrets.example.yaml")}
MAPS = {one["name"]: one for one in kustomization(BASE)["configMapGenerator"]}
OWN = dict(line.split("=", 1) for line in (BASE / "settings.env").read_text(encoding="utf-8").splitlines())
each = pytest.mark.parametrize("name", PODS)


def of(kind: str) -> list[Resource]:
    return [one for one in ALL if one["kind"] == kind]


def spec(name: str) -> dict[str, Any]:
    return PODS[name]["spec"]["template"]["spec"]  # type: ignore[no-any-return]


def container(name: str) -> dict[str, Any]:
    (found,) = spec(name)["containers"]
    return found  # type: ignore[no-any-return]


def labels(name: str) -> dict[str, str]:
    """Of a pod, with those that the kustomization adds."""
    (added,) = kustomization(BASE)["labels"]
    assert added["includeTemplates"]
    return {**PODS[name]["spec"]["template"]["metadata"]["labels"], **added["pairs"]}


def ports(command: str) -> dict[str, int]:
    """By name: of a board those of its pages and of its metrics."""
    apart = {"metrics": METRICS[command]} if METRICS.get(command, PORTS[command]) != PORTS[command] else {}
    return {"http": PORTS[command], **apart}


def matches(selector: dict[str, Any], given: dict[str, str]) -> bool:
    wanted = selector.get("matchLabels", {})
    within = selector.get("matchExpressions", [])
    assert all(one["operator"] == "In" for one in within)
    return all(given.get(key) == value for key, value in wanted.items()) and all(
        given.get(one["key"]) in one["values"] for one in within
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_kustomization_lists_every_file_beside_it(folder: Path) -> None:
    found = kustomization(folder)
    generated = {
        name for one in found.get("configMapGenerator", []) for name in (*one.get("files", []), *one.get("envs", []))
    }
    listed = {*found["resources"], *generated}
    assert all((folder / name).exists() for name in listed)
    there = {path.name for path in folder.iterdir() if path.is_file()}
    assert there - NOT_RESOURCES == {name for name in listed if "/" not in name}


@each
def test_a_pod_is_nobody_and_can_do_nothing_to_its_machine(name: str) -> None:
    pod, own = spec(name), container(name)
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    assert not any("hostPath" in volume for volume in pod["volumes"])


def test_the_service_account_has_no_token_and_no_rights() -> None:
    (account,) = of("ServiceAccount")
    assert account["automountServiceAccountToken"] is False
    assert {spec(name)["serviceAccountName"] for name in PODS} == {account["metadata"]["name"]}
    assert not any("Role" in one["kind"] for one in ALL)


@each
def test_a_pod_has_requests_and_limits_and_is_spread(name: str) -> None:
    found = container(name)["resources"]
    assert found["requests"].keys() == found["limits"].keys() == {"cpu", "memory"}
    keys = [one["topologyKey"] for one in spec(name)["topologySpreadConstraints"]]
    assert keys == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    assert all(matches(one["labelSelector"], labels(name)) for one in spec(name)["topologySpreadConstraints"])


@each
def test_its_image_is_pinned_by_the_kustomization(name: str) -> None:
    for folder in (BASE, K8S / "overlays" / "example"):
        (image,) = kustomization(folder)["images"]
        assert image["name"] == container(name)["image"]
        assert is_pinned(f"{image['name']}:{image['newTag']}")


@each
def test_it_is_probed_where_it_answers(name: str) -> None:
    own = container(name)
    command = own["args"][0]
    assert {one["name"]: one["containerPort"] for one in own["ports"]} == ports(command)
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        how = own[probe].get("httpGet", own[probe].get("tcpSocket"))
        assert how["port"] == "http"
        assert how.get("path") == ALIVE.get(command)


@each
def test_one_that_is_busy_is_not_killed_for_it(name: str) -> None:
    live, ready = container(name)["livenessProbe"], container(name)["readinessProbe"]
    assert live["periodSeconds"] * live["failureThreshold"] >= 100 > ready["periodSeconds"]
    assert live["failureThreshold"] > ready.get("failureThreshold", 3)


@each
def test_its_command_and_its_variables_are_ours(name: str) -> None:
    own = container(name)
    parsed(own["args"])
    given = {one["name"]: one["value"] for one in own["env"]}
    assert given.keys() | OWN.keys() <= VARIABLES.keys()
    assert not (given.keys() | OWN.keys()) & SECRET
    files = set(MAPS["fenghuo-config"]["files"])
    assert {value.removeprefix("/config/") for value in given.values() if value.startswith("/config/")} <= files


@each
def test_the_secrets_it_names_are_in_the_example_under_these_keys(name: str) -> None:
    volumes = {one["name"]: one for one in spec(name)["volumes"]}
    secret = EXAMPLES[volumes["secrets"]["secret"]["secretName"]]
    mounted = "/run/secrets/fenghuo/"
    named = {one["value"].removeprefix(mounted) for one in container(name)["env"] if mounted in one["value"]}
    assert named == secret["stringData"].keys()
    sources = [one["secret"] for one in volumes["kafka"]["projected"]["sources"]]
    assert all({item["key"] for item in one["items"]} == EXAMPLES[one["name"]]["stringData"].keys() for one in sources)
    assert volumes["secrets"]["secret"]["defaultMode"] == 0o440  # the board refuses what everybody may read


@each
def test_it_logs_in_to_kafka_as_its_role_over_tls(name: str) -> None:
    given = OWN | {one["name"]: one["value"] for one in container(name)["env"]}
    role = container(name)["args"][0]
    (user,) = [one for one in of("KafkaUser") if one["metadata"]["name"] == given["FENGHUO_KAFKA_USER"]]
    assert user["metadata"]["name"] == f"fenghuo-{role}"
    assert len(user["spec"]["authorization"]["acls"]) == len(rights(role, Settings()))
    (listener,) = of("Kafka")[0]["spec"]["kafka"]["listeners"]
    assert (listener["tls"], given["FENGHUO_KAFKA_SECURITY"]) == (True, "sasl_ssl")
    assert listener["authentication"] == user["spec"]["authentication"]
    (mount,) = [one for one in container(name)["volumeMounts"] if one["name"] == "kafka"]
    sources = [one["secret"] for one in {v["name"]: v for v in spec(name)["volumes"]}["kafka"]["projected"]["sources"]]
    paths = {f"{mount['mountPath']}/{item['path']}": one["name"] for one in sources for item in one["items"]}
    assert paths[given["FENGHUO_KAFKA_PASSWORD_FILE"]] == user["metadata"]["name"]
    assert paths[given["FENGHUO_KAFKA_CA"]] == f"{of('Kafka')[0]['metadata']['name']}-cluster-ca-cert"


def test_the_cluster_denies_what_no_user_is_allowed_and_the_users_are_those_of_the_code() -> None:
    assert of("Kafka")[0]["spec"]["kafka"]["authorization"] == {"type": "simple"}
    assert strimzi.USERS.read_text("utf-8") == strimzi.render_users(), "run: python -m streams.configuration.strimzi"


@each
def test_its_mounts_are_volumes_and_its_maps_are_generated(name: str) -> None:
    volumes = {one["name"]: one for one in spec(name)["volumes"]}
    assert {one["name"] for one in container(name)["volumeMounts"]} == volumes.keys()
    used = [one["configMap"]["name"] for one in volumes.values() if "configMap" in one]
    used += [one["configMapRef"]["name"] for one in container(name)["envFrom"]]
    assert set(used) == MAPS.keys()


def test_no_secret_is_written_down() -> None:
    assert not of("Secret")
    assert all(value == "" for one in EXAMPLES.values() for value in one["stringData"].values())
    for path in K8S.rglob("*.*"):
        assert not re.search(r"(?i)(password|secret|token|key): *[\"']?[A-Za-z0-9+/]{16,}", path.read_text("utf-8"))


@each
def test_its_selector_service_and_budget_select_it_alone(name: str) -> None:
    assert matches(PODS[name]["spec"]["selector"], labels(name))
    (service,) = [one for one in of("Service") if one["metadata"]["name"] == name]
    (budget,) = [one for one in of("PodDisruptionBudget") if one["metadata"]["name"] == name]
    for selector in ({"matchLabels": service["spec"]["selector"]}, budget["spec"]["selector"]):
        assert [one for one in PODS if matches(selector, labels(one))] == [name]
    assert {one["targetPort"]: one["port"] for one in service["spec"]["ports"]} == ports(container(name)["args"][0])
    assert service["metadata"]["labels"] == {NAME: name}


def test_workers_have_names_of_their_own() -> None:
    worker = PODS["fenghuo-worker"]
    assert worker["kind"] == "StatefulSet"
    (service,) = [one for one in of("Service") if one["metadata"]["name"] == worker["spec"]["serviceName"]]
    assert service["spec"]["clusterIP"] == "None"


def test_every_network_policy_is_about_pods_that_there_are() -> None:
    for policy in of("NetworkPolicy"):
        assert any(matches(policy["spec"]["podSelector"], labels(name)) for name in PODS), policy["metadata"]["name"]
    (nothing,) = [one for one in of("NetworkPolicy") if one["metadata"]["name"] == "fenghuo-nothing"]
    assert all(matches(nothing["spec"]["podSelector"], labels(name)) for name in PODS)
    assert nothing["spec"].keys() == {"podSelector", "policyTypes"}


def test_workers_are_added_while_records_wait_and_never_more_than_partitions() -> None:
    (scaler,) = of("HorizontalPodAutoscaler")
    assert scaler["spec"]["scaleTargetRef"]["name"] in PODS
    assert scaler["spec"]["maxReplicas"] == int(OWN["FENGHUO_PARTITIONS"])
    assert scaler["spec"]["minReplicas"] == PODS["fenghuo-worker"]["spec"]["replicas"]
    metric = scaler["spec"]["metrics"][0]["external"]["metric"]["name"]
    adapter = (K8S / "monitoring" / "prometheus-adapter-values.yaml").read_text(encoding="utf-8")
    assert f"{metric}{{" in adapter
    measured = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "streams").glob("metrics*/**/*.py"))
    measured += "".join(path.read_text(encoding="utf-8") for path in (ROOT / "streams").glob("metrics*.py"))
    assert f'"{metric}"' in measured
    single = {one.name for one in specs() if one.partitions == 1}
    left_out = re.search(r'topic!~"([^"]+)"', adapter)
    assert left_out is not None
    assert set(left_out[1].split("|")) <= single


def test_what_is_measured_is_monitored_at_its_port() -> None:
    found = {}
    for monitor in of("ServiceMonitor"):
        (endpoint,) = monitor["spec"]["endpoints"]
        for service in of("Service"):
            if matches(monitor["spec"]["selector"], service["metadata"]["labels"]):
                ways = {one["name"]: one["port"] for one in service["spec"]["ports"]}
                found[container(service["metadata"]["name"])["args"][0]] = ways[endpoint["port"]]
    assert found == METRICS


def test_the_rules_are_those_of_prometheus_and_go_by_jobs_that_there_are() -> None:
    script = runpy.run_path(str(DEPLOY / "make_rules.py"))
    assert script["PATH"].read_text(encoding="utf-8") == script["render"](), "run: python deploy/make_rules.py"
    assert {one["spec"]["jobLabel"] for one in of("ServiceMonitor")} == {
        NAME
    }  # the job of a process is the name of its service
    (rules,) = of("PrometheusRule")
    text = json.dumps(rules)
    assert set(re.findall(r'job=\\"([^"\\]+)', text)) <= PODS.keys()


def test_the_files_to_begin_with_are_those_of_compose_but_for_the_address_of_alertmanager() -> None:
    for name in ("people.yaml", "oncall.yaml", "access.yaml"):
        assert (BASE / name).read_text(encoding="utf-8") == (DEPLOY / "config" / name).read_text(encoding="utf-8")


def test_the_board_answers_to_the_name_of_the_ingress() -> None:
    (ingress,) = of("Ingress")
    access = load_access(K8S / "overlays" / "example" / "access.yaml", {})[0]
    (host,) = [
        rule["host"]
        for rule in ingress["spec"]["rules"]
        if rule["http"]["paths"][0]["backend"]["service"]["name"] == "fenghuo-board"
    ]
    assert access.hosts == (host,)
    assert access.networks()


def test_what_comes_in_goes_to_services_of_ours() -> None:
    (ingress,) = of("Ingress")
    services = {one["metadata"]["name"] for one in of("Service")}
    backends = [path["backend"]["service"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
    assert {one["name"] for one in backends} <= services
    assert {one["port"]["name"] for one in backends} == {"http"}


def test_the_topics_are_those_of_the_code() -> None:
    assert strimzi.PATH.read_text(encoding="utf-8") == strimzi.render(), "run: python -m streams.configuration.strimzi"
    found = {one["spec"]["topicName"]: one["spec"] for one in of("KafkaTopic")}
    assert found.keys() == {one.name for one in specs()}
    for one in specs():
        assert found[one.name]["partitions"] == (one.partitions or int(OWN["FENGHUO_PARTITIONS"]))
        assert found[one.name]["replicas"] == int(OWN["FENGHUO_REPLICATION"])
        assert one.config().items() <= found[one.name]["config"].items()


def test_the_cluster_keeps_its_word_with_one_broker_away_and_takes_our_largest_record() -> None:
    (kafka,) = of("Kafka")
    (pool,) = of("KafkaNodePool")
    config = kafka["spec"]["kafka"]["config"]
    assert pool["spec"]["replicas"] == config["default.replication.factor"] == int(OWN["FENGHUO_REPLICATION"])
    assert config["min.insync.replicas"] < config["default.replication.factor"]
    assert config["auto.create.topics.enable"] is False
    largest = max(int(one.extra.get("max.message.bytes", 0)) for one in specs())
    assert min(config["message.max.bytes"], config["replica.fetch.max.bytes"]) >= largest
    name = kafka["metadata"]["name"]
    assert OWN["FENGHUO_BOOTSTRAP"] == f"{name}-kafka-bootstrap:{kafka['spec']['kafka']['listeners'][0]['port']}"
    assert {one["metadata"]["labels"]["strimzi.io/cluster"] for one in (pool, *of("KafkaTopic"))} == {name}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_kubectl_makes_of_it_what_was_meant(folder: Path) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl on this machine: what kustomize makes of the folders is not seen")
    done = subprocess.run([kubectl, "kustomize", folder], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    made = [one for one in yaml.safe_load_all(done.stdout) if one]
    part_of = {"app.kubernetes.io/part-of": "fenghuo"}
    for one in made:
        if one["kind"] in {"StatefulSet", "Deployment"}:
            assert part_of.items() <= one["spec"]["template"]["metadata"]["labels"].items()
            assert is_pinned(one["spec"]["template"]["spec"]["containers"][0]["image"])
    if folder.name == "example":
        kinds = {one["kind"] for one in made}
        assert {one["kind"] for one in ALL} <= kinds
        assert {one["metadata"].get("namespace") for one in made if one["kind"] != "Namespace"} == {"fenghuo"}
