//! Snapshots: the other side from a file of a live account. What a file does not say is not known, and never denied.

use std::fmt::Write as _;

use serde_json::{Value, json};

use trustlint::internals::report::Style;
use trustlint::{Format, Profile, Report, Settings, Sources, check, write};

use crate::common::{Files, Finding, Outcome, TODAY, configuration, differences, named_files, run, run_with};
use crate::judge::BESIDE;

/// The account of the templates, and the one that a snapshot is of.
const CONFIG: &str = "[accounts.prod]\nid = \"640123987001\"\npaths = [\"prod/**\"]\n\
                      [accounts.tools]\nid = \"640123987002\"\nsnapshot = \"snapshots/tools.json\"\n";

/// Checks a project: a line of `expected` is a finding, one of `problems` the beginning of a problem.
fn judged<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>, expected: &[&str], problems: &[&str]) {
    let files: Files = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let expected: Vec<Finding> = expected.iter().map(|line| Finding::parse(line).unwrap()).collect();
    let Outcome { findings, problems: said } = run(&files);
    let is_said = said.len() == problems.len() && said.iter().zip(problems).all(|(a, b)| a.starts_with(b));
    assert!(is_said, "{said:#?}\n{files:#?}");
    let outcome = Outcome { findings, problems: Vec::new() };
    let wrong = differences(&expected, &outcome, &BESIDE);
    assert!(wrong.is_empty(), "{}\n{files:#?}", wrong.join("\n"));
    for profile in [Profile::Default, Profile::Audit] {
        assert_eq!(
            of_the_project(&files, profile, false),
            of_the_project(&files, profile, true),
            "{files:#?}"
        );
    }
}

/// The findings that are reported in a project. Those are the same whether all of a snapshot is read, as for a report of what is
/// imported, or what the project can touch.
fn of_the_project(files: &Files, profile: Profile, reads_all: bool) -> Vec<String> {
    let mut config = configuration(files);
    let mut sources = Sources::in_memory(files.clone());
    config.import(&mut sources, &[], &mut |named| Ok(named_files(files, named))).unwrap();
    config.inputs.reports_imports = reads_all;
    let checked = check(&sources, &config, &Settings { now: TODAY.parse().unwrap(), profile });
    let own = checked.findings.iter().filter(|found| !sources.is_foreign(found.primary.span.source));
    own.map(|found| format!("{:?} {} {}", found.primary.span, found.rule, found.message)).collect()
}

/// A role of a template that trusts another account's principal; the principal stands in line 3.
fn trusting(name: &str, principal: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"{name}\" {{\n  name = \"{name}\"\n  assume_role_policy = jsonencode({{ Statement = [{{ \
         Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ AWS = \"{principal}\" }} }}] }})\n}}\n"
    )
}

pub(crate) fn document(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

pub(crate) fn assume(role: &str) -> Value {
    document(&[json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role})])
}

pub(crate) fn trust(principal: &Value) -> Value {
    document(&[json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})])
}

/// A role as GAAD has it.
pub(crate) fn role(account: &str, path: &str, trust: &Value, policies: &[(&str, Value)]) -> Value {
    let name = path.rsplit('/').next();
    let list = |(name, document): &(&str, Value)| json!({"PolicyName": name, "PolicyDocument": document});
    json!({
        "Path": format!("/{}", path.strip_suffix(name.unwrap()).unwrap()),
        "RoleName": name,
        "RoleId": "AROAEXAMPLEEXAMPLE123",
        "Arn": format!("arn:aws:iam::{account}:role/{path}"),
        "CreateDate": "2026-03-04T11:35:19+00:00",
        "AssumeRolePolicyDocument": trust,
        "InstanceProfileList": [],
        "RolePolicyList": policies.iter().map(list).collect::<Vec<_>>(),
        "AttachedManagedPolicies": [],
        "Tags": [],
        "RoleLastUsed": {"LastUsedDate": "2026-05-20T01:02:03+00:00", "Region": "eu-west-1"}
    })
}

/// One that a service of the account assumes.
fn worker(path: &str, policies: &[(&str, Value)]) -> Value {
    role("640123987002", path, &trust(&json!({"Service": "ec2.amazonaws.com"})), policies)
}

pub(crate) fn gaad(roles: &[Value], more: &[(&str, Value)]) -> Value {
    let mut all =
        json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []});
    for (name, list) in more {
        all.as_object_mut().unwrap().insert((*name).to_owned(), list.clone());
    }
    all
}

/// Judges a role in prod, which trusts a principal of tools, beside what is known of tools.
fn judge(principal: &str, snapshot: &str, expected: &[&str], problems: &[&str]) {
    let template = trusting("deploy", &format!("arn:aws:iam::640123987002:{principal}"));
    let files =
        [("trustlint.toml", CONFIG), ("prod/main.tf", template.as_str()), ("snapshots/tools.json", snapshot)];
    judged(files, expected, problems);
}

const DEPLOY: &str = "arn:aws:iam::640123987001:role/deploy";

#[test]
fn a_role_that_a_template_trusts_is_looked_up_in_the_snapshot_of_its_account() {
    let of = |role: &str| gaad(&[worker("ci/runner", &[("assume", assume(role))])], &[]).to_string();
    judge("role/ci/runner", &of(DEPLOY), &[], &[]);
    let lacking =
        "prod/main.tf:3 warning [trust-without-permission] \"arn:aws:iam::640123987002:role/ci/runner\"";
    judge("role/ci/runner", &of("arn:aws:iam::640123987001:role/other"), &[lacking], &[]);
}

#[test]
fn what_is_not_in_a_whole_snapshot_does_not_exist_and_what_is_not_in_a_part_may() {
    let roles = [worker("ci/runner", &[])];
    let missing = "prod/main.tf:3 error [undeclared-principal] \"arn:aws:iam::640123987002:role/runner-2\"";
    judge("role/runner-2", &gaad(&roles, &[]).to_string(), &[missing], &[]);
    for cut in [("IsTruncated", json!(true)), ("Marker", json!("ABC")), ("NextToken", json!("ABC"))] {
        let told = "snapshots/tools.json:1 this snapshot is a part of its account";
        judge("role/runner-2", &gaad(&roles, &[cut]).to_string(), &[], &[told]);
    }
    // Every account has roles, but not every one has users.
    let whole = gaad(&roles, &[]).to_string();
    judge("user/dana", &whole, &[], &[]);
    let user = json!({"Path": "/", "UserName": "kim", "Arn": "arn:aws:iam::640123987002:user/kim"});
    let missing = "prod/main.tf:3 error [undeclared-principal] \"arn:aws:iam::640123987002:user/dana\"";
    judge("user/dana", &gaad(&roles, &[("UserDetailList", json!([user]))]).to_string(), &[missing], &[]);
    judge("role/runner-2", &gaad(&[], &[("UserDetailList", json!([user]))]).to_string(), &[], &[]);
}

#[test]
fn permissions_that_the_snapshot_lacks_are_unknown_and_not_denied() {
    let with = |key: &str, value: Value| {
        let mut role = worker("runner", &[]);
        role[key] = value;
        role
    };
    let lacking =
        "prod/main.tf:3 warning [trust-without-permission] \"arn:aws:iam::640123987002:role/runner\"";
    let judge = |role: Value, expected: &[&str]| {
        judge("role/runner", &gaad(&[role], &[]).to_string(), expected, &[]);
    };
    judge(worker("runner", &[]), &[lacking]);
    // Cloudsplaining leaves out what is not attached, and what is only a boundary.
    let attached =
        |arn: &str| with("AttachedManagedPolicies", json!([{"PolicyName": "x", "PolicyArn": arn}]));
    judge(attached("arn:aws:iam::640123987002:policy/assume"), &[]);
    judge(attached("arn:aws:iam::aws:policy/NobodyKnowsThis"), &[]);
    judge(attached("arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"), &[lacking]);
    judge(with("RolePolicyList", json!([{"PolicyName": "x"}])), &[]);
}

#[test]
fn a_boundary_that_is_not_in_the_file_leaves_open_what_is_allowed() {
    let mut role = worker("runner", &[("assume", assume(DEPLOY))]);
    role["PermissionsBoundary"] = json!({
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": "arn:aws:iam::640123987002:policy/limit"
    });
    judge("role/runner", &gaad(&[role.clone()], &[]).to_string(), &[], &[]);
    // Where it is there, it limits.
    let version = json!({"VersionId": "v1", "IsDefaultVersion": true, "Document": assume("arn:aws:iam::640123987001:role/x")});
    let limit = json!({"Arn": "arn:aws:iam::640123987002:policy/limit", "PolicyVersionList": [version]});
    let found = "prod/main.tf:3 error [boundary-blocks-access] \"arn:aws:iam::640123987002:role/runner\"";
    judge("role/runner", &gaad(&[role], &[("Policies", json!([limit]))]).to_string(), &[found], &[]);
}

#[test]
fn of_a_managed_policy_the_default_version_counts() {
    let mut role = worker("runner", &[]);
    role["AttachedManagedPolicies"] =
        json!([{"PolicyName": "assume", "PolicyArn": "arn:aws:iam::640123987002:policy/jobs/assume"}]);
    let version = |id: &str, is_default: bool, role: &str| json!({"VersionId": id, "IsDefaultVersion": is_default, "Document": assume(role)});
    let policy = |default: &str| {
        let (one, two) = (default == "v1", default == "v2");
        json!([{
            "Arn": "arn:aws:iam::640123987002:policy/jobs/assume",
            "DefaultVersionId": default,
            "PolicyVersionList": [version("v2", two, DEPLOY), version("v1", one, "arn:aws:iam::640123987001:role/old")]
        }])
    };
    let file = |default: &str| gaad(&[role.clone()], &[("Policies", policy(default))]).to_string();
    judge("role/runner", &file("v2"), &[], &[]);
    let lacking =
        "prod/main.tf:3 warning [trust-without-permission] \"arn:aws:iam::640123987002:role/runner\"";
    judge("role/runner", &file("v1"), &[lacking], &[]);
}

#[test]
fn users_have_what_their_groups_have() {
    let user = |group: &str| json!({"Path": "/people/", "UserName": "dana", "Arn": "arn:aws:iam::640123987002:user/people/dana", "GroupList": [group]});
    let group = json!({
        "Path": "/", "GroupName": "operators", "Arn": "arn:aws:iam::640123987002:group/operators",
        "GroupPolicyList": [{"PolicyName": "assume", "PolicyDocument": assume(DEPLOY)}],
        "AttachedManagedPolicies": []
    });
    let file = |user: Value, group: &Value| {
        gaad(&[], &[("UserDetailList", json!([user])), ("GroupDetailList", json!([group]))]).to_string()
    };
    judge("user/people/dana", &file(user("operators"), &group), &[], &[]);
    // What a group gives that is not in the file is not known.
    judge("user/people/dana", &file(user("others"), &group), &[], &[]);
    let mut other = group;
    other["GroupPolicyList"] = json!([]);
    let lacking =
        "prod/main.tf:3 warning [trust-without-permission] \"arn:aws:iam::640123987002:user/people/dana\"";
    judge("user/people/dana", &file(user("operators"), &other), &[lacking], &[]);
}

/// Percent-encodes every character that is neither a letter nor a digit.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").unwrap();
        }
    }
    encoded
}

/// Packs every policy document of a snapshot.
pub(crate) fn packed(value: &Value, pack: &dyn Fn(&Value) -> Value) -> Value {
    match value {
        Value::Object(members) if members.contains_key("Statement") => pack(value),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), packed(value, pack))).collect()
        }
        Value::Array(items) => items.iter().map(|item| packed(item, pack)).collect(),
        other => other.clone(),
    }
}

#[test]
fn every_spelling_says_the_same() {
    let encoded = |document: &Value| json!(percent_encoded(&document.to_string()));
    let text = |document: &Value| json!(document.to_string());
    let twice = |document: &Value| json!(json!(document.to_string()).to_string());
    let lacking =
        "prod/main.tf:3 warning [trust-without-permission] \"arn:aws:iam::640123987002:role/runner\"";
    for (role, expected) in [(DEPLOY, &[][..]), ("arn:aws:iam::640123987001:role/other", &[lacking])] {
        let whole = gaad(&[worker("runner", &[("assume", assume(role))])], &[]);
        let spellings = [
            serde_json::to_string_pretty(&whole).unwrap(),
            packed(&whole, &encoded).to_string(),
            packed(&whole, &text).to_string(),
            packed(&whole, &twice).to_string(),
            json!([whole]).to_string(),
            format!("{}\n{}\n", gaad(&[worker("first", &[])], &[]), whole),
            format!(
                "RoleDetailList:\n- Arn: arn:aws:iam::640123987002:role/runner\n  AttachedManagedPolicies: []\n  \
                 RolePolicyList:\n  - PolicyName: assume\n    PolicyDocument:\n      Statement:\n      - Action: sts:AssumeRole\n        \
                 Effect: Allow\n        Resource: {role}\n"
            ),
        ];
        for spelling in &spellings {
            judge("role/runner", spelling, expected, &[]);
        }
    }
}

#[test]
fn a_document_that_does_not_decode_is_said_and_not_known() {
    let whole = gaad(&[worker("runner", &[("assume", json!("%7B%22Statement"))])], &[]);
    judge(
        "role/runner",
        &whole.to_string(),
        &[],
        &["snapshots/tools.json:1 policy of `role/runner` was not analyzed"],
    );
    let whole = gaad(&[worker("runner", &[("assume", json!("%7"))])], &[]);
    judge(
        "role/runner",
        &whole.to_string(),
        &[],
        &["snapshots/tools.json:1 this policy document cannot be decoded"],
    );
}

#[test]
fn what_is_no_snapshot_is_said() {
    let unread = "snapshots/tools.json:1 warning [unreadable-file] \"\"";
    for text in
        ["{\"x\": 1}", "word", "[1, 2]", "{\"RoleDetailList\": [}", "-----------------\n|  Get...  |\n"]
    {
        let files =
            [("trustlint.toml", CONFIG), ("prod/main.tf", "# nothing\n"), ("snapshots/tools.json", text)];
        judged(files, &[unread], &["snapshots/tools.json:1 "]);
    }
}

#[test]
fn what_somebody_took_out_of_a_snapshot_is_no_proof_that_the_rest_does_not_exist() {
    let taken = json!({"RoleDetailList": [worker("other", &[])]}).to_string();
    judge("role/runner", &taken, &[], &[]);
    judge("role/runner", "", &[], &["snapshots/tools.json:1 the file is empty"]);
}

#[test]
fn roles_that_aws_keeps_are_not_blamed() {
    let kept = |path: &str| worker(path, &[]);
    let sso = "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef";
    let linked = "aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport";
    for path in [sso, linked] {
        let template = format!(
            "{}resource \"aws_iam_role_policy\" \"p\" {{\n  role = aws_iam_role.deploy.name\n  policy = jsonencode({{ Statement = \
             [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Resource = \"arn:aws:iam::640123987002:role/{path}\" }}] }})\n}}\n",
            trusting("deploy", "arn:aws:iam::640123987001:root")
        );
        let snapshot = gaad(&[kept(path)], &[]).to_string();
        let files = [
            ("trustlint.toml", CONFIG),
            ("prod/main.tf", template.as_str()),
            ("snapshots/tools.json", snapshot.as_str()),
        ];
        judged(files, &[], &[]);
    }
}

#[test]
fn a_snapshot_of_another_account_than_that_which_it_is_listed_under_counts_for_its_own() {
    let role = role("640123987003", "runner", &trust(&json!({"Service": "ec2.amazonaws.com"})), &[]);
    let told = "snapshots/tools.json:1 this snapshot is of account 640123987003";
    // It is said once for each account.
    judge("role/runner", &gaad(&[role.clone(), role], &[]).to_string(), &[], &[told]);
}

/// The account that has both templates and a snapshot, beside one that has templates only.
const BOTH: &str = "[accounts.prod]\nid = \"640123987001\"\npaths = [\"prod/**\"]\n\
                    [accounts.tools]\nid = \"640123987002\"\npaths = [\"tools/**\"]\nsnapshot = \"tools.json\"\n";

/// A role `runner` of tools, with a policy that a template writes.
fn runner(policy: &str, role: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"runner\" {{\n  name = \"runner\"\n  assume_role_policy = jsonencode({{ Statement = [{{ \
         Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ Service = \"ec2.amazonaws.com\" }} }}] }})\n}}\n{}",
        attached("aws_iam_role.runner.name", policy, role)
    )
}

fn attached(holder: &str, policy: &str, role: &str) -> String {
    format!(
        "resource \"aws_iam_role_policy\" \"p\" {{\n  name = \"{policy}\"\n  role = {holder}\n  policy = jsonencode({{ Statement = [{{ \
         Effect = \"Allow\", Action = \"sts:AssumeRole\", Resource = \"{role}\" }}] }})\n}}\n"
    )
}

const OTHER: &str = "arn:aws:iam::640123987001:role/other";
const LACKING: &str =
    "prod/main.tf:3 warning [trust-without-permission] \"arn:aws:iam::640123987002:role/runner\"";

/// Judges what a template of tools says beside a snapshot of it.
fn judge_both(template: &str, snapshot: &Value, expected: &[&str]) {
    let (trusting, snapshot) =
        (trusting("deploy", "arn:aws:iam::640123987002:role/runner"), snapshot.to_string());
    let files = [
        ("trustlint.toml", BOTH),
        ("prod/main.tf", trusting.as_str()),
        ("tools/main.tf", template),
        ("tools.json", snapshot.as_str()),
    ];
    judged(files, expected, &[]);
}

#[test]
fn what_a_template_writes_replaces_what_the_snapshot_has_in_its_slot() {
    let seen = |name: &str, role: &str| gaad(&[worker("runner", &[(name, assume(role))])], &[]);
    judge_both(&runner("assume", DEPLOY), &seen("assume", OTHER), &[]);
    judge_both(&runner("assume", OTHER), &seen("assume", DEPLOY), &[LACKING]);
    // What only the snapshot has may stay, so the role may have it.
    judge_both(&runner("assume", OTHER), &seen("by-hand", DEPLOY), &[]);
    judge_both(&runner("assume", OTHER), &seen("by-hand", OTHER), &[LACKING]);
    // A policy whose name is not known may be any of those.
    let named = runner("${terraform.workspace}", OTHER);
    judge_both(&named, &seen("assume", DEPLOY), &[]);
}

#[test]
fn a_role_that_only_the_snapshot_has_gets_what_templates_write_for_it() {
    let seen = |name: &str, role: &str| gaad(&[worker("runner", &[(name, assume(role))])], &[]);
    judge_both(&attached("\"runner\"", "assume", DEPLOY), &seen("old", OTHER), &[]);
    judge_both(&attached("\"runner\"", "assume", OTHER), &seen("assume", DEPLOY), &[LACKING]);
    judge_both(&attached("\"runner\"", "assume", OTHER), &seen("old", DEPLOY), &[]);
}

#[test]
fn the_boundary_and_managed_policies_of_a_snapshot_may_go_or_stay() {
    let with = |key: &str, value: Value| {
        let mut role = worker("runner", &[]);
        role[key] = value;
        gaad(&[role], &[])
    };
    let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    let attached = json!([{"PolicyName": "AdministratorAccess", "PolicyArn": administrator}]);
    judge_both(&runner("assume", OTHER), &with("AttachedManagedPolicies", attached), &[]);
    let boundary = json!({"PermissionsBoundaryArn": "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"});
    judge_both(&runner("assume", DEPLOY), &with("PermissionsBoundary", boundary), &[]);
}

#[test]
fn a_managed_policy_is_as_the_template_writes_it() {
    let mut role = worker("runner", &[]);
    role["AttachedManagedPolicies"] =
        json!([{"PolicyName": "assume", "PolicyArn": "arn:aws:iam::640123987002:policy/assume"}]);
    let version =
        |role: &str| json!([{"VersionId": "v1", "IsDefaultVersion": true, "Document": assume(role)}]);
    let policy =
        json!([{"Arn": "arn:aws:iam::640123987002:policy/assume", "PolicyVersionList": version(DEPLOY)}]);
    let seen = gaad(&[role], &[("Policies", policy)]);
    judge_both("# nothing\n", &seen, &[]);
    let template = format!(
        "resource \"aws_iam_policy\" \"p\" {{\n  name = \"assume\"\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", \
         Action = \"sts:AssumeRole\", Resource = \"{OTHER}\" }}] }})\n}}\n"
    );
    judge_both(&template, &seen, &[LACKING]);
}

#[test]
fn a_difference_is_said_once_for_an_identity_and_only_in_an_audit() {
    let snapshot = gaad(&[worker("runner", &[("assume", assume(OTHER)), ("by-hand", assume(OTHER))])], &[]);
    let files: Files = [
        ("trustlint.toml", BOTH.to_owned()),
        ("tools/main.tf", runner("assume", DEPLOY)),
        ("tools.json", snapshot.to_string()),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .into();
    assert!(run(&files).findings.is_empty());
    let audit = run_with(&files, Profile::Audit);
    let found: Vec<_> = audit.findings.iter().filter(|it| it.finding.rule == "snapshot-differs").collect();
    let [found] = found.as_slice() else { panic!("{:#?}", audit.findings) };
    assert_eq!(
        found.message,
        "role `runner` in tools (640123987002) differs from the snapshot of 2026-05-20 in its inline policy `assume`, \
         inline policy `by-hand`"
    );
    assert_eq!(found.finding.path, "tools/main.tf");
}

/// A role of prod that may read a bucket; the bucket's ARN stands in line 8.
const READER: &str = "resource \"aws_iam_role\" \"reader\" {\n  name = \"reader\"\n  assume_role_policy = jsonencode({ Statement = [{ \
                      Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { Service = \"ec2.amazonaws.com\" } }] })\n}\n\
                      resource \"aws_iam_role_policy\" \"p\" {\n  role = aws_iam_role.reader.name\n  policy = jsonencode({ Statement = [{ \
                      Effect = \"Allow\", Action = \"s3:GetObject\",\n    Resource = \"arn:aws:s3:::acme-exchange/*\" }] })\n}\n";
const READ_IN_VAIN: &str = "prod/main.tf:8 error [permission-without-grant] \"arn:aws:s3:::acme-exchange/*\"";

/// Judges the role that reads a bucket beside what commands say of the account that has it.
fn judge_reader(config: &str, outputs: &[(&str, String)], expected: &[&str], problems: &[&str]) {
    let config = format!("{CONFIG}{config}").replace("snapshots/tools.json", "snapshots");
    let own = [("trustlint.toml", config.as_str()), ("prod/main.tf", READER)];
    let outputs = outputs.iter().map(|(path, text)| (*path, text.as_str()));
    judged(own.into_iter().chain(outputs), expected, problems);
}

/// A bucket policy that lets a role of prod read.
fn bucket_policy(role: &str) -> String {
    document(&[json!({
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-exchange/*",
        "Principal": {"AWS": format!("arn:aws:iam::640123987001:role/{role}")}
    })])
    .to_string()
}

#[test]
fn the_policy_of_a_bucket_says_which_bucket_it_is_of() {
    for (role, expected) in [("reader", &[][..]), ("writer", &[READ_IN_VAIN])] {
        let wrapped = json!({"Policy": bucket_policy(role)}).to_string();
        judge_reader("", &[("snapshots/bucket.json", wrapped)], expected, &[]);
        // As `--query Policy --output text` prints it.
        judge_reader("", &[("snapshots/bucket.txt", bucket_policy(role))], expected, &[]);
    }
    // An empty file is what is printed where there is no policy; whose that is is not known.
    let empty = "snapshots/bucket.json:1 the file is empty";
    judge_reader("", &[("snapshots/bucket.json", String::new())], &[], &[empty]);
}

#[test]
fn what_a_policy_does_not_say_the_configuration_does() {
    let policy = document(&[json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
        "Principal": {"AWS": "arn:aws:iam::640123987001:role/writer"}})]);
    let output = || [("snapshots/bucket.json", json!({"Policy": policy.to_string()}).to_string())];
    judge_reader("", &output(), &[], &["snapshots/bucket.json:1 it is not known which resource"]);
    let told = "[[snapshot]]\npath = \"snapshots/bucket.json\"\nresource = \"arn:aws:s3:::acme-exchange\"\n";
    judge_reader(told, &output(), &[READ_IN_VAIN], &[]);
}

/// An item of AWS Config for the bucket.
fn item(role: &str, taken: &str, status: &str) -> Value {
    json!({
        "configurationItemCaptureTime": taken, "configurationItemStatus": status, "awsAccountId": "640123987002",
        "ARN": "arn:aws:s3:::acme-exchange", "resourceType": "AWS::S3::Bucket", "configuration": {"name": "acme-exchange"},
        "supplementaryConfiguration": {"BucketPolicy": json!({"policyText": bucket_policy(role)}).to_string()}
    })
}

#[test]
fn aws_config_says_the_same_in_snapshots_histories_and_answers() {
    for (role, expected) in [("reader", &[][..]), ("writer", &[READ_IN_VAIN])] {
        let (ok, found) =
            (item(role, "2026-05-01T10:00:00.000Z", "OK"), item(role, "1777629600.0", "ResourceDiscovered"));
        let mut text = item(role, "2026-05-01 10:00:00.123456+00:00", "OK");
        text["configuration"] = json!(text["configuration"].to_string());
        let all = [
            json!({"fileVersion": "1.0", "configurationItems": [ok]}),
            json!({"baseConfigurationItems": [text]}),
            json!({"BaseConfigurationItems": [found]}),
            json!({"ConfigurationItem": text}),
            json!({"Results": [ok.to_string()], "QueryInfo": {}}),
        ];
        for one in all {
            judge_reader("", &[("snapshots/config.json", one.to_string())], expected, &[]);
        }
    }
}

#[test]
fn of_a_history_the_newest_item_counts_and_what_was_deleted_does_not() {
    let old = item("reader", "2026-04-30T10:00:00.000Z", "OK");
    let new = item("writer", "2026-05-01T10:00:00.000Z", "OK");
    let gone = item("writer", "2026-05-02T10:00:00.000Z", "ResourceDeleted");
    let judge = |items: &[&Value], expected: &[&str]| {
        let text = json!({"configurationItems": items}).to_string();
        judge_reader("", &[("snapshots/config.json", text)], expected, &[]);
    };
    judge(&[&new, &old], &[READ_IN_VAIN]);
    judge(&[&old, &new], &[READ_IN_VAIN]);
    judge(&[&old, &gone], &[]);
}

#[test]
fn identities_of_aws_config_are_percent_encoded_and_no_proof_that_others_do_not_exist() {
    let encoded = |document: &Value| percent_encoded(&document.to_string());
    let role = |role: &str| {
        let policy = json!({"policyName": "assume", "policyDocument": encoded(&assume(role))});
        let configuration = json!({
            "path": "/", "roleName": "runner", "arn": "arn:aws:iam::640123987002:role/runner",
            "assumeRolePolicyDocument": encoded(&trust(&json!({"Service": "ec2.amazonaws.com"}))),
            "rolePolicyList": [policy], "attachedManagedPolicies": [], "permissionsBoundary": null
        });
        json!({"configurationItems": [{
            "configurationItemStatus": "OK", "accountId": "640123987002", "resourceType": "AWS::IAM::Role",
            "arn": "arn:aws:iam::640123987002:role/runner", "configuration": configuration
        }]})
        .to_string()
    };
    judge("role/runner", &role(DEPLOY), &[], &[]);
    judge("role/runner", &role(OTHER), &[LACKING], &[]);
    judge("role/elsewhere", &role(OTHER), &[], &[]);
}

#[test]
fn of_a_role_alone_only_its_trust_policy_is_known() {
    let policy = trust(&json!({"Service": "ec2.amazonaws.com"}));
    let role = |trust: &Value| json!({"Role": {"RoleName": "runner", "Arn": "arn:aws:iam::640123987002:role/runner", "AssumeRolePolicyDocument": trust}});
    judge("role/runner", &role(&policy).to_string(), &[], &[]);
    // A template that assumes it meets its trust policy.
    let caller =
        runner("assume", "arn:aws:iam::640123987002:role/runner").replace("\"runner\"", "\"caller\"");
    let found = "prod/main.tf:8 error [permission-without-trust] \"arn:aws:iam::640123987002:role/runner\"";
    for (trusted, expected) in [("caller", &[][..]), ("another", &[found])] {
        let trusted = trust(&json!({"AWS": format!("arn:aws:iam::640123987001:role/{trusted}")}));
        let snapshot = json!({"Roles": [role(&trusted)["Role"]]}).to_string();
        let caller = caller.replace("aws_iam_role.runner", "aws_iam_role.caller");
        judged(
            [("trustlint.toml", CONFIG), ("prod/main.tf", &caller), ("snapshots/tools.json", &snapshot)],
            expected,
            &[],
        );
    }
}

#[test]
fn a_template_replaces_the_policy_of_a_bucket_in_a_snapshot() {
    let template = |role: &str| {
        format!(
            "resource \"aws_s3_bucket_policy\" \"p\" {{\n  bucket = \"acme-exchange\"\n  policy = jsonencode({})\n}}\n",
            bucket_policy(role)
        )
    };
    for (written, seen, expected) in [("reader", "writer", &[][..]), ("writer", "reader", &[READ_IN_VAIN])] {
        let snapshot = json!({"Policy": bucket_policy(seen)}).to_string();
        let files = [
            ("trustlint.toml", BOTH),
            ("prod/main.tf", READER),
            ("tools/main.tf", &*template(written)),
            ("tools.json", &*snapshot),
        ];
        judged(files, expected, &[]);
    }
}

/// An organization of which half of the accounts have templates and half have snapshots, in every spelling, and what is wrong
/// between them.
struct Generated {
    files: Vec<(String, String)>,
    expected: Vec<String>,
}

/// How the snapshots of accounts are written, in turn.
fn spelled(turn: usize, roles: &[Value], account: &str) -> String {
    let encoded = |document: &Value| json!(percent_encoded(&document.to_string()));
    let text = |document: &Value| json!(document.to_string());
    let whole = gaad(roles, &[]);
    match turn % 5 {
        0 => serde_json::to_string_pretty(&whole).unwrap(),
        1 => packed(&whole, &encoded).to_string(),
        2 => packed(&whole, &text).to_string(),
        3 => json!([whole]).to_string(),
        _ => {
            let item = |role: &Value| {
                json!({"resourceType": "AWS::IAM::Role", "accountId": account, "arn": role["Arn"],
                       "configurationItemStatus": "OK", "configuration": packed(role, &encoded).to_string()})
            };
            json!({"baseConfigurationItems": roles.iter().map(item).collect::<Vec<_>>()}).to_string()
        }
    }
}

impl Generated {
    fn of(accounts: usize) -> Self {
        let id = |at: usize| format!("6402{at:08}");
        let mut all = Self { files: Vec::new(), expected: Vec::new() };
        let mut config = String::new();
        let mut seed = 7_usize;
        for seen in (1..accounts).step_by(2) {
            let mut roles =
                vec![role(&id(seen), "unrelated", &trust(&json!({"Service": "ec2.amazonaws.com"})), &[])];
            for own in (0..accounts).step_by(2) {
                seed = (seed * 1_103_515_245 + 12_345) % (1 << 31);
                all.pair((&id(own), own), (&id(seen), seen), (seed >> 8) % 8, &mut roles);
            }
            write!(config, "[accounts.s{seen}]\nid = \"{}\"\nsnapshot = \"s/{seen}.json\"\n", id(seen))
                .unwrap();
            all.files.push((format!("s/{seen}.json"), spelled(seen / 2, &roles, &id(seen))));
        }
        for own in (0..accounts).step_by(2) {
            write!(config, "[accounts.a{own}]\nid = \"{}\"\npaths = [\"a{own}/**\"]\n", id(own)).unwrap();
        }
        all.files.push(("trustlint.toml".to_owned(), config));
        all
    }

    /// A pair of roles of which the one with a template trusts or assumes the one in the snapshot; one in four cannot work.
    fn pair(&mut self, own: (&str, usize), seen: (&str, usize), kind: usize, roles: &mut Vec<Value>) {
        let name = format!("r-{}-{}", own.1, seen.1);
        let (here, there) =
            (format!("arn:aws:iam::{}:role/{name}", own.0), format!("arn:aws:iam::{}:role/{name}", seen.0));
        let path = format!("a{}/s{}.tf", own.1, seen.1);
        let service = trust(&json!({"Service": "ec2.amazonaws.com"}));
        let other = format!("{here}-other");
        if kind < 4 {
            let target = if kind == 0 { &other } else { &here };
            roles.push(role(seen.0, &name, &service, &[("assume", assume(target))]));
            self.files.push((path.clone(), trusting(&name, &there)));
            self.expected.extend(
                (kind == 0).then(|| format!("{path}:3 warning [trust-without-permission] \"{there}\"")),
            );
        } else {
            let trusted = if kind == 4 { &other } else { &here };
            roles.push(role(seen.0, &name, &trust(&json!({"AWS": trusted})), &[]));
            let caller = trusting(&name, &format!("arn:aws:iam::{}:root", own.0));
            self.files
                .push((path.clone(), caller + &attached(&format!("aws_iam_role.{name}.name"), "p", &there)));
            self.expected.extend(
                (kind == 4).then(|| format!("{path}:8 error [permission-without-trust] \"{there}\"")),
            );
        }
    }

    fn judge(&self) {
        let expected: Vec<&str> = self.expected.iter().map(String::as_str).collect();
        judged(self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())), &expected, &[]);
    }
}

#[test]
fn every_planted_defect_between_templates_and_snapshots_is_found_and_no_other() {
    let small = Generated::of(10);
    assert!(small.expected.len() > 3, "{:?}", small.expected);
    small.judge();
}

#[test]
#[ignore = "takes seconds: the same with fifty accounts"]
fn every_planted_defect_between_fifty_accounts_is_found_and_no_other() {
    let all = Generated::of(50);
    assert!(all.expected.len() > 100, "{}", all.expected.len());
    all.judge();
}

/// What is printed for people.
fn printed(files: &Files) -> String {
    let mut config = configuration(files);
    let mut sources = Sources::in_memory(files.iter().map(|(path, text)| (path.clone(), text.clone())));
    config.import(&mut sources, &[], &mut |named| Ok(named_files(files, named))).unwrap();
    let settings = Settings { now: TODAY.parse().unwrap(), profile: Profile::Default };
    let checked = check(&sources, &config, &settings);
    let report = Report {
        sources: &sources,
        checked: &checked,
        repository_prefix: "",
        show_suppressed: false,
        fold_infos: false,
        time: TODAY.parse().unwrap(),
        picture: None,
    };
    let mut out = Vec::new();
    write(Format::Full, &report, Style { colour: false, width: Some(120), hints: false }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn of_a_snapshot_the_one_statement_is_shown_with_account_and_date() {
    let encoded = |document: &Value| json!(percent_encoded(&document.to_string()));
    let whole = gaad(
        &[worker("first", &[("x", assume(DEPLOY))]), worker("runner", &[("assume", assume(OTHER))])],
        &[],
    );
    for snapshot in [whole.to_string(), packed(&whole, &encoded).to_string()] {
        let files: Files = [
            ("trustlint.toml", CONFIG.to_owned()),
            ("prod/main.tf", trusting("deploy", "arn:aws:iam::640123987002:role/runner")),
            ("snapshots/tools.json", snapshot),
        ]
        .map(|(path, text)| (path.to_owned(), text))
        .into();
        let shown = printed(&files);
        for part in [
            "\"Action\": \"sts:AssumeRole\",\n",
            "\"Effect\": \"Allow\"",
            "\"Resource\": \"arn:aws:iam::640123987001:role/other\"\n",
            "in tools (640123987002), snapshot of 2026-05-20",
        ] {
            assert!(shown.contains(part), "{part}\n{shown}");
        }
        assert!(!shown.contains("RoleDetailList") && !shown.contains("Service\": \"ec2"), "{shown}");
    }
}

#[test]
fn policies_of_an_organization_limit_where_the_whole_way_to_the_account_is_known() {
    let arn = |what: &str| format!("arn:aws:organizations::640123987009:{what}");
    let listed = |paths: &[&str]| {
        json!({"Accounts": [{"Id": "640123987002", "Arn": arn("account/o-a1b2c3d4e5/640123987002"), "Name": "tools",
               "Paths": paths, "JoinedTimestamp": 1_795_952_380.4}]})
    };
    let denied = document(&[json!({"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"})]);
    let summary = json!({"Id": "p-12345678", "Arn": arn("policy/o-a1b2c3d4e5/service_control_policy/p-12345678"),
                         "Name": "no-assume", "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": false});
    let policy = json!({"Policy": {"PolicySummary": summary, "Content": denied.to_string()}}).to_string();
    let targets =
        json!({"Targets": [{"TargetId": "ou-ab12-11111111", "Arn": arn("ou/o-a1b2c3d4e5/ou-ab12-11111111"),
                                      "Type": "ORGANIZATIONAL_UNIT"}]})
        .to_string();
    let told = format!(
        "{CONFIG}[[snapshot]]\npath = \"org/targets.json\"\nresource = \"{}\"\n[[snapshot]]\npath = \"org/**\"\n",
        arn("policy/o-a1b2c3d4e5/service_control_policy/p-12345678")
    );
    let template = trusting("deploy", "arn:aws:iam::640123987002:role/runner");
    let snapshot = gaad(&[worker("runner", &[("assume", assume(DEPLOY))])], &[]).to_string();
    let found = "prod/main.tf:3 warning [guardrail-blocks-access] \"arn:aws:iam::640123987002:role/runner\"";
    let way = "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/640123987002/";
    for (paths, expected) in [
        (&[way][..], &[found][..]),
        (&["o-a1b2c3d4e5/r-ab12/ou-ab12-33333333/640123987002/"], &[]),
        (&[], &[]),
    ] {
        let accounts = listed(paths).to_string();
        let files = [
            ("trustlint.toml", told.as_str()),
            ("prod/main.tf", &template),
            ("snapshots/tools.json", &snapshot),
            ("org/accounts.json", &accounts),
            ("org/policy.json", &policy),
            ("org/targets.json", &targets),
        ];
        judged(files, expected, &[]);
    }
}

#[test]
fn what_iam_collect_and_pmapper_saved_says_the_same() {
    let service = trust(&json!({"Service": "ec2.amazonaws.com"}));
    for (role, expected) in [(DEPLOY, &[][..]), (OTHER, &[LACKING])] {
        let config = CONFIG.replace("snapshots/tools.json", "saved/**");
        let template = trusting("deploy", "arn:aws:iam::640123987002:role/runner");
        let directory = "saved/aws/aws/accounts/640123987002/iam/role/runner";
        let metadata = json!({"arn": "arn:aws:iam::640123987002:role/runner", "name": "runner", "created": "2026-03-01T00:00:00Z"});
        let collected = [
            (format!("{directory}/metadata.json"), metadata.to_string()),
            (format!("{directory}/trust-policy.json"), service.to_string()),
            (
                format!("{directory}/inline-policies.json"),
                json!([{"PolicyName": "assume", "PolicyDocument": assume(role)}]).to_string(),
            ),
        ];
        let arn = "arn:aws:iam::640123987002:role/runner";
        let node = json!([{"arn": arn, "attached_policies": [{"arn": arn, "name": "assume"}], "group_memberships": [],
                           "trust_policy": service, "permissions_boundary": null}]);
        let policies = json!([{"arn": arn, "name": "assume", "policy_doc": assume(role)}]);
        let mapped = [
            (
                "saved/640123987002/metadata.json".to_owned(),
                json!({"account_id": "640123987002"}).to_string(),
            ),
            ("saved/640123987002/graph/nodes.json".to_owned(), node.to_string()),
            ("saved/640123987002/graph/policies.json".to_owned(), policies.to_string()),
        ];
        for saved in [collected, mapped] {
            let own = [("trustlint.toml", config.as_str()), ("prod/main.tf", template.as_str())];
            judged(
                own.into_iter().chain(saved.iter().map(|(path, text)| (path.as_str(), text.as_str()))),
                expected,
                &[],
            );
        }
    }
}

#[test]
fn what_pmapper_saved_has_all_roles_of_its_account() {
    let arn = "arn:aws:iam::640123987002:role/runner";
    let service = trust(&json!({"Service": "ec2.amazonaws.com"}));
    let node =
        json!([{"arn": arn, "attached_policies": [], "group_memberships": [], "trust_policy": service}]);
    let config = CONFIG.replace("snapshots/tools.json", "saved/**");
    let template = trusting("deploy", "arn:aws:iam::640123987002:role/runner-2");
    let files = [
        ("trustlint.toml", config.as_str()),
        ("prod/main.tf", &*template),
        ("saved/640123987002/metadata.json", "{\"account_id\": \"640123987002\"}"),
        ("saved/640123987002/graph/nodes.json", &*node.to_string()),
    ];
    let missing = "prod/main.tf:3 error [undeclared-principal] \"arn:aws:iam::640123987002:role/runner-2\"";
    judged(files, &[missing], &[]);
}

#[test]
fn lambda_shows_an_account_without_anything_around_it() {
    let policy = |account: &str| {
        json!({"Policy": document(&[json!({"Sid": "cross", "Effect": "Allow", "Principal": account, "Action": "lambda:InvokeFunction",
               "Resource": "arn:aws:lambda:eu-west-1:640123987002:function:jobs"})]).to_string(), "RevisionId": "1"}).to_string()
    };
    let target = "arn:aws:lambda:eu-west-1:640123987002:function:jobs";
    let template = trusting("caller", "arn:aws:iam::640123987001:root")
        + &format!(
            "resource \"aws_iam_role_policy\" \"p\" {{\n  role = aws_iam_role.caller.name\n  policy = jsonencode({{ Statement = [{{ \
             Effect = \"Allow\", Action = \"lambda:InvokeFunction\", Resource = \"{target}\" }}] }})\n}}\n"
        );
    let refused = format!("prod/main.tf:7 error [permission-without-grant] \"{target}\"");
    for (account, expected) in [("640123987001", &[][..]), ("640123987003", &[&*refused])] {
        let snapshot = policy(account);
        let files =
            [("trustlint.toml", CONFIG), ("prod/main.tf", &*template), ("snapshots/tools.json", &*snapshot)];
        judged(files, expected, &[]);
    }
}

#[test]
fn a_snapshot_that_nothing_names_gives_one_hint_and_no_finding() {
    let snapshot = gaad(&[worker("runner", &[])], &[]).to_string();
    let config = CONFIG.replace("snapshot = \"snapshots/tools.json\"\n", "");
    let template = trusting("deploy", "arn:aws:iam::640123987002:role/runner");
    let files = [
        ("trustlint.toml", config.as_str()),
        ("prod/main.tf", template.as_str()),
        ("old/one.json", snapshot.as_str()),
        ("old/two.json", snapshot.as_str()),
    ];
    judged(files, &[], &["old/one.json:1 this is a snapshot of an account and is not used (and 1 more)"]);
    // Descriptions of the API are none.
    let model = "{\"x\": {\"RoleDetailList\": {\"shape\": \"roleDetailListType\"}}, \"y\": [\"UserDetailList\", \"arn:aws:iam::x\"]}";
    let files =
        [("trustlint.toml", config.as_str()), ("prod/main.tf", template.as_str()), ("model.json", model)];
    judged(files, &[], &[]);
}

/// A role of tools with a managed policy or a group, and a user in it, that may assume a role of prod.
fn with_holders(target: &str) -> Value {
    let mut holder = worker("holder", &[]);
    let attached = json!([{"PolicyName": "p", "PolicyArn": "arn:aws:iam::640123987002:policy/p"}]);
    holder.as_object_mut().unwrap().insert("AttachedManagedPolicies".to_owned(), attached);
    let policy = json!({
        "PolicyName": "p", "Arn": "arn:aws:iam::640123987002:policy/p", "DefaultVersionId": "v1",
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": assume(target)}],
    });
    let group = json!({
        "Path": "/", "GroupName": "operators", "Arn": "arn:aws:iam::640123987002:group/operators",
        "GroupPolicyList": [{"PolicyName": "g", "PolicyDocument": assume(target)}], "AttachedManagedPolicies": [],
    });
    let user = json!({
        "Path": "/", "UserName": "kim", "UserId": "AIDAEXAMPLEEXAMPLEKIM1", "GroupList": ["operators"],
        "Arn": "arn:aws:iam::640123987002:user/kim",
    });
    gaad(
        &[holder, worker("other", &[]), worker("runner", &[("assume", assume(DEPLOY))])],
        &[
            ("Policies", json!([policy])),
            ("GroupDetailList", json!([group])),
            ("UserDetailList", json!([user])),
        ],
    )
}

#[test]
fn whoever_holds_what_names_the_project_is_read() {
    let mut found = Vec::new();
    for target in [DEPLOY, "arn:aws:iam::*:role/deploy", "arn:aws:iam::640123987001:role/elsewhere"] {
        for principal in ["role/runner", "role/other", "role/*", "user/kim", "root"] {
            let template = trusting("deploy", &format!("arn:aws:iam::640123987002:{principal}"));
            let named = [
                ("trustlint.toml", CONFIG.to_owned()),
                ("prod/main.tf", template),
                ("snapshots/tools.json", with_holders(target).to_string()),
            ];
            let files: Files = named.into_iter().map(|(path, text)| (path.to_owned(), text)).collect();
            let own = of_the_project(&files, Profile::Default, false);
            assert_eq!(own, of_the_project(&files, Profile::Default, true), "{principal} {target}");
            found.extend(own);
        }
    }
    // Nothing of prod names them by itself: their policies name prod.
    for who in ["role `holder`", "user `kim`", "role `other`"] {
        assert!(found.iter().any(|one| one.contains(who)), "{who}: {found:#?}");
    }
}

#[test]
fn a_principal_may_be_written_by_the_id_that_aws_gave_it() {
    let snapshot = |role: &str| {
        let mut runner = worker("ci/runner", &[("assume", assume(role))]);
        runner["RoleId"] = json!("AROAEXAMPLEEXAMPLERUN1");
        gaad(&[runner, worker("other", &[])], &[]).to_string()
    };
    let template = trusting("deploy", "AROAEXAMPLEEXAMPLERUN1");
    let judge = |snapshot: &str, expected: &[&str]| {
        let files =
            [("trustlint.toml", CONFIG), ("prod/main.tf", &*template), ("snapshots/tools.json", snapshot)];
        judged(files, expected, &[]);
    };
    judge(&snapshot(DEPLOY), &[]);
    let lacking = "prod/main.tf:3 warning [trust-without-permission] \"AROAEXAMPLEEXAMPLERUN1\"";
    judge(&snapshot("arn:aws:iam::640123987001:role/other"), &[lacking]);
}

#[test]
fn a_snapshot_that_is_older_than_wanted_is_said() {
    let snapshot = gaad(&[worker("runner", &[("assume", assume(DEPLOY))])], &[]).to_string();
    let template = trusting("deploy", "arn:aws:iam::640123987002:role/runner");
    let old = "snapshots/tools.json:1 nothing in this snapshot is newer than 2026-05-20, 12 days ago, and `max-age` is 11 days";
    let told = "snapshots/tools.json:1 this snapshot is of 2026-05-25, 7 days ago, and `max-age` is 6 days";
    let taken = "taken = \"2026-05-25\"\n";
    for (days, more, problems) in
        [(11, "", &[old][..]), (12, "", &[]), (6, taken, &[told]), (7, "taken = 2026-05-25\n", &[])]
    {
        let config = format!("{CONFIG}[[snapshot]]\npath = \"snapshots\"\nmax-age = \"{days}d\"\n{more}");
        let files = [
            ("trustlint.toml", config.as_str()),
            ("prod/main.tf", template.as_str()),
            ("snapshots/tools.json", snapshot.as_str()),
        ];
        judged(files, &[], problems);
    }
}

#[test]
fn an_account_without_an_id_has_that_of_its_snapshot() {
    let snapshot = gaad(&[worker("runner", &[("assume", assume(OTHER))])], &[]).to_string();
    let template = trusting("deploy", "arn:aws:iam::640123987002:role/runner");
    let config = CONFIG.replace("id = \"640123987002\"\n", "");
    let files = [
        ("trustlint.toml", config.as_str()),
        ("prod/main.tf", template.as_str()),
        ("snapshots/tools.json", snapshot.as_str()),
    ];
    judged(files, &[LACKING], &[]);
    let files: Files = files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
    let found = run(&files).findings;
    let names = |said: &crate::common::Said| said.message.contains("in tools (640123987002)");
    assert!(!found.is_empty() && found.iter().all(names));
}

#[test]
fn an_account_with_a_snapshot_is_not_all_that_is_ours() {
    let config =
        "[accounts.prod]\nid = \"640123987001\"\npaths = [\"prod/**\"]\nsnapshot = \"snapshots/prod.json\"\n";
    let template = trusting("deploy", "arn:aws:iam::731206984511:root");
    let reader = role("640123987001", "reader", &trust(&json!({"Service": "ec2.amazonaws.com"})), &[]);
    let snapshot = gaad(&[reader], &[]).to_string();
    let files =
        [("trustlint.toml", config), ("prod/main.tf", &*template), ("snapshots/prod.json", &*snapshot)];
    let expected = "prod/main.tf:3 warning [missing-external-id] \"arn:aws:iam::731206984511:root\"";
    judged(files, &[expected], &[]);
}

#[test]
fn of_two_snapshots_of_one_account_the_newer_counts_and_of_equal_ones_neither_alone() {
    let of = |allowed: &str, created: &str| {
        let mut one = worker("runner", &[("assume", assume(allowed))]);
        one["CreateDate"] = json!(created);
        one["RoleLastUsed"] = json!({});
        gaad(&[one], &[]).to_string()
    };
    let (lacking, having) = ("arn:aws:iam::640123987001:role/other", DEPLOY);
    let config = CONFIG.replace("\"snapshots/tools.json\"", "\"snapshots\"");
    let template = trusting("deploy", "arn:aws:iam::640123987002:role/runner");
    let judge = |first: String, second: String, expected: &[&str]| {
        let files = [
            ("trustlint.toml", config.as_str()),
            ("prod/main.tf", template.as_str()),
            ("snapshots/a.json", first.as_str()),
            ("snapshots/b.json", second.as_str()),
        ];
        judged(files, expected, &[]);
    };
    let found = "prod/main.tf:3 warning [trust-without-permission] \"arn:aws:iam::640123987002:role/runner\"";
    judge(of(lacking, "2026-01-01T00:00:00Z"), of(having, "2026-06-01T00:00:00Z"), &[]);
    judge(of(having, "2026-01-01T00:00:00Z"), of(lacking, "2026-06-01T00:00:00Z"), &[found]);
    judge(of(lacking, "2026-01-01T00:00:00Z"), of(having, "2026-01-01T00:00:00Z"), &[]);
    judge(of(having, "2026-01-01T00:00:00Z"), of(lacking, "2026-01-01T00:00:00Z"), &[]);
}
