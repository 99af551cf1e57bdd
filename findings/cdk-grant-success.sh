#!/bin/sh
# aws-cdk-lib 2.276.0, constructs 10.8.1 (npm), Node.js 20.
#
# A grant of the CDK says by `success` whether it was written ("Whether the grant operation was successful"), and `assertSuccess()`
# throws if not. For an imported role of another account it is true even where no policy of the template names the role: an event bus,
# a backup vault, a method of an API, the stream of a table and a role to be assumed have policies in AWS that could, and the CDK
# writes none. The same role as an `ArnPrincipal` is answered truthfully. So is an imported role of one's own account that must not be
# changed (`mutable: false`) "granted" a bucket by nothing. One would guess that `success` is about what the template holds.
#
# Seen:
#                  role of another account    ArnPrincipal of it         own role, mutable: false
#   bucket         success true, written      success true, written      success true, nothing
#   table          success true, written      success true, written      success true, nothing
#   table stream   success true, nothing      success false, nothing     success true, nothing
#   event bus      success true, nothing      success false, nothing     success true, nothing
#   backup vault   success true, nothing      success false, nothing     success true, nothing
#   API method     success true, nothing      success false, nothing     success true, nothing
#   role           success true, nothing      success false, nothing     success true, nothing
#
# https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_iam.Grant.html
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --silent aws-cdk-lib@2.276.0 constructs@10.8.1
cat > app.js <<'JS'
const { App, Stack } = require('aws-cdk-lib');
const { RestApi } = require('aws-cdk-lib/aws-apigateway');
const { BackupVault } = require('aws-cdk-lib/aws-backup');
const { Table } = require('aws-cdk-lib/aws-dynamodb');
const { EventBus } = require('aws-cdk-lib/aws-events');
const { ArnPrincipal, Role, ServicePrincipal } = require('aws-cdk-lib/aws-iam');
const { Bucket } = require('aws-cdk-lib/aws-s3');

const keyed = { partitionKey: { name: 'id', type: 'S' } };
const grants = {
  'bucket': (at, to) => new Bucket(at, 'It').grantRead(to),
  'table': (at, to) => new Table(at, 'It', keyed).grantReadData(to),
  'table stream': (at, to) => new Table(at, 'It', { ...keyed, stream: 'NEW_IMAGE' }).grantStreamRead(to),
  'event bus': (at, to) => new EventBus(at, 'It').grantPutEventsTo(to, 'Partner'),
  'backup vault': (at, to) => new BackupVault(at, 'It').grant(to, 'backup:CopyIntoBackupVault'),
  'API method': (at, to) => new RestApi(at, 'It').root.addMethod('GET').grantExecute(to),
  'role': (at, to) => new Role(at, 'It', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }).grantAssumeRole(to),
};
const there = 'arn:aws:iam::444455556666:role/reader';
const here = 'arn:aws:iam::111122223333:role/reader';
const grantees = {
  'role of another account': (at) => Role.fromRoleArn(at, 'Reader', there),
  'ArnPrincipal of it': () => new ArnPrincipal(there),
  'own role, mutable: false': (at) => Role.fromRoleArn(at, 'Reader', here, { mutable: false }),
};
const line = (cells) => console.log(cells.map((it, at) => it.padEnd(at ? 27 : 15)).join('').trimEnd());
line(['', ...Object.keys(grantees)]);
for (const [what, grant] of Object.entries(grants)) {
  line([what, ...Object.values(grantees).map((grantee) => {
    const app = new App();
    const stack = new Stack(app, 'own', { env: { account: '111122223333', region: 'eu-west-1' } });
    const { success } = grant(stack, grantee(stack));
    const written = JSON.stringify(app.synth().getStackByName('own').template).includes('role/reader');
    return `success ${success}, ${written ? 'written' : 'nothing'}`;
  })]);
}
JS
node app.js 2>/dev/null > seen
cat seen
cat > expected <<'TEXT'
               role of another account    ArnPrincipal of it         own role, mutable: false
bucket         success true, written      success true, written      success true, nothing
table          success true, written      success true, written      success true, nothing
table stream   success true, nothing      success false, nothing     success true, nothing
event bus      success true, nothing      success false, nothing     success true, nothing
backup vault   success true, nothing      success false, nothing     success true, nothing
API method     success true, nothing      success false, nothing     success true, nothing
role           success true, nothing      success false, nothing     success true, nothing
TEXT
cmp seen expected
