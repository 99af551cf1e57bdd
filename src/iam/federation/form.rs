//! Which subjects an issuer can give to a token.
//!
//! Organizations can choose what their subjects consist of, so only what no choice makes is said to be impossible.

/// How an issuer makes subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// GitHub Actions: claims and their values, `repo:ORG/REPO:ref:refs/heads/BRANCH` unless chosen otherwise.
    ///
    /// <https://docs.github.com/en/actions/reference/security/oidc>
    GitHub,
    /// GitLab: claims and their values, `project_path:GROUP/PROJECT:ref_type:TYPE:ref:NAME` unless chosen otherwise.
    ///
    /// <https://docs.gitlab.com/ci/secrets/id_token_authentication/>
    GitLab,
    /// HCP Terraform: `organization:ORG:project:PROJECT:workspace:WORKSPACE:run_phase:PHASE`, or with a stack.
    ///
    /// <https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens>
    Terraform,
    /// `CircleCI`: `org/ORG-ID/project/PROJECT-ID/user/USER-ID`.
    ///
    /// <https://circleci.com/docs/openid-connect-tokens/>
    CircleCi,
    /// A Kubernetes cluster: `system:serviceaccount:NAMESPACE:NAME`.
    ///
    /// <https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html>
    Kubernetes,
}

/// A part of a subject.
enum Part {
    /// This text.
    Is(&'static str),
    /// A name, which has none of these characters.
    Name(&'static [char]),
}

/// Why no token has a subject that `pattern` matches, as a clause; `None` when one may have. A subject without wildcards is a
/// pattern too.
pub fn impossible_subject(form: Form, pattern: &str) -> Option<String> {
    let fixed = pattern.find(['*', '?']).and_then(|at| pattern.get(..at)).unwrap_or(pattern);
    let subject = Subject { fixed, whole: fixed.len() == pattern.len() };
    let (fits, example) = match form {
        Form::GitHub => return github(&subject),
        Form::GitLab => return gitlab(&subject),
        Form::Terraform => (
            subject.fits(
                &[
                    Part::Is("organization:"),
                    Part::Name(&[':']),
                    Part::Is(":project:"),
                    Part::Name(&[':']),
                    Part::Is(":"),
                ],
                true,
            ),
            "organization:ORG:project:PROJECT:workspace:WORKSPACE:run_phase:PHASE",
        ),
        Form::CircleCi => (
            subject.fits(
                &[Part::Is("org/"), Part::Name(&['/', ':']), Part::Is("/project/"), Part::Name(&['/', ':'])],
                true,
            ),
            "org/ORG-ID/project/PROJECT-ID/user/USER-ID",
        ),
        Form::Kubernetes => (
            subject.fits(
                &[
                    Part::Is("system:serviceaccount:"),
                    Part::Name(&[':', '/']),
                    Part::Is(":"),
                    Part::Name(&[':', '/']),
                ],
                false,
            ),
            "system:serviceaccount:NAMESPACE:NAME",
        ),
    };
    (!fits).then(|| format!("subjects have the form `{example}`"))
}

/// A pattern up to its first wildcard.
struct Subject<'a> {
    fixed: &'a str,
    /// Whether there is no wildcard.
    whole: bool,
}

impl Subject<'_> {
    /// Whether some text is matched that has these parts, `more` after them or nothing.
    fn fits(&self, parts: &[Part], more: bool) -> bool {
        let mut rest = self.fixed;
        for part in parts {
            match part {
                Part::Is(text) => match rest.strip_prefix(text) {
                    Some(after) => rest = after,
                    None => return !self.whole && text.starts_with(rest),
                },
                Part::Name(without) => {
                    let end = rest.find(*without).unwrap_or(rest.len());
                    // An empty name is one that a variable does not give yet.
                    if end == rest.len() && !self.whole || end == 0 && end < rest.len() {
                        return true;
                    }
                    if end == 0 {
                        return false;
                    }
                    rest = rest.get(end..).unwrap_or_default();
                }
            }
        }
        more || rest.is_empty()
    }

    /// What comes before the first colon, and what follows it, when there is one; otherwise all.
    fn claim(&self) -> (&str, Option<Self>) {
        match self.fixed.split_once(':') {
            Some((name, rest)) => (name, Some(Subject { fixed: rest, whole: self.whole })),
            None => (self.fixed, None),
        }
    }
}

/// Whether a text can be the name of a claim, or its beginning.
fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Names of claims have no other characters, so a subject begins with one and a colon. A single word is left alone: templates
/// write one where nobody is to be let in.
fn begins_otherwise(subject: &Subject<'_>) -> bool {
    match subject.claim() {
        (name, Some(_)) => name.is_empty() || !is_name(name),
        (name, None) => !is_name(name),
    }
}

fn github(subject: &Subject<'_>) -> Option<String> {
    if begins_otherwise(subject) {
        return Some("subjects begin with the name of a claim, as in `repo:ORG/REPO:…`".to_owned());
    }
    let ("repo", Some(named)) = subject.claim() else { return None };
    let (repository, after) = named.claim();
    let parts = repository.split('/').collect::<Vec<_>>();
    let ends = after.is_some() || named.whole;
    // An empty name is one that a variable does not give yet.
    if ends && parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    let is_repository = match parts.as_slice() {
        [owner, _] => !owner.is_empty(),
        [_] => !ends,
        _ => false,
    };
    if !is_repository {
        return Some(
            "`repo:` is followed by the organization and the name of the repository, as in `repo:ORG/REPO:…`"
                .to_owned(),
        );
    }
    let after = after?;
    let (claim, value) = after.claim();
    // What follows is a claim and its value, or that it is a pull request.
    let is_claim = match value {
        Some(_) => is_name(claim) && !claim.is_empty(),
        None => {
            if after.whole {
                claim == "pull_request"
            } else {
                is_name(claim)
            }
        }
    };
    if !is_claim {
        return Some(
            "the repository is followed by `ref:refs/heads/BRANCH`, `environment:NAME` or `pull_request`"
                .to_owned(),
        );
    }
    let reference = value.filter(|_| claim == "ref")?;
    let begins = ["refs/heads/", "refs/tags/", "refs/pull/"].iter().any(|start| {
        reference.fixed.starts_with(start) || !reference.whole && start.starts_with(reference.fixed)
    });
    (!begins).then(|| "`ref:` is followed by the full name, as in `ref:refs/heads/main`".to_owned())
}

fn gitlab(subject: &Subject<'_>) -> Option<String> {
    if begins_otherwise(subject) {
        return Some(
            "subjects begin with the name of a claim, as in `project_path:GROUP/PROJECT:…`".to_owned(),
        );
    }
    let ("project_path", Some(named)) = subject.claim() else { return None };
    let (path, after) = named.claim();
    let ends = after.is_some() || named.whole;
    (ends && !path.contains('/')).then(|| {
        "`project_path:` is followed by the group and the name of the project, as in `project_path:GROUP/PROJECT:…`".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn impossible(form: Form, all: &[&str]) -> Vec<String> {
        all.iter()
            .filter(|subject| impossible_subject(form, subject).is_some())
            .map(|it| (*it).to_owned())
            .collect()
    }

    #[test]
    fn what_no_token_of_github_has() {
        let never = [
            "acme/site:ref:refs/heads/main",
            "acme/site:*",
            "repo:site:ref:refs/heads/main",
            "repo:https://github.com/acme/site:*",
            "repo:repository_owner_id:1234:*",
            "repo:acme/site/app:*",
            "repo:acme/site:main",
            "repo:acme/site:refs/heads/main",
            "repo:acme/site:refs/heads/*",
            "repo:acme/site:ref:main",
            "repo:acme/site:ref:heads/main",
            "repo:acme/site:ref:refs/head/main",
            "repo:acme/site:ref:release/*",
        ];
        assert_eq!(impossible(Form::GitHub, &never), never);
    }

    #[test]
    fn what_a_token_of_github_may_have() {
        let some = [
            "*",
            "nobody",
            "repo::*",
            "repo:/site:*",
            "repo:acme/:*",
            "repo:*",
            "repo:acme*",
            "repo:acme/*",
            "*/site:*",
            "repo:acme/site",
            "repo:acme/site:*",
            "repo:acme/site:ref:refs/heads/main",
            "repo:acme/site:ref:refs/*",
            "repo:acme/site:ref:*",
            "repo:acme/site:pull_request",
            "repo:acme/site:pull*",
            "repo:acme/site:main*",
            "repo:acme/site:environment:production",
            "repo:acme@1234/site@5678:ref:refs/tags/v1",
            "repository_owner_id:1234:repository_id:5678",
            "job_workflow_ref:acme/flows/.github/workflows/ci.yml@refs/heads/main",
            "environment:production:repository_owner:acme",
        ];
        assert_eq!(impossible(Form::GitHub, &some), Vec::<String>::new());
    }

    #[test]
    fn subjects_of_others() {
        let never = ["acme/site:*", "project_path:site:ref_type:branch:ref:main", "project_path:site"];
        assert_eq!(impossible(Form::GitLab, &never), never);
        let some = [
            "project_path:acme/*",
            "project_path:acme*",
            "project_path:acme/web/site:ref_type:branch:ref:main",
            "*",
        ];
        assert_eq!(impossible(Form::GitLab, &some), Vec::<String>::new());

        let never = [
            "organization:acme:workspace:site:run_phase:*",
            "organization:acme",
            "acme:*",
            "organization:acme:project:web",
        ];
        assert_eq!(impossible(Form::Terraform, &never), never);
        let some = [
            "organization:acme:*",
            "organization:acme:project:web:workspace:site:run_phase:apply",
            "organization:acme:project:*",
        ];
        assert_eq!(impossible(Form::Terraform, &some), Vec::<String>::new());

        let never = [
            "serviceaccount:a:b",
            "system:serviceaccount:a/b",
            "system:serviceaccount:a",
            "system:serviceaccount:a:b:c",
            "a:b",
        ];
        assert_eq!(impossible(Form::Kubernetes, &never), never);
        let some = [
            "system:serviceaccount:a:b",
            "system:serviceaccount:*:b",
            "system:serviceaccount:a:b-*",
            "system:serviceaccount::b",
            "system:*",
        ];
        assert_eq!(impossible(Form::Kubernetes, &some), Vec::<String>::new());

        assert_eq!(impossible(Form::CircleCi, &["project/a/user/b", "org/a"]), ["project/a/user/b", "org/a"]);
        assert_eq!(impossible(Form::CircleCi, &["org/a/project/b/user/*", "org/a/*"]), Vec::<String>::new());
    }
}
