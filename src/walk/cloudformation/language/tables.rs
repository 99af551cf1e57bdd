//! `Fn::FindInMap`, `Fn::ImportValue`, `Fn::GetStackOutput`: values that stand elsewhere under a name.

use std::borrow::Cow;

use super::evaluate::{Call, Evaluator, bounded, opaque};
use super::intrinsics::written;
use super::lookup::Wanted;
use super::place::name_of;
use crate::bounds;
use crate::iam::arn::Arn;
use crate::parse::Node;
use crate::source::Span;
use crate::value::{Because, Class, Kind, OriginKind, Part, Symbol, Text, Value, When};

impl Evaluator<'_> {
    pub(super) fn find_in_map(&self, argument: &Node, span: Span) -> Value {
        let [name, top, second, rest @ ..] = argument.items() else { return opaque("Fn::FindInMap", span) };
        let [name, top, second] = [name, top, second].map(|node| self.placed(&self.value(node)));
        let default = rest.first().and_then(|node| node.get("DefaultValue")).map(|node| self.value(node));
        let mut found = Vec::new();
        let mut missing = false;
        let mut unsure = false;
        for name in name.alternatives() {
            let mapping = name.as_str().and_then(|name| self.lookup().mapping(&name));
            let Some(mapping) = mapping else {
                missing = true;
                unsure |= name.as_str().is_none();
                continue;
            };
            for (member, top) in reached(mapping, &top, &mut missing, &mut unsure) {
                for (member, second) in reached(member, &second, &mut missing, &mut unsure) {
                    let when = name.when().and(&top).and_then(|when| when.and(&second));
                    let value = self.value(member).through(argument.span);
                    found.extend(when.and_then(|when| value.under(&when)));
                }
            }
        }
        let named = name
            .alternatives()
            .iter()
            .any(|name| name.as_str().is_some_and(|name| self.lookup().mapping(&name).is_some()));
        if default.is_none() && !named {
            return self.applied(&name, Part::Mapping, span);
        }
        if let Some(default) = default.filter(|_| unsure || missing) {
            found.push(default);
        }
        distinct(&mut found);
        match found.len() {
            0 => self.unknown(&written(argument, "FindInMap"), Because::Undeclared, span),
            1..=bounds::CHOICES => Value::choice(found, argument.span),
            _ => bounded(span),
        }
    }

    /// A value with what is known about the unit put in.
    fn placed(&self, value: &Value) -> Value {
        let span = value.span;
        let each = value.alternatives().iter().map(|one| {
            let mut one = one.clone();
            if let Some(text) = one.as_text() {
                one.kind = Kind::Text(self.place().located(&text));
            }
            one
        });
        Value::choice(each.collect::<Vec<_>>(), span)
    }

    /// The value of an export of the project, when one has that name.
    pub(super) fn import(&self, call: &Call<'_>, span: Span) -> Value {
        let name = self.argument(call);
        let place = call.argument.span;
        let each = name.alternatives().iter().map(|name| {
            let Some(text) = name.as_text() else { return opaque("Fn::ImportValue", span) };
            let name = name_of(&text);
            match self.lookup().exported(&name) {
                values if values.is_empty() => {
                    let symbol = Symbol::new(Class::Keyed, OriginKind::Import(name), Because::Remote);
                    Value::unknown(symbol, place)
                }
                values => Value::choice(values, place).through(place),
            }
        });
        Value::choice(each.collect::<Vec<_>>(), place)
    }

    /// The output of another stack by the stack's name: in the account of the role that reads it, else in that of this
    /// stack; in the region that is named, else in that of this stack.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html>
    pub(super) fn stack_output(&self, argument: &Node, span: Span) -> Value {
        let word =
            |name: &str| argument.get(name).map(|node| self.value(node)).and_then(|value| value.as_text());
        let (Some(stack), Some(output)) = (word("StackName"), word("OutputName")) else {
            return opaque("Fn::GetStackOutput", span);
        };
        let target = &self.place().target;
        let account = match word("RoleArn") {
            Some(role) => Arn::parse(&role).map(|role| Cow::Owned(role.account)),
            None => target.account.as_ref().map(|hint| Cow::Borrowed(&hint.account)),
        };
        let region = word("Region");
        let literal = |text: &Text| text.as_literal().map(Cow::into_owned);
        let wanted = Wanted {
            account: account.as_deref().and_then(literal),
            region: region.as_ref().or(target.region.as_ref()).and_then(literal),
            stack,
            output,
        };
        let values = self.lookup().output(&wanted);
        if values.is_empty() {
            let (account, region) = (account.as_deref().map(name_of), region.as_ref().map(name_of));
            let (stack, output) = (name_of(&wanted.stack), name_of(&wanted.output));
            let origin = OriginKind::StackOutput { account, region, stack, output };
            return Value::unknown(Symbol::new(Class::Keyed, origin, Because::Remote), argument.span);
        }
        Value::choice(values, argument.span).through(argument.span)
    }
}

/// What a key leads to, and under which choices: that entry when it is known, else every entry.
fn reached<'n>(node: &'n Node, key: &Value, missing: &mut bool, unsure: &mut bool) -> Vec<(&'n Node, When)> {
    let mut out = Vec::new();
    for key in key.alternatives() {
        let Some(is) = key.as_str() else {
            *unsure = true;
            let text = key.as_text();
            let symbol = text.as_ref().and_then(Text::as_symbol).filter(|it| it.class != Class::Opaque);
            let (members, when) = (node.members(), key.when());
            out.extend(members.iter().filter_map(|member| {
                let of_key = |key: &Symbol| When::new(key, &*member.key, members.len());
                Some((&member.value, when.and(&symbol.map(of_key).unwrap_or_default())?))
            }));
            continue;
        };
        match node.get(&is) {
            Some(found) => out.push((found, key.when())),
            None => *missing = true,
        }
    }
    out
}

/// Drops what is said twice.
fn distinct(values: &mut Vec<Value>) {
    let mut kept: Vec<Value> = Vec::with_capacity(values.len());
    for value in values.drain(..) {
        let same = kept.iter_mut().find(|one| one.as_str().is_some() && one.as_str() == value.as_str());
        match same {
            Some(known) => known.or_under(&value),
            None => kept.push(value),
        }
        // More than that are not told apart.
        if kept.len() > bounds::CHOICES {
            break;
        }
    }
    *values = kept;
}
