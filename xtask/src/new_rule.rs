//! Begins a new rule: its page, its file, and its lines in every list of rules.
//!
//! Nothing is written before all of it could be made. `tests/new_rule.rs` runs this, too.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The width of a line in Markdown.
const WIDTH: usize = 132;

/// Begins the rule `name` in the repository at `root`, and says what to do next.
pub(crate) fn generate(root: &Path, name: &str) -> Result<String, String> {
    check_name(root, name)?;
    let module = name.replace('-', "_");
    let (page, file) = (format!("rules/{name}.md"), format!("src/rules/{module}.rs"));
    let changed =
        [("src/rules/mod.rs", listed as Edit), ("rules/README.md", indexed), ("CHANGELOG.md", announced)];
    let mut files = vec![(page.as_str(), page_of(name)), (file.as_str(), file_of(name))];
    for (path, edit) in changed {
        let text =
            edit(&read(root, path)?, name).ok_or_else(|| format!("{path}: found no place for `{name}`"))?;
        files.push((path, text));
    }
    for (path, text) in files {
        fs::write(root.join(path), text).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(format!(
        "wrote {page} and {file}, and listed the rule in src/rules/mod.rs, rules/README.md and CHANGELOG.md\n\
         1. Write the page, with the examples first.\n\
         2. Write the check, until `cargo test --test pages` passes.\n\
         3. `BLESS=1 cargo test --test pages --test house` writes the marks, the summary and the index."
    ))
}

/// A file with the new rule in it; `None` when it has no place for it.
type Edit = fn(&str, &str) -> Option<String>;

#[expect(clippy::disallowed_methods, reason = "a development task reads its inputs itself")]
fn read(root: &Path, path: &str) -> Result<String, String> {
    fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))
}

fn check_name(root: &Path, name: &str) -> Result<(), String> {
    let word = |word: &str| {
        !word.is_empty() && word.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
    };
    if !name.split('-').all(word)
        || !name.starts_with(|it: char| it.is_ascii_lowercase())
        || !name.contains('-')
    {
        return Err(format!(
            "`{name}` is not a name: write the defect in kebab case, such as `wildcard-principal`"
        ));
    }
    if root.join(format!("rules/{name}.md")).exists() {
        return Err(format!("there is a rule `{name}` already"));
    }
    Ok(())
}

/// The list of modules and the list of rules, both in alphabetical order.
fn listed(text: &str, name: &str) -> Option<String> {
    let module = name.replace('-', "_");
    let is_module = |line: &str| {
        let name = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';'));
        // What rules share has no entry.
        name.filter(|name| text.contains(&format!("    &{name}::RULE,"))).map(str::to_owned)
    };
    let is_entry = |line: &str| {
        let name = line.trim_start().strip_prefix('&').and_then(|rest| rest.strip_suffix("::RULE,"));
        name.map(str::to_owned)
    };
    let text = inserted(text, &module, &format!("mod {module};\n"), &is_module)?;
    inserted(&text, &module, &format!("    &{module}::RULE,\n"), &is_entry)
}

/// The index of the pages.
fn indexed(text: &str, name: &str) -> Option<String> {
    let row = format!("| [{name}]({name}.md) | error | To do: what is wrong when the rule speaks. |\n");
    inserted(text, name, &row, &|line| Some(line.strip_prefix("| [")?.split_once(']')?.0.to_owned()))
}

/// A text with a line among those that have a name, in alphabetical order; `None` when none has.
fn inserted(text: &str, name: &str, new: &str, named: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let names = lines.iter().enumerate().filter_map(|(at, line)| Some((at, named(line.trim_end())?)));
    let names: Vec<(usize, String)> = names.collect();
    let later = names.iter().find(|(_, other)| other.as_str() > name).map(|(at, _)| *at);
    let at = later.or_else(|| names.last().map(|(at, _)| at + 1))?;
    let (before, after) = lines.split_at_checked(at)?;
    Some(before.iter().chain([&new]).chain(after).copied().collect())
}

/// The changelog, with the rule in the list of the version to come, or in a line of its own.
fn announced(text: &str, name: &str) -> Option<String> {
    let start = text.find("\n## ")? + 1;
    let end = text.get(start..)?.find("\n## ").map_or(text.len(), |at| start + at + 1);
    let (before, section, after) = (text.get(..start)?, text.get(start..end)?, text.get(end..)?);
    let section = with_name(section, name).or_else(|| {
        let lines: Vec<&str> = section.split_inclusive('\n').collect();
        let bullet = lines.iter().position(|line| line.starts_with("- ")).unwrap_or(lines.len());
        let (first, rest) = lines.split_at_checked(bullet)?;
        let new = format!("- New rule: `{name}`.\n");
        Some(first.iter().copied().chain([new.as_str()]).chain(rest.iter().copied()).collect())
    })?;
    Some(format!("{before}{section}{after}"))
}

/// The section with the name in its bullet `- Rules: …`; `None` when it has none.
fn with_name(section: &str, name: &str) -> Option<String> {
    const OPENING: &str = "- Rules: ";
    let start = section.find(&format!("\n{OPENING}"))? + 1;
    let bullet = section.get(start..)?;
    let end = bullet
        .match_indices('\n')
        .map(|(at, _)| at + 1)
        .find(|at| !bullet.get(*at..).is_some_and(|rest| rest.starts_with("  ")))?;
    let (bullet, after) = bullet.split_at_checked(end)?;
    let quoted = format!("`{name}`");
    let words =
        bullet.strip_prefix(OPENING)?.split([',', '.']).map(str::trim).filter(|word| !word.is_empty());
    let mut words: Vec<&str> = words.chain([quoted.as_str()]).collect();
    if !words.iter().all(|word| word.starts_with('`') && word.ends_with('`')) {
        return None;
    }
    words.sort_unstable();
    let (mut lines, mut line) = (String::new(), String::from("- Rules:"));
    for (at, word) in words.iter().enumerate() {
        if line.len() + word.len() + 2 > WIDTH {
            lines += &line;
            lines.push('\n');
            line = String::from(" ");
        }
        // Writing to a string cannot fail.
        _ = write!(line, " {word}{}", if at + 1 == words.len() { '.' } else { ',' });
    }
    Some(format!("{}{lines}{line}\n{after}", section.get(..start)?))
}

fn page_of(name: &str) -> String {
    let module = name.replace('-', "_");
    let role = |service: &str, mark: &str| {
        format!(
            r#"`main.tf`:

```hcl
resource "aws_iam_role" "example" {{
  name = "example"
  assume_role_policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Principal = {{ Service = "{service}" }}{mark}
      Action    = "sts:AssumeRole"
    }}]
  }})
}}
```"#
        )
    };
    let mark = format!(" # error: [{name}] \"ec2.amazonaws.com\"\n      # message: …");
    let (reported, accepted) = (role("ec2.amazonaws.com", &mark), role("lambda.amazonaws.com", ""));
    format!(
        "# {name}

To do: what is wrong when the rule speaks.

## Why it matters

To do: what AWS does, and what goes wrong then.

## How to fix

To do: what to change, on which side.

## Reported

### To do: replace this by the smallest mistake, and write the check in src/rules/{module}.rs that reports it

{reported}

## Accepted

### To do: replace this by the same template, fixed

{accepted}

## What it cannot see

To do: what is not known, and false positives that remain.

## References

- <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies.html>
"
    )
}

fn file_of(name: &str) -> String {
    format!(
        r#"//! To do: what this rule looks at.

use super::{{Context, Rule}};
use crate::diagnostic::{{Diagnostic, Effect, Severity}};

pub(super) static RULE: Rule = Rule {{
    name: "{name}",
    summary: "to do: what is wrong when the rule speaks",
    effect: Effect::Weak,
    severity: Severity::Error,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/{name}.md"),
    check,
}};

fn check(_context: &Context<'_>, _found: &mut Vec<Diagnostic>) {{}}
"#
    )
}
