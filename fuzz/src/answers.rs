//! Answers about policies: what is certain while something is not known stays the same when that is filled.

use std::sync::LazyLock;

use jiff::Timestamp;
use trustlint::Span;
use trustlint::internals::iam::condition::{Context, Presence};
use trustlint::internals::iam::evaluate::{Caller, CallerKind, Layers, Policies, Request};
use trustlint::internals::iam::policy::Policy;
use trustlint::internals::parse::json::value_from_text;
use trustlint::internals::source::SourceId;
use trustlint::internals::value::{Answer, Because, Class, PieceKind, Symbol, Text};

use crate::Dice;

fn start() -> Span {
    Span::start_of(SourceId::first())
}

fn literal(text: &str) -> Text {
    Text::literal(text, start())
}

const ALLOWS_ALL: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
static ALLOWING: LazyLock<Option<Policy>> = LazyLock::new(|| read(&literal(ALLOWS_ALL)));
const NAMES: &[&str] = &["${a}", "${b}"];
/// What no account, name, pattern of names or word is without: nothing that would be of JSON or a pattern.
const FILLED: &[&str] = &[
    "a",
    "b",
    "111111111111",
    "222222222222",
    "role",
    "us-east-1",
    "arn:aws:iam::111111111111:role/a",
    "x-y/z",
];
const ACTIONS: &[&str] =
    &["sts:AssumeRole", "s3:GetObject", "sqs:SendMessage", "kms:Decrypt", "lambda:InvokeFunction"];
const RESOURCES: &[&str] = &[
    "arn:aws:iam::222222222222:role/b",
    "arn:aws:s3:::b/x",
    "arn:aws:sqs:us-east-1:222222222222:b",
    "arn:aws:kms:us-east-1:222222222222:key/b",
    "arn:aws:lambda:us-east-1:222222222222:function:b",
];

/// The text with `${a}` and `${b}` unknown.
fn with_holes(written: &str) -> Text {
    let (mut text, mut rest) = (Text::default(), written);
    loop {
        let next = NAMES.iter().filter_map(|name| rest.find(name).map(|at| (at, *name))).min();
        let Some((at, name)) = next else {
            text.push_str(rest, start());
            return text;
        };
        let (before, after) = rest.split_at(at);
        text.push_str(before, start());
        text.push(PieceKind::Symbol(Symbol::new(Class::Keyed, name, Because::Input)), start());
        rest = &after[name.len()..];
    }
}

fn read(text: &Text) -> Option<Policy> {
    value_from_text(text, start()).ok().and_then(|value| Policy::read(&value))
}

/// Who asks for what.
struct Case {
    caller: Caller,
    action: &'static str,
    resource: Text,
    same_account: Answer,
}

impl Case {
    fn of(dice: &mut Dice) -> Option<Self> {
        let role = |account: &str| Caller::role(&literal(&format!("arn:aws:iam::{account}:role/a")));
        let caller = match dice.pick(&[0, 1, 2, 3]) {
            0 | 1 => role("111111111111")?,
            2 => role("222222222222")?,
            _ => Caller::outside(CallerKind::Service, &literal("events.amazonaws.com")),
        };
        let at = dice.pick(&[0, 1, 2, 3, 4]);
        let same_account = (caller.account.is_literally("222222222222")).into();
        Some(Self { caller, action: ACTIONS[at], resource: literal(RESOURCES[at]), same_account })
    }

    /// The policy as that of the resource, and as that of the caller.
    fn decide(&self, policy: &Policy, context: &Context) -> [Answer; 2] {
        let (policy, all) = (std::slice::from_ref(policy), ALLOWING.as_slice());
        [(policy, all), (&[], policy)].map(|(resource, identity)| {
            let (resource, identity) = (Policies::known(resource), Policies::known(identity));
            let layers = Layers { resource, identity, ..Layers::default() };
            let (caller, action, resource) = (&self.caller, self.action, &self.resource);
            Request { caller, action, resource, same_account: self.same_account, context }
                .decide(&layers)
                .answer
        })
    }
}

fn agree(before: [Answer; 2], after: [Answer; 2]) -> bool {
    before.iter().zip(&after).all(|(before, after)| *before == Answer::Unknown || before == after)
}

/// A policy in which `${a}` and `${b}` are not known; then they are filled.
pub fn policy(text: &str) {
    let Some(open) = read(&with_holes(text)) else { return };
    let mut dice = Dice::of(text);
    let Some(case) = Case::of(&mut dice) else { return };
    let context = Context::new(Timestamp::UNIX_EPOCH);
    let before = case.decide(&open, &context);
    assert_eq!(before, case.decide(&open, &context), "the same question, another answer");
    if !NAMES.iter().any(|name| text.contains(name)) {
        return;
    }
    for _ in 0..2 {
        let (a, b) = (dice.pick(FILLED), dice.pick(FILLED));
        let filled = text.replace(NAMES[0], a).replace(NAMES[1], b);
        let Some(policy) = read(&literal(&filled)) else { continue };
        let after = case.decide(&policy, &context);
        assert!(
            agree(before, after),
            "{} of {:?}: {before:?} becomes {after:?} with {a} and {b}",
            case.action,
            case.caller
        );
    }
}

const KEYS: &[&str] = &[
    "sts:ExternalId",
    "aws:PrincipalOrgID",
    "aws:SourceIp",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:PrincipalTag/team",
    "aws:CurrentTime",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "s3:x-amz-acl",
    OF_SEVERAL,
];
/// The one that has several values.
const OF_SEVERAL: &str = "aws:TagKeys";
const VALUES: &[&str] = &[
    "",
    "a",
    "b",
    "o-a1b2c3d4e5",
    "10.0.0.1",
    "10.0.0.0/8",
    "111111111111",
    "222222222222",
    "true",
    "false",
    "1",
    "-1.5",
    "arn:aws:iam::111111111111:role/a",
    "arn:aws:s3:::b",
    "2020-01-01T00:00:00Z",
    "1577836800",
    "YQ==",
    "A",
    "a*",
    "?",
];

/// What stands in a block `Condition`, on a request of which a key is not known, and then is, or is not there.
pub fn condition(text: &str) {
    let mut dice = Dice::of(text);
    let effect = dice.pick(&["Allow", "Allow", "Deny"]);
    let other = r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#;
    let others = dice.pick(&["", other]);
    let mark = if others.is_empty() { "" } else { "," };
    let written = format!(
        r#"{{"Version":"2012-10-17","Statement":[{others}{mark}{{"Effect":"{effect}","Principal":"*","Action":"*","Resource":"*","Condition":{text}}}]}}"#
    );
    let Some(open) = read(&with_holes(&written)) else { return };
    let Some(case) = Case::of(&mut dice) else { return };
    let unknown = |context: Context, key: &'static str| context.with(key, Presence::Unknown);
    let nothing = Context::new(Timestamp::UNIX_EPOCH);
    let named: Vec<&str> = KEYS.iter().copied().filter(|key| text.contains(key)).collect();
    let context = named.iter().fold(nothing.clone(), |context, key| unknown(context, key));
    let before = case.decide(&open, &context);
    let (a, b) = (dice.pick(FILLED), dice.pick(FILLED));
    let filled = read(&literal(&written.replace(NAMES[0], a).replace(NAMES[1], b)));
    for policy in [Some(&open), filled.as_ref()].into_iter().flatten() {
        let known = named.iter().fold(nothing.clone(), |context, key| {
            let presence = match dice.pick(&[0, 1, 1, 2]) {
                0 => Presence::Absent,
                count if count == 1 || *key != OF_SEVERAL => {
                    Presence::Values(vec![literal(dice.pick(VALUES))])
                }
                _ => Presence::Values(vec![literal(dice.pick(VALUES)), literal(dice.pick(VALUES))]),
            };
            context.with(*key, presence)
        });
        let after = case.decide(policy, &known);
        assert!(
            agree(before, after),
            "{:?}: {before:?} becomes {after:?} with {known:?}, {a} and {b}",
            case.caller
        );
    }
}
