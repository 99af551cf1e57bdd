#!/bin/sh
# aws-cdk-lib 2.276.0, constructs 10.8.1 (npm), Node.js 20.
#
# In a stack with a known account the CDK sees that an imported role belongs to another account and writes only the policy of the
# bucket. It does not look at the account of an imported user or group: it writes the policy of the bucket and an `AWS::IAM::Policy`
# for a user or group of the same name in its own account, which then gets the access, or fails to deploy where there is none. With a
# group it also names the group as principal, which no policy can. A policy that lists the role itself (`roles: [...]`) goes to the
# namesake too. One would guess that the check that holds for a role holds for every identity and every way to attach.
#
# Seen:
#   grant to a role:  bucket policy for arn:aws:iam::444455556666:role/partner
#   grant to a user:  bucket policy for arn:aws:iam::444455556666:user/partner, own policy for Users partner
#   grant to a group: bucket policy for arn:aws:iam::444455556666:group/partner, own policy for Groups partner
#   policy of a role: own policy for Roles partner
#
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --silent aws-cdk-lib@2.276.0 constructs@10.8.1
cat > app.js <<'JS'
const { App, Stack } = require('aws-cdk-lib');
const iam = require('aws-cdk-lib/aws-iam');
const { Bucket } = require('aws-cdk-lib/aws-s3');

const there = (kind) => `arn:aws:iam::444455556666:${kind}/partner`;
const cases = {
  'grant to a role: ': (stack) => new Bucket(stack, 'Data').grantRead(iam.Role.fromRoleArn(stack, 'It', there('role'))),
  'grant to a user: ': (stack) => new Bucket(stack, 'Data').grantRead(iam.User.fromUserArn(stack, 'It', there('user'))),
  'grant to a group:': (stack) => new Bucket(stack, 'Data').grantRead(iam.Group.fromGroupArn(stack, 'It', there('group'))),
  'policy of a role:': (stack) => new iam.Policy(stack, 'Policy', {
    roles: [iam.Role.fromRoleArn(stack, 'It', there('role'))],
    statements: [new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::acme-data/*'] })],
  }),
};
for (const [what, make] of Object.entries(cases)) {
  const app = new App();
  make(new Stack(app, 'own', { env: { account: '111122223333', region: 'eu-west-1' } }));
  const said = [];
  for (const { Type, Properties } of Object.values(app.synth().getStackByName('own').template.Resources)) {
    if (Type === 'AWS::S3::BucketPolicy') said.push(`bucket policy for ${Properties.PolicyDocument.Statement[0].Principal.AWS}`);
    for (const to of Type === 'AWS::IAM::Policy' ? ['Roles', 'Users', 'Groups'] : []) {
      if (Properties[to]) said.push(`own policy for ${to} ${Properties[to]}`);
    }
  }
  console.log(what, said.join(', '));
}
JS
node app.js 2>/dev/null > seen
cat seen
cat > expected <<'TEXT'
grant to a role:  bucket policy for arn:aws:iam::444455556666:role/partner
grant to a user:  bucket policy for arn:aws:iam::444455556666:user/partner, own policy for Users partner
grant to a group: bucket policy for arn:aws:iam::444455556666:group/partner, own policy for Groups partner
policy of a role: own policy for Roles partner
TEXT
cmp seen expected
