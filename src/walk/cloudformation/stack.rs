//! A template as it is deployed: on its own, as a nested stack, by a stack set.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::facts::AccountHint;
use crate::iam::arn::is_account_id;
use crate::parse::Node;
use crate::source::{SourceId, Span};
use crate::value::{
    Because, Class, Origin, OriginKind, Part, Piece, PieceKind, Symbol, Text, UnitKey, Value, Word, Words,
};

/// A template as it is deployed.
#[derive(Clone, Debug)]
pub(super) struct Stack {
    /// The unit it belongs to. A nested stack belongs to that of its parent: it is deployed with it.
    pub(super) unit: UnitKey,
    /// What its addresses begin with: `Child.` for a nested stack, else nothing.
    pub(super) prefix: Arc<str>,
    /// The file it is written in.
    pub(super) source: SourceId,
    /// The document.
    pub(super) root: Arc<Node>,
    /// Its parameters.
    pub(super) given: Given,
    /// Where it goes.
    pub(super) target: Target,
    /// The files of the stacks it is nested in.
    pub(super) ancestors: Vec<SourceId>,
}

/// What is known about where a template goes.
#[derive(Clone, Debug, Default)]
pub(super) struct Target {
    /// The account.
    pub(super) account: Option<AccountHint>,
    /// The region.
    pub(super) region: Option<Text>,
    /// The name of the stack.
    pub(super) stack_name: Option<Text>,
}

/// The parameters that a deployment sets.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// By name.
    pub(super) values: BTreeMap<String, Argument>,
    /// Whether these are all: then nobody sets what is not given, and its default holds.
    pub(super) complete: bool,
}

/// The value of a parameter.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    pub(super) value: Value,
    /// Whether it hangs on what somebody else sets in turn.
    pub(super) settable: bool,
}

impl Given {
    /// Whether the value of a parameter can still be set by somebody.
    pub(super) fn is_settable(&self, name: &str) -> bool {
        self.values.get(name).map_or(!self.complete, |argument| argument.settable)
    }

    /// Adds a value that is fixed.
    pub(super) fn insert(&mut self, name: &str, value: Value) {
        self.values.insert(name.to_owned(), Argument { value, settable: false });
    }
}

impl Stack {
    /// A template that is deployed on its own.
    pub(super) fn new(unit: UnitKey, source: SourceId, root: Arc<Node>) -> Self {
        let (given, target) = (Given::default(), Target::default());
        Self { unit, prefix: "".into(), source, root, given, target, ancestors: Vec::new() }
    }

    /// The text with what is known about the unit put in: its account, region, partition, the name of the
    /// stack. For comparisons only; elsewhere the symbols stay, so that they meet those of ARNs.
    pub(super) fn located(&self, text: &Text) -> Text {
        text.substitute(|symbol| self.known(symbol))
    }

    fn known(&self, symbol: &Symbol) -> Option<Text> {
        if !symbol.origin.is_unit(&self.unit) {
            return None;
        }
        match symbol.class {
            Class::Account => {
                let account = &self.target.account.as_ref()?.account;
                account.as_literal().is_some_and(|id| is_account_id(&id)).then(|| account.clone())
            }
            Class::Region => self.target.region.clone(),
            Class::Partition => self.by_partition(["aws", "aws-cn", "aws-us-gov"]),
            Class::DnsSuffix => self.by_partition(["amazonaws.com", "amazonaws.com.cn", "amazonaws.com"]),
            _ => None,
        }
    }

    /// What belongs to the partition of the region: the first unless the region is one of China or of the
    /// US government. Regions of further partitions are not decided.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
    fn by_partition(&self, [aws, china, government]: [&str; 3]) -> Option<Text> {
        let region = self.target.region.as_ref()?;
        let (name, span) = (region.as_literal()?, region.span()?);
        let (area, _) = name.split_once('-')?;
        let text = match area {
            "cn" => china,
            "us" if name.starts_with("us-gov-") => government,
            "us" | "eu" | "ap" | "ca" | "sa" | "af" | "me" | "il" | "mx" if !name.contains("-iso") => aws,
            _ => return None,
        };
        Some(Text::literal(text, span))
    }

    /// The identity of something in this stack.
    pub(super) fn named(&self, name: &str) -> Origin {
        Origin::named(&self.unit, format!("{}{name}", self.prefix))
    }

    /// A part of a text that is put together in this stack.
    pub(super) fn of_text(&self, text: &Text, part: Part) -> Origin {
        let (unit, prefix, text) = (self.unit.clone(), Arc::clone(&self.prefix), name_of(text));
        Origin::new(OriginKind::OfText { unit, prefix, text, part })
    }

    /// A symbol of this stack.
    pub(super) fn keyed(&self, name: &str, because: Because) -> Symbol {
        Symbol::new(Class::Keyed, self.named(name), because)
    }

    /// A pseudo value of the unit.
    pub(super) fn pseudo(&self, class: Class, span: Span) -> Text {
        Text::symbol(Symbol::new(class, &self.unit, Because::Run), span)
    }
}

/// A text as a name that is the same wherever the same is written. What belongs to one stack keeps its unit.
pub(super) fn name_of(text: &Text) -> Words {
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
