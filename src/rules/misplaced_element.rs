//! Elements that a policy of this type cannot have, or must have.

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use super::common::of_policy;
use super::{Context, Rule};
use crate::ask::{Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Graph, Purpose};
use crate::iam::policy::{Clause, Polarity};
use crate::source::Span;

pub(super) static RULE: Rule = Rule {
    name: "misplaced-element",
    summary: "a policy has an element that its type does not allow, or lacks its principal",
    effect: Effect::Rejected,
    severity: Severity::Error,
    family: "validity",
    since: "0.1.0",
    page: include_str!("../../rules/misplaced-element.md"),
    check,
};

/// What is wrong with a statement: where, what it is, and what to do.
struct Misplaced {
    place: Span,
    then: &'static str,
    what: String,
    label: &'static str,
    help: &'static str,
    /// What a document that is only for this policy has.
    alone: &'static str,
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let fitting = OnceCell::new();
    for setting in statements(context.graph) {
        let Some(misplaced) = misplaced(&setting) else { continue };
        let message = format!("{} of {}: {}", misplaced.then, setting.subject(), misplaced.what);
        let spot = setting.spot(misplaced.place);
        let fitting = fitting.get_or_init(|| fitting_somewhere(context.graph));
        let help = match fitting.get(&setting.statement.span) {
            Some(other) => format!(
                "give this policy a document of its own, {}: this one is also the policy of `{other}`",
                misplaced.alone
            ),
            None => misplaced.help.to_owned(),
        };
        let finding = RULE.on(&spot, message, misplaced.label).help(help).about([misplaced.what]);
        found.push(of_policy(finding, &spot));
    }
}

/// Where statements fit that are written once for several policies: by where they are written, the address of the policy.
fn fitting_somewhere(graph: &Graph) -> FxHashMap<Span, &str> {
    let mut fitting = FxHashMap::default();
    for setting in statements(graph) {
        let is_attached = !matches!(setting.document.purpose, Purpose::File | Purpose::Limit);
        if is_attached && misplaced(&setting).is_none() {
            fitting
                .entry(setting.statement.span)
                .or_insert_with(|| graph.address(setting.document.declaration));
        }
    }
    fitting
}

const REJECTED: &str = "AWS rejects the policy";
const IGNORED: &str = "AWS rejects or ignores this statement in the policy";

/// Services of which it is known that they check each statement for a principal. Others may store it, and it means nobody.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html>
const REJECTING: [&str; 3] = ["kms", "s3", "sts"];

/// What is wrong with a statement, by what its document hangs on. Of a file nobody knows that, unless what it has fits nothing.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html>
fn misplaced(setting: &Setting<'_>) -> Option<Misplaced> {
    let statement = setting.statement;
    let (principals, resources) = (statement.principals.as_ref(), statement.resources.as_ref());
    match setting.document.purpose {
        Purpose::Trust(_) => match resources {
            Some(clause) => Some(resource_in_trust(clause.key_span, name(clause, "Resource", "NotResource"))),
            None => without_principal(setting, "a trust policy"),
        },
        Purpose::Identity => principals
            .map(|clause| principal_in_identity(clause.key_span, name(clause, "Principal", "NotPrincipal"))),
        // The template of a permission of a resource share says neither who nor what.
        // https://docs.aws.amazon.com/ram/latest/userguide/create-customer-managed-permissions.html
        Purpose::Resource(_) if &*setting.document.service != "ram" => {
            let own = resources.filter(|_| is_of_repository(setting));
            own.map(|clause| resource_in_repository(clause.key_span, name(clause, "Resource", "NotResource")))
                .or_else(|| without_principal(setting, "the policy of a resource"))
        }
        Purpose::File if setting.is_trust() => {
            let clause = resources?;
            Some(resource_in_trust(clause.key_span, name(clause, "Resource", "NotResource")))
        }
        Purpose::Resource(_) | Purpose::Limit | Purpose::File => None,
    }
}

/// Whether a policy is that of one ECR repository, and not of a registry.
fn is_of_repository(setting: &Setting<'_>) -> bool {
    let declaration = &setting.graph.declarations[setting.document.declaration];
    ["aws_ecr_repository_policy", "AWS::ECR::Repository"].contains(&&*declaration.type_name)
}

/// ECR answers "Invalid repository policy provided" to each policy with a resource, the star too.
///
/// <https://github.com/awsdocs/amazon-ecr-user-guide/pull/20>
/// <https://github.com/aws/aws-cdk/issues/24314>
fn resource_in_repository(place: Span, name: &str) -> Misplaced {
    Misplaced {
        place,
        then: REJECTED,
        what: format!(
            "the policy of an ECR repository has no `{name}`, because it applies to the repository"
        ),
        label: "not allowed in the policy of a repository",
        help: "remove it",
        alone: "without `Resource`",
    }
}

fn name<T>(clause: &Clause<T>, plain: &'static str, negated: &'static str) -> &'static str {
    if clause.polarity == Polarity::In { plain } else { negated }
}

fn resource_in_trust(place: Span, name: &str) -> Misplaced {
    Misplaced {
        place,
        then: REJECTED,
        what: format!("a trust policy has no `{name}`, because the role is the resource"),
        label: "not allowed in a trust policy",
        help: "remove it; roles that this role is to assume belong in its permissions",
        alone: "without `Resource`",
    }
}

fn principal_in_identity(place: Span, name: &str) -> Misplaced {
    Misplaced {
        place,
        then: REJECTED,
        what: format!(
            "a policy of a role, user or group has no `{name}`, because it applies to whoever it is attached to"
        ),
        label: "not allowed in an identity policy",
        help: "remove it; who can assume a role belongs in the trust policy, and who can use a resource in the policy of the resource",
        alone: "without `Principal`",
    }
}

/// A statement that says whom nowhere, which a policy that is not attached to anybody must.
fn without_principal(setting: &Setting<'_>, what: &str) -> Option<Misplaced> {
    let statement = setting.statement;
    let is_known = !statement.conditions_open && !setting.document.policy.open;
    (statement.principals.is_none() && is_known).then(|| Misplaced {
        place: statement.actions.key_span,
        then: if REJECTING.contains(&&*setting.document.service) { REJECTED } else { IGNORED },
        what: format!("{what} must have a `Principal` in each statement"),
        label: "no principal",
        help: "add the `Principal` that is allowed or denied",
        alone: "with a `Principal`",
    })
}
