#!/bin/sh
# PyYAML 6.0.4, cfn-flip 1.3.0 (PyPI), Python 3; aws-cdk-lib 2.276.0, constructs 10.8.1 (npm), Node.js 20.
#
# A program that holds an account ID as a text and writes a template with PyYAML writes `012345678901` without quotes: by the rules of
# YAML 1.1 a zero in front makes an octal number, the 8 and 9 do not fit, so it takes the word for a text. `CfnInclude` of the CDK reads
# YAML 1.2, in which it is the number 12345678901: the zero and with it the account are lost. cfn-flip quotes that ID, but writes an
# external ID like `4711e2` without quotes, which the CDK reads as 471100. An ID of octal digits only is quoted and survives. One would
# guess that what was a text when it was written is a text when it is read, whoever reads it.
#
# Seen:
#   PyYAML   "012345678901" -> 012345678901 -> 12345678901
#   PyYAML   "012345670123" -> '012345670123' -> "012345670123"
#   PyYAML   "4711e2" -> 4711e2 -> 471100
#   cfn-flip "012345678901" -> '012345678901' -> "012345678901"
#   cfn-flip "4711e2" -> 4711e2 -> 471100
#
# https://yaml.org/type/int.html https://yaml.org/spec/1.2.2/#103-core-schema
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet PyYAML==6.0.4 cfn-flip==1.3.0
npm install --no-audit --no-fund --silent aws-cdk-lib@2.276.0 constructs@10.8.1
cat > write.py <<'PY'
import json

import cfn_flip
import yaml

WRITERS = {"PyYAML": yaml.safe_dump, "cfn-flip": lambda it: cfn_flip.to_yaml(json.dumps(it))}
for writer, ids in {"PyYAML": ["012345678901", "012345670123", "4711e2"], "cfn-flip": ["012345678901", "4711e2"]}.items():
    for value in ids:
        template = {"Parameters": {"Id": {"Type": "String", "Default": value}}, "Resources": {"T": {"Type": "AWS::SNS::Topic"}}}
        with open(f"{writer}.{value}.yaml", "w") as file:
            file.write(WRITERS[writer](template))
PY
cat > read.js <<'JS'
const { readFileSync } = require('fs');
const { App, Stack } = require('aws-cdk-lib');
const { CfnInclude } = require('aws-cdk-lib/cloudformation-include');

for (const templateFile of process.argv.slice(2)) {
  const [writer, value] = templateFile.split('.');
  const app = new App();
  new CfnInclude(new Stack(app, 'own'), 'It', { templateFile });
  const read = app.synth().getStackByName('own').template.Parameters.Id.Default;
  const written = readFileSync(templateFile, 'utf8').match(/Default: (.*)/)[1];
  console.log(`${writer.padEnd(8)} "${value}" -> ${written} -> ${JSON.stringify(read)}`);
}
JS
env/bin/python write.py
node read.js PyYAML.012345678901.yaml PyYAML.012345670123.yaml PyYAML.4711e2.yaml \
  cfn-flip.012345678901.yaml cfn-flip.4711e2.yaml 2>/dev/null > seen
cat seen
cat > expected <<'TEXT'
PyYAML   "012345678901" -> 012345678901 -> 12345678901
PyYAML   "012345670123" -> '012345670123' -> "012345670123"
PyYAML   "4711e2" -> 4711e2 -> 471100
cfn-flip "012345678901" -> '012345678901' -> "012345678901"
cfn-flip "4711e2" -> 4711e2 -> 471100
TEXT
cmp seen expected
