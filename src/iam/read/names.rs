//! Principals as texts.
//!
//! A text that is partly unknown is refused only when its known part proves it wrong.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use crate::iam::arn::{Arn, is_account_id};
use crate::iam::principal::{BUILT_IN_PROVIDERS, Invalid, Principal};
use crate::value::{Class, PieceKind, Text};

/// What a text means, when nothing is wrong with it.
enum Meant {
    /// The whole text.
    Whole(fn(Text) -> Principal),
    /// What its parts name.
    Parts(Principal),
}

const UNKNOWN: Meant = Meant::Whole(Principal::Unknown);

/// The principal a text means under a key of the `Principal` element.
pub(super) fn principal(kind: &str, text: &Text) -> Principal {
    match meant(kind, text) {
        Ok(Meant::Whole(principal)) => principal(text.clone()),
        Ok(Meant::Parts(principal)) => principal,
        Err(invalid) => Principal::Invalid(invalid),
    }
}

/// The only kind under which a text is a principal, when there is one.
pub fn belongs_under(text: &Text) -> Option<&'static str> {
    let mut kinds = super::principals::KINDS.iter().copied();
    let is_valid =
        |kind: &&str| !matches!(principal(kind, text), Principal::Invalid(_) | Principal::Unknown(_));
    let right = kinds.find(is_valid)?;
    kinds.all(|kind| !is_valid(&kind)).then_some(right)
}

fn meant(kind: &str, text: &Text) -> Result<Meant, Invalid> {
    if let Some(invalid) = untidy(text) {
        return Err(invalid);
    }
    // `${` in a literal is a reference that nobody resolved, which is not the principal's fault.
    if text.as_symbol().is_some() || text.joined().has("${") {
        return Ok(UNKNOWN);
    }
    match kind {
        "AWS" => aws(text),
        "Service" => service(text),
        "Federated" => federated(text),
        "CanonicalUser" => canonical(text),
        _ => Ok(UNKNOWN),
    }
}

fn invalid(reason: impl Into<String>, help: impl Into<String>) -> Result<Meant, Invalid> {
    Err(Invalid { reason: reason.into(), help: help.into(), placeholder: false })
}

/// A principal that somebody still has to fill in.
fn placeholder(written: &str, help: &str) -> Invalid {
    Invalid { reason: format!("`{written}` is a placeholder"), help: help.to_owned(), placeholder: true }
}

fn literals(text: &Text) -> impl Iterator<Item = &str> {
    text.pieces().iter().filter_map(|piece| match &piece.kind {
        PieceKind::Literal(part) => Some(&**part),
        PieceKind::Symbol(_) | PieceKind::Json(_) => None,
    })
}

fn has(text: &Text, wanted: impl Fn(char) -> bool) -> bool {
    literals(text).any(|part| part.contains(&wanted))
}

fn untidy(text: &Text) -> Option<Invalid> {
    let ends = |piece: Option<&crate::value::Piece>, end: fn(&str) -> bool| {
        piece.is_some_and(|piece| matches!(&piece.kind, PieceKind::Literal(part) if end(part)))
    };
    let pieces = text.pieces();
    let (reason, help) = if text.is_empty() {
        ("an empty string matches no principal", "set a principal, or remove it")
    } else if ends(pieces.first(), |part| part.starts_with(char::is_whitespace))
        || ends(pieces.last(), |part| part.ends_with(char::is_whitespace))
    {
        ("a principal cannot begin or end with white space", "remove the white space")
    } else {
        return None;
    };
    Some(Invalid { reason: reason.to_owned(), help: help.to_owned(), placeholder: false })
}

const WILDCARD_HELP: &str =
    "use the account as principal and restrict it with an `ArnLike` condition on `aws:PrincipalArn`";

fn aws(text: &Text) -> Result<Meant, Invalid> {
    if text.splitn(2, ':').first().is_some_and(|first| first.is_literally("arn")) {
        return arn(text).map_or_else(|| short(text), aws_arn);
    }
    if has(text, |c| matches!(c, '*' | '?')) && !text.is_literally("*") {
        return invalid("principals cannot contain wildcards", WILDCARD_HELP);
    }
    match text.as_literal() {
        Some(literal) => aws_literal(&literal),
        None => Ok(UNKNOWN),
    }
}

fn aws_literal(literal: &str) -> Result<Meant, Invalid> {
    const ARN_HELP: &str = "write an account ID, or an ARN such as `arn:aws:iam::111122223333:role/name`";
    if literal == "*" {
        return Ok(Meant::Parts(Principal::Everyone));
    }
    if is_account_id(literal) {
        return Ok(Meant::Whole(|account| Principal::Account { account }));
    }
    if is_counted(literal) {
        return Err(placeholder(literal, ARN_HELP));
    }
    if literal.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        let digits = literal.bytes().filter(u8::is_ascii_digit).count();
        let reason = if literal.contains('-') {
            "account IDs have no dashes".to_owned()
        } else {
            format!("account IDs have 12 digits, this one has {digits}")
        };
        return invalid(reason, "write the 12 digits of the account ID in quotes");
    }
    if let Some(unique) = unique_id(literal) {
        return unique;
    }
    if is_hex(literal) && literal.len() >= 64 {
        return invalid("a canonical user ID belongs under `CanonicalUser`", "move it to `CanonicalUser`");
    }
    if BUILT_IN_PROVIDERS.contains(&literal) {
        return invalid("an identity provider belongs under `Federated`", "move it to `Federated`");
    }
    if literal.ends_with(".amazonaws.com") || literal.ends_with(".amazonaws.com.cn") {
        return invalid("a service principal belongs under `Service`", "move it to `Service`");
    }
    if is_placeholder(literal) {
        return Err(placeholder(literal, ARN_HELP));
    }
    if literal.starts_with("aws:") || literal.starts_with("iam::") || literal.starts_with("sts::") {
        return invalid("ARNs begin with `arn:`", ARN_HELP);
    }
    invalid(format!("`{literal}` is neither an account ID nor an ARN"), ARN_HELP)
}

fn unique_id(literal: &str) -> Option<Result<Meant, Invalid>> {
    let known = literal.get(..4)?;
    let rest = literal.get(4..)?;
    let id = rest.len() >= 12 && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if !id {
        return None;
    }
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
    let what = match known {
        "AROA" | "AIDA" => return Some(Ok(Meant::Whole(Principal::UniqueId))),
        "AGPA" => "groups",
        "ANPA" => "managed policies",
        "AIPA" => "instance profiles",
        "AKIA" | "ASIA" => "access keys",
        _ => return None,
    };
    Some(invalid(format!("{what} cannot be principals"), "use a role, a user or an account"))
}

/// A text that begins with `arn:`, in six fields.
fn arn(text: &Text) -> Option<Arn> {
    Arn::parse(text)
}

/// An ARN with too few fields.
fn short(text: &Text) -> Result<Meant, Invalid> {
    if text.as_literal().is_none() {
        return Ok(UNKNOWN);
    }
    invalid(
        "the ARN has fewer than six fields separated by colons",
        "write `arn:aws:iam::111122223333:role/name`, with two colons before the account",
    )
}

fn aws_arn(arn: Arn) -> Result<Meant, Invalid> {
    let Some(service) = checked_head(&arn)? else { return Ok(UNKNOWN) };
    if service.is_empty() {
        return invalid(
            "the ARN has no service",
            "write `arn:aws:iam::111122223333:role/name`, with one colon before the service and two before the account",
        );
    }
    if service != "iam" && service != "sts" {
        return invalid(
            format!("`{service}` ARNs cannot be principals"),
            "use a role, a user or an account; service principals belong under `Service`",
        );
    }
    if arn.account.is_literally("cloudfront") && service == "iam" {
        // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
        return Ok(Meant::Whole(Principal::Service));
    }
    if let Some(invalid) = bad_account(&arn.account) {
        return Err(invalid);
    }
    named(arn, &service)
}

/// Checks partition and region, and returns the service; `None` when it is not known.
fn checked_head(arn: &Arn) -> Result<Option<String>, Invalid> {
    let refuse =
        |reason: String, help: &str| Err(Invalid { reason, help: help.to_owned(), placeholder: false });
    for field in [&arn.partition, &arn.service, &arn.region, &arn.account, &arn.resource] {
        if has(field, |c| matches!(c, '*' | '?')) {
            return refuse("principals cannot contain wildcards".to_owned(), WILDCARD_HELP);
        }
    }
    if let Some(partition) = arn.partition.as_literal()
        && partition != "aws"
        && !partition.starts_with("aws-")
    {
        return refuse(format!("partition `{partition}` does not exist"), "begin the ARN with `arn:aws:`");
    }
    let Some(service) = arn.service.as_literal() else { return Ok(None) };
    let region = arn.region.as_literal();
    let has_region = match &region {
        Some(region) => !region.is_empty(),
        None => arn.region.symbols().any(|symbol| symbol.class == Class::Region),
    };
    if has_region && (service == "iam" || service == "sts") {
        if region.as_deref().is_some_and(is_account_id) {
            return refuse(
                format!("the account ID is in the place of the region; `{service}` ARNs have no region"),
                "put two colons before the account and one after it",
            );
        }
        return refuse(
            format!("`{service}` ARNs have no region"),
            "leave the field before the account empty",
        );
    }
    Ok(Some(service.into_owned()))
}

/// Why the field cannot be an account id, if its known part proves it.
fn bad_account(account: &Text) -> Option<Invalid> {
    const HELP: &str = "write the 12 digits of the account ID";
    let refuse = |reason: String| Some(Invalid { reason, help: HELP.to_owned(), placeholder: false });
    let literal = account.as_literal()?;
    if is_account_id(&literal) {
        return None;
    }
    if literal.is_empty() {
        return refuse("the ARN has no account ID".to_owned());
    }
    if is_counted(&literal) {
        return Some(placeholder(&literal, HELP));
    }
    let fills = |char: char| matches!(char, '/' | '-' | '_' | '.' | '0');
    if is_placeholder(&literal) || literal.chars().all(fills) {
        return Some(placeholder(&literal, HELP));
    }
    if literal.bytes().all(|byte| byte.is_ascii_digit()) {
        return refuse(format!("account IDs have 12 digits, this one has {}", literal.len()));
    }
    refuse(format!("`{literal}` is not an account ID"))
}

fn named(arn: Arn, service: &str) -> Result<Meant, Invalid> {
    let account = arn.account;
    if arn.resource.is_literally("root") && service == "iam" {
        return Ok(Meant::Parts(Principal::Account { account }));
    }
    if arn.resource.is_literally("root") {
        return invalid("`root` belongs to `iam`, not `sts`", "replace `sts` with `iam`");
    }
    let mut parts = arn.resource.splitn(2, '/').into_iter();
    let (Some(kind), name) = (parts.next(), parts.next()) else { return Ok(UNKNOWN) };
    let Some(kind) = kind.as_literal() else { return Ok(UNKNOWN) };
    let Some(name) = name else {
        return invalid(
            format!("`{}` is not the name of a principal", arn.resource),
            "write `root`, `role/name` or `user/name` after the account",
        );
    };
    if let Some(invalid) = bad_name(&name) {
        return Err(invalid);
    }
    Ok(Meant::Parts(match (service, &*kind) {
        ("iam", "role") => Principal::Role { account, name },
        ("iam", "user") => Principal::User { account, name },
        ("sts", "federated-user") => Principal::FederatedUser { account, name },
        ("sts", "assumed-role") => return session(account, &name),
        (_, kind) => return not_a_principal(service, kind),
    }))
}

fn session(account: Text, rest: &Text) -> Result<Meant, Invalid> {
    let mut parts = rest.splitn(2, '/').into_iter();
    match (parts.next(), parts.next()) {
        (Some(role), Some(session)) => {
            let session = Box::new(session);
            Ok(Meant::Parts(Principal::RoleSession { account, role, session }))
        }
        (Some(role), None) if rest.as_literal().is_none() => {
            // The unknown part may hold both names.
            let session = Box::new(role.clone());
            Ok(Meant::Parts(Principal::RoleSession { account, role, session }))
        }
        _ => invalid(
            "an `assumed-role` ARN needs a role and a session name",
            "use the role itself: `arn:aws:iam::111122223333:role/name`",
        ),
    }
}

fn not_a_principal(service: &str, kind: &str) -> Result<Meant, Invalid> {
    let (what, help) = match kind {
        "group" => ("groups cannot be principals", "list the users or roles, or use the account"),
        "policy" => ("managed policies cannot be principals", "use a role, a user or an account"),
        "instance-profile" => {
            ("instance profiles cannot be principals", "use the role of the instance profile")
        }
        "oidc-provider" | "saml-provider" => {
            ("an identity provider belongs under `Federated`", "move it to `Federated`")
        }
        "mfa" | "server-certificate" => {
            ("only roles, users and accounts can be principals", "use one of these")
        }
        "role" | "user" => ("role and user ARNs belong to `iam`, not `sts`", "replace `sts` with `iam`"),
        "assumed-role" | "federated-user" => {
            ("session ARNs belong to `sts`, not `iam`", "replace `iam` with `sts`")
        }
        _ => {
            return invalid(
                format!("`{kind}` of `{service}` cannot be a principal"),
                "write `root`, `role/name` or `user/name` after the account",
            );
        }
    };
    invalid(what, help)
}

/// Names and paths: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
fn bad_name(name: &Text) -> Option<Invalid> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@-_/".contains(c) || ('!'..='~').contains(&c);
    let refuse =
        |reason: String, help: &str| Some(Invalid { reason, help: help.to_owned(), placeholder: false });
    if name.is_empty() {
        return refuse("the name is missing".to_owned(), "write the name after the slash");
    }
    if has(name, |c| matches!(c, '<' | '>')) {
        return Some(placeholder(&name.to_string(), "write the name"));
    }
    if has(name, |c| !allowed(c)) {
        return refuse(
            format!("`{name}` has a character that names cannot have"),
            "names have letters, digits and `+=,.@-_`",
        );
    }
    None
}

fn service(text: &Text) -> Result<Meant, Invalid> {
    const HELP: &str = "write the service's principal, such as `lambda.amazonaws.com`";
    if text.is_literally("*") {
        return invalid("`*` is not allowed as a service", HELP);
    }
    if has(text, |c| matches!(c, '*' | '?')) {
        return invalid("service principals cannot contain wildcards", HELP);
    }
    if text.begins_with("arn:") || text.as_literal().is_some_and(|literal| is_account_id(&literal)) {
        return invalid("an account, role or user belongs under `AWS`", "move it to `AWS`");
    }
    if let Some(literal) = text.as_literal() {
        // The names of services are in lower case, and some speak of accounts: `account.amazonaws.com`.
        if is_placeholder(&literal)
            && literal.contains(|c: char| !(c.is_ascii_lowercase() || ".-".contains(c)))
        {
            return Err(placeholder(&literal, HELP));
        }
        if !literal.contains('.') {
            let help = format!("write it in full: `{literal}.amazonaws.com`");
            return invalid(format!("`{literal}` is not a service principal"), help);
        }
    }
    Ok(Meant::Whole(Principal::Service))
}

fn federated(text: &Text) -> Result<Meant, Invalid> {
    const HELP: &str = "write the ARN of the provider: `arn:aws:iam::111122223333:oidc-provider/host`";
    if let Some(literal) = text.as_literal() {
        if BUILT_IN_PROVIDERS.contains(&&*literal) {
            return Ok(Meant::Whole(Principal::BuiltInProvider));
        }
        if !literal.starts_with("arn:") {
            return invalid(format!("`{literal}` is not the ARN of an identity provider"), HELP);
        }
    }
    let Some(arn) = arn(text) else {
        let begins = text.splitn(2, ':').first().is_some_and(|first| first.is_literally("arn"));
        return if begins { short(text) } else { Ok(UNKNOWN) };
    };
    let Some(service) = checked_head(&arn)? else { return Ok(UNKNOWN) };
    if service != "iam" {
        return invalid(format!("`{service}` ARNs are not identity providers"), HELP);
    }
    if let Some(invalid) = bad_account(&arn.account) {
        return Err(invalid);
    }
    provider(arn).unwrap_or_else(|| invalid("this is not the ARN of an identity provider", HELP))
}

fn provider(arn: Arn) -> Option<Result<Meant, Invalid>> {
    let mut parts = arn.resource.splitn(2, '/').into_iter();
    let account = arn.account;
    let kind = parts.next()?;
    let Some(kind) = kind.as_literal() else { return Some(Ok(UNKNOWN)) };
    let name = parts.next().filter(|name| !name.is_empty())?;
    match &*kind {
        "oidc-provider" => {
            if literals(&name).next().is_some_and(|first| first.starts_with("http"))
                && has(&name, |c| c == ':')
            {
                return Some(invalid(
                    "OIDC provider ARNs contain no `https://`",
                    "remove `https://` after `oidc-provider/`",
                ));
            }
            Some(Ok(Meant::Parts(Principal::Oidc { account, issuer: name })))
        }
        "saml-provider" => Some(Ok(Meant::Parts(Principal::Saml { account, name }))),
        "role" | "user" => Some(invalid(format!("a {kind} belongs under `AWS`"), "move it to `AWS`")),
        _ => None,
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/finding-canonical-user-id.html>
fn canonical(text: &Text) -> Result<Meant, Invalid> {
    const HELP: &str =
        "write the canonical user ID, which is a long hexadecimal number, or move the account to `AWS`";
    let is_stand_in =
        |literal: &str| is_placeholder(literal) || literal.to_ascii_uppercase().contains("CANONICAL");
    match text.as_literal() {
        Some(literal) if !is_hex(&literal) && is_stand_in(&literal) => Err(placeholder(&literal, HELP)),
        Some(literal) if !is_hex(&literal) => {
            invalid(format!("`{literal}` is not a canonical user ID"), HELP)
        }
        _ => Ok(Meant::Whole(Principal::CanonicalUser)),
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether somebody forgot to put in the real thing: `ACCOUNT_ID`, `<account-id>`, `123456789xxx`, `e.g. 123456789012`.
pub fn is_placeholder(text: &str) -> bool {
    // What build scripts fill in: `##ACCOUNT##`, `@@account@@`, `__account__`, `%ACCOUNT%`.
    let is_marked =
        |mark: &str| text.len() > 2 * mark.len() && text.starts_with(mark) && text.ends_with(mark);
    let upper = text.to_ascii_uppercase();
    text.contains(['<', '>', '{', '}', '[', ']'])
        || ["#", "@", "__", "%"].into_iter().any(is_marked)
        || text.contains(' ') && text.contains(|c: char| c.is_ascii_alphabetic())
        || ["ACCOUNT", "YOUR", "XXXX", "PLACEHOLDER", "REPLACE", "CHANGEME", "DUMMY"]
            .iter()
            .any(|word| upper.contains(word))
}

/// Whether digits only count, as nobody's account ID does: `1234567890`, but not the 12 digits that are an account ID.
fn is_counted(text: &str) -> bool {
    let is_next = |(at, digit): (usize, u8)| digit == b'0' + u8::try_from((at + 1) % 10).unwrap_or_default();
    text.len() >= 6 && text.len() != 12 && text.bytes().enumerate().all(is_next)
}
