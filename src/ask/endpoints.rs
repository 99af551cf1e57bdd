//! VPC endpoints that keep nobody from anything.
//!
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>

use super::Asker;
use super::items::Setting;
use super::one_side::ENDPOINTS;
use crate::graph::{DeclarationId, Purpose};
use crate::iam::arn::Arn;
use crate::iam::condition::{self, Context, Presence};
use crate::iam::data;
use crate::iam::policy::{Condition, Effect, Item, Polarity, Policy, Statement};
use crate::iam::principal::Principal;
use crate::source::{SourceId, Span};
use crate::value::{Answer, Kind, PieceKind, Text, Value};

/// Keys that say whose the principal is, and that say whose the resource is.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html>
const OF_CALLER: [&str; 4] =
    ["aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"];
const OF_RESOURCE: [&str; 5] = [
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "s3:DataAccessPointAccount",
    "s3:ResourceAccount",
];

/// Keys that say how a request comes, not from whom or for what: whoever is denied by one can come otherwise. No request through an
/// endpoint has an `aws:SourceIp`.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const OF_WAY: [&str; 5] =
    ["aws:SecureTransport", "aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp", "s3:TlsVersion"];

/// Services whose endpoints can have a policy, as the names of endpoints end.
///
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html>
const WITH_POLICY: [&str; 9] =
    ["dynamodb", "events", "kms", "lambda", "s3", "secretsmanager", "sns", "sqs", "sts"];

impl<'g> Asker<'g> {
    /// The statements of endpoints by which any principal reaches resources of any account.
    pub fn open_endpoints(&self) -> Vec<Setting<'g>> {
        let graph = self.graph;
        let is_endpoint = |id: DeclarationId| ENDPOINTS.contains(&&*graph.declarations[id].type_name);
        let documents = graph
            .documents
            .with_ids()
            .filter(|(_, it)| it.purpose == Purpose::Limit && is_endpoint(it.declaration) && !it.policy.open);
        let settings = documents.flat_map(|(id, _)| Setting::all(graph, id));
        settings.filter(|setting| self.is_open_to_all(&setting.document.policy, setting.statement)).collect()
    }

    fn is_open_to_all(&self, policy: &Policy, statement: &Statement) -> bool {
        let principals = statement.principals.as_ref().filter(|it| it.polarity == Polarity::In);
        let everyone = |item: &Item<Principal>| item.value == Principal::Everyone && item.present.is_yes();
        if statement.effect != Some(Effect::Allow)
            || !principals.is_some_and(|clause| clause.items.iter().any(everyone))
            || !is_about_all(statement)
            || !acts_on_resources(statement)
        {
            return false;
        }
        let context = self.outside();
        let meets = |one: &Statement| condition::satisfiable(&one.conditions, one.conditions_open, &context);
        let keeps_out = |one: &Statement| !meets(one).is_no() && !is_avoidable(one, &context);
        let denies = |one: &Statement| one.effect == Some(Effect::Deny) && limits(one) && keeps_out(one);
        meets(statement).is_yes() && !policy.statements.iter().any(denies)
    }

    /// What is known of a request by a principal of one account for a resource of another one, both of somebody else.
    fn outside(&self) -> Context {
        let one = |text: &'static str| {
            Presence::Values(vec![Text::literal(text, Span::start_of(SourceId::first()))])
        };
        let mut context = self.context.clone();
        for key in OF_CALLER {
            context = context.with(key, one("another account"));
        }
        for key in OF_RESOURCE {
            context = context.with(key, one("a third account"));
        }
        for key in ["aws:PrincipalIsAWSService", "aws:ViaAWSService"] {
            context = context.with(key, one("false"));
        }
        context
    }

    /// The endpoints for which no policy is written, so that they have the one that AWS gives: everything for everyone.
    pub fn endpoints_without_policy(&self) -> Vec<DeclarationId> {
        let graph = self.graph;
        let apart = graph.of_type("aws_vpc_endpoint_policy");
        let is_unset =
            |value: Option<&Value>| value.is_none_or(|it| matches!(it.kind, Kind::Null | Kind::Absent));
        let lacks = |id: &DeclarationId, policy: &str, service: &str| {
            let declaration = &graph.declarations[*id];
            let named = declaration.properties.get(service).and_then(Value::as_text);
            let has_apart = || apart.iter().any(|other| graph.declarations[*other].unit == declaration.unit);
            declaration.present.is_yes()
                && is_unset(declaration.properties.get(policy))
                && named.is_some_and(|service| can_have_policy(&service))
                && !has_apart()
        };
        let terraform =
            graph.of_type("aws_vpc_endpoint").iter().filter(|id| lacks(id, "policy", "service_name"));
        let stacks = graph
            .of_type("AWS::EC2::VPCEndpoint")
            .iter()
            .filter(|id| lacks(id, "PolicyDocument", "ServiceName"));
        terraform.chain(stacks).copied().collect()
    }

    /// Whether an endpoint is one for a service: `s3`, `ecr.api`.
    pub fn is_endpoint_for(&self, endpoint: DeclarationId, service: &str) -> Answer {
        let name = self.for_service(endpoint);
        let end = name.as_ref().and_then(last_literal);
        let is_it = |end: &str| end.strip_suffix(service).is_some_and(|before| before.ends_with('.'));
        end.filter(|end| end.contains('.')).map_or(Answer::Unknown, |end| Answer::from(is_it(end)))
    }

    /// The name of the service that an endpoint is for.
    fn for_service(&self, endpoint: DeclarationId) -> Option<Text> {
        let properties = &self.graph.declarations[endpoint].properties;
        let named = properties.get("service_name").or_else(|| properties.get("ServiceName"));
        named.and_then(Value::as_text)
    }
}

/// Whether a statement names no resource in particular.
fn is_about_all(statement: &Statement) -> bool {
    let is_all = |item: &Item<Text>| {
        item.present.is_yes()
            && (item.value.is_literally("*")
                || Arn::parse(&item.value).is_some_and(|arn| {
                    let is_any = |field: &Text| field.is_empty() || field.is_literally("*");
                    is_any(&arn.region)
                        && is_any(&arn.account)
                        && ["*", "*/*"].iter().any(|all| arn.resource.is_literally(all))
                }))
    };
    let resources = statement.resources.as_ref().filter(|it| it.polarity == Polarity::In);
    resources.is_some_and(|clause| clause.items.iter().any(is_all))
}

/// Whether some action of a statement is about a resource.
fn acts_on_resources(statement: &Statement) -> bool {
    let acts = |item: &Item<Text>| {
        item.value
            .as_literal()
            .is_some_and(|action| action.contains('*') || data::resource_types(&action).next().is_some())
    };
    statement.actions.polarity == Polarity::NotIn || statement.actions.items.iter().any(acts)
}

/// Whether a `Deny` is about all that whoever meets its conditions can do, or says so by conditions.
fn limits(deny: &Statement) -> bool {
    let is_wide = |item: &Item<Text>| item.value.as_literal().is_some_and(|action| action.ends_with('*'));
    // By what it leaves out, it keeps to resources that the author knows.
    let keeps = deny.resources.as_ref().is_some_and(|clause| clause.polarity == Polarity::NotIn);
    !deny.conditions.is_empty() || deny.conditions_open || keeps || deny.actions.items.iter().any(is_wide)
}

/// Whether each request that a `Deny` is about can be made in a way that it does not deny: over TLS.
fn is_avoidable(deny: &Statement, context: &Context) -> bool {
    let is_way = |one: &Condition| {
        let key = one.key.value.as_literal();
        key.is_some_and(|key| OF_WAY.iter().any(|way| way.eq_ignore_ascii_case(&key)))
    };
    let avoids = |one: &Condition| {
        is_way(one) && condition::tautology(std::slice::from_ref(one), false, context).is_no()
    };
    deny.conditions.iter().any(avoids)
}

/// Whether the name of a service, `com.amazonaws.eu-west-1.s3`, is that of one whose endpoints can have a policy.
fn can_have_policy(service: &Text) -> bool {
    short_name(service).is_some_and(|name| WITH_POLICY.contains(&name))
}

/// The last part of the name of a service: `s3`.
fn short_name(service: &Text) -> Option<&str> {
    last_literal(service)?.rsplit_once('.').map(|(_, name)| name)
}

/// What a text certainly ends with.
fn last_literal(text: &Text) -> Option<&str> {
    match text.pieces().last().map(|piece| &piece.kind)? {
        PieceKind::Literal(end) => Some(end),
        PieceKind::Symbol(_) | PieceKind::Json(_) => None,
    }
}
