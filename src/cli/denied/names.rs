//! Resources by their bare names.

use crate::graph::{Graph, ResourceId};
use crate::value::Text;

/// The declared resources of the service of an action that have this name: the one in an account, and one in another account.
/// `None` when there is neither.
pub(super) fn called(
    graph: &Graph,
    action: &str,
    name: &str,
    account: &Text,
) -> Option<(Option<ResourceId>, Option<ResourceId>)> {
    let service = action.split(':').next().unwrap_or_default();
    let is_it = |arn: &Text| {
        let arn = arn.to_string();
        let rest = arn.splitn(6, ':').nth(5).unwrap_or_default();
        let rest = rest.split_once([':', '/']).map_or(rest, |(_, rest)| rest);
        // The ARN of a secret ends in letters that AWS makes up.
        rest == name || rest.strip_prefix(name).is_some_and(|end| end.starts_with('-') && !end.contains('/'))
    };
    let found = graph.resources.with_ids().filter(|(_, it)| it.service == service && is_it(&it.arn));
    let (mut own, mut elsewhere) = (None, None);
    for (id, resource) in found {
        let same = graph.accounts.same(&resource.account, account);
        if same.is_yes() {
            own = own.or(Some(id));
        } else if same.is_no() {
            elsewhere = elsewhere.or(Some(id));
        }
    }
    (own.is_some() || elsewhere.is_some()).then_some((own, elsewhere))
}
