//! Account IDs in texts, and which files may say something.

use super::{File, Kind, Target, Witness};
use crate::bounds;
use crate::iam::arn::is_account_id;
use crate::iam::data;
use crate::source::{SourceId, SourceText, Sources, Span};

/// Directories of what is not deployed: IDs in it are made up.
const UNDEPLOYED: [&str; 15] = [
    "__snapshots__",
    "__tests__",
    "cdk.out",
    "example",
    "examples",
    "fixture",
    "fixtures",
    "mock",
    "mocks",
    "sample",
    "samples",
    "snapshots",
    "test",
    "testdata",
    "tests",
];

/// Whether a file lies where things are that nobody deploys.
pub fn is_undeployed(path: &str) -> bool {
    path.split('/').any(|part| UNDEPLOYED.contains(&part.to_ascii_lowercase().as_str()))
}

/// Whether a file is of a kind that says something of accounts.
pub(super) fn may_say_something(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_text = matches!(ending, "tf" | "tfvars" | "hcl" | "json" | "yaml" | "yml");
    (is_text || is_readme(name)) && !is_undeployed(path)
}

/// Whether a file is the page that a directory begins with.
pub(super) fn is_readme(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.strip_suffix(".md").is_some_and(|stem| stem.starts_with("readme") || stem.contains("account"))
}

/// Whether a file says what a pipeline does.
pub(super) fn is_pipeline(path: &str) -> bool {
    is_workflow(path) || is_gitlab(path)
}

/// What pipelines deploy with.
const TOOLS: [&str; 9] = [
    "cdk deploy",
    "cloudformation deploy",
    "sam deploy",
    "sceptre",
    "serverless deploy",
    "stack_name",
    "terraform",
    "terragrunt",
    "tofu",
];

/// Whether a pipeline deploys what templates declare.
pub(super) fn deploys(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    TOOLS.iter().any(|tool| text.contains(tool))
}

/// Whether a file is a workflow of GitHub Actions.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>
pub(super) fn is_workflow(path: &str) -> bool {
    let inside = path.strip_prefix(".github/workflows/");
    inside.is_some_and(|name| !name.contains('/') && (has_ending(name, "yml") || has_ending(name, "yaml")))
}

/// Whether a file says what GitLab CI does.
pub(super) fn is_gitlab(path: &str) -> bool {
    let is_yaml = has_ending(path, "yml") || has_ending(path, "yaml");
    is_yaml && (path == ".gitlab-ci.yml" || path.starts_with(".gitlab/") || path.ends_with(".gitlab-ci.yml"))
}

/// The text of a file that is short enough to be read for evidence.
pub(super) fn text(sources: &Sources, id: SourceId) -> Option<SourceText> {
    let text = sources.text(id).ok()?;
    (text.len() <= bounds::EVIDENCE_BYTES).then_some(text)
}

/// Whether the name of a file has this ending.
pub(super) fn has_ending(path: &str, ending: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, of)| of == ending)
}

/// The directory that a file lies in.
pub(super) fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The runs of exactly twelve digits that could be accounts of somebody's own, with their places.
pub(super) fn ids(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += bytes.get(at..)?.iter().position(u8::is_ascii_digit)?;
            let start = at;
            let rest = bytes.get(at..).unwrap_or_default();
            let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            at += length;
            let run = text.get(start..at)?;
            let is_word = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphanumeric);
            let before = start.checked_sub(1).and_then(|before| bytes.get(before));
            if length == 12 && !is_word(before) && !is_word(bytes.get(at)) && is_own(run) {
                return Some((start, run));
            }
        }
    })
}

/// Whether the text has such an ID.
pub(super) fn has_id(text: &str) -> bool {
    ids(text).next().is_some()
}

/// Whether an ID can be that of somebody's own account: neither one that is made up nor one that the world knows.
pub(super) fn is_own(id: &str) -> bool {
    is_account_id(id) && !is_made_up(id) && data::known_account(id).is_none()
}

/// Whether an ID is one that examples use, or looks as if somebody made it up: `111222333444`, `200000000001`.
pub fn is_made_up(id: &str) -> bool {
    let digits = id.as_bytes();
    let is_threes = digits.chunks(3).all(|three| three.iter().all(|digit| Some(digit) == three.first()));
    let runs = digits.chunk_by(|a, b| a == b).map(<[u8]>::len);
    data::is_example_account(id) || is_threes || runs.max().is_some_and(|longest| longest > digits.len() / 2)
}

/// The account of a role, when a text is the ARN of one.
pub(super) fn account_of_role(text: &str) -> Option<&str> {
    let mut fields = text.trim().splitn(6, ':');
    let is_role = fields.next()? == "arn"
        && fields.next()?.starts_with("aws")
        && fields.next()? == "iam"
        && fields.next()?.is_empty();
    let id = fields.next().filter(|id| is_role && is_own(id))?;
    fields.next()?.starts_with("role/").then_some(id)
}

/// The account that the name of a directory begins with: `690123987001-prod`. One that is the whole name is certain.
pub(super) fn directory(file: &File<'_>) -> Option<Witness> {
    let is_template = [".tf", ".hcl", ".yaml", ".yml", ".json"].iter().any(|end| file.path.ends_with(end));
    let mut above = directory_of(file.path);
    while is_template && !above.is_empty() {
        let (rest, name) = above.rsplit_once('/').unwrap_or(("", above));
        let id = name.get(..12).filter(|id| is_own(id));
        if let Some(id) = id.filter(|_| name.get(12..).is_some_and(|rest| rest.starts_with(['-', '_', '.'])))
        {
            let target = Target::Below(above.to_owned());
            return Some(Witness {
                kind: Kind::Directory,
                target,
                id: id.to_owned(),
                span: Span::start_of(file.id),
            });
        }
        above = rest;
    }
    None
}

/// The accounts of roles that pipelines and other files of YAML name by their ARNs. What templates name may be a role of
/// another account that is called alike.
pub(super) fn roles(file: &File<'_>) -> Vec<Witness> {
    let mut found = Vec::new();
    let is_yaml = has_ending(file.path, "yml") || has_ending(file.path, "yaml");
    if !is_yaml || file.text.contains("Resources:") {
        return found;
    }
    for (at, id) in ids(file.text) {
        let (Some(before), Some(rest)) = (file.text.get(..at), file.text.get(at + 12..)) else { continue };
        let Some(rest) = rest.strip_prefix(":role/").filter(|_| before.ends_with(":iam::")) else { continue };
        let is_name = |char: char| char.is_ascii_alphanumeric() || "+=,.@_-/".contains(char);
        let length = rest.find(|char| !is_name(char)).unwrap_or(rest.len());
        let (path, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let name = path.rsplit('/').next().unwrap_or(path);
        if after.starts_with(['*', '$', '{', '?', '<', '%']) || name.len() < bounds::EVIDENCE_ROLE_NAME {
            continue;
        }
        let target = Target::Role(name.to_owned());
        let span = Span::new(file.id, at, at + 12);
        found.push(Witness { kind: Kind::Role, target, id: id.to_owned(), span });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_runs_of_twelve_digits() {
        let found = |text: &str| ids(text).map(|(at, id)| format!("{at}:{id}")).collect::<Vec<_>>();
        assert_eq!(
            found("arn:aws:iam::640123987001:role/x 640123987002"),
            ["13:640123987001", "33:640123987002"]
        );
        assert!(found("6401239870011 x640123987001 640123987001a 64012398700 111111111111").is_empty());
        assert_eq!(found("é640123987001"), ["2:640123987001"]);
    }

    #[test]
    fn made_up_ids_are_told_from_others() {
        for id in ["111111111111", "111222333444", "200000000001", "123456789012"] {
            assert!(is_made_up(id), "{id}");
        }
        for id in ["640123987001", "100020003000", "112233445577"] {
            assert!(!is_made_up(id), "{id}");
        }
    }

    #[test]
    fn a_role_tells_its_account() {
        assert_eq!(account_of_role("arn:aws:iam::640123987001:role/a/b"), Some("640123987001"));
        assert_eq!(account_of_role("arn:aws-us-gov:iam::640123987001:role/a"), Some("640123987001"));
        for text in ["arn:aws:iam::640123987001:user/a", "arn:aws:iam::${x}:role/a", "", "640123987001"] {
            assert_eq!(account_of_role(text), None, "{text}");
        }
    }
}
