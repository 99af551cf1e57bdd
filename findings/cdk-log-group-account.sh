#!/bin/sh
# aws-cdk-lib 2.276.0, constructs 10.8.1 (npm), Node.js 20.
#
# `grantWrite` of a log group to one role of another account writes a grant to the whole account: the resource policy of the CDK names
# the account ID, not the role, without a warning. The same call on a queue names the role. CloudWatch Logs takes no ARNs as principals
# there, and the README of the library says that they are turned into IDs. One would guess that a grant to a role is a grant to this
# role in every service, or an error.
#
# Seen:
#   queue:     arn:aws:iam::444455556666:role/writer
#   log group: 444455556666
#
# https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_logs-readme.html#resource-policy
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --silent aws-cdk-lib@2.276.0 constructs@10.8.1
cat > app.js <<'JS'
const { App, Stack } = require('aws-cdk-lib');
const { Role } = require('aws-cdk-lib/aws-iam');
const { LogGroup } = require('aws-cdk-lib/aws-logs');
const { Queue } = require('aws-cdk-lib/aws-sqs');

const app = new App();
const stack = new Stack(app, 'central', { env: { account: '111122223333', region: 'eu-west-1' } });
const writer = Role.fromRoleArn(stack, 'Writer', 'arn:aws:iam::444455556666:role/writer');
new Queue(stack, 'Queue').grantSendMessages(writer);
new LogGroup(stack, 'Logs').grantWrite(writer);

const resources = Object.values(app.synth().getStackByName('central').template.Resources);
const document = (type) => JSON.stringify(resources.find((it) => it.Type === type).Properties.PolicyDocument);
// The policy of the log group is a text within a join, so its quotes are escaped.
const principal = (type) => document(type).replaceAll('\\', '').match(/"Principal":\{"AWS":"([^"]*)"\}/)[1];
console.log(`queue:     ${principal('AWS::SQS::QueuePolicy')}`);
console.log(`log group: ${principal('AWS::Logs::ResourcePolicy')}`);
JS
node app.js 2>/dev/null > seen
cat seen
cat > expected <<'TEXT'
queue:     arn:aws:iam::444455556666:role/writer
log group: 444455556666
TEXT
cmp seen expected
