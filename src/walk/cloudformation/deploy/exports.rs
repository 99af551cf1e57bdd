//! What stacks offer one another: exports, and outputs by the name of the stack.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::bounds;
use crate::iam::arn::is_account_id;
use crate::value::{Text, Value, Words};
use crate::walk::cloudformation::language::lookup::Wanted;
use crate::walk::cloudformation::language::place::Place;

/// What stacks export, by name, and their outputs by the name of the stack.
#[derive(Default)]
pub(super) struct Exports {
    by_name: FxHashMap<Words, Vec<Export>>,
    /// Outputs by their names.
    outputs: BTreeMap<String, Vec<Output>>,
}

/// An output of a stack.
struct Output {
    /// The name of the stack, when it is known.
    stack: Option<String>,
    export: Export,
}

/// What a stack exports, and where.
#[derive(Clone, Debug)]
pub(super) struct Export {
    value: Value,
    account: Option<String>,
    region: Option<String>,
}

impl Export {
    pub(super) fn new(value: Value, place: &Place) -> Self {
        let (account, region) = named(place);
        Self { value, account, region }
    }

    /// Whether it is not certainly elsewhere than in an account and region.
    fn may_be_in(&self, account: Option<&str>, region: Option<&str>) -> bool {
        let same = |a: Option<&str>, b: Option<&str>| a.is_none() || b.is_none() || a == b;
        let has_id = |account: Option<&str>| account.is_some_and(is_account_id);
        let own = self.account.as_deref();
        // An account may be called by its name in one place and by its ID in another.
        (has_id(own) != has_id(account) || same(own, account)) && same(self.region.as_deref(), region)
    }
}

impl Exports {
    /// The values of an export, without those of accounts and regions that the stack is certainly not in.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-importvalue.html>
    pub(super) fn of(&self, name: &Words, place: &Place) -> Vec<Value> {
        let (account, region) = named(place);
        let all = self.by_name.get(name).map_or(&[][..], Vec::as_slice).iter();
        all.filter(|export| export.may_be_in(account.as_deref(), region.as_deref()))
            .map(|export| export.value.clone())
            .collect()
    }

    /// The values of an output of the stack of that name. Most templates do not say how their stack is called: then it is
    /// the only one with such an output, as far as accounts and regions are known.
    pub(super) fn outputs_of(&self, wanted: &Wanted) -> Vec<Value> {
        let literal = |text: &Text| text.as_literal().map(Cow::into_owned);
        let Some(all) = literal(&wanted.output).and_then(|name| self.outputs.get(&name)) else {
            return Vec::new();
        };
        let (account, region) = (wanted.account.as_deref(), wanted.region.as_deref());
        let there: Vec<&Output> =
            all.iter().filter(|output| output.export.may_be_in(account, region)).collect();
        let stack = literal(&wanted.stack);
        let value = |output: &&Output| output.export.value.clone();
        let named = there.iter().filter(|output| stack.is_some() && output.stack == stack);
        let named: Vec<Value> = named.map(value).collect();
        if !named.is_empty() {
            return named;
        }
        let nameless = there.iter().filter(|output| stack.is_none() || output.stack.is_none());
        let nameless: Vec<Value> = nameless.map(value).collect();
        if nameless.len() == 1 { nameless } else { Vec::new() }
    }

    /// All exports by name.
    pub(super) fn into_named(self) -> Vec<(String, Value)> {
        let shown = self.by_name.into_iter().flat_map(|(name, all)| {
            let name = name.shown();
            all.into_iter().map(move |one| (name.clone(), one.value))
        });
        let mut named: Vec<_> = shown.collect();
        named.sort_by(|(one, _), (other, _)| one.cmp(other));
        named
    }

    pub(super) fn add(&mut self, offer: Offer) {
        match offer {
            Offer::Export(name, export) => {
                let known = self.by_name.entry(name).or_default();
                if known.len() < bounds::CHOICES {
                    known.push(export);
                }
            }
            Offer::Output(stack, name, export) => {
                let known = self.outputs.entry(name).or_default();
                if known.len() < bounds::STACKS {
                    known.push(Output { stack, export });
                }
            }
        }
    }
}

/// What a stack offers to others.
#[derive(Clone, Debug)]
pub(super) enum Offer {
    /// Under a name.
    Export(Words, Export),
    /// As an output of a stack, whose name may be known.
    Output(Option<String>, String, Export),
}

/// The account and the region of a place, as far as they are known.
fn named(place: &Place) -> (Option<String>, Option<String>) {
    let literal = |text: &Text| text.as_literal().map(Cow::into_owned);
    let account = place.target.account.as_ref().and_then(|hint| literal(&hint.account));
    (account, place.target.region.as_ref().and_then(literal))
}
