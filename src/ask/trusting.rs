//! Which roles trust which others, as their trust policies are written.

use rustc_hash::FxHashMap;

use super::items::trusts;
use crate::accounts::normalise::{Key, key};
use crate::bounds;
use crate::graph::{DeclarationId, Graph, IdentityId};
use crate::iam::principal::Principal;
use crate::source::Span;

/// One role assumed from another.
#[derive(Clone, Copy, Debug)]
pub struct Hop {
    /// The role that is assumed.
    pub role: IdentityId,
    /// What names it, or, where its own trust policy is enough, the principal there.
    pub span: Span,
    /// The declaration that is written in, when it is in the analyzed files.
    pub declaration: Option<DeclarationId>,
    /// What is written there.
    pub by: By,
}

/// What shows that a role leads to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A permission that names the other role.
    Permission,
    /// The trust policy of the other role, which names this one.
    Trust,
    /// The trust policy of the other role, which trusts the whole account, where this one has a permission for a pattern.
    Account,
}

/// The roles that trust others.
#[derive(Debug, Default)]
pub(super) struct Trusting {
    /// By the role that they name, the first of its declarations.
    pub(super) named: FxHashMap<IdentityId, Vec<Hop>>,
    /// By the account that they trust as a whole.
    pub(super) whole: FxHashMap<Key, Vec<Hop>>,
}

impl Trusting {
    /// Those of a graph.
    pub(super) fn of(graph: &Graph) -> Self {
        let mut all = Self::default();
        for trust in trusts(graph) {
            let (role, declaration) = (trust.role, Some(trust.setting.document.declaration));
            let hop = |span, by| Hop { role, span, declaration, by };
            if let Principal::Account { account } = &trust.item.value {
                let roles = all.whole.entry(key(&graph.accounts.normalise(account))).or_default();
                if roles.len() < bounds::PATH_SEARCH && roles.last().is_none_or(|last| last.role != role) {
                    roles.push(hop(trust.item.span, By::Account));
                }
            }
            for named in trust.setting.named(trust.item) {
                let first = graph.identities[named.id].declared_as().first().copied();
                all.named.entry(first.unwrap_or(named.id)).or_default().push(hop(named.spot.span, By::Trust));
            }
        }
        all
    }
}
