//! Which policies of a resource replace one another.

use super::Asker;
use crate::carriers::{self, Role};
use crate::facts::Declaration;
use crate::graph::{DocumentId, ResourceId};
use crate::value::{Kind, Value};

impl Asker<'_> {
    /// The policies of a resource of which each is certainly applied as the whole policy, so that of several one stays. Of one
    /// that is written in alternatives, or for one of several resources, nobody knows.
    pub fn rivals(&self, id: ResourceId) -> Vec<DocumentId> {
        let graph = self.graph;
        let writers = &graph.resources[id].writers;
        let of = |id: &DocumentId| graph.documents[*id].declaration;
        let is_alone = |id: &DocumentId| writers.iter().filter(|other| of(other) == of(id)).count() == 1;
        let is_certain = |id: &DocumentId| {
            let declaration = &graph.declarations[of(id)];
            declaration.present.is_yes()
                && !graph.accounts.is_seen(&declaration.unit)
                && !graph.documents[*id].policy.statements.is_empty()
                && names_one(declaration)
        };
        writers.iter().copied().filter(|id| is_alone(id) && is_certain(id)).collect()
    }
}

/// Whether it is certain which resources the policy of a declaration is for.
fn names_one(declaration: &Declaration) -> bool {
    let rows = carriers::carriers(&declaration.type_name).iter();
    let mut named = rows.filter(|row| row.role == Role::ResourcePolicy).filter_map(|row| row.attach.as_ref());
    named.all(|path| {
        let values = carriers::values(&declaration.properties, path);
        values.len() < 2 && values.into_iter().all(is_one)
    })
}

/// Whether a value, or each item of a list, is written in one way.
fn is_one(value: &Value) -> bool {
    match &value.kind {
        Kind::Choice(_) => false,
        Kind::List(list) => !list.open && list.items.iter().all(|item| !matches!(item.kind, Kind::Choice(_))),
        _ => true,
    }
}
