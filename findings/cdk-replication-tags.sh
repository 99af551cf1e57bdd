#!/bin/sh
# aws-cdk-lib 2.276.0, constructs 10.8.1 (npm), Node.js 20.
#
# The two halves of a replication into another account that the CDK writes do not match. The role of the source bucket is allowed
# `s3:ReplicateTags` on the replica, but `addReplicationPolicy`, which the CDK itself tells one to call on the bucket of the other
# account, does not grant it; across accounts both sides have to, so tags are not replicated. What it grants instead
# (`s3:GetBucketVersioning`, `s3:PutBucketVersioning`) the role is not allowed. One would guess that the pair is complete.
#
# Seen:
#   role:   s3:ObjectOwnerOverrideToBucketOwner s3:ReplicateDelete s3:ReplicateObject s3:ReplicateTags
#   bucket: s3:GetBucketVersioning s3:PutBucketVersioning s3:ReplicateDelete s3:ReplicateObject
#
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --silent aws-cdk-lib@2.276.0 constructs@10.8.1
cat > app.js <<'JS'
const { App, Stack } = require('aws-cdk-lib');
const { Bucket } = require('aws-cdk-lib/aws-s3');

const app = new App();
const stack = (name, account) => new Stack(app, name, { env: { account, region: 'eu-west-1' } });
const replica = new Bucket(stack('there', '444455556666'), 'Replica', { bucketName: 'acme-replica', versioned: true });
new Bucket(stack('here', '111122223333'), 'Source', {
  bucketName: 'acme-source',
  versioned: true,
  replicationRules: [{ destination: replica }],
});
replica.addReplicationPolicy('arn:aws:iam::111122223333:role/CDKReplicationRole');

const made = app.synth();
const about = (name, mark) => {
  const resources = Object.values(made.getStackByName(name).template.Resources);
  const statements = resources.flatMap((it) => it.Properties?.PolicyDocument?.Statement ?? []);
  return statements.filter((it) => JSON.stringify(it).includes(mark)).flatMap((it) => it.Action).sort().join(' ');
};
console.log(`role:   ${about('here', 'acme-replica')}`);
console.log(`bucket: ${about('there', 'CDKReplicationRole')}`);
JS
node app.js 2>/dev/null > seen
cat seen
cat > expected <<'TEXT'
role:   s3:ObjectOwnerOverrideToBucketOwner s3:ReplicateDelete s3:ReplicateObject s3:ReplicateTags
bucket: s3:GetBucketVersioning s3:PutBucketVersioning s3:ReplicateDelete s3:ReplicateObject
TEXT
cmp seen expected
