//! What `AllowedPattern` says of a parameter without a value.
//!
//! CloudFormation refuses a value that the pattern does not match as a whole, so what all matches have in common is known:
//! that they are twelve digits, that they begin with `o-`, that they are the ARN of a role.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class as Characters, Hir, HirKind};

use crate::bounds;
use crate::parse::Node;
use crate::value::Class;

/// Digits in an account id.
const DIGITS: u32 = 12;

/// What the values of a parameter have in common.
#[derive(Debug, PartialEq)]
pub(super) enum Shape {
    /// The value is one of these.
    Words(Vec<String>),
    /// The value is put together from these, one after the other. There is a [`Part::Symbol`].
    Parts(Vec<Part>),
}

/// A part of a value.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::walk::cloudformation) enum Part {
    /// Always the same.
    Literal(String),
    /// Of a class.
    Symbol(Class),
}

/// What the pattern of a parameter says of its values, if it says anything.
pub(super) fn shape(parameter: &Node) -> Option<Shape> {
    let pattern =
        parameter.get("AllowedPattern")?.as_str().filter(|it| it.len() <= bounds::PATTERN_LENGTH)?;
    // Without look-around and back references, which Java has, the syntax is the same; `\d` and `\w` mean ASCII in both.
    let mut parser =
        ParserBuilder::new().unicode(false).utf8(false).nest_limit(bounds::PATTERN_DEPTH).build();
    let hir = parser.parse(&pattern).ok()?;
    if let Some(words) = words(&hir) {
        return Some(Shape::Words(words));
    }
    let mut parts = Vec::new();
    add(&hir, &mut parts);
    if let [Part::Symbol(class)] = parts.as_mut_slice()
        && is_twelve_long(parameter)
        && only(&hir, |byte| byte.is_ascii_digit())
    {
        *class = Class::AccountId;
    }
    let says = parts.len() > 1 || matches!(parts.as_slice(), [Part::Symbol(class)] if *class != Class::Keyed);
    says.then_some(Shape::Parts(parts))
}

/// `MinLength` and `MaxLength` of an account id.
fn is_twelve_long(parameter: &Node) -> bool {
    let length = |name: &str| parameter.get(name).and_then(Node::as_str).and_then(|text| text.parse().ok());
    length("MinLength") == Some(DIGITS) && length("MaxLength") == Some(DIGITS)
}

/// The words of `^(dev|prod)$`, when they are few.
fn words(hir: &Hir) -> Option<Vec<String>> {
    let mut words = vec![String::new()];
    let one = |hir: &Hir| match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(vec![String::new()]),
        HirKind::Literal(literal) => Some(vec![String::from_utf8(literal.0.to_vec()).ok()?]),
        HirKind::Class(characters) => few(characters),
        HirKind::Capture(group) => self::words(&group.sub),
        HirKind::Alternation(all) => {
            let each = all.iter().map(self::words).collect::<Option<Vec<_>>>()?;
            Some(each.into_iter().flatten().collect())
        }
        HirKind::Concat(_) => self::words(hir),
        HirKind::Repetition(_) => None,
    };
    let parts =
        if let HirKind::Concat(parts) = hir.kind() { parts.as_slice() } else { std::slice::from_ref(hir) };
    for part in parts {
        let endings: Vec<String> = one(part)?;
        words = words.iter().flat_map(|word| endings.iter().map(move |end| format!("{word}{end}"))).collect();
        if words.len() > bounds::ALLOWED_VALUES {
            return None;
        }
    }
    words.iter().any(|word| !word.is_empty()).then_some(words)
}

/// The characters of a class, when they are few.
fn few(characters: &Characters) -> Option<Vec<String>> {
    let all: Vec<u8> = ranges(characters)?.into_iter().flat_map(|(start, end)| start..=end).collect();
    let is_few = all.len() <= bounds::ALLOWED_VALUES && all.iter().all(u8::is_ascii);
    is_few.then(|| all.into_iter().map(|byte| char::from(byte).to_string()).collect())
}

/// The ranges of a class; `None` with characters beyond ASCII.
fn ranges(characters: &Characters) -> Option<Vec<(u8, u8)>> {
    match characters {
        Characters::Bytes(bytes) => Some(bytes.ranges().iter().map(|it| (it.start(), it.end())).collect()),
        Characters::Unicode(unicode) => {
            let byte = |c: char| u8::try_from(u32::from(c)).ok().filter(u8::is_ascii);
            unicode.ranges().iter().map(|it| Some((byte(it.start())?, byte(it.end())?))).collect()
        }
    }
}

/// Adds the parts of what an expression matches. The recursion is bounded as expressions are.
fn add(hir: &Hir, parts: &mut Vec<Part>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => add_literal(text, parts),
            Err(_) => add_symbol(Class::Keyed, parts),
        },
        HirKind::Capture(group) => add(&group.sub, parts),
        HirKind::Concat(all) => {
            for one in all {
                add(one, parts);
            }
        }
        HirKind::Repetition(repeated)
            if (repeated.min, repeated.max) == (DIGITS, Some(DIGITS))
                && is_one_digit(&repeated.sub)
                && !matches!(parts.last(), Some(Part::Symbol(_))) =>
        {
            parts.push(Part::Symbol(Class::AccountId));
        }
        // `{1}`
        HirKind::Repetition(repeated) if (repeated.min, repeated.max) == (1, Some(1)) => {
            add(&repeated.sub, parts);
        }
        HirKind::Repetition(_) | HirKind::Class(_) | HirKind::Alternation(_) => {
            add_symbol(if only(hir, is_plain) { Class::Word } else { Class::Keyed }, parts);
        }
    }
}

fn add_literal(text: &str, parts: &mut Vec<Part>) {
    match parts.last_mut() {
        Some(Part::Literal(before)) => before.push_str(text),
        _ => parts.push(Part::Literal(text.to_owned())),
    }
}

/// Adds something unknown; two after each other are one.
fn add_symbol(class: Class, parts: &mut Vec<Part>) {
    match parts.last_mut() {
        Some(Part::Symbol(before)) => {
            let keyed = class == Class::Keyed || *before == Class::Keyed;
            *before = if keyed { Class::Keyed } else { Class::Word };
        }
        _ => parts.push(Part::Symbol(class)),
    }
}

fn is_one_digit(hir: &Hir) -> bool {
    matches!(hir.kind(), HirKind::Class(_)) && only(hir, |byte| byte.is_ascii_digit())
}

/// Whether a character means nothing in patterns and ARNs of policies.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'*' | b'?' | b'$' | b':' | b',')
}

/// Whether every character of every match is one of some. The recursion is bounded as expressions are.
fn only(hir: &Hir, one: fn(u8) -> bool) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => literal.0.iter().all(|byte| one(*byte)),
        HirKind::Class(characters) => {
            ranges(characters).is_some_and(|all| all.into_iter().all(|(start, end)| (start..=end).all(one)))
        }
        HirKind::Repetition(repeated) => only(&repeated.sub, one),
        HirKind::Capture(group) => only(&group.sub, one),
        HirKind::Concat(all) | HirKind::Alternation(all) => all.iter().all(|hir| only(hir, one)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::string::string_regex;
    use regex::Regex;

    use super::*;
    use crate::parse::json;
    use crate::source::Sources;

    /// Patterns as templates have them, and some that are not so simple.
    const PATTERNS: [&str; 30] = [
        r"^\d{12}$",
        r"[0-9]{12}",
        r"(\d{12})",
        r"^o-[a-z0-9]{10,32}$",
        r"^arn:(aws[a-zA-Z-]*){1}:kms:[a-z0-9-]+:\d{12}:key/[a-f0-9]{8}-[a-f0-9]{4}$",
        r"^arn:(aws|aws-cn|aws-us-gov):iam::\d{12}:role/([A-Za-z0-9+=,.@-]*/)*[A-Za-z0-9+=,.@-]+",
        r"^$|^arn:aws:acm:[a-z0-9/:-]+$",
        r"^(dev|prod)$",
        r"dev|prod",
        r"^de(v|mo)-[ab]$",
        r"^(|a|b)$",
        r"^[a-zA-Z][-a-zA-Z0-9]*$",
        r"[a-z0-9]{2,14}",
        r"^vpc-[0-9a-f]{17}$",
        r"^d-[0-9a-f]{10}$",
        r"^([a-zA-Z0-9])([a-zA-Z0-9_-])*([a-zA-Z0-9])$",
        r"[^ @]+@[^ @]+\.[^ @]+",
        r"^review-.+$",
        r".*",
        r".+",
        r"^\d{12}\d{12}$",
        r"^x\d{12}y$",
        r"^x[0-9]*\d{12}$",
        r"^(a{12})$",
        r"^[0-9]{12,12}(,[0-9]{12})*$",
        r"^s3://[a-z0-9.-]+/.*\.zip$",
        r"^(?:a|(?:b|c))d?$",
        r"^a\.b\*c\?$",
        r"^é+-\w{2}$",
        r"^(x|y){3}$",
    ];

    fn shape_of(pattern: &str, more: &str) -> Option<Shape> {
        let text = format!("{{\"AllowedPattern\": {}{more}}}", serde_json::Value::from(pattern));
        let sources = Sources::in_memory([("a.json".to_owned(), text.clone())]);
        shape(&json::parse(sources.find("a.json").unwrap(), &text).unwrap())
    }

    /// What a shape says, as an expression.
    fn expression(shape: &Shape) -> Regex {
        let part = |part: &Part| match part {
            Part::Literal(text) => regex::escape(text),
            Part::Symbol(Class::AccountId) => "[0-9]{12}".to_owned(),
            Part::Symbol(Class::Word) => "[^*?$:,\\s]*".to_owned(),
            Part::Symbol(_) => "(?s:.*)".to_owned(),
        };
        let inner: Vec<String> = match shape {
            Shape::Words(words) => {
                vec![words.iter().map(|word| regex::escape(word)).collect::<Vec<_>>().join("|")]
            }
            Shape::Parts(parts) => parts.iter().map(part).collect(),
        };
        Regex::new(&format!("^(?:{})$", inner.concat())).unwrap()
    }

    proptest! {
        /// Whatever the pattern accepts is what its shape says.
        #[test]
        fn every_value_that_a_pattern_accepts_has_its_shape(
            (pattern, value) in prop::sample::select(PATTERNS.to_vec()).prop_flat_map(|pattern| {
                let plain = pattern.replace(['^', '$'], "");
                // In a class it means all but these; Java takes `\d` and `\w` for ASCII.
                let plain = if pattern.contains("[^") { pattern.trim_matches(['^', '$']).to_owned() } else { plain };
                let plain = plain.replace(r"\d", "[0-9]").replace(r"\w", "[A-Za-z0-9_]");
                (Just(pattern), string_regex(&plain).unwrap())
            })
        ) {
            if let Some(shape) = shape_of(pattern, "") {
                prop_assert!(expression(&shape).is_match(&value), "{pattern}: {value:?} is not {shape:?}");
            }
        }
    }

    #[test]
    fn most_patterns_say_something() {
        let silent: Vec<&str> =
            PATTERNS.into_iter().filter(|pattern| shape_of(pattern, "").is_none()).collect();
        let lists = r"^[0-9]{12,12}(,[0-9]{12})*$";
        assert_eq!(silent, [r"^$|^arn:aws:acm:[a-z0-9/:-]+$", ".*", ".+", lists]);
        let digits = shape_of("[0-9]*", ", \"MinLength\": 12, \"MaxLength\": 12");
        assert_eq!(digits, Some(Shape::Parts(vec![Part::Symbol(Class::AccountId)])));
    }
}
