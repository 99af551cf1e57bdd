//! Actions that act on none of the resources that are listed beside them.

use rustc_hash::FxHashMap;

use super::items::{Setting, statements};
use crate::graph::{Graph, Purpose};
use crate::iam::arn::Arn;
use crate::iam::data::{self, Action, ResourceType};
use crate::iam::policy::{Clause, Item, Polarity};
use crate::value::{Class, Piece, PieceKind, Text};

/// The actions of a statement that never match it, because all that it lists is of other sorts than what they act on.
#[derive(Debug)]
pub struct Idle<'g> {
    /// The statement.
    pub setting: Setting<'g>,
    /// The actions.
    pub actions: Vec<IdleAction<'g>>,
    /// Whether they are all that the statement lists.
    pub are_all: bool,
    /// What is listed.
    pub resources: &'g [Item<Text>],
}

/// An action that acts on nothing beside it.
#[derive(Debug)]
pub struct IdleAction<'g> {
    /// Where it is listed.
    pub item: &'g Item<Text>,
    /// What it acts on.
    pub types: Vec<ResourceType>,
}

/// What is known of an action or of those that a pattern matches: all that they act on. `None` when nothing is.
type Known = FxHashMap<String, Option<Vec<ResourceType>>>;

/// The statements with actions that act on none of the resources beside them.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
pub fn idle(graph: &Graph) -> Vec<Idle<'_>> {
    let mut known = Known::default();
    statements(graph).filter_map(|setting| of_statement(setting, &mut known)).collect()
}

fn of_statement<'g>(setting: Setting<'g>, known: &mut Known) -> Option<Idle<'g>> {
    let statement = setting.statement;
    let resources = statement.resources.as_ref().filter(|clause| is_closed(clause))?;
    // `*` is everything, and of what is no ARN nothing is known.
    let is_arn = |item: &Item<Text>| item.value.begins_with("arn:") && !item.value.has("${AWS::");
    let are_arns = resources.items.iter().all(is_arn);
    if !are_arns
        || statement.actions.polarity == Polarity::NotIn
        || setting.document.purpose == Purpose::Limit
    {
        return None;
    }
    let plain: Vec<_> = resources.items.iter().map(|item| plain(&item.value)).collect();
    let mut arns = None;
    let mut actions = Vec::new();
    for item in &statement.actions.items {
        // What is said to be assumed may be no role, which is another mistake.
        let Some(name) = item.value.as_literal().filter(|_| !item.value.begins_with_folded("sts:")) else {
            continue;
        };
        let is_plain = |kind: &ResourceType| plain.iter().flatten().any(|plain| kind.plainly_has(*plain));
        if matches_some(&name, &plain, is_plain) {
            continue;
        }
        let Some(types) = types_of(&name, known).filter(|types| !types.is_empty()) else { continue };
        if types.iter().any(is_plain) {
            continue;
        }
        let arns: &Vec<Text> =
            arns.get_or_insert_with(|| resources.items.iter().map(|item| named(&item.value)).collect());
        if act_on_none(types, arns)
            && are_known(&name, arns)
            && !is_allowed_beside(&setting, &item.value, types)
        {
            actions.push(IdleAction { item, types: types.clone() });
        }
    }
    let are_all = actions.len() == statement.actions.items.len() && !statement.actions.open;
    (!actions.is_empty()).then_some(Idle { setting, actions, are_all, resources: &resources.items })
}

/// Whether another statement allows an action where it acts, so that its requests are not denied: one of the same policy on something
/// that it acts on, one of another policy on everything.
fn is_allowed_beside(setting: &Setting<'_>, action: &Text, types: &[ResourceType]) -> bool {
    let is_all = |item: &Item<Text>| {
        item.value.is_literally("*")
            || Arn::parse(&item.value).is_some_and(|arn| arn.resource.is_literally("*"))
    };
    let acts = |item: &Item<Text>| types.iter().any(|kind| !kind.has(&item.value).is_no());
    setting.is_said_beside(|other, is_own| {
        let listed = other.resources.as_ref();
        let fits = |item: &Item<Text>| is_all(item) || is_own && acts(item);
        !other.actions.covers_actions(action).is_no()
            && listed.is_none_or(|clause| !is_closed(clause) || clause.items.iter().any(fits))
    })
}

/// Whether it is known of each ARN of the service of an action what it is an ARN of: of an action on something else, nothing is.
fn are_known(action: &str, arns: &[Text]) -> bool {
    let Some((service, _)) = action.split_once(':') else { return false };
    let is_of_service = |arn: &&Text| plain(arn).is_none_or(|(of, ..)| of == service);
    arns.iter().filter(is_of_service).all(|arn| data::is_resource_of(service, arn))
}

/// Whether a pattern matches some action on what is listed, as far as that is told without looking at all that it matches.
fn matches_some(
    name: &str,
    plain: &[Option<(&str, &str, bool)>],
    is_plain: impl Fn(&ResourceType) -> bool,
) -> bool {
    let Some((service, _)) = name.split_once(':').filter(|_| name.contains(['*', '?'])) else { return false };
    if service != "s3" {
        // Patterns are seldom made for one sort of resource.
        return plain.iter().any(|plain| plain.is_none_or(|(of, ..)| of == service));
    }
    let types =
        |action: Action| data::resource_types(&format!("{service}:{}", action.name)).map(|(kind, _)| kind);
    data::expand(name).flat_map(types).any(|kind| is_plain(&kind))
}

fn is_closed(clause: &Clause<Text>) -> bool {
    clause.polarity == Polarity::In && !clause.open && !clause.items.is_empty()
}

/// Whether no ARN is of one of these sorts.
fn act_on_none(types: &[ResourceType], arns: &[Text]) -> bool {
    types.iter().all(|kind| arns.iter().all(|arn| kind.has(arn).is_no()))
}

/// What an action acts on, or all that a pattern matches.
fn types_of<'k>(name: &str, known: &'k mut Known) -> Option<&'k Vec<ResourceType>> {
    if !known.contains_key(name) {
        known.insert(name.to_owned(), looked_up(name));
    }
    known.get(name)?.as_ref()
}

/// Services of which two are called the same in actions, so that the list of what they act on is not all there is.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html>
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html>
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html>
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisanalyticsv2.html>
const OF_TWO: [&str; 4] = ["apigateway", "elasticloadbalancing", "kinesisanalytics", "ses"];

fn looked_up(name: &str) -> Option<Vec<ResourceType>> {
    let (service, action) = name.split_once(':').filter(|(service, _)| !OF_TWO.contains(service))?;
    if !name.contains(['*', '?']) {
        return data::action_exists(service, action)
            .then(|| data::resource_types(name).map(|(kind, _)| kind).collect());
    }
    let mut matching = data::expand(name).peekable();
    matching.peek()?;
    let mut all: Vec<ResourceType> = Vec::new();
    for one in matching {
        for (kind, _) in data::resource_types(&format!("{}:{}", one.service, one.name)) {
            if !all.contains(&kind) {
                all.push(kind);
            }
        }
    }
    Some(all)
}

/// The service of an ARN and how its resource begins, where both are written out, and whether a slash stands in the resource.
fn plain(arn: &Text) -> Option<(&str, &str, bool)> {
    let (mut field, mut service) = (0, None);
    let mut texts = arn.pieces().iter().map(|piece| match &piece.kind {
        PieceKind::Literal(text) => &**text,
        PieceKind::Symbol(_) | PieceKind::Json(_) => "",
    });
    while let Some(mut rest) = texts.next() {
        while let Some((before, after)) = rest.split_once(':').filter(|_| field < 5) {
            if field == 2 {
                service = Some(before);
            }
            field += 1;
            rest = after;
        }
        if field == 5 {
            let is_inside = rest.contains('/') || texts.any(|text| text.contains('/'));
            return Some((service?, rest, is_inside));
        }
    }
    None
}

/// The ARN, where what AWS or a declaration calls something is a word: a reference to a bucket names nothing in it.
fn named(arn: &Text) -> Text {
    let mut whole = Text::default();
    for piece in arn.pieces() {
        let is_word = |class: Class| matches!(class, Class::Computed | Class::Word);
        match &piece.kind {
            PieceKind::Symbol(symbol)
                if is_word(symbol.class) || piece.of.is_some() && symbol.class == Class::Keyed =>
            {
                whole.push_str("x", piece.span);
            }
            _ => whole.push_piece(Piece::clone(piece)),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceId, Span};
    use crate::value::Answer;

    fn text(arn: &str) -> Text {
        Text::literal(arn, Span::start_of(SourceId::first()))
    }

    #[test]
    fn what_is_written_out_is_told_cheaply() {
        assert_eq!(plain(&text("arn:aws:s3:::b/*")), Some(("s3", "b/*", true)));
        assert_eq!(plain(&text("arn:aws:sqs:eu-west-1:111111111111:q")), Some(("sqs", "q", false)));
        assert_eq!(plain(&text("arn:aws:s3")), None);
        let types = |action: &str| looked_up(action).unwrap();
        let is_plain = |action: &str, arn: &str| {
            let arn = text(arn);
            let plain = plain(&arn).unwrap();
            types(action).iter().any(|kind| kind.plainly_has(plain))
        };
        assert!(is_plain("s3:GetObject", "arn:aws:s3:::b/*") && !is_plain("s3:GetObject", "arn:aws:s3:::b"));
        assert!(
            is_plain("s3:ListBucket", "arn:aws:s3:::b") && !is_plain("s3:ListBucket", "arn:aws:s3:::b/*")
        );
        assert!(is_plain("iam:PassRole", "arn:aws:iam::111111111111:role/r"));
        assert!(!is_plain("iam:PassRole", "arn:aws:iam::111111111111:user/r"));
    }

    #[test]
    fn a_cheap_yes_is_a_yes() {
        for (action, arn) in [
            ("s3:GetObject", "arn:aws:s3:::b/*"),
            ("s3:ListBucket", "arn:aws:s3:::b*"),
            ("sqs:SendMessage", "arn:aws:sqs:*:*:*"),
            ("kms:Decrypt", "arn:aws:kms:eu-west-1:111111111111:key/k"),
        ] {
            let arn = text(arn);
            let plain = plain(&arn).unwrap();
            for kind in looked_up(action).unwrap().iter().filter(|kind| kind.plainly_has(plain)) {
                assert_eq!(kind.has(&arn), Answer::Yes, "{action}");
            }
        }
    }
}
