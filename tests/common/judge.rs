//! Comparing what is found in a project with what is expected.

use crate::common::{Files, Finding, UNRESOLVED, differences, run};

/// Rules that may say more than is expected: what could not be judged, and whose accounts are trusted and how widely, which is
/// another question than whether both sides agree.
pub(crate) const BESIDE: [&str; 3] = [UNRESOLVED, "unknown-account", "account-root-trust"];

/// Checks a project of files with their paths; a line of `expected` is a finding. Rules in `besides`, and what could not be
/// judged, may say more.
pub(crate) fn judged<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
    expected: &[&str],
    besides: &[&str],
) {
    let files: Files = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let parse = |line: &&str| Finding::parse(line).unwrap_or_else(|| panic!("{line}"));
    let expected: Vec<Finding> = expected.iter().map(parse).collect();
    let wrong = differences(&expected, &run(&files), &[besides, &BESIDE].concat());
    assert!(wrong.is_empty(), "{}\n{files:#?}", wrong.join("\n"));
}
