//! What commands say of one resource or role.
//!
//! Which command wrote a file is told by the members it has; that of each is on its page of the AWS CLI reference:
//! <https://docs.aws.amazon.com/cli/latest/reference/>

use super::iam;
use super::input::Input;
use super::part::{Members, Part};
use super::resource::{self, Written};
use super::sketch::{Arn, Said, Sketch};
use crate::diagnostic::Problem;
use crate::value::{Kind, List, Map, Value};

/// A file with what is told of it.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) input: &'a Input,
    pub(super) path: &'a str,
}

/// Members of outputs that say something of a resource and nothing of who has access to it.
const WITHOUT_ACCESS: [&str; 5] =
    ["KeyMetadata", "VpcEndpoints", "PolicyNames", "InstanceProfiles", "AttachedPolicies"];

/// Reads the output of a command for one resource or role; nothing is said of what is none.
pub(super) fn read(part: Part<'_>, members: &Members<'_>, reading: Reading<'_>, said: &mut Said) {
    if members.has("Role") || members.has("Roles") {
        said.is_known = true;
        for role in members.get("Role").into_iter().chain(members.list("Roles")) {
            // The policies of the role are not in it.
            let Some(mut sketch) = iam::identity(role, &role.members(), said) else { continue };
            let open = Value::new(Kind::List(List { open: true, ..List::default() }), sketch.span);
            sketch.properties.insert("ManagedPolicyArns", sketch.span, open);
            sketch.rank.0 = false;
            said.sketches.push(sketch);
        }
    } else if members.has("PolicyVersion") {
        version(members, reading, said);
    } else if members.has("PolicyDocument") && members.has("PolicyName") {
        inline(part, members, reading, said);
    } else if members.has("Grants") {
        said.is_known = true;
        members.list("Grants").into_iter().for_each(|grant| key_grant(grant, reading, said));
    } else if members.has("resourcePolicies") {
        said.is_known = true;
        for policy in members.list("resourcePolicies") {
            let of = policy.members();
            let account = reading.input.owner.as_ref().and_then(|owner| owner.id.as_deref());
            let arn = account.map(|account| {
                format!("arn:aws:logs::{account}:{}", of.str("policyName").unwrap_or_default())
            });
            found(policy, &of, "policyDocument", (arn.as_deref(), None), reading, said);
        }
    } else if !of_one_resource(part, members, reading, said)
        && WITHOUT_ACCESS.iter().any(|name| members.has(name))
    {
        said.is_known = true;
    }
}

/// Reads the policy of one resource, with what stands beside it.
fn of_one_resource(part: Part<'_>, members: &Members<'_>, reading: Reading<'_>, said: &mut Said) -> bool {
    let inside = |name: &str| members.get(name).filter(|part| part.is_object()).map(Part::members);
    let (attributes, domain) = (inside("Attributes"), inside("DomainStatus"));
    if let Some(of) = attributes.or(domain) {
        let arn = ["QueueArn", "TopicArn", "ARN"].iter().find_map(|name| of.str(name));
        let policy = if of.has("AccessPolicies") { "AccessPolicies" } else { "Policy" };
        return found(part, &of, policy, (arn.as_deref(), None), reading, said);
    }
    if members.has("policyText") {
        let account = members.str("registryId").unwrap_or_default();
        let repository = members.str("repositoryName");
        // The region is not in it.
        let arn = match repository {
            Some(name) => format!("arn:aws:ecr:*:{account}:repository/{name}"),
            None => format!("arn:aws:ecr:*:{account}:registry"),
        };
        return found(part, members, "policyText", (Some(&arn), None), reading, said);
    }
    if let Some(of) = inside("policy").filter(|of| of.has("resourceArn")) {
        let arn = of.str("resourceArn");
        return found(part, &of, "document", (arn.as_deref(), None), reading, said);
    }
    if members.has("PolicyInJson") {
        return found(part, members, "PolicyInJson", (None, None), reading, said);
    }
    let arn = ["BackupVaultArn", "ARN"].iter().find_map(|name| members.str(name));
    let arn = arn.filter(|arn| arn.starts_with("arn:"));
    if members.has("ResourcePolicy") || arn.as_ref().is_some_and(|arn| arn.contains(":secretsmanager:")) {
        return found(part, members, "ResourcePolicy", (arn.as_deref(), None), reading, said);
    }
    if members.has("Statement") {
        return bare(part, reading, said);
    }
    // What IAM says of a managed policy is without its document.
    if inside("Policy").is_some_and(|of| of.has("PolicyName")) {
        said.is_known = true;
        return true;
    }
    let is_bus = arn.as_ref().is_some_and(|arn| arn.contains(":event-bus/"));
    (members.has("Policy") || is_bus) && found(part, members, "Policy", (arn.as_deref(), None), reading, said)
}

/// Adds the policy at a member, when there is one.
pub(super) fn found(
    part: Part<'_>,
    members: &Members<'_>,
    name: &str,
    (arn, account): (Option<&str>, Option<&str>),
    reading: Reading<'_>,
    said: &mut Said,
) -> bool {
    said.is_known = true;
    let Some(policy) = members.get(name) else { return true };
    let Some(document) = iam::document(policy, said) else { return true };
    let written = Written { document, arn, account, span: part.span(), date: None };
    resource::add(written, reading.input, reading.path, said);
    true
}

/// A policy without anything around it, as `--query Policy --output text` gives it.
fn bare(part: Part<'_>, reading: Reading<'_>, said: &mut Said) -> bool {
    said.is_known = true;
    if let Some(document) = iam::document(part, said) {
        let written = Written { document, arn: None, account: None, span: part.span(), date: None };
        resource::add(written, reading.input, reading.path, said);
    }
    true
}

/// A version of a managed policy, which does not say of which one.
fn version(members: &Members<'_>, reading: Reading<'_>, said: &mut Said) {
    said.is_known = true;
    let Some(part) = members.get("PolicyVersion") else { return };
    let Some(arn) = reading.input.resource.as_deref() else {
        let message = "it is not known which managed policy this is a version of: name its ARN with `[[snapshot]]` and \
                       `resource` in trustlint.toml";
        said.problems.push(Problem::note(part.span().part(0, 0), message));
        return;
    };
    let document = part.members().get("Document").and_then(|part| iam::document(part, said));
    let span = part.span();
    said.sketches.extend(document.and_then(|document| Sketch::managed(arn, (span, span), document, None)));
}

/// Who can hold an inline policy: the member that names it, the type of such a policy, and its property.
const HOLDERS: [(&str, &str, &str); 3] = [
    ("RoleName", "aws_iam_role_policy", "role"),
    ("UserName", "aws_iam_user_policy", "user"),
    ("GroupName", "aws_iam_group_policy", "group"),
];

/// An inline policy, which names its role, user or group, and not the account.
fn inline(part: Part<'_>, members: &Members<'_>, reading: Reading<'_>, said: &mut Said) {
    said.is_known = true;
    let account = reading.input.owner.as_ref().and_then(|owner| owner.id.as_deref());
    let Some(account) = account else {
        let message = "this file does not say which account the policy is in: list it as `snapshot` of an account in trustlint.toml";
        said.problems.push(Problem::note(part.span().part(0, 0), message));
        return;
    };
    let Some(document) = members.get("PolicyDocument").and_then(|part| iam::document(part, said)) else {
        return;
    };
    for (key, type_name, property) in HOLDERS {
        let (Some(holder), Some(name)) = (members.word(key), members.word("PolicyName")) else { continue };
        let (span, mut properties) = (part.span(), Map::default());
        let address = format!("{property}/{}/{}", holder.text, name.text);
        properties.insert("name", span, name.value());
        properties.insert(property, span, holder.value());
        properties.insert("policy", span, document);
        said.sketches.push(Sketch {
            account: account.into(),
            type_name,
            address,
            span: holder.span,
            body: span,
            properties,
            rank: (true, None),
        });
        return;
    }
}

/// A grant of a KMS key, which allows something beside its policy.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>
fn key_grant(part: Part<'_>, reading: Reading<'_>, said: &mut Said) {
    let members = part.members();
    let named = members.word("KeyId").filter(|word| word.text.starts_with("arn:"));
    let arn =
        reading.input.resource.as_deref().map(str::to_owned).or(named.map(|word| word.text.into_owned()));
    let Some((arn, account)) = arn.and_then(|arn| {
        let account = Arn::parse(&arn)?.account.into();
        Some((arn, account))
    }) else {
        return;
    };
    let (span, mut properties) = (part.span(), Map::default());
    let address = format!("grant/{}", members.str("GrantId").unwrap_or_default());
    properties.insert("key_id", span, Value::literal(arn, span));
    if let Some(grantee) = members.word("GranteePrincipal") {
        properties.insert("grantee_principal", span, grantee.value());
    }
    let operations = members.list("Operations").into_iter().filter_map(|it| Some(it.word()?.value()));
    properties.insert("operations", span, Value::list(operations.collect(), span));
    said.sketches.push(Sketch {
        account,
        type_name: "aws_kms_grant",
        address,
        span,
        body: span,
        properties,
        rank: (true, None),
    });
}
