//! The command line is consistent, and what the documentation has people type is known to it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser};

use super::Cli;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

/// The pages that people copy commands from.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["", "docs", "editors", "packaging/pre-commit", "rules"];
    let listed = folders.iter().flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let paths = listed.map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|it| it == "md")).collect();
    pages.retain(|path| !path.ends_with("CHANGELOG.md"));
    pages.sort();
    pages
}

/// The texts of a page that hold commands: what is fenced, with lines that go on joined, and what is marked as code in a line.
#[expect(clippy::disallowed_methods, reason = "pages are files of the repository")]
fn code(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let (mut code, mut is_fenced): (Vec<String>, bool) = (Vec::new(), false);
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
        } else if is_fenced {
            let is_option = line.trim_start().starts_with("--");
            match code.last_mut().filter(|last| last.ends_with('\\') || is_option) {
                Some(last) => *last = format!("{} {}", last.trim_end_matches('\\'), line.trim()),
                None => code.push(line.trim().to_owned()),
            }
        } else {
            code.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    code
}

/// The words of the commands of ours in a line of a shell, or of a file that holds such lines.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, name) in line.match_indices("trustlint ") {
        let (before, rest) = line.split_at(at);
        let is_word = before.is_empty() || before.ends_with([' ', '\'', '"', '/', '(', '[']);
        let is_called = before.trim_end().is_empty()
            || before.trim_end().ends_with(['|', '&', ';', '$', ':', '-', '\'', '"', '(', '[', '>', '/'])
            || before.trim_end().ends_with("then");
        let first =
            rest.get(name.len()..).and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
        let is_command = Cli::command().get_subcommands().any(|it| it.get_name() == first);
        if is_word && is_called && is_command {
            found.push(words(rest, before.chars().last()));
        }
    }
    found
}

/// The words of one command, up to what is no longer of it. `quote` is what stands before it.
fn words(text: &str, quote: Option<char>) -> Vec<String> {
    let (mut words, mut word, mut inside): (Vec<String>, Option<String>, Option<char>) =
        (Vec::new(), None, None);
    let outer = quote.filter(|it| ['\'', '"'].contains(it));
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (inside, letter) {
            (Some(end), _) if letter == end => inside = None,
            (None, _) if outer == Some(letter) => break,
            (None, '\'' | '"') => {
                inside = Some(letter);
                word.get_or_insert_default();
            }
            // What a system puts in is one word, blanks and all.
            (None, '$') if letters.peek().is_some_and(|it| ['{', '[', '('].contains(it)) => {
                let open = letters.next();
                let close = match open {
                    Some('{') => '}',
                    Some('[') => ']',
                    _ => ')',
                };
                letters.by_ref().find(|it| *it == close);
                letters.next_if_eq(&close);
                word.get_or_insert_default().push('X');
            }
            (None, '|' | ';' | '&' | '<' | '>' | ')') => break,
            (None, '#') if word.is_none() => break,
            (None, _) if letter.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    // `2>&1` goes elsewhere.
    words.extend(word.filter(|it| it != "2"));
    words
}

#[test]
fn every_command_of_the_documentation_is_known() {
    let mut count = 0;
    for page in pages() {
        for line in code(&page) {
            for command in commands(&line) {
                count += 1;
                // Of a command that is only named, what it needs is not said.
                let is_named = command.len() <= 2;
                let parsed = Cli::try_parse_from(&command);
                let wrong = parsed.err().filter(|error| {
                    let kind = error.kind();
                    let needs = matches!(
                        kind,
                        clap::error::ErrorKind::MissingRequiredArgument
                            | clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                    );
                    let is_help = matches!(
                        kind,
                        clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion
                    );
                    !(is_help || is_named && needs)
                });
                assert!(wrong.is_none(), "{}: {line}\n{}", page.display(), wrong.unwrap());
            }
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn commands_are_found_where_systems_have_them() {
    let found = |line: &str| commands(line).iter().map(|words| words.join(" ")).collect::<Vec<_>>();
    assert_eq!(found("- run: trustlint check --fail-on error # why"), ["trustlint check --fail-on error"]);
    assert_eq!(found("sh 'trustlint check a b'"), ["trustlint check a b"]);
    assert_eq!(
        found("gh pr diff | trustlint check --report-files-from - > x"),
        ["trustlint check --report-files-from -"]
    );
    assert_eq!(
        found("trustlint check \"${{ inputs.a }}\" --with '*.json' 2>&1 | tee"),
        ["trustlint check ${{ inputs.a }} --with *.json"]
    );
    assert_eq!(found("trustlint check -- $[[ inputs.paths ]]"), ["trustlint check -- X"]);
    assert_eq!(found("the trustlint check is"), Vec::<String>::new());
}
