//! `trustlint rules` and `trustlint explain`.

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::shared::{Status, Stop, print, table};
use super::terminal;
use crate::config::suggestion;
use crate::diagnostic::{Effect, Severity};
use crate::report::page::{self, Extent};
use crate::rules::{RULES, rule};

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The rule
    rule: String,
    /// Show the other examples, the limits and the AWS pages
    #[arg(long)]
    examples: bool,
    /// Format of the page
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = PageFormat::Text)]
    output_format: PageFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PageFormat {
    Text,
    Markdown,
}

#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    /// Format of the list
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Text)]
    output_format: ListFormat,
}

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    Text,
    Json,
}

/// A rule for programs.
#[derive(Serialize)]
struct Entry {
    name: &'static str,
    severity: Severity,
    effect: Effect,
    family: String,
    since: &'static str,
    summary: &'static str,
}

pub(super) fn explain(args: &ExplainArgs) -> Result<Status, Stop> {
    let Some(rule) = rule(&args.rule) else {
        let near = suggestion(&args.rule, RULES.iter().map(|rule| rule.name));
        return Err(Stop::new(format_args!("there is no rule `{}`{near}", args.rule)));
    };
    let extent = if args.examples { Extent::Rest } else { Extent::FirstScreen };
    let mut text = match args.output_format {
        PageFormat::Text => page::plain(rule.page, extent, terminal::width()),
        PageFormat::Markdown => page::markdown(rule.page, extent),
    };
    if !args.examples {
        let command = format!("trustlint explain {} --examples", rule.name);
        let command = if args.output_format == PageFormat::Text { command } else { format!("`{command}`") };
        text.extend(["\nMore examples, limits and AWS pages: ", &command, "\n"]);
    }
    print(&text)?;
    Ok(Status::Clean)
}

pub(super) fn list(args: &RulesArgs) -> Result<Status, Stop> {
    let text = match args.output_format {
        ListFormat::Text => {
            let row = |columns: [&str; 5]| columns.map(str::to_owned).to_vec();
            let rules = RULES.iter().map(|rule| {
                let (severity, family) = (rule.severity.name(), rule.family_word());
                row([rule.name, severity, &family, rule.effect.name(), rule.summary])
            });
            let head = row(["NAME", "SEVERITY", "FAMILY", "EFFECT", "SUMMARY"]);
            table(&std::iter::once(head).chain(rules).collect::<Vec<_>>())
        }
        ListFormat::Json => {
            let entries: Vec<_> = RULES
                .iter()
                .map(|rule| Entry {
                    name: rule.name,
                    severity: rule.severity,
                    effect: rule.effect,
                    family: rule.family_word(),
                    since: rule.since,
                    summary: rule.summary,
                })
                .collect();
            serde_json::to_string_pretty(&entries).map_err(Stop::new)? + "\n"
        }
    };
    print(&text)?;
    Ok(Status::Clean)
}
