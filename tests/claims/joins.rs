//! Every policy of a resource reaches the resource: for each row of the carriers' table a project with the resource, its policy
//! and somebody in another account who may use it.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::common::{Files, TODAY};
use crate::judge::judged;
use trustlint::internals::ask::{Asked, Asker, Question, What, Who};
use trustlint::internals::carriers::{AttachKind, Carrier, Role, Step, all};
use trustlint::internals::graph::Graph;
use trustlint::internals::run::graph_of;
use trustlint::internals::value::Answer;
use trustlint::{Config, RULES, Sources};

const OWNER: &str = "111122223333";
const CALLER: &str = "arn:aws:iam::444455556666:role/caller";
const NAME: &str = "acme-thing";

/// What the attributes of a type return.
struct Attributes {
    /// The properties that its ARN is made of.
    parts: Vec<&'static str>,
    /// The attributes that return its ARN.
    arns: Vec<&'static str>,
    /// All that are known, with what they return.
    all: BTreeMap<&'static str, &'static str>,
}

fn attributes(type_name: &str) -> Option<Attributes> {
    let table = include_str!("../../data/arns.tsv");
    let line = table.lines().find(|line| line.split('\t').next() == Some(type_name))?;
    let mut fields = line.split('\t').skip(1);
    let own = fields.next()?;
    let all: BTreeMap<&str, &str> = fields.filter_map(|field| field.split_once('=')).collect();
    let arns = all.iter().filter(|(_, template)| template.is_empty()).map(|(name, _)| *name).collect();
    let holes = own.split("${").skip(1).filter_map(|rest| rest.split('}').next());
    let parts = holes.filter(|hole| !hole.starts_with('@') && !hole.contains(['!', '='])).collect();
    Some(Attributes { parts, arns, all })
}

/// A value at a path.
fn at(path: &[Step], value: Value) -> Map<String, Value> {
    let whole = path.iter().rev().fold(value, |value, step| match step {
        Step::Property(name) => json!({ *name: value }),
        Step::Each => json!([value]),
    });
    let Value::Object(whole) = whole else { panic!("a property") };
    whole
}

/// Puts what an object has into another one.
fn merge(into: &mut Map<String, Value>, other: Value) {
    let Value::Object(other) = other else { panic!("an object") };
    for (name, value) in other {
        match into.get_mut(&name) {
            Some(Value::Object(inner)) => merge(inner, value),
            _ => drop(into.insert(name, value)),
        }
    }
}

fn is_terraform(row: &Carrier) -> bool {
    row.type_name.starts_with("aws_")
}

/// The ways in which a policy can name its target.
fn namings(row: &Carrier, target: &str) -> Vec<Value> {
    let known = attributes(target).unwrap();
    let terraform = is_terraform(row);
    let reference = |attribute: &str| match (terraform, attribute) {
        (true, _) => json!(format!("${{{target}.target.{attribute}}}")),
        (false, "Ref") => json!({ "Ref": "Target" }),
        (false, _) => json!({ "Fn::GetAtt": ["Target", attribute] }),
    };
    let arns = || known.arns.iter().map(|name| reference(name));
    // An API and the like are called by an id that AWS makes up.
    let id = || {
        (terraform || known.all.contains_key("Ref")).then(|| reference(if terraform { "id" } else { "Ref" }))
    };
    let names = || {
        let named = known.all.contains_key("name").then_some("name");
        let part = named.or(known.parts.last().copied()).map(|part| part.split('~').next().unwrap());
        let by_reference = part.filter(|_| terraform).map(reference);
        by_reference.into_iter().chain(part.map(|_| json!(NAME)))
    };
    let urls = || {
        ["id", "url", "Ref", "QueueUrl"]
            .into_iter()
            .filter(|name| known.all.contains_key(name))
            .map(reference)
    };
    match row.attach_kind {
        AttachKind::Arn => arns().collect(),
        AttachKind::ArnList => arns().map(|one| json!([one])).collect(),
        AttachKind::Name => names().chain((!terraform).then(id).flatten()).collect(),
        AttachKind::NameOrArn => names().chain(arns()).chain((!terraform).then(id).flatten()).collect(),
        AttachKind::Id => id().into_iter().collect(),
        AttachKind::IdOrArn => id().into_iter().chain(arns()).collect(),
        AttachKind::Url => urls().collect(),
        AttachKind::UrlList => urls().map(|one| json!([one])).collect(),
        _ => Vec::new(),
    }
}

/// What stands in a property that an ARN is made of.
fn value_of(property: &str) -> String {
    match property {
        "stream_arn" => format!("arn:aws:kinesis:eu-west-1:{OWNER}:stream/events"),
        "table_bucket_arn" | "TableBucketARN" => format!("arn:aws:s3tables:eu-west-1:{OWNER}:bucket/tables"),
        _ => NAME.to_owned(),
    }
}

/// A policy in the form that its service has it: one of a repository of images names no resource, one of an API in short.
fn policy(row: &Carrier) -> Value {
    let resource = match (row.service, row.attach_kind) {
        ("ecr" | "ecr-public", AttachKind::Itself | AttachKind::Name) => None,
        ("execute-api", _) => Some("execute-api:/*"),
        _ => Some("*"),
    };
    let principal = json!({ "AWS": CALLER });
    let statement = match resource {
        Some(resource) => {
            json!({ "Effect": "Allow", "Principal": principal, "Action": "*", "Resource": resource })
        }
        None => json!({ "Effect": "Allow", "Principal": principal, "Action": "*" }),
    };
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

/// What a row carries: its policy, or the properties of a permission.
fn carried(row: &Carrier, naming: Option<&Value>) -> Map<String, Value> {
    let terraform = is_terraform(row);
    let document = policy(row);
    let mut carried = match (row.role, row.path.as_slice()) {
        (Role::ResourcePolicyStatement, path) => {
            let mut statement = at(path, json!(CALLER));
            statement.insert(if terraform { "action" } else { "Action" }.to_owned(), json!("*"));
            statement
        }
        // A description of an API is a text with JSON in it.
        (_, [Step::Property("body"), Step::Property(inner)]) => {
            at(&[Step::Property("body")], json!(json!({ *inner: document }).to_string()))
        }
        (_, path) => at(path, if terraform { json!(document.to_string()) } else { document }),
    };
    if let (Some(attach), Some(naming)) = (&row.attach, naming) {
        merge(&mut carried, Value::Object(at(attach, naming.clone())));
    }
    carried
}

/// A project with a target, its policy, which names it so, and who may use it.
fn project(row: &Carrier, target: &str, naming: Option<&Value>) -> Files {
    let terraform = is_terraform(row);
    let known = attributes(target).unwrap();
    let mut own = Map::new();
    if terraform && known.all.contains_key("name") {
        own.insert("name".to_owned(), json!(NAME));
    }
    for part in &known.parts {
        let property = part.split('~').next().unwrap();
        own.insert(property.to_owned(), json!(value_of(property)));
    }
    let mut policy = Some(carried(row, naming));
    let is_apart = naming.is_some() || row.attach_kind == AttachKind::Account;
    if !is_apart {
        merge(&mut own, Value::Object(policy.take().unwrap()));
    }
    let mut files = caller();
    let (path, text) = if terraform {
        let mut resources = Map::new();
        resources.insert(target.to_owned(), json!({ "target": own }));
        if let Some(policy) = policy {
            resources.insert(row.type_name.to_owned(), json!({ "policy": policy }));
        }
        ("owner/main.tf.json", json!({ "provider": provider(OWNER), "resource": resources }))
    } else {
        let mut resources = Map::new();
        resources.insert("Target".to_owned(), json!({ "Type": target, "Properties": own }));
        if let Some(policy) = policy {
            resources.insert("Policy".to_owned(), json!({ "Type": row.type_name, "Properties": policy }));
        }
        let version = "2010-09-09";
        ("owner/template.json", json!({ "AWSTemplateFormatVersion": version, "Resources": resources }))
    };
    files.insert(path.to_owned(), text.to_string());
    files
}

fn provider(account: &str) -> Value {
    json!({ "aws": { "region": "eu-west-1", "allowed_account_ids": [account] } })
}

/// Somebody in another account who may do anything, and whose account the owner's is.
fn caller() -> Files {
    let allow = |more: Value| {
        let mut statement = json!({ "Effect": "Allow" });
        merge(statement.as_object_mut().unwrap(), more);
        json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
    };
    let trust = allow(json!({ "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }));
    let all = allow(json!({ "Action": "*", "Resource": "*" }));
    let resources = json!({
        "aws_iam_role": { "caller": { "name": "caller", "assume_role_policy": trust } },
        "aws_iam_role_policy": { "caller": { "role": "${aws_iam_role.caller.id}", "policy": all } },
    });
    let root = json!({ "provider": provider("444455556666"), "resource": resources });
    let config = format!("[accounts.owner]\nid = \"{OWNER}\"\npaths = [\"owner/**\"]\n");
    let files = [("caller/main.tf.json", root.to_string()), ("trustlint.toml", config)];
    files.map(|(path, text)| (path.to_owned(), text)).into()
}

fn graph(files: &Files) -> Graph {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    let mut config = Config::parse(&files["trustlint.toml"], &names).unwrap();
    config.path = Some("trustlint.toml".to_owned());
    let sources = Sources::in_memory(files.iter().map(|(path, text)| (path.clone(), text.clone())));
    graph_of(&sources, &config)
}

/// What is wrong with the join in a project.
fn wrong(target: &str, files: &Files) -> Option<String> {
    let graph = graph(files);
    let is_target = |declaration| &*graph.declarations[declaration].type_name == target;
    let Some((id, resource)) =
        graph.resources.with_ids().find(|(_, one)| one.declared && is_target(one.declaration))
    else {
        return Some("the target is no resource".to_owned());
    };
    if resource.documents.len() != 1 {
        return Some(format!("{} policies instead of one", resource.documents.len()));
    }
    let is_of_account = |documents: &[_]| documents == resource.documents.as_slice();
    let mut others = graph.resources.iter().filter(|one| !one.declared);
    if let Some(other) = others.find(|one| !is_of_account(&one.documents)) {
        return Some(format!("a resource `{}` is made up", other.arn));
    }
    let Some((caller, _)) = graph.identities.with_ids().next() else {
        return Some("nobody calls".to_owned());
    };
    let what = What::resource(id);
    // Nobody calls a network of services; its policy is one for the services in it.
    // https://docs.aws.amazon.com/vpc-lattice/latest/ug/auth-policies.html
    if target.to_ascii_lowercase().replace('_', "").ends_with("servicenetwork") {
        return None;
    }
    // Its ARN has an argument in lower case, which is not told.
    if target == "aws_networkfirewall_rule_group" {
        return None;
    }
    let asked = Asked { graph: &graph, target: what.clone(), within: None };
    let actions = match asked.actions(&[format!("{}:*", resource.service)]) {
        Ok(actions) => actions,
        Err(why) => return Some(format!("no action to ask for: {why:?}")),
    };
    let asker = Asker::new(&graph, TODAY.parse().unwrap());
    let caller = Who::Declared(caller);
    let allowed = actions.iter().any(|action| {
        let within = asked.meant_by(action);
        let question = Question { caller: &caller, target: &what, action, within: within.as_ref() };
        // The policy of the bucket behind it is not there.
        let is_point = target.to_ascii_lowercase().replace('_', "").ends_with("accesspoint");
        let answer = asker.ask(&question).answer;
        answer == Answer::Yes || is_point && resource.service == "s3" && answer == Answer::Unknown
    });
    (!allowed).then(|| "nothing is allowed".to_owned())
}

/// A generated project each: target, policy, caller in a second account.
#[test]
fn the_policy_of_every_row_reaches_its_resource_and_lets_in_whom_it_names() {
    let mut lost = String::new();
    let mut tried = 0;
    let rows =
        all().iter().filter(|row| matches!(row.role, Role::ResourcePolicy | Role::ResourcePolicyStatement));
    for row in rows {
        let targets = if row.attach.is_none() && row.attach_kind == AttachKind::Itself {
            vec![row.type_name]
        } else {
            row.targets.clone()
        };
        for target in targets {
            if attributes(target).is_none() {
                writeln!(lost, "{} -> {target}: no ARN", row.type_name).unwrap();
                continue;
            }
            // The policy of an account counts for resources that the other language declares, too.
            if is_terraform(row) == target.starts_with("AWS::") {
                continue;
            }
            let namings = if row.attach.is_none() {
                vec![None]
            } else {
                namings(row, target).into_iter().map(Some).collect()
            };
            for naming in namings {
                tried += 1;
                let files = project(row, target, naming.as_ref());
                if let Some(why) = wrong(target, &files) {
                    writeln!(lost, "{} -> {target} by {naming:?}: {why}", row.type_name).unwrap();
                }
            }
        }
    }
    assert!(lost.is_empty(), "of {tried}:\n{lost}");
}

/// A function with an alias, its permission, and a role of another account that calls what it calls.
fn function(permission: &str, called: &str) -> [(&'static str, String); 3] {
    let owner = format!(
        r#"
resource "aws_lambda_function" "f" {{
  function_name = "orders"
}}
resource "aws_lambda_alias" "live" {{
  name          = "live"
  function_name = aws_lambda_function.f.function_name
}}
resource "aws_lambda_permission" "p" {{
  principal = "{CALLER}"
  action    = "lambda:InvokeFunction"
{permission}
}}
"#
    );
    let caller = format!(
        r#"
resource "aws_iam_role" "caller" {{
  name               = "caller"
  assume_role_policy = jsonencode({{ Statement = [{{ Effect = "Allow", Principal = {{ Service = "ec2.amazonaws.com" }}, Action = "sts:AssumeRole" }}] }})
}}
resource "aws_iam_role_policy" "caller" {{
  role   = aws_iam_role.caller.id
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "lambda:InvokeFunction", Resource = "arn:aws:lambda:eu-west-1:{OWNER}:{called}" }}] }})
}}
"#
    );
    let config = format!(
        "[accounts.owner]\nid = \"{OWNER}\"\npaths = [\"owner/**\"]\n[accounts.caller]\nid = \"444455556666\"\npaths = [\"caller/**\"]\n"
    );
    let provider = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
    [
        ("owner/main.tf", provider.to_owned() + &owner),
        ("caller/main.tf", provider.to_owned() + &caller),
        ("trustlint.toml", config),
    ]
}

/// A permission for an alias does not admit callers of the function, nor one for the function those of an alias.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html>
#[test]
fn a_permission_for_an_alias_is_one_for_the_alias_alone() {
    let on_alias = [
        "  function_name = aws_lambda_function.f.function_name\n  qualifier = aws_lambda_alias.live.name",
        "  function_name = aws_lambda_function.f.arn\n  qualifier = \"live\"",
        "  function_name = aws_lambda_alias.live.arn",
        "  function_name = \"orders:live\"",
        "  function_name = \"arn:aws:lambda:eu-west-1:111122223333:function:orders:live\"",
        "  function_name = \"${aws_lambda_function.f.arn}:live\"",
    ];
    let on_function = [
        "  function_name = aws_lambda_function.f.function_name",
        "  function_name = aws_lambda_function.f.arn",
        "  function_name = \"orders\"",
    ];
    let found = |called: &str, rules: &[(&str, &str)]| -> Vec<String> {
        let (caller, permission) = (format!("arn:aws:lambda:eu-west-1:{OWNER}:{called}"), CALLER);
        let line = |(rule, at): &(&str, &str)| match *at {
            "caller" => format!("caller/main.tf:11 error [{rule}] \"{caller}\""),
            _ => format!("owner/main.tf:13 warning [{rule}] \"{permission}\""),
        };
        rules.iter().map(line).collect()
    };
    let both = [("permission-without-grant", "caller"), ("grant-without-permission", "owner")];
    let check = |permission: &str, called: &str, rules: &[(&str, &str)]| {
        let files = function(permission, called);
        let expected = found(called, rules);
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        judged(files.iter().map(|(path, text)| (*path, text.as_str())), &expected, &[]);
    };
    for permission in on_alias {
        check(permission, "function:orders:live", &[]);
        check(permission, "function:orders", &both);
    }
    for permission in on_function {
        check(permission, "function:orders", &[]);
        check(permission, "function:orders:live", &both);
    }
}

/// A project of an owner, and of a role of another account with a permission, and the findings in it.
fn judged_both(owner: &str, action: &str, resource: &str, expected: &[&str]) {
    let provider = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
    let [_, (_, caller), (_, config)] = function("", "");
    let (before, _) = caller.split_once("resource \"aws_iam_role_policy\"").unwrap();
    let permission = format!(
        "resource \"aws_iam_role_policy\" \"caller\" {{\n  role = aws_iam_role.caller.id\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Action = \"{action}\", Resource = \"{resource}\" }}] }})\n}}\n"
    );
    let (owner, caller) = (provider.to_owned() + owner, before.to_owned() + &permission);
    let files = [("owner/main.tf", owner.as_str()), ("caller/main.tf", &caller), ("trustlint.toml", &config)];
    judged(files, expected, &[]);
}

const UNGRANTED: &str = "caller/main.tf:11 error [permission-without-grant] ";

/// What an account has for all resources of a kind counts for each of them in its region.
#[test]
fn a_policy_of_the_account_grants_and_lacks_what_its_statements_say() {
    let catalog = |resource: &str, region: &str| {
        format!(
            "resource \"aws_glue_catalog_database\" \"sales\" {{\n  name = \"sales\"\n}}\nresource \"aws_glue_resource_policy\" \"p\" {{\n{region}  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = \"{CALLER}\" }}, Action = \"glue:GetDatabase\", Resource = \"arn:aws:glue:eu-west-1:{OWNER}:{resource}\" }}] }})\n}}\n"
        )
    };
    let sales = format!("arn:aws:glue:eu-west-1:{OWNER}:database/sales");
    let found = format!("{UNGRANTED}\"{sales}\"");
    judged_both(&catalog("database/sales", ""), "glue:GetDatabase", &sales, &[]);
    judged_both(&catalog("database/*", ""), "glue:GetDatabase", &sales, &[]);
    let other =
        "owner/main.tf:8 warning [grant-without-permission] \"arn:aws:iam::444455556666:role/caller\"";
    judged_both(&catalog("database/stock", ""), "glue:GetDatabase", &sales, &[&found, other]);
    judged_both(
        &catalog("database/sales", "  region = \"us-east-1\"\n"),
        "glue:GetDatabase",
        &sales,
        &[&found],
    );
}

/// Lake Formation and access control lists let others in beside all policies.
#[test]
fn a_grant_beside_policies_leaves_open_whether_somebody_is_let_in() {
    let sales = format!("arn:aws:glue:eu-west-1:{OWNER}:database/sales");
    let database = "resource \"aws_glue_catalog_database\" \"sales\" {\n  name = \"sales\"\n}\n";
    let grant = "resource \"aws_lakeformation_permissions\" \"p\" {\n  principal = \"444455556666\"\n  permissions = [\"DESCRIBE\"]\n  database {\n    name = \"sales\"\n  }\n}\n";
    let found = format!("{UNGRANTED}\"{sales}\"");
    judged_both(database, "glue:GetDatabase", &sales, &[&found]);
    judged_both(&format!("{database}{grant}"), "glue:GetDatabase", &sales, &[]);
    let bucket = |acl: &str, more: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"acme-inbox\"\n}}\nresource \"aws_s3_bucket_acl\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  {acl}\n}}\n{more}"
        )
    };
    let inbox = "arn:aws:s3:::acme-inbox";
    let found = format!("{UNGRANTED}\"{inbox}\"");
    let listed = "access_control_policy {\n    grant {\n      permission = \"READ\"\n      grantee {\n        type = \"CanonicalUser\"\n        id = \"0123456789abcdef\"\n      }\n    }\n  }";
    let enforced = "resource \"aws_s3_bucket_ownership_controls\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  rule {\n    object_ownership = \"BucketOwnerEnforced\"\n  }\n}\n";
    judged_both(&bucket("acl = \"private\"", ""), "s3:ListBucket", inbox, &[&found]);
    judged_both(&bucket(listed, ""), "s3:ListBucket", inbox, &[]);
    judged_both(&bucket(listed, enforced), "s3:ListBucket", inbox, &[&found]);
}

/// The policy of a repository names no resource, that of an API may leave out all but the path.
#[test]
fn a_policy_that_names_its_resource_in_short_is_about_it() {
    let images = |action: &str| {
        format!(
            "resource \"aws_ecr_repository\" \"app\" {{\n  name = \"app\"\n}}\nresource \"aws_ecr_repository_policy\" \"app\" {{\n  repository = aws_ecr_repository.app.name\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = \"444455556666\" }}, Action = \"{action}\" }}] }})\n}}\n"
        )
    };
    let app = format!("arn:aws:ecr:eu-west-1:{OWNER}:repository/app");
    let found = format!("{UNGRANTED}\"{app}\"");
    judged_both(&images("ecr:BatchGetImage"), "ecr:BatchGetImage", &app, &[]);
    judged_both(&images("ecr:BatchGetImage"), "ecr:PutImage", &app, &[&found]);
}

/// AWS keeps one policy of a bucket: of two that are declared the last one that is applied stays.
#[test]
fn of_two_policies_of_one_bucket_each_may_be_the_one_that_stays() {
    let policy = |name: &str, principal: &str| {
        format!(
            "resource \"aws_s3_bucket_policy\" \"{name}\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = \"{principal}\" }}, Action = \"s3:ListBucket\", Resource = aws_s3_bucket.b.arn }}] }})\n}}\n"
        )
    };
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"acme-inbox\"\n}\n";
    let answer = |policies: &str| {
        let [_, (_, caller), (_, config)] = function("", "");
        let caller = caller.replace("lambda:InvokeFunction", "s3:ListBucket");
        let caller = caller.replace(&format!("arn:aws:lambda:eu-west-1:{OWNER}:"), "arn:aws:s3:::acme-inbox");
        let owner = format!("{bucket}{policies}");
        let files = [("owner/main.tf", owner), ("caller/main.tf", caller), ("trustlint.toml", config)];
        let graph = graph(&files.map(|(path, text)| (path.to_owned(), text)).into());
        let (caller, _) = graph.identities.with_ids().next().unwrap();
        let (id, _) = graph.resources.with_ids().find(|(_, resource)| resource.declared).unwrap();
        let asker = Asker::new(&graph, TODAY.parse().unwrap());
        let (caller, target) = (Who::Declared(caller), What::resource(id));
        let question = Question { caller: &caller, target: &target, action: "s3:ListBucket", within: None };
        asker.ask(&question).answer
    };
    let other = "arn:aws:iam::444455556666:role/other";
    assert_eq!(answer(&policy("a", CALLER)), Answer::Yes);
    assert_eq!(answer(&policy("a", other)), Answer::No);
    assert_eq!(answer(&(policy("a", CALLER) + &policy("b", other))), Answer::Unknown);
    assert_eq!(answer(&(policy("a", other) + &policy("b", CALLER))), Answer::Unknown);
    assert_eq!(answer(&(policy("a", CALLER) + &policy("b", CALLER))), Answer::Yes);
}

/// Both policies must let in what comes through an access point from another account.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
#[test]
fn the_policy_of_the_bucket_counts_behind_an_access_point() {
    let vault = |condition: &str| {
        format!(
            r#"
resource "aws_s3_bucket" "b" {{
  bucket = "acme-vault"
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Principal = {{ AWS = "*" }}, Action = "s3:GetObject", Resource = "${{aws_s3_bucket.b.arn}}/*", Condition = {{ StringEquals = {condition} }} }}] }})
}}
resource "aws_s3_access_point" "p" {{
  bucket = aws_s3_bucket.b.id
  name   = "study"
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Principal = {{ AWS = "{CALLER}" }}, Action = "s3:GetObject", Resource = "arn:aws:s3:eu-west-1:{OWNER}:accesspoint/study/object/*" }}] }})
}}
"#
        )
    };
    let objects = format!("arn:aws:s3:eu-west-1:{OWNER}:accesspoint/study/object/*");
    let found = format!("owner/main.tf:15 error [access-point-not-delegated] \"{CALLER}\"");
    let own = format!("{{ \"s3:DataAccessPointAccount\" = \"{OWNER}\" }}");
    judged_both(&vault(&own), "s3:GetObject", &objects, &[]);
    let other = "{ \"s3:DataAccessPointAccount\" = \"777788889999\" }";
    judged_both(&vault(other), "s3:GetObject", &objects, &[&found]);
}
