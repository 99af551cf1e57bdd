"""Synthesises app.js with releases of aws-cdk-lib and compares what trustlint says of each assembly.

Usage: versions.py TRUSTLINT WORK_DIRECTORY [RELEASE...]

Needs node and npm. Every release is installed into the work directory, used and removed; its assemblies stay there.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).parent

# The first release that writes each version of the manifest, and some from before versions were told apart.
RELEASES = """
2.0.0 2.20.0 2.60.0 2.100.0 2.130.0 2.150.0
2.154.1 2.161.0 2.174.0 2.184.1 2.188.0 2.200.0 2.207.0 2.210.0 2.239.0 2.243.0 2.247.0 2.260.0 2.275.0 2.276.0
""".split()

# What the environment and the command line of CDK change.
VARIANTS = {
    "plain": {},
    "assets": {"aws:cdk:enable-asset-metadata": True, "aws:cdk:enable-path-metadata": True},
    "pathless": {"aws:cdk:enable-path-metadata": False, "aws:cdk:disable-asset-staging": True},
}
SYNTHESIZERS = ["default", "legacy", "none", "named"]


def install(release, work):
    directory = work / "install"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    (directory / "package.json").write_text("{}")
    packages = [f"aws-cdk-lib@{release}", "constructs@10"]
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps", *packages]
    subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True, timeout=900)
    return directory


def synthesise(directory, out, variant, synthesizer):
    shutil.rmtree(out, ignore_errors=True)
    shutil.copy(HERE / "app.js", directory / "app.js")
    environment = dict(os.environ, OUT=str(out), SYNTHESIZER=synthesizer, CDK_CONTEXT_JSON=json.dumps(VARIANTS[variant]))
    command = ["node", "app.js"]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])


def said(trustlint, project):
    """The findings without what differs by release, the accounts of the stacks, and what could not be read."""
    (project / ".git").mkdir(exist_ok=True)
    command = [trustlint, "check", "--output-format", "json", "--fail-on", "none", "."]
    report = json.loads(subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120).stdout)
    findings = set()
    for finding in report["findings"]:
        places = []
        for place in finding["locations"]:
            text = (project / place["path"]).read_bytes()[place["start"]["offset"] : place["end"]["offset"]].decode()
            places.append((place.get("address"), place.get("account"), text))
        findings.add((finding["rule"], finding["severity"], finding["confidence"], finding["message"], tuple(places)))
    command = [trustlint, "accounts", "--output-format", "json", "."]
    accounts = json.loads(subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120).stdout)
    return findings, accounts, report["problems"]


def main():
    trustlint, work, *releases = sys.argv[1:]
    work = pathlib.Path(work).resolve()
    trustlint = str(pathlib.Path(trustlint).resolve())
    expected = None
    wrong = 0
    for release in releases or RELEASES:
        directory = install(release, work)
        for variant in VARIANTS:
            for synthesizer in SYNTHESIZERS:
                project = work / release / f"{variant}-{synthesizer}"
                project.mkdir(parents=True, exist_ok=True)
                try:
                    synthesise(directory, project / "cdk.out", variant, synthesizer)
                except RuntimeError as error:
                    print(release, variant, synthesizer, "not synthesised:", next((line for line in str(error).splitlines() if "Error" in line), "")[:150])
                    continue
                version = json.loads((project / "cdk.out/manifest.json").read_text())["version"]
                findings, accounts, problems = said(trustlint, project)
                shown = sorted((unit["unit"], unit.get("account")) for unit in accounts)
                if expected is None:
                    expected = {}
                key = (variant == "pathless", synthesizer == "none")
                first = expected.setdefault(key, (findings, shown))
                same = first == (findings, shown) and not problems
                wrong += not same
                print(release, "manifest", version, variant, synthesizer, len(findings), "findings", "same" if same else "DIFFERS")
                if not same:
                    for one in sorted(findings - first[0], key=str):
                        print("  +", one)
                    for one in sorted(first[0] - findings, key=str):
                        print("  -", one)
                    print("  ", problems, shown if shown != first[1] else "")
        shutil.rmtree(directory)
    sys.exit(1 if wrong else 0)


main()
