// Random requests with the answers of another program, `@cloud-copilot/iam-simulate`, for `tests/evaluate.rs`.
//
// The program runs by itself, from a folder outside of this repository; it is no dependency, and nothing of it is here:
//
//     npm install --prefix OUTSIDE @cloud-copilot/iam-simulate@0.1.173
//     node tests/evaluate/generate.mjs OUTSIDE 25000 SEED > CASES
//     TRUSTLINT_SCENARIOS=CASES cargo test --test evaluate -- --ignored
//
// Left out is where AWS documents another answer than that program gives, or none:
//
// - Policy variables in `NotResource`: AWS documents them for `Resource`, and not what becomes of one without a value.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-wheretouse
// - A grant to a session by its ARN, in one account, beside a session policy: it is not limited by it.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
// - A grant to everybody, in one account, beside a session policy: no page says.
// - `ForAnyValue:…IfExists` without the key: it is true, as all operators that end so.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists
// - A role that trusts a user by name while the user has a permissions boundary: two pages differ.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html
// - `Deny` with `NotPrincipal` beside a permissions boundary: it denies whoever has one.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
// - `Deny` with a `NotPrincipal` that names a role or user without its account, or an account without the role or user: it
//   may deny them, also those of an account that is named.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
// - The account of an identity provider as the principal: who comes with a token is of no account.
//   https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
// - A variable without a value under a negated operator: the statement may be void, or hold.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
// - Variables before the fifth colon of an ARN, where AWS takes none, and under `Bool`, of which two pages differ.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-wheretouse
// - `${*}`, `${?}` and `${$}` under `StringEquals` and its like: they are characters there too.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
// - Keys of several values without a set operator, and keys with no value at all: no page says.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
// - ARNs with less than six fields elsewhere than in policies of callers and boundaries: no page says.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
// - A role by its ARN without the path: that program takes only the name, AWS the whole ARN.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
// - A public bucket whose statement has a condition with `ForAnyValue`, or on a key that the S3 page does not list: it is not known here whether
//   the key tells who calls, and the answer is left open.
//   https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
// - Principals of another partition: access never crosses partitions.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-cross-account-resource-access.html
//
// Where AWS documents another answer that can be told that program in other words, it is told so, or its answer is corrected:
//
// - Policy variables in documents without `Version` 2012-10-17 are text.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
// - Dates in seconds and years alone are dates as others are.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
// - `NotIpAddress` is what `IpAddress` is not, also for addresses of the other version of IP and for all of them.
//   https://docs.aws.amazon.com/AmazonS3/latest/userguide/ipv6-access.html#ipv6-access-iam
// - Operations on keys and queues that no other account may call are denied to it.
//   https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
//   https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-limitations-of-custom-policies.html
// - The root user needs no policy in its account: it is given one that allows everything.
//   https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html

import { pathToFileURL } from "node:url";
import path from "node:path";
import {
  A, ADDRESSES, B, CLAIMS, CONTROLLED, FEDERATED, ISSUER, KEYS, OPERATORS, SAML, SAML_CLAIMS, SOURCES, TARGETS, TRUST,
} from "./material.mjs";

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

// A pattern that matches the text, or nearly.
function blur(text) {
  const letters = [...text];
  const from = below(letters.length);
  const to = from + below(4);
  const instead = pick(["*", "*", "?".repeat(to - from), "?".repeat(Math.max(0, to - from - 1)), "**", "*?", "z"]);
  return [...letters.slice(0, from), instead, ...letters.slice(to)].join("");
}

// The same of an ARN: field by field, and without touching the word that says which type of resource it is.
function blurArn(arn) {
  const fields = arn.split(":");
  const [head, type, name] = [fields.slice(0, 5), ...fields.slice(5).join(":").match(/^([a-z-]+[/:])?(.*)$/s).slice(1)];
  const field = pick([3, 4]);
  if (head[field] && chance(0.4)) head[field] = blur(head[field]);
  return [...head, (type ?? "") + (chance(0.7) ? blur(name) : name)].join(":");
}

const isNegated = (operator) => operator.includes("Not");
const takesVariables = (kind) => ["string", "arn"].includes(kind);

// Whether a value may stand under an operator: where no page says what becomes of a variable, it may not.
function isClear(value, operator, { expands, context }) {
  const variables = value.match(/\$\{[^}]*\}/g) ?? [];
  if (variables.length === 0) return true;
  if (!expands) return true;
  return variables.every((variable) => {
    if (["${*}", "${?}", "${$}"].includes(variable)) return operator.includes("Like");
    const [name, fallback] = variable.slice(2, -1).split(", ");
    const known = Object.keys(context).some((key) => key.toLowerCase() === name.toLowerCase());
    return known || fallback !== undefined || !isNegated(operator);
  });
}

// Numbers and booleans may be written as such.
function asWritten(value, kind) {
  if (chance(0.8)) return value;
  if (kind === "numeric") return Number(value);
  return kind === "bool" ? value === "true" : value;
}

// A value that is made of one a request may carry.
function blurred(request, kind) {
  const plain = (request ?? []).flat().filter((value) => !value.includes("$") && value.length > 1);
  if (!takesVariables(kind) || plain.length === 0 || chance(0.7)) return undefined;
  return kind === "arn" ? blurArn(pick(plain)) : blur(pick(plain));
}

function condition({ keys, context }, expands) {
  const block = {};
  for (let count = 1 + below(2); count > 0; count -= 1) {
    const { key, kind, values, request, many } = pick(keys);
    const written = chance(0.2) ? key.toLowerCase() : key;
    if (chance(0.1)) {
      (block.Null ??= {})[written] = oneOrList(several(2, () => asWritten(pick(["true", "false"]), "bool")));
      continue;
    }
    const base = pick(OPERATORS[kind]);
    const clear = values.filter((value) => isClear(value, base, { expands: expands && takesVariables(kind), context }));
    if (clear.length === 0) continue;
    const set = many || chance(0.15) ? `${pick(["ForAllValues", "ForAnyValue"])}:` : "";
    const suffix = chance(0.25) && !set.startsWith("ForAnyValue") ? "IfExists" : "";
    (block[set + base + suffix] ??= {})[written] = oneOrList(several(2, () => asWritten(blurred(request, kind) ?? pick(clear), kind)));
  }
  return block;
}

// A request: who asks for what, and in which context.
function request() {
  const kind = pick(["role", "role", "role", "role", "pathed", "user", "user", "root", "service", "oidc", "saml", "anonymous"]);
  const outside = ["service", "oidc", "saml", "anonymous"].includes(kind);
  // The root user cannot assume roles, and nobody can without credentials.
  const open = TARGETS.filter(({ trust }) => !trust || !["root", "anonymous"].includes(kind));
  const target = { oidc: FEDERATED, saml: SAML }[kind] ?? pick(open);
  const action = pick([...target.actions, ...(target.own ?? [])]);
  const account = chance(0.5) ? B : A;
  const path = kind === "pathed" ? "team/x/" : "";
  const role = `arn:aws:iam::${account}:role/${path}caller`;
  const session = `arn:aws:sts::${account}:assumed-role/caller/sess`;
  const principal = {
    role: session,
    pathed: session,
    user: `arn:aws:iam::${account}:user/bob`,
    root: `arn:aws:iam::${account}:root`,
    service: "cloudtrail.amazonaws.com",
    oidc: `arn:aws:iam::${B}:oidc-provider/${ISSUER}`,
    saml: `arn:aws:iam::${B}:saml-provider/idp`,
    anonymous: "anonymous",
  }[kind];
  const more = { service: SOURCES, oidc: CLAIMS, saml: SAML_CLAIMS }[kind] ?? [];
  const keys = [...KEYS, ADDRESSES, ADDRESSES, ...more, ...more, ...(target.trust ? TRUST : [])];
  const context = { "aws:PrincipalIsAWSService": String(kind === "service") };
  if (kind === "service") context["aws:PrincipalServiceName"] = principal;
  if (!outside) {
    context["aws:PrincipalArn"] = principal === session ? role : principal;
    context["aws:PrincipalAccount"] = account;
    context["aws:PrincipalType"] = { user: "User", root: "Account" }[kind] ?? "AssumedRole";
    if (kind === "user") context["aws:username"] = "bob";
  }
  for (const { key, request, always } of keys) {
    const ofPrincipal = key.startsWith("aws:Principal") || key.startsWith("aws:MultiFactor") || key === "aws:TokenIssueTime";
    if (!request || (ofPrincipal && outside)) continue;
    if (always || chance(0.65)) context[key] = pick(request);
  }
  return { target, action, account, kind, outside, principal, role, context, keys };
}

const cases = (text) => pick([text, text.toLowerCase(), text.toUpperCase()]);

function actions({ action }, certain) {
  const [service, name] = action.split(":");
  const near = [action, action, `${service}:*`, "*", `${service}:${name.slice(0, 3)}*`, `${service}:?${name.slice(1)}`, `${service}:${cases(name)}`, `${cases(service)}:${name}`, `${service}:${blur(name)}`];
  const far = [`${service}:Delete*`, "ec2:*", "iam:PassRole", `${service}:${name}x`];
  return oneOrList(several(2, () => pick(chance(certain) ? near : far)));
}

function resources({ target }, { unclear, short, certain }) {
  const { arn, near, far } = target;
  const service = arn.split(":")[2];
  const cut = short ? [`arn:aws:${service}`, `arn:aws:${service}:*`, "arn:*"] : [];
  const one = () => (chance(0.25) ? blurArn(arn) : pick(chance(certain) ? ["*", arn, arn, ...near, ...cut] : far));
  const list = several(2, one).filter((text) => !unclear || !text.includes("${"));
  return oneOrList(list.length > 0 ? list : ["*"]);
}

function statement(asked, { version, allow, named, short, certain = 0.9 }) {
  const made = chance(0.2) ? { Sid: "One" } : {};
  made.Effect = chance(allow) ? "Allow" : "Deny";
  if (named) Object.assign(made, named(made.Effect));
  // What allows should mostly fit, and what denies mostly fail, or nothing would ever be allowed.
  const fits = made.Effect === "Allow" ? certain : 0.6;
  made[chance(0.92) ? "Action" : "NotAction"] = actions(asked, fits);
  const expands = version === "2012-10-17";
  if (!named?.trust) {
    const element = chance(0.93) ? "Resource" : "NotResource";
    const plain = element === "Resource";
    made[element] = resources(asked, { unclear: expands && !plain, short: short && plain, certain: fits });
  }
  const block = chance(made.Effect === "Allow" ? 0.35 : 0.7) ? condition(asked, expands) : {};
  if (Object.keys(block).length > 0) made.Condition = block;
  return made;
}

function policy(asked, options) {
  const version = pick([...Array(8).fill("2012-10-17"), "2008-10-17", undefined]);
  const statements = several(3, () => statement(asked, { ...options, version }));
  // Sids are unique in a document.
  statements.forEach((one, index) => one.Sid && (one.Sid += index));
  return { ...(version && { Version: version }), Statement: oneOrList(statements) };
}

// The principals of resource policies: those that mean the caller, and others.
function principals(asked, bounded) {
  const { account, kind, outside, principal, role, target } = asked;
  const root = `arn:aws:iam::${account}:root`;
  const mine = { role: [role, role, principal], pathed: [role, role, principal], user: [principal], root: [root] }[kind];
  const other = account === A ? B : A;
  const strangers = [`arn:aws:iam::${other}:role/else`, `arn:aws:iam::${other}:root`, other];
  const spared = () => {
    if (kind === "service") return pick([{ Service: principal }, { Service: ["s3.amazonaws.com", principal] }, { Service: "s3.amazonaws.com" }, { AWS: strangers }]);
    if (outside || chance(0.3)) return { AWS: oneOrList(several(2, () => pick(strangers))) };
    return pick([{ AWS: [...new Set([mine[0], root, principal])] }, { AWS: [mine[0], account] }, { AWS: [...strangers, mine[0], root] }]);
  };
  const named = (effect) => {
    // AWS refuses it in trust policies.
    if (effect === "Deny" && !bounded && !target.trust && chance(0.3)) return { NotPrincipal: spared() };
    if (kind === "service") return { Principal: pick([{ Service: principal }, { Service: principal }, { Service: ["s3.amazonaws.com", principal] }, { Service: "s3.amazonaws.com" }, "*", { AWS: A }]) };
    if (kind === "oidc" || kind === "saml") {
      const another = principal.replace(B, A);
      return { Principal: pick([{ Federated: principal }, { Federated: principal }, { Federated: [another, principal] }, { Federated: another }, { Federated: `${principal}x` }, { Service: "ec2.amazonaws.com" }]) };
    }
    if (kind === "anonymous") return { Principal: pick(["*", { AWS: "*" }, "*", { AWS: A }, { AWS: ["*", A] }, { Service: "ec2.amazonaws.com" }, { AWS: `arn:aws:iam::${B}:role/else` }]) };
    return {
      Principal: pick([
        { AWS: pick(mine) }, { AWS: pick(mine) }, { AWS: root }, { AWS: account }, "*", { AWS: "*" }, { AWS: [account, pick(mine)] },
        { AWS: [`arn:aws:iam::${A}:role/else`, pick(mine)] }, { AWS: pick(mine), Service: "ec2.amazonaws.com" }, { AWS: `arn:aws:iam::${account}:role/else` },
        { AWS: `arn:aws:sts::${account}:assumed-role/caller/other` }, { AWS: other }, { Service: "ec2.amazonaws.com" },
      ]),
    };
  };
  named.trust = target.trust;
  return named;
}

const everyone = () => ({ Principal: "*" });

const EVERYTHING = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

function scenario(number) {
  const asked = request();
  const { target, action, kind, outside, principal, context } = asked;
  const entity = !outside && kind !== "root";
  const own = (options) => policy(asked, { allow: 0.85, ...options });
  const boundary = entity && chance(0.2) ? own({ certain: 0.95, short: true }) : null;
  const session = principal.includes(":assumed-role/") && chance(0.15) ? own({ certain: 0.95 }) : null;
  const resourcePolicy = target.trust || chance(0.8) ? policy(asked, { allow: 0.8, named: principals(asked, boundary !== null) }) : null;
  const identity = Array.from({ length: pick([0, 1, 1, 2, 3]) }, () => own({ short: true }));
  return {
    id: `R${number}`,
    title: `random ${number} of seed ${seed}`,
    principal,
    action,
    resource: { arn: target.arn, accountId: B },
    // The root user needs no policy; the other program does not know that.
    identityPolicies: kind === "root" ? [EVERYTHING] : entity ? identity : [],
    resourcePolicy,
    context,
    scp: !outside && chance(0.2) ? several(3, () => own({ certain: 0.97 })) : null,
    rcp: CONTROLLED.has(action.split(":")[0]) && chance(0.2) ? several(2, () => policy(asked, { allow: 0, named: everyone })) : null,
    permissionsBoundary: boundary,
    sessionPolicy: session,
    vpcEndpointPolicy: chance(0.1) ? policy(asked, { allow: 0.9, named: everyone, certain: 0.97 }) : null,
    s3BlockPublicAccess: action.startsWith("s3:") && chance(0.2) ? true : null,
    beyondPolicyText: null,
  };
}

// Where the answer of the other program does not count.
function isLeftOut({ principal, action, resource, resourcePolicy, permissionsBoundary, sessionPolicy, s3BlockPublicAccess }) {
  const named = JSON.stringify(resourcePolicy?.Statement ?? []);
  const same = principal.includes(`:${resource.accountId}:`);
  const session = sessionPolicy && same && (named.includes(`"${principal}"`) || named.includes('"Principal":"*"') || named.includes('{"AWS":"*"}'));
  const unlisted = s3BlockPublicAccess && /"(logs:|aws:TokenIssueTime|ForAnyValue:)/i.test(named);
  const trusted = permissionsBoundary && action.startsWith("sts:") && principal.includes(":user/") && named.includes(principal);
  return session || trusted || unlisted;
}

// How the other program must be told what AWS documents: a date in its own notation, an address as a network.
function understood(value, operator) {
  const text = String(value);
  if (operator.includes("Date") && /^\d+$/.test(text)) {
    return new Date(text.length === 4 ? text : Number(text) * 1000).toISOString();
  }
  if (!operator.includes("IpAddress")) return value;
  if (text === "0.0.0.0/0") return ["0.0.0.0/1", "128.0.0.0/1"];
  return text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`;
}

function translated(document) {
  // In documents of another version variables are text.
  const expands = document.Version === "2012-10-17";
  const copy = JSON.parse(expands ? JSON.stringify(document) : JSON.stringify(document).replaceAll("${", () => "${$}{"));
  for (const { Condition = {} } of [copy.Statement].flat()) {
    for (const [operator, keys] of Object.entries(Condition)) {
      for (const key of Object.keys(keys)) keys[key] = [keys[key]].flat().flatMap((value) => understood(value, operator));
    }
  }
  return copy;
}

const load = (document, name) => (document ? loadPolicy(translated(document), { name }) : undefined);
const level = (document, number, more = []) => ({
  orgIdentifier: `level-${number}`,
  policies: [load(document, `level-${number}`), ...more],
});
const FULL = load({ Version: "2012-10-17", Statement: { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" } }, "RCPFullAWSAccess");

// What AWS lets only the account of the resource call, the other program lets others call too.
function isForeign({ principal, action, resource }) {
  const owned = TARGETS.some(({ arn, own }) => arn === resource.arn && own?.includes(action));
  return owned && principal.startsWith("arn:") && !principal.includes(`:${resource.accountId}:`);
}

function answer(one) {
  if (isForeign(one)) return "Deny";
  const decided = authorize({
    request: new AwsRequestImpl(
      one.principal === "anonymous" ? { type: "Anonymous" } : one.principal,
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
    serviceSettings: one.s3BlockPublicAccess ? { s3: { blockPublicAccess: true } } : undefined,
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
