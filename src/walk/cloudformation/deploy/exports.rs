//! What stacks offer one another: exports, and outputs by the name of the stack.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::bounds;
use crate::value::{Text, Value, Words};
use crate::walk::cloudformation::language::place::Place;

/// What stacks export, by name, and their outputs by the name of the stack.
#[derive(Default)]
pub(super) struct Exports {
    by_name: FxHashMap<Words, Vec<Export>>,
    by_stack: BTreeMap<(String, String), Vec<Value>>,
}

/// What a stack exports, and where.
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
}

impl Exports {
    /// The values of an export, without those of accounts and regions that the stack is certainly not in.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-importvalue.html>
    pub(super) fn of(&self, name: &Words, place: &Place) -> Vec<Value> {
        let (account, region) = named(place);
        let same = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
        let all = self.by_name.get(name).map_or(&[][..], Vec::as_slice).iter();
        let here = all.filter(|export| same(&export.account, &account) && same(&export.region, &region));
        here.map(|export| export.value.clone()).collect()
    }

    /// The values of an output of the stack of that name.
    pub(super) fn outputs_of(&self, stack: &Text, output: &Text) -> Vec<Value> {
        let (Some(stack), Some(output)) = (stack.as_literal(), output.as_literal()) else {
            return Vec::new();
        };
        self.by_stack.get(&(stack.into_owned(), output.into_owned())).cloned().unwrap_or_default()
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
            Offer::Output(stack, output, value) => {
                let known = self.by_stack.entry((stack, output)).or_default();
                if known.len() < bounds::CHOICES {
                    known.push(value);
                }
            }
        }
    }
}

/// What a stack offers to others.
pub(super) enum Offer {
    /// Under a name.
    Export(Words, Export),
    /// As an output of the stack of a name.
    Output(String, String, Value),
}

/// The account and the region of a place, as far as they are known.
fn named(place: &Place) -> (Option<String>, Option<String>) {
    let literal = |text: &Text| text.as_literal().map(std::borrow::Cow::into_owned);
    let account = place.target.account.as_ref().and_then(|hint| literal(&hint.account));
    (account, place.target.region.as_ref().and_then(literal))
}
