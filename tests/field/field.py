#!/usr/bin/env python3
"""Measures how many findings are right, on checkouts of real repositories. README.md beside this file says how.

    field.py run BINARY CHECKOUTS FINDINGS             runs `check` in every directory of CHECKOUTS
    field.py draw FINDINGS [--seed N] [--count N] [--verdicts FILE ...] [--part I/N]
                                                       prints what is to be read, with the lines around each place
    field.py table FINDINGS --verdicts FILE ...        prints the precision by rule, and what is left to read

FINDINGS holds one finding a line. A file of verdicts has one a line, separated by tabs: repository, fingerprint,
`right`, `debatable` or `wrong`, `acts` or `stuck` (whether message and help are enough to act on), why.
"""

import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys

VERDICTS = ("right", "debatable", "wrong")
CONTEXT = 4
LONGEST = 12


def run(binary, checkouts, out):
    count = 0
    with open(out, "w") as file:
        for directory in sorted(pathlib.Path(checkouts).iterdir()):
            if not directory.is_dir():
                continue
            command = [binary, "check", "--output-format", "json", "."]
            ran = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=300)
            if ran.returncode not in (0, 1):
                continue
            for finding in json.loads(ran.stdout)["findings"]:
                finding["repository"] = directory.name
                finding["checkout"] = str(directory.resolve())
                file.write(json.dumps(finding) + "\n")
                count += finding["severity"] != "info"
    print(f"{count} errors and warnings", file=sys.stderr)


def gated(path):
    """Errors and warnings, each once: instances of one finding have one fingerprint."""
    seen, found = set(), []
    for line in open(path):
        finding = json.loads(line)
        key = (finding["repository"], finding["fingerprint"])
        if finding["severity"] != "info" and key not in seen:
            seen.add(key)
            found.append(finding)
    return found


def verdicts(files):
    """The verdicts by repository and fingerprint. The last one holds."""
    read = {}
    for path in files:
        for number, line in enumerate(open(path), 1):
            if not line.strip() or line.startswith("#"):
                continue
            fields = line.rstrip("\n").split("\t")
            if len(fields) < 4 or fields[2] not in VERDICTS or fields[3] not in ("acts", "stuck"):
                sys.exit(f"{path}:{number}: not a verdict: {line.strip()}")
            read[fields[0], fields[1]] = (fields[2], fields[3], fields[4] if len(fields) > 4 else "")
    return read


def excerpt(finding, location):
    path = pathlib.Path(finding["checkout"]) / location["path"]
    lines = path.read_text(errors="replace").splitlines()
    first = location["start"]["line"]
    last = min(location["end"]["line"], first + LONGEST)
    for number in range(max(1, first - CONTEXT), min(len(lines), last + CONTEXT) + 1):
        mark = ">" if first <= number <= last else " "
        yield f"    {mark}{number:5} {lines[number - 1][:180]}"


def draw(options):
    known = verdicts(options.verdicts)
    left = [it for it in gated(options.findings) if (it["repository"], it["fingerprint"]) not in known]
    errors = [it for it in left if it["severity"] == "error"]
    warnings = [it for it in left if it["severity"] != "error"]
    random.Random(options.seed).shuffle(warnings)
    drawn = (errors + warnings)[: options.count]
    part, parts = map(int, options.part.split("/"))
    drawn = drawn[part - 1 :: parts]
    print(f"{len(drawn)} of {len(left)} that are left to read\n")
    for finding in drawn:
        print(f"## {finding['repository']}\t{finding['fingerprint']}")
        print(f"{finding['severity']}[{finding['rule']}] {finding['message']}")
        print(f"help: {finding.get('help')}")
        if finding.get("when"):
            print(f"when: {finding['when']}")
        if finding.get("instances"):
            print(f"instances: {len(finding['instances'])}")
        for location in finding["locations"][:6]:
            where = f"{location['path']}:{location['start']['line']}:{location['start']['column']}"
            print(f"  {where} {location.get('label')} [{location.get('address')}] account {location.get('account')}")
            print("\n".join(excerpt(finding, location)))
        print()


def table(options):
    known = verdicts(options.verdicts)
    rules = collections.defaultdict(collections.Counter)
    stuck, read, left = 0, 0, 0
    for finding in gated(options.findings):
        verdict = known.get((finding["repository"], finding["fingerprint"]))
        if verdict is None:
            left += 1
            continue
        read += 1
        stuck += verdict[1] == "stuck"
        for name in (finding["rule"], "all"):
            rules[name][verdict[0]] += 1
    print("| rule | right | debatable | wrong |\n|---|--:|--:|--:|")
    for name in sorted(rules, key=lambda it: (it == "all", it)):
        counts = rules[name]
        print(f"| {name} | {counts['right']} | {counts['debatable']} | {counts['wrong']} |")
    if read:
        print(f"\nenough to act on: {100 * (read - stuck) / read:.0f} %; read {read}, left {left}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run")
    for name in ("binary", "checkouts", "findings"):
        running.add_argument(name)
    for name in ("draw", "table"):
        command = commands.add_parser(name)
        command.add_argument("findings")
        command.add_argument("--verdicts", nargs="*", default=[])
        if name == "draw":
            command.add_argument("--seed", type=int, default=1)
            command.add_argument("--count", type=int, default=250)
            command.add_argument("--part", default="1/1")
    options = parser.parse_args()
    if options.command == "run":
        run(str(pathlib.Path(options.binary).resolve()), options.checkouts, options.findings)
    elif options.command == "draw":
        draw(options)
    else:
        table(options)


if __name__ == "__main__":
    main()
