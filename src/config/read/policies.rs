//! `[[policy]]`: whose policies files are.

use std::ops::Range;

use toml::de::DeTable;

use super::{Reader, Value, ordered};
use crate::config::Config;
use crate::walk::policy::binding::{IdentityKind, What};
use crate::walk::policy::configured::{Kind, Row, Sort, names_in};
use crate::walk::policy::pattern::Pattern;

/// The keys that say what a policy is of.
const TARGETS: [(&str, Sort); 6] = [
    ("role", Sort::Identity(IdentityKind::Role)),
    ("user", Sort::Identity(IdentityKind::User)),
    ("group", Sort::Identity(IdentityKind::Group)),
    ("bucket", Sort::Bucket),
    ("key", Sort::Key),
    ("resource", Sort::Arn),
];

impl Reader<'_> {
    pub(super) fn policies(&mut self, value: &Value<'_>, config: &mut Config) {
        let Some(items) = value.get_ref().as_array() else {
            return self.error(value.span(), "`policy` is a list of tables; write `[[policy]]`");
        };
        for item in items {
            let Some(table) = self.table(item, "`policy`") else { continue };
            config.inputs.policies.rows.extend(self.policy(table, item.span()));
        }
    }

    fn policy(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Option<Row> {
        const KEYS: &[&str] =
            &["path", "kind", "role", "user", "group", "bucket", "key", "resource", "account"];
        let (mut pattern, mut kind, mut account) = (None, None, None);
        let mut targets = Vec::new();
        for (key, value) in ordered(table) {
            let name = key.get_ref().as_ref();
            match name {
                "path" => pattern = self.pattern(value),
                "kind" => kind = self.kind(value),
                "account" => account = self.string(value, "`account`").map(|text| (text, value.span())),
                _ => match TARGETS.iter().find(|(known, _)| *known == name) {
                    Some((known, sort)) => {
                        let text = self.string(value, &format!("`{known}`"));
                        targets.extend(text.map(|text| (*known, *sort, text, value.span())));
                    }
                    None => self.unknown(key, KEYS),
                },
            }
        }
        let range = (span.start, span.end);
        if pattern.is_none() && !table.contains_key("path") {
            self.error(span, "a policy needs a `path`");
        }
        let mut targets = targets.into_iter();
        let target = targets.next();
        if let Some((second, .., place)) = targets.next() {
            let message =
                format!("a policy is of one thing: leave out `{second}`, or write a `[[policy]]` for each");
            self.error(place, message);
        }
        self.fits(kind, target.as_ref().map(|(name, sort, _, place)| (*name, *sort, place)));
        let pattern = pattern?;
        let texts = target.iter().map(|(.., text, place)| (text, place));
        for (text, place) in texts.chain(account.iter().map(|(text, place)| (text, place))) {
            for name in names_in(text).filter(|name| !pattern.captures(name)) {
                self.error(place.start..place.end, format!("`{{{name}}}` is not taken from `path`"));
            }
        }
        Some(Row {
            pattern,
            kind,
            target: target.map(|(_, sort, text, _)| (sort, text)),
            account: account.map(|(text, _)| text),
            directory: String::new(),
            file: String::new(),
            range,
        })
    }

    fn pattern(&mut self, value: &Value<'_>) -> Option<Pattern> {
        let written = self.string(value, "`path`")?;
        Pattern::new(&written).map_err(|message| self.error(value.span(), message)).ok()
    }

    fn kind(&mut self, value: &Value<'_>) -> Option<Kind> {
        let written = value.get_ref().as_str().unwrap_or_default();
        let kind = Kind::of(written);
        if kind.is_none() {
            self.error(value.span(), format!("`kind` is {}", Kind::WORDS));
        }
        kind
    }

    /// Whether what is named can have a policy of the kind.
    fn fits(&mut self, kind: Option<Kind>, target: Option<(&str, Sort, &Range<usize>)>) {
        let (Some(Kind::Of(what)), Some((name, sort, place))) = (kind, target) else { return };
        let fits = match what {
            What::Trust => sort == Sort::Identity(IdentityKind::Role),
            What::Identity => matches!(sort, Sort::Identity(_)),
            What::Boundary => {
                matches!(sort, Sort::Identity(IdentityKind::Role | IdentityKind::User))
            }
            What::Resource => !matches!(sort, Sort::Identity(_)),
            What::Session | What::ServiceControl | What::ResourceControl | What::Endpoint => false,
        };
        if !fits {
            self.error(place.start..place.end, format!("a {} is not of a {name}", what.name()));
        }
    }
}
