//! What commands say, as the declarations that templates make of the same.

use rustc_hash::{FxHashMap, FxHashSet};

use super::document::Document;
use super::fact::{Fact, Said, Switches, policy_name};
use super::{Made, Told};
use crate::bounds::PIECES;
use crate::diagnostic::Problem;
use crate::facts::{self, AccountHint, Bound, Declaration, Language, Placed, Unit, Walked};
use crate::source::{SourceId, Sources, Span};
use crate::value::{
    Answer, Because, Class, Kind, List, Map, Origin, Symbol, Text, UnitKey, Value, When, Within, Words,
};
use crate::walk::policy::binding::{Binding, IdentityKind, Target, What};
use crate::walk::policy::declare::Declared;
use crate::walk::policy::resource;

/// Whose credentials something is deployed with.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Scope<'s> {
    /// Those of a profile, the same in the whole project.
    Profile(&'s str),
    /// The usual ones where the scripts of a directory are run.
    Usual(&'s str),
    /// Others, of one script.
    Other(&'s UnitKey),
}

impl<'s> Scope<'s> {
    fn of(said: &'s Said) -> Self {
        match (&said.profile, &said.account) {
            (Some(profile), _) => Self::Profile(profile),
            (None, None) => Self::Usual(&said.directory),
            (None, Some(_)) => Self::Other(&said.unit),
        }
    }
}

/// What identifies an identity among those that commands speak of.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key<'s> {
    kind: IdentityKind,
    name: Words,
    scope: Scope<'s>,
}

/// What is said of an identity.
struct Identity<'s> {
    key: Key<'s>,
    name: &'s Text,
    said: Vec<&'s Said>,
}

impl Identity<'_> {
    fn is_created(&self) -> bool {
        self.said.iter().any(|said| matches!(said.fact, Fact::Created(..)))
    }

    fn trusts(&self) -> impl Iterator<Item = (&Said, &Document)> {
        self.said.iter().filter_map(|said| match &said.fact {
            Fact::Trust(_, document) => Some((*said, document)),
            _ => None,
        })
    }

    fn documents(&self) -> impl Iterator<Item = &Document> {
        self.said.iter().filter_map(|said| match &said.fact {
            Fact::Trust(_, document) | Fact::Inline(_, _, _, document) => Some(document),
            _ => None,
        })
    }
}

/// The kind and name of the identity that something is said of.
fn subject(fact: &Fact) -> Option<(IdentityKind, &Text)> {
    match fact {
        Fact::Created(kind, name)
        | Fact::Inline(kind, name, ..)
        | Fact::Attached(kind, name, _)
        | Fact::Boundary(kind, name, _) => Some((*kind, name)),
        Fact::Trust(name, _) => Some((IdentityKind::Role, name)),
        Fact::Member(user, _) => Some((IdentityKind::User, user)),
        _ => None,
    }
}

/// The name as AWS compares it: without regard to case.
fn compared(name: &Text) -> Option<Words> {
    Words::of_text(&name.rewritten(|part, span, out| out.push_str(part.to_ascii_lowercase(), span)))
}

/// Makes the declarations of all that is said.
pub(super) fn declare(told: Told, sources: &Sources, declared: &Declared, configured: &[Binding]) -> Made {
    let Told { said, problems, files } = told;
    let mut maker = Maker {
        sources,
        declared,
        configured: configured.iter().map(|one| (one.content.span(), one)).collect(),
        managed: Vec::new(),
        made: Made {
            walked: Walked::default(),
            documents: FxHashSet::default(),
            filled: Vec::new(),
            applied: Vec::new(),
        },
        units: FxHashSet::default(),
        addresses: FxHashMap::default(),
    };
    maker.made.walked.problems = problems;
    maker.made.walked.scripts = files;
    let (pages, scripts): (Vec<&Said>, Vec<&Said>) = said.iter().partition(|said| said.is_page);
    maker.all(&scripts, &FxHashSet::default());
    // Pages tell what scripts do not.
    let known: FxHashSet<(IdentityKind, Words)> =
        identities(&scripts).into_iter().map(|one| (one.key.kind, one.key.name)).collect();
    maker.all(&pages, &known);
    maker.made
}

/// What is said of identities, by identity, in the order in which they are first spoken of.
fn identities<'s>(said: &[&'s Said]) -> Vec<Identity<'s>> {
    let mut all: Vec<Identity<'s>> = Vec::new();
    let mut by_key: FxHashMap<Key<'s>, usize> = FxHashMap::default();
    for one in said {
        let Some((kind, text)) = subject(&one.fact) else { continue };
        let Some(name) = compared(text) else { continue };
        let key = Key { kind, name, scope: Scope::of(one) };
        let at = *by_key.entry(key.clone()).or_insert(all.len());
        match all.get_mut(at) {
            Some(identity) => identity.said.push(*one),
            None => all.push(Identity { key, name: text, said: vec![*one] }),
        }
    }
    joined(all)
}

/// An identity to which several scripts, or branches of one, give different trust policies, as that of each of them: nobody knows
/// which one is run. What else is said of it is said of each.
fn split(identity: Identity<'_>) -> Vec<Identity<'_>> {
    let place = |said: &Said| (said.span.source, said.part);
    let mut trusts: Vec<((SourceId, usize), Span)> =
        identity.trusts().map(|(said, document)| (place(said), document.value.span)).collect();
    trusts.sort_unstable();
    trusts.dedup();
    let is_one = trusts.windows(2).all(|two| matches!(two, [a, b] if a.0 == b.0 || a.1 == b.1));
    if is_one {
        return vec![identity];
    }
    trusts.dedup_by_key(|(place, _)| *place);
    let is_of_none = |said: &Said| !trusts.iter().any(|((script, _), _)| *script == said.span.source);
    let one = |(own, _): &((SourceId, usize), Span)| {
        let is_beside = |said: &Said| own.0 == said.span.source && !matches!(said.fact, Fact::Trust(..));
        let is_own = |said: &&Said| place(said) == *own || is_beside(said) || is_of_none(said);
        let said = identity.said.iter().copied().filter(is_own).collect();
        Identity { key: identity.key.clone(), name: identity.name, said }
    };
    trusts.iter().map(one).collect()
}

/// What other directories say of an identity that one of them creates belongs to it.
fn joined(all: Vec<Identity<'_>>) -> Vec<Identity<'_>> {
    let (mut created, others): (Vec<_>, Vec<_>) = all.into_iter().partition(Identity::is_created);
    let mut rest = Vec::new();
    for other in others {
        let is_usual = |one: &Identity<'_>| matches!(one.key.scope, Scope::Usual(_));
        let same = |one: &Identity<'_>| {
            is_usual(one) && one.key.kind == other.key.kind && one.key.name == other.key.name
        };
        let mut homes = created.iter_mut().filter(|one| is_usual(&other) && same(one));
        match (homes.next(), homes.next()) {
            (Some(home), None) => home.said.extend(other.said),
            _ => rest.push(other),
        }
    }
    created.into_iter().flat_map(split).chain(rest).collect()
}

struct Maker<'m> {
    sources: &'m Sources,
    declared: &'m Declared,
    configured: FxHashMap<Span, &'m Binding>,
    /// Managed policies by name, with whose credentials they are made.
    managed: Vec<(Words, Scope<'m>, &'m Document)>,
    made: Made,
    units: FxHashSet<UnitKey>,
    /// How often each address of a policy is taken.
    addresses: FxHashMap<String, usize>,
}

impl<'m> Maker<'m> {
    fn all(&mut self, said: &[&'m Said], known: &FxHashSet<(IdentityKind, Words)>) {
        self.managed.clear();
        for one in said {
            if let Fact::Managed(name, document) = &one.fact
                && let Some(name) = compared(name)
            {
                self.managed.push((name, Scope::of(one), document));
            }
        }
        for identity in identities(said) {
            let is_page = identity.said.iter().any(|said| said.is_page);
            let has_file = self.has_file(&identity);
            let is_known = known.contains(&(identity.key.kind, identity.key.name.clone()));
            if !is_page || has_file && !is_known {
                self.identity(&identity);
            }
        }
        for one in said {
            self.other(one);
        }
        self.blocked(said);
    }

    /// Whether a policy of an identity is a file of the project.
    fn has_file(&self, identity: &Identity<'_>) -> bool {
        let attached = identity.said.iter().filter_map(|said| match &said.fact {
            Fact::Attached(_, _, arn) => self.managed(arn, identity.key.scope),
            _ => None,
        });
        identity.documents().chain(attached).any(|document| document.is_file && document.is_known())
    }

    /// What is said of other things than identities.
    fn other(&mut self, said: &Said) {
        match &said.fact {
            Fact::Resource(arn, document) => self.resource(said, arn, document),
            Fact::Key(document) if self.takes(said, document, What::Resource, "") => {
                let unit = self.unit(said, Some(document));
                let mut key = Map::default();
                put_document(&mut key, "policy", document);
                self.push(&unit, ("aws_kms_key", "key"), said.span, key);
            }
            Fact::Organization(what, document) if self.takes(said, document, *what, "") => {
                let unit = self.unit(said, Some(document));
                let mut file = Map::default();
                put_document(&mut file, facts::LIMIT, document);
                self.push(&unit, (facts::POLICY_FILE, "policy of the organization"), said.span, file);
            }
            Fact::Managed(name, document) if self.is_loose(said, document) => {
                let unit = self.unit(said, None);
                let mut file = Map::default();
                put_document(&mut file, "document", document);
                self.push(&unit, (facts::POLICY_FILE, &format!("policy/{name}")), said.span, file);
            }
            Fact::Assumed(role, external) if !said.is_page => self.assumed(said, role, external.as_ref()),
            Fact::Permission(arguments) if !said.is_page => {
                let unit = self.unit(said, None);
                let mut permission = Map::default();
                for (name, text) in arguments {
                    put(&mut permission, name, text, said.span);
                }
                let name = arguments.first().map(|(_, name)| name.to_string()).unwrap_or_default();
                self.push(
                    &unit,
                    ("aws_lambda_permission", &format!("function/{name}")),
                    said.span,
                    permission,
                );
            }
            _ => {}
        }
    }

    /// What Block Public Access does for buckets at the end, as far as that is known. What a template declares is deployed with it.
    fn blocked(&mut self, said: &[&Said]) {
        let mut blocked: Vec<Vec<(&Said, &Text, &Switches)>> = Vec::new();
        let mut by_bucket: FxHashMap<Words, usize> = FxHashMap::default();
        for one in said {
            if let Fact::Blocked(arn, switches) = &one.fact
                && !self.declared.has_resource(arn)
                && let Some(name) = Words::of_text(arn)
            {
                let at = *by_bucket.entry(name).or_insert(blocked.len());
                match blocked.get_mut(at) {
                    Some(all) => all.push((one, arn, switches)),
                    None => blocked.push(vec![(one, arn, switches)]),
                }
            }
        }
        // Of a bucket whose policy no command sets, nothing hangs on it.
        let mut policies: Vec<Vec<&Said>> = vec![Vec::new(); blocked.len()];
        for one in said.iter().filter(|_| !blocked.is_empty()) {
            if let Fact::Resource(arn, _) = &one.fact
                && let Some(at) = Words::of_text(arn).and_then(|name| by_bucket.get(&name))
                && let Some(own) = policies.get_mut(*at)
            {
                own.push(one);
            }
        }
        for (all, policies) in blocked.iter().zip(&policies).filter(|(_, policies)| !policies.is_empty()) {
            let Some((last, arn, switches)) = all.last().copied() else { continue };
            let beside = |one: &&Said| one.span.source == last.span.source && one.part == last.part;
            let is_sure = policies.iter().all(beside) && all.iter().all(|(one, ..)| beside(one));
            // Once a policy is there, that public ones are refused changes nothing.
            let is_before = is_sure && policies.iter().all(|one| one.span.start > last.span.start);
            self.block(last, arn, (switches, is_sure, is_before));
        }
    }

    fn block(&mut self, said: &Said, arn: &Text, (switches, is_sure, is_before): (&Switches, bool, bool)) {
        let Some(name) = arn.splitn(6, ':').pop() else { return };
        let mut block = Map::default();
        put(&mut block, "bucket", &name, said.span);
        for (argument, is_on) in &switches.0 {
            let value = match is_on {
                Answer::Yes if is_before || *argument != "block_public_policy" => Some(true),
                Answer::No => Some(false),
                _ => None,
            };
            let value = value.map_or_else(|| unknown(said.span), |it| Value::new(Kind::Bool(it), said.span));
            block.insert(argument, said.span, value);
        }
        let unit = self.unit(said, None);
        let address = self.address(format!("public access block of {name}"));
        self.push(&unit, ("aws_s3_bucket_public_access_block", &address), said.span, block);
        if let Some(made) = self.made.walked.declarations.last_mut().filter(|_| !is_sure) {
            made.present = Answer::Unknown;
        }
    }

    /// Whether a document stands in a script and is attached to nobody.
    fn is_loose(&self, said: &Said, document: &Document) -> bool {
        let is_taken = self.made.documents.contains(&document.value.span);
        !document.is_file && document.is_known() && !is_taken && !said.is_page
    }

    /// Whether a document is bound by a command, and takes note of it. What the configuration says holds over it.
    fn takes(&mut self, said: &Said, document: &Document, what: What, of: &str) -> bool {
        if !document.is_known() || said.is_page && !document.is_file {
            return false;
        }
        let span = document.value.span;
        if let Some(first) = self.configured.get(&span) {
            if first.what != what {
                let path = self.sources.path(document.file);
                let message = format!(
                    "`[[policy]]` says that `{path}` is a {}, but this command uses it as a {}: `[[policy]]` is used",
                    first.what.name(),
                    what.name()
                );
                self.made.walked.problems.push(Problem::note(said.span, message));
            }
            return false;
        }
        if said.is_page && self.made.documents.contains(&span) {
            return false;
        }
        self.made.documents.insert(span);
        self.made.filled.extend(document.is_filled.then_some(span));
        let is_applied = document.is_file && !document.is_filled && !said.is_page;
        self.made.applied.extend(is_applied.then_some((span, said.span)));
        self.made.walked.bindings.push(Bound {
            file: document.file,
            subject: format!("{}{of}", what.name()),
            evidence: "a command",
            place: Some(said.span),
        });
        true
    }

    /// The unit of what is said: all that one script deploys with the same credentials. With the usual ones the account is that
    /// of the directory in which the policies lie.
    fn unit(&mut self, said: &Said, document: Option<&Document>) -> UnitKey {
        let script = self.sources.path(said.span.source);
        let directory =
            |path: &str| path.rsplit_once('/').map_or(String::new(), |(directory, _)| directory.to_owned());
        let file = document.filter(|document| document.is_file && said.account.is_none());
        let path = file.map(|document| self.sources.path(document.file));
        let path = path.filter(|path| directory(path) != directory(script)).unwrap_or(script);
        let key = if path == script { said.unit.clone() } else { said.unit.within(Within::Deployment, path) };
        if self.units.insert(key.clone()) {
            let own = said.account.clone().map(|account| (account, "the credentials of the command"));
            let named = said
                .profile
                .as_ref()
                .map(|profile| (Text::literal(profile.as_str(), said.span), "the profile of the command"));
            let hint = |(account, evidence): (Text, &str)| AccountHint {
                span: account.span().unwrap_or(said.span),
                account,
                evidence: evidence.to_owned(),
            };
            self.made.walked.units.push(Unit {
                key: key.clone(),
                language: Language::Policy,
                path: directory(path),
                files: Vec::new(),
                hints: own.into_iter().chain(named).map(hint).collect(),
                region: None,
                placed: if said.account.is_some() { Placed::Apart } else { Placed::Deployed },
            });
        }
        key
    }

    /// An address that nothing else has.
    fn address(&mut self, wanted: String) -> String {
        let count = self.addresses.entry(wanted.clone()).or_insert(0);
        *count += 1;
        if *count > 1 { format!("{wanted} ({count})") } else { wanted }
    }

    fn push(
        &mut self,
        unit: &UnitKey,
        (type_name, address): (&'static str, &str),
        at: Span,
        properties: Map,
    ) {
        self.made.walked.declarations.push(Declaration {
            unit: unit.clone(),
            origin: Origin::declared(unit, type_name, address),
            address: address.into(),
            type_name: type_name.into(),
            span: at,
            body: at,
            present: Answer::Yes,
            when: When::default(),
            properties,
        });
    }

    fn resource(&mut self, said: &Said, arn: &Text, document: &Document) {
        let address = arn.to_string();
        // What a template says of it is deployed with it, and which of both comes last nobody knows.
        let is_declared = self.declared.has_resource(arn);
        if is_declared || !self.takes(said, document, What::Resource, &format!(" of `{address}`")) {
            return;
        }
        let mut unit = self.unit(said, Some(document));
        if let Some(account) = resource::account_of(arn).filter(|account| account.as_literal().is_some()) {
            unit = unit.within(Within::Deployment, address.as_str());
            let evidence = "ARN of the resource".to_owned();
            self.made.walked.units.push(Unit {
                key: unit.clone(),
                language: Language::Policy,
                path: said.directory.clone(),
                files: Vec::new(),
                hints: vec![AccountHint { account, span: said.span, evidence }],
                region: None,
                placed: Placed::Apart,
            });
        }
        let origin = |type_name: &'static str| Origin::declared(&unit, type_name, address.as_str());
        for made in resource::make(arn.clone(), document.value.clone(), origin).into_iter().flatten() {
            self.push(&unit, (made.type_name, &address), said.span, made.properties);
        }
    }

    /// A role that is assumed by a command: as a provider configuration of Terraform does it.
    fn assumed(&mut self, said: &Said, role: &Text, external: Option<&Text>) {
        if !role.begins_with("arn:") {
            return;
        }
        let unit = self.unit(said, None);
        let mut block = Map::default();
        put(&mut block, "role_arn", role, said.span);
        if let Some(external) = external {
            put(&mut block, "external_id", external, said.span);
        }
        let blocks = List { items: vec![Value::new(Kind::Map(block), said.span)].into(), open: false };
        let mut properties = Map::default();
        properties.insert("assume_role", said.span, Value::new(Kind::List(blocks), said.span));
        self.push(&unit, ("provider.aws", "aws sts assume-role"), said.span, properties);
    }

    /// The documents of a managed policy that is attached by its ARN, when commands make it.
    fn managed(&self, arn: &Text, scope: Scope<'_>) -> Option<&'m Document> {
        let name = compared(&policy_name(arn)?)?;
        let mut own = self.managed.iter().filter(|(known, of, _)| *known == name && *of == scope);
        let first = own.next().map(|(_, _, document)| *document)?;
        // A policy with several versions may be any of them.
        own.all(|(_, _, other)| other.value.span == first.value.span).then_some(first)
    }

    fn identity(&mut self, identity: &Identity<'_>) {
        let Some(first) = identity.said.first() else { return };
        // A script that sets it twice changes it.
        let trust = identity.trusts().last();
        let (said, document) = trust.map_or((*first, None), |(said, document)| (said, Some(document)));
        let document = document.or_else(|| identity.documents().find(|document| document.is_known()));
        let unit = self.unit(said, document);
        let kind = identity.key.kind;
        // Of a name that is not known, only what the script calls it is shown.
        let address = match identity.name.as_literal() {
            Some(name) => format!("{}/{name}", kind.name()),
            None => identity.name.to_string(),
        };
        let type_name = identity_type(kind);
        let own = Origin::declared(&unit, type_name, address.as_str());
        let literal = identity.name.as_literal().map(std::borrow::Cow::into_owned);
        let is_elsewhere = literal.is_some_and(|name| {
            let is_it = |one: &Binding| matches!(&one.target, Target::Identity(of, own) if *of == kind && own.eq_ignore_ascii_case(&name));
            self.declared.has_identity(kind, &name) || self.configured.values().any(|one| is_it(one))
        });
        let mut name = identity.name.joined().into_owned();
        if (identity.is_created() || trust.is_some()) && !is_elsewhere {
            name = name.referring(&own);
            self.declare_identity(
                identity,
                (&unit, &address, type_name),
                (said, trust.map(|(_, document)| document)),
            );
        }
        for said in &identity.said {
            self.policy(said, (&unit, &address, &name), kind, identity.key.scope);
        }
    }

    fn declare_identity(
        &mut self,
        identity: &Identity<'_>,
        (unit, address, type_name): (&UnitKey, &str, &'static str),
        (said, trust): (&Said, Option<&Document>),
    ) {
        let mut properties = Map::default();
        let place = identity.name.span().unwrap_or(said.span);
        put(&mut properties, "name", identity.name, said.span);
        if let Some(document) = trust {
            let of = format!(" of {} `{}`", identity.key.kind.name(), identity.name);
            let value = if self.takes(said, document, What::Trust, &of) || document.is_known() && said.is_page
            {
                document.value.clone()
            } else {
                unknown(document.value.span)
            };
            properties.insert("assume_role_policy", document.value.span, value);
        }
        for one in &identity.said {
            if let Fact::Boundary(_, _, arn) = &one.fact {
                put(&mut properties, "permissions_boundary", arn, one.span);
            }
        }
        let has_policies =
            identity.said.iter().any(|said| matches!(said.fact, Fact::Inline(..) | Fact::Attached(..)));
        let is_open = identity.documents().any(|document| !document.is_known());
        if identity.key.kind != IdentityKind::Group && (!has_policies || is_open) {
            // What else it has, nobody says.
            let open = Kind::List(List { open: true, ..List::default() });
            properties.insert("managed_policy_arns", place, Value::new(open, place));
        }
        self.push(unit, (type_name, address), said.span, properties);
    }

    /// A policy that an identity has.
    fn policy(
        &mut self,
        said: &Said,
        (unit, address, name): (&UnitKey, &str, &Text),
        kind: IdentityKind,
        scope: Scope<'_>,
    ) {
        let of = format!(" of {} `{name}`", kind.name());
        let document = match &said.fact {
            Fact::Inline(_, _, _, document) => Some(document),
            Fact::Attached(_, _, arn) => self.managed(arn, scope),
            Fact::Member(_, group) => {
                let span = group.span().unwrap_or(said.span);
                let groups = List { items: vec![Value::text(group.clone(), span)].into(), open: false };
                let mut member = Map::default();
                put(&mut member, "user", name, said.span);
                member.insert("groups", span, Value::new(Kind::List(groups), span));
                return self.push(unit, ("aws_iam_user_group_membership", address), said.span, member);
            }
            _ => return,
        };
        let (inline, attachment) = match kind {
            IdentityKind::Role => ("aws_iam_role_policy", "aws_iam_role_policy_attachment"),
            IdentityKind::User => ("aws_iam_user_policy", "aws_iam_user_policy_attachment"),
            IdentityKind::Group => ("aws_iam_group_policy", "aws_iam_group_policy_attachment"),
        };
        let mut properties = Map::default();
        put(&mut properties, kind.name(), name, said.span);
        let policy = match &said.fact {
            Fact::Inline(_, _, own, _) => own.clone(),
            Fact::Attached(_, _, arn) => policy_name(arn).or_else(|| arn.splitn(PIECES, '/').pop()),
            _ => None,
        };
        let policy = policy.map_or_else(|| "policy".to_owned(), |policy| policy.to_string());
        let policy_address = self.address(format!("{address}/{policy}"));
        if let Some(document) = document.filter(|document| document.is_known()) {
            if self.takes(said, document, What::Identity, &of) || said.is_page && !document.is_file {
                put_document(&mut properties, "policy", document);
                self.push(unit, (inline, &policy_address), said.span, properties);
            }
            return;
        }
        match &said.fact {
            Fact::Attached(_, _, arn) => put(&mut properties, "policy_arn", arn, said.span),
            _ => properties.insert("policy_arn", said.span, unknown(said.span)),
        }
        self.push(unit, (attachment, &policy_address), said.span, properties);
    }
}

/// Adds a text that is written where it says, or else here.
fn put(map: &mut Map, name: &str, text: &Text, here: Span) {
    let span = text.span().unwrap_or(here);
    map.insert(name, span, Value::text(text.clone(), span));
}

fn put_document(map: &mut Map, name: &str, document: &Document) {
    map.insert(name, document.value.span, document.value.clone());
}

fn unknown(span: Span) -> Value {
    Value::unknown(Symbol::new(Class::Opaque, "what a script makes", Because::Expression), span)
}

fn identity_type(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::Role => "aws_iam_role",
        IdentityKind::User => "aws_iam_user",
        IdentityKind::Group => "aws_iam_group",
    }
}
