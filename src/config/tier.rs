//! How much an account matters: `accounts.NAME.tier`.

/// What an account is for, the least important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Somebody tries something out.
    Sandbox,
    /// Software is written.
    Dev,
    /// It is tested.
    Test,
    /// It is shown as it will be.
    Staging,
    /// Customers use it.
    Prod,
}

impl Tier {
    /// All of them, in order, with their words.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("sandbox", Self::Sandbox),
        ("dev", Self::Dev),
        ("test", Self::Test),
        ("staging", Self::Staging),
        ("prod", Self::Prod),
    ];

    /// The tier of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::WORDS.into_iter().find(|(name, _)| *name == word).map(|(_, tier)| tier)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::WORDS.into_iter().find(|(_, tier)| *tier == self).map_or("", |(name, _)| name)
    }
}
