#!/bin/sh
# aws-sam-translator 1.115.0 (PyPI), Python 3.
#
# `DefaultAuthorizer: AWS_IAM` of an API in SAM does more than to ask for signed requests: it writes `credentials: arn:aws:iam::*:user/*`
# into the integration, so API Gateway invokes the function as the caller, not as itself. The caller then needs `lambda:InvokeFunction`
# besides `execute-api:Invoke`, and across accounts the function would have to admit it, while the permission that SAM writes is for
# `apigateway.amazonaws.com`. `InvokeRole: NONE` leaves the line out. One would guess that an authorizer is about who may call the API,
# and that API Gateway invokes the function as it does with any other.
#
# Seen:
#   no authorizer:            credentials none; function admits apigateway.amazonaws.com
#   AWS_IAM:                  credentials arn:aws:iam::*:user/*; function admits apigateway.amazonaws.com
#   AWS_IAM, InvokeRole NONE: credentials none; function admits apigateway.amazonaws.com
#
# https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html
# https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiauth.html
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet aws-sam-translator==1.115.0
cat > app.py <<'PY'
from samtranslator.translator.transform import transform


class NoManagedPolicies:
    def load(self):
        return {}


def template(auth):
    return {
        "Resources": {
            "Api": {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "prod", "Auth": auth}},
            "Orders": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "Runtime": "python3.12",
                    "Handler": "index.handler",
                    "InlineCode": "def handler(event, context): pass",
                    "Events": {
                        "Get": {
                            "Type": "Api",
                            "Properties": {"Path": "/orders", "Method": "get", "RestApiId": {"Ref": "Api"}},
                        }
                    },
                },
            },
        }
    }


CASES = {
    "no authorizer:": {},
    "AWS_IAM:": {"DefaultAuthorizer": "AWS_IAM"},
    "AWS_IAM, InvokeRole NONE:": {"DefaultAuthorizer": "AWS_IAM", "InvokeRole": "NONE"},
}
for what, auth in CASES.items():
    resources = transform(template(auth), {}, NoManagedPolicies())["Resources"]
    method = resources["Api"]["Properties"]["Body"]["paths"]["/orders"]["get"]
    credentials = method["x-amazon-apigateway-integration"].get("credentials", "none")
    admits = [it["Properties"]["Principal"] for it in resources.values() if it["Type"] == "AWS::Lambda::Permission"]
    print(f"{what:25} credentials {credentials}; function admits {' '.join(admits)}")
PY
AWS_DEFAULT_REGION=eu-west-1 env/bin/python app.py 2>/dev/null | grep credentials > seen
cat seen
cat > expected <<'TEXT'
no authorizer:            credentials none; function admits apigateway.amazonaws.com
AWS_IAM:                  credentials arn:aws:iam::*:user/*; function admits apigateway.amazonaws.com
AWS_IAM, InvokeRole NONE: credentials none; function admits apigateway.amazonaws.com
TEXT
cmp seen expected
