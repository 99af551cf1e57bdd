"""Writes SAM templates and what aws-sam-translator makes of them: N.sam.json and N.cfn.json.

usage: sam.py DIRECTORY COUNT SEED
"""

import json
import logging
import os
import random
import sys
from pathlib import Path

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

import samtranslator
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

logging.disable(logging.CRITICAL)

HOME = Path(samtranslator.__file__).parent
TEMPLATES = json.loads((HOME / "policy_templates_data" / "policy_templates.json").read_text())["Templates"]

RESOURCES = {
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "data"}},
    "Topic": {"Type": "AWS::SNS::Topic"},
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}},
    "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "t"}},
    "Pool": {"Type": "AWS::Cognito::UserPool"},
    "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "bus"}},
    "Given": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}},
    "Places": {"Type": "AWS::Location::PlaceIndex", "Properties": {"IndexName": "p"}},
    "Rule": {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Targets": [
                {"Id": "b", "Arn": {"Fn::GetAtt": ["Bus", "Arn"]}, "RoleArn": {"Fn::GetAtt": ["Given", "Arn"]}}
            ]
        },
    },
    "Machine2": {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"StateMachineName": "m2", "RoleArn": {"Fn::GetAtt": ["Given", "Arn"]}},
    },
    "Plain": {
        "Type": "AWS::Lambda::Function",
        "Properties": {"FunctionName": "plain", "Role": {"Fn::GetAtt": "Given.Arn"}},
    },
    "Data": {
        "Type": "AWS::AppSync::DataSource",
        "Properties": {"ServiceRoleArn": {"Fn::GetAtt": ["Given", "Arn"]}},
    },
    "Graph": {"Type": "AWS::AppSync::GraphQLApi", "Properties": {"Name": "g"}},
}
PARAMETERS = {
    "Stage": {"Type": "String", "Default": "dev"},
    "Secret": {"Type": "String"},
    "Account": {"Type": "String", "Default": "222222222222"},
}
CONDITIONS = {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}}
SECRET = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:s"


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def maybe(self, share=0.3):
        return self.random.random() < share

    def one(self, *items):
        return self.random.choice(items)

    def some(self, items, most):
        items = list(items)
        return self.random.sample(items, self.random.randint(0, min(most, len(items))))

    def text(self):
        return self.one(
            "name",
            {"Ref": "Secret"},
            {"Ref": "Account"},
            {"Fn::Sub": "x-${Account}-${AWS::Region}"},
            {"Fn::GetAtt": ["Queue", "QueueName"]},
            {"Fn::Join": ["-", ["a", {"Ref": "Stage"}]]},
            {"Fn::ImportValue": "elsewhere"},
        )

    def document(self):
        return {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": self.one("s3:GetObject", ["sqs:*"]), "Resource": self.text()}
            ],
        }

    def template_policy(self):
        name = self.random.choice(sorted(TEMPLATES))
        return {name: {parameter: self.text() for parameter in TEMPLATES[name]["Parameters"]}}

    def policy(self):
        kind = self.random.random()
        if kind < 0.4:
            return self.template_policy()
        if kind < 0.6:
            return self.one("AmazonDynamoDBFullAccess", "AWSLambdaBasicExecutionRole", "ReadOnlyAccess")
        if kind < 0.7:
            return self.one(
                "arn:aws:iam::111111111111:policy/p", {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:policy/q"}
            )
        return self.document()

    def policies(self):
        if self.maybe(0.2):
            return self.policy()
        return [self.policy() for _ in range(self.random.randint(1, 4))]

    def dead_letters(self):
        return self.one(
            {"Type": "SQS"},
            {"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}},
            {"Type": "SQS", "QueueLogicalId": "Letters" + str(self.random.randint(0, 10**6))},
        )

    def function_event(self):
        stream = "arn:aws:kinesis:eu-west-1:111111111111:stream/s"
        secret = [{"Type": "BASIC_AUTH", "URI": self.one(SECRET, {"Ref": "Secret"})}]
        failure = self.one("SQS", "SNS", "S3")
        events = {
            "S3": {"Bucket": {"Ref": "Bucket"}, "Events": "s3:ObjectCreated:*"},
            "SNS": {
                "Topic": self.one({"Ref": "Topic"}, "arn:aws:sns:eu-west-1:222222222222:t"),
                **self.one(
                    {},
                    {"SqsSubscription": True},
                    {
                        "SqsSubscription": {
                            "QueueArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                            "QueueUrl": {"Ref": "Queue"},
                        }
                    },
                ),
            },
            "Kinesis": {
                "Stream": stream,
                "StartingPosition": "LATEST",
                **self.one(
                    {},
                    {"DestinationConfig": {"OnFailure": {"Type": failure, "Destination": self.text()}}},
                ),
            },
            "DynamoDB": {"Stream": {"Fn::GetAtt": ["Table", "StreamArn"]}, "StartingPosition": "LATEST"},
            "SQS": {"Queue": {"Fn::GetAtt": ["Queue", "Arn"]}},
            "MSK": {
                "Stream": "arn:aws:kafka:eu-west-1:111111111111:cluster/c/x",
                "StartingPosition": "LATEST",
                "Topics": ["t"],
                **self.one(
                    {},
                    {"SourceAccessConfigurations": [{"Type": "CLIENT_CERTIFICATE_TLS_AUTH", "URI": SECRET}]},
                ),
            },
            "MQ": {
                "Broker": "arn:aws:mq:eu-west-1:111111111111:broker:b:b-1",
                "Queues": ["q"],
                "SourceAccessConfigurations": secret,
                **self.one({}, {"DynamicPolicyName": True}, {"SecretsManagerKmsKeyId": "key"}),
            },
            "SelfManagedKafka": {
                "KafkaBootstrapServers": ["a:1"],
                "Topics": ["t"],
                "SourceAccessConfigurations": self.one(
                    [{"Type": "SASL_SCRAM_512_AUTH", "URI": SECRET}],
                    [
                        {"Type": "VPC_SUBNET", "URI": "subnet:s"},
                        {"Type": "VPC_SECURITY_GROUP", "URI": "security_group:s"},
                        {"Type": "SERVER_ROOT_CA_CERTIFICATE", "URI": SECRET},
                    ],
                ),
            },
            "DocumentDB": {
                "Cluster": "arn:aws:rds:eu-west-1:111111111111:cluster:c",
                "DatabaseName": "d",
                "StartingPosition": "LATEST",
                "SourceAccessConfigurations": secret,
            },
            "Schedule": {"Schedule": "rate(1 day)"},
            "ScheduleV2": {
                "ScheduleExpression": "rate(1 day)",
                **self.one(
                    {}, {"RoleArn": {"Fn::GetAtt": ["Given", "Arn"]}}, {"PermissionsBoundary": self.text()}
                ),
            },
            "CloudWatchEvent": {"Pattern": {"source": ["aws.s3"]}, "EventBusName": self.one("b", {"Ref": "Bus"})},
            "EventBridgeRule": {"Pattern": {"source": ["aws.s3"]}, "RuleName": "named"},
            "CloudWatchLogs": {"LogGroupName": self.one("lg", {"Ref": "Secret"}), "FilterPattern": "x"},
            "IoTRule": {"Sql": "SELECT *"},
            "AlexaSkill": self.one({}, {"SkillId": "amzn1.ask.skill.1"}),
            "Cognito": {"UserPool": {"Ref": "Pool"}, "Trigger": "PreSignUp"},
            "Api": {
                "Path": self.one("/", "/x/", "/y/{id}", "/{proxy+}", "/z/{a.b}/c"),
                "Method": self.one("get", "ANY", "POST"),
                **self.one({}, {"RestApiId": {"Ref": "Api"}}),
            },
            "HttpApi": self.one(
                {},
                {"Path": "/h/{id}", "Method": "get"},
                {"Path": "/h", "Method": "ANY", "ApiId": {"Ref": "Http"}},
            ),
        }
        kind = self.random.choice(sorted(events))
        properties = events[kind]
        if kind in ("Schedule", "ScheduleV2", "CloudWatchEvent", "EventBridgeRule") and self.maybe():
            properties["DeadLetterConfig"] = self.dead_letters()
        return kind, {"Type": kind, "Properties": properties}

    def events(self):
        events, seen = {}, set()
        for index in range(self.random.randint(0, 4)):
            kind, event = self.function_event()
            # Two triggers of one user pool and two routes alike are refused.
            if kind in ("Cognito", "MQ", "SelfManagedKafka", "DocumentDB", "Api", "HttpApi") and kind in seen:
                continue
            seen.add(kind)
            events[f"E{index}"] = event
        return events

    def function(self):
        properties = {"Runtime": "python3.13", "Handler": "a.b", "InlineCode": "x"}
        if self.maybe():
            properties["FunctionName"] = self.text()
        if self.maybe(0.6):
            properties["Policies"] = self.policies()
        if self.maybe(0.15):
            properties["Role"] = {"Fn::GetAtt": ["Given", "Arn"]}
        if self.maybe(0.2):
            properties["AssumeRolePolicyDocument"] = {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "sts:AssumeRole",
                        "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${Account}:root"}},
                    }
                ],
            }
        if self.maybe(0.2):
            properties["RolePath"] = "/deep/"
        if self.maybe(0.2):
            properties["PermissionsBoundary"] = self.text()
        if self.maybe(0.2):
            properties["Tracing"] = self.one("Active", "PassThrough", "Disabled")
        if self.maybe(0.2):
            properties["VpcConfig"] = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
        if self.maybe(0.2):
            properties["DeadLetterQueue"] = {"Type": self.one("SQS", "SNS"), "TargetArn": self.text()}
        if self.maybe(0.2):
            kinds = ["SQS", "SNS", "EventBridge", "Lambda", "S3Bucket"]
            target = {}
            for outcome in self.some(["OnSuccess", "OnFailure"], 2):
                kind = self.random.choice(kinds)
                target[outcome] = {"Type": kind}
                if kind not in ("SQS", "SNS") or self.maybe(0.5):
                    target[outcome]["Destination"] = {"Fn::GetAtt": ["Queue", "Arn"]}
            if target:
                properties["EventInvokeConfig"] = {"DestinationConfig": target}
        if self.maybe(0.2):
            properties["FunctionUrlConfig"] = {"AuthType": self.one("NONE", "AWS_IAM")}
        if self.maybe(0.2):
            properties["AutoPublishAlias"] = "live"
        events = self.events()
        if events:
            properties["Events"] = events
        return {"Type": "AWS::Serverless::Function", "Properties": properties}

    def machine(self):
        properties = {"Definition": {"StartAt": "A", "States": {}}}
        if self.maybe():
            properties["Name"] = "machine"
        if self.maybe(0.6):
            properties["Policies"] = self.policies()
        elif self.maybe(0.3):
            properties["Role"] = {"Fn::GetAtt": ["Given", "Arn"]}
        if self.maybe(0.2):
            properties["Tracing"] = {"Enabled": self.one(True, False)}
        if self.maybe(0.2):
            properties["RolePath"] = "/deep/"
        if self.maybe(0.2):
            properties["PermissionsBoundary"] = self.text()
        events = {}
        for index in range(self.random.randint(0, 3)):
            kind = self.one("Schedule", "CloudWatchEvent", "EventBridgeRule", "ScheduleV2", "Api")
            inner = {
                "Schedule": {"Schedule": "rate(1 day)"},
                "CloudWatchEvent": {"Pattern": {"source": ["x"]}},
                "EventBridgeRule": {"Pattern": {"source": ["x"]}},
                "ScheduleV2": {"ScheduleExpression": "rate(1 day)"},
                "Api": {"Path": f"/m{index}", "Method": "post"},
            }[kind]
            if kind == "Schedule" and self.maybe():
                inner["RoleArn"] = "arn:aws:iam::111111111111:role/events"
            if kind != "Api" and self.maybe(0.2):
                inner["DeadLetterConfig"] = self.dead_letters()
            events[f"M{index}"] = {"Type": kind, "Properties": inner}
        if events:
            properties["Events"] = events
        return {"Type": "AWS::Serverless::StateMachine", "Properties": properties}

    def api(self):
        properties = {"StageName": self.one("prod", {"Ref": "Stage"}), "Name": "api"}
        if self.maybe(0.6):
            policy = {}
            if self.maybe(0.4):
                policy["AwsAccountWhitelist"] = ["222222222222", {"Ref": "Account"}]
            if self.maybe(0.3):
                policy["AwsAccountBlacklist"] = ["333333333333"]
            if self.maybe(0.3):
                policy["IpRangeWhitelist"] = ["10.0.0.0/8"]
            if self.maybe(0.3):
                policy["IpRangeBlacklist"] = ["11.0.0.0/8"]
            if self.maybe(0.3):
                policy["SourceVpcWhitelist"] = ["vpc-1", "vpce-2"]
            if self.maybe(0.2):
                policy["IntrinsicVpceBlacklist"] = [{"Ref": "Secret"}]
            if self.maybe(0.4):
                policy["CustomStatements"] = [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": {"Ref": "Account"}},
                        "Action": "execute-api:Invoke",
                        "Resource": "execute-api:/*",
                    }
                ]
            if policy:
                properties["Auth"] = {"ResourcePolicy": policy}
        return {"Type": "AWS::Serverless::Api", "Properties": properties}

    def connectors(self):
        profiles = json.loads((HOME / "model" / "connector_profiles" / "profiles.json").read_text())
        by_type = {
            "AWS::Lambda::Function": ["F0", "Plain"],
            "AWS::StepFunctions::StateMachine": ["M", "Machine2"],
            "AWS::S3::Bucket": ["Bucket"],
            "AWS::SNS::Topic": ["Topic"],
            "AWS::SQS::Queue": ["Queue"],
            "AWS::DynamoDB::Table": ["Table"],
            "AWS::Events::EventBus": ["Bus"],
            "AWS::Events::Rule": ["Rule"],
            "AWS::Location::PlaceIndex": ["Places"],
            "AWS::AppSync::DataSource": ["Data"],
            "AWS::AppSync::GraphQLApi": ["Graph"],
            "AWS::ApiGateway::RestApi": ["Api"],
            "AWS::ApiGatewayV2::Api": ["Http"],
        }
        found = {}
        pairs = [(s, d, v) for s, ds in profiles["Permissions"].items() for d, v in ds.items()]
        for index, (source, destination, profile) in enumerate(self.random.sample(pairs, 3)):
            valid = profile["Properties"].get("ValidAccessCategories")
            access = list(profile["Properties"]["AccessCategories"])
            permissions = self.random.choice(valid) if valid else self.random.sample(access, self.random.randint(1, len(access)))
            ends = [self.random.choice(by_type[source]), self.random.choice(by_type[destination])]
            target = {"Id": ends[1]}
            found[f"C{index}"] = {
                "Type": "AWS::Serverless::Connector",
                "Properties": {
                    "Source": {"Id": ends[0]},
                    "Destination": [target] if self.maybe(0.2) else target,
                    "Permissions": permissions,
                },
            }
        return found

    def template(self):
        resources = json.loads(json.dumps(RESOURCES))
        for index in range(self.random.randint(1, 3)):
            resources[f"F{index}"] = self.function()
        resources["M"] = self.machine()
        resources["Api"] = self.api()
        resources["Http"] = {"Type": "AWS::Serverless::HttpApi", "Properties": {"Name": "http"}}
        if self.maybe(0.4):
            resources.update(self.connectors())
        if self.maybe(0.2):
            resources["F0"]["Connectors"] = {
                "Own": {"Properties": {"Destination": {"Id": "Table"}, "Permissions": ["Read", "Write"]}}
            }
        template = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Transform": "AWS::Serverless-2016-10-31",
            "Parameters": PARAMETERS,
            "Conditions": CONDITIONS,
            "Resources": resources,
        }
        shared = {}
        if self.maybe(0.2):
            shared["Tracing"] = self.one("Active", "PassThrough")
        if self.maybe(0.2):
            shared["VpcConfig"] = {"SubnetIds": ["subnet-g"]}
        if self.maybe(0.2):
            shared["PermissionsBoundary"] = "arn:aws:iam::111111111111:policy/b"
        if self.maybe(0.1):
            shared["RolePath"] = "/shared/"
        if self.maybe(0.1):
            shared["AutoPublishAlias"] = "shared"
        if self.maybe(0.1):
            shared["FunctionUrlConfig"] = {"AuthType": "NONE"}
        if shared:
            template["Globals"] = {"Function": shared}
        return template


def main():
    directory, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    refused, written = {}, 0
    attempt = 0
    while written < count and attempt < 4 * count:
        attempt += 1
        template = Maker(seed * 100_000 + attempt).template()
        try:
            translated = Translator({}, Parser()).translate(json.loads(json.dumps(template)), {"Stage": "dev"})
        except Exception as error:  # whatever it refuses is not compared
            message = "; ".join(cause.message for cause in getattr(error, "causes", [])) or repr(error)
            refused[message[:90]] = refused.get(message[:90], 0) + 1
            continue
        (directory / f"{written}.sam.json").write_text(json.dumps(template, indent=1))
        (directory / f"{written}.cfn.json").write_text(json.dumps(translated, indent=1))
        written += 1
    for message, times in sorted(refused.items(), key=lambda item: -item[1])[:12]:
        print(f"refused {times}: {message}", file=sys.stderr)
    print(written)


main()
