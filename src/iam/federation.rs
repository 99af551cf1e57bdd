//! Trust in identity providers: which claims a statement asks for, and which tenant a subject names.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html>

mod form;
mod tenants;

use std::sync::Arc;

pub use form::{Form, impossible_subject};
pub use tenants::{may_name_owner, owners};

use super::condition::{Constraint, Context, Quantity, Test, constraints, folded};
use super::glob::{self, Case};
use super::policy::{Condition, Item, Statement};
use crate::source::Span;
use crate::value::{Answer, OriginKind, PieceKind, Symbol, Text};

/// What a statement asks of a claim.
#[derive(Clone, Debug)]
pub enum Claim {
    /// Nothing.
    Missing,
    /// One of these values.
    Present {
        /// The values accepted.
        values: Arc<[Item<Text>]>,
        /// There may be further values.
        #[expect(dead_code, reason = "for the rule `literal-wildcard`")]
        open: bool,
        /// Whether `*` and `?` in the values are wildcards.
        wildcards: bool,
        /// Whether it also holds without the claim, which is in every token nevertheless.
        loose: bool,
        /// The operator, as written.
        operator: String,
        /// Where the operator is written.
        span: Span,
        /// Where the key is written.
        #[expect(dead_code, reason = "for the rule `literal-wildcard`")]
        key_span: Span,
    },
    /// There is a condition, but it limits nothing.
    Ineffective {
        /// The operator.
        span: Span,
        /// Why, as a clause that stands alone.
        reason: String,
    },
    /// That depends on what is not known.
    Unknown,
}

/// What `statement` asks of the claim `name` (`sub`, `aud`, …) of tokens of `issuer`, the URL without scheme.
///
/// With several conditions on the claim, the first that limits is given; all of them hold.
pub fn claim(statement: &Statement, issuer: &Text, name: &str, context: &Context) -> Claim {
    claim_among(&constraints(&statement.conditions, context), statement, issuer, name)
}

/// The same, for who asks for several: `all` is what the statement asks for.
pub fn claim_among(all: &[Constraint], statement: &Statement, issuer: &Text, name: &str) -> Claim {
    let mut wanted = folded(issuer);
    wanted.push_str(format!(":{}", name.to_ascii_lowercase()), statement.span);
    let mut ineffective = None;
    let mut unknown = statement.conditions_open;
    for constraint in all.iter().filter(|one| !one.is_null()) {
        match glob::equals(&constraint.key, &wanted, Case::Folded) {
            Answer::No => continue,
            Answer::Unknown => {
                // A key that ends in another claim is not this one, whoever the issuer is.
                unknown |= may_be_claim(&constraint.key, name);
                continue;
            }
            Answer::Yes => {}
        }
        match judge(constraint, all, name) {
            Ok(Answer::Yes) => return present(constraint, all),
            Ok(_) => unknown = true,
            Err(reason) => {
                ineffective.get_or_insert(Claim::Ineffective { span: constraint.operator.span, reason });
            }
        }
    }
    if unknown { Claim::Unknown } else { ineffective.unwrap_or(Claim::Missing) }
}

/// A condition on a claim: one of these values.
#[derive(Clone, Debug)]
pub struct Limit {
    /// The values accepted.
    pub values: Arc<[Item<Text>]>,
    /// Whether `*` and `?` in the values are wildcards.
    pub wildcards: bool,
}

/// All conditions that limit the claim `name`: all of them hold. `None` when there may be one that is not known.
pub fn limits(statement: &Statement, issuer: &Text, name: &str, context: &Context) -> Option<Vec<Limit>> {
    let mut wanted = folded(issuer);
    wanted.push_str(format!(":{}", name.to_ascii_lowercase()), statement.span);
    let all = constraints(&statement.conditions, context);
    let mut limits = Vec::new();
    for constraint in all.iter().filter(|one| !one.is_null()) {
        match glob::equals(&constraint.key, &wanted, Case::Folded) {
            Answer::Unknown if may_be_claim(&constraint.key, name) => return None,
            Answer::No | Answer::Unknown => {}
            Answer::Yes => match judge(constraint, &all, name) {
                Ok(Answer::Yes) if !constraint.open => {
                    let wildcards = matches!(constraint.test(), Some(Test::Like | Test::Arn));
                    limits.push(Limit { values: Arc::clone(&constraint.values), wildcards });
                }
                Ok(_) => return None,
                Err(_) => {}
            },
        }
    }
    Some(limits).filter(|_| !statement.conditions_open)
}

fn present(constraint: &Constraint, all: &[Constraint]) -> Claim {
    Claim::Present {
        loose: constraint.absent.and(!constraint.needed_beside(all)).is_yes(),
        values: Arc::clone(&constraint.values),
        open: constraint.open,
        wildcards: matches!(constraint.test(), Some(Test::Like | Test::Arn)),
        operator: constraint.operator.value.clone(),
        span: constraint.operator.span,
        key_span: constraint.key_span,
    }
}

/// The claims that every token has, whatever is asked of it; the audience of a SAML assertion is the address it is sent to.
///
/// <https://openid.net/specs/openid-connect-core-1_0.html#IDToken>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-saml>
const ALWAYS_THERE: [&str; 2] = ["aud", "sub"];

/// Whether the constraint limits its claim, the one called `name`; why not.
fn judge(constraint: &Constraint, all: &[Constraint], name: &str) -> Result<Answer, String> {
    let written = &constraint.operator.value;
    if constraint.parsed.is_none() {
        return Ok(Answer::Unknown);
    }
    if constraint.negated {
        return Err(format!("`{written}` matches every token except those with the listed values"));
    }
    if ALWAYS_THERE.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return Ok(constraint.present);
    }
    let needed = constraint.needed_beside(all);
    match constraint.absent.and(!needed) {
        Answer::Yes if constraint.quantity == Quantity::All => {
            Err("`ForAllValues` also matches tokens without this claim".to_owned())
        }
        Answer::Yes => Err(format!("`{written}` also matches tokens without this claim")),
        answer => Ok(constraint.present.and(!answer)),
    }
}

fn may_be_claim(key: &Text, name: &str) -> bool {
    match key.pieces().last().map(|piece| &piece.kind) {
        Some(PieceKind::Literal(tail)) => match tail.rsplit_once(':') {
            Some((_, claim)) => claim.eq_ignore_ascii_case(name),
            None => name.to_ascii_lowercase().ends_with(&tail.to_ascii_lowercase()),
        },
        _ => true,
    }
}

/// The conditions of a statement on claims of a token: issuer, claim, condition. Keys of AWS services and of
/// SAML are left out.
pub fn claims(statement: &Statement) -> Vec<(Text, String, &Condition)> {
    let mut found = Vec::new();
    for condition in &statement.conditions {
        let key = &condition.key.value;
        let Some((last, front)) = key.pieces().split_last() else { continue };
        let PieceKind::Literal(tail) = &last.kind else { continue };
        let Some((before, claim)) = tail.rsplit_once(':') else { continue };
        let mut issuer = Text::default();
        issuer.push_pieces(front);
        issuer.push_str(before, key.span().unwrap_or(condition.key.span));
        // Issuers are hosts, and have no port; prefixes of services have no dot.
        if issuer.as_literal().is_none_or(|issuer| issuer.contains('.') && !issuer.contains(':')) {
            found.push((issuer, claim.to_owned(), condition));
        }
    }
    found
}

/// A condition of a statement on a claim of another issuer than `own`, which certainly fails for tokens of that one: they do not
/// bring the key. The issuer, the claim and the condition.
///
/// Keys begin with the URL of the provider, path included:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif>
pub fn foreign_claim<'s>(
    statement: &'s Statement,
    own: &Text,
    context: &Context,
) -> Option<(String, String, &'s Condition)> {
    if statement.conditions.is_empty() {
        return None;
    }
    let own = plain(own)?;
    claims(statement).into_iter().find_map(|(issuer, claim, condition)| {
        let named = plain(&issuer)?;
        (own != named && fails_without(condition, context)).then_some((named, claim, condition))
    })
}

/// A condition of a statement on a key that begins with a scheme, which certainly fails: no key does. The `url` of a declared provider
/// is read back without one, but the issuer of an EKS cluster has it.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html>
/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_OIDC.html>
pub fn claim_with_scheme<'s>(statement: &'s Statement, context: &Context) -> Option<&'s Condition> {
    let has_scheme = |condition: &&Condition| {
        condition.key.value.pieces().first().is_some_and(|piece| match &piece.kind {
            PieceKind::Literal(text) => piece.of.is_none() && text.starts_with("https://"),
            PieceKind::Symbol(symbol) => is_issuer_of_cluster(symbol),
            PieceKind::Json(_) => false,
        })
    };
    statement.conditions.iter().filter(has_scheme).find(|condition| fails_without(condition, context))
}

/// Whether a symbol is the address of the issuer of an EKS cluster, as AWS has it: with its scheme.
fn is_issuer_of_cluster(symbol: &Symbol) -> bool {
    let is_address = matches!(symbol.origin.attribute_name(), Some("issuer" | "OpenIdConnectIssuerUrl"));
    let OriginKind::Attribute { of, .. } = symbol.origin.whole().kind() else { return false };
    let type_name = match of.kind() {
        OriginKind::Declared { type_name, .. } => type_name,
        OriginKind::Found { kind, .. } => kind,
        _ => return false,
    };
    let is_cluster = ["aws_eks_cluster", "data.aws_eks_cluster", "AWS::EKS::Cluster"].contains(&&**type_name);
    is_address && is_cluster
}

/// Whether a condition certainly fails for requests without its key.
fn fails_without(condition: &Condition, context: &Context) -> bool {
    let constraint = Constraint::of(condition, context);
    constraint.parsed.is_some() && constraint.present.is_yes() && constraint.absent.is_no()
}

/// An issuer without what is written in different ways: case, scheme, a slash at the end.
fn plain(issuer: &Text) -> Option<String> {
    let folded = folded(issuer);
    let issuer = folded.as_literal()?;
    Some(issuer.trim_end_matches('/').to_owned())
}

/// How subjects of an issuer name the tenant: what comes before it, and what ends it.
#[derive(Clone, Copy, Debug)]
pub struct Grammar<'a> {
    /// What may come before the tenant: `repo:`.
    pub before: &'a [&'a str],
    /// What ends it: `/`.
    pub end: &'a [char],
}

/// GitHub Actions: `repo:ORG/REPO:…`, with or without ids (`repo:ORG@ID/REPO@ID:…`), and the claims a customised
/// subject begins with.
///
/// <https://docs.github.com/en/actions/reference/security/oidc>
pub const GITHUB: Grammar<'static> = Grammar {
    before: &[
        "repo:",
        "repository:",
        "repository_owner:",
        "repository_owner_id:",
        "repository_id:",
        "job_workflow_ref:",
    ],
    end: &['/', ':', '@'],
};

/// GitLab: `project_path:GROUP/PROJECT:ref_type:…`.
///
/// <https://docs.gitlab.com/ci/cloud_services/>
pub const GITLAB: Grammar<'static> = Grammar { before: &["project_path:", "group_path:"], end: &['/', ':'] };

/// Which tenant a subject pattern names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tenant<'a> {
    /// This one only.
    Pinned {
        /// The tenant.
        tenant: &'a str,
        /// The pattern for what follows it.
        rest: &'a str,
    },
    /// Another tenant matches as well.
    Open,
    /// It matches no subject that begins as the grammar says.
    Foreign,
}

/// Which tenant a subject pattern names. In an exact subject, wildcards are letters: pass only patterns.
pub fn tenant<'a>(pattern: &'a str, grammar: Grammar<'_>) -> Tenant<'a> {
    let fixed = pattern.find(['*', '?']).and_then(|at| pattern.get(..at)).unwrap_or(pattern);
    let wild = fixed.len() < pattern.len();
    for before in grammar.before {
        if let Some(rest) = pattern.strip_prefix(before) {
            let fixed = fixed.get(before.len()..).unwrap_or_default();
            return match fixed.find(grammar.end) {
                Some(at) => Tenant::Pinned {
                    tenant: rest.get(..at).unwrap_or_default(),
                    rest: rest.get(at..).unwrap_or_default(),
                },
                None if wild => Tenant::Open,
                None => Tenant::Pinned { tenant: rest, rest: "" },
            };
        }
    }
    // The wildcard comes before the tenant: another tenant's subjects match if any do.
    if wild && grammar.before.iter().any(|before| before.starts_with(fixed)) {
        Tenant::Open
    } else {
        Tenant::Foreign
    }
}

/// Whether a subject lets in one tenant only. `wildcards` as in [`Claim::Present`].
///
/// A subject of a form the grammar does not have answers `Unknown`, and so does one whose tenant is not known.
pub fn subject_pins(subject: &Text, wildcards: bool, grammar: Grammar<'_>) -> Answer {
    let Some(literal) = subject.as_literal() else {
        return unknown_subject_pins(subject, wildcards, grammar);
    };
    if !wildcards {
        return Answer::Yes;
    }
    match tenant(&literal, grammar) {
        Tenant::Open => Answer::No,
        Tenant::Foreign if literal.contains(['*', '?']) => Answer::Unknown,
        Tenant::Pinned { .. } | Tenant::Foreign => Answer::Yes,
    }
}

/// The literal beginning may decide: a wildcard, or a whole tenant, before the first unknown.
fn unknown_subject_pins(subject: &Text, wildcards: bool, grammar: Grammar<'_>) -> Answer {
    if !wildcards {
        return Answer::Yes;
    }
    let Some(PieceKind::Literal(head)) = subject.pieces().first().map(|piece| &piece.kind) else {
        return Answer::Unknown;
    };
    match tenant(head, grammar) {
        Tenant::Pinned { rest, .. } if !rest.is_empty() => Answer::Yes,
        // What follows the wildcard may still match nothing.
        Tenant::Open if head.contains(['*', '?']) => Answer::No,
        _ => Answer::Unknown,
    }
}

#[cfg(test)]
mod tests;
