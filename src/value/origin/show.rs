//! How an origin is shown to people.

use super::{Operand, Origin, OriginKind, Part, Shown, Word, Words};
use crate::bounds;
use crate::value::{Class, UnitKey};

/// How something is shown that was written without a name.
const NAMELESS: &str = "a reference without a name";

/// How symbols are shown that stand inside of something else.
#[derive(Clone, Copy)]
enum Within<'u> {
    /// As they are.
    Name,
    /// With their unit, if it is not this one.
    Unit(&'u UnitKey),
    /// With their unit.
    Nowhere,
    /// With their unit, if it is not that of the call, which is the first one in it; what a unit has itself, always.
    Call(Option<&'u UnitKey>),
}

impl Origin {
    /// What people call it. For them alone: nothing is ever found by it.
    pub fn shown(&self) -> &str {
        self.memory().whole.get_or_init(|| self.written(false).into())
    }

    /// The same without the address that says whose `each.key` or `each.value` it is.
    pub fn shown_without_address(&self) -> &str {
        self.memory().without_address.get_or_init(|| self.written(true).into())
    }

    fn memory(&self) -> &Shown {
        self.0.shown.get_or_init(Box::default)
    }

    fn written(&self, bare: bool) -> String {
        if self.is_nameless() {
            return NAMELESS.to_owned();
        }
        let mut writer = Writer { out: String::new(), bare };
        writer.origin(self);
        writer.out
    }

    /// Whether it was written without a name: `!Ref ''`. CloudFormation refuses that, but it is read.
    pub fn is_nameless(&self) -> bool {
        match self.kind() {
            OriginKind::Named { name, .. } => matches!(name.trim(), "" | "."),
            OriginKind::Stored { name, .. } | OriginKind::Import(name) => name.is_empty(),
            OriginKind::Resolved { written, .. } => written.is_empty(),
            OriginKind::Expression(text) => text.trim().is_empty(),
            OriginKind::OfText { prefix, text, part: Part::Mapping, .. } => {
                prefix.is_empty() && text.is_empty()
            }
            _ => false,
        }
    }
}

impl Words {
    /// What people see of it.
    pub fn shown(&self) -> String {
        let mut writer = Writer { out: String::new(), bare: false };
        writer.words(self, Within::Name);
        writer.out
    }

    /// What people see of a path: without the `./` before it.
    pub fn shown_as_path(&self) -> String {
        self.shown().trim_start_matches("./").to_owned()
    }
}

impl Part {
    /// What people see of it behind what it is a part of.
    pub fn shown(&self) -> String {
        let mut writer = Writer { out: String::new(), bare: false };
        writer.part(self);
        writer.out
    }
}

impl Part {
    /// What people see of it where they do not see what it is a part of.
    pub fn shown_alone(&self) -> String {
        self.shown().trim_start_matches('.').to_owned()
    }
}

struct Writer {
    out: String,
    bare: bool,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn all(&mut self, texts: &[&str]) {
        for text in texts {
            self.push(text);
        }
    }

    /// What is inside of something else, as it is known already.
    fn known(&mut self, origin: &Origin) {
        let memory = origin.memory();
        let memory = if self.bare { &memory.without_address } else { &memory.whole };
        let bare = self.bare;
        self.push(memory.get_or_init(|| origin.written(bare).into()));
    }

    fn origin(&mut self, origin: &Origin) {
        match origin.kind() {
            OriginKind::Unit(unit) => self.push(&unit.to_string()),
            OriginKind::Profile(name) => self.all(&["profile ", name]),
            OriginKind::Configured(name)
            | OriginKind::Member { name, .. }
            | OriginKind::Placeholder(name)
            | OriginKind::Named { name, .. }
            | OriginKind::Output { name, .. }
            | OriginKind::Written { place: name, .. }
            | OriginKind::Described(name)
            | OriginKind::Expression(name) => self.push(name),
            OriginKind::Declared { address, instance, .. } => {
                self.push(address);
                if let Some(part) = instance {
                    self.part(part);
                }
            }
            OriginKind::Attribute { of, name } => {
                self.known(of);
                self.all(&[".", name]);
            }
            OriginKind::Each { name, .. } if self.bare => self.all(&["each.", name]),
            OriginKind::Each { address, name, .. } => self.all(&[address, ".each.", name]),
            OriginKind::Part { part: Part::Each(name), .. } if self.bare => self.all(&["each.", name]),
            OriginKind::Part { of, part } => {
                self.known(of);
                self.part(part);
            }
            OriginKind::Again { of, .. } => self.known(of),
            OriginKind::Returned(function) => self.all(&[function, "(…)"]),
            OriginKind::Checkout => self.push("the directory of the project"),
            OriginKind::Circular => self.push("depends on itself"),
            OriginKind::TooLarge => self.push("too large to be evaluated"),
            OriginKind::Element { of, key } => self.element(of, key),
            OriginKind::Derived { function, operands } => self.call(function, operands),
            kind => self.looked_up(kind),
        }
    }

    /// What is found elsewhere.
    fn looked_up(&mut self, kind: &OriginKind) {
        match kind {
            OriginKind::Found { unit, kind, arguments } => self.found(unit, kind, arguments),
            OriginKind::Stored { unit, name, region } => {
                self.push("ssm:");
                let within = unit.as_ref().map_or(Within::Nowhere, Within::Unit);
                self.words(name, within);
                if let Some(region) = region {
                    self.push("@");
                    self.words(region, within);
                }
            }
            OriginKind::Resolved { written, .. } => self.words(written, Within::Name),
            OriginKind::Import(name) => {
                self.push("import:");
                self.words(name, Within::Nowhere);
            }
            OriginKind::StackOutput { region, stack, output, .. } => {
                self.push("stack:");
                for words in region.iter().chain([stack]) {
                    self.words(words, Within::Name);
                    self.push(".");
                }
                self.words(output, Within::Name);
            }
            OriginKind::State { backend, settings, workspace } => {
                self.all(&["data.terraform_remote_state[\"", backend, "://"]);
                let set = settings.iter().filter(|one| **one != Operand::Null);
                for (index, one) in set.enumerate() {
                    self.push(if index > 0 { "/" } else { "" });
                    self.operand(one, Within::Name);
                }
                if let Some(workspace) = workspace {
                    self.push("?workspace=");
                    self.operand(workspace, Within::Name);
                }
                self.push("\"].outputs");
            }
            OriginKind::OfText { prefix, text, part, .. } => {
                self.push(prefix);
                self.words(text, Within::Name);
                self.part(part);
            }
            OriginKind::Ran { function, arguments, .. } => {
                self.all(&[function, "("]);
                for (index, words) in arguments.iter().enumerate() {
                    self.push(if index > 0 { ", " } else { "" });
                    self.words(words, Within::Name);
                }
                self.push(")");
            }
            // Written above.
            _ => {}
        }
    }

    fn found(&mut self, unit: &UnitKey, kind: &str, arguments: &[(std::sync::Arc<str>, Operand)]) {
        let within = Within::Unit(unit);
        self.all(&["data.", kind]);
        match arguments {
            [] => {}
            [(_, only)] => {
                self.push("[\"");
                self.operand(only, within);
                self.push("\"]");
            }
            several => {
                self.push("[");
                for (index, (name, said)) in several.iter().enumerate() {
                    self.all(&[if index > 0 { ", " } else { "" }, name, "=\""]);
                    self.operand(said, within);
                    self.push("\"");
                }
                self.push("]");
            }
        }
    }

    fn element(&mut self, of: &Operand, key: &Operand) {
        let mut inner = Self { out: String::new(), bare: self.bare };
        let home = home_of([of, key]);
        inner.operand(of, Within::Call(home));
        inner.push("[");
        inner.operand(key, Within::Call(home));
        inner.push("]");
        self.push(if inner.out.len() > bounds::IDENTITY_LENGTH { "…[…]" } else { &inner.out });
    }

    fn call(&mut self, function: &str, operands: &[Operand]) {
        if let [left, right] = operands
            && !function.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        {
            let mut inner = Self { out: String::new(), bare: self.bare };
            let within = Within::Call(home_of(operands));
            inner.operand(left, within);
            inner.all(&[" ", function, " "]);
            inner.operand(right, within);
            if inner.out.len() <= bounds::IDENTITY_LENGTH {
                self.push(&inner.out);
                return;
            }
        }
        let mut inner = Self { out: String::new(), bare: self.bare };
        inner.separated(operands, ", ", Within::Call(home_of(operands)));
        self.all(&[function, "("]);
        // Nobody reads all that goes in.
        if function.len() + inner.out.len() + 2 <= bounds::IDENTITY_LENGTH {
            self.push(&inner.out);
        } else {
            match operands.first() {
                Some(Operand::Text(words))
                    if words.as_literal().is_some_and(|text| text.len() < bounds::IDENTITY_LENGTH / 3) =>
                {
                    self.all(&["\"", words.as_literal().unwrap_or_default(), "\", …"]);
                }
                _ => self.push("…"),
            }
        }
        self.push(")");
    }

    fn separated(&mut self, operands: &[Operand], separator: &str, within: Within<'_>) {
        for (index, operand) in operands.iter().enumerate() {
            self.push(if index > 0 { separator } else { "" });
            self.operand(operand, within);
        }
    }

    fn operand(&mut self, operand: &Operand, within: Within<'_>) {
        // The text of a call has more than enough.
        if self.out.len() > 4 * bounds::IDENTITY_LENGTH {
            return;
        }
        match operand {
            Operand::Null => self.push("null"),
            Operand::Bool(value) => self.push(if *value { "true" } else { "false" }),
            Operand::Number(digits) => self.push(digits),
            Operand::Text(words) => self.text(words, within),
            Operand::Symbol(class, origin) => self.symbol(*class, origin, within),
            Operand::List(items) => {
                self.push("[");
                for item in items {
                    self.operand(item, within);
                    self.push(",");
                }
                self.push("]");
            }
            Operand::Map(entries) => {
                self.push("{");
                for (key, value) in entries {
                    self.text(key, within);
                    self.push("=");
                    self.operand(value, within);
                    self.push(",");
                }
                self.push("}");
            }
            Operand::Json(inner) => {
                self.push("jsonencode(");
                self.operand(inner, within);
                self.push(")");
            }
        }
    }

    fn text(&mut self, words: &Words, within: Within<'_>) {
        if self.out.len() > 4 * bounds::IDENTITY_LENGTH {
            return;
        }
        let quote = if matches!(within, Within::Call(_)) { "\"" } else { "" };
        self.push(quote);
        self.words(words, within);
        self.push(quote);
    }

    fn words(&mut self, words: &Words, within: Within<'_>) {
        for word in words.words() {
            match word {
                Word::Literal(text) => self.push(text),
                Word::Symbol(class, origin) => {
                    self.push("${");
                    self.symbol(*class, origin, within);
                    self.push("}");
                }
                Word::Unknown => self.push("${…}"),
                Word::Json(inner) => {
                    self.push("${jsonencode(");
                    self.operand(inner, within);
                    self.push(")}");
                }
            }
        }
    }

    fn symbol(&mut self, class: Class, origin: &Origin, within: Within<'_>) {
        let own_name = class.name();
        match own_name {
            Some(name) => self.push(name),
            None => self.known(origin),
        }
        let Some(unit) = origin.unit().filter(|unit| !unit.is_nowhere()) else { return };
        let far = match within {
            Within::Name => false,
            Within::Nowhere => true,
            Within::Unit(own) => unit != own,
            Within::Call(home) => own_name.is_some() || home.is_some_and(|home| home != unit),
        };
        if far {
            self.all(&["@", &unit.to_string()]);
        }
    }

    fn part(&mut self, part: &Part) {
        match part {
            Part::Attribute(name) | Part::Function { name, argument: None } => self.all(&[".", name]),
            Part::Index(digits) => self.all(&["[", digits, "]"]),
            Part::Key(words) => {
                self.push("[\"");
                self.words(words, Within::Name);
                self.push("\"]");
            }
            Part::At(words) => {
                self.push("[");
                self.words(words, Within::Name);
                self.push("]");
            }
            Part::EachKey => self.push("[each.key]"),
            Part::SomeItem => self.push("[…]"),
            Part::Any => self.push("[*]"),
            Part::AnyKey => self.push("[*].key"),
            Part::Each(name) => self.all(&[".each.", name]),
            Part::Where { by, is } => {
                self.push("[");
                self.known(by);
                self.push("==");
                self.push(&format!("{is:?}"));
                self.push("]");
            }
            Part::Without(start) => self.all(&[" without ", start]),
            Part::Function { name, argument: Some(argument) } => {
                self.all(&[".", name, "("]);
                self.words(argument, Within::Name);
                self.push(")");
            }
            Part::Mapping => self.push(" (a mapping)"),
        }
    }
}

/// The unit of the first symbol that has one and is not something of a unit itself.
fn home_of<'o>(operands: impl IntoIterator<Item = &'o Operand>) -> Option<&'o UnitKey> {
    fn of_words(words: &Words) -> Option<&UnitKey> {
        words.words().iter().find_map(|word| match word {
            Word::Symbol(class, origin) if class.name().is_none() => origin.unit(),
            Word::Json(inner) => of(inner),
            _ => None,
        })
    }
    fn of(operand: &Operand) -> Option<&UnitKey> {
        match operand {
            Operand::Symbol(class, origin) if class.name().is_none() => origin.unit(),
            Operand::Text(words) => of_words(words),
            Operand::List(items) => items.iter().find_map(of),
            Operand::Map(entries) => entries.iter().find_map(|(key, one)| of_words(key).or_else(|| of(one))),
            Operand::Json(inner) => of(inner),
            _ => None,
        }
    }
    operands.into_iter().find_map(of)
}
