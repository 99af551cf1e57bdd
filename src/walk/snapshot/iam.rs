//! IAM of an account: `aws iam get-account-authorization-details` (GAAD), by far the most that one command says.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>

use super::part::{Members, Part};
use super::sketch::{Counted, Holder, Said, Sketch};
use crate::diagnostic::Problem;
use crate::source::Span;
use crate::value::Value;

/// The lists of GAAD, by the kind of what is in them.
const LISTS: [&str; 3] = ["RoleDetailList", "UserDetailList", "GroupDetailList"];

/// What comes behind every date: one that has everything of an account counts before what has one thing.
const WHOLE: &str = "~";

/// The command that writes all of it.
const COMMAND: &str = "aws iam get-account-authorization-details --output json";

/// Whether an object has the lists of GAAD.
pub(super) fn is_gaad(members: &Members<'_>) -> bool {
    LISTS.iter().any(|list| members.has(list))
}

/// Reads all identities and managed policies.
pub(super) fn read_gaad(members: &Members<'_>, whole: Span, said: &mut Said) {
    said.is_known = true;
    let is_cut = is_cut_off(members);
    let before = said.sketches.len();
    let mut counted = Counted::default();
    for list in LISTS {
        for (part, members) in members.objects(list) {
            let Some(sketch) = identity(part, &members, said) else { continue };
            counted.add(&sketch);
            said.sketches.push(sketch);
        }
    }
    for (part, members) in members.objects("Policies") {
        managed(part, &members, said);
    }
    // All of it was read at one time, of which the newest date in it is the earliest.
    let rank = format!("{WHOLE}{}", said.date.as_deref().unwrap_or_default());
    for sketch in said.sketches.iter_mut().skip(before) {
        sketch.rank.1 = Some(rank.clone());
    }
    if is_cut {
        let message = format!(
            "this snapshot is a part of its account: it was written with `--no-paginate` or `--max-items`, so what it lacks is \
             not known; `{COMMAND}` writes all of it"
        );
        said.problems.push(Problem::note(whole.part(0, 0), message));
        return;
    }
    // The command writes all lists, also those that it was not asked for; what somebody took out of it may lack anything.
    if !LISTS.iter().chain(&["Policies"]).all(|list| members.has(list)) {
        return;
    }
    said.covered.extend(counted.coverings());
}

/// Whether pages are missing: `--no-paginate` leaves the mark of the service, `--max-items` that of the command line.
///
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-pagination.html>
fn is_cut_off(members: &Members<'_>) -> bool {
    let is_true = members.str("IsTruncated").is_some_and(|it| it.eq_ignore_ascii_case("true"));
    is_true || ["Marker", "NextToken"].iter().any(|mark| members.get(mark).is_some())
}

/// A role, user or group as GAAD and AWS Config have it.
pub(super) fn identity(part: Part<'_>, members: &Members<'_>, said: &mut Said) -> Option<Sketch> {
    let arn = members.word("Arn")?;
    dates(members, said);
    let id = members.word("RoleId").or_else(|| members.word("UserId"));
    let mut holder = Holder { id: id.map(|id| id.value()), ..Holder::default() };
    let trust = members.get("AssumeRolePolicyDocument");
    holder.trust = trust.and_then(|part| document(part, said));
    for list in ["RolePolicyList", "UserPolicyList", "GroupPolicyList"] {
        for (policy, members) in members.objects(list) {
            inline(policy, &members, &mut holder, said);
        }
    }
    let attached = members.objects("AttachedManagedPolicies").into_iter();
    holder.managed = attached.filter_map(|(_, of)| Some(of.word("PolicyArn")?.value())).collect();
    let boundary = members.get("PermissionsBoundary");
    holder.boundary = boundary.and_then(|it| Some(it.members().word("PermissionsBoundaryArn")?.value()));
    holder.groups = members.list("GroupList").into_iter().filter_map(|it| Some(it.word()?.value())).collect();
    Sketch::identity(&arn.text, (arn.span, part.span()), holder, None)
}

/// Adds a policy that is written for an identity alone. One that cannot be read leaves open what the identity may do.
pub(super) fn inline(policy: Part<'_>, members: &Members<'_>, holder: &mut Holder, said: &mut Said) {
    let name = members.word("PolicyName").map_or_else(|| Value::literal("", policy.span()), |it| it.value());
    let read = members.get("PolicyDocument").and_then(|part| document(part, said));
    match read {
        Some(document) => holder.inline.push((name, document)),
        None => holder.is_open = true,
    }
}

/// A managed policy in its default version; the older ones in the file give nothing. Those of AWS are known.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html>
pub(super) fn managed(part: Part<'_>, members: &Members<'_>, said: &mut Said) {
    let Some(arn) = members.word("Arn") else { return };
    dates(members, said);
    let default = members.str("DefaultVersionId");
    let versions = members.list("PolicyVersionList").into_iter().map(Part::members);
    let mut current = versions.filter(|version| {
        let is_named = version.str("VersionId").is_some_and(|id| Some(id) == default);
        version.str("IsDefaultVersion").map_or(is_named, |it| it.eq_ignore_ascii_case("true"))
    });
    let written = current.next_back().and_then(|version| version.get("Document"));
    let Some(document) = written.and_then(|part| document(part, said)) else { return };
    said.sketches.extend(Sketch::managed(&arn.text, (arn.span, part.span()), document, None));
}

/// A policy document. One that does not decode is said, and is not known.
pub(super) fn document(part: Part<'_>, said: &mut Said) -> Option<Value> {
    part.document().unwrap_or_else(|span| {
        said.problems.push(Problem::note(span, "this policy document cannot be decoded, so it is not known"));
        None
    })
}

/// Notes the dates of an entry.
fn dates(members: &Members<'_>, said: &mut Said) {
    let used = members.get("RoleLastUsed").and_then(|part| part.members().str("LastUsedDate"));
    let dates = ["CreateDate", "UpdateDate"].iter().filter_map(|name| members.str(name)).chain(used);
    for date in dates {
        said.seen_on(&date);
    }
}
