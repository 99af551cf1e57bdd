//! Three answers.

/// The answer to a question about a template, where `Unknown` is an honest third.
///
/// The order is `No < Unknown < Yes`. With it, `and` is the minimum and `or` the maximum, which is Kleene's
/// strong logic: `No.and(Unknown)` is `No`, because no value of the unknown part could make it true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[must_use]
pub enum Answer {
    /// False whatever the unknown parts turn out to be.
    No,
    /// True for some values of the unknown parts, false for others.
    Unknown,
    /// True whatever the unknown parts turn out to be.
    Yes,
}

impl Answer {
    /// Both hold.
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// At least one holds.
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// All hold; `Yes` for none.
    pub fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::Yes;
        for answer in answers {
            all = all.and(answer);
            if all == Self::No {
                break;
            }
        }
        all
    }

    /// At least one holds; `No` for none.
    pub fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Self::No;
        for answer in answers {
            any = any.or(answer);
            if any == Self::Yes {
                break;
            }
        }
        any
    }

    /// Whether it holds whatever the unknown parts turn out to be.
    pub fn is_yes(self) -> bool {
        self == Self::Yes
    }

    /// Whether it fails whatever the unknown parts turn out to be.
    pub fn is_no(self) -> bool {
        self == Self::No
    }
}

impl From<bool> for Answer {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl std::ops::Not for Answer {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Answer::{self, No, Unknown, Yes};

    const ALL: [Answer; 3] = [No, Unknown, Yes];

    #[test]
    fn logic_agrees_with_every_way_of_filling_in_the_unknown() {
        // An unknown stands for both booleans. An answer is right when it is definite exactly where all
        // fillings agree.
        let fillings = |answer: Answer| match answer {
            No => vec![false],
            Unknown => vec![false, true],
            Yes => vec![true],
        };
        let summary = |outcomes: Vec<bool>| match (outcomes.contains(&true), outcomes.contains(&false)) {
            (true, false) => Yes,
            (false, _) => No,
            (true, true) => Unknown,
        };
        for a in ALL {
            assert_eq!(!a, summary(fillings(a).into_iter().map(|x| !x).collect()));
            for b in ALL {
                let pairs = || {
                    fillings(a).into_iter().flat_map(move |x| fillings(b).into_iter().map(move |y| (x, y)))
                };
                assert_eq!(a.and(b), summary(pairs().map(|(x, y)| x && y).collect()), "{a:?} and {b:?}");
                assert_eq!(a.or(b), summary(pairs().map(|(x, y)| x || y).collect()), "{a:?} or {b:?}");
            }
        }
    }
}
