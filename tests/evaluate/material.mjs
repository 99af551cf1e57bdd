// What `generate.mjs` makes its requests of: resources with patterns that match them or nearly do, and condition keys.

export const A = "111111111111";
export const B = "222222222222";

// The services of the targets below that resource control policies reach; others ignore them.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services
export const CONTROLLED = new Set(["s3", "sqs", "kms", "secretsmanager", "sts"]);

export const TARGETS = [
  {
    actions: ["s3:GetObject", "s3:PutObject", "s3:GetObjectTagging"],
    arn: "arn:aws:s3:::data-b/team/x.txt",
    near: ["arn:aws:s3:::data-b/*", "arn:aws:s3:::data-?/team/*", "arn:aws:s3:::*", "arn:aws:s3:::data-b/*.txt",
      "arn:aws:s3:::data-b/${aws:PrincipalTag/team}/*", "arn:aws:s3:::data-b/${aws:username}/*",
      "arn:aws:s3:::data-b/${aws:PrincipalTag/other, 'team'}/*"],
    far: ["arn:aws:s3:::data-b", "arn:aws:s3:::data-c/*", "arn:aws:s3:::data-b/Team/*"],
  },
  {
    actions: ["s3:GetObject", "s3:DeleteObject"],
    arn: "arn:aws:s3:::data-b/a:b/tëam/c+d (1).txt",
    near: ["arn:aws:s3:::data-b/a:*", "arn:aws:s3:::data-b/*:b/*", "arn:aws:s3:::data-b/a?b/t?am/c+d (?).txt",
      "arn:aws:s3:::data-b/*/tëam/*", "arn:aws:s3:::*(1).txt", "arn:aws:s3:::data-b/**"],
    far: ["arn:aws:s3:::data-b/a:b/tëam/c+d (1)xtxt", "arn:aws:s3:::data-b/a.b/*", "arn:aws:s3:::data-b/a:b/team/*",
      "arn:aws:s3:::data-b/a:b/tëam/c*d [1].txt"],
  },
  {
    actions: ["s3:ListBucket", "s3:GetBucketLocation"],
    arn: "arn:aws:s3:::data-b",
    near: ["arn:aws:s3:::data-*", "arn:*:s3:::data-b", "arn:aws:s3:::data-b*"],
    far: ["arn:aws:s3:::data-b/*", "arn:aws:s3:::data"],
  },
  {
    actions: ["sqs:SendMessage", "sqs:ReceiveMessage"],
    own: ["sqs:TagQueue"],
    arn: `arn:aws:sqs:eu-west-1:${B}:jobs`,
    near: [`arn:aws:sqs:*:${B}:jobs`, `arn:aws:sqs:eu-west-1:${B}:*`, "arn:aws:sqs:*:*:jo?s", "arn:aws:sqs:*:*:*"],
    far: [`arn:aws:sqs:us-east-1:${B}:jobs`, `arn:aws:sqs:eu-west-1:${A}:jobs`, "arn:aws:sqs:*:*:Jobs"],
  },
  {
    actions: ["sns:Publish", "sns:Subscribe"],
    arn: `arn:aws:sns:eu-west-1:${B}:news`,
    near: [`arn:aws:sns:*:${B}:news`, `arn:aws:sns:eu-*-1:${B}:n*s`],
    far: [`arn:aws:sns:eu-west-1:${B}:new`],
  },
  {
    actions: ["kms:Decrypt", "kms:Encrypt", "kms:DescribeKey"],
    own: ["kms:ScheduleKeyDeletion"],
    arn: `arn:aws:kms:eu-west-1:${B}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
    near: [`arn:aws:kms:*:${B}:key/*`, `arn:aws:kms:eu-west-1:${B}:*`],
    far: [`arn:aws:kms:*:${B}:alias/*`],
  },
  {
    actions: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
    arn: `arn:aws:secretsmanager:eu-west-1:${B}:secret:password-AbCdEf`,
    near: [`arn:aws:secretsmanager:*:${B}:secret:password-??????`, `arn:aws:secretsmanager:*:*:secret:*`],
    far: [`arn:aws:secretsmanager:*:${B}:secret:password`],
  },
  {
    actions: ["lambda:InvokeFunction", "lambda:GetFunction"],
    arn: `arn:aws:lambda:eu-west-1:${B}:function:work`,
    near: [`arn:aws:lambda:eu-west-1:${B}:function:*`, `arn:aws:lambda:*:${B}:function:w?rk`],
    far: [`arn:aws:lambda:eu-west-1:${B}:function:work:*`],
  },
  {
    actions: ["lambda:InvokeFunction"],
    arn: `arn:aws:lambda:eu-west-1:${B}:function:work:live`,
    near: [`arn:aws:lambda:eu-west-1:${B}:function:work:*`, `arn:aws:lambda:*:${B}:function:work*`, `arn:aws:lambda:*:*:function:*:live`],
    far: [`arn:aws:lambda:eu-west-1:${B}:function:work`, `arn:aws:lambda:eu-west-1:${B}:function:work:?`],
  },
  {
    actions: ["dynamodb:Query", "dynamodb:Scan"],
    arn: `arn:aws:dynamodb:eu-west-1:${B}:table/orders/index/by-day`,
    near: [`arn:aws:dynamodb:*:${B}:table/orders/index/*`, `arn:aws:dynamodb:*:*:table/*`, `arn:aws:dynamodb:eu-????-1:2*:table/o*/index/by-???`,
      `arn:aws:dynamodb:eu-west-1:${B}:table/orders/index/by-\${aws:PrincipalTag/none, 'day'}`],
    far: [`arn:aws:dynamodb:eu-west-1:${B}:table/orders`, `arn:aws:dynamodb:eu-west-1:${B}:table/orders/index/by-?`],
  },
  {
    actions: ["sts:AssumeRole"],
    arn: `arn:aws:iam::${B}:role/target`,
    near: [`arn:aws:iam::${B}:role/*`, `arn:aws:iam::*:role/target`, `arn:aws:iam::${B}:*`],
    far: [`arn:aws:iam::${B}:role/other`, `arn:aws:iam::${A}:role/target`],
    trust: true,
  },
];

export const ISSUER = "token.actions.githubusercontent.com";
export const FEDERATED = { ...TARGETS.at(-1), actions: ["sts:AssumeRoleWithWebIdentity"] };
export const SAML = { ...TARGETS.at(-1), actions: ["sts:AssumeRoleWithSAML"] };

// What conditions ask of a key, and what requests carry: `kind` chooses the operators.
export const KEYS = [
  { key: "aws:PrincipalTag/team", kind: "string", values: ["team", "Team", "te", "team*", "?eam"], request: ["team", "Team", "x", "t*"] },
  { key: "aws:RequestTag/owner", kind: "string", values: ["${aws:PrincipalTag/team}", "${aws:PrincipalTag/none, 'team'}", "${aws:username}", "${aws:username, 'x'}", "${AWS:principaltag/TEAM}*", "team"], request: ["team", "Team", "bob", "x"] },
  { key: "aws:RequestTag/note", kind: "string", values: ["t\u00eb*", "T\u00cbAM", "t?am", "a${*}", "a*", "${?}b", "${$}{x}", "(a|b).+"], request: ["t\u00ebam", "a*", "ab", "?b", "${x}", "(a|b).+", "aab"] },
  { key: "aws:PrincipalTag/blob", kind: "binary", values: ["QmluYXJ5", "QmluYXJ6", "qmluyxj5"], request: ["QmluYXJ5", "QmluYXJ6"] },
  { key: "s3:max-keys", kind: "numeric", values: ["10", "10.0", "-1", "0"], request: ["10", "9", "-1"] },
  { key: "aws:TokenIssueTime", kind: "date", values: ["2026-03-04T22:00:00-02:00", "2026-03-05T00:00Z", "2026-03", "2026-03-05T00:00:00.000Z", "2026-03-05T00:00:00.5Z"], request: ["2026-03-05T00:00:00Z", "2026-03-01"] },
  { key: "aws:RequestedRegion", kind: "string", values: ["eu-west-1", "eu-*", "us-?ast-1", ""], request: ["eu-west-1", "us-east-1"] },
  { key: "aws:PrincipalOrgID", kind: "string", values: ["o-abcdef1234", "o-zzzzzz1234", "o-*"], request: ["o-abcdef1234"] },
  { key: "aws:SecureTransport", kind: "bool", values: ["true", "false"], request: ["true", "false"], always: true },
  { key: "aws:MultiFactorAuthPresent", kind: "bool", values: ["true", "false"], request: ["true", "false"] },
  { key: "aws:MultiFactorAuthAge", kind: "numeric", values: ["300", "3600", "3600.5"], request: ["200", "300", "3600", "5000"] },
  { key: "aws:CurrentTime", kind: "date", values: ["2026-01-01T00:00:00Z", "2027-06-01T00:00:00Z", "2026-03-05", "1772668800", "1772668801", "2026", "2027"], request: ["2026-03-05T00:00:00Z"], always: true },
  { key: "aws:EpochTime", kind: "numeric", values: ["1772668800", "1800000000"], request: ["1772668800"], always: true },
  { key: "aws:SourceVpce", kind: "string", values: ["vpce-1", "vpce-*"], request: ["vpce-1", "vpce-2"] },
  { key: "aws:TagKeys", kind: "string", many: true, values: ["a", "b", "a*"], request: [["a"], ["a", "b"], ["c"], ["b", "c"]] },
  { key: "aws:PrincipalOrgPaths", kind: "string", many: true, values: ["o-abcdef1234/r-ab12/ou-ab12-11111111/", "o-abcdef1234/*", "o-*/r-ab12/*"], request: [["o-abcdef1234/r-ab12/ou-ab12-11111111/"], ["o-zzzzzz1234/r-zz12/"]] },
  { key: "logs:LogGeneratingResourceArns", kind: "arn", many: true, values: [`arn:aws:ec2:*:${A}:instance/*`, `arn:aws:*:eu-west-1:${B}:*`, "arn:aws:rds:*:db:d", `arn:aws:rds:*:${B}:db:?`],
    request: [[`arn:aws:rds:eu-west-1:${B}:db:d`], [`arn:aws:ec2:eu-west-1:${A}:instance/i-1`], [`arn:aws:ec2:eu-west-1:${A}:instance/i-1`, `arn:aws:rds:eu-west-1:${B}:db:d`]] },
  { key: "aws:PrincipalArn", kind: "arn", values: [`arn:aws:iam::${A}:role/*`, `arn:aws:iam::*:role/caller`, `arn:aws:iam::${B}:user/bob`, "arn:*:iam::*:*/c*",
    "arn:aws:iam::????????????:role/ca*er", "arn:aws:iam::2*:*", "arn:aws:iam::*:role/team/?/caller", "arn:aws:iam::*:root", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam:*:role/caller:*"] },
  { key: "aws:PrincipalAccount", kind: "string", values: [A, B, "1111*"] },
];
const NETWORKS = ["203.0.113.0/24", "203.0.113.7", "10.0.0.0/8", "203.0.113.7/30", "0.0.0.0/0", "2001:db8::/32", "2001:db8::7", "2001:DB8:1::/48", "::/0"];
export const ADDRESSES = { key: "aws:SourceIp", kind: "ip", values: NETWORKS, request: ["203.0.113.7", "10.2.3.4", "198.51.100.1", "2001:db8::7", "2001:db8:1::1", "2001:db9::1"] };
export const SOURCES = [
  { key: "aws:SourceAccount", kind: "string", values: [A, B, "*"], request: [A, B] },
  { key: "aws:SourceArn", kind: "arn", values: [`arn:aws:cloudtrail:*:${A}:trail/*`, `arn:aws:cloudtrail:eu-west-1:${B}:trail/t`, "arn:aws:*:*:*:*"], request: [`arn:aws:cloudtrail:eu-west-1:${A}:trail/t`, `arn:aws:cloudtrail:eu-west-1:${B}:trail/t`] },
];
export const CLAIMS = [
  { key: `${ISSUER}:sub`, kind: "string", values: ["repo:org/app:ref:refs/heads/main", "repo:org/*", "repo:org/app:*", "repo:o*"], request: ["repo:org/app:ref:refs/heads/main", "repo:organization/app:x"] },
  { key: `${ISSUER}:aud`, kind: "string", values: ["sts.amazonaws.com", "sts.*"], request: ["sts.amazonaws.com", "other"] },
];
export const SAML_CLAIMS = [
  { key: "SAML:aud", kind: "string", values: ["https://signin.aws.amazon.com/saml", "https://*.signin.aws.amazon.com/saml"], request: ["https://signin.aws.amazon.com/saml", "https://eu-west-1.signin.aws.amazon.com/saml"] },
  { key: "SAML:sub_type", kind: "string", values: ["persistent", "p*"], request: ["persistent", "transient"] },
  { key: "saml:edupersonorgdn", kind: "string", many: true, values: ["dc=a", "dc=*"], request: [["dc=a"], ["dc=b", "dc=a"]] },
];
export const TRUST = [{ key: "sts:ExternalId", kind: "string", values: ["secret", "Secret", "s*"], request: ["secret", "other"] }];

export const OPERATORS = {
  string: ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"],
  bool: ["Bool"],
  binary: ["BinaryEquals"],
  numeric: ["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"],
  date: ["DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"],
  ip: ["IpAddress", "NotIpAddress"],
  arn: ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringNotLike"],
};
