//! Actions that act on none of the resources that are listed beside them.

use rustc_hash::FxHashMap;

use super::items::{Setting, statements};
use crate::graph::{DocumentId, Graph, IdentityId, Purpose};
use crate::iam::arn::Arn;
use crate::iam::data::{self, Action, ResourceType};
use crate::iam::policy::{Clause, Effect, Item, Polarity, Statement};
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
    let (mut known, mut allowed) = (Known::default(), Allowed::default());
    statements(graph).filter_map(|setting| of_statement(setting, &mut known, &mut allowed)).collect()
}

fn of_statement<'g>(setting: Setting<'g>, known: &mut Known, allowed: &mut Allowed<'g>) -> Option<Idle<'g>> {
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
    let mut listed = Listed::of(&resources.items);
    let mut actions = Vec::new();
    for item in &statement.actions.items {
        // What is said to be assumed may be no role, which is another mistake.
        let Some(name) = item.value.as_literal().filter(|_| !item.value.begins_with_folded("sts:")) else {
            continue;
        };
        if matches_some(&name, &mut listed) {
            continue;
        }
        let Some(types) = types_of(&name, known).filter(|types| !types.is_empty()) else { continue };
        if types.iter().any(|kind| listed.plainly_has(kind)) {
            continue;
        }
        if types.iter().all(|kind| listed.has_none(kind))
            && listed.is_known(&name)
            && !allowed.is_beside(&setting, (&name, &item.value), types)
        {
            actions.push(IdleAction { item, types: types.clone() });
        }
    }
    let are_all = actions.len() == statement.actions.items.len() && !statement.actions.open;
    (!actions.is_empty()).then_some(Idle { setting, actions, are_all, resources: &resources.items })
}

/// What a statement lists, and what was found out about it: many actions are asked about the same.
struct Listed<'g> {
    items: &'g [Item<Text>],
    plain: Vec<Option<(&'g str, &'g str, bool)>>,
    named: Option<Vec<Text>>,
    /// By the pattern of its ARNs: whether something listed is plainly of a sort, and whether nothing is.
    plainly: FxHashMap<&'static str, bool>,
    none: FxHashMap<&'static str, bool>,
    /// By service: whether all ARNs of it are known sorts.
    known: FxHashMap<String, bool>,
}

impl<'g> Listed<'g> {
    fn of(items: &'g [Item<Text>]) -> Self {
        Self {
            items,
            plain: items.iter().map(|item| plain(&item.value)).collect(),
            named: None,
            plainly: FxHashMap::default(),
            none: FxHashMap::default(),
            known: FxHashMap::default(),
        }
    }

    fn named(&mut self) -> &[Text] {
        self.named.get_or_insert_with(|| self.items.iter().map(|item| named(&item.value)).collect())
    }

    /// Whether something is plainly of a sort.
    fn plainly_has(&mut self, kind: &ResourceType) -> bool {
        let found = || self.plain.iter().flatten().any(|plain| kind.plainly_has(*plain));
        *self.plainly.entry(kind.arn).or_insert_with(found)
    }

    /// Whether no ARN is of a sort.
    fn has_none(&mut self, kind: &ResourceType) -> bool {
        if let Some(known) = self.none.get(kind.arn) {
            return *known;
        }
        let found = self.named().iter().all(|arn| kind.has(arn).is_no());
        self.none.insert(kind.arn, found);
        found
    }

    /// Whether it is known of each ARN of the service of an action what it is an ARN of: of an action on something else, nothing is.
    fn is_known(&mut self, action: &str) -> bool {
        let Some((service, _)) = action.split_once(':') else { return false };
        if let Some(known) = self.known.get(service) {
            return *known;
        }
        let is_of_service = |arn: &&Text| plain(arn).is_none_or(|(of, ..)| of == service);
        let found = self.named().iter().filter(is_of_service).all(|arn| data::is_resource_of(service, arn));
        self.known.insert(service.to_owned(), found);
        found
    }

    fn may_be_of_service(&self, service: &str) -> bool {
        self.plain.iter().any(|plain| plain.is_none_or(|(of, ..)| of == service))
    }
}

/// An action of a statement with an effect.
type Asked = (Option<Effect>, String);

/// Which others say the same of an action: the first two, of which one may be the very statement or policy that is asked about.
#[derive(Default)]
struct Allowed<'g> {
    /// The statements of a policy that say it of something that the action acts on.
    own: FxHashMap<(DocumentId, Asked), Vec<&'g Statement>>,
    /// The policies of an identity that say it of everything; nothing stands for those that are not in the project.
    others: FxHashMap<(IdentityId, Asked), Vec<Option<DocumentId>>>,
}

impl<'g> Allowed<'g> {
    /// Whether another statement allows an action where it acts, so that its requests are not denied: one of the same policy on
    /// something that it acts on, one of another policy, of each identity that has this one, on everything.
    fn is_beside(
        &mut self,
        setting: &Setting<'g>,
        (name, action): (&str, &Text),
        types: &[ResourceType],
    ) -> bool {
        let asked = (setting.statement.effect, name.to_owned());
        let own = self.own.entry((setting.id, asked.clone())).or_insert_with(|| {
            let acts = |item: &Item<Text>| types.iter().any(|kind| !kind.has(&item.value).is_no());
            let says = |one: &&Statement| says(one, &asked, action, &|item| is_all(item) || acts(item));
            setting.document.policy.statements.iter().filter(says).take(2).collect()
        });
        if own.iter().any(|one| !std::ptr::eq(*one, setting.statement)) {
            return true;
        }
        let holders = &setting.document.holders;
        !holders.is_empty()
            && holders.iter().all(|holder| {
                let others = self.others.entry((*holder, asked.clone()));
                let others = others.or_insert_with(|| of_holder(setting.graph, *holder, &asked, action));
                others.iter().any(|document| *document != Some(setting.id))
            })
    }
}

/// The first two policies of an identity that say something of everything.
fn of_holder(graph: &Graph, holder: IdentityId, asked: &Asked, action: &Text) -> Vec<Option<DocumentId>> {
    let mut found: Vec<Option<DocumentId>> = Vec::new();
    for attached in graph.policies_of(&graph.identities[holder]) {
        if attached.present.is_no() || found.contains(&attached.document) {
            continue;
        }
        if attached.policy.statements.iter().any(|one| says(one, asked, action, &is_all)) {
            found.push(attached.document);
        }
        if found.len() == 2 {
            break;
        }
    }
    found
}

/// Whether a statement says the same of an action, on something that fits.
fn says(
    statement: &Statement,
    (effect, _): &Asked,
    action: &Text,
    fits: &dyn Fn(&Item<Text>) -> bool,
) -> bool {
    let listed = statement.resources.as_ref();
    statement.effect == *effect
        && !statement.actions.covers_actions(action).is_no()
        && listed.is_none_or(|clause| !is_closed(clause) || clause.items.iter().any(fits))
}

fn is_all(item: &Item<Text>) -> bool {
    item.value.is_literally("*") || Arn::parse(&item.value).is_some_and(|arn| arn.resource.is_literally("*"))
}

/// Whether a pattern matches some action on what is listed, as far as that is told without looking at all that it matches.
fn matches_some(name: &str, listed: &mut Listed<'_>) -> bool {
    let Some((service, _)) = name.split_once(':').filter(|_| name.contains(['*', '?'])) else { return false };
    if service != "s3" {
        // Patterns are seldom made for one sort of resource.
        return listed.may_be_of_service(service);
    }
    let types =
        |action: Action| data::resource_types(&format!("{service}:{}", action.name)).map(|(kind, _)| kind);
    data::expand(name).flat_map(types).any(|kind| listed.plainly_has(&kind))
}

fn is_closed(clause: &Clause<Text>) -> bool {
    clause.polarity == Polarity::In && !clause.open && !clause.items.is_empty()
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
