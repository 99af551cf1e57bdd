//! Intrinsic functions: which there are, `Fn::GetAtt`, `Fn::If` and small ones.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

use super::cidr;
use super::evaluate::{Call, Evaluator, bounded, opaque};
use super::scope::replace;
use crate::bounds;
use crate::parse::{Node, NodeKind};
use crate::source::Span;
use crate::value::{Answer, Because, Class, Kind, Part, Symbol, Value, When};

impl Evaluator<'_> {
    /// What a call of a function returns.
    pub(super) fn call(&self, call: &Call<'_>, span: Span) -> Value {
        let argument = call.argument;
        match call.name {
            "Ref" => self.call_ref(call, span),
            "GetAtt" => self.get_att(argument, span),
            "Sub" => self.sub(call, span),
            "Join" => self.join(argument, span),
            "Select" => self.select(argument, span),
            "Split" => self.split(argument, span),
            "If" => self.choose(argument, span),
            "FindInMap" => self.find_in_map(argument, span),
            "ImportValue" => self.import(call, span),
            "GetStackOutput" => self.stack_output(argument, span),
            "ToJsonString" => {
                let inner = self.argument(call);
                let span = inner.span;
                Value::new(Kind::Json(inner.into()), span)
            }
            "Length" => self.length(call, span),
            "Base64" => self.base64(call, span),
            "Condition" | "Equals" | "And" | "Or" | "Not" => opaque("a condition", span),
            "Transform" => self.unknown(&transform_name(argument), Because::Remote, argument.span),
            "Cidr" => self.cidr(argument, span),
            "GetAZs" => self.unknown(&written(argument, call.name), Because::Run, span),
            // A tag that is none of CloudFormation's, or a single `Fn::` key that is not known.
            name => opaque(name, span),
        }
    }

    /// `Ref`, whose name may be put together in a loop.
    fn call_ref(&self, call: &Call<'_>, span: Span) -> Value {
        let argument = call.argument;
        if let Some(name) = argument.as_str() {
            let name = replace(&name, &self.scope.borrow());
            return self.reference(&name, argument.span);
        }
        match self.argument(call).as_str() {
            Some(name) => self.reference(&name, argument.span),
            None => opaque("Ref", span),
        }
    }

    fn get_att(&self, argument: &Node, span: Span) -> Value {
        if let Some(dotted) = argument.as_str() {
            let dotted = replace(&dotted, &self.scope.borrow());
            return match dotted.split_once('.') {
                Some((address, attribute)) => self.attribute(address, attribute, argument.span),
                None => self.unknown(&dotted, Because::Undeclared, argument.span),
            };
        }
        let [address, attributes @ ..] = argument.items() else { return opaque("Fn::GetAtt", span) };
        let address = self.value(address);
        let words: Vec<Value> = attributes.iter().map(|node| self.value(node)).collect();
        let words: Option<Vec<_>> = words.iter().map(Value::as_str).collect();
        match (address.as_str(), words) {
            (Some(address), Some(words)) if !words.is_empty() => {
                let address = replace(&address, &self.scope.borrow());
                self.attribute(&address, &words.join("."), argument.span)
            }
            _ => opaque("Fn::GetAtt", span),
        }
    }

    /// `Fn::If`: one branch when the condition is certain, else both, the usual one first.
    fn choose(&self, argument: &Node, span: Span) -> Value {
        let [name, yes, no] = argument.items() else { return opaque("Fn::If", span) };
        let Some(name) = name.as_str() else { return opaque("Fn::If", span) };
        let outcome = self.named_condition(&name);
        match (outcome.definite, outcome.usual) {
            (Answer::Yes, _) => self.value(yes),
            (Answer::No, _) => self.value(no),
            (Answer::Unknown, usual) => {
                let name = replace(&name, &self.scope.borrow());
                let branch = |node: &Node, holds: bool| {
                    let value = self.given(&name, holds, || self.value(node));
                    value.under(&self.chosen_by(&name, holds))
                };
                let (yes, no) = (branch(yes, true), branch(no, false));
                let (first, second) = if usual.is_no() { (no, yes) } else { (yes, no) };
                both(first.into_iter().chain(second), argument.span)
            }
        }
    }

    /// The choice that a condition is, when it is not decided.
    pub(super) fn chosen_by(&self, name: &str, holds: bool) -> When {
        let symbol = self.place().keyed(name, Because::Input);
        When::holds(&symbol.origin, holds, self.deciders(name))
    }

    fn length(&self, call: &Call<'_>, span: Span) -> Value {
        let value = self.argument(call);
        let each = value.alternatives().iter().map(|one| match one.as_list() {
            // An item that may be missing is not counted for sure.
            Some(list) if !list.open && !list.items.iter().any(may_be_missing) => {
                Value::new(Kind::Number(list.items.len().to_string().into()), call.argument.span)
            }
            _ => self.applied(one, Part::Function { name: "length".into(), argument: None }, span),
        });
        Value::choice(each.collect::<Vec<_>>(), span)
    }

    fn cidr(&self, argument: &Node, span: Span) -> Value {
        let values: Vec<Value> = argument.items().iter().map(|node| self.value(node)).collect();
        let texts: Option<Vec<_>> = values.iter().map(Value::as_str).collect();
        let texts = texts.unwrap_or_default();
        let words: Vec<&str> = texts.iter().map(|text| text.trim()).collect();
        let blocks = match words.as_slice() {
            [block, count] => cidr::blocks(block, count, "8"),
            [block, count, bits] => cidr::blocks(block, count, bits),
            _ => None,
        };
        match blocks {
            Some(blocks) => {
                let items = blocks.into_iter().map(|block| Value::literal(block, argument.span));
                Value::list(items.collect(), argument.span)
            }
            None => self.unknown(&written(argument, "Cidr"), Because::Run, span),
        }
    }

    fn base64(&self, call: &Call<'_>, span: Span) -> Value {
        let value = self.argument(call);
        let each = value.alternatives().iter().map(|one| match one.as_str() {
            Some(text) => Value::literal(encoded(text.as_bytes()), one.span),
            None => self.applied(one, Part::Function { name: "base64".into(), argument: None }, span),
        });
        Value::choice(each.collect::<Vec<_>>(), span)
    }

    /// A function of something that is not known, but is the same wherever it is written.
    pub(super) fn applied(&self, value: &Value, part: Part, span: Span) -> Value {
        match &value.kind {
            Kind::Unknown(symbol) => Value::unknown(symbol.part(part), span),
            Kind::Text(text) if text.symbols().all(|symbol| symbol.class != Class::Opaque) => {
                if let Some(symbol) = text.as_symbol() {
                    return Value::unknown(symbol.part(part), span);
                }
                let origin = self.place().of_text(text, part);
                Value::unknown(Symbol::new(Class::Keyed, origin, Because::Expression), span)
            }
            _ => opaque(&part.shown_alone(), span),
        }
    }
}

fn both(branches: impl Iterator<Item = Value>, span: Span) -> Value {
    let value = Value::choice(branches, span);
    if value.alternatives().len() > bounds::CHOICES { bounded(span) } else { value }
}

/// Whether a choice has nothing as one side.
fn may_be_missing(value: &Value) -> bool {
    value.alternatives().len() > 1 && value.alternatives().iter().any(Value::is_unset)
}

fn transform_name(node: &Node) -> String {
    let name = node.get("Name").and_then(Node::as_str).unwrap_or_default();
    let location = node.get("Parameters").and_then(|p| p.get("Location")).and_then(Node::as_str);
    format!("Fn::Transform {name} {}", location.unwrap_or_default()).trim_end().to_owned()
}

/// A call as it is written, for the identity of what is not evaluated.
pub(super) fn written(argument: &Node, name: &str) -> String {
    fn add(out: &mut String, node: &Node) {
        if out.len() > bounds::IDENTITY_LENGTH {
            return;
        }
        match &node.kind {
            NodeKind::List(items) => {
                for item in items {
                    add(out, item);
                }
            }
            NodeKind::Map(members) => {
                for member in members {
                    out.push_str(&member.key);
                    out.push(' ');
                    add(out, &member.value);
                }
            }
            _ => {
                out.push_str(&node.as_str().unwrap_or_default());
                out.push(' ');
            }
        }
    }
    let mut out = format!("Fn::{name} ");
    add(&mut out, argument);
    out.trim_end().to_owned()
}

fn encoded(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |bits: u32| LETTERS.get((bits & 63) as usize).map_or('=', |byte| char::from(*byte));
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.push(letter(bits >> 18));
        out.push(letter(bits >> 12));
        out.push(if chunk.len() > 1 { letter(bits >> 6) } else { '=' });
        out.push(if chunk.len() > 2 { letter(bits) } else { '=' });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn base64_is_padded() {
        let all = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| encoded(text.as_bytes()));
        assert_eq!(all, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
    }
}
