//! What principals, roles and resources can be called on the command line.

use std::borrow::Cow;
use std::sync::Arc;

use crate::ask::{Asked, Asker, Caller, What, Who};
use crate::cli::shared::Stop;
use crate::config::suggestion;
use crate::diagnostic::readable;
use crate::graph::{DeclarationId, Graph, Identity, IdentityId, IdentityKind, ProviderId};
use crate::iam::arn::is_account_id;
use crate::iam::data;
use crate::iam::principal::BUILT_IN_PROVIDERS;
use crate::report::escaped;
use crate::source::{SourceId, Span};
use crate::value::{Text, UnitKey};

/// A name, what has it, and whether only one thing of the project can have it.
struct Name<T> {
    text: String,
    it: T,
}

/// Looks up names in a graph.
pub(in crate::cli) struct Names<'g> {
    graph: &'g Graph,
}

impl<'g> Names<'g> {
    pub(in crate::cli) fn of(ask: &Asker<'g>) -> Self {
        Self { graph: ask.graph }
    }

    /// Who is called so: a declared role, user or identity provider, or somebody who is not declared. An identity provider
    /// is one of the account of what is asked for, when it is named by its issuer.
    pub(in crate::cli) fn caller(&self, written: &str, target: Option<&What>) -> Result<Who, Stop> {
        let identities: Vec<_> = self.identities(|kind| kind != IdentityKind::Group).collect();
        let first = |id: &IdentityId| self.all_of(*id).first().copied().unwrap_or(*id);
        if let Some(id) = only(written, &identities, first)? {
            return Ok(Who::Declared(id));
        }
        if let Some(id) = self.of_session(written) {
            return Ok(Who::Declared(id));
        }
        let provider = self.provider(written, target)?;
        if let Some(who) = provider.or_else(|| of_account(written)).or_else(|| Who::written(written)) {
            return Ok(who);
        }
        let providers = self.providers();
        let names = identities.iter().map(|name| &name.text).chain(providers.iter().map(|name| &name.text));
        Err(unknown(written, "role, user or identity provider", names))
    }

    /// The declared role of a session, whose ARN has no path.
    pub(in crate::cli) fn of_session(&self, written: &str) -> Option<IdentityId> {
        let caller = Caller::session(&Text::literal(written, nowhere()))?;
        caller.session.as_ref()?;
        self.graph.find_named(IdentityKind::Role, &caller.account, &caller.name).first().copied()
    }

    fn provider(&self, written: &str, target: Option<&What>) -> Result<Option<Who>, Stop> {
        let owner = match target {
            Some(What::Identities(ids)) => ids.first().map(|id| &self.graph.identities[*id].account),
            _ => None,
        };
        let is_issuer = |issuer: &Text| issuer.to_string() == written;
        if BUILT_IN_PROVIDERS.contains(&written) {
            return Ok(Some(Who::provider(&Text::literal(written, nowhere()))));
        }
        let declared = || self.graph.providers.iter().any(|one| one.issuer.as_ref().is_some_and(is_issuer));
        if let Some(owner) = owner.filter(|_| data::shared_oidc_issuer(written).is_some() || declared()) {
            let mut arn = Text::literal("arn:aws:iam::", nowhere());
            arn.append(owner);
            arn.push_str(format!(":oidc-provider/{written}"), nowhere());
            return Ok(Some(Who::provider(&arn)));
        }
        let found = only(written, &self.providers(), |id| *id)?;
        Ok(found.map(|id| Who::provider(&self.graph.providers[id].arn)))
    }

    fn providers(&self) -> Vec<Name<ProviderId>> {
        let graph = self.graph;
        let each = graph.providers.with_ids().flat_map(|(id, provider)| {
            let arn = readable(provider.arn.to_string());
            let name = arn.split_once("-provider/").map(|(_, name)| name.to_owned());
            let names = self.all_names(provider.declaration, &provider.account, arn, name);
            names.into_iter().map(move |text| Name { text, it: id })
        });
        each.collect()
    }

    /// The role, user or resource that is called so.
    pub(in crate::cli) fn target(&self, written: &str) -> Result<Asked<'g>, Stop> {
        let graph = self.graph;
        let arn = Text::literal(written, nowhere());
        let (found, _) = graph.find_resources(&arn, &UnitKey::nowhere());
        if !found.is_empty() {
            return Ok(Asked { graph, target: What::Resources(found), within: Some(arn) });
        }
        let roles = self.identities(|kind| kind == IdentityKind::Role);
        let roles = roles.map(|name| Name { text: name.text, it: What::Identities(self.all_of(name.it)) });
        let names: Vec<_> = roles.chain(self.resources()).collect();
        match only(written, &names, Clone::clone)? {
            Some(target) => Ok(Asked { graph, target, within: None }),
            None => Err(unknown(written, "role or resource", names.iter().map(|name| &name.text))),
        }
    }

    fn resources(&self) -> impl Iterator<Item = Name<What>> + use<'_, 'g> {
        let graph = self.graph;
        graph.resources.with_ids().flat_map(move |(id, resource)| {
            let arn = readable(resource.arn.to_string());
            let name = arn.rsplit([':', '/']).next().map(ToOwned::to_owned);
            let names = self.all_names(resource.declaration, &resource.account, arn, name);
            names.into_iter().map(move |text| Name { text, it: What::resource(id) })
        })
    }

    /// All names of the identities of some kinds.
    fn identities(&self, wanted: impl Fn(IdentityKind) -> bool) -> impl Iterator<Item = Name<IdentityId>> {
        let graph = self.graph;
        let identities = graph.identities.with_ids().filter(move |(_, identity)| wanted(identity.kind));
        identities.flat_map(move |(id, identity)| {
            let arn = readable(identity.arn.to_string());
            let name =
                if identity.is_assigned() { identity.shown.to_string() } else { identity.name.to_string() };
            let mut names = self.all_names(identity.declaration, &identity.account, arn, Some(name));
            names.extend(graph.unique_id(identity).map(Cow::into_owned));
            names.into_iter().map(move |text| Name { text, it: id })
        })
    }

    /// All declarations of an identity, this one included.
    fn all_of(&self, id: IdentityId) -> Arc<[IdentityId]> {
        let identity: &Identity = &self.graph.identities[id];
        let all = identity.declared_as();
        if all.is_empty() { Arc::from([id]) } else { Arc::from(all) }
    }

    /// All names of one thing, the one first that says most in the fewest letters.
    fn all_names(&self, id: DeclarationId, account: &Text, arn: String, name: Option<String>) -> Vec<String> {
        let address = self.graph.address(id);
        let unit = &self.graph.declarations[id].unit;
        let mut names: Vec<String> =
            name.as_ref().and_then(|name| self.in_account(account, name)).into_iter().collect();
        // What has a symbol in it can be pasted, but nobody would.
        let (pasted, at_last) = if arn.contains("${") { (None, Some(arn)) } else { (Some(arn), None) };
        names.extend(pasted);
        names.extend([format!("{unit}:{address}"), address.to_owned()]);
        names.extend(name.into_iter().chain(at_last));
        names
    }

    /// `prod/deploy`, where the account is known.
    fn in_account(&self, account: &Text, name: &str) -> Option<String> {
        let accounts = &self.graph.accounts;
        let shown = accounts.is_assigned(account).then(|| accounts.shown(account))?;
        Some(format!("{}/{name}", shown.split(" (").next().unwrap_or_default()))
    }
}

/// The name of the session that is written by its ARN.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns>
pub(in crate::cli) fn session_of(written: &str) -> Option<Text> {
    Caller::session(&Text::literal(written, nowhere()))?.session
}

/// A principal of an account, of which nothing else is known.
fn of_account(written: &str) -> Option<Who> {
    let span = nowhere();
    is_account_id(written).then(|| Who::somebody_of(&Text::literal(written, span), span))
}

fn nowhere() -> Span {
    Span::start_of(SourceId::first())
}

/// The one thing that is called so, if there is any. What has one name several times is one thing.
fn only<T, K: Ord>(written: &str, names: &[Name<T>], same: impl Fn(&T) -> K) -> Result<Option<K>, Stop> {
    let mut found: Vec<K> =
        names.iter().filter(|name| name.text == written).map(|name| same(&name.it)).collect();
    found.sort_unstable();
    found.dedup();
    if found.len() < 2 {
        return Ok(found.pop());
    }
    // The first name that nothing else has.
    let name_of = |one: &K| {
        let own: Vec<_> = names.iter().filter(|name| same(&name.it) == *one).map(|name| &name.text).collect();
        let is_only =
            |text: &&String| !names.iter().any(|name| name.text == **text && same(&name.it) != *one);
        own.iter().copied().find(is_only).or_else(|| own.first().copied())
    };
    let mut list: Vec<String> = found.iter().filter_map(name_of).map(|name| format!("  {name}")).collect();
    list.sort_unstable();
    list.dedup();
    Err(Stop::new(format_args!("`{written}` is ambiguous; use one of")).with_lines(list))
}

fn unknown<'n>(written: &str, what: &str, names: impl Iterator<Item = &'n String>) -> Stop {
    let near = suggestion(written, names.map(String::as_str));
    Stop::new(format_args!("there is no {what} `{}`{near}", escaped(written)))
}
