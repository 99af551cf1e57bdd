//! What is said when the templates do not have the side that AWS names, or the input does not have the request.

use super::request::Target;
use super::verdict::{Case, Judged, Verdict, is_own};
use crate::ask::{Asked, Evidence, Layer, What, Who};
use crate::cli::elsewhere;
use crate::denial::{PolicyKind, Stated};
use crate::source::{SourceId, Span};
use crate::value::{Text, UnitKey};

impl<'g> Case<'g, '_> {
    /// The side that AWS names, or the one that has to be named, is in no template.
    pub(super) fn undeclared(&self, who: &Who, action: &str, kind: Option<PolicyKind>) -> Judged<'g> {
        let has_caller = self.is_declared(who);
        let own = kind.map_or(!has_caller, |kind| is_own(Some(kind)));
        let (from, to) = (self.from(who), self.to());
        let what = match kind {
            Some(PolicyKind::Session) => {
                "a session policy is passed when the session begins, so no template has it".to_owned()
            }
            Some(PolicyKind::Endpoint) => {
                "no template declares the policy of a VPC endpoint that does not allow it".to_owned()
            }
            Some(kind @ (PolicyKind::ServiceControl | PolicyKind::ResourceControl)) => {
                format!("no template declares a {} that concerns it", kind.name())
            }
            _ if own && !has_caller => format!("no template declares {from}"),
            _ if matches!(self.asked.target, Target::Unnamed(_)) => {
                "the input does not say on which resource".to_owned()
            }
            _ => format!("no template declares {to}"),
        };
        let message = format!("{from} was denied `{action}` on {to}: {what}");
        let mut judged = self.with(Verdict::Undeclared, message, Vec::new());
        match kind {
            Some(PolicyKind::ServiceControl | PolicyKind::ResourceControl) => {
                let policy = self.denial.stated.iter().find_map(|it| match it {
                    Stated::Denied { policy: Some(arn), .. } => arn.rsplit('/').next(),
                    _ => None,
                });
                judged.notes.extend(policy.filter(|id| is_word(id)).map(|id| {
                    format!("`aws organizations describe-policy --policy-id {id}` in the management account shows it")
                }));
            }
            Some(PolicyKind::Session | PolicyKind::Endpoint) => {}
            _ => judged.notes.extend(self.file_of(who, own)),
        }
        judged
    }

    /// The file that would tell what one side says.
    pub(super) fn file_of(&self, who: &Who, own: bool) -> Option<String> {
        let graph = self.graph();
        if own {
            let caller = self.ask.caller(who).filter(|caller| !caller.is_outside())?;
            return Some(elsewhere::identities(graph, &caller.account));
        }
        let arn = self.asked.arn.as_deref()?;
        let owner = arn.split(':').nth(4).unwrap_or_default();
        let owner =
            Some(owner).filter(|it| !it.is_empty()).or(self.denial.owner.as_deref()).unwrap_or_default();
        let span = Span::start_of(SourceId::first());
        elsewhere::resource(graph, arn, &Text::literal(owner, span))
    }

    /// AWS looks for a bare name in the account of the principal.
    ///
    /// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html>
    pub(super) fn bare_name(&self, who: &Who, action: &str) -> Judged<'g> {
        let name = self.denial.resource.as_deref().unwrap_or_default();
        let found = super::names::called(self.graph(), action, name, &self.asked.account);
        let from = self.from(who);
        let Some((own, elsewhere)) = found else {
            return self.undeclared(who, action, self.denial.stated.first().and_then(Stated::kind));
        };
        let graph = self.graph();
        if let Some(id) = own {
            let asked = Asked { graph, target: What::resource(id), within: None };
            let explained = self.explain(who, &asked, action);
            return self.decided(who, action, explained);
        }
        let Some(id) = elsewhere else {
            return self.undeclared(who, action, self.denial.stated.first().and_then(Stated::kind));
        };
        let resource = &graph.resources[id];
        let shown = graph.resource_shown(resource);
        let message = format!(
            "{from} asked for `{name}` by its name, which AWS looks for in the account of the principal: {shown} is in another one"
        );
        let declaration = Some(resource.declaration);
        let span = graph.declarations[resource.declaration].span;
        let text = "declared here".to_owned();
        let evidence =
            Evidence { layer: Layer::Resource, does: None, statement: None, span, text, declaration };
        let mut judged = self.with(Verdict::Line, message, vec![evidence]);
        judged.notes.push("ask for it by its whole ARN".to_owned());
        judged
    }

    /// A role that is assumed and surely does not exist, or is declared nowhere while another one has nearly its name.
    pub(super) fn missing_role(&self, who: &Who, action: &str) -> Option<Judged<'g>> {
        let Target::Elsewhere(arn) = &self.asked.target else { return None };
        let missing = self.ask.undeclared(arn, &UnitKey::nowhere()).filter(|_| action.starts_with("sts:"))?;
        let graph = self.graph();
        let near = missing.near.map(|id| &graph.identities[id]);
        let (from, to) = (self.from(who), self.to());
        let evidence = near.map(|identity| Evidence {
            layer: Layer::Resource,
            does: None,
            statement: None,
            span: graph.declarations[identity.declaration].span,
            text: "the role of nearly this name".to_owned(),
            declaration: Some(identity.declaration),
        });
        let why = self.ask.why_missing(arn).or_else(|| {
            let near = near?;
            Some(format!("no template declares it; did you mean `{}`?", near.name))
        })?;
        let verdict = if evidence.is_some() { Verdict::Line } else { Verdict::Undeclared };
        let message = format!("{from} cannot call `{action}` on {to}: {why}");
        Some(self.with(verdict, message, evidence.into_iter().collect()))
    }

    /// The input says neither who asked nor for what.
    pub(super) fn without_request(&self) -> Judged<'g> {
        let what = match (&self.asked.action, &self.denial.principal) {
            (Some(action), None) => {
                format!("`{action}` was denied; the input does not say to whom and on what")
            }
            (None, Some(principal)) => {
                format!("`{principal}` was denied; the input does not say which action")
            }
            (Some(action), Some(_)) => {
                format!("`{action}` is an operation, and the input does not say of which service")
            }
            (None, None) => "the input does not say who was denied, and what".to_owned(),
        };
        let mut judged = self.with(Verdict::Unknown, what, Vec::new());
        let is_federated =
            self.asked.action.as_deref().is_some_and(|it| it.starts_with("sts:AssumeRoleWith"));
        judged.notes.push(if is_federated {
            "the event of CloudTrail names the role and the identity provider".to_owned()
        } else {
            "the event of CloudTrail has it: `aws cloudtrail lookup-events | trustlint denied -`".to_owned()
        });
        judged
    }

    /// What AWS would tell beyond the input.
    pub(super) fn more_from_aws(&self, verdict: Verdict) -> Vec<String> {
        let mut notes = Vec::new();
        if verdict == Verdict::Line {
            return notes;
        }
        if let Some(id) = &self.denial.authorization {
            notes.push(format!(
                "GetRequestAuthorizationDetails with the authorization ID `{id}` tells more for 24 hours, in the same Region"
            ));
        }
        if self.denial.is_encoded {
            notes.push(
                "`aws sts decode-authorization-message --encoded-message … | trustlint denied -` tells more"
                    .to_owned(),
            );
        }
        notes
    }
}

fn is_word(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
}
