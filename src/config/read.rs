//! TOML text to [`Config`]. Walks the tree by hand, so that all mistakes are found at once and each has a place.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{
    AccountsFile, Config, ConfigAccount, ConfigError, ConfigIgnore, ConfigSnapshot, ConfigTenant,
    ConfigVendor, Covered, Level, PathGlob, Selectors, Tier, day, is_account_id, suggestion,
};
use crate::iam::data::{Tenant, shared_oidc_issuer};
use crate::walk::terraform::{self, Deployment, Mapping, Told};

mod check;
mod policies;
mod stacks;

type Value<'i> = Spanned<DeValue<'i>>;

pub(super) fn read(text: &str, rules: Selectors<'_>) -> Result<Config, Vec<ConfigError>> {
    let mut reader = Reader { text, rules, errors: Vec::new() };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        reader.syntax(&error);
    }
    let mut config = Config::default();
    // A file with syntax errors is read no further: what the recovery makes of it would only mislead.
    if reader.errors.is_empty() {
        reader.root(table.get_ref(), &mut config);
    }
    if reader.errors.is_empty() {
        return Ok(config);
    }
    reader.errors.sort_by_key(|error| (error.line, error.column));
    reader.errors.dedup();
    Err(reader.errors)
}

struct Reader<'a> {
    text: &'a str,
    rules: Selectors<'a>,
    errors: Vec<ConfigError>,
}

impl Reader<'_> {
    fn place(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset.min(self.text.len())).unwrap_or(self.text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }

    fn error(&mut self, span: Range<usize>, message: impl Into<String>) {
        let (line, column) = self.place(span.start);
        self.errors.push(ConfigError { line, column, message: message.into() });
    }

    fn syntax(&mut self, error: &toml::de::Error) {
        let span = error.span().unwrap_or(0..0);
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let rest = self.text.get(span.start..).unwrap_or_default();
        let key = line.split('=').next().unwrap_or_default().trim();
        let digits = rest.trim_start().starts_with(|c: char| c.is_ascii_digit())
            || line.trim_end().ends_with(|c: char| c.is_ascii_digit());
        let message = if (key == "id" || key == "ids") && digits {
            "an account id is a string, since a leading zero would be lost; write it in quotes".to_owned()
        } else {
            error.message().to_owned()
        };
        self.error(span, message);
    }

    fn root(&mut self, root: &DeTable<'_>, config: &mut Config) {
        const KEYS: &[&str] = &[
            "organization",
            "accounts",
            "vendors",
            "terraform",
            "cloudformation",
            "snapshot",
            "policy",
            "imports",
            "check",
            "rules",
            "ignore",
        ];
        for (key, value) in ordered(root) {
            match key.get_ref().as_ref() {
                "organization" => self.organization(value, config),
                "accounts" => self.accounts(value, config),
                "vendors" => self.vendors(value, config),
                "terraform" => self.terraform(value, config),
                "cloudformation" => self.cloudformation(value, config),
                "snapshot" => self.snapshots(value, config),
                "policy" => self.policies(value, config),
                "imports" => self.imports(value, config),
                "check" => self.check(value, config),
                "rules" => self.levels(value, config),
                "ignore" => self.ignores(value, config),
                _ => self.unknown(key, KEYS),
            }
        }
        self.same_ids(root, config);
        self.same_aliases(root, config);
        let aliases = config.accounts.iter().flat_map(|account| &account.aliases);
        let terms = aliases.chain(&config.maps).filter_map(|written| terraform::expression(written));
        config.inputs.terraform.terms = terms.map(Arc::from).collect();
    }

    fn unknown(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, known: &[&str]) {
        let name = key.get_ref();
        let near = suggestion(name, known.iter().copied());
        self.error(key.span(), format!("there is no key `{name}` here{near}"));
    }

    fn table<'v, 'i>(&mut self, value: &'v Value<'i>, what: &str) -> Option<&'v DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            let found = value.get_ref().type_str();
            self.error(value.span(), format!("{what} is a table, not {}", article(found)));
        }
        table
    }

    fn string(&mut self, value: &Value<'_>, what: &str) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            let found = value.get_ref().type_str();
            self.error(value.span(), format!("{what} is a string, not {}", article(found)));
        }
        text
    }

    fn strings(&mut self, value: &Value<'_>, what: &str) -> Vec<(String, Range<usize>)> {
        if value.get_ref().is_str() {
            return self.string(value, what).map(|text| (text, value.span())).into_iter().collect();
        }
        let Some(items) = value.get_ref().as_array() else {
            let found = value.get_ref().type_str();
            self.error(value.span(), format!("{what} is a list of strings, not {}", article(found)));
            return Vec::new();
        };
        let text = |item: &Value<'_>| Some((self.string(item, what)?, item.span()));
        items.iter().filter_map(text).collect()
    }

    fn organization(&mut self, value: &Value<'_>, config: &mut Config) {
        let Some(table) = self.table(value, "`organization`") else { return };
        for (key, value) in ordered(table) {
            match key.get_ref().as_ref() {
                "id" => {}
                "oidc" => {
                    for (written, span) in self.strings(value, "`organization.oidc`") {
                        config.tenants.extend(self.tenant(&written, span));
                    }
                    continue;
                }
                _ => {
                    self.unknown(key, &["id", "oidc"]);
                    continue;
                }
            }
            let Some(id) = self.string(value, "an organization id") else { continue };
            // https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html
            let rest = id.strip_prefix("o-").unwrap_or_default();
            let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            if (10..=32).contains(&rest.len()) && rest.chars().all(legal) {
                config.organization = Some(id);
                config.organization_range = (value.span().start, value.span().end);
            } else {
                self.error(value.span(), format!("`{id}` is not an organization id, such as `o-a1b2c3d4e5`"));
            }
        }
    }

    /// Reads `github:acme`, or the issuer itself in place of its short name.
    fn tenant(&mut self, written: &str, span: Range<usize>) -> Option<ConfigTenant> {
        const SHORT: [(&str, &str); 4] = [
            ("github", "token.actions.githubusercontent.com"),
            ("gitlab", "gitlab.com"),
            ("terraform", "app.terraform.io"),
            ("buildkite", "agent.buildkite.com"),
        ];
        let (provider, name) = written.split_once(':').unwrap_or((written, ""));
        let issuer =
            SHORT.iter().find(|(short, _)| *short == provider).map_or(provider, |(_, issuer)| issuer);
        let shared = shared_oidc_issuer(issuer).filter(|it| matches!(it.tenant, Tenant::After { .. }));
        let Some(shared) = shared.filter(|_| !name.is_empty()) else {
            let near = suggestion(provider, SHORT.iter().map(|(short, _)| *short));
            let wrong = format!(
                "`{written}` is not an identity provider and an organization, such as `github:acme`{near}"
            );
            self.error(span, wrong);
            return None;
        };
        Some(ConfigTenant { issuer: shared.issuer, name: name.to_owned() })
    }

    fn accounts(&mut self, value: &Value<'_>, config: &mut Config) {
        let Some(table) = self.table(value, "`accounts`") else { return };
        for (name, value) in ordered(table) {
            if name.get_ref() == "file" && !value.get_ref().is_table() {
                let (line, column) = self.place(value.span().start);
                let path = self.string(value, "`accounts.file`");
                config.accounts_file = path.map(|path| AccountsFile { path, line, column });
                continue;
            }
            if name.get_ref() == "maps" && !value.get_ref().is_table() {
                config.maps =
                    self.strings(value, "`accounts.maps`").into_iter().map(|(map, _)| map).collect();
                continue;
            }
            let what = format!("`accounts.{}`", name.get_ref());
            let Some(table) = self.table(value, &what) else { continue };
            let account = self.account(name.get_ref(), table);
            config.accounts.push(account);
        }
    }

    fn account(&mut self, name: &str, table: &DeTable<'_>) -> ConfigAccount {
        const ACCOUNT_KEYS: &[&str] =
            &["id", "paths", "aliases", "coverage", "regions", "snapshot", "deployer", "tier"];
        let mut account = ConfigAccount { name: name.to_owned(), ..ConfigAccount::default() };
        for (key, value) in ordered(table) {
            match key.get_ref().as_ref() {
                "id" => account.id = self.account_id(value),
                "paths" => {
                    for (pattern, span) in self.strings(value, "`paths`") {
                        account.paths.extend(self.glob(&pattern, span));
                    }
                }
                "aliases" => {
                    for (alias, span) in self.strings(value, "`aliases`") {
                        account.aliases.extend(self.alias(alias, span));
                    }
                }
                "coverage" => account.coverage = self.coverage(value),
                "regions" => {
                    let written = self.strings(value, "`regions`");
                    account.regions = written.into_iter().map(|(region, _)| region).collect();
                }
                "snapshot" => {
                    for (pattern, span) in self.strings(value, "`snapshot`") {
                        account.snapshots.extend(self.glob(&pattern, span));
                    }
                }
                "deployer" => account.deployer = self.deployer(value),
                "tier" => account.tier = self.tier(value),
                _ => self.unknown(key, ACCOUNT_KEYS),
            }
        }
        account
    }

    fn tier(&mut self, value: &Value<'_>) -> Option<Tier> {
        let word = self.string(value, "`tier`")?;
        let tier = Tier::of(&word);
        if tier.is_none() {
            let near = suggestion(&word, Tier::WORDS.map(|(name, _)| name));
            let words = Tier::WORDS.map(|(name, _)| format!("\"{name}\"")).join(", ");
            self.error(value.span(), format!("a tier is one of {words}{near}"));
        }
        tier
    }

    fn imports(&mut self, value: &Value<'_>, config: &mut Config) {
        let Some(table) = self.table(value, "`imports`") else { return };
        for (key, value) in ordered(table) {
            if key.get_ref() != "bundles" {
                self.unknown(key, &["bundles"]);
                continue;
            }
            for (pattern, span) in self.strings(value, "`bundles`") {
                config.bundles.extend(self.glob(&pattern, span));
            }
        }
    }

    fn snapshots(&mut self, value: &Value<'_>, config: &mut Config) {
        let Some(items) = value.get_ref().as_array() else {
            return self.error(value.span(), "`snapshot` is a list of tables; write `[[snapshot]]`");
        };
        for item in items {
            let Some(table) = self.table(item, "`snapshot`") else { continue };
            config.snapshots.extend(self.snapshot(table, item.span()));
        }
    }

    fn snapshot(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Option<ConfigSnapshot> {
        let (mut path, mut resource, mut taken, mut max_age) = (None, None, None, None);
        for (key, value) in ordered(table) {
            match key.get_ref().as_ref() {
                "path" => {
                    let pattern = self.string(value, "`path`");
                    path = pattern.and_then(|pattern| self.glob(&pattern, value.span()));
                }
                "resource" => {
                    resource = self.string(value, "`resource`");
                    if resource.as_ref().is_some_and(|arn| !arn.starts_with("arn:")) {
                        self.error(
                            value.span(),
                            "`resource` is an ARN, such as `arn:aws:s3:::example-bucket`",
                        );
                    } else if resource.as_ref().is_some_and(|arn| arn.contains(['*', '?'])) {
                        self.error(
                            value.span(),
                            "`resource` is the ARN of one resource, without `*` and `?`",
                        );
                    }
                }
                "taken" => taken = self.date(value, "taken"),
                "max-age" => max_age = self.days(value),
                _ => self.unknown(key, &["path", "resource", "taken", "max-age"]),
            }
        }
        if !table.contains_key("path") {
            self.error(span, "a snapshot needs a `path`");
        }
        Some(ConfigSnapshot { path: path?, resource, taken, max_age })
    }

    /// A number of days, written `"30d"`.
    fn days(&mut self, value: &Value<'_>) -> Option<u32> {
        let written = value.get_ref().as_str().unwrap_or_default();
        let days = written.strip_suffix('d').and_then(|days| days.parse().ok());
        if days.is_none() {
            self.error(value.span(), "`max-age` is a number of days, such as \"30d\"");
        }
        days
    }

    /// The ARN of a role or user.
    fn deployer(&mut self, value: &Value<'_>) -> Option<String> {
        let arn = self.string(value, "`deployer`")?;
        let is_identity =
            arn.starts_with("arn:") && [":role/", ":user/"].iter().any(|kind| arn.contains(kind));
        if !is_identity {
            let message =
                "`deployer` is the ARN of a role or user, such as `arn:aws:iam::222222222222:role/ci`";
            self.error(value.span(), message);
        }
        Some(arn).filter(|_| is_identity)
    }

    /// What templates call an account. What names nothing is no alias, and an ID is not called anything.
    fn alias(&mut self, alias: String, span: Range<usize>) -> Option<String> {
        if alias.trim_start_matches("profile:").trim().is_empty() {
            self.error(span, "an empty alias names nothing");
            return None;
        }
        if is_account_id(&alias) {
            self.error(span, format!("`{alias}` is an account ID; write it as `id`"));
            return None;
        }
        Some(alias)
    }

    /// `"full"` is all identities, `"partial"` nothing; a list says of which kinds everything is there.
    fn coverage(&mut self, value: &Value<'_>) -> Vec<Covered> {
        const WORDS: &str =
            "`coverage` is \"full\", \"partial\", or a list of \"identities\" and \"resources\"";
        let Some(items) = value.get_ref().as_array() else {
            return match value.get_ref().as_str() {
                Some("full") => vec![Covered::Identities],
                Some("partial") => Vec::new(),
                _ => {
                    self.error(value.span(), WORDS);
                    Vec::new()
                }
            };
        };
        let mut covered = Vec::new();
        for item in items {
            match item.get_ref().as_str() {
                Some("identities") => covered.push(Covered::Identities),
                Some("resources") => covered.push(Covered::Resources),
                _ => self.error(item.span(), WORDS),
            }
        }
        covered.sort_unstable();
        covered.dedup();
        covered
    }

    fn glob(&mut self, pattern: &str, span: Range<usize>) -> Option<PathGlob> {
        let (start, end) = (span.start, span.end);
        let glob = PathGlob::new(pattern).map_err(|message| self.error(span, message)).ok();
        glob.map(|glob| glob.at(start, end))
    }

    fn account_id(&mut self, value: &Value<'_>) -> Option<String> {
        if value.get_ref().is_integer() {
            let message = "an account id is a string, since a leading zero would be lost; write it in quotes";
            self.error(value.span(), message);
            return None;
        }
        let id = self.string(value, "an account id")?;
        if !is_account_id(&id) {
            let count = id.chars().filter(char::is_ascii_digit).count();
            let has = if count == id.chars().count() {
                format!("{count} digits")
            } else {
                "other characters".into()
            };
            self.error(value.span(), format!("an account id has twelve digits; `{id}` has {has}"));
            return None;
        }
        Some(id)
    }

    fn vendors(&mut self, value: &Value<'_>, config: &mut Config) {
        let Some(table) = self.table(value, "`vendors`") else { return };
        for (name, value) in ordered(table) {
            let what = format!("`vendors.{}`", name.get_ref());
            let Some(table) = self.table(value, &what) else { continue };
            let mut ids = Vec::new();
            let mut given = false;
            for (key, value) in ordered(table) {
                match (key.get_ref().as_ref(), value.get_ref().as_array()) {
                    ("ids", Some(items)) => ids.extend(items.iter().filter_map(|item| self.account_id(item))),
                    ("id" | "ids", _) => ids.extend(self.account_id(value)),
                    _ => self.unknown(key, &["id", "ids"]),
                }
                given |= matches!(key.get_ref().as_ref(), "id" | "ids");
            }
            if !given {
                self.error(name.span(), format!("{what} needs an `id` or `ids`"));
            }
            config.vendors.push(ConfigVendor { name: name.get_ref().to_string(), ids });
        }
    }

    fn terraform(&mut self, value: &Value<'_>, config: &mut Config) {
        let Some(table) = self.table(value, "`terraform`") else { return };
        for (key, value) in ordered(table) {
            match key.get_ref().as_ref() {
                "root" => {}
                "modules" => {
                    self.modules(value, config);
                    continue;
                }
                _ => {
                    self.unknown(key, &["root", "modules"]);
                    continue;
                }
            }
            let Some(items) = value.get_ref().as_array() else {
                self.error(value.span(), "`root` is a list of tables; write `[[terraform.root]]`");
                continue;
            };
            for item in items {
                let Some(table) = self.table(item, "`terraform.root`") else { continue };
                config.inputs.terraform.deployments.extend(self.deployment(table, item.span()));
            }
        }
        self.same_deployments(value, config);
    }

    /// `[terraform.modules]`: where modules of a source lie.
    fn modules(&mut self, value: &Value<'_>, config: &mut Config) {
        let Some(table) = self.table(value, "`terraform.modules`") else { return };
        for (source, value) in ordered(table) {
            if let Some(directory) = self.path(value, "the directory of a module") {
                let (source, callers) = (source.get_ref().to_string(), String::new());
                config.inputs.terraform.modules.push(Mapping { source, directory, callers });
            }
        }
    }

    /// One deployment of a root module.
    fn deployment(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Option<Deployment> {
        const KEYS: &[&str] = &["path", "name", "var-files", "plan", "workspace", "account"];
        let mut deployment = Deployment::default();
        let mut path = None;
        for (key, value) in ordered(table) {
            match key.get_ref().as_ref() {
                "path" => path = self.path(value, "`path`"),
                "name" => deployment.name = self.string(value, "`name`"),
                "plan" => deployment.plan = self.path(value, "`plan`"),
                "workspace" => deployment.workspace = self.string(value, "`workspace`"),
                "account" => {
                    deployment.account = self.string(value, "`account`");
                    deployment.told =
                        Some(Told { file: None, range: (value.span().start, value.span().end) });
                }
                "var-files" => {
                    for (written, span) in self.strings(value, "`var-files`") {
                        deployment.value_files.extend(self.below_root(&written, span));
                    }
                }
                _ => self.unknown(key, KEYS),
            }
        }
        if path.is_none() && !table.contains_key("path") {
            self.error(span, "a Terraform root needs a `path`");
        }
        deployment.root = path?;
        if deployment.name.is_none() {
            let named_by = deployment.value_files.last().map(|file| file.rsplit('/').next().unwrap_or(file));
            let stem =
                named_by.map(|name| name.trim_end_matches(".json").trim_end_matches(".tfvars").to_owned());
            deployment.name = deployment.workspace.as_ref().or(deployment.account.as_ref()).cloned().or(stem);
        }
        Some(deployment)
    }

    fn path(&mut self, value: &Value<'_>, what: &str) -> Option<String> {
        let written = self.string(value, what)?;
        self.below_root(&written, value.span())
    }

    /// A path below the project root, without `.` and a slash at its end.
    fn below_root(&mut self, written: &str, span: Range<usize>) -> Option<String> {
        let parts: Vec<&str> = written.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if written.starts_with('/') || parts.contains(&"..") {
            self.error(span, format!("`{written}` is not a path below the project root"));
            return None;
        }
        Some(parts.join("/"))
    }

    /// Deployments of one root are told apart by their names.
    fn same_deployments(&mut self, value: &Value<'_>, config: &Config) {
        let mut seen = std::collections::BTreeSet::new();
        for deployment in &config.inputs.terraform.deployments {
            if !seen.insert((&deployment.root, &deployment.name)) {
                let name = deployment.name.as_deref().unwrap_or_default();
                let root = &deployment.root;
                self.error(
                    value.span(),
                    format!("`{root}` has two deployments `{name}`; give each a `name`"),
                );
            }
        }
    }

    fn levels(&mut self, value: &Value<'_>, config: &mut Config) {
        let Some(table) = self.table(value, "`rules`") else { return };
        for (rule, value) in ordered(table) {
            if let Some(wrong) = self.rules.wrong(rule.get_ref()) {
                self.error(rule.span(), wrong);
            }
            let Some(level) = value.get_ref().as_str().and_then(Level::of) else {
                let wrong = "a level is \"off\", \"info\", \"warning\", \"error\" or \"default\"";
                self.error(value.span(), wrong);
                continue;
            };
            config.levels.insert(rule.get_ref().to_string(), level);
        }
    }

    fn rule_name(&mut self, name: &str, span: Range<usize>) {
        if let Some(wrong) = Selectors::from(self.rules.rules).wrong(name) {
            self.error(span, wrong);
        }
    }

    fn ignores(&mut self, value: &Value<'_>, config: &mut Config) {
        let Some(items) = value.get_ref().as_array() else {
            return self.error(value.span(), "`ignore` is a list of tables; write `[[ignore]]`");
        };
        for item in items {
            let Some(table) = self.table(item, "`ignore`") else { continue };
            let ignore = self.ignore(table, item.span());
            let limited = ignore.rule.is_some() || ignore.fingerprint.is_some();
            if !limited {
                self.error(item.span(), "an ignore needs a `rule` or a `fingerprint`");
            }
            config.ignores.push(ignore);
        }
    }

    fn ignore(&mut self, table: &DeTable<'_>, span: Range<usize>) -> ConfigIgnore {
        const KEYS: &[&str] = &["rule", "address", "path", "principal", "fingerprint", "reason", "until"];
        let mut ignore = ConfigIgnore { range: (span.start, span.end), ..ConfigIgnore::default() };
        for (key, value) in ordered(table) {
            match key.get_ref().as_ref() {
                "rule" => {
                    ignore.rule = self.string(value, "`rule`");
                    if let Some(name) = &ignore.rule {
                        self.rule_name(name, value.span());
                    }
                }
                "address" => ignore.address = self.string(value, "`address`"),
                "path" => {
                    let pattern = self.string(value, "`path`");
                    ignore.path = pattern.and_then(|pattern| self.glob(&pattern, value.span()));
                }
                "principal" => ignore.principal = self.string(value, "`principal`"),
                "fingerprint" => ignore.fingerprint = self.string(value, "`fingerprint`"),
                "reason" => ignore.reason = self.string(value, "`reason`"),
                "until" => ignore.until = self.date(value, "until"),
                _ => self.unknown(key, KEYS),
            }
        }
        ignore
    }

    fn date(&mut self, value: &Value<'_>, name: &str) -> Option<Date> {
        let written = match value.get_ref() {
            DeValue::Datetime(datetime) if datetime.time.is_none() => datetime.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => String::new(),
        };
        let date = day(&written);
        if date.is_none() {
            self.error(value.span(), format!("`{name}` is a date, such as 2027-01-31"));
        }
        date
    }

    /// Two accounts, or an account and a vendor, must not share an id: every message would be ambiguous.
    fn same_ids(&mut self, root: &DeTable<'_>, config: &Config) {
        let mut seen: BTreeMap<&str, String> = BTreeMap::new();
        let accounts = config
            .accounts
            .iter()
            .flat_map(|a| a.id.iter().map(|id| ("accounts", a.name.as_str(), id.as_str())));
        let vendors = config
            .vendors
            .iter()
            .flat_map(|v| v.ids.iter().map(|id| ("vendors", v.name.as_str(), id.as_str())));
        for (section, name, id) in accounts.chain(vendors) {
            let this = format!("{section}.{name}");
            match seen.get(id) {
                Some(other) => {
                    let table = root.get(section).and_then(|value| value.get_ref().as_table());
                    let key = table.and_then(|table| table.keys().find(|key| key.get_ref() == name));
                    let span = key.map_or(0..0, Spanned::span);
                    self.error(span, format!("`{this}` and `{other}` have the same id {id}"));
                }
                None => _ = seen.insert(id, this),
            }
        }
    }
}

impl Reader<'_> {
    /// An alias is the name of one account.
    fn same_aliases(&mut self, root: &DeTable<'_>, config: &Config) {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for account in &config.accounts {
            for alias in &account.aliases {
                match seen.get(alias.as_str()) {
                    Some(other) if *other != account.name => {
                        let accounts = root.get("accounts").and_then(|value| value.get_ref().as_table());
                        let key =
                            accounts.and_then(|all| all.keys().find(|key| *key.get_ref() == account.name));
                        let span = key.map_or(0..0, Spanned::span);
                        let name = &account.name;
                        self.error(
                            span,
                            format!("`accounts.{name}` and `accounts.{other}` have the same alias `{alias}`"),
                        );
                    }
                    Some(_) => {}
                    None => _ = seen.insert(alias, &account.name),
                }
            }
        }
    }
}

/// The entries in the order written.
fn ordered<'v, 'i>(table: &'v DeTable<'i>) -> Vec<(&'v Spanned<std::borrow::Cow<'i, str>>, &'v Value<'i>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}
