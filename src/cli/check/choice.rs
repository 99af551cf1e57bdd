//! Which rules a run reports: `--select` and `--ignore`.

use rustc_hash::FxHashSet;

use super::CheckArgs;
use crate::cli::shared::Stop;
use crate::config::{Called, Closeness, Config, Level, Selectors};
use crate::rules::{RULES, Rule, groups};

/// Applies `--select` and `--ignore` on top of the configuration.
pub(super) fn choose_rules(config: &mut Config, args: &CheckArgs) -> Result<(), Stop> {
    let rules: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
    let words = args.select.iter().chain(&args.ignore);
    let others: Vec<&String> = words.filter(|word| !rules.contains(&word.as_str())).collect();
    if !others.is_empty() {
        let groups = groups();
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        let selectors = Selectors { rules: &rules, groups: &groups };
        if let Some(wrong) = others.into_iter().find_map(|word| selectors.wrong(word)) {
            return Err(Stop::new(wrong));
        }
    }
    if !args.select.is_empty() || !args.ignore.is_empty() {
        config.for_all(|config| choose_levels(config, args));
    }
    Ok(())
}

fn choose_levels(config: &mut Config, args: &CheckArgs) {
    let (select, ignore) = (Words::of(&args.select), Words::of(&args.ignore));
    let chosen = |rule: &Rule| {
        let called = rule.called();
        let (selected, ignored) = (select.closest(&called), ignore.closest(&called));
        let is_left = selected.is_none() && !args.select.is_empty();
        if is_left || (ignored.is_some() && ignored >= selected) {
            return Some(Level::Off);
        }
        // Asking for a rule is stronger than a configuration that says no more closely which rule is off.
        let is_asked = matches!(config.level(&called), Some((said, Level::Off)) if selected >= Some(said));
        is_asked.then_some(Level::Usual)
    };
    let levels = RULES.iter().filter_map(|rule| Some((rule.name.to_owned(), chosen(rule)?)));
    let levels: Vec<(String, Level)> = levels.collect();
    config.levels.extend(levels);
}

/// The words of an option that mean rules.
struct Words<'a> {
    names: FxHashSet<&'a str>,
    others: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn of(words: &'a [String]) -> Self {
        let is_name = |word: &&str| RULES.iter().any(|rule| rule.name == *word);
        let (names, others): (Vec<&str>, Vec<&str>) = words.iter().map(String::as_str).partition(is_name);
        Self { names: names.into_iter().collect(), others }
    }

    /// How closely one of them means a rule.
    fn closest(&self, rule: &Called<'_>) -> Option<Closeness> {
        if self.names.contains(rule.name) {
            return Some(Closeness::Name);
        }
        self.others.iter().filter_map(|word| rule.meant_by(word)).max()
    }
}
