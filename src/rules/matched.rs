//! The declared roles and resources that a pattern of ARNs means, and whether it means any of them in particular.
//!
//! `*` and `role/*` are no claim about what is declared here: others may be meant. A pattern with a part of a name is, and so is
//! any pattern for an account of which everything is declared.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::ask::may_be_made_elsewhere;
use crate::bounds;
use crate::config::Covered;
use crate::graph::Graph;
use crate::iam::arn::{Arn, is_account_id};
use crate::iam::glob;
use crate::value::{Answer, Text};

/// What is declared, by service and by what follows the account in its ARN.
pub(super) struct Declared<I> {
    named: BTreeMap<String, Vec<I>>,
    /// By service, what has a name that is not known.
    nameless: BTreeMap<String, Vec<I>>,
}

/// A pattern of ARNs that means something in particular.
pub(super) struct Pattern<'t> {
    pub(super) text: &'t Text,
    /// What is compared with the ARNs of what is declared: of objects of a bucket, the bucket.
    whole: Text,
    /// With what an object of a matching bucket goes on.
    pub(super) inside: Option<Text>,
    service: String,
    /// What the name begins with.
    prefix: String,
}

impl<I: Copy> Declared<I> {
    pub(super) fn of<'g>(all: impl Iterator<Item = (I, &'g Text)>) -> Self {
        let mut declared = Self { named: BTreeMap::new(), nameless: BTreeMap::new() };
        for (id, text) in all {
            let Some(arn) = Arn::parse(text) else { continue };
            let service = arn.service.to_string();
            match arn.resource.as_literal() {
                Some(name) => declared.named.entry(format!("{service}:{name}")).or_default().push(id),
                None => declared.nameless.entry(service).or_default().push(id),
            }
        }
        declared
    }

    /// What may match a pattern, each with whether it does; `None` when there is too much, or nothing that is surely of
    /// another account than those who have the permission, which is found out at less cost.
    pub(super) fn matched<'g>(
        &self,
        pattern: &Pattern<'_>,
        is_across: impl Fn(I) -> bool,
        arn: impl Fn(I) -> &'g Text,
    ) -> Option<Vec<(I, Answer)>> {
        let start = format!("{}:{}", pattern.service, pattern.prefix);
        let begins = |(name, _): &(&String, &Vec<I>)| name.starts_with(&start);
        let named = self
            .named
            .range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded))
            .take_while(begins)
            .flat_map(|(_, all)| all);
        let nameless = self.nameless.get(&pattern.service).into_iter().flatten();
        let all: Vec<I> = named.chain(nameless).copied().take(bounds::PATTERN_TARGETS + 1).collect();
        if all.len() > bounds::PATTERN_TARGETS || !all.iter().any(|id| is_across(*id)) {
            return None;
        }
        let answer = |id: I| glob::arn_matches(&pattern.whole, arn(id));
        Some(all.into_iter().map(|id| (id, answer(id))).filter(|(_, answer)| !answer.is_no()).collect())
    }
}

impl<'t> Pattern<'t> {
    /// A pattern that means something in particular; `None` for everything else. `kind` is what it is a pattern of.
    pub(super) fn of(graph: &Graph, text: &'t Text, kind: Covered) -> Option<Self> {
        let arn = Arn::parse(text)?;
        let (service, resource) = (arn.service.as_literal()?.into_owned(), arn.resource.as_literal()?);
        let (name, inside) = match resource.split_once('/') {
            Some((bucket, _)) if service == "s3" => {
                let inside = arn.resource.splitn(2, '/').into_iter().nth(1);
                (bucket.to_owned(), inside)
            }
            _ => (resource.to_string(), None),
        };
        let account = arn.account.as_literal();
        let is_wild = |text: &str| text.contains(['*', '?']);
        if !is_wild(&name) && account.as_deref().is_none_or(|account| !is_wild(account)) {
            return None;
        }
        let own = name.split_once(['/', ':']).map_or(name.as_str(), |(_, own)| own);
        let letters = own.chars().filter(|letter| letter.is_alphanumeric()).count();
        let is_named = letters >= bounds::PARTICULAR_LETTERS && !own.contains("${");
        let is_covered =
            account.is_some_and(|id| is_account_id(&id)) && graph.accounts.covers(&arn.account, kind);
        if !(is_named || is_covered) || (kind == Covered::Identities && may_be_made_elsewhere(text)) {
            return None;
        }
        let mut whole = Text::default();
        let span = text.span()?;
        for field in text.splitn(6, ':').iter().take(5) {
            whole.push_pieces(field.pieces());
            whole.push_str(":", span);
        }
        whole.push_str(name.as_str(), span);
        let prefix = name.split(['*', '?', '$']).next().unwrap_or_default().to_owned();
        Some(Self { text, whole, inside, service, prefix })
    }
}
