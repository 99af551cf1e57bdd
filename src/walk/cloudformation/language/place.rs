//! Where a template goes, as far as that is known, and the identities that belong to that place.

use std::borrow::Cow;
use std::sync::Arc;

use crate::facts::AccountHint;
use crate::iam::arn::{is_account_id, partition_of};
use crate::source::Span;
use crate::value::{
    Because, Class, Origin, OriginKind, Part, Piece, PieceKind, Symbol, Text, UnitKey, Word, Words,
};

/// What names of hosts end in; `None` for partitions of which no page says it.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>
fn dns_suffix(partition: &str) -> Option<&'static str> {
    match partition {
        "aws" | "aws-us-gov" => Some("amazonaws.com"),
        "aws-cn" => Some("amazonaws.com.cn"),
        _ => None,
    }
}

/// The place of a template: what it is part of, and where that goes.
#[derive(Clone, Debug)]
pub(in crate::walk::cloudformation) struct Place {
    /// The unit it belongs to. A nested stack belongs to that of its parent: it is deployed with it.
    pub(in crate::walk::cloudformation) unit: UnitKey,
    /// What its addresses begin with: `Child.` for a nested stack, else nothing.
    pub(in crate::walk::cloudformation) prefix: Arc<str>,
    /// Where it goes.
    pub(in crate::walk::cloudformation) target: Target,
}

/// What is known about where a template goes.
#[derive(Clone, Debug, Default)]
pub(in crate::walk::cloudformation) struct Target {
    /// The account.
    pub(in crate::walk::cloudformation) account: Option<AccountHint>,
    /// The region.
    pub(in crate::walk::cloudformation) region: Option<Text>,
    /// The name of the stack.
    pub(in crate::walk::cloudformation) stack_name: Option<Text>,
}

impl Place {
    /// The text with what is known about the unit put in: its account, region, partition, the name of the
    /// stack. For comparisons only; elsewhere the symbols stay, so that they meet those of ARNs.
    pub(super) fn located(&self, text: &Text) -> Text {
        text.substitute(|symbol| self.known(symbol))
    }

    fn known(&self, symbol: &Symbol) -> Option<Cow<'_, Text>> {
        if !symbol.origin.is_unit(&self.unit) {
            return None;
        }
        match symbol.class {
            Class::Account => {
                let account = &self.target.account.as_ref()?.account;
                account.as_literal().is_some_and(|id| is_account_id(&id)).then_some(Cow::Borrowed(account))
            }
            Class::Region => self.target.region.as_ref().map(Cow::Borrowed),
            Class::Partition => self.of_partition(Some).map(Cow::Owned),
            Class::DnsSuffix => self.of_partition(dns_suffix).map(Cow::Owned),
            _ => None,
        }
    }

    /// What belongs to the partition of the region.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
    fn of_partition(&self, what: impl Fn(&'static str) -> Option<&'static str>) -> Option<Text> {
        let region = self.target.region.as_ref()?;
        let (name, span) = (region.as_literal()?, region.span()?);
        Some(Text::literal(what(partition_of(&name)?)?, span))
    }

    /// The identity of something in this template.
    pub(super) fn named(&self, name: &str) -> Origin {
        Origin::named(&self.unit, format!("{}{name}", self.prefix))
    }

    /// A part of a text that is put together in this template.
    pub(super) fn of_text(&self, text: &Text, part: Part) -> Origin {
        let (unit, prefix, text) = (self.unit.clone(), Arc::clone(&self.prefix), name_of(text));
        Origin::new(OriginKind::OfText { unit, prefix, text, part })
    }

    /// A symbol of this template.
    pub(super) fn keyed(&self, name: &str, because: Because) -> Symbol {
        Symbol::new(Class::Keyed, self.named(name), because)
    }

    /// A pseudo value of the unit.
    pub(super) fn pseudo(&self, class: Class, span: Span) -> Text {
        Text::symbol(Symbol::new(class, &self.unit, Because::Run), span)
    }
}

/// A text as a name that is the same wherever the same is written. What belongs to one template keeps its unit.
pub(in crate::walk::cloudformation) fn name_of(text: &Text) -> Words {
    Words::of(text.pieces().iter().map(|Piece { kind, .. }| match kind {
        PieceKind::Literal(literal) => Word::Literal(Arc::clone(literal)),
        PieceKind::Symbol(symbol) => {
            let own = matches!(symbol.class, Class::Opaque | Class::Computed)
                || symbol.because == Because::Run && symbol.class == Class::Keyed;
            if own { symbol.word() } else { Word::Symbol(symbol.class, symbol.origin.anywhere()) }
        }
        PieceKind::Json(_) => Word::Unknown,
    }))
}
