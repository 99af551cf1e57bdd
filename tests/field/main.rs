//! Planted breaks: in real projects in which both sides of an access are declared, one side at a time is broken, and the
//! finding is looked for. `tests/field/README.md` says how it is run.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "reads real projects and prints what it measures"
)]

mod accounts;
mod breaks;
mod checkout;
mod pairs;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use trustlint::internals::rules::rule;
use trustlint::internals::value::Answer;
use trustlint::{Diagnostic, Severity};

use checkout::{Checkout, Project};
use pairs::{Class, Pair};

/// Pairs that are broken in one project.
const PAIRS: usize = 8;

/// What became of breaks.
#[derive(Default)]
struct Tally {
    broken: usize,
    reported: usize,
    elsewhere: usize,
    unknown: usize,
    still_allowed: usize,
    /// Denied, but nothing says that the grant was meant: the permission is for everything of its kind.
    not_meant: usize,
    /// Denied, but others of the account may, so the grant to it is of use.
    others: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.broken += other.broken;
        self.reported += other.reported;
        self.elsewhere += other.elsewhere;
        self.unknown += other.unknown;
        self.still_allowed += other.still_allowed;
        self.not_meant += other.not_meant;
        self.others += other.others;
    }

    fn line(&self, name: &str) -> String {
        let Self { broken, reported, elsewhere, unknown, still_allowed, not_meant, others } = self;
        format!(
            "{name:<44} denied {broken:>4}, reported {reported:>4}, elsewhere {elsewhere:>3}, unknown {unknown:>3}, still allowed {still_allowed:>3}, not meant {not_meant:>3}, others {others:>3}"
        )
    }
}

/// Findings that a gate sees.
fn seen_by_a_gate(findings: &[Diagnostic]) -> impl Iterator<Item = &Diagnostic> {
    findings.iter().filter(|it| it.severity != Severity::Info)
}

/// Whether a finding comes of a rule that compares two policies.
fn is_about_both_sides(finding: &Diagnostic) -> bool {
    rule(finding.rule).is_some_and(|rule| rule.family == "both sides")
}

/// The fingerprint of a finding, and the address and account of an instance of it.
type One = (String, Option<Arc<str>>, Option<Arc<str>>);

/// The instances that a finding is about. One that is new has the fingerprint of the others.
fn instances(finding: &Diagnostic) -> Vec<One> {
    let all = finding.instances.iter().map(|one| (Some(one.address.clone()), one.account.clone()));
    let all = all.chain([(finding.primary.address.clone(), finding.primary.account.clone())]);
    all.map(|(address, account)| (finding.fingerprint(), address, account)).collect()
}

/// What is new since a project was broken, and whether a finding about both sides is about one of these declarations.
fn new_findings(before: &[Diagnostic], project: &Project, about: &[String]) -> (Vec<String>, bool) {
    let known: BTreeSet<_> = seen_by_a_gate(before).flat_map(instances).collect();
    let findings = project.findings();
    let is_new = |it: &&Diagnostic| instances(it).into_iter().any(|one| !known.contains(&one));
    let new: Vec<&Diagnostic> = seen_by_a_gate(&findings).filter(is_new).collect();
    let is_about = |it: &&Diagnostic| {
        let places =
            std::iter::once(&it.primary).chain(&it.related).filter_map(|label| label.address.as_ref());
        // What modules and loops make of one place is one finding, which lists them.
        let mut all = places.chain(it.instances.iter().map(|instance| &instance.address));
        all.any(|address| about.iter().any(|one| **one == **address))
    };
    let right = new.iter().any(|it| is_about_both_sides(it) && is_about(it));
    (new.iter().map(|it| it.rule.to_owned()).collect(), right)
}

fn broken(checkout: &Checkout, before: &[Diagnostic], pair: &Pair, tallies: &mut BTreeMap<String, Tally>) {
    for change in breaks::of(checkout, pair) {
        let project = checkout.changed(&change.files);
        let Some(answer) = pair.ask_again(&project) else { continue };
        let (rules, right) = new_findings(before, &project, &pair.addresses);
        let mut tally = Tally::default();
        let verdict = match (answer, right, rules.is_empty()) {
            (Answer::No, false, _) if !change.own && !pair.permission_names => {
                (&mut tally.not_meant, "not meant")
            }
            (Answer::No, false, _)
                if change.own && pair.class == Class::Account && pair.others_may(&project) =>
            {
                (&mut tally.others, "others may")
            }
            (Answer::Yes, ..) => (&mut tally.still_allowed, "still allowed"),
            (Answer::Unknown, ..) => (&mut tally.unknown, "unknown"),
            (Answer::No, true, _) => (&mut tally.reported, "reported"),
            (Answer::No, false, false) => (&mut tally.elsewhere, "elsewhere"),
            (Answer::No, false, true) => (&mut tally.broken, "silent"),
        };
        *verdict.0 += 1;
        let verdict = verdict.1;
        if matches!(verdict, "reported" | "elsewhere") {
            tally.broken += 1;
        }
        let rules = rules.join(",");
        println!(
            "{verdict}\t{}\t{:?}\t{}\t{}\t{} -> {} ({})\t{rules}",
            checkout.name, pair.class, change.name, change.place, pair.caller, pair.target, pair.action
        );
        tallies.entry(format!("{:?}: {}", pair.class, change.name)).or_default().add(&tally);
        tallies.entry(format!("{:?}: all", pair.class)).or_default().add(&tally);
    }
}

/// Findings about both sides of a project in which nothing is broken yet.
fn print_unbroken(what: &str, name: &str, project: &Project, findings: &[Diagnostic]) {
    for it in seen_by_a_gate(findings).filter(|it| is_about_both_sides(it)) {
        println!("unbroken, {what}\t{name}\t{}\t{}\t{}", it.rule, project.place(it.primary.span), it.message);
    }
}

#[test]
#[ignore = "needs checkouts: TRUSTLINT_CHECKOUTS=DIRECTORY cargo test --test field -- --ignored --nocapture"]
fn what_is_broken_on_one_side_is_reported() {
    let folder = env::var("TRUSTLINT_CHECKOUTS").unwrap();
    let only = env::var("TRUSTLINT_FIELD_ONLY").unwrap_or_default();
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|it| it.unwrap().file_name()).collect();
    names.sort();
    let (mut tallies, mut with_pairs, mut all_pairs) = (BTreeMap::new(), 0, BTreeMap::<String, usize>::new());
    for name in names.iter().filter_map(|it| it.to_str()).filter(|it| it.contains(&only)) {
        let Some(plain) = Checkout::read(&Path::new(&folder).join(name), name) else { continue };
        let Some(deployed) = plain.deployed() else { continue };
        let mut with = false;
        let both =
            [Some(deployed.clone()), deployed.with_planted_access(&plain)].into_iter().zip([false, true]);
        for (checkout, is_planted) in both {
            let Some(checkout) = checkout else { continue };
            let project = checkout.as_it_is();
            let mut pairs = pairs::of(&project);
            pairs.retain(|it| it.is_planted() == is_planted);
            pairs.truncate(PAIRS);
            if pairs.is_empty() {
                continue;
            }
            with = true;
            let before = project.findings();
            print_unbroken("covered", name, &project, &before);
            let is_as_found = plain.as_it_is();
            print_unbroken("as it is", name, &is_as_found, &is_as_found.findings());
            for pair in &pairs {
                let sort = if is_planted { "planted" } else { "found" };
                *all_pairs.entry(format!("{:?} {sort}", pair.class)).or_default() += 1;
                println!(
                    "pair\t{name}\t{:?}\t{sort}\t{}\t{} -> {} ({})",
                    pair.class, pair.where_from, pair.caller, pair.target, pair.action
                );
                broken(&checkout, &before, pair, &mut tallies);
            }
        }
        with_pairs += usize::from(with);
    }
    println!("\n{with_pairs} projects, pairs: {all_pairs:?}");
    let mut whole = Tally::default();
    for (name, tally) in &tallies {
        println!("{}", tally.line(name));
        if name.ends_with(": all") {
            whole.add(tally);
        }
    }
    println!("{}", whole.line("all"));
    assert!(whole.broken > 0, "nothing was broken");
}
