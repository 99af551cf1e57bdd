//! AWS Organizations: accounts with their place in the tree, policies, and what they are attached to. Each is said by another
//! command, so a policy limits an account only where all of them are there.
//!
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html>

use std::borrow::Cow;
use std::sync::Arc;

use super::iam;
use super::output::Reading;
use super::part::{Members, Part};
use super::sketch::{Arn, Said, Sketch};
use crate::diagnostic::Problem;
use crate::source::Span;
use crate::value::{Map, Value};

/// Members that say something of an organization and nothing of who has access.
const WITHOUT_ACCESS: [&str; 4] = ["Organization", "Roots", "OrganizationalUnits", "Parents"];

/// Reads the listing of an organization, when it is one.
pub(super) fn read(part: Part<'_>, members: &Members<'_>, reading: Reading<'_>, said: &mut Said) -> bool {
    let of = |part: Part<'_>| part.members().str("Arn").is_some_and(|arn| arn.contains(":organizations:"));
    let lists = |name: &str| members.list(name).first().is_some_and(|first| of(*first));
    let policy = members.get("Policy").map(Part::members).filter(|policy| policy.has("PolicySummary"));
    if lists("Accounts") {
        members.list("Accounts").into_iter().for_each(|part| account(part, said));
    } else if let Some(policy) = policy {
        described(part, &policy, said);
    } else if lists("Targets") || lists("Policies") {
        let is_targets = members.has("Targets");
        let listed = members.list(if is_targets { "Targets" } else { "Policies" });
        attached(part, &listed, is_targets, reading, said);
    } else if !WITHOUT_ACCESS.iter().any(|name| members.has(name)) {
        return false;
    }
    said.is_known = true;
    true
}

/// An account, and the units it lies in.
fn account(part: Part<'_>, said: &mut Said) {
    let members = part.members();
    let (Some(arn), Some(id)) = (members.word("Arn"), members.word("Id")) else { return };
    let Some(manager) = Arn::parse(&arn.text).map(|arn| Arc::<str>::from(arn.account)) else { return };
    let span = id.span;
    let paths = members.list("Paths").into_iter().find_map(Part::word);
    let path = paths.map(|word| word.text).unwrap_or_default();
    // `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/222222222222/`
    let above: Vec<&str> =
        path.trim_end_matches('/').split('/').filter(|part| !part.starts_with("o-")).collect();
    let mut parent: Option<&str> = None;
    for place in above.iter().filter(|place| place.starts_with("r-") || place.starts_with("ou-")) {
        if place.starts_with("ou-") {
            let told = [("id", Some(*place)), ("parent_id", parent)];
            said.sketches.push(sketch(&manager, "aws_organizations_organizational_unit", place, &told, span));
        }
        parent = Some(place);
    }
    let name = members.str("Name");
    let told = [("id", Some(&*id.text)), ("name", name.as_deref()), ("parent_id", parent)];
    said.sketches.push(sketch(&manager, "aws_organizations_account", &id.text, &told, span));
}

/// A policy with its content.
fn described(part: Part<'_>, policy: &Members<'_>, said: &mut Said) {
    let Some(summary) = policy.get("PolicySummary").map(Part::members) else { return };
    let (Some(arn), Some(id)) = (summary.word("Arn"), summary.word("Id")) else { return };
    let Some(manager) = Arn::parse(&arn.text).map(|arn| Arc::<str>::from(arn.account)) else { return };
    let content = policy.get("Content").and_then(|content| iam::document(content, said));
    let (kind, name) = (summary.str("Type"), summary.str("Name"));
    let told = [("id", Some(&*id.text)), ("type", kind.as_deref()), ("name", name.as_deref())];
    let mut policy = sketch(&manager, "aws_organizations_policy", &id.text, &told, part.span());
    if let Some(content) = content {
        policy.properties.insert("content", part.span(), content);
    }
    said.sketches.push(policy);
}

/// What a policy is attached to, or what is attached to a target. The output says one side, and the configuration the other.
fn attached(part: Part<'_>, listed: &[Part<'_>], is_targets: bool, reading: Reading<'_>, said: &mut Said) {
    let told = reading
        .input
        .resource
        .as_deref()
        .and_then(|arn| Some((Arn::parse(arn)?.account, arn.rsplit('/').next()?)));
    let Some((manager, other)) = told else {
        let which = if is_targets {
            "which policy is attached to these targets"
        } else {
            "what these policies are attached to"
        };
        let message = format!(
            "it is not known {which}: name its ARN with `[[snapshot]]` and `resource` in trustlint.toml"
        );
        said.problems.push(Problem::note(part.span().part(0, 0), message));
        return;
    };
    let manager: Arc<str> = manager.into();
    for one in listed {
        let members = one.members();
        let id: Option<Cow<'_, str>> = members.str("TargetId").or_else(|| members.str("Id"));
        let Some(id) = id else { continue };
        let (policy, target) = if is_targets { (other, &*id) } else { (&*id, other) };
        said.sketches.push(attachment(&manager, policy, target, one.span()));
    }
}

/// That a policy is attached to a root, unit or account.
pub(super) fn attachment(manager: &Arc<str>, policy: &str, target: &str, span: Span) -> Sketch {
    let told = [("policy_id", Some(policy)), ("target_id", Some(target))];
    sketch(manager, "aws_organizations_policy_attachment", &format!("{policy}/{target}"), &told, span)
}

/// A declaration of the management account.
pub(super) fn sketch(
    manager: &Arc<str>,
    type_name: &'static str,
    address: &str,
    told: &[(&str, Option<&str>)],
    span: Span,
) -> Sketch {
    let mut properties = Map::default();
    for (name, text) in told {
        if let Some(text) = text {
            properties.insert(name, span, Value::literal(*text, span));
        }
    }
    Sketch {
        account: Arc::clone(manager),
        type_name,
        address: address.to_owned(),
        span,
        body: span,
        properties,
        rank: (true, None),
    }
}
