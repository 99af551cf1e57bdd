// Random requests with the answers of another program, `@cloud-copilot/iam-simulate`, for `tests/evaluate.rs`.
//
// The program runs by itself, from a folder outside of this repository; it is no dependency, and nothing of it is here:
//
//     npm install --prefix /tmp/oracle @cloud-copilot/iam-simulate@0.1.173
//     node tests/evaluate/generate.mjs /tmp/oracle 25000 SEED > /tmp/cases.json
//     TRUSTLINT_SCENARIOS=/tmp/cases.json cargo test --test evaluate
//
// Left out is where AWS documents another answer than that program gives, or none:
//
// - Policy variables in documents without `Version` 2012-10-17: they are text.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
// - Policy variables in `NotResource`: AWS documents them for `Resource`, and not what becomes of one without a value.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-wheretouse
// - A date of the request in another notation than that of the policy: AWS takes both for dates.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
// - A grant to a session by its ARN, in one account, beside a session policy: it is not limited by it.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
// - A grant to everybody, in one account, beside a session policy: no page says.
// - `ForAnyValue:…IfExists` without the key: it is true, as all operators that end so.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists
// - `NotIpAddress` with addresses of the other version of IP, or with all of them: it is what `IpAddress` is not.
//   https://docs.aws.amazon.com/AmazonS3/latest/userguide/ipv6-access.html#ipv6-access-iam
// - A role that trusts a user by name while the user has a permissions boundary: two pages differ.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html
// - `Deny` with `NotPrincipal` beside a permissions boundary: it denies whoever has one.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
// - `Deny` with a `NotPrincipal` that names no account: what it denies depends on the service.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
// - The account of an identity provider as the principal: who comes with a token is of no account.
//   https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
// - Principals of another partition, and operations that no other account may call.
//   https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html

import { pathToFileURL } from "node:url";
import path from "node:path";

const [oracle, wanted = "20000", seed = "1"] = process.argv.slice(2);
const inside = (name, file) =>
  import(pathToFileURL(path.resolve(oracle, "node_modules/@cloud-copilot", name, "dist/esm", file)));
const { authorize } = await inside("iam-simulate", "core_engine/CoreSimulatorEngine.js");
const { AwsRequestImpl } = await inside("iam-simulate", "request/request.js");
const { RequestContextImpl } = await inside("iam-simulate", "requestContext.js");
const { DiscoveryContextKeyConstraints } = await inside(
  "iam-simulate",
  "context_keys/discoveryContextKeyConstraints.js",
);
const { loadPolicy } = await inside("iam-policy", "index.js");

// Randomness that a seed repeats.
let state = Number(seed) >>> 0;
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const chance = (share) => random() < share;
const below = (limit) => Math.floor(random() * limit);
const pick = (list) => list[below(list.length)];
const several = (most, make) => Array.from({ length: 1 + below(most) }, make);
const oneOrList = (list) => (list.length === 1 && chance(0.5) ? list[0] : list);

// The services of the targets below that resource control policies reach; others ignore them.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services
const CONTROLLED = new Set(["s3", "sqs", "kms", "secretsmanager", "sts"]);

const A = "111111111111";
const B = "222222222222";

const TARGETS = [
  {
    actions: ["s3:GetObject", "s3:PutObject", "s3:GetObjectTagging"],
    arn: "arn:aws:s3:::data-b/team/x.txt",
    near: ["arn:aws:s3:::data-b/*", "arn:aws:s3:::data-?/team/*", "arn:aws:s3:::*", "arn:aws:s3:::data-b/*.txt",
      "arn:aws:s3:::data-b/${aws:PrincipalTag/team}/*", "arn:aws:s3:::data-b/${aws:username}/*",
      "arn:aws:s3:::data-b/${aws:PrincipalTag/other, 'team'}/*"],
    far: ["arn:aws:s3:::data-b", "arn:aws:s3:::data-c/*", "arn:aws:s3:::data-b/Team/*"],
  },
  {
    actions: ["s3:ListBucket", "s3:GetBucketLocation"],
    arn: "arn:aws:s3:::data-b",
    near: ["arn:aws:s3:::data-*", "arn:*:s3:::data-b", "arn:aws:s3:::data-b*"],
    far: ["arn:aws:s3:::data-b/*", "arn:aws:s3:::data"],
  },
  {
    actions: ["sqs:SendMessage", "sqs:ReceiveMessage"],
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
    actions: ["sts:AssumeRole"],
    arn: `arn:aws:iam::${B}:role/target`,
    near: [`arn:aws:iam::${B}:role/*`, `arn:aws:iam::*:role/target`, `arn:aws:iam::${B}:*`],
    far: [`arn:aws:iam::${B}:role/other`, `arn:aws:iam::${A}:role/target`],
    trust: true,
  },
];

const ISSUER = "token.actions.githubusercontent.com";
const FEDERATED = { ...TARGETS.at(-1), actions: ["sts:AssumeRoleWithWebIdentity"] };

// What conditions ask of a key, and what requests carry: `kind` chooses the operators.
const KEYS = [
  { key: "aws:PrincipalTag/team", kind: "string", values: ["team", "Team", "te", "team*"], request: ["team", "Team", "x"] },
  { key: "aws:RequestedRegion", kind: "string", values: ["eu-west-1", "eu-*", "us-?ast-1", ""], request: ["eu-west-1", "us-east-1"] },
  { key: "aws:PrincipalOrgID", kind: "string", values: ["o-abcdef1234", "o-zzzzzz1234", "o-*"], request: ["o-abcdef1234"] },
  { key: "aws:SecureTransport", kind: "bool", values: ["true", "false"], request: ["true", "false"], always: true },
  { key: "aws:MultiFactorAuthPresent", kind: "bool", values: ["true", "false"], request: ["true", "false"] },
  { key: "aws:MultiFactorAuthAge", kind: "numeric", values: ["300", "3600", "3600.5"], request: ["200", "300", "3600", "5000"] },
  { key: "aws:CurrentTime", kind: "date", values: ["2026-01-01T00:00:00Z", "2027-06-01T00:00:00Z", "2026-03-05"], request: ["2026-03-05T00:00:00Z"], always: true },
  { key: "aws:EpochTime", kind: "numeric", values: ["1772668800", "1800000000"], request: ["1772668800"], always: true },
  { key: "aws:SourceVpce", kind: "string", values: ["vpce-1", "vpce-*"], request: ["vpce-1", "vpce-2"] },
  { key: "aws:TagKeys", kind: "string", many: true, values: ["a", "b", "a*"], request: [["a"], ["a", "b"], ["c"], ["b", "c"]] },
  { key: "aws:PrincipalArn", kind: "arn", values: [`arn:aws:iam::${A}:role/*`, `arn:aws:iam::*:role/caller`, `arn:aws:iam::${B}:user/bob`, "arn:*:iam::*:*/c*"] },
  { key: "aws:PrincipalAccount", kind: "string", values: [A, B, "1111*"] },
];
const ADDRESSES = [
  { key: "aws:SourceIp", kind: "ip", values: ["203.0.113.0/24", "203.0.113.7", "10.0.0.0/8", "203.0.113.7/30"], request: ["203.0.113.7", "10.2.3.4", "198.51.100.1"] },
  { key: "aws:SourceIp", kind: "ip", values: ["2001:db8::/32", "2001:db8::7", "2001:db8:1::/48"], request: ["2001:db8::7", "2001:db8:1::1", "2001:db9::1"] },
];
const SOURCES = [
  { key: "aws:SourceAccount", kind: "string", values: [A, B, "*"], request: [A, B] },
  { key: "aws:SourceArn", kind: "arn", values: [`arn:aws:cloudtrail:*:${A}:trail/*`, `arn:aws:cloudtrail:eu-west-1:${B}:trail/t`, "arn:aws:*:*:*:*"], request: [`arn:aws:cloudtrail:eu-west-1:${A}:trail/t`, `arn:aws:cloudtrail:eu-west-1:${B}:trail/t`] },
];
const CLAIMS = [
  { key: `${ISSUER}:sub`, kind: "string", values: ["repo:org/app:ref:refs/heads/main", "repo:org/*", "repo:org/app:*", "repo:o*"], request: ["repo:org/app:ref:refs/heads/main", "repo:organization/app:x"] },
  { key: `${ISSUER}:aud`, kind: "string", values: ["sts.amazonaws.com", "sts.*"], request: ["sts.amazonaws.com", "other"] },
];
const TRUST = [{ key: "sts:ExternalId", kind: "string", values: ["secret", "Secret", "s*"], request: ["secret", "other"] }];

const OPERATORS = {
  string: ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"],
  bool: ["Bool"],
  numeric: ["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"],
  date: ["DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"],
  ip: ["IpAddress", "NotIpAddress"],
  arn: ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringNotLike"],
};

function condition(keys) {
  const block = {};
  for (let count = 1 + below(2); count > 0; count -= 1) {
    const { key, kind, values, many } = pick(keys);
    const written = chance(0.2) ? key.toLowerCase() : key;
    if (chance(0.1)) {
      (block.Null ??= {})[written] = pick(["true", "false"]);
      continue;
    }
    let operator = pick(OPERATORS[kind]);
    if (many) operator = `${pick(["ForAllValues", "ForAnyValue"])}:${operator}`;
    if (chance(0.25) && !operator.startsWith("ForAnyValue")) operator += "IfExists";
    (block[operator] ??= {})[written] = oneOrList(several(2, () => pick(values)));
  }
  return block;
}

// A request: who asks for what, and in which context.
function request() {
  const kind = pick(["role", "role", "role", "role", "user", "user", "service", "provider"]);
  const target = kind === "provider" ? FEDERATED : pick(TARGETS);
  const action = pick(target.actions);
  const account = kind === "provider" || chance(0.5) ? B : A;
  const principal = {
    role: `arn:aws:sts::${account}:assumed-role/caller/sess`,
    user: `arn:aws:iam::${account}:user/bob`,
    service: "cloudtrail.amazonaws.com",
    provider: `arn:aws:iam::${B}:oidc-provider/${ISSUER}`,
  }[kind];
  const keys = [...KEYS, pick(ADDRESSES), ...({ service: SOURCES, provider: CLAIMS }[kind] ?? []), ...(target.trust ? TRUST : [])];
  const context = { "aws:PrincipalIsAWSService": String(kind === "service") };
  if (kind === "service") {
    context["aws:PrincipalServiceName"] = principal;
  } else if (kind !== "provider") {
    context["aws:PrincipalArn"] = kind === "role" ? `arn:aws:iam::${account}:role/caller` : principal;
    context["aws:PrincipalAccount"] = account;
    context["aws:PrincipalType"] = kind === "role" ? "AssumedRole" : "User";
    if (kind === "user") context["aws:username"] = "bob";
  }
  for (const { key, request, always } of keys) {
    const ofPrincipal = key.startsWith("aws:Principal") || key.startsWith("aws:MultiFactor");
    if (!request || (ofPrincipal && ["service", "provider"].includes(kind))) continue;
    if (always || chance(0.65)) context[key] = pick(request);
  }
  return { target, action, account, kind, principal, context, keys };
}

const cases = (text) => pick([text, text.toLowerCase(), text.toUpperCase()]);

function actions({ action }, certain) {
  const [service, name] = action.split(":");
  const near = [action, action, `${service}:*`, "*", `${service}:${name.slice(0, 3)}*`, `${service}:?${name.slice(1)}`, `${service}:${cases(name)}`];
  const far = [`${service}:Delete*`, "ec2:*", "iam:PassRole", `${service}:${name}x`];
  return oneOrList(several(2, () => pick(chance(certain) ? near : far)));
}

function resources({ target }, expands) {
  const { arn, near, far } = target;
  const one = () => pick(chance(0.8) ? ["*", arn, arn, ...near] : far);
  const list = several(2, one).filter((text) => expands || !text.includes("${"));
  return oneOrList(list.length > 0 ? list : ["*"]);
}

function statement(asked, { version, allow, named, certain = 0.85 }) {
  const made = { Effect: chance(allow) ? "Allow" : "Deny" };
  if (named) Object.assign(made, named(made.Effect));
  made[chance(0.9) ? "Action" : "NotAction"] = actions(asked, certain);
  if (!named?.trust) {
    const element = chance(0.92) ? "Resource" : "NotResource";
    made[element] = resources(asked, element === "Resource" && version === "2012-10-17");
  }
  if (chance(0.4)) made.Condition = condition(asked.keys);
  return made;
}

function policy(asked, options) {
  const version = chance(0.9) ? "2012-10-17" : "2008-10-17";
  return { Version: version, Statement: several(2, () => statement(asked, { ...options, version })) };
}

// The principals of resource policies: those that mean the caller, and others.
function principals(asked, bounded) {
  const { account, kind, principal, target } = asked;
  const role = `arn:aws:iam::${account}:role/caller`;
  const mine = {
    role: [role, role, principal],
    user: [principal],
    service: [],
    provider: [],
  }[kind];
  const named = (effect) => {
    if (effect === "Deny" && !bounded && chance(0.2)) {
      const spared = chance(0.5) ? [...mine.slice(0, 1), `arn:aws:iam::${account}:root`, principal] : [`arn:aws:iam::${A}:role/else`, `arn:aws:iam::${A}:root`];
      if (mine.length > 0) return { NotPrincipal: { AWS: [...new Set(spared)] } };
    }
    if (kind === "service") return { Principal: pick([{ Service: principal }, { Service: principal }, { Service: ["s3.amazonaws.com", principal] }, { Service: "s3.amazonaws.com" }, "*", { AWS: A }]) };
    if (kind === "provider") return { Principal: pick([{ Federated: principal }, { Federated: principal }, { Federated: `arn:aws:iam::${A}:oidc-provider/${ISSUER}` }, { Service: "ec2.amazonaws.com" }]) };
    return {
      Principal: pick([
        { AWS: pick(mine) }, { AWS: pick(mine) }, { AWS: `arn:aws:iam::${account}:root` }, { AWS: account }, "*", { AWS: "*" },
        { AWS: [`arn:aws:iam::${A}:role/else`, pick(mine)] }, { AWS: `arn:aws:iam::${account}:role/else` }, { AWS: account === A ? B : A }, { Service: "ec2.amazonaws.com" },
      ]),
    };
  };
  named.trust = target.trust;
  return named;
}

const everyone = () => ({ Principal: "*" });

function scenario(number) {
  const asked = request();
  const { target, action, account, kind, principal, context } = asked;
  const entity = kind === "role" || kind === "user";
  const own = (options) => policy(asked, { allow: 0.85, ...options });
  const boundary = entity && chance(0.25) ? own() : null;
  const session = kind === "role" && chance(0.15) ? own() : null;
  const resourcePolicy = target.trust || chance(0.75) ? policy(asked, { allow: 0.8, named: principals(asked, boundary !== null) }) : null;
  return {
    id: `R${number}`,
    title: `random ${number} of seed ${seed}`,
    principal,
    action,
    resource: { arn: target.arn, accountId: B },
    identityPolicies: entity ? Array.from({ length: below(3) }, () => own()) : [],
    resourcePolicy,
    context,
    scp: entity && chance(0.2) ? several(2, () => own({ certain: 0.95 })) : null,
    rcp: CONTROLLED.has(action.split(":")[0]) && chance(0.2) ? [policy(asked, { allow: 0, named: everyone, certain: 0.5 })] : null,
    permissionsBoundary: boundary,
    sessionPolicy: session,
    vpcEndpointPolicy: chance(0.1) ? policy(asked, { allow: 0.9, named: everyone }) : null,
    s3BlockPublicAccess: null,
    beyondPolicyText: null,
  };
}

// Where the answer of the other program does not count.
function isLeftOut({ principal, action, resource, resourcePolicy, permissionsBoundary, sessionPolicy }) {
  const named = JSON.stringify(resourcePolicy?.Statement ?? []);
  const same = principal.includes(`:${resource.accountId}:`);
  const session = sessionPolicy && same && (named.includes(`"${principal}"`) || named.includes('"Principal":"*"') || named.includes('{"AWS":"*"}'));
  const trusted = permissionsBoundary && action.startsWith("sts:") && principal.includes(":user/") && named.includes(principal);
  return session || trusted;
}

const load = (document, name) => (document ? loadPolicy(document, { name }) : undefined);
const level = (document, number, more = []) => ({
  orgIdentifier: `level-${number}`,
  policies: [load(document, `level-${number}`), ...more],
});
const FULL = load({ Version: "2012-10-17", Statement: { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" } }, "RCPFullAWSAccess");

function answer(one) {
  const decided = authorize({
    request: new AwsRequestImpl(
      one.principal,
      { resource: one.resource.arn, accountId: one.resource.accountId },
      one.action,
      new RequestContextImpl(one.context),
      false,
    ),
    sessionPolicy: load(one.sessionPolicy, "session"),
    identityPolicies: one.identityPolicies.map((document, number) => load(document, `identity-${number}`)),
    serviceControlPolicies: (one.scp ?? []).map((document, number) => level(document, number)),
    resourceControlPolicies: (one.rcp ?? []).map((document, number) => level(document, number, [FULL])),
    resourcePolicy: load(one.resourcePolicy, "resource"),
    permissionBoundaries: one.permissionsBoundary ? [load(one.permissionsBoundary, "boundary")] : undefined,
    vpcEndpointPolicies: one.vpcEndpointPolicy ? [load(one.vpcEndpointPolicy, "endpoint")] : undefined,
    simulationParameters: {
      simulationMode: "Strict",
      discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]),
    },
  });
  return decided.result === "Allowed" ? "Allow" : "Deny";
}

const scenarios = [];
for (let number = 0; scenarios.length < Number(wanted); number += 1) {
  const made = scenario(number);
  if (!isLeftOut(made)) scenarios.push({ ...made, engineExpected: answer(made) });
}
const allowed = scenarios.filter((one) => one.engineExpected === "Allow").length;
console.error(`${scenarios.length} requests, ${allowed} allowed`);
console.log(JSON.stringify({ schema: "trustlint-scenarios/1", scenarios }));
