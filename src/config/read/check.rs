//! `[check]`.

use super::{Reader, Value, ordered};
use crate::config::{Config, FailOn, Profile, SEVERITIES, suggestion};

impl Reader<'_> {
    pub(super) fn check(&mut self, value: &Value<'_>, config: &mut Config) {
        const KEYS: &[&str] = &[
            "fail-on",
            "min-severity",
            "profile",
            "exclude",
            "require-ignore-reason",
            "not-ignorable",
            "baseline",
        ];
        let Some(table) = self.table(value, "`check`") else { return };
        let check = &mut config.check;
        for (key, value) in ordered(table) {
            match key.get_ref().as_ref() {
                "fail-on" => check.fail_on = self.one_of(value, "`fail-on`", &FailOn::WORDS),
                "min-severity" => check.min_severity = self.one_of(value, "`min-severity`", &SEVERITIES),
                "profile" => check.profile = self.one_of(value, "`profile`", &Profile::WORDS),
                "exclude" => {
                    for (pattern, span) in self.strings(value, "`exclude`") {
                        check.exclude.extend(self.glob(&pattern, span));
                    }
                }
                "require-ignore-reason" => match value.get_ref().as_bool() {
                    Some(truth) => check.require_ignore_reason = truth,
                    None => self.error(value.span(), "`require-ignore-reason` is true or false"),
                },
                "not-ignorable" => {
                    for (word, span) in self.strings(value, "`not-ignorable`") {
                        if let Some(wrong) = self.rules.wrong(&word) {
                            self.error(span, wrong);
                        }
                        check.not_ignorable.push(word);
                    }
                }
                "baseline" => check.baseline = self.path(value, "`baseline`"),
                _ => self.unknown(key, KEYS),
            }
        }
    }

    /// One of a few words.
    fn one_of<T: Copy>(&mut self, value: &Value<'_>, what: &str, words: &[(&str, T)]) -> Option<T> {
        let word = self.string(value, what)?;
        let known = words.iter().find(|(name, _)| *name == word).map(|(_, one)| *one);
        if known.is_none() {
            let near = suggestion(&word, words.iter().map(|(name, _)| *name));
            let words: Vec<String> = words.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            self.error(value.span(), format!("{what} is one of {}{near}", words.join(", ")));
        }
        known
    }
}
