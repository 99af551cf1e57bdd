//! Under which choice something holds: `Environment` is `dev`.
//!
//! An alternative that names its choice is no unknown: the deployment with that value is one that the template allows. So what is
//! wrong there is certain, and can be said with its name.

use std::fmt;
use std::sync::Arc;

use crate::bounds;

use super::implied;
use super::{Answer, Class, Operand, Origin, OriginKind, Symbol, Word};

/// The choices that something holds under, all of them together; none when it holds whatever is chosen, or when nobody knows
/// under which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When(Option<Arc<Vec<Chosen>>>);

/// What is chosen of one thing: some of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// What is chosen.
    pub what: Thing,
    /// The values that it has, in order.
    pub is: Vec<Arc<str>>,
    /// How many values it can have.
    pub of: usize,
    /// Whether it is not so with the defaults of the template.
    pub off: bool,
    /// What decides it alone; empty when that is not known.
    pub by: Arc<[Origin]>,
}

/// What has several values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// Something that is not known. A unit is the origin of several things.
    Value(Class, Origin),
    /// Whether a condition holds, which may be called as a value is.
    Condition(Origin),
}

impl Thing {
    fn shown(&self) -> &str {
        match self {
            Self::Value(class, origin) => class.name().unwrap_or_else(|| origin.shown()),
            Self::Condition(origin) => origin.shown(),
        }
    }
}

impl When {
    /// That `what`, which can have `of` values, has this one.
    pub fn new(what: &Symbol, is: impl Into<Arc<str>>, of: usize) -> Self {
        Self::one(Thing::Value(what.class, what.origin.clone()), is.into(), of, Arc::default())
    }

    /// That a condition holds, or that it does not. `by` is what decides it alone, if that is known.
    pub fn holds(condition: &Origin, holds: bool, by: Arc<[Origin]>) -> Self {
        let is = if holds { "true" } else { "false" };
        Self::one(Thing::Condition(condition.clone()), is.into(), 2, by)
    }

    fn one(what: Thing, is: Arc<str>, of: usize, by: Arc<[Origin]>) -> Self {
        Self(Some(Arc::new(vec![Chosen { what, is: vec![is], of, off: false, by }])))
    }

    /// The same choices, which are not those that the template makes by default.
    #[must_use]
    pub fn off_by_default(self) -> Self {
        let off = |one: &Chosen| Chosen { off: true, ..one.clone() };
        Self(self.0.map(|all| Arc::new(all.iter().map(off).collect())))
    }

    /// Whether the template makes other choices by default.
    pub fn is_off_by_default(&self) -> bool {
        self.all().iter().any(|one| one.off)
    }

    /// That all of these are chosen, of each thing once.
    pub fn of(all: Vec<Chosen>) -> Self {
        Self((!all.is_empty()).then(|| Arc::new(all)))
    }

    /// What is chosen of each thing.
    pub fn all(&self) -> &[Chosen] {
        self.0.as_ref().map_or(&[], |all| all.as_slice())
    }

    /// Whether no choice is named.
    pub fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    /// Whether each thing is called as a person would: by no long expression, nor by something of a unit inside one.
    pub fn is_legible(&self) -> bool {
        let is_legible = |shown: &str| shown.len() <= bounds::SHOWN_CALL && !shown.contains("${");
        self.all().iter().all(|one| is_legible(one.what.shown()))
    }

    /// In the form for programs: `Environment = dev, IsProd = false`.
    pub fn plain(&self) -> String {
        let one = |one: &Chosen| format!("{} = {}", one.what.shown(), one.is.join("|"));
        self.all().iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// Both together; `None` when they exclude each other.
    pub fn and(&self, other: &Self) -> Option<Self> {
        // Most of what is put together says nothing, or says the same.
        match (self.all(), other.all()) {
            ([] | [_], []) => return Some(self.clone()),
            ([], [_]) => return Some(other.clone()),
            ([one], [another]) if one == another => return Some(self.clone()),
            _ => {}
        }
        let mut all = self.all().to_vec();
        for known in &mut all {
            if let Some(more) = other.chosen(&known.what) {
                known.is.retain(|value| more.is.contains(value));
            }
        }
        all.extend(other.all().iter().filter(|one| self.chosen(&one.what).is_none()).cloned());
        let possible = all.iter().all(|one| !one.is.is_empty()) && implied::is_possible(&all);
        possible.then(|| Self::of(all))
    }

    /// The same without what follows from the others, for people: two that exclude each other may do so by that alone.
    #[must_use]
    pub fn concise(&self) -> Self {
        if self.all().len() < 2 { self.clone() } else { Self::of(without_results(self.all().to_vec())) }
    }

    /// The opposite, of one condition that holds or does not.
    pub fn otherwise(&self) -> Option<Self> {
        let [Chosen { what: Thing::Condition(condition), is, of: 2, by, .. }] = self.all() else {
            return None;
        };
        match is.as_slice() {
            [is] => Some(Self::holds(condition, **is != *"true", Arc::clone(by))),
            _ => None,
        }
    }

    /// One or the other, when that can be said as values of one thing.
    pub fn or(&self, other: &Self) -> Option<Self> {
        let (mut all, [theirs]) = (self.all().to_vec(), other.all()) else { return None };
        let [mine] = all.as_mut_slice() else { return None };
        if mine.what != theirs.what {
            return None;
        }
        mine.is.extend(theirs.is.iter().cloned());
        mine.is.sort_unstable();
        mine.is.dedup();
        Some(Self(Some(Arc::new(all))))
    }

    /// Whether one of them holds whatever is chosen.
    pub fn cover(all: &[&Self]) -> bool {
        let things: usize = all.iter().map(|one| one.all().len()).sum();
        Self::cover_below(all, things)
    }

    /// Tries each value of the first thing that one of them names, `depth` things at most.
    fn cover_below(all: &[&Self], depth: usize) -> bool {
        if all.iter().any(|one| one.is_empty()) {
            return true;
        }
        let Some(depth) = depth.checked_sub(1) else { return false };
        let Some(first) = all.iter().find_map(|one| one.all().first()) else { return false };
        let what = &first.what;
        let mut values: Vec<&Arc<str>> =
            all.iter().filter_map(|one| one.chosen(what)).flat_map(|it| &it.is).collect();
        values.sort_unstable();
        values.dedup();
        values.len() >= first.of
            && values.iter().all(|value| {
                let rest: Vec<Self> = all
                    .iter()
                    .filter(|one| one.chosen(what).is_none_or(|it| it.is.contains(value)))
                    .map(|one| one.without(what))
                    .collect();
                Self::cover_below(&rest.iter().collect::<Vec<_>>(), depth)
            })
    }

    fn chosen(&self, what: &Thing) -> Option<&Chosen> {
        self.all().iter().find(|one| one.what == *what)
    }

    fn without(&self, what: &Thing) -> Self {
        Self::of(self.all().iter().filter(|one| one.what != *what).cloned().collect())
    }

    /// Whether alternatives are told apart by these: each names its choice, and no two of them hold together. Choices of which no
    /// alternative speaks may be left, such as those that a condition around it excludes.
    pub fn tell_apart(all: &[Self]) -> bool {
        all.iter().enumerate().all(|(index, one)| {
            !one.is_empty() && all.iter().take(index).all(|before| before.and(one).is_none())
        })
    }
}

/// The choices without what functions return whose operands are all chosen themselves, which would say the same twice:
/// `contains(["dev", "prod"], terraform.workspace)` where `terraform.workspace` is `dev`.
fn without_results(mut all: Vec<Chosen>) -> Vec<Chosen> {
    let is_result: Vec<bool> = all.iter().map(|one| one.is_result_of(&all)).collect();
    if is_result.contains(&true) {
        let is_off = all.iter().zip(&is_result).any(|(one, is_result)| *is_result && one.off);
        let mut is_result = is_result.into_iter();
        all.retain(|_| !is_result.next().unwrap_or_default());
        for one in &mut all {
            one.off |= is_off;
        }
    }
    all
}

impl Chosen {
    /// Whether this follows from the values that others have.
    fn is_result_of(&self, all: &[Self]) -> bool {
        let (Thing::Value(_, origin) | Thing::Condition(origin)) = &self.what;
        let is_chosen = |origin: &Origin| {
            let is_it = |one: &Self| matches!(&one.what, Thing::Value(_, other) if other == origin);
            all.iter().any(|one| is_it(one) && one.is.len() == 1)
        };
        if !self.by.is_empty() {
            return self.by.iter().all(is_chosen);
        }
        let OriginKind::Derived { operands, .. } = origin.kind() else { return false };
        let (mut known, mut chosen) = (true, false);
        let mut left: Vec<&Operand> = operands.iter().collect();
        while let Some(operand) = left.pop() {
            match operand {
                Operand::Null | Operand::Bool(_) | Operand::Number(_) => {}
                Operand::Text(text) => {
                    for word in text.words() {
                        match word {
                            Word::Literal(_) => {}
                            Word::Symbol(_, origin) if is_chosen(origin) => chosen = true,
                            Word::Symbol(..) | Word::Unknown | Word::Json(_) => known = false,
                        }
                    }
                }
                Operand::Symbol(_, origin) if is_chosen(origin) => chosen = true,
                Operand::Symbol(..) => known = false,
                Operand::List(items) => left.extend(items),
                Operand::Map(items) => left.extend(items.iter().map(|(_, value)| value)),
                Operand::Json(value) => left.push(value),
            }
        }
        known && chosen
    }
}

/// As a clause: ``when `Environment` is `dev` or `test` and `IsProd` is `false` ``. What reads the same is said once, as of two long
/// calls.
impl fmt::Display for When {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said: Vec<String> = Vec::new();
        for one in self.all() {
            let values: Vec<String> = one.is.iter().map(|value| format!("`{value}`")).collect();
            let clause = format!("`{}` is {}", one.what.shown(), values.join(" or "));
            if !said.contains(&clause) {
                said.push(clause);
            }
        }
        if said.is_empty() { Ok(()) } else { write!(formatter, "when {}", said.join(" and ")) }
    }
}

/// Whether something is there, and under which choices.
#[derive(Clone, Debug)]
pub struct Presence {
    /// Whether it is there, as far as can be said without choosing.
    pub answer: Answer,
    /// The choices that lead to it.
    pub when: When,
    /// Whether they are all that it hangs on.
    pub named: bool,
}

impl Presence {
    /// What is there, or not, whatever is chosen.
    pub fn of(answer: Answer) -> Self {
        Self { answer, when: When::default(), named: answer.is_yes() }
    }

    /// What stands in something with this presence, seen from there.
    #[must_use]
    pub fn inside(&self) -> Self {
        Self { answer: Answer::Yes, ..self.clone() }
    }

    /// One of several alternatives of it; `None` when that cannot be. `named` says whether each of them names its choice.
    pub fn alternative(&self, when: &When, named: bool) -> Option<Self> {
        let answer = self.answer.and(Answer::Unknown);
        let when = self.when.and(when)?;
        Some(Self { answer, when, named: self.named && named })
    }

    /// The choices, when they are all that it hangs on.
    pub fn choices(&self) -> When {
        if self.named { self.when.clone() } else { When::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Because, UnitKey, Words};

    fn when(what: &str, is: &str, of: usize) -> When {
        let origin = Origin::named(&UnitKey::nowhere(), what);
        When::new(&Symbol::new(Class::Keyed, origin, Because::Input), is, of)
    }

    #[test]
    fn choices_of_the_same_thing_exclude_each_other() {
        let (dev, prod) = (when("env", "dev", 2), when("env", "prod", 2));
        assert_eq!(dev.and(&prod), None);
        assert_eq!(dev.and(&dev).as_ref(), Some(&dev));
        let both = dev.and(&when("size", "big", 2)).unwrap();
        assert_eq!(both.to_string(), "when `env` is `dev` and `size` is `big`");
        assert_eq!(dev.or(&prod).unwrap().to_string(), "when `env` is `dev` or `prod`");
    }

    #[test]
    fn alternatives_cover_when_each_value_has_one() {
        let (dev, prod) = (when("env", "dev", 2), when("env", "prod", 2));
        assert!(When::cover(&[&dev, &prod]) && !When::cover(&[&dev]));
        assert!(!When::cover(&[&when("env", "dev", 3), &when("env", "prod", 3)]));
        let (big, small) = (when("size", "big", 2), when("size", "small", 2));
        let of_dev = [dev.and(&big).unwrap(), dev.and(&small).unwrap()];
        assert!(When::cover(&[&of_dev[0], &of_dev[1], &prod]));
        assert!(!When::cover(&[&of_dev[0], &prod]));
    }

    #[test]
    fn alternatives_that_do_not_all_name_their_choice_are_not_told_apart() {
        let (dev, prod) = (|| when("env", "dev", 2), || when("env", "prod", 2));
        assert!(When::tell_apart(&[dev(), prod()]));
        // A condition leaves two of three.
        assert!(When::tell_apart(&[when("env", "dev", 3), when("env", "prod", 3)]));
        assert!(!When::tell_apart(&[dev(), prod(), When::default()]));
        assert!(!When::tell_apart(&[dev(), dev(), prod()]));
    }

    #[test]
    fn what_follows_from_another_choice_is_not_said() {
        let named = |what: &str| Origin::named(&UnitKey::nowhere(), what);
        let result = |operands: Vec<Operand>| {
            let kind = OriginKind::Derived { function: "contains".into(), operands: operands.into() };
            When::holds(&Origin::new(kind), true, Arc::default())
        };
        let env = || Operand::Symbol(Class::Keyed, named("env"));
        let list = || Operand::List([Operand::Text(Words::literal("dev"))].into());
        let dev = when("env", "dev", 3);
        assert_eq!(result(vec![list(), env()]).and(&dev).unwrap().concise(), dev);
        assert_eq!(dev.and(&result(vec![list(), env()])).unwrap().concise(), dev);
        let other = Operand::Symbol(Class::Keyed, named("size"));
        assert_eq!(dev.and(&result(vec![env(), other])).unwrap().concise().all().len(), 2);
        let several = dev.or(&when("env", "test", 3)).unwrap();
        assert_eq!(several.and(&result(vec![list(), env()])).unwrap().concise().all().len(), 2);
    }
}
