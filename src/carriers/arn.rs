//! What the attributes of a declaration return: ARNs, ids, URLs.

use memchr::memchr;

use crate::lines::{Index, fields_of};
use crate::source::Span;
use crate::value::{Because, Class, Origin, Part, Piece, PieceKind, Symbol, Text, UnitKey, word};

/// Type, ARN, and for each attribute that is known its name, `=` and a template (nothing for the ARN).
const ROWS: &str = include_str!("../../data/arns.tsv");

static BY_TYPE: Index<4096> = Index::of(ROWS);

/// What a template is filled from.
pub struct Fill<'a> {
    /// The unit of the declaration.
    pub unit: &'a UnitKey,
    /// The declaration, or what a data source finds: what an attribute that is computed is of.
    pub of: &'a Origin,
    /// The text of a property; `None` when it is not set. A property that is set but not known is a symbol.
    pub property: &'a dyn Fn(&str) -> Option<Text>,
    /// The place that every piece gets that does not come from a property.
    pub span: Span,
}

/// The template of what an attribute of a type returns: `arn` and `id` of Terraform, `Ref` and attributes of
/// `Fn::GetAtt` of CloudFormation. Data sources are `data.aws_s3_bucket`.
///
/// Also answers for the properties that ARNs are made of, so that a name that is not set is the same symbol
/// in the name and in the ARN. `None` when the table does not know: the caller makes a symbol of class
/// [`Class::Computed`] that is the attribute of the declaration, as templates do.
pub fn attribute_template(type_name: &str, attribute: &str) -> Option<&'static str> {
    let (own, attributes) = row(type_name)?;
    let listed = fields_of(attributes).find_map(|field| field.strip_prefix(attribute)?.strip_prefix('='));
    match listed {
        Some("") => Some(own),
        Some(template) => Some(template),
        None => property_template(own, attribute),
    }
}

/// Whether it is known how ARNs of a type are made.
pub fn has_arn(type_name: &str) -> bool {
    row(type_name).is_some()
}

/// The service that all ARNs of a type have in them; `None` when it is not known how they are made, or of what service they are.
pub fn arn_service(type_name: &str) -> Option<&'static str> {
    let (own, _) = row(type_name)?;
    let (service, _) = own.strip_prefix("arn:${@partition}:")?.split_once(':')?;
    (!service.contains('$')).then_some(service)
}

/// The ARN of a declaration, when its type has one that can be told.
pub fn resource_arn(type_name: &str, fill: &Fill<'_>) -> Option<Text> {
    let (own, _) = row(type_name)?;
    (!own.is_empty()).then(|| expand(own, fill))
}

/// The placeholder of the argument that names a resource of a type: the last one of its ARN that an argument fills.
pub fn name_template(type_name: &str) -> Option<&'static str> {
    let (own, _) = row(type_name)?;
    let is_argument = |hole: &&str| !hole.starts_with('@') && !hole.contains(['!', '=']);
    let marks = memchr::memchr_iter(b'$', own.as_bytes());
    let mut holes = marks.filter_map(|at| {
        let whole = own.get(at..).filter(|rest| rest.starts_with("${"))?;
        whole.get(..=memchr(b'}', whole.as_bytes())?)
    });
    holes.rfind(|whole| whole.get(2..).as_ref().is_some_and(is_argument))
}

/// Fills a template.
///
/// `${@account}` and its like become symbols of the unit (a `region` argument of the declaration wins over
/// the region of the unit). `${name}` becomes the property; one that is not set gets its default if the
/// template has one (`${path=/}`), else a symbol of class [`Class::Computed`], after the text of
/// `name_prefix` when that is set. A template `?arn|…` is the property `arn` when that is set.
pub fn expand(template: &str, fill: &Fill<'_>) -> Text {
    let mut rest = template;
    if let Some((name, otherwise)) = template.strip_prefix('?').and_then(|choice| choice.split_once('|')) {
        if let Some(property) = set_property(name, fill) {
            return property;
        }
        rest = otherwise;
    }
    // Most properties are of one piece.
    let holes = memchr::memchr_iter(b'$', rest.as_bytes()).count();
    let mut pieces = Vec::with_capacity(2 * holes + 1);
    let between =
        |text: &str| (!text.is_empty()).then(|| Piece::new(PieceKind::Literal(word(text)), fill.span));
    while let Some((before, after)) = split_hole(rest) {
        pieces.extend(between(before));
        let Some(end) = memchr(b'}', after.as_bytes()) else {
            rest = after;
            break;
        };
        let (inner, following) = (after.get(..end), after.get(end + 1..));
        placeholder(inner.unwrap_or_default(), fill).add_to(&mut pieces);
        rest = following.unwrap_or_default();
    }
    pieces.extend(between(rest));
    Text::from(pieces)
}

/// What stands before the first placeholder, and what stands behind its `${`.
fn split_hole(text: &str) -> Option<(&str, &str)> {
    let at = next_hole(text)?;
    Some((text.get(..at)?, text.get(at + 2..)?))
}

/// Where the first placeholder begins.
fn next_hole(text: &str) -> Option<usize> {
    let mut marks = memchr::memchr_iter(b'$', text.as_bytes());
    marks.find(|at| text.as_bytes().get(at + 1) == Some(&b'{'))
}

/// The properties that the templates of a type are filled from.
pub(super) fn placeholders(type_name: &str) -> Vec<&'static str> {
    let Some((own, attributes)) = row(type_name) else { return Vec::new() };
    let mut names = Vec::new();
    for template in std::iter::once(own).chain(fields_of(attributes)) {
        // `?arn|…` is the property itself when it is set.
        names.extend(
            template.split_once('?').and_then(|(_, rest)| rest.split_once('|')).map(|(name, _)| name),
        );
        for inner in template.split("${").skip(1).filter_map(|rest| rest.split_once('}')) {
            let name = inner.0.split(['=', '~', '!']).next().unwrap_or_default();
            names.extend(Some(name).filter(|name| !name.starts_with('@')));
        }
    }
    names
}

/// The ARN of a type and, separated by tabs, what its attributes return.
fn row(type_name: &str) -> Option<(&'static str, &'static str)> {
    let fields = BY_TYPE.find(type_name)?;
    let own = memchr(b'\t', fields.as_bytes()).unwrap_or(fields.len());
    Some((fields.get(..own)?, fields.get(own + 1..).unwrap_or_default()))
}

/// The placeholder of a property in an ARN, which says what the property returns: `${name}`, `${path=/}`.
/// Transformed ones (`${url~https}`) do not return the property as it is.
fn property_template(own: &'static str, attribute: &str) -> Option<&'static str> {
    let mut rest = own;
    while let Some(at) = next_hole(rest) {
        let from = rest.get(at..)?;
        let (whole, following) = from.split_at_checked(memchr(b'}', from.as_bytes())? + 1)?;
        let inner = whole.get(2..whole.len() - 1)?;
        let after = inner.strip_prefix(attribute);
        if after.is_some_and(|after| after.is_empty() || after == "!" || after.starts_with('=')) {
            return Some(whole);
        }
        rest = following;
    }
    None
}

fn placeholder(inner: &str, fill: &Fill<'_>) -> Text {
    if let Some(pseudo) = inner.strip_prefix('@') {
        return pseudo_value(pseudo, fill);
    }
    if let Some(name) = inner.strip_suffix('!') {
        return computed(name, fill);
    }
    if let Some((name, default)) = inner.split_once('=') {
        return set_property(name, fill).unwrap_or_else(|| match default.strip_prefix('@') {
            Some(pseudo) => pseudo_value(pseudo, fill),
            None => Text::literal(default, fill.span),
        });
    }
    match inner.split_once('~') {
        Some((name, "bus")) => {
            set_property(name, fill).map_or_else(Text::default, |bus| bus_prefix(&bus, fill))
        }
        Some((name, "function")) => function_name(name, fill),
        Some((name, "https")) => strip(&property(name, fill), "https://"),
        Some((name, _)) => strip(&property(name, fill), "/"),
        None => property(inner, fill),
    }
}

fn pseudo_value(name: &str, fill: &Fill<'_>) -> Text {
    let class = match name {
        "partition" => Class::Partition,
        "dns_suffix" => Class::DnsSuffix,
        "account" => Class::Account,
        _ => Class::Region,
    };
    // Since version 6 every regional resource of the Terraform provider has this argument:
    // https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/enhanced-region-support
    if class == Class::Region
        && let Some(region) = set_property("region", fill)
    {
        return region;
    }
    Text::symbol(Symbol::new(class, fill.unit, Because::Run), fill.span)
}

/// A property that is set; an empty text is what Terraform modules write for "not set".
fn set_property(name: &str, fill: &Fill<'_>) -> Option<Text> {
    (fill.property)(name).filter(|text| !text.is_empty())
}

fn property(name: &str, fill: &Fill<'_>) -> Text {
    set_property(name, fill).unwrap_or_else(|| {
        let mut text = set_property(&[name, "_prefix"].concat(), fill).unwrap_or_default();
        text.append(&computed(name, fill));
        text
    })
}

fn computed(name: &str, fill: &Fill<'_>) -> Text {
    Text::symbol(Symbol::new(Class::Computed, fill.of.attribute(name), Because::Computed), fill.span)
}

/// The text without `prefix`, if it begins so. When it begins with a symbol that cannot be told: the result
/// begins with a symbol of its own.
fn strip(text: &Text, prefix: &'static str) -> Text {
    let mut out = Text::default();
    for (at, piece) in text.pieces().iter().enumerate() {
        match &piece.kind {
            PieceKind::Literal(literal) if at == 0 && literal.starts_with(prefix) => {
                let exact = piece.span.len() == literal.len();
                let span = if exact { piece.span.part(prefix.len(), literal.len()) } else { piece.span };
                out.push_str(literal.strip_prefix(prefix).unwrap_or(literal), span);
            }
            PieceKind::Symbol(symbol) if at == 0 => {
                out.push(PieceKind::Symbol(symbol.part(Part::Without(prefix.into()))), piece.span);
            }
            kind => out.push(kind.clone(), piece.span),
        }
    }
    out
}

/// The event bus in the ARN of a rule: nothing for the default bus, else the name and a slash. The property
/// holds a name or an ARN.
fn bus_prefix(bus: &Text, fill: &Fill<'_>) -> Text {
    if bus.is_literally("default") {
        return Text::default();
    }
    let parts = bus.splitn(usize::MAX, '/');
    let Some(mut name) = parts.into_iter().next_back().filter(|name| !name.is_literally("default")) else {
        return Text::default();
    };
    name.push_str("/", fill.span);
    name
}

/// A property that holds the name of a Lambda function or its ARN, as the name.
fn function_name(name: &str, fill: &Fill<'_>) -> Text {
    let text = property(name, fill);
    if text.as_symbol().is_some_and(|symbol| symbol.class != Class::Computed) {
        return computed(name, fill);
    }
    text.splitn(usize::MAX, ':').pop().unwrap_or(text)
}

#[cfg(test)]
mod tests;
