//! What a call of the command line says about identities and resources.
//!
//! <https://docs.aws.amazon.com/cli/latest/reference/iam/>

use super::aws::Call;
use super::document::Document;
use super::evaluate::Evaluator;
use crate::source::Span;
use crate::value::{Answer, Because, Class, Symbol, Text, UnitKey, Value};
use crate::walk::policy::binding::{IdentityKind, What};

/// Something that a call says, and what it is deployed with.
pub(super) struct Said {
    pub(super) fact: Fact,
    /// What the same script deploys with the same credentials.
    pub(super) unit: UnitKey,
    /// The directory of the script.
    pub(super) directory: String,
    /// The account of another profile than the usual one.
    pub(super) account: Option<Text>,
    /// The name of that profile.
    pub(super) profile: Option<String>,
    /// The call.
    pub(super) span: Span,
    /// Whether it stands on a page for people, and in no script.
    pub(super) is_page: bool,
    /// Which part of a script it stands in: what stands in different ones need not be run together.
    pub(super) part: usize,
}

/// What a call says.
pub(super) enum Fact {
    /// There is an identity of this name.
    Created(IdentityKind, Text),
    /// Who may assume a role.
    Trust(Text, Document),
    /// An identity has this policy of its own, by its name.
    Inline(IdentityKind, Text, Option<Text>, Document),
    /// A managed policy is attached to an identity.
    Attached(IdentityKind, Text, Text),
    /// A managed policy is the boundary of an identity.
    Boundary(IdentityKind, Text, Text),
    /// There is a managed policy of this name.
    Managed(Text, Document),
    /// A user is in a group.
    Member(Text, Text),
    /// A resource has this policy.
    Resource(Text, Document),
    /// What Block Public Access does for a bucket, by the ARN of the bucket.
    Blocked(Text, Switches),
    /// A key, of which the ID is not known, has this policy.
    Key(Document),
    /// A policy of an organization.
    Organization(What, Document),
    /// A role is assumed, with an external ID.
    Assumed(Text, Option<Text>),
    /// Options of `lambda add-permission`, by the arguments of Terraform that are called alike.
    Permission(Vec<(&'static str, Text)>),
}

/// The switches of Block Public Access, by the arguments of Terraform that are called alike. One that is not known is open.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Switches(pub(super) Vec<(&'static str, Answer)>);

impl Switches {
    const NAMES: [(&'static str, &'static str); 4] = [
        ("BlockPublicAcls", "block_public_acls"),
        ("IgnorePublicAcls", "ignore_public_acls"),
        ("BlockPublicPolicy", "block_public_policy"),
        ("RestrictPublicBuckets", "restrict_public_buckets"),
    ];

    /// As a function of their names says.
    fn of(is_on: impl Fn(&str) -> Answer) -> Self {
        Self(Self::NAMES.iter().map(|(name, argument)| (*argument, is_on(name))).collect())
    }

    /// What is given to the option: `BlockPublicAcls=true,…`, or JSON. What is left out is off.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html>
    fn given(call: &Call, option: &str, evaluator: &Evaluator<'_>) -> Self {
        let words = call.text(option).and_then(|text| text.as_literal().map(std::borrow::Cow::into_owned));
        if let Some(words) = words.filter(|words| words.contains('=')) {
            let pairs = || words.split(',').filter_map(|pair| pair.split_once('='));
            return Self::of(|name| {
                let mut values = pairs().filter(|(own, _)| own.trim() == name).map(|(_, value)| value.trim());
                values.next().map_or(Answer::No, |value| value.eq_ignore_ascii_case("true").into())
            });
        }
        let document = document(call, option, evaluator).map(|document| document.value);
        let map = document.as_ref().and_then(Value::as_map);
        Self::of(|name| match map {
            Some(map) => map.get(name).map_or(Answer::No, Value::says_true),
            None => Answer::Unknown,
        })
    }
}

/// All that a call says.
pub(super) fn facts(call: &Call, evaluator: &Evaluator<'_>) -> Vec<Fact> {
    let said = match call.service.as_str() {
        "iam" => return iam(call, evaluator),
        "s3api" => bucket(call, evaluator),
        "kms" => key(call, evaluator),
        "ecr" => repository(call, evaluator),
        "organizations" => organization(call, evaluator),
        "sqs" => queue(call, evaluator),
        "sns" => topic(call, evaluator),
        "secretsmanager" => secret(call, evaluator),
        "lambda" => permission(call),
        "sts" => assumed(call),
        _ => None,
    };
    said.into_iter().collect()
}

fn document(call: &Call, option: &str, evaluator: &Evaluator<'_>) -> Option<Document> {
    let value = call.option(option)?;
    Some(Document::of(value, call.place, call.span, evaluator))
}

fn iam(call: &Call, evaluator: &Evaluator<'_>) -> Vec<Fact> {
    let operation = call.operation.as_str();
    let kinds = [(IdentityKind::Role, "role"), (IdentityKind::User, "user"), (IdentityKind::Group, "group")];
    for (kind, word) in kinds {
        let Some(name) = call.text(&format!("{word}-name")) else { continue };
        let document = |option: &str| document(call, option, evaluator);
        if operation == format!("create-{word}") {
            let boundary = call.text("permissions-boundary");
            let boundary = boundary.map(|arn| Fact::Boundary(kind, name.clone(), arn));
            let trust = document("assume-role-policy-document").map(|it| Fact::Trust(name.clone(), it));
            return [Fact::Created(kind, name)].into_iter().chain(trust).chain(boundary).collect();
        }
        if operation == format!("put-{word}-policy") {
            let policy = call.text("policy-name");
            let document = document("policy-document");
            return document.map(|it| Fact::Inline(kind, name, policy, it)).into_iter().collect();
        }
        if operation == format!("attach-{word}-policy") {
            return call.text("policy-arn").map(|arn| Fact::Attached(kind, name, arn)).into_iter().collect();
        }
        if operation == format!("put-{word}-permissions-boundary") {
            let arn = call.text("permissions-boundary");
            return arn.map(|arn| Fact::Boundary(kind, name, arn)).into_iter().collect();
        }
    }
    let text = |option: &str| call.text(option);
    let one = match operation {
        "update-assume-role-policy" => text("role-name")
            .zip(document(call, "policy-document", evaluator))
            .map(|(name, document)| Fact::Trust(name, document)),
        "create-policy" => text("policy-name")
            .zip(document(call, "policy-document", evaluator))
            .map(|(name, document)| Fact::Managed(name, document)),
        "create-policy-version" => text("policy-arn")
            .and_then(|arn| policy_name(&arn))
            .zip(document(call, "policy-document", evaluator))
            .map(|(name, document)| Fact::Managed(name, document)),
        "add-user-to-group" => {
            text("user-name").zip(text("group-name")).map(|(user, group)| Fact::Member(user, group))
        }
        _ => None,
    };
    one.into_iter().collect()
}

/// The name of a managed policy of a customer, by its ARN.
pub(super) fn policy_name(arn: &Text) -> Option<Text> {
    let parts = arn.splitn(6, ':');
    let [_, _, service, _, account, resource] = parts.as_slice() else { return None };
    let is_customer = account.as_literal().as_deref() != Some("aws");
    if service.as_literal().as_deref() != Some("iam") || !is_customer || !resource.begins_with("policy/") {
        return None;
    }
    resource.splitn(crate::bounds::PIECES, '/').pop().filter(|name| !name.is_empty())
}

/// `arn:aws:SERVICE:REGION:ACCOUNT:` with what is known of both.
fn beginning(service: &str, call: &Call, evaluator: &Evaluator<'_>) -> Text {
    let mut arn = Text::literal(format!("arn:aws:{service}:"), call.span);
    let region = call.text("region").unwrap_or_else(|| {
        Text::symbol(Symbol::new(Class::Region, &call.unit(evaluator), Because::Run), call.span)
    });
    arn.append(&region);
    arn.push_str(":", call.span);
    arn.append(&call.account_or_own(evaluator));
    arn.push_str(":", call.span);
    arn
}

/// <https://docs.aws.amazon.com/cli/latest/reference/s3api/put-bucket-policy.html>
/// <https://docs.aws.amazon.com/cli/latest/reference/s3api/put-public-access-block.html>
/// <https://docs.aws.amazon.com/cli/latest/reference/s3api/delete-public-access-block.html>
fn bucket(call: &Call, evaluator: &Evaluator<'_>) -> Option<Fact> {
    let mut arn = Text::literal("arn:aws:s3:::", call.span);
    arn.append(&call.text("bucket")?);
    let arn = arn.joined().into_owned();
    match call.operation.as_str() {
        "put-bucket-policy" => Some(Fact::Resource(arn, document(call, "policy", evaluator)?)),
        "delete-public-access-block" => Some(Fact::Blocked(arn, Switches::of(|_| Answer::No))),
        "put-public-access-block" => {
            let switches = Switches::given(call, "public-access-block-configuration", evaluator);
            Some(Fact::Blocked(arn, switches))
        }
        _ => None,
    }
}

/// <https://docs.aws.amazon.com/cli/latest/reference/kms/put-key-policy.html>
fn key(call: &Call, evaluator: &Evaluator<'_>) -> Option<Fact> {
    let id = match call.operation.as_str() {
        "create-key" => None,
        "put-key-policy" => Some(call.text("key-id")?),
        _ => return None,
    };
    let document = document(call, "policy", evaluator)?;
    let arn = match id {
        Some(arn) if arn.begins_with("arn:") => arn,
        Some(id) if id.as_literal().is_some_and(|id| !id.starts_with("alias/")) => {
            let mut arn = beginning("kms", call, evaluator);
            arn.push_str("key/", call.span);
            arn.append(&id);
            arn.joined().into_owned()
        }
        _ => return Some(Fact::Key(document)),
    };
    Some(Fact::Resource(arn, document))
}

/// <https://docs.aws.amazon.com/cli/latest/reference/ecr/set-repository-policy.html>
fn repository(call: &Call, evaluator: &Evaluator<'_>) -> Option<Fact> {
    if call.operation != "set-repository-policy" || call.option("registry-id").is_some() {
        return None;
    }
    let mut arn = beginning("ecr", call, evaluator);
    arn.push_str("repository/", call.span);
    arn.append(&call.text("repository-name")?);
    Some(Fact::Resource(arn.joined().into_owned(), document(call, "policy-text", evaluator)?))
}

/// <https://docs.aws.amazon.com/cli/latest/reference/organizations/create-policy.html>
fn organization(call: &Call, evaluator: &Evaluator<'_>) -> Option<Fact> {
    if call.operation != "create-policy" {
        return None;
    }
    let what = match call.text("type")?.as_literal()?.as_ref() {
        "SERVICE_CONTROL_POLICY" => What::ServiceControl,
        "RESOURCE_CONTROL_POLICY" => What::ResourceControl,
        _ => return None,
    };
    Some(Fact::Organization(what, document(call, "content", evaluator)?))
}

/// <https://docs.aws.amazon.com/cli/latest/reference/sqs/set-queue-attributes.html>
fn queue(call: &Call, evaluator: &Evaluator<'_>) -> Option<Fact> {
    if call.operation != "set-queue-attributes" {
        return None;
    }
    let document = document(call, "attributes", evaluator)?.of_attributes("Policy")?;
    let url = call.text("queue-url")?.as_literal()?.into_owned();
    let rest = url.strip_prefix("https://sqs.")?;
    let [host, account, name] = rest.splitn(3, '/').collect::<Vec<_>>().try_into().ok()?;
    let region = host.split('.').next()?;
    let arn = Text::literal(format!("arn:aws:sqs:{region}:{account}:{name}"), call.span);
    Some(Fact::Resource(arn, document))
}

/// <https://docs.aws.amazon.com/cli/latest/reference/sns/set-topic-attributes.html>
fn topic(call: &Call, evaluator: &Evaluator<'_>) -> Option<Fact> {
    let is_policy = call.text("attribute-name")?.as_literal()? == "Policy";
    if call.operation != "set-topic-attributes" || !is_policy {
        return None;
    }
    Some(Fact::Resource(call.text("topic-arn")?, document(call, "attribute-value", evaluator)?))
}

/// <https://docs.aws.amazon.com/cli/latest/reference/secretsmanager/put-resource-policy.html>
fn secret(call: &Call, evaluator: &Evaluator<'_>) -> Option<Fact> {
    if call.operation != "put-resource-policy" {
        return None;
    }
    let id = call.text("secret-id")?;
    let arn = if id.begins_with("arn:") {
        id
    } else {
        let mut arn = beginning("secretsmanager", call, evaluator);
        arn.push_str("secret:", call.span);
        arn.append(&id);
        // What AWS adds to the name.
        let added = evaluator.symbol(Class::Word, format!("what AWS adds to the name of {id}"));
        arn.push_str("-", call.span);
        arn.append(&Text::symbol(added, call.span));
        arn.joined().into_owned()
    };
    Some(Fact::Resource(arn, document(call, "resource-policy", evaluator)?))
}

/// <https://docs.aws.amazon.com/cli/latest/reference/lambda/add-permission.html>
fn permission(call: &Call) -> Option<Fact> {
    if call.operation != "add-permission" {
        return None;
    }
    let arguments = [
        ("function-name", "function_name"),
        ("action", "action"),
        ("principal", "principal"),
        ("source-arn", "source_arn"),
        ("source-account", "source_account"),
        ("principal-org-id", "principal_org_id"),
        ("function-url-auth-type", "function_url_auth_type"),
        ("event-source-token", "event_source_token"),
        ("statement-id", "statement_id"),
    ];
    let given = arguments.into_iter().filter_map(|(option, argument)| Some((argument, call.text(option)?)));
    let given: Vec<_> = given.collect();
    let has = |name: &str| given.iter().any(|(own, _)| *own == name);
    (has("function_name") && has("principal") && has("action") && call.is_usual())
        .then_some(Fact::Permission(given))
}

/// <https://docs.aws.amazon.com/cli/latest/reference/sts/assume-role.html>
fn assumed(call: &Call) -> Option<Fact> {
    // An option that is not known may be the external ID.
    let is_it = call.operation == "assume-role" && !call.is_open;
    is_it.then(|| Some(Fact::Assumed(call.text("role-arn")?, call.text("external-id"))))?
}
