//! Who is there in an account, by name: what is declared, and what templates say is there already.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::accounts::Accounts;
use crate::accounts::normalise::{Key, key};
use crate::bounds;
use crate::facts::{Declaration, UNSEEN};
use crate::graph::{DeclarationId, Graph, IdentityId, IdentityKind};
use crate::value::Text;

/// The identities of every account.
#[derive(Debug, Default)]
pub struct Roster {
    accounts: FxHashMap<Key, Residents>,
    nobody: Residents,
    /// Those whose account is not known: they may be in any.
    anywhere: Residents,
    /// The names of these, in small letters.
    names_anywhere: FxHashSet<(IdentityKind, String)>,
}

/// The identities of one account.
#[derive(Debug, Default)]
pub struct Residents {
    /// Those whose name is known.
    pub named: Vec<IdentityId>,
    /// Those whose name is partly known, or not at all.
    pub nameless: Vec<IdentityId>,
    /// What is looked up, imported or kept without being declared, with its ARN as far as it is known.
    pub existing: Vec<(DeclarationId, Option<Text>)>,
}

impl Roster {
    /// Of all that is declared.
    pub(super) fn of(graph: &Graph) -> Self {
        let mut roster = Self::default();
        // Those of IAM Identity Center are called as no other one is.
        for (id, identity) in graph.identities.with_ids().filter(|(_, one)| !one.is_assigned()) {
            let name = identity.name.as_literal();
            if graph.accounts.may_be_another(&identity.account)
                && let Some(name) = &name
            {
                roster.names_anywhere.insert((identity.kind, name.to_lowercase()));
            }
            let is_named = name.is_some();
            for residents in roster.homes(&graph.accounts, &identity.account) {
                let of_its_kind = if is_named { &mut residents.named } else { &mut residents.nameless };
                of_its_kind.push(id);
            }
        }
        for (id, declaration) in graph.declarations.with_ids() {
            if existing_type(declaration).is_none() {
                continue;
            }
            let arn = graph.arn_of(id);
            let account = graph.accounts.of(&declaration.unit);
            for residents in roster.homes(&graph.accounts, &account) {
                residents.existing.push((id, arn.clone()));
            }
        }
        roster
    }

    /// Where what is in `account` is entered: there, and among those that may be anywhere.
    fn homes(&mut self, accounts: &Accounts, account: &Text) -> impl Iterator<Item = &mut Residents> {
        let anywhere = accounts.may_be_another(account).then_some(&mut self.anywhere);
        [Some(self.accounts.entry(key(account)).or_default()), anywhere].into_iter().flatten()
    }

    /// The identities of an account.
    pub fn of_account(&self, account: &Text) -> &Residents {
        self.accounts.get(&key(account)).unwrap_or(&self.nobody)
    }

    /// Whether an account may hold something of a type without declaring it: what a module or template declares that is not in
    /// the project, or what is looked up and may have this ARN.
    pub fn may_hold(
        &self,
        graph: &Graph,
        account: &Text,
        type_name: &str,
        may_be: impl Fn(&Text) -> bool,
    ) -> bool {
        let (own, elsewhere) = (&self.of_account(account).existing, &self.anywhere.existing);
        let is_unseen = |(id, _): &(DeclarationId, _)| *graph.declarations[*id].type_name == *UNSEEN;
        if own.iter().any(is_unseen) || own.len().max(elsewhere.len()) > bounds::NAMES_COMPARED {
            return true;
        }
        own.iter().chain(elsewhere).any(|(id, arn)| {
            existing_type(&graph.declarations[*id]) == Some(type_name) && arn.as_ref().is_none_or(&may_be)
        })
    }

    /// Those that may be in any account.
    pub fn anywhere(&self) -> &Residents {
        &self.anywhere
    }

    /// Whether an identity of this name is declared whose account is not known.
    pub fn is_named_anywhere(&self, kind: IdentityKind, name: &str) -> bool {
        self.names_anywhere.contains(&(kind, name.to_lowercase()))
    }
}

/// The type of what a declaration only says is there: a look-up, an import, a resource that is no longer managed but kept.
fn existing_type(declaration: &Declaration) -> Option<&str> {
    declaration.type_name.strip_prefix("data.")
}

/// Whether a name looks like a slip in writing another one: other punctuation, or one or two letters in a longer word.
/// Numbers, short words and beginnings of words are how names of one kind are told apart.
pub(super) fn is_slip(written: &str, known: &str) -> bool {
    let separates = |letter: char| !letter.is_ascii_alphanumeric();
    if written.len().abs_diff(known.len()) > 2 || written == known {
        return false;
    }
    let letters = |name: &str| name.replace(separates, "").to_ascii_lowercase();
    if letters(written) == letters(known) {
        return true;
    }
    let digits = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>();
    let (words, others): (Vec<_>, Vec<_>) =
        (written.split(separates).collect(), known.split(separates).collect());
    if words.len() != others.len() || digits(written) != digits(known) {
        return false;
    }
    let is_typo = |(word, other): (&&str, &&str)| {
        let length = word.len().max(other.len());
        word == other
            || length >= 5
                && word.chars().next() == other.chars().next()
                && strsim::damerau_levenshtein(word, other) <= if length < 8 { 1 } else { 2 }
    };
    words.iter().zip(&others).all(is_typo) && strsim::damerau_levenshtein(written, known) <= 2
}
