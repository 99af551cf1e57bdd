"""Applies the examples of public modules with a stand-in provider, for `tests/terraform_modules.rs`.

    python3 tests/modules/apply.py [--as-registry] SCRATCH TERRAFORM CHECKOUT...

A checkout is a directory `owner+name`, or `owner+name=v1.2.3` when it is one of several versions. Terraform must find its providers without a network: TF_REATTACH_PROVIDERS names
processes that serve the schemas of the providers, evaluate `aws_iam_policy_document` as the AWS provider does, and
return on apply what they were given, with something for what is computed. Nothing is deployed.

`tests/modules/examples/owner+name/` holds further examples for a checkout, which set what its own ones do not.

Each example is copied with its repository, without provisioners, backends and version constraints; modules of the
registry become directories of the other checkouts. What needs something else is left out. Beside the copies a file
`NAME.json` with the state says which root it is of.

With `--as-registry` the examples then call the modules of the checkouts as if they were fetched, so that what stands for a module is
compared with what the module makes.
"""

import json
import os
import re
import shutil
import subprocess
import sys

REGISTRY = re.compile(r'source\s*=\s*"([\w-]+)/([\w-]+)/(aws|null)(//[\w./-]+)?"')
ZONES = '["us-east-1a", "us-east-1b", "us-east-1c"]'
EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "examples")
LEFT_OUT = ("provisioner", "backend", "cloud")
ENVIRONMENT = {"TF_CLI_CONFIG_FILE": "/dev/null", "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


def without_blocks(text):
    """The text without blocks that would do or keep something."""
    out, depth = [], 0
    for line in text.splitlines(keepends=True):
        if depth == 0 and re.match(r"\s*(%s)\b[^=]*\{" % "|".join(LEFT_OUT), line):
            depth = line.count("{") - line.count("}")
            continue
        if depth > 0:
            depth += line.count("{") - line.count("}")
            continue
        out.append(line)
    return "".join(out)


def prepared(scratch, path, text, checkouts):
    """The text with modules of the registry as directories, and without versions."""

    def local(match):
        owner, name, provider, below = match.groups()
        wanted = "%s+terraform-%s-%s" % (owner, provider, name)
        if wanted not in checkouts:
            return match.group(0)
        target = os.path.join(scratch, wanted, (below or "").lstrip("/"))
        return 'source = "%s"' % os.path.relpath(target, os.path.dirname(path))

    text = REGISTRY.sub(local, without_blocks(text))
    text = re.sub(r'(?m)^\s*(required_version|version)\s*=\s*"[^"$]*"\s*(#.*)?$', "", text)
    # The stand-in has no zones.
    return re.sub(r"slice\(data\.aws_availability_zones\.\w+\.names, *0, *\w+\)", ZONES, text)


def copy(scratch, checkouts):
    for name, source in checkouts.items():
        target = os.path.join(scratch, name)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, symlinks=False, ignore_dangling_symlinks=True, ignore=shutil.ignore_patterns(".git", ".terraform*"))
        more = os.path.join(EXAMPLES, name.partition("=")[0])
        if os.path.isdir(more):
            shutil.copytree(more, os.path.join(target, "examples"), dirs_exist_ok=True)
        for directory, _, files in os.walk(target):
            for file in files:
                path = os.path.join(directory, file)
                if file.endswith(".tf") and os.path.isfile(path):
                    with open(path, encoding="utf-8", errors="replace") as opened:
                        text = opened.read()
                    with open(path, "w", encoding="utf-8") as opened:
                        opened.write(prepared(scratch, path, text, checkouts))


def examples(scratch, checkouts):
    for name in sorted(checkouts):
        top = os.path.join(scratch, name, "examples")
        for directory, below, files in os.walk(top):
            below.sort()
            if any(file.endswith(".tf") for file in files):
                yield os.path.relpath(directory, scratch)


def applied(terraform, directory):
    """The state after an apply; `None` and why when there is none."""
    environment = {**os.environ, **ENVIRONMENT}

    def run(*arguments):
        return subprocess.run([terraform, *arguments], cwd=directory, env=environment, capture_output=True, text=True, timeout=300)

    values = sorted(file for file in os.listdir(directory) if file.startswith("fixtures") and file.endswith(".tfvars"))
    values = ["-var-file=" + file for file in values[:1]]
    for arguments in (("init", "-input=false", "-no-color"), ("apply", "-auto-approve", "-input=false", "-no-color", *values)):
        said = run(*arguments)
        if said.returncode != 0:
            errors = [line for line in said.stderr.splitlines() if "Error:" in line]
            return None, (errors or [arguments[0]])[0].strip("│ ")
    return json.loads(run("show", "-json").stdout), ""


def as_registry(scratch, root, checkouts):
    """Makes a root call the modules of the checkouts by the names that the registry, or else GitHub, has for them."""
    directory = os.path.join(scratch, root)

    def fetched(match):
        below = os.path.relpath(os.path.join(directory, match.group(1)), scratch)
        name, _, below = below.partition(os.sep)
        if name not in checkouts or below.split(os.sep)[0] == "examples":
            return match.group(0)
        repository, _, tag = name.partition("=")
        owner, name = repository.split("+", 1)
        below = "//" + below if below else ""
        found = re.fullmatch(r"terraform-(\w+)-(.+)", name)
        if not found:
            return 'source = "github.com/%s/%s%s%s"' % (owner, name, below, "?ref=" + tag if tag else "")
        version = '\n  version = "%s"' % tag.lstrip("v") if tag else ""
        return 'source = "%s/%s/%s%s"%s' % (owner, found.group(2), found.group(1), below, version)

    for file in os.listdir(directory):
        if file.endswith(".tf"):
            path = os.path.join(directory, file)
            with open(path, encoding="utf-8") as opened:
                text = opened.read()
            with open(path, "w", encoding="utf-8") as opened:
                opened.write(re.sub(r'(?m)source\s*=\s*"(\.[^"]*)"', fetched, text))


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--as-registry"]
    registry = len(arguments) + 1 < len(sys.argv)
    scratch, terraform, *directories = arguments
    scratch = os.path.realpath(scratch)
    checkouts = {os.path.basename(os.path.normpath(it)): it for it in directories}
    os.makedirs(scratch, exist_ok=True)
    copy(scratch, checkouts)
    count = 0
    for root in examples(scratch, checkouts):
        try:
            state, why = applied(terraform, os.path.join(scratch, root))
        except subprocess.TimeoutExpired:
            state, why = None, "it takes too long"
        if state is None:
            print("%s: %s" % (root, why), file=sys.stderr)
        else:
            count += 1
            with open(os.path.join(scratch, root.replace("/", "__") + ".json"), "w", encoding="utf-8") as out:
                json.dump({"root": root, "state": state}, out)
        # The walker is not to read what Terraform leaves.
        for left in (".terraform", "terraform.tfstate", ".terraform.lock.hcl"):
            path = os.path.join(scratch, root, left)
            shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) else os.path.exists(path) and os.remove(path)
    if registry:
        for root in examples(scratch, checkouts):
            as_registry(scratch, root, checkouts)
    print("%d examples were applied" % count, file=sys.stderr)


main()
