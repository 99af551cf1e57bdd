"""How many deployment units of real repositories have a known account, by two builds.

    python3 tests/field/accounts.py CHECKOUTS BINARY [OLD-BINARY] [--only FILE] [--changes]

CHECKOUTS is a directory with one directory for each repository; it can be given several times, separated by commas. `--only FILE` has
the names of those to measure, a line each. Without configuration (`--isolated`), because that is what a new user has. A unit counts

- as `id` when its account ID is known and is not one that examples use, of class A (certain) or B (the same as that of a unit whose ID is known),
- as `example` when the ID is one that examples use,
- as `term` when it is one account with all else that has the same term (a profile, a variable, an output), whose ID is not known,
- as `beside` when it is only known to be in the account of another unit of its root,
- as `unknown` otherwise.

Policy files are no units here, and neither are what lies below `modules`, `examples` and `tests`: nobody deploys that from there.
`--changes` lists the units whose account the two builds tell differently.
"""

import argparse
import json
import pathlib
import subprocess

KINDS = ["A", "B", "example", "term", "beside", "unknown"]
APART = {"module", "modules", "example", "examples", "test", "tests", "fixtures"}


def units(binary, checkout):
    command = [binary, "accounts", "--isolated", "--output-format", "json", "."]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=900)
    found = json.loads(done.stdout) if done.stdout.startswith("[") else []
    parts = lambda unit: set(unit["unit"].split("@")[0].split("/"))
    return {unit["unit"]: unit for unit in found if unit["language"] != "policy" and not parts(unit) & APART}


def kind(unit):
    identity = (unit.get("identity") or "").removeprefix("${").removesuffix("}")
    if unit["account"]:
        return "example" if unit.get("placeholder") else unit.get("class") or "A"
    if identity.startswith("the account of "):
        return "beside"
    return "term" if identity else "unknown"


def told(unit):
    return unit["account"] or (unit.get("identity") or "").removeprefix("${").removesuffix("}") or "unknown"


def row(name, counts):
    return " | ".join([f"| {name}", str(sum(counts.values())), *(str(counts[it]) for it in KINDS)]) + " |"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkouts")
    parser.add_argument("binaries", nargs="+")
    parser.add_argument("--only")
    parser.add_argument("--changes", action="store_true")
    given = parser.parse_args()
    only = set(pathlib.Path(given.only).read_text().split()) if given.only else None
    folders = [pathlib.Path(folder) for folder in given.checkouts.split(",")]
    checkouts = sorted(it for folder in folders for it in folder.iterdir() if not only or it.name in only)
    total = {binary: dict.fromkeys(KINDS, 0) for binary in given.binaries}
    changes = []
    print("| repository | units | " + " | ".join(KINDS) + " |\n|---|" + "--:|" * (len(KINDS) + 1))
    for checkout in checkouts:
        all_units = [units(binary, checkout) for binary in given.binaries]
        for binary, found in zip(given.binaries, all_units):
            counts = dict.fromkeys(KINDS, 0)
            for unit in found.values():
                counts[kind(unit)] += 1
                total[binary][kind(unit)] += 1
            print(row(checkout.name if binary == given.binaries[0] else "(old)", counts))
        new, old = all_units[0], all_units[-1]
        for name in sorted(set(new) | set(old)):
            before, after = (told(it[name]) if name in it else "no unit" for it in (old, new))
            if before != after:
                unit = new.get(name) or old[name]
                place = f"{unit['evidence']}, {unit['path']}:{unit['line']}" if unit["path"] else unit["evidence"]
                changes.append(f"{checkout.name}\t{name}\t{before}\t{after}\t{place}")
    for binary in given.binaries:
        print(row("all" if binary == given.binaries[0] else "all (old)", total[binary]))
    if given.changes:
        print("\n".join(changes))


main()
