//! What declarations are called: their ARNs, and the names, ids and URLs that mean them.

use super::protected;
use crate::accounts::Accounts;
use crate::accounts::normalise::{Key, is_identity, key};
use crate::carriers::{self, Fill};
use crate::facts::{self, Declaration};
use crate::iam::arn::Arn;
use crate::value::{Kind, PieceKind, Text, Value};

/// What a declaration of a resource is called, found out before it gets its place.
pub(super) struct ResourceNames {
    /// The ARN that policies name.
    pub(super) arn: Text,
    /// What it is found under by that.
    pub(super) arns: ArnKeys,
    /// What it is found under by whatever names it in its account.
    pub(super) handles: Vec<Key>,
    /// What it is found under by the argument that names it.
    pub(super) names: Vec<Key>,
    /// The service that it is of.
    pub(super) service: &'static str,
    /// Whether it can have a policy.
    pub(super) can_have_policy: bool,
}

impl ResourceNames {
    /// `None` when it is no resource that policies may speak of, or has no ARN.
    pub(super) fn of(declaration: &Declaration, accounts: &Accounts) -> Option<Self> {
        let protected = protected::protected_service(&declaration.type_name);
        let service = protected.or_else(|| protected::without_policy(&declaration.type_name))?;
        let arn = protected_arn(declaration, accounts)?;
        let account = accounts.of(&declaration.unit);
        let handle = |named: &Text| handle_key(service, &account, named);
        let references = reference_templates(declaration);
        let references = references.flat_map(|template| expand_each(template, declaration, accounts));
        let handles = std::iter::once(handle(&arn)).chain(references.map(|named| handle(&named))).collect();
        let template = carriers::name_template(&declaration.type_name);
        let names = template.into_iter().flat_map(|template| expand_each(template, declaration, accounts));
        let names = names.map(|name| handle_key(&declaration.type_name, &account, &name)).collect();
        let arns = ArnKeys::of(&arn);
        Some(Self { arn, arns, handles, names, service, can_have_policy: protected.is_some() })
    }
}

/// The ARN that policies name: of an API what is called, which is not the API's own ARN.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html>
fn protected_arn(declaration: &Declaration, accounts: &Accounts) -> Option<Text> {
    match carriers::attribute_template(&declaration.type_name, "execution_arn") {
        Some(template) => Some(expand(template, declaration, accounts)),
        None => arn_of(declaration, accounts),
    }
}

fn fill<'a>(declaration: &'a Declaration, property: &'a dyn Fn(&str) -> Option<Text>) -> Fill<'a> {
    Fill { unit: &declaration.unit, of: &declaration.origin, property, span: declaration.span }
}

/// The ARN of a declaration, with accounts put in.
pub fn arn_of(declaration: &Declaration, accounts: &Accounts) -> Option<Text> {
    if let Some(arn) = text_property(declaration, facts::ARN) {
        return Some(accounts.normalised(arn));
    }
    let property = |name: &str| text_property(declaration, name);
    let arn = carriers::resource_arn(&declaration.type_name, &fill(declaration, &property))?;
    Some(accounts.normalised(arn).compacted())
}

/// What references to a declaration return, beside its ARN: its name, id or URL, as far as its type is known to have one.
pub(super) fn references(declaration: &Declaration, accounts: &Accounts) -> impl Iterator<Item = Text> {
    reference_templates(declaration).map(move |template| expand(template, declaration, accounts))
}

fn reference_templates(declaration: &Declaration) -> impl Iterator<Item = &'static str> {
    let template = |attribute: &str| carriers::attribute_template(&declaration.type_name, attribute);
    ["id", "Ref", "name", "url"].into_iter().filter_map(template)
}

/// A template of what an attribute returns, filled for a declaration, and once more for each alternative of an argument in it:
/// a reference to the declaration may return any of them.
fn expand_each(template: &str, declaration: &Declaration, accounts: &Accounts) -> Vec<Text> {
    let mut all = vec![expand(template, declaration, accounts)];
    let chosen = declaration.properties.entries.iter().find_map(|entry| {
        let Kind::Choice(alternatives) = &entry.value.kind else { return None };
        let name = entry.key.as_literal()?;
        template.contains(&format!("${{{name}}}")).then_some((name, alternatives))
    });
    let Some((name, alternatives)) = chosen else { return all };
    for text in alternatives.iter().filter_map(Value::as_text).filter(|text| !text.is_empty()) {
        let property = |asked: &str| {
            if asked == name { Some(text.clone()) } else { text_property(declaration, asked) }
        };
        all.push(accounts.normalised(carriers::expand(template, &fill(declaration, &property))));
    }
    all
}

/// A template of what an attribute returns, filled for a declaration, with accounts put in.
pub(super) fn expand(template: &str, declaration: &Declaration, accounts: &Accounts) -> Text {
    let property = |name: &str| text_property(declaration, name);
    accounts.normalised(carriers::expand(template, &fill(declaration, &property)))
}

fn text_property(declaration: &Declaration, name: &str) -> Option<Text> {
    declaration.properties.get(name).and_then(Value::as_text).filter(|text| !text.is_empty())
}

/// Under which a resource is found by its ARN, each with the same without the region if it has one; a secret also under the pattern
/// that is written for it.
pub(super) struct ArnKeys(Vec<(Key, Option<Key>)>);

impl ArnKeys {
    pub(super) fn of(arn: &Text) -> Self {
        let pattern = pattern_of_secret(arn);
        let arns = std::iter::once(arn).chain(&pattern);
        Self(arns.map(|arn| (key(arn), without_region(arn).map(|(_, rest)| rest))).collect())
    }

    /// All of them.
    pub(super) fn all(self) -> impl Iterator<Item = (Key, Option<Key>)> {
        self.0.into_iter()
    }
}

/// Under which a resource is found by what names it: buckets in one space for all accounts, everything else in its account.
pub(super) fn handle_key(service: &str, account: &Text, handle: &Text) -> Key {
    let named = Key::from(service) + " ";
    if service == "s3" { named + handle } else { named + account + " " + handle }
}

/// The pattern that means a secret, whose ARN ends in six letters that AWS makes up:
/// `arn:aws:secretsmanager:…:secret:name-??????`. The ARN of another one is longer or shorter.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html>
fn pattern_of_secret(arn: &Text) -> Option<Text> {
    let [before @ .., last] = arn.pieces() else { return None };
    if !arn.has("secretsmanager") {
        return None;
    }
    let is_secret = Arn::parse(arn).is_some_and(|arn| arn.service.is_literally("secretsmanager"));
    if !is_secret || !matches!(last.kind, PieceKind::Symbol(_)) {
        return None;
    }
    let mut pattern = Text::default();
    pattern.push_pieces(before);
    pattern.push_str("??????", last.span);
    Some(pattern)
}

/// The region of an ARN and the key of everything else. `None` without a region, or when it cannot meet another one.
pub(super) fn without_region(arn: &Text) -> Option<(Text, Key)> {
    let mut parts = arn.splitn(6, ':');
    let region = parts.get_mut(3).map(std::mem::take).filter(|region| !region.is_empty())?;
    let rest = parts.iter().fold(Key::default(), |rest, part| rest + part + ":");
    is_identity(&rest).then_some((region, rest))
}
