//! The nodes of a tree of HCL as our reader and as hcl-edit make it, and where the two differ.

use hcl_edit::Span as _;
use hcl_edit::expr as theirs;
use hcl_edit::structure::{BlockLabel, Structure};
use hcl_edit::template::{Directive, Element};
use trustlint::internals::parse::hcl::{self, Expression, ExpressionKind, ObjectKey, Step, TemplatePart};
use trustlint::internals::source::SourceId;

/// What is where: start, end, kind, and what it says.
type Node = (usize, usize, &'static str, String);

/// The nodes of our tree.
#[derive(Default)]
struct Ours(Vec<Node>);

impl Ours {
    fn add(&mut self, kind: &'static str, span: std::ops::Range<usize>, said: &str) {
        self.0.push((span.start, span.end, kind, said.to_owned()));
    }

    fn body(&mut self, body: &hcl::Body) {
        for attribute in &body.attributes {
            self.add("name", attribute.name.span.range(), &attribute.name.value);
            self.expression(&attribute.value);
        }
        for block in &body.blocks {
            self.add("block", block.span.range(), &block.kind.value);
            self.add("header", block.header.range(), "");
            block.labels.iter().for_each(|label| self.add("label", label.span.range(), &label.value));
            self.body(&block.body);
        }
    }

    fn expression(&mut self, expression: &Expression) {
        let span = expression.span.range();
        let (kind, said) = match &expression.kind {
            ExpressionKind::Null => ("null", ""),
            ExpressionKind::Bool(value) => ("bool", if *value { "true" } else { "false" }),
            ExpressionKind::Number(digits) => ("number", &**digits),
            ExpressionKind::Template(_) => ("template", ""),
            ExpressionKind::List(_) => ("list", ""),
            ExpressionKind::Object(_) => ("object", ""),
            ExpressionKind::Variable(name) => ("variable", &**name),
            ExpressionKind::Traversal(..) => ("traversal", ""),
            ExpressionKind::Call(call) => {
                self.add("function", call.name.span.range(), &call.name.value);
                ("call", if call.expand_last { "..." } else { "" })
            }
            ExpressionKind::Conditional(..) => ("conditional", ""),
            ExpressionKind::Unary(..) => ("unary", ""),
            ExpressionKind::Binary(..) => ("binary", ""),
            ExpressionKind::For(inner) => ("for", if inner.grouping { "..." } else { "" }),
            ExpressionKind::Parenthesis(_) => ("parenthesis", ""),
        };
        self.add(kind, span, said);
        self.inside(&expression.kind);
    }

    fn inside(&mut self, kind: &ExpressionKind) {
        match kind {
            ExpressionKind::Template(template) => self.template(&template.parts),
            ExpressionKind::List(items) => items.iter().for_each(|item| self.expression(item)),
            ExpressionKind::Call(call) => call.arguments.iter().for_each(|item| self.expression(item)),
            ExpressionKind::Object(items) => {
                for item in items {
                    match &item.key {
                        ObjectKey::Word(name) => self.add("key", name.span.range(), &name.value),
                        ObjectKey::Expression(key) => self.expression(key),
                    }
                    self.expression(&item.value);
                }
            }
            ExpressionKind::Traversal(base, steps) => {
                self.expression(base);
                for step in steps {
                    match step {
                        Step::Attribute(name) => self.add("step", name.span.range(), &name.value),
                        Step::Index(index) => self.expression(index),
                        Step::AttributeSplat | Step::FullSplat => {}
                    }
                }
            }
            ExpressionKind::Conditional(a, b, c) => [a, b, c].iter().for_each(|it| self.expression(it)),
            ExpressionKind::Unary(_, inner) | ExpressionKind::Parenthesis(inner) => self.expression(inner),
            ExpressionKind::Binary(a, _, b) => [a, b].iter().for_each(|it| self.expression(it)),
            ExpressionKind::For(inner) => {
                let names = inner.key_name.iter().chain([&inner.value_name]);
                names.for_each(|name| self.add("loop name", name.span.range(), &name.value));
                let parts = [Some(&inner.collection), inner.key.as_ref(), Some(&inner.value)];
                parts.into_iter().flatten().chain(&inner.condition).for_each(|it| self.expression(it));
            }
            _ => {}
        }
    }

    fn template(&mut self, parts: &[TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Literal(text, span) => match self.0.last_mut() {
                    // What an escape divides.
                    Some((_, end, "literal", said)) if *end == span.range().start => {
                        *end = span.range().end;
                        said.push_str(text);
                    }
                    _ => self.add("literal", span.range(), text),
                },
                TemplatePart::Interpolation(inner) => self.expression(inner),
                TemplatePart::If(inner) => {
                    self.expression(&inner.condition);
                    self.template(&inner.yes.parts);
                    self.template(&inner.no.parts);
                }
                TemplatePart::For(inner) => {
                    let names = inner.key_name.iter().chain([&inner.value_name]);
                    names.for_each(|name| self.add("loop name", name.span.range(), &name.value));
                    self.expression(&inner.collection);
                    self.template(&inner.body.parts);
                }
            }
        }
    }
}

/// The nodes of the tree of hcl-edit, placed as ours are.
struct Theirs<'t> {
    text: &'t str,
    nodes: Vec<Node>,
    /// Where a text is that something trims.
    trimmed: Vec<std::ops::Range<usize>>,
}

type Range = Option<std::ops::Range<usize>>;

impl Theirs<'_> {
    fn add(&mut self, kind: &'static str, span: Range, said: &str) {
        let span = span.unwrap();
        self.nodes.push((span.start, span.end, kind, said.to_owned()));
    }

    fn named(&mut self, kind: &'static str, span: Range) {
        let said = self.text.get(span.clone().unwrap()).unwrap().to_owned();
        self.add(kind, span, &said);
    }

    fn body(&mut self, body: &hcl_edit::structure::Body) {
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    self.named("name", attribute.key.span());
                    self.expression(&attribute.value);
                }
                Structure::Block(block) => {
                    self.add("block", block.span(), &block.ident);
                    let start = block.ident.span().unwrap().start;
                    let last = block.labels.last().map_or(block.ident.span(), |label| match label {
                        BlockLabel::Ident(name) => name.span(),
                        BlockLabel::String(text) => text.span(),
                    });
                    self.add("header", Some(start..last.unwrap().end), "");
                    for label in &block.labels {
                        match label {
                            BlockLabel::Ident(name) => self.named("label", name.span()),
                            BlockLabel::String(text) => self.add("label", inner(text.span()), text.value()),
                        }
                    }
                    self.body(&block.body);
                }
            }
        }
    }

    fn expression(&mut self, expression: &theirs::Expression) {
        let span = expression.span();
        match expression {
            theirs::Expression::Null(_) => self.add("null", span, ""),
            theirs::Expression::Bool(value) => {
                self.add("bool", span, if *value.value() { "true" } else { "false" });
            }
            theirs::Expression::Number(_) => {
                let digits: String =
                    self.text.get(span.clone().unwrap()).unwrap().split_whitespace().collect();
                self.add("number", span, &digits);
            }
            theirs::Expression::String(text) => {
                let content = inner(span);
                if !text.value().is_empty() {
                    self.add("literal", content.clone(), text.value());
                }
                self.add("template", content, "");
            }
            theirs::Expression::StringTemplate(template) => {
                self.add("template", inner(span), "");
                self.template(template);
            }
            theirs::Expression::HeredocTemplate(heredoc) => {
                let range = span.unwrap();
                let written = self.text.get(range.clone()).unwrap();
                let first = written.find('\n').map_or(written.len(), |at| at + 1);
                let last = written.rfind('\n').map_or(written.len(), |at| at + 1).max(first);
                let content = range.start + first..range.start + last;
                if written.starts_with("<<-") {
                    self.trimmed.push(content.clone());
                }
                self.add("template", Some(content), "");
                self.template(&heredoc.template);
            }
            theirs::Expression::Variable(_) => self.named("variable", span),
            other => self.compound(other, span),
        }
    }

    fn compound(&mut self, expression: &theirs::Expression, span: Range) {
        match expression {
            theirs::Expression::Array(items) => {
                self.add("list", span, "");
                items.iter().for_each(|item| self.expression(item));
            }
            theirs::Expression::Object(object) => {
                self.add("object", span, "");
                for (key, value) in object {
                    match key {
                        theirs::ObjectKey::Ident(name) => self.named("key", name.span()),
                        theirs::ObjectKey::Expression(key) => self.expression(key),
                    }
                    self.expression(value.expr());
                }
            }
            theirs::Expression::Parenthesis(inner) => {
                self.add("parenthesis", span, "");
                self.expression(inner.inner());
            }
            theirs::Expression::Conditional(inner) => {
                self.add("conditional", span, "");
                for part in [&inner.cond_expr, &inner.true_expr, &inner.false_expr] {
                    self.expression(part);
                }
            }
            theirs::Expression::FuncCall(call) => self.call(call, span),
            theirs::Expression::Traversal(traversal) => {
                self.add("traversal", span, "");
                self.expression(&traversal.expr);
                for step in &traversal.operators {
                    match step.value() {
                        theirs::TraversalOperator::GetAttr(name) => self.named("step", name.span()),
                        theirs::TraversalOperator::Index(index) => self.expression(index),
                        theirs::TraversalOperator::LegacyIndex(index) => self.named("number", index.span()),
                        _ => {}
                    }
                }
            }
            theirs::Expression::UnaryOp(inner) => {
                self.add("unary", span, "");
                self.expression(&inner.expr);
            }
            theirs::Expression::BinaryOp(inner) => {
                self.add("binary", span, "");
                for part in [&inner.lhs_expr, &inner.rhs_expr] {
                    self.expression(part);
                }
            }
            theirs::Expression::ForExpr(inner) => {
                self.add("for", span, if inner.grouping { "..." } else { "" });
                let names = inner.intro.key_var.iter().chain([&inner.intro.value_var]);
                names.for_each(|name| self.named("loop name", name.span()));
                let parts =
                    [Some(&inner.intro.collection_expr), inner.key_expr.as_ref(), Some(&inner.value_expr)];
                parts.into_iter().flatten().for_each(|it| self.expression(it));
                inner.cond.iter().for_each(|condition| self.expression(&condition.expr));
            }
            other => panic!("{other:?}"),
        }
    }

    fn call(&mut self, call: &theirs::FuncCall, span: Range) {
        let parts = call.name.namespace.iter().chain([&call.name.name]);
        let name: Vec<&str> = parts.map(|part| part.as_str()).collect();
        let start = call.name.namespace.first().unwrap_or(&call.name.name).span().unwrap().start;
        self.add("function", Some(start..call.name.name.span().unwrap().end), &name.join("::"));
        self.add("call", span, if call.args.expand_final() { "..." } else { "" });
        call.args.iter().for_each(|argument| self.expression(argument));
    }

    fn template(&mut self, template: &hcl_edit::template::Template) {
        for element in template {
            match element {
                Element::Literal(literal) => self.add("literal", literal.span(), literal.as_str()),
                Element::Interpolation(inner) => {
                    self.strips(inner.strip);
                    self.expression(&inner.expr);
                }
                Element::Directive(directive) => match directive.as_ref() {
                    Directive::If(inner) => {
                        self.strips(inner.if_expr.strip);
                        self.strips(inner.endif_expr.strip);
                        self.expression(&inner.if_expr.cond_expr);
                        self.template(&inner.if_expr.template);
                        if let Some(other) = &inner.else_expr {
                            self.strips(other.strip);
                            self.template(&other.template);
                        }
                    }
                    Directive::For(inner) => {
                        self.strips(inner.for_expr.strip);
                        self.strips(inner.endfor_expr.strip);
                        let names = inner.for_expr.key_var.iter().chain([&inner.for_expr.value_var]);
                        names.for_each(|name| self.named("loop name", name.span()));
                        self.expression(&inner.for_expr.collection_expr);
                        self.template(&inner.for_expr.template);
                    }
                },
            }
        }
    }

    /// A marker that takes blanks away: of its file, no text is compared.
    fn strips(&mut self, strip: hcl_edit::template::Strip) {
        if strip.strip_start() || strip.strip_end() {
            self.trimmed.push(0..self.text.len());
        }
    }
}

/// A quoted text without its quotes.
fn inner(range: Range) -> Range {
    range.map(|range| range.start + 1..range.end - 1)
}

/// The first difference of two trees.
pub fn difference(text: &str, body: &hcl::Body, other: &hcl_edit::structure::Body) -> Option<String> {
    let mut ours = Ours::default();
    ours.body(body);
    let mut theirs = Theirs { text, nodes: Vec::new(), trimmed: Vec::new() };
    theirs.body(other);
    let is_compared = |node: &Node| {
        node.2 != "literal"
            || !theirs.trimmed.iter().any(|range| range.start <= node.0 && node.1 <= range.end)
    };
    let (mut ours, mut others) = (ours.0, theirs.nodes.clone());
    ours.retain(is_compared);
    others.retain(is_compared);
    ours.sort();
    others.sort();
    if ours == others {
        return None;
    }
    let at = ours.iter().zip(&others).position(|(a, b)| a != b).unwrap_or(ours.len().min(others.len()));
    Some(format!("ours {:?}, theirs {:?}", ours.get(at), others.get(at)))
}

/// Why a difference is meant, if it is.
pub fn explained(text: &str, difference: &str) -> Option<&'static str> {
    explained_where(text, difference, &is_read_alike)
}

/// [`explained`], where this says whether a text is read alike by both.
pub fn explained_where(
    text: &str,
    difference: &str,
    is_alike: &dyn Fn(&str) -> bool,
) -> Option<&'static str> {
    let is_only_theirs = difference.starts_with("only theirs refuses");
    if difference.contains("redefined object key") {
        return Some("Terraform takes the last of two values of a key; hcl-edit refuses them");
    }
    if is_only_theirs && text.starts_with('\u{feff}') {
        return Some("Terraform skips a byte order mark; hcl-edit refuses it");
    }
    if is_only_theirs && difference.contains("invalid expression") && text.contains("for ") {
        return Some("in `{ for … }` an expression may go on in the next line; hcl-edit refuses it");
    }
    keyword_as_key(difference).or_else(|| mended(text, is_alike))
}

fn keyword_as_key(difference: &str) -> Option<&'static str> {
    let is_key = |word: &str| difference.contains(&format!("\"key\", \"{word}\""));
    ["true", "false", "null"]
        .into_iter()
        .any(is_key)
        .then_some("a keyword alone is a text as the key of an object; hcl-edit has its value")
}

/// Whether nothing differs but what [`keyword_as_key`] explains.
fn is_read_alike(text: &str) -> bool {
    let (body, problems) = hcl::parse(SourceId::first(), text);
    let Ok(other) = hcl_edit::parser::parse_body(text) else { return false };
    problems.is_empty()
        && difference(text, &body, &other).is_none_or(|difference| keyword_as_key(&difference).is_some())
}

/// A place that hcl-edit reads otherwise, and the text with all such places written so that both must read them alike.
type Mend = (&'static str, fn(&str) -> String);

const MENDS: [Mend; 3] = [
    (
        "a heredoc ends where its marker is alone on a line; hcl-edit ends it where one begins with it",
        with_no_line_that_begins_with_a_marker,
    ),
    (
        "digits may lack behind the point before an exponent; hcl-edit reads an attribute there",
        with_digits_before_exponents,
    ),
    ("a heredoc may be empty; hcl-edit goes on to the next line with its marker", with_no_empty_heredoc),
];

/// What is no longer different when it is written otherwise; nothing else is excused by it.
fn mended(text: &str, is_alike: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    let mut text = text.to_owned();
    MENDS.into_iter().find_map(|(why, mend)| {
        let mended = mend(&text);
        let is_changed = mended != text;
        text = mended;
        (is_changed && is_alike(&text)).then_some(why)
    })
}

/// The contents of heredocs, with their markers.
fn heredocs(text: &str) -> Vec<(std::ops::Range<usize>, String)> {
    let mut ours = Ours::default();
    ours.body(&hcl::parse(SourceId::first(), text).0);
    let marker = |start: usize| {
        let line = text.get(..start)?.strip_suffix('\n')?.lines().last()?;
        Some(line.rsplit_once("<<")?.1.trim_start_matches('-').trim().to_owned())
    };
    let templates = ours.0.iter().filter(|node| node.2 == "template");
    let mut found: Vec<_> = templates.filter_map(|node| Some((node.0..node.1, marker(node.0)?))).collect();
    found.sort_by_key(|(range, _)| range.start);
    found
}

/// The text with more written at some offsets, which are in order.
fn with(text: &str, more: &[(usize, &str)]) -> String {
    let mut written = text.to_owned();
    more.iter().rev().for_each(|(at, more)| written.insert_str(*at, more));
    written
}

fn with_no_line_that_begins_with_a_marker(text: &str) -> String {
    let mut more = std::collections::BTreeMap::new();
    for (range, marker) in heredocs(text) {
        let mut at = range.start;
        for line in text.get(range).unwrap().split_inclusive('\n') {
            let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
            if line.trim_start_matches([' ', '\t']).starts_with(&marker) {
                more.insert(at + blanks, ".");
            }
            at += line.len();
        }
    }
    with(text, &more.into_iter().collect::<Vec<_>>())
}

/// A digit behind the point, and one of those of the exponent: no number is then too large for hcl-edit.
fn with_digits_before_exponents(text: &str) -> String {
    let is_lacking = |window: &[u8]| matches!(window, [b'0'..=b'9', b'.', b'e' | b'E']);
    let (mut written, mut rest) = (String::new(), text);
    while let Some(at) = rest.as_bytes().windows(3).position(is_lacking) {
        let (before, exponent) = rest.split_at(at + 2);
        let (letter, signed) = exponent.split_at(1);
        let digits = signed.strip_prefix(['+', '-']).unwrap_or(signed);
        let sign = signed.strip_suffix(digits).unwrap_or_default();
        let after = digits.trim_start_matches(|it: char| it.is_ascii_digit());
        let whole = text.strip_suffix(exponent).and_then(|before| before.strip_suffix('.'));
        written.push_str(before);
        if after.len() == digits.len() || !whole.is_some_and(ends_in_whole_number) {
            rest = exponent;
            continue;
        }
        written.extend(["0", letter, sign, digits.get(..1).unwrap_or_default()]);
        rest = after;
    }
    written + rest
}

/// Whether the digits at the end are a number: no part of a name, nor of a number that has a point or an exponent already.
fn ends_in_whole_number(text: &str) -> bool {
    let above = text.trim_end_matches(|it: char| it.is_alphanumeric() || matches!(it, '_' | '-'));
    let mut word = text.strip_prefix(above).unwrap_or_default();
    let without_digits = |text: &str| text.trim_start_matches(|it: char| it.is_ascii_digit()).len();
    // What is left of a text behind an exponent, if it begins with one.
    let behind_exponent = |text: &str| {
        let signed = text.strip_prefix(['e', 'E'])?;
        let digits = signed.strip_prefix('-').unwrap_or(signed);
        let left = without_digits(digits);
        (left < digits.len()).then_some(left)
    };
    let end_of = |word: &str| {
        let left = without_digits(word);
        word.get(word.len() - left..).and_then(behind_exponent).unwrap_or(left)
    };
    let mut is_whole = false;
    let is_named = |text: &str| {
        let above = text.trim_end_matches(|it: char| it.is_alphanumeric() || it == '_');
        text.strip_prefix(above).is_none_or(|word| !word.starts_with(|it: char| it.is_ascii_digit()))
    };
    let signed = above.strip_suffix("e+").or(above.strip_suffix("E+"));
    let signed = signed.filter(|number| !is_named(number.strip_suffix('.').unwrap_or(number)));
    let begun = signed.or(above.strip_suffix('.'));
    if let Some(number) = begun {
        let exponent = behind_exponent(word).filter(|_| ends_in_whole_number(number));
        word = word.get(word.len() - exponent.unwrap_or_else(|| end_of(word))..).unwrap_or_default();
    }
    while let Some(first) = word.chars().next() {
        let left = if first == '-' { word.len() - 1 } else { end_of(word) };
        is_whole = first != '-' && left == without_digits(word);
        if left == word.len() {
            return false;
        }
        word = word.get(word.len() - left..).unwrap_or_default();
    }
    is_whole
}

fn with_no_empty_heredoc(text: &str) -> String {
    let empty = heredocs(text).into_iter().filter(|(range, _)| range.is_empty());
    with(text, &empty.map(|(range, _)| (range.start, "\n")).collect::<Vec<_>>())
}
