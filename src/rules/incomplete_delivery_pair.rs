//! Deliveries into another account of which one of the required halves is missing.

use super::common::{declared, listed, pairs};
use super::own_side::OwnSide;
use super::{Context, Rule};
use crate::ask::halves::{Half, Sender};
use crate::ask::{Question, Spot, What, Who, Whom, names};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::deliveries::{Cargo, Delivery};
use crate::graph::{Graph, ResourceId};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "incomplete-delivery-pair",
    summary: "something is delivered to another account without one of the permissions that this takes",
    effect: Effect::Mismatch,
    severity: Severity::Warning,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/incomplete-delivery-pair.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for delivery in graph.deliveries() {
        if !is_across(graph, &delivery) {
            continue;
        }
        if context.ask.is_shut_by_aws_key(&delivery) {
            found.extend(shut(graph, &delivery));
            continue;
        }
        let mut missing: Vec<Missing> = Vec::new();
        for half in context.ask.halves(&delivery) {
            let actions = context.ask.denied(&half);
            if actions.is_empty() || is_said_elsewhere(context, &half, &actions) {
                continue;
            }
            // What two principals lack on one thing is said once.
            match missing.iter_mut().find(|one| one.actions == actions && one.is_on(&half)) {
                Some(one) => one.halves.push(half),
                None => missing.push(Missing { halves: vec![half], actions }),
            }
        }
        found.extend(missing.iter().filter_map(|one| one.finding(context, &delivery)));
    }
}

/// What a delivery lacks on one thing.
struct Missing {
    /// Who needs it.
    halves: Vec<Half>,
    actions: Vec<&'static str>,
}

/// Whether what is delivered certainly leaves the account of what sends it. Where it may stay there, a permission that nobody
/// found may be one for it.
fn is_across(graph: &Graph, delivery: &Delivery) -> bool {
    let is_abroad =
        |id: &ResourceId| graph.accounts.same(&graph.resources[*id].account, &delivery.account).is_no();
    delivery.target.iter().all(is_abroad)
}

/// Whether `permission-without-grant` or `grant-without-permission` reports what a role lacks: where the side that allows it names
/// the other one.
fn is_said_elsewhere(context: &Context<'_>, half: &Half, actions: &[&'static str]) -> bool {
    let Who::Declared(id) = half.who else { return false };
    actions.iter().all(|action| {
        let (ask, question) = context.ask.request_of(half, action);
        let sides = ask.sides(&question);
        let is_named = || {
            let admitted = ask.admitted(question.target, action, question.within);
            admitted
                .iter()
                .any(|one| one.whom == Whom::Declared && matches!(one.who, Who::Declared(it) if it == id))
        };
        match (sides.own.is_no(), sides.other.is_no()) {
            (true, false) => is_named(),
            (false, true) => names(context.graph, id, question.target),
            _ => false,
        }
    })
}

impl Missing {
    fn is_on(&self, half: &Half) -> bool {
        self.halves.first().is_some_and(|first| first.target == half.target)
    }

    fn finding(&self, context: &Context<'_>, delivery: &Delivery) -> Option<Diagnostic> {
        let graph = context.graph;
        let (half, action) = (self.halves.first()?, self.actions.first()?);
        let What::Resources(on) = &half.target else { return None };
        let lacking = &graph.resources[*on.first()?];
        let (ask, question) = context.ask.request_of(half, action);
        let explained = ask.explain(&question);
        let message = format!(
            "{}, but {}: {}",
            sends(graph, delivery)?,
            self.lack(context, delivery, &question)?,
            fails(delivery.cargo)
        );
        let spot = Spot::of(graph, delivery.declaration, delivery.span, delivery.present);
        let mut finding = RULE
            .on(&spot.through(&delivery.via), message, label(delivery.cargo))
            .help(self.help(context, delivery, &question)?)
            .about([graph.address(delivery.declaration).to_owned(), lacking.arn.to_string()])
            .about(self.actions.iter().copied());
        if let Who::Declared(id) = half.who {
            finding = finding.between(pairs(graph, &[id], &[lacking.declaration], &self.actions));
        }
        for one in &explained.evidence {
            finding = finding.related(one.label(graph));
        }
        let span = graph.declarations[lacking.declaration].span;
        if finding.places().any(|place| place == span) {
            return Some(finding);
        }
        Some(finding.related(declared(graph, lacking.declaration, "resource declared here")))
    }

    /// Who is not allowed what, and by whose policy.
    fn lack(&self, context: &Context<'_>, delivery: &Delivery, question: &Question<'_>) -> Option<String> {
        let (graph, half) = (context.graph, self.halves.first()?);
        let What::Resources(on) = question.target else { return None };
        let lacking = &graph.resources[*on.first()?];
        let (on, has_none) = (graph.address(lacking.declaration), lacking.documents.is_empty());
        let actions = self.in_words();
        let sides = context.ask.sides(question);
        let own = match (&half.who, half.by) {
            (Who::Declared(id), Sender::Role) if sides.own.is_no() => {
                let side = OwnSide::of(&context.ask, question, &context.ask.ask(question));
                Some(side.clause(&graph.identities[*id].shown, &actions, on))
            }
            _ => None,
        };
        let policy = if self.is_of_key(graph, delivery) {
            format!("the policy of its key `{on}`")
        } else {
            format!("the policy of `{on}`")
        };
        Some(match own {
            _ if half.by == Sender::RoleOfOrganization => {
                format!("{policy} grants access to an organization only, and that takes a role")
            }
            Some(own) if sides.other.is_no() => format!("{own}, nor does {policy}"),
            Some(own) => own,
            None if has_none => {
                format!("`{on}` has no policy that allows {} to call {actions}", self.whom(graph, delivery))
            }
            None => format!("{policy} does not allow {} to call {actions}", self.whom(graph, delivery)),
        })
    }

    fn in_words(&self) -> String {
        listed(self.actions.iter().map(|action| format!("`{action}`")))
    }

    fn is_of_key(&self, graph: &Graph, delivery: &Delivery) -> bool {
        self.halves.first().is_some_and(|half| match &half.target {
            What::Resources(on) => {
                *on != delivery.target && on.iter().all(|id| graph.resources[*id].service == "kms")
            }
            What::Identities(_) => false,
        })
    }

    /// Who is not allowed it.
    fn whom(&self, graph: &Graph, delivery: &Delivery) -> String {
        listed(self.halves.iter().map(|half| match half.by {
            Sender::Service(name) => format!("`{name}`"),
            Sender::Account | Sender::RoleOfOrganization => {
                format!("account {}", graph.accounts.shown(&delivery.account))
            }
            Sender::Subscriber => {
                format!("account {}", graph.accounts.shown(&graph.account_of(delivery.declaration)))
            }
            Sender::Role => match (&half.who, &delivery.role) {
                (Who::Declared(id), _) => graph.shown(&graph.identities[*id]),
                (Who::Elsewhere(_), Some(role)) => format!("`{role}`"),
                (Who::Elsewhere(_), None) => "the role".to_owned(),
            },
        }))
    }

    /// The same as a policy names it.
    fn whom_by_arn(
        &self,
        (graph, delivery): (&Graph, &Delivery),
        is_meant: impl Fn(&Half) -> bool,
    ) -> String {
        let root = |account: &Text| {
            let account = graph.accounts.normalise(account);
            account.as_literal().map(|id| format!("`arn:aws:iam::{id}:root`"))
        };
        let halves = self.halves.iter().filter(|half| is_meant(half));
        let arns = halves.map(|half| match half.by {
            Sender::Service(name) => Some(format!("`{name}`")),
            Sender::Account | Sender::RoleOfOrganization => root(&delivery.account),
            Sender::Subscriber => root(&graph.account_of(delivery.declaration)),
            Sender::Role => match &half.who {
                Who::Declared(id) => Some(format!("`{}`", graph.identities[*id].arn)),
                Who::Elsewhere(caller) => Some(format!("`{}`", caller.arn)),
            },
        });
        arns.collect::<Option<Vec<_>>>().map_or_else(|| self.whom(graph, delivery), listed)
    }

    /// What to change, on which side.
    fn help(&self, context: &Context<'_>, delivery: &Delivery, question: &Question<'_>) -> Option<String> {
        let (graph, half) = (context.graph, self.halves.first()?);
        let What::Resources(on) = question.target else { return None };
        let lacking = &graph.resources[*on.first()?];
        let (on, actions) = (graph.address(lacking.declaration), self.in_words());
        let sides = context.ask.sides(question);
        let to = |is_meant: &dyn Fn(&Half) -> bool| {
            format!("{} to call {actions}", self.whom_by_arn((graph, delivery), is_meant))
        };
        let allow = format!("in the policy of `{on}`, allow {}", to(&|_| true));
        Some(match (half.by, &half.who) {
            (Sender::RoleOfOrganization, _) => {
                let (service, may) = match delivery.cargo {
                    Cargo::Events => ("EventBridge", "events:PutEvents"),
                    _ => ("CloudWatch Logs", "logs:PutLogEvents"),
                };
                format!(
                    "give `{}` a role that {service} can assume and that is allowed `{may}`, or list account {} in the policy of `{on}`",
                    graph.address(delivery.declaration),
                    graph.accounts.shown(&delivery.account)
                )
            }
            (Sender::Role, Who::Declared(id)) if sides.own.is_no() => {
                let role = &graph.identities[*id];
                let within = question.within.map_or(on.to_owned(), |_| format!("{}/*", lacking.arn));
                let own = format!("allow {actions} on `{within}` in a policy of `{}`", role.shown);
                if sides.other.is_no() { format!("{own}, and {allow}") } else { own }
            }
            (Sender::Service(_), _) if !delivery.source.is_empty() => {
                let account =
                    delivery.account.as_literal().filter(|_| delivery.cargo == Cargo::Notifications);
                let account =
                    account.map(|id| format!(" and `aws:SourceAccount` `{id}`")).unwrap_or_default();
                // Only requests of services have these keys.
                let is_service = |half: &Half| matches!(half.by, Sender::Service(_));
                let others = if self.halves.iter().all(is_service) {
                    String::new()
                } else {
                    format!(", and in a statement of its own {}", to(&|half| !is_service(half)))
                };
                format!(
                    "in the policy of `{on}`, allow {} with `aws:SourceArn` `{}`{account}{others}",
                    to(&is_service),
                    delivery.source
                )
            }
            _ => allow,
        })
    }
}

/// That nothing can be delivered into what is encrypted with the key that AWS manages.
fn shut(graph: &Graph, delivery: &Delivery) -> Option<Diagnostic> {
    let target = &graph.resources[*delivery.target.first()?];
    let address = graph.address(target.declaration);
    let message = format!(
        "{}, which is encrypted with `alias/aws/{}`, whose key policy allows no other service and cannot be changed: {}",
        sends(graph, delivery)?,
        target.service,
        fails(delivery.cargo)
    );
    let help =
        format!("encrypt `{address}` with a customer managed key whose policy allows the service to use it");
    let spot = Spot::of(graph, delivery.declaration, delivery.span, delivery.present);
    let finding = RULE.on(&spot.through(&delivery.via), message, label(delivery.cargo)).help(help).about([
        graph.address(delivery.declaration).to_owned(),
        target.arn.to_string(),
        "key".to_owned(),
    ]);
    Some(finding.related(declared(graph, target.declaration, "encrypted with a key of AWS")))
}

/// What is delivered from where to where.
fn sends(graph: &Graph, delivery: &Delivery) -> Option<String> {
    let does = match delivery.cargo {
        Cargo::Replicas => "replicates objects to",
        Cargo::Messages => "delivers messages to",
        Cargo::Notifications => "sends notifications to",
        Cargo::Events => "sends events to",
        Cargo::Logs => "sends logs to",
        Cargo::Backups => "copies backups to",
        Cargo::Image => "uses an image of",
        Cargo::Layer => "uses",
    };
    let target = graph.resource_shown(&graph.resources[*delivery.target.first()?]);
    Some(format!("`{}` {does} {target}", graph.address(delivery.declaration)))
}

/// What comes of it.
fn fails(cargo: Cargo) -> &'static str {
    match cargo {
        Cargo::Replicas => "S3 will not replicate the objects",
        Cargo::Messages => "SNS cannot deliver the messages",
        Cargo::Notifications => "AWS will reject the notifications",
        Cargo::Events => "EventBridge cannot deliver the events",
        Cargo::Logs => "AWS will reject the subscription filter",
        Cargo::Backups => "the copy jobs will fail",
        Cargo::Image => "Lambda cannot pull the image",
        Cargo::Layer => "AWS will reject the function",
    }
}

fn label(cargo: Cargo) -> &'static str {
    match cargo {
        Cargo::Replicas => "replication destination",
        Cargo::Messages | Cargo::Events | Cargo::Logs | Cargo::Notifications => "delivery destination",
        Cargo::Backups => "copy destination",
        Cargo::Image => "image of the function",
        Cargo::Layer => "layer of the function",
    }
}
