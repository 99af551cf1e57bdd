//! Runs the examples on the pages of the rules.
//!
//! Every heading with code blocks below `Reported`, `Accepted`, `More reported` and `More accepted` is a project.
//! A line `` `path`: `` names the file that the next block holds; ``With `path` as above.`` takes a file of an
//! earlier example. Comments are the marks of what must be said:
//!
//! - `# error: [rule] "text"` (or `warning`, `info`): a finding whose first place starts on this line, or on the
//!   next one when the comment stands alone, and covers just that text;
//! - `# other: "text" label`: a further place of a finding, and what its label says; `# other: [rule] "text" label`
//!   for a finding of another rule than that of the page. The label may be left out;
//! - `# message: …` and `# help: …` on lines of their own below the mark of a finding: what it says.
//!
//! `…` stands for any text. Files without comments are followed by an `expect` block with the same marks, as
//! `path:line error [rule] "text"` and `path:line other "text" label`, words indented below. A finding or a further
//! place without a mark fails as a mark without one does. With `BLESS=1` the marks and summaries are rewritten from
//! what is found: read the difference before it is kept.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

#[path = "pages/bless.rs"]
mod bless;
#[path = "pages/catalogue.rs"]
mod catalogue;
mod common;
#[path = "common/halves.rs"]
mod halves;
#[path = "pages/page.rs"]
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use common::{Finding, Outcome, Place, Said};
use page::{Case, Mark, What, cases, run_for, scan};
use trustlint::internals::ask::{Asked, Asker, Question, What as Target, Who};
use trustlint::internals::graph::Graph;
use trustlint::internals::rules::Rule;
use trustlint::internals::run::graph_of;
use trustlint::internals::value::Text;
use trustlint::{Config, Diagnostic, Profile, RULES, Settings, Sources, check};

/// The family of rules that compare two documents, whose pages say in full what is reported.
const BOTH_SIDES: &str = "both sides";

/// The sections with the two examples of the first screen.
const FIRST_SCREEN_EXAMPLES: [&str; 2] = ["Reported", "Accepted"];

/// The sections that may begin what is not on the first screen.
const REST: [&str; 3] = ["More reported", "More accepted", "What it cannot see"];

/// How many lines the first screen has at most.
const MOST_LINES: usize = 80;

/// As [`MOST_LINES`], where an example needs two accounts.
const MOST_LINES_OF_TWO_SIDES: usize = 100;

/// The pages as they are on disk; with `BLESS=1`, after their marks were written.
static PAGES: LazyLock<BTreeMap<&str, String>> = LazyLock::new(|| {
    let page = |rule: &&Rule| {
        let path = folder().join(format!("{}.md", rule.name));
        #[expect(clippy::disallowed_methods, reason = "the pages are real files")]
        let text = std::fs::read_to_string(&path).unwrap();
        if !bless() {
            return (rule.name, text);
        }
        let wants_words = |case: &Case, finding: &Finding| wants_words(rule, case, finding);
        let blessed = bless::blessed(&with_summary(&text, rule), rule.name, &wants_words);
        if blessed != text {
            std::fs::write(&path, &blessed).unwrap();
        }
        (rule.name, blessed)
    };
    RULES.iter().map(page).collect()
});

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")
}

#[expect(clippy::disallowed_methods, reason = "asks to rewrite the marks")]
fn bless() -> bool {
    std::env::var("BLESS").is_ok_and(|value| value == "1")
}

fn page(rule: &Rule) -> &'static str {
    &PAGES[rule.name]
}

/// Whether an example shows the message and the help of a finding: the first one of each page, and all that are
/// about two sides.
fn wants_words(rule: &Rule, case: &Case, finding: &Finding) -> bool {
    finding.rule == rule.name && (case.section == "Reported" || rule.family == BOTH_SIDES)
}

/// The summary of a rule as a sentence.
fn sentence(rule: &Rule) -> String {
    let mut letters = rule.summary.chars();
    let first: String = letters.by_ref().take(1).flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

/// The page with the summary of its rule below the title.
fn with_summary(page: &str, rule: &Rule) -> String {
    let mut lines: Vec<&str> = page.lines().collect();
    let sentence = sentence(rule);
    if let Some(line) = lines.get_mut(2) {
        *line = &sentence;
    }
    lines.into_iter().flat_map(|line| [line, "\n"]).collect()
}

fn expected(case: &Case) -> Vec<Finding> {
    case.marks.iter().filter_map(Mark::finding).collect()
}

#[test]
fn every_example_on_a_page_is_judged_as_it_says() {
    let mut wrong = Vec::new();
    for rule in RULES {
        for case in cases(page(rule)) {
            let outcome = run_for(rule.name, &case.files(page(rule)));
            let mut lines = common::differences(&expected(&case), &outcome, &[]);
            lines.extend(page::differences(&case.marks, &outcome, rule.name));
            if !lines.is_empty() {
                let heading = format!("rules/{}.md: {}: {}", rule.name, case.section, case.heading);
                wrong.push(format!("{heading}\n    {}", lines.join("\n    ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} examples are judged otherwise:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn both_halves_of_every_example_with_the_other_as_a_bundle_are_judged_as_the_whole() {
    let (mut wrong, mut many) = (Vec::new(), 0);
    for rule in RULES {
        for case in cases(page(rule)) {
            let files = case.files(page(rule));
            let heading = format!("rules/{}.md: {}: {}", rule.name, case.section, case.heading);
            if !halves::is_kept(&files) {
                wrong.push(format!("{heading}: a bundle does not keep it"));
            }
            // Where no account has an ID, the halves may be in one account or in two.
            let Some(lines) = halves::torn(&files, Profile::Default) else { continue };
            many += 1;
            if !lines.is_empty() {
                wrong.push(format!("{heading}\n    {}", lines.join("\n    ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {many}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(many >= 12, "{many}");
}

#[test]
fn a_page_shows_what_is_reported_and_what_is_accepted() {
    for rule in RULES {
        let all = cases(page(rule));
        for section in FIRST_SCREEN_EXAMPLES {
            let count = all.iter().filter(|case| case.section == section).count();
            assert_eq!(count, 1, "{}: one example is to be {section}", rule.name);
        }
        for case in all {
            let at = format!("{}: {}: {}", rule.name, case.section, case.heading);
            let expected = expected(&case);
            if case.section.to_lowercase().ends_with("reported") {
                assert!(
                    expected.iter().any(|finding| finding.rule == rule.name),
                    "{at}: no mark of the rule"
                );
            } else {
                // Another rule may have something to say of it.
                let is_mild = |finding: &Finding| finding.severity == "info" || finding.rule != rule.name;
                assert!(expected.iter().all(is_mild), "{at}: is not accepted");
            }
        }
    }
}

#[test]
fn a_page_shows_what_is_said_and_both_sides_where_there_are_two() {
    for rule in RULES {
        for case in cases(page(rule)) {
            let at = format!("{}: {}", rule.name, case.heading);
            for mark in &case.marks {
                let What::Finding { message, .. } = &mark.what else { continue };
                let wanted = wants_words(rule, &case, &mark.finding().unwrap());
                assert!(message.is_some() || !wanted, "{at}: `# message: …` is missing");
            }
            let other = case.marks.iter().any(|mark| matches!(mark.what, What::Other(_)));
            let is_own = |finding: &Finding| finding.rule == rule.name;
            let two_sided = rule.family == BOTH_SIDES && expected(&case).iter().any(is_own);
            assert!(other || !two_sided, "{at}: `# other: …` is missing");
        }
    }
}

#[test]
fn a_mark_underlines_what_its_line_says() {
    for rule in RULES {
        for case in cases(page(rule)) {
            let files = case.files(page(rule));
            for finding in &expected(&case) {
                let line = files[&finding.path].lines().nth(finding.line - 1).unwrap_or_default();
                assert!(line.contains(&finding.underlined), "{}: {}: {finding}", rule.name, case.heading);
            }
        }
    }
}

#[test]
fn a_page_opens_with_the_name_and_the_summary_of_its_rule() {
    for rule in RULES {
        let lines: Vec<_> = page(rule).lines().take(4).collect();
        assert_eq!(lines, [format!("# {}", rule.name), String::new(), sentence(rule), String::new()]);
    }
}

#[test]
fn a_page_has_its_sections_in_order() {
    let optional = ["More reported", "More accepted"];
    let sections = ["Why it matters", "How to fix", "Reported", "Accepted"];
    let sections = [&sections[..], &optional, &["What it cannot see", "References"]].concat();
    for rule in RULES {
        let found: Vec<_> = page(rule).lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let missing = |section: &&str| optional.contains(section) && !found.contains(section);
        let sections: Vec<_> = sections.iter().copied().filter(|section| !missing(section)).collect();
        assert_eq!(found, sections, "{}", rule.name);
    }
}

#[test]
fn the_first_screen_is_short() {
    for rule in RULES {
        let rest =
            page(rule).lines().position(|line| REST.iter().any(|section| line == format!("## {section}")));
        let lines = rest.unwrap();
        let most = if rule.family == BOTH_SIDES { MOST_LINES_OF_TWO_SIDES } else { MOST_LINES };
        assert!(lines <= most, "{}: {lines} lines before what is not on the first screen", rule.name);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the page is a real file")]
fn the_comparison_with_other_tools_is_that_of_the_pages() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let right = catalogue::written(RULES, |rule| (page(rule), cases(page(rule))))
        .unwrap_or_else(|rules| panic!("tests/pages/peers.tsv has no row for {rules:?}"));
    if bless() {
        std::fs::write(&path, &right).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert_eq!(written, right, "docs/rules.md is stale; `BLESS=1 cargo test --test pages` rewrites it");
}

#[test]
fn every_page_belongs_to_a_rule() {
    let pages: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".md").map(str::to_owned))
        .filter(|name| name != "README")
        .collect();
    let names: BTreeSet<String> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    assert_eq!(pages, names);
}

/// A page with one example.
fn example(file: &str, expect: &str) -> String {
    let expect = if expect.is_empty() { String::new() } else { format!("\n```expect\n{expect}```\n") };
    format!("# a\n\n## Reported\n\n`a.tf`:\n\n```hcl\n{file}```\n{expect}\n## References\n")
}

fn said(finding: &str, places: &[(usize, &str, &str)]) -> Said {
    let related = places.iter().map(|(line, underlined, label)| Place {
        path: "a.tf".to_owned(),
        line: *line,
        underlined: (*underlined).to_owned(),
        label: (*label).to_owned(),
    });
    let finding = Finding::parse(finding).unwrap();
    let (message, help) = ("it is bad".to_owned(), Some("make it good".to_owned()));
    Said { finding, message, help, related: related.collect() }
}

/// In what a finding differs from the marks of an example.
fn differences(file: &str, expect: &str, said: Said) -> Vec<String> {
    let case = cases(&example(file, expect)).remove(0);
    let outcome = Outcome { findings: vec![said], problems: vec![] };
    let mut lines = common::differences(&expected(&case), &outcome, &[]);
    lines.extend(page::differences(&case.marks, &outcome, "a"));
    lines
}

#[test]
fn a_mark_belongs_to_its_line_or_to_the_next() {
    let text = ["x = 1 # error: [a] \"1\"", "# info: [b] \"2\"", "# warning: [c] \"y \"z\"\"", "y = 2"];
    let (lines, marks) = scan("a.tf", &text);
    let found: Vec<_> = marks.iter().filter_map(Mark::finding).map(|it| it.to_string()).collect();
    assert_eq!(found, ["a.tf:1 error [a] \"1\"", "a.tf:4 info [b] \"2\"", "a.tf:4 warning [c] \"y \"z\"\""]);
    assert_eq!(lines.iter().map(|line| line.code.as_str()).collect::<Vec<_>>(), ["x = 1", "y = 2"]);
    assert_eq!(marks.iter().map(|mark| mark.clean).collect::<Vec<_>>(), [1, 2, 2]);
}

#[test]
fn a_finding_without_a_mark_and_a_mark_without_a_finding_both_show() {
    let found = || said("a.tf:1 error [a] \"x\"", &[]);
    assert_eq!(differences("x # error: [b] \"x\"\n", "", found()).len(), 2);
    assert!(differences("x # error: [a] \"x\"\n", "", found()).is_empty());
    let outcome = Outcome { findings: vec![found()], problems: vec![] };
    assert!(common::differences(&[], &outcome, &["a"]).is_empty());
}

#[test]
fn a_further_place_without_a_mark_and_a_mark_without_a_further_place_both_show() {
    let found = |line| said("a.tf:1 error [a] \"x\"", &[(line, "y", "the other side")]);
    for mark in ["\"y\"", "\"y\" the other side", "\"y\" the … side", "\"…\" the other side"] {
        let file = format!("x # error: [a] \"x\"\ny # other: {mark}\nz\n");
        assert!(differences(&file, "", found(2)).is_empty(), "{mark}");
        assert_eq!(differences(&file, "", found(3)).len(), 2, "{mark}");
        assert_eq!(differences(&file, "", said("a.tf:1 error [a] \"x\"", &[])).len(), 1, "{mark}");
    }
    for mark in ["\"y\" this side", "\"z\"", "[b] \"y\"", "\"y\" the"] {
        let file = format!("x # error: [a] \"x\"\ny # other: {mark}\n");
        assert_eq!(differences(&file, "", found(2)).len(), 2, "{mark}");
    }
    assert_eq!(differences("x # error: [a] \"x\"\ny\n", "", found(2)).len(), 1);
    let beside = "a.tf:1 error [a] \"x\"\n  message: it is bad\na.tf:2 other \"y\" the other side\n";
    assert!(differences("x\ny\n", beside, found(2)).is_empty());
    assert_eq!(differences("x\ny\n", beside, found(1)).len(), 2);
}

#[test]
fn the_words_of_a_finding_are_those_that_are_marked() {
    let found = || said("a.tf:1 error [a] \"x\"", &[]);
    let file = |words: &str| format!("x # error: [a] \"x\"\n# {words}\n");
    for words in ["message: it is bad", "message: … bad", "help: make it …", "help: …"] {
        assert!(differences(&file(words), "", found()).is_empty(), "{words}");
    }
    for words in ["message: it is", "message: is … bad", "help: it is bad"] {
        assert_eq!(differences(&file(words), "", found()).len(), 1, "{words}");
    }
    let without = Said { help: None, ..found() };
    assert_eq!(differences(&file("help: …"), "", without).len(), 1);
}

#[test]
fn marks_are_written_and_all_else_stays() {
    let wildcard = "resource \"aws_iam_role\" \"it\" {\n  assume_role_policy = jsonencode({\n    Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = \"*\" }]\n  })\n}\n";
    let page = example(&format!("# A comment.\n{wildcard}"), "");
    let once = bless::blessed(&page, "wildcard-principal", &|_, _| true);
    let mark = " # error: [wildcard-principal] \"*\"\n    # message: ";
    assert!(once.contains(mark), "{once}");
    let again = bless::blessed(&once, "wildcard-principal", &|_, _| true);
    assert_eq!(again, once);
    // A part of the message that is right is kept; one that is not, or stands for anything, is replaced.
    let message = once.lines().find_map(|line| line.trim().strip_prefix("# message: ")).unwrap();
    let (start, _) = message.split_once(' ').unwrap();
    let part = once.replace(message, &format!("{start} …"));
    assert_eq!(bless::blessed(&part, "wildcard-principal", &|_, _| true), part);
    for wrong in ["something else", "…"] {
        let wrong = once.replace(message, wrong);
        assert_eq!(bless::blessed(&wrong, "wildcard-principal", &|_, _| true), once);
    }
    // Without marks it is the page that it was.
    let (lines, _) = scan("a.tf", &once.lines().collect::<Vec<_>>());
    let lines: String = lines.iter().flat_map(|line| [line.code.as_str(), "\n"]).collect();
    assert_eq!(lines, page);
}

#[test]
fn marks_that_cannot_be_comments_stand_below_the_example() {
    let policy = "{\"Statement\": [\n  {\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \"Principal\": \"*\"}\n]}";
    let heredoc = "resource \"aws_iam_role\" \"it\" {\n  assume_role_policy = <<EOF\nPOLICY\nEOF\n}\n";
    let page = example(&heredoc.replace("POLICY", policy), "");
    let once = bless::blessed(&page, "wildcard-principal", &|_, _| true);
    let mark = "```expect\na.tf:4 error [wildcard-principal] \"*\"\n  message: ";
    assert!(once.contains(mark), "{once}");
    assert_eq!(bless::blessed(&once, "wildcard-principal", &|_, _| true), once);
    // What is not reported any more loses its marks, and the block.
    let silent = once.replace("\"Allow\"", "\"Deny\"");
    let silent = bless::blessed(&silent, "wildcard-principal", &|_, _| true);
    assert_eq!(silent, page.replace("\"Allow\"", "\"Deny\""));
}

/// What a rule about both sides is certain of, `trustlint access` denies: both are asked in one place, and this is held here for
/// every example that there is.
#[test]
fn access_denies_what_the_pages_report_about_both_sides() {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    let (mut asked, mut wrong) = (0_usize, Vec::new());
    for (page_of, case) in
        RULES.iter().flat_map(|rule| cases(page(rule)).into_iter().map(move |it| (rule, it)))
    {
        let files = case.files(page(page_of));
        let config = files.get(common::CONFIG).map(|text| Config::parse(text, &names).unwrap());
        let config = config.map(|config| Config { path: Some(common::CONFIG.to_owned()), ..config });
        let config = config.unwrap_or_default();
        let sources = Sources::in_memory(files.iter().map(|(path, text)| (path.clone(), text.clone())));
        let now = common::TODAY.parse().unwrap();
        let found = check(&sources, &config, &Settings { now, profile: Profile::Default }).findings;
        let graph = graph_of(&sources, &config);
        let asker = Asker::new(&graph, now);
        for finding in found.iter().filter(|it| ABOUT_PAIRS.contains(&it.rule)) {
            for (caller, target, action) in pairs(&graph, finding) {
                let about = Asked { graph: &graph, target, within: None };
                let within = about.meant_by(&action);
                let (target, within) = (&about.target, within.as_ref());
                let ruling = asker.ask(&Question { caller: &caller, target, action: &action, within });
                asked += 1;
                if !ruling.answer.is_no() {
                    wrong.push(format!("{}: {}: {}", page_of.name, case.heading, finding.message));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "`access` does not deny it: {wrong:#?}");
    assert!(asked >= 15, "only {asked} pairs were found in the findings");
}

/// Rules of which both may speak of one statement, since they speak of two mistakes in it.
const TWO_CAUSES: &[(&str, &str, &str)] = &[
    (
        "assume-any-role",
        "permission-without-trust",
        "it matches too many roles, and none of those declared trusts it",
    ),
    (
        "external-path-to-admin",
        "wildcard-oidc-subject",
        "the subject is too wide, and the role can assume an administrator role",
    ),
    ("resource-outside-policy", "wildcard-principal", "it lets in everyone, and names another bucket, too"),
];

/// One statement, one finding for one cause: a more specific rule keeps a more general one silent (`src/rules/precedence.rs`).
#[test]
fn no_statement_of_an_example_is_reported_by_two_rules_for_one_cause() {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    let (mut wrong, mut unused) =
        (BTreeSet::new(), TWO_CAUSES.iter().map(|(a, b, _)| (*a, *b)).collect::<BTreeSet<_>>());
    for (page_of, case) in
        RULES.iter().flat_map(|rule| cases(page(rule)).into_iter().map(move |it| (rule, it)))
    {
        let files = case.files(page(page_of));
        let sources = Sources::in_memory(files.iter().map(|(path, text)| (path.clone(), text.clone())));
        let config = files.get(common::CONFIG).map(|text| Config::parse(text, &names).unwrap());
        let settings = Settings { now: common::TODAY.parse().unwrap(), profile: Profile::Default };
        let mut said: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
        for finding in check(&sources, &config.unwrap_or_default(), &settings).findings {
            // Whose an account is, is another question than whatever else is wrong with a statement that names it.
            if let Some(statement) = finding.statement.filter(|_| finding.rule != "unknown-account") {
                said.entry(statement).or_default().insert(finding.rule);
            }
        }
        for rules in said.values() {
            for (index, a) in rules.iter().enumerate() {
                for b in rules.iter().skip(index + 1) {
                    unused.remove(&(*a, *b));
                    if !TWO_CAUSES.iter().any(|(one, other, _)| (one, other) == (a, b)) {
                        wrong.insert(format!("{a} and {b}, in rules/{}.md: {}", page_of.name, case.heading));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "two rules speak of one statement: {wrong:#?}");
    assert!(unused.is_empty(), "no example shows these pairs: {unused:?}");
}

/// The rules whose findings name both sides of a request.
const ABOUT_PAIRS: [&str; 4] = [
    "grant-without-permission",
    "permission-without-grant",
    "permission-without-trust",
    "trust-without-permission",
];

/// The requests that a finding is about, by what it says of itself.
fn pairs(graph: &Graph, finding: &Diagnostic) -> Vec<(Who, Target, String)> {
    let words: Vec<&str> = finding.identity.iter().map(|word| &**word).collect();
    let has = |arn: &Text| words.contains(&arn.to_string().as_str());
    let named: Vec<_> =
        graph.identities.with_ids().filter(|(_, it)| has(&it.arn)).map(|(id, _)| id).collect();
    let resources = graph.resources.with_ids().filter(|(_, it)| has(&it.arn)).map(|(id, _)| id);
    let is_action = |word: &&str| word.contains(':') && !word.starts_with("arn:") && !word.contains('*');
    let actions: Vec<&str> = words.iter().copied().filter(is_action).collect();
    let mut pairs = Vec::new();
    if finding.rule.contains("trust") {
        let (own, role) = if finding.rule.starts_with("trust") { (1, 0) } else { (0, 1) };
        // The words of both rules: address, then both ARNs.
        let arns: Vec<_> = words.iter().skip(1).filter(|word| word.starts_with("arn:")).collect();
        let (first, last) = (arns.first().unwrap(), arns.last().unwrap());
        let ends = [**first, **last];
        let of = |arn: &str| named.iter().copied().find(|id| graph.identities[*id].arn.to_string() == arn);
        if let (Some(caller), Some(role)) = (of(ends[own]), of(ends[role])) {
            pairs.push((Who::Declared(caller), Target::identity(role), "sts:AssumeRole".to_owned()));
        }
        return pairs;
    }
    for resource in resources {
        for (caller, action) in named.iter().flat_map(|id| actions.iter().map(move |action| (*id, *action))) {
            pairs.push((Who::Declared(caller), Target::resource(resource), action.to_owned()));
        }
    }
    pairs
}
