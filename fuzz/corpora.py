#!/usr/bin/env python3
"""Writes what each target begins with to fuzz/corpus/, from the examples, pages and tests of this repository, and its words."""

import hashlib
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "fuzz" / "corpus"
LANGUAGES = {
    "hcl": ("tf", "hcl", "tfvars", "terraform"),
    "yaml": ("yaml", "yml"),
    "json": ("json",),
}
FENCE = re.compile(r"^```([a-z]+)\n(.*?)^```", re.M | re.S)
RAW = re.compile(r'r(#+)"(.*?)"\1', re.S)
PLAIN = re.compile(r'"((?:[^"\\]|\\.)*)"', re.S)


def language(text):
    """What a text of a test is written in."""
    start = text.lstrip()
    if start.startswith(("{", "[")):
        return "json"
    if re.match(r'(resource|data|module|locals|variable|provider|terraform|output|\w+ *=)\b', start):
        return "hcl"
    return "yaml" if re.match(r"[\w\"!-][\w .-]*:(\s|$)", start) else None


def texts():
    """All texts with their language, and the project each is part of."""
    for path in sorted(ROOT.glob("testdata/**/*")):
        ending = path.suffix.lstrip(".")
        kind = next((kind for kind, endings in LANGUAGES.items() if ending in endings), None)
        if path.is_file() and kind and path.stat().st_size < 20_000:
            yield kind, path.read_text(errors="ignore"), str(path.parent), path.name
    for path in sorted([*ROOT.glob("rules/*.md"), *ROOT.glob("docs/**/*.md")]):
        for number, (kind, text) in enumerate(FENCE.findall(path.read_text())):
            kind = next((one for one, endings in LANGUAGES.items() if kind in endings), None)
            if kind:
                name = re.match(r"(?:#|//) *(\S+\.(?:tf|ya?ml|json|hcl))\s", text)
                default = {"hcl": "main.tf", "yaml": "stack.yaml", "json": "trust-policy.json"}[kind]
                yield kind, text, f"{path}{number // 4}", name[1] if name else default
    for path in sorted([*ROOT.glob("tests/**/*.rs"), *ROOT.glob("src/**/tests.rs")]):
        source = path.read_text()
        found = [text for _, text in RAW.findall(source)]
        found += [text.replace("\\n", "\n").replace('\\"', '"') for text in PLAIN.findall(source) if "\\n" in text]
        for number, text in enumerate(found):
            kind = language(text)
            if kind and "{{" not in text and len(text) < 5_000:
                default = {"hcl": "main.tf", "yaml": "stack.yaml", "json": "stack.json"}[kind]
                yield kind, text, f"{path}{number}", default


def write(target, text, most):
    data = text.encode()
    if not 2 <= len(data) <= most:
        return
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(data).hexdigest()[:16]).write_bytes(data)


def blocks(text):
    """The blocks of HCL at the top, each for itself: small beginnings are tried more often."""
    return re.findall(r"^\S.*?^}\n|^\S.*?= .*?\n", text, re.M | re.S)


def expressions(text):
    for line in re.findall(r"^ *[\w\"]+ *= *(.+)$", text, re.M):
        if line.count("{") == line.count("}") and line.count("[") == line.count("]"):
            yield line
    for kind in ("jsonencode", "merge", "concat", "flatten", "toset"):
        for found in re.finditer(rf"\b{kind}\(", text):
            depth, at = 1, found.end()
            while depth and at < len(text):
                depth += {"(": 1, ")": -1}.get(text[at], 0)
                at += 1
            yield text[found.start():at]


def conditions(value):
    """The objects under `Condition` in a document, and the policies around them."""
    if isinstance(value, dict):
        if "Statement" in value:
            yield "policy", value
        if isinstance(value.get("Condition"), dict):
            yield "condition", value["Condition"]
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from conditions(one)


def of_json(text):
    try:
        found = list(conditions(json.loads(text)))
    except (ValueError, RecursionError):
        return
    for target, value in found:
        whole = json.dumps(value)
        write(target, whole, 2048)
        # The same with something in it that is not known.
        write(target, re.sub(r"\d{12}", "${a}", whole), 2048)
        write(target, re.sub(r'"[^":]*"(?=[\],}])', '"${b}"', whole, count=1), 2048)


ACTIONS = ["sts:AssumeRole", "s3:GetObject", "sqs:SendMessage", "kms:Decrypt", "lambda:InvokeFunction"]
OPERATORS = ["String", "Arn", "Numeric", "Date", "IpAddress", "NotIpAddress", "Bool", "Null", "BinaryEquals"]


def from_words(words):
    """Conditions of each operator on each key."""
    keys = [word for word in words if re.match(r"(aws|sts|s3):", word) and word not in ACTIONS]
    operators = [word for word in words if word.startswith(tuple(OPERATORS))]
    for number, operator in enumerate(operators):
        for prefix in ("", "ForAllValues:", "ForAnyValue:"):
            key = keys[number % len(keys)]
            for value in ("a", "${a}", "${aws:PrincipalAccount}"):
                write("condition", json.dumps({prefix + operator: {key: [value]}}), 2048)
                write("condition", json.dumps({prefix + operator + "IfExists": {key: value}}), 2048)


def main():
    projects = {}
    for kind, text, project, name in texts():
        write(kind, text, 2048)
        projects.setdefault(project, []).append((name, text))
        if kind == "json":
            of_json(text)
        if kind == "hcl":
            for block in blocks(text):
                write("hcl", block, 600)
            for expression in expressions(text):
                write("expression", expression, 600)
            for heredoc in re.findall(r"<<-?\w+\n(.*?)\n\s*\w+$", text, re.M | re.S):
                of_json(heredoc)
    for files in projects.values():
        write("project", "".join(f"=== {name}\n{text.rstrip()}\n" for name, text in files), 4096)
    words = ROOT / "fuzz" / "words" / "policy.dict"
    from_words(re.findall(r'^"(.*)"$', words.read_text(), re.M))
    for folder in sorted(CORPUS.iterdir()):
        print(folder.name, sum(1 for _ in folder.iterdir()))


if __name__ == "__main__":
    main()
