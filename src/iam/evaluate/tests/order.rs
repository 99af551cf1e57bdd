//! All policies of a request together, against the order that AWS describes, written down as it stands there.

use super::*;

const QUEUE: &str = "arn:aws:sqs:eu-west-1:222222222222:jobs";
const ROLE: &str = "arn:aws:iam::222222222222:role/target";
const SESSION: &str = "arn:aws:sts::ACCOUNT:assumed-role/ci/run";

/// Effect, whether the action is the one asked for, and the condition on `aws:x`.
type Rule = (bool, bool, Option<(&'static str, &'static str)>);

/// A rule of a resource policy, with the principal that it names.
type Grant = (&'static str, Rule);

#[derive(Clone, Debug)]
struct Case {
    user: bool,
    account: &'static str,
    role: bool,
    resource: Vec<Grant>,
    identity: Vec<Rule>,
    boundary: Option<Vec<Rule>>,
    session: Option<Vec<Rule>>,
    service_control: Vec<Vec<Rule>>,
    resource_control: Vec<Rule>,
}

fn rule() -> impl Strategy<Value = Rule> {
    let condition = (
        prop::sample::select(vec!["StringEquals", "StringNotEquals", "StringEqualsIfExists"]),
        prop::sample::select(vec!["a", "b", "{x}"]),
    );
    (prop::bool::weighted(0.8), prop::bool::weighted(0.8), prop::option::weighted(0.6, condition))
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    prop::collection::vec(rule(), 0..3)
}

fn case() -> impl Strategy<Value = Case> {
    let principal = prop::sample::select(vec!["*", "account", "caller", "session", "other"]);
    (
        (any::<bool>(), prop::sample::select(vec!["111111111111", "222222222222"]), any::<bool>()),
        prop::collection::vec((principal, rule()), 0..3),
        rules(),
        prop::option::weighted(0.4, rules()),
        prop::option::weighted(0.3, rules()),
        prop::collection::vec(rules(), 0..2),
        prop::collection::vec(rule().prop_map(|(_, action, condition)| (false, action, condition)), 0..2),
    )
        .prop_map(|((user, account, role), resource, identity, boundary, session, control, denials)| {
            Case {
                user,
                account,
                role,
                resource,
                identity,
                boundary,
                session,
                service_control: control,
                resource_control: denials,
            }
        })
}

impl Case {
    fn action(&self) -> &'static str {
        if self.role { "sts:AssumeRole" } else { "sqs:SendMessage" }
    }

    fn principal(&self, named: &str) -> Json {
        let account = self.account;
        let caller = if self.user { "user/ci" } else { "role/ci" };
        match named {
            "account" => json!({"AWS": account}),
            "caller" => json!({"AWS": format!("arn:aws:iam::{account}:{caller}")}),
            "session" => json!({"AWS": SESSION.replace("ACCOUNT", account)}),
            "other" => json!({"AWS": format!("arn:aws:iam::{account}:role/other")}),
            everyone => json!(everyone),
        }
    }

    fn statement(&self, (allow, asked, condition): &Rule) -> Json {
        let condition = condition.map_or_else(|| json!({}), |(op, value)| json!({op: {"aws:x": value}}));
        let effect = if *allow { "Allow" } else { "Deny" };
        let action = if *asked { self.action() } else { "s3:GetObject" };
        json!({"Effect": effect, "Action": action, "Resource": "*", "Condition": condition})
    }

    fn document(&self, rules: &[Rule]) -> Policy {
        document(&rules.iter().map(|rule| self.statement(rule)).collect())
    }

    fn of_resource(&self, grants: &[Grant]) -> Policy {
        let statements = grants.iter().map(|(named, rule)| {
            let mut statement = self.statement(rule);
            statement["Principal"] = self.principal(named);
            statement
        });
        document(&statements.collect())
    }

    fn decide(&self) -> Answer {
        let caller = if self.user {
            Caller::user(&text(&format!("arn:aws:iam::{}:user/ci", self.account))).unwrap()
        } else {
            let mut role = Caller::role(&text(&format!("arn:aws:iam::{}:role/ci", self.account))).unwrap();
            role.session = Some(text("run"));
            role
        };
        let optional = |rules: &Option<Vec<Rule>>| rules.as_ref().map(|rules| self.document(rules));
        let (boundary, session) = (optional(&self.boundary), optional(&self.session));
        let (resource, identity) = (self.of_resource(&self.resource), self.document(&self.identity));
        let levels: Vec<_> = self.service_control.iter().map(|rules| self.document(rules)).collect();
        let everyone: Vec<_> = self.resource_control.iter().map(|rule| ("*", *rule)).collect();
        let control = self.of_resource(&everyone);
        let layers = Layers {
            resource: Policies::known([&resource]),
            identity: Policies::known([&identity]),
            boundary: boundary.as_ref().map(|policy| Policies::known([policy])),
            session: session.as_ref().map(|policy| Policies::known([policy])),
            service_control: levels.iter().map(|level| Policies::known([level])).collect(),
            resource_control: Policies::known([&control]),
            ..Layers::default()
        };
        let request = Request {
            caller: &caller,
            action: self.action(),
            resource: &text(if self.role { ROLE } else { QUEUE }),
            same_account: (self.account == "222222222222").into(),
            context: &context(),
        };
        request.decide(&layers).answer
    }

    /// One request, as the documentation reads.
    fn allows(&self, filling: &str, request: Option<&str>) -> bool {
        let applies = |(_, asked, condition): &Rule| {
            *asked
                && condition.is_none_or(|(operator, value)| {
                    let value = if value == "{x}" { filling } else { value };
                    match (operator, request) {
                        ("StringEquals", Some(request)) => request == value,
                        ("StringEquals", None) => false,
                        ("StringNotEquals", request) => request != Some(value),
                        (_, request) => request.is_none_or(|request| request == value),
                    }
                })
        };
        let allows = |rules: &[Rule]| rules.iter().any(|rule| rule.0 && applies(rule));
        let denies = |rules: &[Rule]| rules.iter().any(|rule| !rule.0 && applies(rule));
        let means = |named: &str| match named {
            "other" => false,
            "session" => !self.user,
            _ => true,
        };
        let granted: Vec<&str> = self
            .resource
            .iter()
            .filter(|(named, rule)| rule.0 && means(named) && applies(rule))
            .map(|(named, _)| *named)
            .collect();
        let denied_there = self.resource.iter().any(|(named, rule)| !rule.0 && means(named) && applies(rule));
        let layer = |rules: &Option<Vec<Rule>>| rules.as_ref().is_none_or(|rules| allows(rules));
        let denied = denied_there
            || denies(&self.identity)
            || denies(&self.resource_control)
            || [&self.boundary, &self.session].into_iter().flatten().any(|rules| denies(rules))
            || self.service_control.iter().any(|rules| denies(rules));
        if denied || !self.service_control.iter().all(|level| allows(level)) {
            return false;
        }
        let limits = layer(&self.boundary) && layer(&self.session);
        let own = allows(&self.identity) && limits;
        if self.account == "111111111111" {
            return !granted.is_empty() && own;
        }
        let direct = granted.iter().any(|named| match *named {
            "caller" => self.user,
            named => matches!(named, "*" | "session"),
        });
        let as_role = !self.user && granted.contains(&"caller") && limits;
        let by_identity = own && (!self.role || granted.contains(&"account"));
        direct || as_role || by_identity
    }

    /// What AWS says of the boundary of a user that a role trusts by name is contradictory, and of a session policy
    /// beside a grant to everybody, nothing.
    fn is_doubtful(&self) -> bool {
        let everybody = self.resource.iter().any(|(named, _)| *named == "*");
        self.role && self.user && self.boundary.is_some() || everybody && self.session.is_some()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn layers_are_decided_as_every_filling_of_the_unknown_parts_is(case in case()) {
        let answer = case.decide();
        let outcomes: Vec<_> = ["a", "b", "z"]
            .iter()
            .map(|filling| {
                let requests = [None, Some("a"), Some("b"), Some("c"), Some(*filling)];
                requests.iter().any(|request| case.allows(filling, *request))
            })
            .collect();
        match answer {
            Answer::Yes => prop_assert!(outcomes.iter().all(|yes| *yes), "Yes for {outcomes:?}"),
            Answer::No => prop_assert!(outcomes.iter().all(|yes| !yes), "No for {outcomes:?}"),
            Answer::Unknown => {
                let unknown = format!("{case:?}").contains("{x}");
                prop_assert!(unknown || case.is_doubtful(), "unknown, but nothing is");
            }
        }
    }
}

#[test]
fn a_resource_control_policy_counts_as_far_as_aws_says_that_it_does() {
    let arn = "arn:aws:iam::222222222222:role/ci";
    let caller = Caller::role(&text(arn)).unwrap();
    let own = document(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    let control = document(&json!([{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]));
    for (action, resource, expected) in [
        ("sqs:SendMessage", QUEUE, Answer::No),
        ("events:PutEvents", "arn:aws:events:eu-west-1:222222222222:event-bus/b", Answer::Unknown),
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:222222222222:function:f", Answer::Yes),
    ] {
        let layers = Layers {
            identity: Policies::known([&own]),
            resource_control: Policies::known([&control]),
            ..Layers::default()
        };
        let request = Request {
            caller: &caller,
            action,
            resource: &text(resource),
            same_account: Answer::Yes,
            context: &context(),
        };
        assert_eq!(request.decide(&layers).answer, expected, "{action}");
    }
}
