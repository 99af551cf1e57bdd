//! Findings, and problems met on the way.

use std::cell::RefCell;
use std::hash::Hasher as _;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use rustc_hash::FxHasher;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use crate::bounds;
use crate::source::Span;
use crate::value::{self, When};

thread_local! {
    /// What was said last, by a hash of it: of many findings of a rule, much is the same.
    static SAID: RefCell<[Option<Arc<str>>; bounds::SAID_SHARED]> =
        const { RefCell::new([const { None }; bounds::SAID_SHARED]) };
}

/// A text that findings say, which is there once where they say it one after the other.
pub fn said(text: &str) -> Arc<str> {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    let slot = usize::try_from(hasher.finish() % bounds::SAID_SHARED as u64).unwrap_or_default();
    SAID.with_borrow_mut(|last| {
        let Some(last) = last.get_mut(slot) else { return text.into() };
        match last {
            Some(same) if **same == *text => Arc::clone(same),
            _ => Arc::clone(last.insert(text.into())),
        }
    })
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; never fails a run unless asked to.
    Info,
    /// Very likely wrong, or a safeguard that AWS asks for is missing.
    Warning,
    /// It will fail at run time, or it lets somebody in who should not be.
    Error,
}

impl Severity {
    /// One lower, if there is one.
    #[must_use]
    pub fn lower(self) -> Self {
        match self {
            Self::Error => Self::Warning,
            Self::Warning | Self::Info => Self::Info,
        }
    }

    /// Its name in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How sure a finding is. Kept apart from [`Severity`], so that guesses can be hidden without hiding small
/// problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Depends on a value that is unknown until deployment.
    Possible,
    /// Follows from what is written.
    Certain,
}

/// What is wrong when a rule speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Lets in more than intended.
    Exposed,
    /// Two documents disagree.
    Mismatch,
    /// Can never take effect.
    Dead,
    /// AWS refuses it at deployment.
    Rejected,
    /// Shuts its owner out.
    Lockout,
    /// A safeguard is thin.
    Weak,
    /// Could not be judged.
    Unknown,
    /// Tidiness.
    Hygiene,
}

impl Effect {
    /// Its name in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exposed => "exposed",
            Self::Mismatch => "mismatch",
            Self::Dead => "dead",
            Self::Rejected => "rejected",
            Self::Lockout => "lockout",
            Self::Weak => "weak",
            Self::Unknown => "unknown",
            Self::Hygiene => "hygiene",
        }
    }
}

/// What is shown in place of the lines around a place, when these are not for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The text, in lines.
    pub text: String,
    /// The first byte of what is marked in it.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A place a finding speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is here, in a few words.
    pub text: Arc<str>,
    /// The address of the declaration the place belongs to, such as `aws_iam_role.deploy`.
    pub address: Option<Arc<str>>,
    /// The account the place belongs to, as it is shown: `prod (222222222222)`.
    pub account: Option<Arc<str>>,
    /// Where the code stands that made the declaration, when its template was made by code: `lib/pipeline.ts:41:5`.
    pub created: Option<Box<str>>,
    /// What is shown of it, in place of the lines around it.
    pub excerpt: Option<Arc<Excerpt>>,
}

impl Label {
    /// A place without a declaration.
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        Self {
            span,
            text: said(&readable(text.into())),
            address: None,
            account: None,
            created: None,
            excerpt: None,
        }
    }
}

/// A statement that a finding is about: the positions of its document, and of itself in that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InStatement {
    /// Which document.
    pub document: u32,
    /// Which statement of it.
    pub number: u32,
}

impl InStatement {
    /// That of a number in a document. More than fit do not fit in memory either.
    pub fn of(document: usize, number: usize) -> Self {
        Self { document: short(document), number: short(number) }
    }
}

/// A position. More than fit do not fit in memory either.
pub fn short(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// Both sides that a finding is about, and what the one is kept from doing on the other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// The position of the declaration of the principal.
    pub principal: usize,
    /// That of the role or resource.
    pub target: usize,
    /// The action, as the policies write it, in small letters. `sts:assumerole` for all that keeps a role from being assumed.
    pub action: Arc<str>,
}

/// A change of a text: what is to stand in place of a range of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; nothing, where something is put in.
    pub span: Span,
    /// What is to stand there.
    pub text: String,
}

/// What mends a finding without a decision of anybody: all of its edits are made, or none. None of them grants what was not granted,
/// other than what the text already means to say and AWS refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: `remove the comment`.
    pub title: String,
    /// The changes.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix that replaces what stands at one place.
    pub fn replace(title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        Self { title: title.into(), edits: vec![Edit { span, text: text.into() }] }
    }
}

/// Why a finding is accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Accepted {
    /// The reason; it may be empty.
    pub reason: String,
    /// Whether it is said beside what is found, not in the configuration.
    pub in_source: bool,
}

/// One finding.
///
/// There is always a first place, because the constructor asks for it: code scanning needs one, and
/// suppression comments are looked up there. Further places may lie in other files.
///
/// A project may have many, which are sorted and handed from list to list: what one says stays where it is meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Diagnostic(Box<Said>);

impl Deref for Diagnostic {
    type Target = Said;

    fn deref(&self) -> &Said {
        &self.0
    }
}

impl DerefMut for Diagnostic {
    fn deref_mut(&mut self) -> &mut Said {
        &mut self.0
    }
}

/// What a finding says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The rule's name.
    pub rule: &'static str,
    /// What is wrong.
    pub effect: Effect,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// One sentence that stands alone; no capital, no full stop.
    pub message: String,
    /// What to do.
    pub help: Option<Arc<str>>,
    /// What mends it, when that needs no decision.
    pub fix: Option<Box<Fix>>,
    /// Where to look first.
    pub primary: Label,
    /// Where else to look, in reading order.
    pub related: Vec<Label>,
    /// The statement it is about: where two rules speak of one, the more specific rule does.
    pub statement: Option<InStatement>,
    /// The principals and targets it is about, when it is about both sides.
    pub pairs: Vec<Pair>,
    /// The number of the declaration it is about: tells apart what several modules or deployments make of one place.
    pub instance: Option<u32>,
    /// The choices under which it is so: one that holds only for some of them is one severity lower.
    pub when: When,
    /// The choices under which the declaration is deployed that it is about.
    pub deployed: When,
    /// What it shares with findings about other places that one decision settles, such as whose an account is: they are
    /// reported as one.
    pub group: Option<Arc<str>>,
    /// All that it stands for, when modules, loops or deployments make several of one place.
    pub instances: Vec<Instance>,
    /// What the finding is about, in words that do not change when lines move: rule, both entities, the
    /// principal as written, the actions.
    pub identity: Vec<Arc<str>>,
    /// The words by which it is known again, when they are not those of its identity alone: what all instances of its
    /// place have in common. Hashed into the fingerprint.
    pub known_by: Option<Arc<[String]>>,
    /// How many other places come before it that are known by the same words: two statements or files that say the same of
    /// the same. Hashed into the fingerprint, but for the first.
    pub ordinal: usize,
}

/// Something that a finding stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Instance {
    /// Its address.
    pub address: Arc<str>,
    /// Its account, as it is shown.
    pub account: Option<Arc<str>>,
}

impl Serialize for Instance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Instance", 2)?;
        fields.serialize_field("address", &*self.address)?;
        fields.serialize_field("account", &self.account.as_deref())?;
        fields.end()
    }
}

impl Instance {
    /// That of a place.
    pub fn of(label: &Label) -> Option<Self> {
        Some(Self { address: label.address.clone()?, account: label.account.clone() })
    }
}

impl Diagnostic {
    /// A finding that is certain: what is wrong, and where to look first.
    pub fn new(
        (rule, effect, severity): (&'static str, Effect, Severity),
        message: String,
        primary: Label,
    ) -> Self {
        Self(Box::new(Said {
            rule,
            effect,
            severity,
            confidence: Confidence::Certain,
            message: fitted(message),
            help: None,
            fix: None,
            primary,
            related: Vec::new(),
            statement: None,
            pairs: Vec::new(),
            instance: None,
            when: When::default(),
            deployed: When::default(),
            group: None,
            instances: Vec::new(),
            identity: Vec::new(),
            known_by: None,
            ordinal: 0,
        }))
    }

    /// What it says, taken out of it.
    pub fn into_said(self) -> Said {
        *self.0
    }

    /// Adds a further place.
    pub fn related(mut self, label: Label) -> Self {
        // What an AWS managed policy says stands where it is attached, however many statements say it.
        if !self.related.contains(&label) {
            self.related.push(label);
        }
        self
    }

    /// Gives back the room that its lists do not need.
    pub fn fit(&mut self) {
        self.identity = value::fitted(std::mem::take(&mut self.identity));
        self.related = value::fitted(std::mem::take(&mut self.related));
        self.pairs = value::fitted(std::mem::take(&mut self.pairs));
    }

    /// All its places, the first one first.
    pub fn places(&self) -> impl Iterator<Item = Span> + use<'_> {
        std::iter::once(&self.primary).chain(&self.related).map(|label| label.span)
    }

    /// The same with what is said of them, to be changed.
    pub fn labels_mut(&mut self) -> impl Iterator<Item = &mut Label> {
        let Said { primary, related, .. } = &mut **self;
        std::iter::once(primary).chain(related)
    }

    /// Makes the first place of some sort the one to look at first, when there is one.
    pub fn turn_to(&mut self, is_wanted: impl Fn(Span) -> bool) {
        if is_wanted(self.primary.span) {
            return;
        }
        let Said { primary, related, .. } = &mut **self;
        if let Some(label) = related.iter_mut().find(|label| is_wanted(label.span)) {
            std::mem::swap(label, primary);
        }
    }

    /// Says what to do.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(said(&readable(text.into())));
        self
    }

    /// Says what mends it.
    pub fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix.map(Box::new);
        self
    }

    /// Sets the severity of this one finding.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Adds words to what the finding is about.
    pub fn about(mut self, words: impl IntoIterator<Item = impl Into<Arc<str>>>) -> Self {
        self.identity.extend(words.into_iter().map(Into::into));
        self
    }

    /// Says which principals it is about, and what each of them is kept from.
    pub fn between(mut self, pairs: impl IntoIterator<Item = Pair>) -> Self {
        self.pairs.extend(pairs);
        self
    }

    /// Says under which choices it is so.
    pub fn when(mut self, when: &When) -> Self {
        self.when.clone_from(when);
        self
    }

    /// All choices that it hangs on; `None` when nothing is named, or when they exclude each other.
    pub fn choices(&self) -> Option<When> {
        self.deployed.and(&self.when).filter(|both| !both.is_empty()).map(|both| both.concise())
    }

    /// Marks a finding that hangs on an unknown value.
    pub fn possible(mut self) -> Self {
        self.confidence = Confidence::Possible;
        self
    }

    /// What the finding is about, without the keys that tell instances of modules and resources apart.
    pub fn words(&self) -> Vec<String> {
        self.identity.iter().map(|word| without_keys(word)).collect()
    }

    /// A hash of what the finding is about. The same mistake keeps it when lines or files move, and when further instances
    /// have it; another principal, action or statement ID changes it. No two findings of a run have the same.
    pub fn fingerprint(&self) -> String {
        hexadecimal(self.hash())
    }

    /// The number that the fingerprint shows.
    pub fn hash(&self) -> u64 {
        match &self.known_by {
            Some(common) => self.hash_of(common, self.ordinal),
            None => self.hash_of(&self.words(), self.ordinal),
        }
    }

    /// The same of this instance alone, whatever further instances there are, and of more words.
    pub fn own_fingerprint(&self, more: impl IntoIterator<Item = String>) -> String {
        let mut words = self.words();
        words.extend(more);
        hexadecimal(self.hash_of(&words, 0))
    }

    fn hash_of(&self, words: &[String], ordinal: usize) -> u64 {
        // FNV-1a, 64 bit: stable over releases and platforms, which the standard hasher does not promise.
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        let ordinal = (ordinal > 0).then(|| ordinal.to_string());
        let words = words.iter().map(String::as_str).chain(ordinal.as_deref());
        for part in std::iter::once(self.rule).chain(words) {
            for byte in part.bytes().chain([0]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        hash
    }
}

fn hexadecimal(hash: u64) -> String {
    format!("{hash:016x}")
}

/// A word without what stands in brackets: `module.m["a"].aws_iam_role.r[0]` as `module.m.aws_iam_role.r`.
fn without_keys(word: &str) -> String {
    let mut depth = 0_usize;
    let mut kept = String::with_capacity(word.len());
    for char in word.chars() {
        match char {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(char),
            _ => {}
        }
    }
    kept
}

/// A text in about the room that it needs: what is put together of several parts may have twice as much.
fn fitted(text: String) -> String {
    if text.capacity() - text.len() > text.len() / 4 { text.as_str().to_owned() } else { text }
}

/// A text for people: the partition, which hardly anybody thinks of, is shown as the usual one.
pub fn readable(text: String) -> String {
    if !text.contains("${") {
        return text;
    }
    let text = text.replace("${Partition}", "aws").replace("${DnsSuffix}", "amazonaws.com");
    if REFERRED.iter().any(|name| text.contains(name)) { with_references(&text) } else { text }
}

/// Names that templates of CloudFormation get with `Ref` alone: there is no attribute which is called so.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html#aws-resource-s3-bucket-return-values>
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html#aws-resource-iam-role-return-values>
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html#aws-resource-lambda-function-return-values>
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html#aws-resource-dynamodb-table-return-values>
const REFERRED: [&str; 6] =
    [".BucketName}", ".FunctionName}", ".LogGroupName}", ".RoleName}", ".TableName}", ".UserName}"];

/// A text in which such names are written as in a template: `${Artifacts}`, not `${Artifacts.BucketName}`, which can be written
/// nowhere; of a resource in a nested stack, as in its own template.
fn with_references(text: &str) -> String {
    let mut parts = text.split("${");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        whole.push_str("${");
        let end = REFERRED.iter().find_map(|name| {
            let (address, rest) = part.split_once(name)?;
            let is_address = address.chars().all(|char| char.is_ascii_alphanumeric() || char == '.');
            is_address.then(|| (address.rsplit('.').next().unwrap_or_default(), rest))
        });
        match end {
            Some((resource, rest)) => whole.extend([resource, "}", rest]),
            None => whole.push_str(part),
        }
    }
    whole
}

/// Something in a file that could not be read or understood. The run goes on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// What.
    pub message: String,
    /// Whether something of the file was not read because of it.
    pub lost: bool,
    /// Whether the file is a template of another language, from which a program makes what is deployed.
    pub rendered: bool,
}

impl Problem {
    /// A problem at `span`.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), lost: true, rendered: false }
    }

    /// Something a person should know of a file that was read.
    pub fn note(span: Span, message: impl Into<String>) -> Self {
        Self { lost: false, ..Self::new(span, message) }
    }
}
