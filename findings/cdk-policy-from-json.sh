#!/bin/sh
# aws-cdk-lib 2.276.0, constructs 10.8.1 (npm), Node.js 20.
#
# `PolicyDocument.fromJson` is how an existing policy comes into a CDK application. It reads the statements and nothing else: a document
# of version 2008-10-17 comes out as 2012-10-17, one without a version too, and `Id` is gone. The version is not a formality: in the old
# one `${aws:username}` is a text like any other, in the new one a variable, so the same statement is about other objects than before.
# One would guess that the document that goes in comes out.
#
# Seen:
#   in:  Version 2008-10-17, Id shared, Resource arn:aws:s3:::acme-home/${aws:username}/*
#   out: Version 2012-10-17, Id undefined, Resource arn:aws:s3:::acme-home/${aws:username}/*
#   in:  Version undefined, Id undefined, Resource arn:aws:s3:::acme-home/${aws:username}/*
#   out: Version 2012-10-17, Id undefined, Resource arn:aws:s3:::acme-home/${aws:username}/*
#
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --silent aws-cdk-lib@2.276.0 constructs@10.8.1
cat > app.js <<'JS'
const { PolicyDocument } = require('aws-cdk-lib/aws-iam');

const Statement = [{
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::444455556666:root' },
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::acme-home/${aws:username}/*',
}];
const say = (what, it) => console.log(`${what} Version ${it.Version}, Id ${it.Id}, Resource ${it.Statement[0].Resource}`);
for (const document of [{ Version: '2008-10-17', Id: 'shared', Statement }, { Statement }]) {
  say('in: ', document);
  say('out:', PolicyDocument.fromJson(document).toJSON());
}
JS
node app.js > seen
cat seen
cat > expected <<'TEXT'
in:  Version 2008-10-17, Id shared, Resource arn:aws:s3:::acme-home/${aws:username}/*
out: Version 2012-10-17, Id undefined, Resource arn:aws:s3:::acme-home/${aws:username}/*
in:  Version undefined, Id undefined, Resource arn:aws:s3:::acme-home/${aws:username}/*
out: Version 2012-10-17, Id undefined, Resource arn:aws:s3:::acme-home/${aws:username}/*
TEXT
cmp seen expected
