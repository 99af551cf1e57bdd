#!/bin/sh
# aws-cdk-lib 2.276.0, constructs 10.8.1 (npm), Node.js 20.
#
# From a region that an account has to opt in to, SNS delivers into a region that is on by default as `sns.<opt-in region>.amazonaws.com`,
# to queues and to functions alike. The CDK knows that for a queue: when a queue and a function of another account subscribe to the same
# topic, the policy of the queue names the regional principal and the permission of the function `sns.amazonaws.com`. (The documentation
# of `ServicePrincipal` says that all names are plain "these days".) One would guess that one name of a service is right everywhere, and
# if not, that two subscriptions to one topic name the same caller.
#
# Seen:
#   eu-west-1 to eu-central-1:  queue sns.amazonaws.com, function sns.amazonaws.com
#   af-south-1 to af-south-1:   queue sns.amazonaws.com, function sns.amazonaws.com
#   af-south-1 to eu-central-1: queue sns.af-south-1.amazonaws.com, function sns.amazonaws.com
#
# https://docs.aws.amazon.com/sns/latest/dg/lambda-prereq.html
# https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_iam.ServicePrincipal.html
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --silent aws-cdk-lib@2.276.0 constructs@10.8.1
cat > app.js <<'JS'
const { App, Stack } = require('aws-cdk-lib');
const { Code, Function, Runtime } = require('aws-cdk-lib/aws-lambda');
const { Topic } = require('aws-cdk-lib/aws-sns');
const { LambdaSubscription, SqsSubscription } = require('aws-cdk-lib/aws-sns-subscriptions');
const { Queue } = require('aws-cdk-lib/aws-sqs');

for (const [from, to] of [['eu-west-1', 'eu-central-1'], ['af-south-1', 'af-south-1'], ['af-south-1', 'eu-central-1']]) {
  const app = new App();
  const here = new Stack(app, 'here', { env: { account: '111122223333', region: from } });
  const there = new Stack(app, 'there', { env: { account: '444455556666', region: to } });
  const topic = new Topic(here, 'News', { topicName: 'news' });
  topic.addSubscription(new SqsSubscription(new Queue(there, 'Queue', { queueName: 'news' })));
  topic.addSubscription(new LambdaSubscription(new Function(there, 'Function', {
    functionName: 'news',
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {};'),
  })));
  const resources = Object.values(app.synth().getStackByName('there').template.Resources);
  const first = (type) => resources.find((it) => it.Type === type).Properties;
  const queue = first('AWS::SQS::QueuePolicy').PolicyDocument.Statement[0].Principal.Service;
  console.log(`${from} to ${to}:`.padEnd(27), `queue ${queue}, function ${first('AWS::Lambda::Permission').Principal}`);
}
JS
node app.js 2>/dev/null > seen
cat seen
cat > expected <<'TEXT'
eu-west-1 to eu-central-1:  queue sns.amazonaws.com, function sns.amazonaws.com
af-south-1 to af-south-1:   queue sns.amazonaws.com, function sns.amazonaws.com
af-south-1 to eu-central-1: queue sns.af-south-1.amazonaws.com, function sns.amazonaws.com
TEXT
cmp seen expected
