"""Writes templates of intrinsic functions with the values that cfn-lint resolves them to.

N.json and N.yaml are the same template, N.expected.json has all values of the property `Value` by logical id:
`exact` when no other value is right, else values that have to be among those found.

usage: intrinsics.py DIRECTORY COUNT SEED
"""

import base64
import ipaddress
import json
import logging
import random
import sys
from pathlib import Path

logging.disable(logging.CRITICAL)

from cfnlint.context import create_context_for_template
from cfnlint.jsonschema import CfnTemplateValidator
from cfnlint.template import Template
from cfnlint.template.transforms._language_extensions import language_extension

WORDS = ["a", "role", "x-y", "arn:aws:iam::111111111111:role/r", "", "ü", "012345678901", "deep/er", "a,b", "{q}", "$", "true"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        # How often something that has several values is used: only one use is never contradicted by another.
        self.choices = 0

    def one(self, *items):
        return self.random.choice(items)

    def word(self):
        return self.random.choice(WORDS)

    def undecided(self, value):
        self.choices += 1
        return value

    def text(self, depth):
        kinds = ["word", "default", "number", "pseudo"]
        if depth > 0:
            kinds += ["sub", "sub", "submap", "join", "join", "select", "selectsplit", "map", "if", "allowed", "long", "regional", "json"]
        kind = self.random.choice(kinds)
        if kind == "word":
            return self.word()
        if kind == "default":
            return {"Ref": self.one("Plain", "Empty", "Account", "Path")}
        if kind == "number":
            return {"Ref": "Count"}
        if kind == "pseudo":
            return {"Ref": self.one("AWS::AccountId", "AWS::Region", "AWS::Partition", "AWS::URLSuffix")}
        if kind == "allowed":
            return self.undecided({"Ref": "Allowed"})
        if kind == "sub":
            return {"Fn::Sub": self.template()}
        if kind == "submap":
            names = {f"v{i}": self.text(depth - 1) for i in range(self.random.randint(1, 2))}
            body = "".join(self.one("${%s}", "-${%s}/", "${!%s}${%s}" ) .replace("%s", name) for name in names)
            used = {name: value for name, value in names.items() if "${%s}" % name in body}
            return {"Fn::Sub": [body + self.one("", "${AWS::Region}", "${Plain}"), used]} if used else {"Fn::Sub": body}
        if kind == "join":
            return {"Fn::Join": [self.one("", "-", ",", "::"), self.list(depth - 1)]}
        if kind == "select":
            items = [self.text(depth - 1) for _ in range(self.random.randint(1, 4))]
            index = self.random.randrange(len(items))
            return {"Fn::Select": [self.one(index, str(index)), items]}
        if kind == "selectsplit":
            separator = self.one(":", "/", ",", "aw")
            source = self.one(
                "arn:aws:iam::111111111111:role/deep/r",
                {"Ref": "Path"},
                {"Fn::Sub": "a,b:${AWS::AccountId}/${Plain}"},
                {"Fn::Join": [":", ["x", {"Ref": "AWS::Partition"}, {"Ref": "Account"}]]},
            )
            return {"Fn::Select": [self.random.randint(0, 2), {"Fn::Split": [separator, source]}]}
        if kind == "map":
            return {"Fn::FindInMap": [self.one("Map", {"Ref": "MapName"}), self.one("one", "two", {"Ref": "Key"}), self.one("x", "y", {"Ref": "Second"})]}
        if kind == "regional":
            return self.undecided({"Fn::FindInMap": ["Regional", {"Ref": "AWS::Region"}, "id"]})
        if kind == "if":
            condition = self.random.choice(["Always", "Never", "Prod", "NotProd", "Either", "Both", "Named"])
            if condition in ("Prod", "NotProd", "Either", "Both", "Named"):
                self.choices += 1
            return {"Fn::If": [condition, self.text(depth - 1), self.text(depth - 1)]}
        if kind == "long":
            return {"Fn::Join": ["", [self.text(depth - 1), {"Fn::Sub": self.template()}]]}
        return {"Fn::Join": ["", ["p", {"Fn::Select": [0, {"Fn::Split": ["-", self.one("q-r", {"Ref": "Plain"})]}]}]]}

    def template(self):
        parts = [
            self.one(
                self.word().replace("$", "S"),
                "${Plain}",
                "${AWS::AccountId}",
                "${AWS::Partition}",
                "arn:${AWS::Partition}:s3:::${Path}",
                "${!Literal}",
                "${ Plain }" if self.random.random() < 0.2 else "${Plain}",
                "${Count}",
                "é${Account}",
                "{{x}}",
                "$${Plain}",
            )
            for _ in range(self.random.randint(1, 4))
        ]
        return "".join(parts) or "x"

    def list(self, depth):
        kind = self.random.choice(["written", "written", "written", "split", "parameter", "if"])
        if kind == "split":
            return {"Fn::Split": [self.one(",", "/"), self.one("a,b,c", "x/y", {"Ref": "Path"}, {"Fn::Sub": "${Plain},${AWS::Region}"})]}
        if kind == "parameter":
            return {"Ref": "List"}
        if kind == "if" and depth > 0:
            self.choices += 1
            return {"Fn::If": ["Prod", [self.text(0)], [self.text(0), self.text(0)]]}
        return [self.text(depth) for _ in range(self.random.randint(1, 4))]

    def computed(self):
        """A function that cfn-lint leaves alone, and its value."""
        kind = self.one(
            "base64", "encoded", "cidr", "block", "length", "counted", "default", "fallback", "json", "shortened", "dropped", "chosen"
        )
        if kind == "encoded":
            word = self.word()
            value = {"Fn::Base64": {"Fn::Sub": [f"${{Plain}}/${{x}}", {"x": word}]}}
            return value, base64.b64encode(f"plain/{word}".encode()).decode()
        if kind == "block":
            index = self.random.randint(0, 3)
            value = {"Fn::Select": [str(index), {"Fn::Cidr": [{"Ref": "Block"}, "4", {"Ref": "Bits"}]}]}
            return value, f"10.1.{index}.0/24"
        if kind == "counted":
            separator, text = self.one((",", "a,b,c"), ("/", "p/q"), ("-", "none"))
            count = len(text.split(separator))
            value = {"Fn::Sub": ["n${n}", {"n": {"Fn::Length": {"Fn::Split": [separator, text]}}}]}
            return value, f"n{count}"
        if kind == "fallback":
            key = self.one("two", "nowhere")
            value = {"Fn::FindInMap": ["Map", key, {"Ref": "Second"}, {"DefaultValue": "given"}]}
            return {"Fn::Join": ["-", ["f", value]]}, "f-2y" if key == "two" else "f-given"
        if kind == "json":
            word = self.word()
            value = {"a": {"Ref": "Plain"}, "b": [word, {"Fn::Sub": "${Path}"}], "c": {"d": "e"}}
            text = json.dumps({"a": "plain", "b": [word, "p/q,r"], "c": {"d": "e"}}, separators=(",", ":"), ensure_ascii=False)
            return {"Fn::ToJsonString": value}, text
        if kind == "shortened":
            # What is no value is no item.
            gone = self.one({"Ref": "AWS::NoValue"}, {"Fn::If": ["Never", "x", {"Ref": "AWS::NoValue"}]})
            return {"Fn::Join": ["+", ["a", gone, {"Ref": "Plain"}, gone]]}, "a+plain"
        if kind == "dropped":
            items = [{"Fn::If": ["Never", "a", {"Ref": "AWS::NoValue"}]}, {"Fn::If": ["Always", "b", "c"]}, "d"]
            return {"Fn::Select": [1, items]}, "d"
        if kind == "chosen":
            # Conditions that no parameter can change, however deep they are.
            condition = self.one("Deep", "Shallow")
            return {"Fn::If": [condition, {"Fn::Sub": "${Plain}-1"}, "2"]}, "plain-1" if condition == "Deep" else "2"
        if kind == "base64":
            word = self.word() or "x"
            return {"Fn::Base64": word}, base64.b64encode(word.encode()).decode()
        if kind == "cidr":
            block = self.one("10.0.0.0/16", "192.168.4.0/22", "172.16.0.0/12", "2001:db8::/48")
            network = ipaddress.ip_network(block)
            bits = self.random.randint(2, 8) if network.version == 4 else 64
            subnets = network.subnets(new_prefix=network.max_prefixlen - bits)
            count = self.random.randint(1, 4)
            blocks = [str(next(subnets)) for _ in range(count)]
            index = self.random.randrange(count)
            return {"Fn::Select": [index, {"Fn::Cidr": [block, count, bits]}]}, blocks[index]
        if kind == "length":
            items = [self.word() for _ in range(self.random.randint(0, 5))]
            return {"Fn::Join": ["", ["n", {"Fn::Length": items}]]}, f"n{len(items)}"
        return {"Fn::FindInMap": ["Map", "nowhere", "x", {"DefaultValue": {"Ref": "Plain"}}]}, "plain"

    def make(self):
        resources, exact, given = {}, {}, {}
        for index in range(self.random.randint(2, 6)):
            self.choices = 0
            address = f"S{index}"
            if self.random.random() < 0.15:
                value, given[address] = self.computed()
            else:
                value = self.text(3)
                while not (isinstance(value, dict) and len(value) == 1):
                    value = self.text(3)
            exact[address] = self.choices <= 1
            resources[address] = {"Type": "Custom::Subject", "Properties": {"Value": value}}
        template = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Parameters": {
                "Plain": {"Type": "String", "Default": "plain"},
                "Empty": {"Type": "String", "Default": ""},
                "Account": {"Type": "String", "Default": "012345678901"},
                "Path": {"Type": "String", "Default": "p/q,r"},
                "Count": {"Type": "Number", "Default": 3},
                "List": {"Type": "CommaDelimitedList", "Default": "l1, l2,l3"},
                "Allowed": {"Type": "String", "AllowedValues": ["dev", "prod"]},
                "Stage": {"Type": "String"},
                "MapName": {"Type": "String", "Default": "Map"},
                "Key": {"Type": "String", "Default": "two"},
                "Second": {"Type": "String", "Default": "y"},
                "Block": {"Type": "String", "Default": "10.1.0.0/16"},
                "Bits": {"Type": "Number", "Default": 8},
            },
            "Mappings": {
                "Map": {"one": {"x": "1x", "y": "1y"}, "two": {"x": "2x", "y": "2y"}},
                "Regional": {"eu-west-1": {"id": "ireland"}, "us-east-1": {"id": "virginia"}},
            },
            "Conditions": {
                "Always": {"Fn::Equals": ["a", "a"]},
                "Never": {"Fn::Not": [{"Condition": "Always"}]},
                "Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
                "NotProd": {"Fn::Not": [{"Condition": "Prod"}]},
                "Either": {"Fn::Or": [{"Condition": "Prod"}, {"Condition": "Never"}]},
                "Both": {"Fn::And": [{"Condition": "Prod"}, {"Condition": "Always"}]},
                "Named": {"Condition": "Prod"},
                "Deep": {
                    "Fn::And": [
                        {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", ["o", "ther"]]}, "o"]}]},
                        {"Fn::Or": [{"Condition": "Never"}, {"Fn::Equals": [{"Fn::FindInMap": ["Map", "two", "x"]}, "2x"]}]},
                    ]
                },
                "Shallow": {"Fn::And": [{"Condition": "Deep"}, {"Fn::Equals": [{"Fn::Select": [0, {"Fn::Split": [",", "l1,l2"]}]}, "l2"]}]},
            },
            "Resources": resources,
        }
        return template, exact, given

    def loops(self):
        """A template with loops, which are written out by cfn-lint's transformation."""
        items = self.random.sample(["One", "Two", "Three"], self.random.randint(1, 3))
        collection = self.one(items, {"Ref": "Names"})
        body = {
            "R${Name}": {
                "Type": "Custom::Subject",
                "Properties": {
                    "Value": self.one(
                        {"Ref": "Name"},
                        {"Fn::Sub": "x-${Name}-${AWS::Region}"},
                        {"Fn::FindInMap": ["Map", {"Ref": "Name"}, "x"]},
                        {"Fn::Join": ["/", ["a", {"Ref": "Name"}]]},
                        "plain ${Name}",
                    )
                },
            }
        }
        return {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Transform": "AWS::LanguageExtensions",
            "Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": "One,Two"}},
            "Mappings": {"Map": {name: {"x": f"{name}-x"} for name in ["One", "Two", "Three"]}},
            "Resources": {"Fn::ForEach::Loop": ["Name", collection, body]},
        }


def validator_for(template):
    cfn = Template("template.json", template, ["eu-west-1"])
    context = create_context_for_template(cfn)
    return CfnTemplateValidator({}).evolve(cfn=cfn, context=context)


def resolved(template):
    """All values by logical id; without those that cannot be resolved."""
    validator = validator_for(template)
    found = {}
    for address, resource in template["Resources"].items():
        value = resource["Properties"]["Value"]
        values = []
        for one, _, error in validator.resolve_value(value):
            if error:
                values = None
                break
            # It leaves the mark in `${!x}`, which CloudFormation writes as `${x}`.
            one = one.replace("${!", "${") if isinstance(one, str) else one
            if one not in values:
                values.append(one)
        if values:
            found[address] = values
    return found


def decided(node):
    """The node with conditions that no parameter can change put in: cfn-lint takes them for open."""
    if isinstance(node, list):
        return [decided(item) for item in node]
    if not isinstance(node, dict):
        return node
    branches = node.get("Fn::If")
    if branches and branches[0] in ("Always", "Never"):
        return decided(branches[1 if branches[0] == "Always" else 2])
    return {key: decided(value) for key, value in node.items()}


class Yaml:
    """Writes a template with short and long functions, block and flow style, and all sorts of scalars."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def scalar(self, value, key=False):
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(value)
        plain = value and value.isascii() and all(c.isalnum() or c in "-_/" for c in value) and not value[0].isdigit() and value[0] not in "-" and value.lower() not in ("true", "false", "yes", "no", "null", "on", "off", "y", "n")
        if plain and self.random.random() < 0.6:
            return value
        if self.random.random() < 0.5 and "'" not in value and "\n" not in value:
            return "'" + value + "'"
        return json.dumps(value, ensure_ascii=self.random.random() < 0.5)

    def node(self, value, indent, tagged=False):
        """The text after a key or a dash."""
        if isinstance(value, dict) and len(value) == 1:
            (name, inner), = value.items()
            if not tagged and (name == "Ref" or name.startswith("Fn::")) and "ForEach" not in name and self.random.random() < 0.6:
                tag = "!" + name.removeprefix("Fn::")
                return " " + tag + self.node(inner, indent, tagged=True)
        if isinstance(value, dict):
            if not value:
                return " {}"
            if self.random.random() < 0.25:
                return " " + self.flow(value)
            pad = " " * (indent + 2)
            return "".join(f"\n{pad}{self.scalar(k)}:{self.node(v, indent + 2)}" for k, v in value.items())
        if isinstance(value, list):
            if not value:
                return " []"
            if self.random.random() < 0.3:
                return " " + self.flow(value)
            pad = " " * (indent + 2)
            return "".join(f"\n{pad}-{self.node(v, indent + 2)}" for v in value)
        if isinstance(value, str) and value and not value.startswith(" ") and self.random.random() < 0.1:
            return " |-\n" + " " * (indent + 2) + value
        return " " + self.scalar(value)

    def flow(self, value):
        if isinstance(value, dict):
            return "{" + ", ".join(f"{json.dumps(k)}: {self.flow(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self.flow(v) for v in value) + "]"
        return self.scalar(value) if not isinstance(value, str) else json.dumps(value)

    def write(self, template):
        lines = "".join(f"{key}:{self.node(value, 0)}\n" for key, value in template.items())
        return self.random.choice([lines, lines, lines.replace("\n", "\r\n"), "\ufeff" + lines, "---\n" + lines])


def main():
    directory, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    for index in range(count):
        maker = Maker(seed * 1_000_000 + index)
        if index % 10 == 0:
            template = maker.loops()
            cfn = Template("template.json", json.loads(json.dumps(template)), ["eu-west-1"])
            matches, transformed = language_extension(cfn)
            assert not matches, matches
            expected = {a: {"values": v, "exact": True} for a, v in resolved(transformed).items()}
        else:
            template, exact, given = maker.make()
            values = resolved({**template, "Resources": decided(template["Resources"])})
            values.update({address: [value] for address, value in given.items()})
            expected = {a: {"values": v, "exact": exact[a]} for a, v in values.items()}
        (directory / f"{index}.json").write_text(json.dumps(template, indent=1, ensure_ascii=index % 2 == 0))
        (directory / f"{index}.yaml").write_bytes(Yaml(index).write(template).encode())
        (directory / f"{index}.expected.json").write_text(json.dumps(expected))
    print(count)


main()
