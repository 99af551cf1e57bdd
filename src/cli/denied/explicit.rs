//! Denials that AWS says are explicit, Block Public Access, and resources that the input does not name.

use super::request::Target;
use super::verdict::{Case, Judged, Verdict, layer_of};
use crate::ask::{Asked, Demand, Evidence, Explained, Layer, Question, What, Who};
use crate::bounds;
use crate::denial::{PolicyKind, Stated};
use crate::graph::{DeclarationId, IdentityKind};
use crate::value::{Kind, Text, Value};

/// What may deny when the input does not say which sort of policy does, the nearest first.
const SORTS: [PolicyKind; 5] = [
    PolicyKind::Identity,
    PolicyKind::Resource,
    PolicyKind::Boundary,
    PolicyKind::ServiceControl,
    PolicyKind::ResourceControl,
];

impl<'g> Case<'g, '_> {
    /// A denial that AWS says is explicit: the statements of the templates that deny, whatever their conditions; else that no
    /// template has one. Of the policies of organizations, what is not declared says nothing.
    pub(super) fn explicit(&self, who: &Who, action: &str, explained: &Explained<'g>) -> Option<Judged<'g>> {
        let stated = self.denial.stated.iter();
        let (kind, policy) = stated.clone().find_map(|stated| match stated {
            Stated::Denied { kind, policy } => Some((*kind, policy.as_deref())),
            _ => None,
        })?;
        let sorts = kind.as_ref().map_or(SORTS.as_slice(), std::slice::from_ref);
        for sort in sorts {
            let (evidence, demands) = self.denials(who, action, *sort);
            if !evidence.is_empty() {
                let reason = match sort {
                    PolicyKind::Identity => "the principal's own policies deny it".to_owned(),
                    PolicyKind::Resource | PolicyKind::Trust => format!("the {} denies it", self.policy()),
                    PolicyKind::Boundary => "the permissions boundary of the principal denies it".to_owned(),
                    sort => format!("a {} denies it", sort.name()),
                };
                let message = format!("{} cannot call `{action}` on {}: {reason}", self.from(who), self.to());
                return Some(Judged { demands, ..self.with(Verdict::Line, message, evidence) });
            }
        }
        let is_unnamed = matches!(self.asked.target, Target::Unnamed(_));
        let is_here = match kind {
            Some(PolicyKind::Identity | PolicyKind::Boundary) | None => self.is_declared(who),
            Some(PolicyKind::Resource | PolicyKind::Trust) => !is_unnamed && self.target().is_some(),
            Some(_) => false,
        };
        is_here.then(|| self.denied_elsewhere(who, action, (kind, policy), explained))
    }

    /// What denies is in no template.
    fn denied_elsewhere(
        &self,
        who: &Who,
        action: &str,
        (kind, policy): (Option<PolicyKind>, Option<&str>),
        explained: &Explained<'g>,
    ) -> Judged<'g> {
        let what = match (policy, kind) {
            (Some(arn), _) => format!("`{arn}` denies it, and no template attaches a policy that does"),
            (None, Some(kind)) => {
                format!("a deployed {} denies it, and none of the templates does", kind.name())
            }
            (None, None) => "a deployed policy denies it, and none of the templates does".to_owned(),
        };
        let message = format!("{} was denied `{action}` on {}: {what}", self.from(who), self.to());
        if !explained.ruling.answer.is_no() {
            return self.with(Verdict::Allowed, message, explained.evidence.clone());
        }
        let mut judged = self.with(Verdict::Undeclared, message, Vec::new());
        judged.notes.push(format!("by the templates it would be denied all the same: {}", explained.reason));
        judged
    }

    /// The statements of a sort of policies that deny the request, or may.
    fn denials(&self, who: &Who, action: &str, sort: PolicyKind) -> (Vec<Evidence<'g>>, Vec<Demand<'g>>) {
        let Some(layer) = layer_of(sort) else { return (Vec::new(), Vec::new()) };
        let nothing = What::Resources(Vec::new());
        let (target, within) = match &self.asked.target {
            Target::Declared(asked) => (&asked.target, asked.meant_by(action)),
            Target::Elsewhere(arn) | Target::Unnamed(arn) => (&nothing, Some(arn.clone())),
        };
        let question = Question { caller: who, target, action, within: within.as_ref() };
        self.ask.denials(&question, layer)
    }

    /// What the templates let the principal call, and does not let it in: the input does not say which resource it was.
    pub(super) fn candidates(&self, who: &Who, action: &str) -> Option<Judged<'g>> {
        let Target::Unnamed(_) = self.asked.target else { return None };
        let stated = self
            .denial
            .stated
            .iter()
            .find(|stated| matches!(stated.kind(), Some(PolicyKind::Resource | PolicyKind::Trust)))?;
        let is_explicit = matches!(stated, Stated::Denied { .. });
        let mut found: Vec<(String, Vec<Evidence<'g>>, Vec<Demand<'g>>)> = Vec::new();
        for target in self.possible(action).into_iter().take(bounds::PATTERN_TARGETS) {
            let Some(shown) = self.called(&target) else { continue };
            let asked = Asked { graph: self.graph(), target, within: None };
            if is_explicit {
                let question = Question { caller: who, target: &asked.target, action, within: None };
                let (evidence, demands) = self.ask.denials(&question, Layer::Resource);
                if !evidence.is_empty() {
                    found.push((shown, evidence, demands));
                }
                continue;
            }
            let explained = self.explain(who, &asked, action);
            if explained.sides.other.is_no() && !explained.sides.own.is_no() {
                found.push((shown, explained.evidence, Vec::new()));
            }
        }
        if found.is_empty() || found.len() > bounds::WITNESSES {
            return None;
        }
        let names: Vec<&str> = found.iter().map(|(shown, ..)| shown.as_str()).collect();
        let policy = if action.starts_with("sts:") { "trust policy" } else { "resource policy" };
        let reason = if is_explicit { "denies it" } else { "does not allow the principal" };
        let message = format!(
            "{} cannot call `{action}` on {}: the {policy} {reason}",
            self.from(who),
            names.join(" and on "),
        );
        let (evidence, demands): (Vec<_>, Vec<_>) =
            found.into_iter().map(|(_, evidence, demands)| (evidence, demands)).unzip();
        let mut judged = self.with(Verdict::Line, message, evidence.into_iter().flatten().collect());
        judged.demands = demands.into_iter().flatten().collect();
        judged.notes.push("the input does not say which resource it was".to_owned());
        Some(judged)
    }

    /// The declared policies of VPC endpoints that do not allow the request, or deny it. Which one it came through, the input
    /// does not say.
    pub(super) fn endpoint(&self, who: &Who, action: &str) -> Option<Judged<'g>> {
        let is_it = |stated: &&Stated| stated.kind() == Some(PolicyKind::Endpoint);
        let stated = self.denial.stated.iter().find(is_it)?;
        let denying = matches!(stated, Stated::Denied { .. });
        let arn = match &self.asked.target {
            Target::Declared(asked) => match asked.meant_by(action) {
                Some(within) => within,
                None => self.ask.owner(&asked.target).1.clone(),
            },
            Target::Elsewhere(arn) | Target::Unnamed(arn) => arn.clone(),
        };
        let evidence = self.ask.endpoints(&self.asked.account, action, &arn, denying);
        if evidence.is_empty() || evidence.len() > bounds::WITNESSES {
            return None;
        }
        let reason = if denying { "denies it" } else { "does not allow it" };
        let (from, to) = (self.from(who), self.to());
        let message =
            format!("{from} cannot call `{action}` on {to}: the policy of the VPC endpoint {reason}");
        let mut judged = self.with(Verdict::Line, message, evidence);
        judged.notes.push("the input does not say which endpoint the request came through".to_owned());
        Some(judged)
    }

    /// All that an action may be about.
    fn possible(&self, action: &str) -> Vec<What> {
        let graph = self.graph();
        let service = action.split(':').next().unwrap_or_default();
        if service == "sts" {
            let first = graph
                .of_kind(IdentityKind::Role)
                .filter(|(id, role)| role.declared_as().first().is_none_or(|first| first == id));
            return first.map(|(id, _)| What::identity(id)).collect();
        }
        let all = graph.resources.with_ids().filter(|(_, it)| it.service == service && it.declared);
        all.map(|(id, _)| What::resource(id)).collect()
    }

    /// The switch of Block Public Access that AWS names.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
    pub(super) fn public_access(&self, who: &Who, action: &str) -> Option<Judged<'g>> {
        let setting = self.denial.stated.iter().find_map(|stated| match stated {
            Stated::PublicAccess(setting) => Some(setting.as_str()),
            _ => None,
        })?;
        let switches = self.switches(setting);
        let found = switches.into_iter().find(|(_, value)| matches!(value.kind, Kind::Bool(true)));
        let what = format!("`{setting}` of S3 Block Public Access prevents it");
        let message = format!("{} cannot call `{action}` on {}: {what}", self.from(who), self.to());
        let Some((id, value)) = found else {
            let message = format!("{message}, and no template switches it on");
            let mut judged = self.with(Verdict::Undeclared, message, Vec::new());
            judged.notes.push("new buckets have all settings of Block Public Access on".to_owned());
            return Some(judged);
        };
        let (layer, text) = (Layer::Resource, "switched on here".to_owned());
        let evidence =
            Evidence { layer, does: None, statement: None, span: value.span, text, declaration: Some(id) };
        Some(self.with(Verdict::Line, message, vec![evidence]))
    }

    /// What sets a switch for the bucket, or for its account.
    fn switches(&self, setting: &str) -> Vec<(DeclarationId, &'g Value)> {
        let graph = self.graph();
        let Some(What::Resources(buckets)) = self.target() else { return Vec::new() };
        let snake = snake(setting);
        let mut found = Vec::new();
        for id in graph.of_type("aws_s3_bucket_public_access_block") {
            let declaration = &graph.declarations[*id];
            let named = declaration.properties.get("bucket").and_then(Value::as_text);
            let is_meant = |named: Text| {
                let all = graph.find_buckets(&graph.accounts.normalised(named), &declaration.unit);
                all.iter().any(|id| buckets.contains(id))
            };
            if named.is_some_and(is_meant) {
                found.extend(declaration.properties.get(&snake).map(|value| (*id, value)));
            }
        }
        for bucket in buckets {
            let resource = &graph.resources[*bucket];
            let properties = &graph.declarations[resource.declaration].properties;
            let switch =
                properties.get("PublicAccessBlockConfiguration").and_then(|it| it.as_map()?.get(setting));
            found.extend(switch.map(|value| (resource.declaration, value)));
            let of_account = graph.of_type("aws_s3_account_public_access_block").iter();
            let of_account = of_account
                .filter(|id| graph.accounts.same(&graph.account_of(**id), &resource.account).is_yes());
            found.extend(
                of_account.filter_map(|id| {
                    graph.declarations[*id].properties.get(&snake).map(|value| (*id, value))
                }),
            );
        }
        found
    }
}

/// `BlockPublicPolicy` as Terraform writes it.
fn snake(setting: &str) -> String {
    let mut snake = String::new();
    for letter in setting.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
