#!/usr/bin/env python3
"""Takes checkouts apart by account and holds both halves, each with the other as a bundle, against the whole.

    halves.py TRUSTLINT CHECKOUT...

Of each checkout the directories are found whose units are deployed to one account with an ID. Those of the account with the most
directories are one half, those of all other accounts the other; what belongs to no account (modules, configurations) is in both. A
finding counts when it has a place in one of these directories: a module that only the other half calls is seen differently in this one.
"""

import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile


def run(trustlint, arguments, directory):
    command = [trustlint, *arguments, "-qq", "--project-root", ".", "."]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=600, check=False)


def accounts(trustlint, checkout):
    """The directories of units by the ID of their account."""
    found = run(trustlint, ["accounts", "--output-format", "json"], checkout)
    listed = json.loads(found.stdout or "[]")
    units = listed if isinstance(listed, list) else listed.get("units", [])
    directories = collections.defaultdict(set)
    for unit in units:
        account = re.search(r"\d{12}", unit.get("account") or "")
        path = unit["unit"].split("@")[0]
        if os.path.isfile(os.path.join(checkout, path)):
            path = os.path.dirname(path)
        if path:
            directories[path].add(account and account.group())
    by_account = collections.defaultdict(set)
    for path, ids in directories.items():
        above = any(path != other and other.startswith(path + "/") for other in directories)
        known = sorted(account for account in ids if account)
        # What deploys to several accounts lies in one half as well: else each would have a copy of it.
        if known and not above:
            by_account[known[0]].add(path)
    return by_account


def half(checkout, target, without):
    shutil.copytree(checkout, target, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    for path in without:
        shutil.rmtree(os.path.join(target, path), ignore_errors=True)


def findings(trustlint, directory, arguments, inside):
    found = run(trustlint, ["check", "--output-format", "json", *arguments], directory)
    if found.returncode not in (0, 1):
        return None
    lines = collections.Counter()
    for finding in json.loads(found.stdout)["findings"]:
        places = sorted(
            (it["path"], it["start"]["line"], it["start"]["column"], it["end"]["line"], it["end"]["column"],
             it["label"] or "", it.get("address") or "", it.get("account") or "")
            for it in finding["locations"]
        )
        if any(place[0].startswith(path + "/") for place in places for path in inside):
            lines[json.dumps([finding["rule"], finding["severity"], finding["message"], finding.get("help"), places])] += 1
    return lines


def main():
    trustlint, checkouts = os.path.abspath(sys.argv[1]), sys.argv[2:]
    for checkout in checkouts:
        name = os.path.basename(checkout.rstrip("/"))
        by_account = accounts(trustlint, checkout)
        if len(by_account) < 2:
            continue
        first = max(sorted(by_account), key=lambda account: len(by_account[account]))
        one = by_account[first]
        other = set().union(*(paths for account, paths in by_account.items() if account != first))
        with tempfile.TemporaryDirectory() as scratch:
            halves = {"one": other, "other": one}
            for half_name, without in halves.items():
                half(checkout, os.path.join(scratch, half_name), without)
                bundle = ["export", "--name", half_name, "--output", os.path.join(scratch, f"{half_name}.json")]
                run(trustlint, bundle, os.path.join(scratch, half_name))
            whole = findings(trustlint, checkout, [], one | other)
            if whole is None:
                continue
            both = sum(
                1 for line in whole for places in [json.loads(line)[4]]
                if any(place[0].startswith(path + "/") for place in places for path in one)
                and any(place[0].startswith(path + "/") for place in places for path in other)
            )
            differences = []
            for here, there in (("one", "other"), ("other", "one")):
                extra = ["--with", os.path.join(scratch, f"{there}.json"), "--report-imports"]
                found = findings(trustlint, os.path.join(scratch, here), extra, one | other)
                if found is None:
                    differences.append(f"{here}: failed")
                    continue
                differences += [f"{here} lacks {line}" for line in (whole - found).elements()]
                differences += [f"{here} adds {line}" for line in (found - whole).elements()]
            print(f"{name}: {len(by_account)} accounts, {len(one)} and {len(other)} directories, "
                  f"{sum(whole.values())} findings, {both} of both halves, {len(differences)} differences", flush=True)
            for difference in differences:
                print(f"    {difference}", flush=True)


if __name__ == "__main__":
    main()
