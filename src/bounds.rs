//! Every bound of the program, in one table: what it limits, why so much, and what happens when it is met.
//!
//! Templates are written by strangers, so every recursion, list and search over them ends somewhere. Unless its line says
//! otherwise, what is cut off becomes an unknown value with the reason `Bound`, which no rule takes for certain.
//! A bound is far above what templates have, and low enough that a hostile file takes seconds and megabytes at most.
//! What AWS or Terraform itself limits (digits of an account id, levels of an organization) is a fact and stands where it
//! is used.

/// A bound, and the lower one that the tests of this crate have, so that what they test with stays small.
const fn lowered(bound: u32, in_tests: u32) -> u32 {
    if cfg!(test) { in_tests } else { bound }
}

// --- Files ---

/// Bytes of one file. No template is larger; what is larger is data, and is left out with a problem.
pub const FILE_BYTES: u64 = 64 << 20;
/// Bytes of a plan as JSON, of which only what matters is kept. Spans count bytes in 32 bits; a larger one is left out
/// with a problem.
pub const PLAN_BYTES: u64 = 1 << 30;
/// Bytes from which on a plan is read in parts and not held as a whole. Shorter ones are quicker to read at once.
pub const LONG_TEXT: u64 = 4 << 20;
/// Bytes of a long text that are in memory at a time while it is read from its beginning to its end.
pub const STREAM_BYTES: usize = 256 << 10;
/// Levels of a part of a plan that is read in parts. What is deeper is read as a whole.
pub const STREAM_DEPTH: usize = 48;
/// Modules in modules of a plan that is read in parts. With more it is read as a whole.
pub const STREAM_MODULES: usize = 20;
/// Bytes at the beginning of a file among which the first members of a plan are looked for. Terraform writes them first.
pub const PLAN_HEAD: usize = 4_096;
/// Files that the project of a bundle may have. One that says more is broken, and is left out with a problem.
pub const BUNDLE_FILES: u64 = 10_000_000;
/// Bytes of a snapshot of an account, also when it is unpacked: ten thousand roles take some hundreds of megabytes. A larger
/// one is left out with a problem.
pub const SNAPSHOT_BYTES: u64 = 1 << 30;
/// Files that one pattern or directory of snapshots names. With more, none of them is read, with a problem.
pub const SNAPSHOT_FILES: usize = 100_000;
/// Directories inside directories of snapshots. Deeper ones are not looked into.
pub const SNAPSHOT_DEPTH: usize = 32;
/// Times that a policy document of a snapshot is packed as text in text. More often, and it is not read, with a problem.
pub const DOCUMENT_PACKINGS: usize = 4;
/// Bytes of the texts that one bundle quotes, with what is left out. Beyond, a bundle that is written quotes no more, and one
/// that is read is left out with a problem.
pub const BUNDLE_TEXT_BYTES: u64 = 256 << 20;
/// Bytes of a secret with which a bundle is without all texts that hold it. A shorter one is only hidden where it is the
/// whole text.
pub const SECRET_BYTES: usize = 6;
/// Bundles of one run. With more, none of them is read, with a problem.
pub const BUNDLES: usize = 20_000;
/// Links on the way to one file, as few as systems themselves follow. With more, the file is not found.
pub const LINKS: usize = 16;
/// Bytes of the list that `terraform init` keeps; an entry takes some 200. A longer list is not read.
pub const INSTALLED_LIST_BYTES: usize = 4 << 20;
/// Entries of that list. With more, nothing counts as installed.
pub const INSTALLED_MODULES: usize = 4_096;
/// Files of installed modules in a project. With more, nothing counts as installed.
pub const INSTALLED_FILES: usize = 50_000;
/// Directories below an installed module in which its templates and documents are looked for.
pub const INSTALLED_DEPTH: usize = 2;
/// Bytes of all installed modules together: they are other people's code, and all of it would be kept. What is beyond is
/// as if it were not installed.
pub const INSTALLED_BYTES: usize = 128 << 20;
/// Files of the assemblies of CDK in a project that git ignores, and files of code whose age is compared with theirs. What
/// is beyond is not read.
pub const ASSEMBLY_FILES: usize = 20_000;
/// Assemblies nested in one another, one for each stage of a stage. Deeper ones are not read.
pub const ASSEMBLY_DEPTH: usize = 8;

/// Threads for each processor. More of them only wait; with more, so many are used, and that is said.
pub const THREADS_PER_CORE: usize = 2;
/// Problems of one file that are listed. The others are counted.
pub const FILE_PROBLEMS: usize = 20;

// --- Text to trees ---

/// Bytes of the stack of a thread that reads and evaluates. Both recurse; without optimisation, what is nested as deep as
/// is allowed below needs more than the two megabytes that threads usually have.
pub const STACK_BYTES: usize = 16 << 20;
/// Levels of a document of JSON, and of YAML with its aliases expanded. Deeper ones are refused with a problem.
pub const DOCUMENT_DEPTH: usize = 256;
/// Levels of a file of YAML that is read the quick way. Deeper ones are read by the whole parser, which has a bound of its own.
pub const YAML_PLAIN_DEPTH: usize = 64;
/// Bytes of a key of YAML that is read the quick way. The whole parser has a bound of its own, which is little higher.
pub const YAML_PLAIN_KEY: usize = 1_000;
/// Short texts of JSON and YAML that a thread remembers, so that equal ones are kept once. Others are kept again.
pub const TEXTS_SHARED: usize = 512;
/// Bytes of a text that is remembered. Longer ones seldom occur twice.
pub const TEXT_SHARED: usize = 64;
/// What findings say that a thread remembers, so that what many of them say is kept once. Others are kept again.
pub const SAID_SHARED: usize = 256;
/// Parts of ARNs that a thread remembers, so that equal ones are kept once. Others are kept again.
pub const WORDS_SHARED: usize = 256;
/// Bytes of a part of an ARN that is remembered. Longer ones are names, which seldom occur twice.
pub const WORD_SHARED: usize = 24;
/// Nodes that aliases and anchors of one file of YAML copy. Aliases of aliases grow without end; beyond this the file is
/// refused with a problem.
pub const YAML_COPIES: usize = 200_000;
/// Comments of a file of YAML that are not separated from what they follow, for each of which it is read again. With more,
/// the file is refused with its problem.
pub const YAML_GLUED_COMMENTS: usize = 64;
/// Brackets, blocks, operators and directives of HCL inside of one another. The item of a file in which they are nested deeper
/// is refused with a problem.
pub const HCL_DEPTH: usize = 200;
/// Arguments of one body of HCL among which one that is set again is looked for by comparing; of more, their names are
/// collected. Nothing is cut off.
pub const HCL_COMPARED_NAMES: usize = 16;
/// Names of files of HCL that a thread remembers, so that there is one copy of most. Others are kept again.
pub const HCL_SHARED_NAMES: usize = 512;

/// Bytes of a script, pipeline or page that is looked through for commands. What is larger is left out with a problem.
pub const SCRIPT_BYTES: usize = 1 << 20;
/// Commands of a script. What is beyond is not followed.
pub const SCRIPT_COMMANDS: usize = 5_000;
/// Parts of words of a script that are evaluated, and blocks of 64 bytes that are read or searched for them. What is beyond is not known.
pub const SCRIPT_STEPS: usize = 1_000_000;
/// Compound commands, `$(…)` and `${…}` inside of one another in a script. What is deeper is not known.
pub const SCRIPT_DEPTH: usize = 32;

// --- Values of templates ---

/// Expressions inside expressions and references followed, in Terraform and in CloudFormation: a cycle of references
/// ends here. Real chains have some dozens. The stack is large enough for it ([`STACK_BYTES`]).
pub const EXPRESSION_DEPTH: u32 = 150;
/// Expressions evaluated for one root module, or for one template and what it deploys, beyond what is reserved for each
/// declaration: some seconds. The largest public projects need a tenth. When it is met there is a problem at the declaration.
pub const EVALUATION_STEPS: u32 = lowered(4_000_000, 40_000);
/// Expressions that each declaration may evaluate, whatever the others did. Hardly any needs a tenth.
pub const RESERVED_STEPS: u32 = lowered(5_000, 1_000);
/// Expressions that a declaration counts as, beside those that it is made of: it takes memory. Of what cannot be paid for nothing is
/// said.
pub const DECLARATION_STEPS: u32 = 10;
/// Expressions that the declarations of one root module or template evaluate out of what is reserved for them: half a minute.
/// When it is met there is a problem at the declaration.
pub const ALL_RESERVED_STEPS: u32 = 40_000_000;
/// Variables and nodes that are resolved for one service of the Serverless Framework. What is beyond is not known.
pub const SERVICE_VARIABLES: usize = 200_000;
/// Alternatives of one value that are told apart, and combinations of alternatives. Each is written by a condition in the
/// template, so more come from products of conditions, of which most can never be.
pub const CHOICES: usize = 64;
/// Items of a list and instances of a resource that evaluation makes. What is beyond is left out, and the list is open.
pub const ITEMS: usize = 4_096;
/// Pieces, known and unknown in turn, of one text: as many as a list of [`ITEMS`] is joined to.
pub const PIECES: usize = 4 * ITEMS;
/// Bytes of a text that a function makes, or of a template that one renders. Functions of functions double it each time.
pub const TEXT_BYTES: usize = 4 << 20;
/// Values inside of values that are followed. Templates nest a dozen levels; what is deeper stays as it is, and is not
/// known.
pub const VALUE_DEPTH: usize = 64;
/// Values inside of one value, counted as often as they occur. What is shared costs nothing, but whoever walks a value walks all
/// of it, and values of values double each time.
pub const VALUE_NODES: u32 = 100_000;
/// Pairs of values that one function compares where unknown parts let no index help.
pub const COMPARISONS: usize = 200_000;
/// Places tried to fit a text with unknown parts onto a literal one: characters times characters times pieces. With more,
/// whether they can be equal is not known.
pub const FITTING_STEPS: usize = 50_000;
/// Numbers of a list that are compared each with each other to sort it. Longer lists are sorted if all are whole.
pub const SORTED_NUMBERS: usize = 64;
/// Keys of a map that `transpose` makes, each of which is looked for in what is made already.
pub const TRANSPOSED_KEYS: usize = 256;
/// How often two keys of a map may or may not be the same before nothing is said of the whole: each time, both values are
/// kept.
pub const DOUBTFUL_KEYS: usize = 1_000;
/// Blanks that a field is filled or a line indented with. More are for no reader.
pub const FILL_WIDTH: usize = 1_024;
/// Groups inside of groups in a pattern: the reader recurses. What is nested deeper says nothing.
pub const PATTERN_DEPTH: u32 = 100;
/// Bytes of an `AllowedPattern` that is asked what it allows. A longer one says nothing.
pub const PATTERN_LENGTH: usize = 2_000;
/// Bytes of a compiled pattern: `(a{1000}){1000}` is short and would take all memory.
pub const PATTERN_BYTES: usize = 1 << 20;
/// Compiled patterns that are kept for further calls. Others are compiled at each call.
pub const PATTERNS_KEPT: usize = 64;
/// Bytes of a pattern for paths in the configuration. A longer one is refused.
pub const PATH_PATTERN_BYTES: usize = 1_000;
/// What stands around a policy document in a file, as the command line of AWS prints it. What is deeper is no policy.
pub const WRAPPERS: usize = 3;
/// Digits that a number is written with. Numbers of templates are counts, ports and accounts.
pub const NUMBER_LENGTH: usize = 400;
/// Digits behind the point that a number keeps in 128 bits.
pub const NUMBER_SCALE: u32 = 36;

// --- Identities of what is not known ---

/// Origins inside of origins. What is deeper is cut off, and then the same as nothing else.
pub const ORIGIN_DEPTH: u16 = 200;
/// Bytes of the key of a symbol that is made of other keys. A longer one is no identity: the value gets the name of what
/// holds it.
pub const IDENTITY_KEY: usize = 20_000;
/// Bytes of an identity as it is shown. A longer one is shortened, or is none.
pub const IDENTITY_LENGTH: usize = 300;
/// Values inside of values that are part of an identity. With more there is none.
pub const IDENTITY_DEPTH: u32 = 8;

// --- Policy documents of templates ---

/// Levels of lists and choices around the entries of a policy document. AWS allows no nesting at all; templates build
/// some.
pub const POLICY_DEPTH: usize = 16;
/// Statements of a document that is put together, blocks of one type in it, and policies of one list. AWS stores no
/// policy that long. What is beyond is left out, and the list is open.
pub const POLICY_STATEMENTS: usize = 1_000;
/// Entries of all statements of such a document together, which may each be as long as a list is.
pub const POLICY_ENTRIES: usize = 100_000;

// --- Terraform ---

/// Modules inside modules; real ones nest five deep. What is called deeper is not evaluated, with a problem.
pub const MODULE_DEPTH: usize = 24;
/// Instances of modules that one root module makes, beyond what is reserved for each of its calls. What is beyond is not
/// evaluated, with a problem.
pub const MODULE_INSTANCES: u32 = lowered(20_000, 60);
/// Instances of modules that each call of a root module may make, whatever the others did.
pub const RESERVED_INSTANCES: u32 = lowered(256, 8);
/// Configurations of Terragrunt that include or read others, and stacks inside stacks.
pub const TERRAGRUNT_DEPTH: usize = 8;
/// Units that all stacks of a project make. What is beyond is not evaluated.
pub const TERRAGRUNT_UNITS: usize = 4_096;
/// States one after another of which each takes from the one before. All roots are evaluated again for each; what a longer
/// chain would bring stays unknown.
pub const STATE_PASSES: usize = 4;
/// References in a plan that are followed through variables and outputs of modules.
pub const PLAN_REFERENCES: usize = 64;
/// Resources of a plan that say of what account its unit is. One is enough; some more show a contradiction.
pub const PLAN_HINTS: usize = 16;

// --- Several deployments of one template ---

/// Files of parameters or variables that make deployments of their own of one template or root module. What is beyond is
/// not evaluated.
pub const DEPLOYMENT_FILES: usize = 16;
/// Accounts and regions to which one manifest or stack set deploys a template, each of which is a unit of its own. What is
/// beyond is not evaluated.
pub const DEPLOYMENTS: usize = 64;

// --- CloudFormation ---

/// Stacks in stacks, and stack sets in them. CloudFormation itself has a quota on operations, not on depth.
pub const STACK_DEPTH: usize = 8;
/// Stacks that one template deploys, itself included. What is beyond is not evaluated, with a problem.
pub const STACKS: usize = lowered(1_000, 20) as usize;
/// Members that the loops in one section of a template make; CloudFormation itself allows 500 resources and 200 outputs. What
/// is beyond is not read, with a problem at the loop.
pub const LOOPED_MEMBERS: usize = lowered(2_000, 100) as usize;
/// Pieces of one text of CloudFormation, where each resource puts its texts together anew. Fewer than [`PIECES`] of Terraform,
/// which keeps the values that are used often.
pub const TEMPLATE_PIECES: usize = 512;
/// Loops inside loops. CloudFormation itself allows no more.
pub const LOOP_DEPTH: usize = 5;
/// Rounds of one loop. What is beyond is left out.
pub const LOOP_ROUNDS: usize = 256;
/// References in the text of one `Fn::Sub`. More are left as they are written.
pub const SUB_REFERENCES: usize = 256;
/// Allowed values of a parameter that are kept as a choice. With more the value is only unknown.
pub const ALLOWED_VALUES: usize = 16;
/// Bytes of a file that sets parameters. A larger one sets none.
pub const PARAMETER_FILE_BYTES: usize = 1 << 20;
/// Files that are included by included files. Deeper ones are not included.
pub const INCLUDE_DEPTH: usize = 4;
/// Files that one template includes. More are not included.
pub const INCLUDED_FILES: usize = 64;
/// Destinations of one connector of SAM. More are not connected.
pub const CONNECTOR_DESTINATIONS: usize = 64;
/// Files of a project that are read as manifests of what deploys its templates. More are not read.
pub const MANIFESTS: usize = 256;
/// Lists inside of lists in the targets of a pipeline. Deeper targets are not read.
pub const TARGET_DEPTH: usize = 4;

// --- Requests and conditions: beyond these the answer is unknown ---

/// States that the comparison of two patterns visits.
pub const GLOB_STATES: usize = 20_000;
/// Pairs of positions in two patterns which are noted when they are compared: the product of their lengths.
pub const GLOB_PAIRS: usize = 1 << 24;
/// Bytes of a text that is compared the quick way, which has no bound of its own. Longer ones go the general way.
pub const GLOB_LENGTH: usize = 4_096;
/// Statements from which on a policy is searched by what they list, and not one by one.
pub const LONG_POLICY: usize = 16;
/// Combinations of statements that allow a request together which are tried.
pub const COMBINATIONS: usize = 1_000;
/// Denials that are looked at together.
pub const DENIALS: usize = 64;
/// Ways to get round several denials which are tried one by one.
pub const EVASIONS: usize = 1_000;
/// Values of one condition key that are compared with one another. No policy that AWS stores has as many.
pub const CONDITION_VALUES: usize = 2_000;
/// Partly unknown condition keys that are told apart; one more is taken for a key of its own.
pub const CONDITION_KEYS: usize = 100;
/// Conditions that are asked together whether one of them needs a key to be there.
pub const CONDITIONS: usize = 1_000;
/// Conditions of one statement that are tried in pairs for a contradiction.
pub const CONTRADICTIONS: usize = 64;
/// Ranges of addresses that several conditions leave together.
pub const ADDRESS_RANGES: usize = 4_096;
/// Bytes of an unpacked block of our own table of managed policies; all are far smaller. A larger one is refused.
pub const MANAGED_BLOCK_BYTES: usize = 1 << 20;

/// Letters and digits of a name with which a pattern is one for something in particular; with fewer, nothing is said of it.
pub const PARTICULAR_LETTERS: usize = 4;
/// Declared roles or resources that one pattern of a permission is compared with. Of more, nothing is said.
pub const PATTERN_TARGETS: usize = 256;
/// Requests of all roles and users of an account by which a grant to the account is judged. Of more, nothing is said.
pub const ACCOUNT_REQUESTS: usize = 20_000;
/// Roles and users of an account among which the one is looked for that comes nearest to using a grant.
pub const PRINCIPALS_EXPLAINED: usize = 64;
/// Identities of a snapshot that are read because one pattern, or their account as a whole, is named. Of more, none is.
pub const IDENTITIES_READ: usize = 2_000;
/// Letters of a text that may be a name or an ARN; longer ones are neither.
pub const NAME_LETTERS: usize = 2_048;
/// Declarations of one identity or target which are looked at one by one; of more, nothing is certain.
pub const DECLARATIONS: usize = 16;

/// Names of one account that are compared with a name that is declared nowhere. With more, what is left out may be it.
pub const NAMES_COMPARED: usize = 2_000;

// --- Paths from role to role ---

/// Roles one after another on a path. Longer paths are not looked for.
pub const PATH_ROLES: usize = 6;
/// Roles that are looked at from one start.
pub const PATH_SEARCH: usize = 256;
/// Questions whether one role can assume another one that a search for paths asks. What is beyond is not looked at.
pub const PATH_QUESTIONS: usize = 16_384;

// --- What is shown ---

/// Statements of one sort that a verdict shows; the first say enough.
pub const WITNESSES: usize = 3;
/// Names that a message lists. The others are counted.
pub const NAMES_LISTED: usize = 4;
/// Targets of which a finding shows both sides. The others are counted.
pub const LABELLED_TARGETS: usize = 4;
/// Actions that a finding underlines.
pub const LABELLED_ACTIONS: usize = 8;
/// Answers that `access` lists, and actions that it asks for at once. The others are counted.
pub const ANSWERS_LISTED: usize = 200;
/// Braces around a principal that may be those of its statement: `principals = [{ identifiers = [principal] }]`. A condition that
/// is written further out is not looked for.
pub const BRACES_AROUND: usize = 3;
/// Characters before and behind a principal in which its braces are looked for.
pub const NEAR_PRINCIPAL: usize = 20_000;
/// Bytes of a call that a reason shows as it is written. Of a longer one the name is shown.
pub const SHOWN_CALL: usize = 80;
/// Bytes of a line that is drawn. A longer one comes from a machine, and its end would push all else off the screen.
pub const LINE_LENGTH: u32 = 1_000;
/// Lines of a place that are drawn. A place over more is marked on its first line only.
pub const LINES_DRAWN: usize = 8;
/// Lines of a statement that is shown of a snapshot. Of a longer one the marked line is shown with those around it.
pub const EXCERPT_LINES: usize = 24;
/// Lines between the primary place and one above it in the same file that are drawn in one piece. One further up is drawn
/// below the primary place, which comes first.
pub const LINES_BESIDE: usize = 12;
/// Results of one run in SARIF: code scanning keeps no more. The others are counted in a notice.
pub const SARIF_RESULTS: usize = 5_000;
/// Characters of a description in SARIF; code scanning cuts them at 1,024.
pub const SARIF_DESCRIPTION: usize = 1_000;
/// Annotations of each kind in the format `github`: a step of GitHub Actions shows no more. The others are listed as lines.
pub const ANNOTATIONS: usize = 10;
/// Characters of an annotation; GitHub Actions cuts them at 4,096.
pub const ANNOTATION_CHARACTERS: usize = 4_000;
/// Bytes of a report in Markdown: GitHub takes no summary of more than 1 MiB. Findings that have no room are counted.
pub const SUMMARY_BYTES: usize = 1_000_000;
/// Accesses of a picture. Those beyond are counted.
pub const PICTURE_EDGES: usize = 50_000;
/// Questions that are asked about an access of a picture: the first actions of it.
pub const PICTURE_QUESTIONS: usize = 8;
/// Edges of a picture in mermaid, which draws 500. One with more shows the accounts, or else the worst edges.
pub const MERMAID_EDGES: usize = 480;
/// Characters of it, of which mermaid reads 50,000.
pub const MERMAID_CHARACTERS: usize = 45_000;
/// Edges that the drawing of a page has for themselves. One with more shows the accounts; the table has all.
pub const DRAWN_EDGES: usize = 250;
/// Characters of the name of a security finding of GitLab, which takes no more than 255.
pub const SAST_NAME: usize = 255;
/// Characters of its description, of which GitLab takes no more than 1,048,576.
pub const SAST_DESCRIPTION: usize = 100_000;
/// Characters of what to do about it, of which GitLab takes no more than 7,000.
pub const SAST_SOLUTION: usize = 7_000;

// --- What an editor is told ---

/// Milliseconds without a key after which an edit is analyzed. Less would analyze words that are half typed.
pub const EDIT_PAUSE: u64 = 60;
/// Lines of each list of a hover. What is beyond is counted.
pub const HOVER_LINES: usize = 12;

// --- Changes of text ---

/// Rounds of fixes, each of which judges the changed texts again. What is left then is mended by the next run.
pub const FIX_ROUNDS: usize = 10;
/// Lines of both versions that are passed together until a diff goes on alike. With more, the rest of the file is shown as changed.
pub const DIFF_LINES: usize = 1_000;
/// Bytes of the line that git writes before the bytes of a file that is staged. With more, it was not understood, and the file is not read.
pub const GIT_ANSWER: usize = 200;

// --- What other files say of accounts ---

/// Bytes of a file that is read for what it says of accounts. A larger one is data, and says nothing.
pub const EVIDENCE_BYTES: usize = 1 << 20;
/// Workflows and other pipelines of a project. What is beyond says nothing.
pub const EVIDENCE_PIPELINES: usize = 500;
/// Jobs of all pipelines, one for each row of a matrix and each call. What is beyond says nothing.
pub const EVIDENCE_JOBS: usize = 5_000;
/// Rows of the matrix of one job; GitHub runs no more than 256. What is beyond says nothing.
pub const EVIDENCE_ROWS: usize = 256;
/// Workflows that call workflows, and variables that name variables. What is deeper says nothing.
pub const EVIDENCE_CALLS: usize = 4;
/// Jobs that one job of GitLab CI extends. GitLab allows 11 levels.
pub const EVIDENCE_EXTENDED: usize = 32;
/// Names of accounts that one file gives. What is beyond is left out.
pub const EVIDENCE_NAMES: usize = 4_096;
/// Bytes of the name of an account. A longer one is a sentence.
pub const EVIDENCE_NAME: usize = 64;
/// Bytes of the name of a role that may be known again by it. Shorter ones are those of many roles.
pub const EVIDENCE_ROLE_NAME: usize = 12;
/// Words of the name of an account. More are a sentence.
pub const EVIDENCE_WORDS: usize = 6;
/// Witnesses behind a line of a proposed configuration. More would not be read.
pub const WITNESSES_SHOWN: usize = 3;
/// Accounts of policies that a proposed configuration lists. What is beyond is counted.
pub const OTHERS_SHOWN: usize = 40;
