//! What data sources return that no argument says.
//!
//! A look-up has an identity that is made of what it asks for, not of its place: two blocks of one unit that look
//! for the same name find the same thing.

mod arguments;
mod arns;
mod remote_state;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use self::arguments::Arguments;
use crate::bounds;
use crate::carriers::{self, Fill};
use crate::source::Span;
use crate::value::{Because, Class, Kind, Map, Origin, OriginKind, Symbol, Text, UnitKey, Value, Word};

/// Types, attributes and what these return, beside the table of ARNs; written as there.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>,
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html>,
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html>
const TEMPLATES: &[(&str, &str, &str)] = &[
    ("aws_iam_policy", "path", "${path!}"),
    ("aws_kms_alias", "arn", "arn:${@partition}:kms:${@region}:${@account}:${name}"),
    ("aws_kms_alias", "id", "arn:${@partition}:kms:${@region}:${@account}:${name}"),
    ("aws_kms_alias", "target_key_arn", "arn:${@partition}:kms:${@region}:${@account}:key/${target_key_id!}"),
    ("aws_kms_alias", "target_key_id", "${target_key_id!}"),
    ("aws_lambda_function", "id", "${function_name}"),
    ("aws_region", "endpoint", "ec2.${@region}.${@dns_suffix}"),
    ("aws_service", "dns_name", "${service_id}.${@region}.${@dns_suffix}"),
    ("aws_service", "partition", "${@partition}"),
    ("aws_service", "region", "${@region}"),
    ("aws_ssm_parameter", "id", "${name}"),
];

/// What an attribute of a data source returns; `None` when `type_name` is not that of a data source.
///
/// `unit` is the unit of the provider configuration that looks, `declared` the block, and `span` where the
/// attribute is named.
pub(crate) fn attribute(
    type_name: &str,
    properties: &Map,
    attribute: &str,
    unit: &UnitKey,
    declared: &Origin,
    span: Span,
) -> Option<Value> {
    let kind = type_name.strip_prefix("data.")?;
    let each = ways(properties).into_iter().map(|properties| {
        let given = Arguments { kind, properties: &properties, unit, declared, span };
        Asked { type_name, kind, attribute, unit, span, given: &given }.value()
    });
    let mut found: Vec<Value> = Vec::new();
    for value in each {
        if !found.iter().any(|other| is_same(other, &value)) {
            found.push(value);
        }
    }
    Some(Value::choice(found, span))
}

/// What a look-up in the same unit comes from that finds a declared parameter, and the value.
pub(super) fn held_parameter(mut properties: Map, unit: &UnitKey, span: Span) -> Option<(Origin, Value)> {
    let kind = "aws_ssm_parameter";
    let given = Arguments { kind, properties: &properties, unit, declared: &Origin::described(""), span };
    let asked =
        Asked { type_name: "data.aws_ssm_parameter", kind, attribute: "value", unit, span, given: &given };
    let origin = asked.parameter()?;
    let mut held = |name: &&str| properties.take(name).filter(|value| !value.is_unset());
    Some((origin, ["value", "insecure_value"].iter().find_map(&mut held)?))
}

/// The outputs of the state that a backend keeps, as what reads them has it.
pub(crate) fn state(unit: &UnitKey, backend: &str, config: Map, span: Span) -> Option<Origin> {
    let mut properties = Map::default();
    properties.insert("backend", span, Value::literal(backend, span));
    properties.insert(
        "config",
        span,
        Value::new(Kind::Map(remote_state::as_read(backend, config, span)), span),
    );
    let (kind, declared) = ("terraform_remote_state", &Origin::described(""));
    remote_state::identity(&Arguments { kind, properties: &properties, unit, declared, span })
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (&one.kind, &other.kind) {
        (Kind::Text(one), Kind::Text(other)) => one == other,
        (Kind::Unknown(one), Kind::Unknown(other)) => one.same(other),
        _ => false,
    }
}

/// The arguments without alternatives, once for each combination. With too many, some keep theirs, and are not
/// known then.
fn ways(properties: &Map) -> Vec<Cow<'_, Map>> {
    let mut all = vec![Cow::Borrowed(properties)];
    for (index, entry) in properties.entries.iter().enumerate() {
        let alternatives = entry.value.alternatives();
        if alternatives.len() < 2 || alternatives.len() * all.len() > bounds::CHOICES {
            continue;
        }
        let with = |(one, properties): (&Value, &Cow<'_, Map>)| {
            let mut properties = properties.clone().into_owned();
            if let Some(entry) = properties.entries.edit().get_mut(index) {
                entry.value = one.clone();
            }
            Cow::Owned(properties)
        };
        let pairs = alternatives.iter().flat_map(|one| all.iter().map(move |properties| (one, properties)));
        all = pairs.map(with).collect();
    }
    all
}

/// One attribute of one data source.
struct Asked<'a> {
    type_name: &'a str,
    /// The type without `data.`.
    kind: &'a str,
    attribute: &'a str,
    unit: &'a UnitKey,
    span: Span,
    given: &'a Arguments<'a>,
}

impl Asked<'_> {
    fn value(&self) -> Value {
        if let Some(value) = self.surroundings().or_else(|| self.made_of_arguments()) {
            return value;
        }
        let own =
            TEMPLATES.iter().find(|(kind, attribute, _)| (*kind, *attribute) == (self.kind, self.attribute));
        let template = own.map(|(.., template)| *template);
        match template.or_else(|| carriers::attribute_template(self.type_name, self.attribute)) {
            Some(template) => self.filled(template),
            None => self.looked_up(),
        }
    }

    /// Who and where we are.
    fn surroundings(&self) -> Option<Value> {
        let pseudo = |class| {
            let symbol = Symbol::new(class, self.unit, Because::Run);
            Some(Value::text(Text::symbol(symbol, self.span), self.span))
        };
        match (self.kind, self.attribute) {
            ("aws_caller_identity", "account_id" | "id") => pseudo(Class::Account),
            ("aws_caller_identity", _) => Some(self.unknown(Because::Run)),
            ("aws_partition", "partition" | "id") => pseudo(Class::Partition),
            ("aws_partition", "dns_suffix") => pseudo(Class::DnsSuffix),
            ("aws_region", "name" | "region" | "id") => {
                let given = self.given.text("region").or_else(|| self.given.text("name"));
                given.map_or_else(|| pseudo(Class::Region), |region| Some(self.text(&region)))
            }
            ("aws_organizations_organization", "id") => pseudo(Class::Organization),
            ("terraform_remote_state", "outputs") => Some(match remote_state::identity(self.given) {
                Some(state) => self.keyed(state, Because::Remote),
                None => self.unknown(Because::Remote),
            }),
            ("terraform_remote_state", _) => Some(self.unknown(Because::Remote)),
            ("aws_cloudformation_export", "value") => {
                // As the import of an export in a stack.
                let name = self.given.said("name")?;
                Some(self.keyed(OriginKind::Import(name).into(), Because::Remote))
            }
            ("aws_ssm_parameter", "value" | "insecure_value") => {
                Some(self.keyed(self.parameter()?, Because::Lookup))
            }
            _ => None,
        }
    }

    /// What the value of a parameter comes from.
    fn parameter(&self) -> Option<Origin> {
        let name = self.given.said("name")?;
        // An ARN names the parameter of another account, whoever asks.
        let is_arn = matches!(name.words().first(), Some(Word::Literal(start)) if start.starts_with("arn:"));
        let (unit, region) =
            if is_arn { (None, None) } else { (Some(self.unit.clone()), self.given.said("region")) };
        Some(OriginKind::Stored { unit, name, region }.into())
    }

    /// Fills a template. What is not set has an identity that is made of what is.
    fn filled(&self, template: &str) -> Value {
        self.filled_as(&self.given.identity(), template)
    }

    fn filled_as(&self, of: &Origin, template: &str) -> Value {
        let property = |name: &str| self.given.text(name);
        let fill = Fill { unit: self.unit, of, property: &property, span: self.span };
        self.text(&carriers::expand(template, &fill))
    }

    /// A text, shown where the attribute is named: what a reference returns is written there.
    fn text(&self, text: &Text) -> Value {
        Value::text(text.shown_at(self.span), self.span)
    }

    fn literal(&self, text: &str) -> Value {
        Value::literal(text, self.span)
    }

    /// What only the look-up tells.
    fn looked_up(&self) -> Value {
        self.unknown(Because::Lookup)
    }

    fn unknown(&self, because: Because) -> Value {
        self.keyed(self.given.identity().attribute(self.attribute), because)
    }

    fn keyed(&self, origin: Origin, because: Because) -> Value {
        Value::unknown(Symbol::new(Class::Keyed, origin, because), self.span)
    }
}
