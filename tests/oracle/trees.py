"""Writes the trees that PyYAML reads from files: one JSON value a line, or null where it refuses the file.

A node is [kind, tag, content]: scalars as they are resolved by YAML 1.1, maps with merge keys applied.

usage: trees.py DIRECTORY COUNT SEED, with the paths in DIRECTORY/files.txt; writes DIRECTORY/trees.jsonl
"""

import json
import sys
from pathlib import Path

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
IMPLICIT = "tag:yaml.org,2002:"


def merged(node, seen):
    """The pairs of a map: merged ones first, so that later ones win."""
    pairs, merges = [], []
    for key, value in node.value:
        if key.tag == IMPLICIT + "merge":
            for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                merges.append(merged(one, seen))
        else:
            pairs.append((key, value))
    # Of several merged maps the first wins.
    flat = [pair for one in reversed(merges) for pair in one]
    return flat + pairs


def scalar(node):
    tag = node.tag.removeprefix(IMPLICIT)
    if tag == "bool":
        return ["bool", "", str(node.value.lower() in ("yes", "true", "on")).lower()]
    if tag == "null":
        return ["null", "", ""]
    if tag in ("int", "float"):
        return ["number", "", node.value]
    if tag in ("str", "timestamp", "binary", "value"):
        return ["string", "", node.value]
    return ["string", tag, node.value]


def tree(node, depth=0):
    if depth > 200:
        raise ValueError("too deep")
    if isinstance(node, yaml.ScalarNode):
        return scalar(node)
    tag = "" if node.tag.startswith(IMPLICIT) else node.tag
    if isinstance(node, yaml.SequenceNode):
        return ["list", tag, [tree(item, depth + 1) for item in node.value]]
    members = {}
    for key, value in merged(node, set()):
        kind, _, name = scalar(key) if isinstance(key, yaml.ScalarNode) else ("odd", "", "")
        members[key.value if kind == "null" else name] = tree(value, depth + 1)
    return ["map", tag, members]


def main():
    directory = Path(sys.argv[1])
    paths = (directory / "files.txt").read_text().splitlines()
    with (directory / "trees.jsonl").open("w") as out:
        for path in paths:
            try:
                text = Path(path).read_text(encoding="utf-8-sig")
                node = yaml.compose(text, Loader=Loader)
                line = None if node is None else tree(node)
                note = None
            except Exception as error:  # what it refuses is noted
                line, note = None, str(error).replace("\n", " ")[:200]
            out.write(json.dumps([line, note]) + "\n")
    print(len(paths))


main()
