#!/bin/sh
# awacs 2.6.1 (PyPI), Python 3.
#
# `Condition` of awacs takes a list of conditions, and in IAM conditions are joined by AND. Two elements with different operators come
# out both. Of two elements with one operator only the last comes out, although they are about different keys, and no error is raised:
# the trust policy below loses the organization or the external ID, whichever is written first. Both stay only in one element with a
# dict. One would guess that elements of a list with the same operator are joined, as their keys do not collide.
#
# Seen:
#   two operators:          {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringEquals": {"aws:PrincipalOrgID": "o-abcd123456"}}
#   one operator:           {"StringEquals": {"sts:ExternalId": "acme"}}
#   one operator, reversed: {"StringEquals": {"aws:PrincipalOrgID": "o-abcd123456"}}
#   one operator, a dict:   {"StringEquals": {"aws:PrincipalOrgID": "o-abcd123456", "sts:ExternalId": "acme"}}
#
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet awacs==2.6.1
cat > app.py <<'PY'
import json

from awacs import sts
from awacs.aws import Allow, Bool, Condition, PolicyDocument, Principal, Statement, StringEquals

ORG = {"aws:PrincipalOrgID": "o-abcd123456"}
ID = {"sts:ExternalId": "acme"}
CASES = {
    "two operators:": [StringEquals(ORG), Bool("aws:MultiFactorAuthPresent", "true")],
    "one operator:": [StringEquals(ORG), StringEquals(ID)],
    "one operator, reversed:": [StringEquals(ID), StringEquals(ORG)],
    "one operator, a dict:": [StringEquals({**ORG, **ID})],
}
for what, conditions in CASES.items():
    trust = Statement(
        Effect=Allow,
        Action=[sts.AssumeRole],
        Principal=Principal("AWS", "arn:aws:iam::444455556666:root"),
        Condition=Condition(conditions),
    )
    made = json.loads(PolicyDocument(Version="2012-10-17", Statement=[trust]).to_json())
    print(f"{what:23} {json.dumps(made['Statement'][0]['Condition'])}")
PY
env/bin/python app.py > seen
cat seen
cat > expected <<'TEXT'
two operators:          {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringEquals": {"aws:PrincipalOrgID": "o-abcd123456"}}
one operator:           {"StringEquals": {"sts:ExternalId": "acme"}}
one operator, reversed: {"StringEquals": {"aws:PrincipalOrgID": "o-abcd123456"}}
one operator, a dict:   {"StringEquals": {"aws:PrincipalOrgID": "o-abcd123456", "sts:ExternalId": "acme"}}
TEXT
cmp seen expected
