//! Who asks, and whether a principal means it.

use std::borrow::Cow;

use crate::iam::arn::Arn;
use crate::iam::condition::{Context, Presence};
use crate::iam::glob::{self, Case};
use crate::iam::policy::{Clause, Effect, Item, Polarity};
use crate::iam::principal::Principal;
use crate::value::{Answer, Piece, PieceKind, Text};

/// Somebody who makes requests.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account of a role or user; empty for others.
    pub account: Text,
    /// The ARN of the role or user, path included; the ARN of an identity provider, or its domain; the
    /// principal of a service.
    pub arn: Text,
    /// What sort of caller it is.
    pub kind: CallerKind,
    /// Path and name of a role or user, as in [`Principal::Role`]; empty for others.
    pub name: Text,
    /// The name of the session, for a role, when it is fixed.
    pub session: Option<Text>,
}

/// What sort of caller it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// A role; its sessions call.
    Role,
    /// A user.
    User,
    /// The root user of an account.
    Root,
    /// The session of a user that `GetFederationToken` began.
    FederatedUser,
    /// A service.
    Service,
    /// Somebody with a token of an identity provider, who wants to be a role.
    Provider,
    /// Somebody without credentials.
    Anonymous,
}

/// How a policy means a caller, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// Not at all.
    None,
    /// By its account, which leaves the decision to the identity policies there.
    AccountLevel,
    /// As a session of its role, which leaves to a permissions boundary and to session policies what they limit.
    Role,
    /// As one of everybody.
    Everyone,
    /// By its own name.
    Direct,
}

impl Caller {
    /// The role `arn`, which names its account, path and name. `None` when it does not.
    pub fn role(arn: &Text) -> Option<Self> {
        Self::of(arn, CallerKind::Role, "role")
    }

    /// The user `arn`, which names its account, path and name. `None` when it does not.
    pub fn user(arn: &Text) -> Option<Self> {
        Self::of(arn, CallerKind::User, "user")
    }

    /// The root user of the account.
    pub fn root(arn: &Text) -> Option<Self> {
        let parsed = Arn::parse(arn).filter(|parsed| parsed.resource.is_literally("root"))?;
        Some(Self::new(CallerKind::Root, arn, parsed.account, Text::default()))
    }

    /// A session by its ARN: of a role, `arn:aws:sts::ID:assumed-role/NAME/SESSION`, or of a federated user,
    /// `arn:aws:sts::ID:federated-user/NAME`.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns>
    pub fn session(arn: &Text) -> Option<Self> {
        let parsed = Arn::parse(arn).filter(|parsed| parsed.service.is_literally("sts"))?;
        let mut parts = parsed.resource.splitn(3, '/').into_iter();
        let (word, name, session) = (parts.next()?, parts.next()?, parts.next());
        if word.is_literally("federated-user") && session.is_none() {
            return Some(Self::new(CallerKind::FederatedUser, arn, parsed.account, name));
        }
        let span = arn.span().filter(|_| word.is_literally("assumed-role") && session.is_some())?;
        let mut role = Text::literal("arn:aws:iam::", span);
        role.append(&parsed.account);
        role.push_str(":role/", span);
        role.append(&name);
        Some(Self { session, ..Self::new(CallerKind::Role, &role, parsed.account, name) })
    }

    /// Whether it is of no account, and has no policies of its own.
    pub fn is_outside(&self) -> bool {
        matches!(self.kind, CallerKind::Service | CallerKind::Provider | CallerKind::Anonymous)
    }

    /// Whether it is a role that a service made for itself, which no policy of an organization limits.
    ///
    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>
    pub fn is_service_linked(&self) -> bool {
        let first = self.name.splitn(2, '/').into_iter().next();
        self.kind == CallerKind::Role && first.is_some_and(|path| path.is_literally("aws-service-role"))
    }

    fn of(arn: &Text, kind: CallerKind, word: &str) -> Option<Self> {
        let parsed = Arn::parse(arn)?;
        let mut parts = parsed.resource.splitn(2, '/').into_iter();
        let name = parts.next().filter(|first| first.is_literally(word)).and_then(|_| parts.next())?;
        Some(Self::new(kind, arn, parsed.account, name))
    }

    /// A service, an identity provider, or nobody in particular: a caller without account and name.
    pub fn outside(kind: CallerKind, named: &Text) -> Self {
        Self::new(kind, named, Text::default(), Text::default())
    }

    fn new(kind: CallerKind, arn: &Text, account: Text, name: Text) -> Self {
        Self { account, arn: arn.clone(), kind, name, session: None }
    }

    /// What is known of its requests.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable>
    pub fn context(&self, known: &Context) -> Context {
        let word = |word: &str| {
            self.arn
                .span()
                .map_or(Presence::Unknown, |span| Presence::Values(vec![Text::literal(word, span)]))
        };
        let known = known.clone();
        let absent = |context: Context, keys: &[&'static str]| {
            keys.iter().fold(context, |context, key| context.or(*key, Presence::Absent))
        };
        match self.kind {
            CallerKind::Role => absent(self.principal(known, word("false")), SERVICES_ONLY)
                .or("aws:PrincipalType", word("AssumedRole"))
                .or("aws:username", Presence::Absent),
            CallerKind::User => absent(self.principal(known, word("false")), SERVICES_ONLY)
                .or("aws:PrincipalType", word("User"))
                .or("aws:username", Presence::Values(vec![last_segment(&self.name)])),
            CallerKind::Root => absent(self.principal(known, word("false")), SERVICES_ONLY)
                .or("aws:PrincipalType", word("Account"))
                .or("aws:username", Presence::Absent),
            CallerKind::FederatedUser => absent(self.principal(known, word("false")), SERVICES_ONLY)
                .or("aws:PrincipalType", word("FederatedUser"))
                .or("aws:username", Presence::Absent),
            CallerKind::Service => {
                let is_of_aws = self.arn.as_literal().is_some_and(|name| name.ends_with(".amazonaws.com"));
                absent(absent(known, PRINCIPALS_ONLY), if is_of_aws { ALEXA_ONLY } else { &[] })
                    .or("aws:PrincipalIsAWSService", word("true"))
                    .or("aws:PrincipalServiceName", one(&self.arn))
            }
            CallerKind::Provider | CallerKind::Anonymous => {
                absent(absent(known, PRINCIPALS_ONLY), SERVICES_ONLY)
                    .or("aws:PrincipalIsAWSService", word("false"))
            }
        }
    }

    fn principal(&self, known: Context, no: Presence) -> Context {
        known
            .or("aws:PrincipalArn", one(&self.arn))
            .or("aws:PrincipalAccount", one(&self.account))
            .or("kms:CallerAccount", one(&self.account))
            .or("aws:PrincipalIsAWSService", no)
    }
}

fn one(text: &Text) -> Presence {
    Presence::Values(vec![text.clone()])
}

/// Keys that only requests of services carry.
const SERVICES_ONLY: &[&str] = &[
    "aws:SourceArn",
    "aws:SourceAccount",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceOwner",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    ALEXA_TOKEN,
];

/// The token that Alexa sends with what it invokes.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>
const ALEXA_TOKEN: &str = "lambda:EventSourceToken";

/// Keys that only requests of Alexa carry.
const ALEXA_ONLY: &[&str] = &[ALEXA_TOKEN];

/// Keys that only requests of roles and users carry.
const PRINCIPALS_ONLY: &[&str] = &[
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:username",
];

/// What follows the last slash.
fn last_segment(name: &Text) -> Text {
    name.splitn(usize::MAX, '/').pop().unwrap_or_default()
}

/// Whether, and how, a principal means the caller.
pub fn principal_matches(item: &Item<Principal>, caller: &Caller) -> (Answer, Match) {
    let (role, user) = (caller.kind == CallerKind::Role, caller.kind == CallerKind::User);
    let federated = caller.kind == CallerKind::FederatedUser;
    let of_account = role || user || federated || caller.kind == CallerKind::Root;
    let named = |account: &Text, name: &Text, theirs: &Text| {
        if item.text == caller.arn {
            return Answer::Yes;
        }
        let whole = glob::same(account, &caller.account);
        if whole.is_no() {
            return whole;
        }
        whole.and(glob::equals(name, theirs, Case::Sensitive)).and(same_partition(&item.text, &caller.arn))
    };
    match &item.value {
        Principal::Everyone => (Answer::Yes, Match::Everyone),
        Principal::Service(name) if caller.kind == CallerKind::Service => {
            (glob::equals(name, &caller.arn, Case::Sensitive), Match::Direct)
        }
        Principal::Oidc { .. } | Principal::Saml { .. } | Principal::BuiltInProvider(_)
            if caller.kind == CallerKind::Provider =>
        {
            (glob::equals(&item.text, &caller.arn, Case::Sensitive), Match::Direct)
        }
        Principal::Account { account } if of_account => (
            glob::same(account, &caller.account).and(same_partition(&item.text, &caller.arn)),
            Match::AccountLevel,
        ),
        Principal::Role { account, name } if role => (named(account, name, &caller.name), Match::Role),
        Principal::User { account, name } if user => (named(account, name, &caller.name), Match::Direct),
        Principal::RoleSession { account, role: name, session } if role => {
            let session = match &caller.session {
                Some(fixed) => glob::equals(session, fixed, Case::Sensitive),
                // Whoever assumes the role chooses the name.
                None => Answer::Yes,
            };
            (named(account, name, &last_segment(&caller.name)).and(session), Match::Direct)
        }
        // Which entity has the id, or which account the canonical id, no template says.
        Principal::UniqueId(_) if role => (Answer::Unknown, Match::Role),
        Principal::UniqueId(_) if user => (Answer::Unknown, Match::Direct),
        Principal::CanonicalUser(_) if of_account => (Answer::Unknown, Match::AccountLevel),
        Principal::FederatedUser { account, name } if federated => {
            (named(account, name, &caller.name), Match::Direct)
        }
        Principal::Unknown(text) => unknown_matches(text, caller),
        Principal::Account { .. }
        | Principal::UniqueId(_)
        | Principal::CanonicalUser(_)
        | Principal::Role { .. }
        | Principal::User { .. }
        | Principal::RoleSession { .. }
        | Principal::FederatedUser { .. }
        | Principal::Service(_)
        | Principal::Oidc { .. }
        | Principal::Saml { .. }
        | Principal::BuiltInProvider(_)
        | Principal::Invalid(_) => (Answer::No, Match::None),
    }
}

/// Whether a principal that is not known is the caller: the same unknown is.
fn unknown_matches(principal: &Text, caller: &Caller) -> (Answer, Match) {
    if *principal == caller.arn {
        let matched = if caller.kind == CallerKind::Role { Match::Role } else { Match::Direct };
        (Answer::Yes, matched)
    } else if *principal == caller.account {
        (Answer::Yes, Match::AccountLevel)
    } else {
        (Answer::Unknown, Match::Direct)
    }
}

/// Access never crosses partitions.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-cross-account-resource-access.html>
fn same_partition(a: &Text, b: &Text) -> Answer {
    match (partition(a), partition(b)) {
        (Some(a), Some(b)) => (a == b).into(),
        // An account id means the account in the partition of the document, and most templates know one.
        _ => Answer::Yes,
    }
}

/// The partition of an ARN, where it is known. It stands at the beginning, so that the rest is seldom looked at.
fn partition(text: &Text) -> Option<Cow<'_, str>> {
    if let Some(Piece { kind: PieceKind::Literal(begins), .. }) = text.pieces().first() {
        let fields = begins.strip_prefix("arn:").filter(|fields| fields.matches(':').count() > 3);
        if let Some((partition, _)) = fields.and_then(|fields| fields.split_once(':')) {
            return Some(Cow::Borrowed(partition));
        }
    }
    Some(Cow::Owned(Arn::parse(text)?.partition.as_literal()?.into_owned()))
}

/// Whether, and how, a `Principal` or `NotPrincipal` clause means the caller.
pub(super) fn clause_matches(
    clause: &Clause<Principal>,
    caller: &Caller,
    effect: Option<Effect>,
) -> (Answer, Match) {
    let each: Vec<_> = clause
        .items
        .iter()
        .map(|item| {
            let (answer, how) = principal_matches(item, caller);
            // Whoever assumes the role chooses the name of the session, and so whether a denial of one means it.
            let one_session = effect == Some(Effect::Deny)
                && caller.session.is_none()
                && matches!(item.value, Principal::RoleSession { .. });
            let answer = if one_session { answer.and(Answer::Unknown) } else { answer };
            (answer.and(item.present), how)
        })
        .collect();
    let listed = Answer::any(each.iter().map(|(answer, _)| *answer));
    let listed = if clause.open { listed.or(Answer::Unknown) } else { listed };
    match clause.polarity {
        Polarity::In => {
            let strongest = |wanted: Answer| {
                each.iter().filter(|(answer, _)| *answer == wanted).map(|(_, how)| *how).max()
            };
            let how = strongest(Answer::Yes).or_else(|| strongest(Answer::Unknown)).unwrap_or(Match::None);
            (listed, how)
        }
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
        Polarity::NotIn if effect == Some(Effect::Deny) => {
            (!spared(&each, listed, caller.kind), Match::Everyone)
        }
        Polarity::NotIn => (!listed, Match::Everyone),
    }
}

/// Whether a `Deny` spares the caller, when its `NotPrincipal` lists `each` and means the caller by one of them as
/// surely as `listed` says.
///
/// AWS may look at the account first, then at the user or role, then at the session, and deny at any of these that is
/// not listed. Services have no account.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
fn spared(each: &[(Answer, Match)], listed: Answer, kind: CallerKind) -> Answer {
    let by =
        |wanted: Match| Answer::any(each.iter().filter(|(_, how)| *how == wanted).map(|(answer, _)| *answer));
    let itself = match kind {
        CallerKind::Role => by(Match::Role),
        CallerKind::User | CallerKind::FederatedUser => by(Match::Direct),
        CallerKind::Root | CallerKind::Service | CallerKind::Provider | CallerKind::Anonymous => {
            return listed;
        }
    };
    let surely = by(Match::Everyone).or(itself.and(by(Match::AccountLevel)));
    listed.and(surely.or(Answer::Unknown))
}
