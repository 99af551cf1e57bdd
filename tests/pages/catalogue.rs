//! The page that compares the rules with what other tools check, from the pages of the rules and a small table.

use std::collections::BTreeMap;

use super::page::Case;
use trustlint::internals::rules::Rule;

/// The nearest checks of other tools, by rule. What they are called was looked up in their sources and pages.
const PEERS: &str = include_str!("peers.tsv");

/// What the examples of a page are written in.
const LANGUAGES: [&str; 4] = ["Terraform", "CloudFormation", "plan", "policy JSON"];

/// The language of a file of an example, by its place in [`LANGUAGES`].
fn language(path: &str, text: &str) -> Option<usize> {
    let has = |word: &str| text.contains(word);
    let extension = path.rsplit('.').next();
    if extension == Some("tf") || path.ends_with(".tf.json") {
        Some(0)
    } else if has("\"resource_changes\"") || has("\"planned_values\"") {
        Some(2)
    } else if has("Resources:") || has("\"Resources\"") {
        Some(1)
    } else {
        (extension == Some("json") && has("\"Statement\"")).then_some(3)
    }
}

/// The checks of other tools, by rule; empty where none has one.
fn peers() -> BTreeMap<&'static str, &'static str> {
    let rows = PEERS.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| line.split_once('\t'))
        .map(|(rule, peers)| (rule, peers.trim_matches('-')))
        .collect()
}

/// The page, or the rules of which the table says nothing.
pub(crate) fn written<'a>(
    rules: &[&'static Rule],
    cases: impl Fn(&'static Rule) -> (&'a str, Vec<Case>),
) -> Result<String, Vec<&'static str>> {
    let peers = peers();
    let unknown: Vec<_> =
        rules.iter().map(|rule| rule.name).filter(|name| !peers.contains_key(name)).collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let mut text = vec![HEAD.to_owned()];
    for rule in rules {
        let (page, cases) = cases(rule);
        let mut has = [false; LANGUAGES.len()];
        for case in cases {
            for (path, text) in case.files(page) {
                if let Some(known) = language(&path, &text).and_then(|at| has.get_mut(at)) {
                    *known = true;
                }
            }
        }
        let marks = has.map(|it| if it { "yes" } else { "" });
        let [terraform, cloudformation, plan, json] = marks;
        let (name, effect, nearest) = (rule.name, rule.effect.name(), peers[rule.name]);
        text.push(format!(
            "| [{name}](../rules/{name}.md) | {effect} | {terraform} | {cloudformation} | {plan} | {json} | {nearest} |\n"
        ));
    }
    let alone: Vec<String> = rules
        .iter()
        .filter(|rule| peers[rule.name].is_empty())
        .map(|rule| format!("`{}`", rule.name))
        .collect();
    text.push(format!(
        "\n## Not in any of them\n\n{} of {} rules have no counterpart in the tools above: {}.\n",
        alone.len(),
        rules.len(),
        alone.join(", ")
    ));
    Ok(text.concat())
}

const HEAD: &str = "# Rules, languages and other tools

Which languages the examples on the page of each rule are written in, and the checks of other tools that come nearest. This page is
generated; a rule also works in the languages that its page has no example of, as far as they can express what it is about.

The nearest check may be much wider or narrower: scanners look at one resource at a time, and none of these tools compares the policies
of two accounts. Identifiers were looked up in [checkov](https://github.com/bridgecrewio/checkov),
[trivy](https://github.com/aquasecurity/trivy-checks), [KICS](https://docs.kics.io/latest/queries/terraform-queries/) (the first eight
digits of a query), [cfn-lint](https://github.com/aws-cloudformation/cfn-lint), [parliament](https://github.com/duo-labs/parliament),
[IAM Access Analyzer](https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html) (policy validation,
which needs an AWS account) and [semgrep](https://github.com/semgrep/semgrep-rules).

| rule | effect | Terraform | CloudFormation | plan | policy JSON | nearest checks of other tools |
|---|---|---|---|---|---|---|
";
