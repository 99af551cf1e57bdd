//! The functions of the AWS provider, `provider::aws::…`.
//!
//! See <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/functions/arn_parse> and its
//! neighbours.

use super::flat::Flat;
use super::function::{Function, at};
use crate::source::Span;
use crate::value::{Kind, Map, Text, Value};
use crate::walk::terraform::language::convert::{Evaluated, Stop, is_string, text_of};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("provider::aws::arn_build", (5, 5), build),
    Function::new("provider::aws::arn_parse", (1, 1), parse),
    Function::new("provider::aws::trim_iam_role_path", (1, 1), trim_role_path),
];

fn build(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let mut arn = Text::literal("arn", span);
    for argument in arguments {
        arn.push_str(":", span);
        arn.append(&*text_of(argument)?);
    }
    Ok(Value::text(arn, span))
}

/// The six fields of an ARN. The first five have no colon in them, whatever they are.
fn fields(value: &Value) -> Evaluated<Vec<Text>> {
    let text = text_of(value)?;
    let known = text.as_literal().is_some();
    if text.as_symbol().is_some_and(|symbol| !is_string(symbol)) {
        return Err(Stop::Unknown);
    }
    let fields = text.splitn(6, ':');
    match fields.as_slice() {
        [first, _, _, _, _, _] if first.is_literally("arn") => Ok(fields),
        _ => Err(if known { Stop::Refused } else { Stop::Unknown }),
    }
}

fn parse(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let fields = fields(at(arguments, 0)?)?;
    let names = ["partition", "service", "region", "account_id", "resource"];
    let mut map = Map::default();
    for (name, field) in names.into_iter().zip(fields.into_iter().skip(1)) {
        let place = field.span().unwrap_or(span);
        map.insert(name, span, Value::text(field, place));
    }
    Ok(Value::new(Kind::Map(map), span))
}

/// `arn:aws:iam::111111111111:role/with/path/name` without `with/path/`.
fn trim_role_path(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let mut fields = fields(at(arguments, 0)?)?;
    let resource = fields.pop().ok_or(Stop::Unknown)?;
    let service = fields.get(2).and_then(Text::as_literal).ok_or(Stop::Unknown)?;
    let flat = Flat::new(&resource);
    // A name that is not known has no slash in it only if all of it is known.
    let literal = resource.as_literal().ok_or(Stop::Unknown)?;
    let name = literal.rsplit_once('/').map(|(_, name)| name);
    let (Some(name), "iam", true) = (name, &*service, literal.starts_with("role/")) else {
        return Err(Stop::Refused);
    };
    let mut arn = Text::default();
    for field in &fields {
        arn.append(field);
        arn.push_str(":", span);
    }
    arn.append(&flat.slice(0.."role/".len()));
    arn.append(&flat.slice(flat.buffer.len() - name.len()..flat.buffer.len()));
    Ok(Value::text(arn, span))
}
