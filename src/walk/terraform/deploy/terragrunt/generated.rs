//! Files that a unit generates: what their provider blocks say.
//!
//! <https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/#generate>

use std::collections::BTreeMap;

use super::configuration::Configuration;
use crate::facts::AccountHint;
use crate::iam::arn::is_account_id;
use crate::parse::hcl::{self, Block, Body, Expression, ExpressionKind, Step, TemplatePart};
use crate::source::Span;
use crate::value::{Kind, Map, PieceKind, Symbol, Text, Value};
use crate::walk::terraform::deploy::credentials::{CREDENTIALS, of_profile};
use crate::walk::terraform::language::evaluator::Bound;
use crate::walk::terraform::module::blocks::{argument, literal};

/// What stands for an unknown part while the text is parsed: a name, wherever it stands.
const STAND_IN: &str = "trustlint_unknown_";

/// What a generated file says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Generated {
    pub(super) providers: Vec<Provider>,
    /// Whether it is not known at all, or not understood.
    pub(super) unknown: bool,
}

/// A provider configuration in a generated file.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    pub(crate) alias: Option<String>,
    pub(crate) hints: Vec<AccountHint>,
    /// Whether it brings credentials.
    pub(crate) logs_in: bool,
    pub(crate) region: Option<Text>,
}

/// A file that a `generate` block makes. What it says is known once all inputs are, because it may refer to variables.
#[derive(Clone, Debug)]
pub(super) struct Contents {
    /// The text; nothing when it is not given.
    text: Option<Value>,
    disabled: bool,
    span: Span,
}

/// Adds what a `generate` block makes, in place of one with the same name.
pub(super) fn add(
    read: &Configuration<'_>,
    bound: &Bound,
    block: &Block,
    all: &mut BTreeMap<String, Contents>,
) {
    let Some(label) = block.labels.first() else { return };
    let value = |name| argument(&block.body, name).map(|it| read.value(bound, &it.value));
    let disabled = value("disable").is_some_and(|it| matches!(it.kind, Kind::Bool(true)));
    all.insert(label.value.to_string(), Contents { text: value("contents"), disabled, span: block.header });
}

impl Contents {
    /// What the file says in a module that is given `inputs`.
    pub(super) fn read(&self, inputs: &Map) -> Generated {
        let unknown = || Generated { unknown: true, ..Generated::default() };
        if self.disabled {
            return Generated::default();
        }
        let Some(text) = self.text.as_ref().and_then(Value::as_text) else { return unknown() };
        let mut symbols: Vec<Symbol> = Vec::new();
        let mut written = String::new();
        for piece in text.into_pieces() {
            match piece.kind {
                PieceKind::Literal(literal) => written.push_str(&literal),
                PieceKind::Symbol(symbol) => {
                    written.push_str(STAND_IN);
                    written.push_str(&symbols.len().to_string());
                    written.push('_');
                    symbols.push(symbol);
                }
                PieceKind::Json(_) => return unknown(),
            }
        }
        let (body, problems) = hcl::parse(self.span.source, &written);
        let aws = |block: &&Block| {
            let label = block.labels.first();
            &*block.kind.value == "provider" && label.is_some_and(|label| &*label.value == "aws")
        };
        let file = File { symbols: &symbols, inputs, span: self.span };
        let providers = body.blocks.iter().filter(aws).map(|block| file.provider(&block.body)).collect();
        Generated { providers, unknown: !problems.is_empty() }
    }
}

/// A generated file while it is read.
struct File<'s> {
    symbols: &'s [Symbol],
    /// What the unit gives to variables.
    inputs: &'s Map,
    span: Span,
}

impl File<'_> {
    fn provider(&self, body: &Body) -> Provider {
        let mut hints = Vec::new();
        if let Some(ids) = argument(body, "allowed_account_ids")
            && let ExpressionKind::List(items) = &ids.value.kind
            && let [only] = items.as_slice()
        {
            hints.extend(self.said(only).and_then(|id| hint(id, self.span, "allowed_account_ids")));
        }
        for role in body.blocks.iter().filter(|inner| &*inner.kind.value == "assume_role") {
            let arn = argument(&role.body, "role_arn").and_then(|arn| self.said(&arn.value));
            hints.extend(
                arn.and_then(|arn| of_role(&Value::text(arn, self.span), "assume_role of the provider")),
            );
        }
        let profile = argument(body, "profile").and_then(|profile| self.said(&profile.value));
        let profile = profile.as_ref().and_then(Text::as_literal);
        let made = |block: &Block| match (&*block.kind.value, block.labels.first()) {
            ("dynamic", Some(label)) => label.value.to_string(),
            (kind, _) => kind.to_owned(),
        };
        let logs_in = CREDENTIALS.iter().any(|name| {
            argument(body, name).is_some_and(|it| !matches!(it.value.kind, ExpressionKind::Null))
                || body.blocks.iter().any(|block| made(block) == *name)
        });
        let is_alone = CREDENTIALS.iter().filter(|name| **name != "profile").all(|name| {
            argument(body, name).is_none() && body.blocks.iter().all(|block| made(block) != *name)
        });
        if let Some(name) = profile.filter(|_| is_alone) {
            hints.extend(of_profile(&name, self.span, "profile of the provider"));
        }
        let alias = argument(body, "alias").and_then(|alias| literal(&alias.value));
        let region = argument(body, "region").and_then(|region| self.said(&region.value));
        Provider { alias, hints, logs_in, region }
    }

    /// What an expression says that refers to nothing but what was filled in, and to what the unit gives to variables.
    fn said(&self, expression: &Expression) -> Option<Text> {
        let mut text = Text::default();
        match &expression.kind {
            ExpressionKind::Variable(name) if name.starts_with(STAND_IN) => self.add(name, &mut text)?,
            ExpressionKind::Template(template) => {
                for part in &template.parts {
                    match part {
                        TemplatePart::Literal(written, _) => self.add(written, &mut text)?,
                        TemplatePart::Interpolation(inner) => text.append(&self.said(inner)?),
                        TemplatePart::If(_) | TemplatePart::For(_) => return None,
                    }
                }
            }
            ExpressionKind::Traversal(base, steps) => {
                let ExpressionKind::Variable(root) = &base.kind else { return None };
                let [Step::Attribute(name)] = steps.as_slice() else { return None };
                let given = self.inputs.get(&name.value).filter(|_| &**root == "var")?.as_text()?;
                given.into_pieces().into_iter().for_each(|piece| text.push(piece.kind, self.span));
            }
            _ => return None,
        }
        Some(text)
    }

    /// Adds what is written, with what was filled in.
    fn add(&self, written: &str, text: &mut Text) -> Option<()> {
        let mut rest = written;
        while let Some((before, after)) = rest.split_once(STAND_IN) {
            let (number, after) = after.split_once('_')?;
            text.push_str(before, self.span);
            text.push(PieceKind::Symbol(self.symbols.get(number.parse::<usize>().ok()?)?.clone()), self.span);
            rest = after;
        }
        text.push_str(rest, self.span);
        Some(())
    }
}

/// The account of a role by its ARN.
pub(super) fn of_role(arn: &Value, evidence: &str) -> Option<AccountHint> {
    let account = arn.as_text()?.splitn(6, ':').into_iter().nth(4)?;
    hint(account, arn.span, evidence)
}

/// An account that is known, or something else that stands for one account.
fn hint(account: Text, span: Span, evidence: &str) -> Option<AccountHint> {
    let known = account.as_literal().is_some_and(|id| is_account_id(&id)) || account.as_symbol().is_some();
    known.then(|| AccountHint { account, span, evidence: evidence.to_owned() })
}
